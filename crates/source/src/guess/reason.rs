//! Why a column was guessed, in words.

use super::Column;
use super::score::{Basis, Candidate};
use crate::plan::Role;

/// The reason for a guess, or why a required role has none.
pub(super) fn of(role: Role, candidate: Option<Candidate>, columns: &[Column<'_>]) -> Option<String> {
    let found = candidate.and_then(|candidate| Some((candidate.basis, columns.get(candidate.column)?)));
    match (found, role) {
        (Some((basis, column)), _) => {
            Some(format!("{}; {}", opening(role, basis, column), evidence(role, column)))
        }
        (None, Role::Customer) => {
            Some("no column is called so, and none has identifiers that come back".to_owned())
        }
        (None, Role::Activity) => {
            Some("no column is called so, and none has a few names that come back".to_owned())
        }
        (None, Role::Time) => Some(match columns.iter().any(|column| column.profile.n_times() > 0) {
            true => "times were found only in columns that stand for something else or are mostly empty"
                .to_owned(),
            false => "no column has times in it".to_owned(),
        }),
        (None, _) => None,
    }
}

fn opening(role: Role, basis: Basis, column: &Column<'_>) -> String {
    let word = role.name().replace('_', " ");
    match basis {
        Basis::Own => format!("the column is called {word}"),
        Basis::Standard => format!("standard name in event logs for the {word}"),
        Basis::Name => format!("name says {word}"),
        Basis::Values => match role {
            Role::Customer if column.profile.is_email() => "e-mail addresses".to_owned(),
            Role::Customer => "no name says customer, but these identifiers come back".to_owned(),
            Role::Activity => "no name says activity, but these names come back".to_owned(),
            Role::Text => "sentences".to_owned(),
            _ => format!("no name says {word}, but the values do"),
        },
    }
}

fn evidence(role: Role, column: &Column<'_>) -> String {
    let profile = &column.profile;
    match role {
        Role::Time | Role::EndTime => of_all(profile.n_times(), profile.n_filled, "times"),
        Role::Money | Role::Mrr => of_all(profile.n_amounts, profile.n_filled, "amounts"),
        Role::Score => of_all(profile.n_amounts, profile.n_filled, "numbers"),
        Role::Text => format!("about {:.0} words a value", profile.words_per_value()),
        Role::Customer
        | Role::Activity
        | Role::Channel
        | Role::Account
        | Role::Object
        | Role::Currency
        | Role::Record => {
            let n_empty = profile.n_rows - profile.n_filled;
            let empty = if n_empty == 0 { String::new() } else { format!(", {} empty", grouped(n_empty)) };
            let (values, rows) = (plural(profile.n_distinct, "value"), plural(profile.n_rows, "row"));
            format!(
                "{} distinct {values} in {} {rows}{empty}",
                grouped(profile.n_distinct),
                grouped(profile.n_rows)
            )
        }
    }
}

fn of_all(n: usize, n_filled: usize, what: &str) -> String {
    match n_filled {
        0 => "no values in the first rows".to_owned(),
        1 if n == 1 => format!("its one value is one of {what}"),
        _ if n == n_filled => format!("all {} values are {what}", grouped(n)),
        _ => format!("{} of {} values are {what}", grouped(n), grouped(n_filled)),
    }
}

fn plural(n: usize, noun: &str) -> String {
    if n == 1 { noun.to_owned() } else { format!("{noun}s") }
}

/// Samples are below a million.
fn grouped(n: usize) -> String {
    if n < 1_000 { n.to_string() } else { format!("{},{:03}", n / 1_000, n % 1_000) }
}
