//! How well a column fits a role.

use super::Column;
use crate::plan::{ColumnKind, Role};

/// What a guess rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// The column has our own name for the role.
    Own,
    /// It has the name that event logs use.
    Standard,
    /// Its name says so.
    Name,
    /// Only its values say so.
    Values,
}

/// A column that could have a role.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) column: usize,
    pub(super) score: f64,
    pub(super) basis: Basis,
}

/// Samples below this say little about repetition.
const FEW_ROWS: usize = 20;
/// A name that says less than this about any role says nothing.
const SILENT: f64 = 30.0;
/// Optional roles are left open sooner than required ones: what is not guessed costs one click, what is guessed wrongly may
/// stay unseen.
const MIN_REQUIRED: f64 = 28.0;
const MIN_OPTIONAL: f64 = 40.0;

/// The candidate, if the column fits well enough.
pub(super) fn of(role: Role, place: usize, column: &Column<'_>) -> Option<Candidate> {
    if column.kind == ColumnKind::Empty {
        return None;
    }
    let said = column.name.says(role);
    let is_silent = column.name.says_most() < SILENT;
    let (base, basis) = if said >= SILENT || !is_silent {
        (said, Basis::Name)
    } else {
        (from_values(role, column).max(said), Basis::Values)
    };
    let is_misplaced = column.name.is_internal
        || (column.name.is_of_case && matches!(role, Role::Activity | Role::Time | Role::EndTime));
    let score = base + adjustment(role, column)? - if is_misplaced { 60.0 } else { 0.0 };
    let min = match role {
        Role::Customer | Role::Activity | Role::Time => MIN_REQUIRED,
        _ => MIN_OPTIONAL,
    };
    (base > 0.0 && score >= min).then_some(Candidate { column: place, score, basis })
}

/// What values alone say about a column whose name says nothing; less than most names.
fn from_values(role: Role, column: &Column<'_>) -> f64 {
    let profile = &column.profile;
    if column.name.misleads(role) {
        // A time that changes with every update is better than none.
        return if (role, column.kind) == (Role::Time, ColumnKind::Time) { 35.0 } else { 0.0 };
    }
    let repeats = profile.n_distinct > 1 && profile.n_distinct < profile.n_filled;
    match (role, column.kind) {
        (Role::Customer, _) if profile.is_email() => 60.0,
        (Role::Customer, ColumnKind::Identifier) if repeats => 36.0,
        (Role::Customer, ColumnKind::Category) if repeats && profile.n_distinct > 20 => 32.0,
        (Role::Customer, ColumnKind::Number) if profile.n_filled >= FEW_ROWS && is_like_numbered(column) => {
            30.0
        }
        // Words rather than codes, and not so few that they could be yes and no.
        (Role::Activity, ColumnKind::Category) if profile.n_distinct > 2 && profile.is_lettered() => 34.0,
        (Role::Time, ColumnKind::Time) => 50.0,
        (Role::Text, ColumnKind::Text) if profile.words_per_value() >= 5.0 => 45.0,
        _ => 0.0,
    }
}

/// Numbers that come back, but are not so few that they could count something.
fn is_like_numbered(column: &Column<'_>) -> bool {
    (0.02..=0.5).contains(&column.profile.distinct_share())
}

/// How far the values confirm or contradict a role; `None` excludes it.
fn adjustment(role: Role, column: &Column<'_>) -> Option<f64> {
    let profile = &column.profile;
    let missing = 1.0 - profile.filled_share();
    match role {
        Role::Customer => customer(column).map(|points| points - 60.0 * missing),
        Role::Activity => activity(column).map(|points| points - 40.0 * missing),
        Role::Time => time(column).map(|points| points - 50.0 * missing),
        Role::EndTime => time(column).map(|points| points - 10.0 * missing),
        Role::Channel => {
            let is_category = matches!(column.kind, ColumnKind::Category | ColumnKind::Identifier);
            let is_small = profile.n_distinct <= 50 && (repeats(column) || profile.n_filled < FEW_ROWS);
            (is_category && is_small && !profile.is_flag()).then_some(-10.0 * missing)
        }
        Role::Account => {
            let is_name = !matches!(column.kind, ColumnKind::Time | ColumnKind::Text) && !profile.is_flag();
            // One account for all says nothing.
            let is_one = profile.n_distinct == 1 && profile.n_filled > 1;
            (is_name && !profile.is_email()).then_some(-10.0 * missing - if is_one { 30.0 } else { 0.0 })
        }
        Role::Text => {
            let is_language = !matches!(column.kind, ColumnKind::Time | ColumnKind::Number)
                && !profile.is_flag()
                && !profile.is_nested()
                && profile.words_per_value() >= 1.5;
            is_language.then_some(if column.kind == ColumnKind::Text { 10.0 } else { 0.0 })
        }
        Role::Money | Role::Mrr => (column.kind == ColumnKind::Number).then_some(-10.0 * missing),
        Role::Object => {
            let is_id =
                matches!(column.kind, ColumnKind::Identifier | ColumnKind::Number | ColumnKind::Category);
            (is_id && !profile.is_flag() && !profile.is_email()).then_some(-10.0 * missing)
        }
        Role::Currency => {
            let is_name = matches!(column.kind, ColumnKind::Category | ColumnKind::Identifier);
            (is_name && profile.n_distinct <= 200 && !profile.is_flag()).then_some(-10.0 * missing)
        }
        // What comes twice is of something else; a record replaces the one with its id.
        Role::Record => {
            let is_own = profile.n_filled == profile.n_rows && profile.n_distinct == profile.n_rows;
            let is_id = matches!(column.kind, ColumnKind::Identifier | ColumnKind::Number);
            (is_own && is_id && profile.n_rows > 1).then_some(0.0)
        }
        // Most people don't answer.
        Role::Score => column.scale.is_some().then_some(0.0),
    }
}

fn repeats(column: &Column<'_>) -> bool {
    column.profile.n_distinct < column.profile.n_filled
}

/// Points for identifiers that come back, as those of customers do.
fn customer(column: &Column<'_>) -> Option<f64> {
    let profile = &column.profile;
    let is_other = matches!(column.kind, ColumnKind::Time | ColumnKind::Text) || profile.is_flag();
    if is_other || profile.is_nested() {
        return None;
    }
    let mut points = if profile.is_email() { 10.0 } else { 0.0 };
    if profile.n_filled >= FEW_ROWS {
        if !repeats(column) {
            points -= 22.0;
        } else if profile.n_distinct == 1 {
            points -= 20.0;
        }
    }
    Some(points)
}

/// Points for a moderate number of names that come back.
fn activity(column: &Column<'_>) -> Option<f64> {
    let profile = &column.profile;
    if column.kind == ColumnKind::Time || profile.is_flag() || profile.is_nested() {
        return None;
    }
    let mut points = 0.0;
    if column.kind == ColumnKind::Number || !profile.is_lettered() {
        points -= 30.0;
    }
    if column.name.is_identifier() || profile.is_email() {
        points -= 30.0;
    }
    if profile.n_filled >= FEW_ROWS {
        points += match profile.distinct_share() {
            _ if profile.n_distinct == 1 => -15.0,
            share if share > 0.6 => -30.0,
            share if share > 0.2 => 0.0,
            _ => 6.0,
        };
    }
    Some(points)
}

/// Points for values that are times and differ.
fn time(column: &Column<'_>) -> Option<f64> {
    let profile = &column.profile;
    let share = profile.share(profile.n_times());
    if share < 0.3 {
        return None;
    }
    let is_constant = profile.n_distinct == 1 && profile.n_filled >= FEW_ROWS;
    Some(5.0 * profile.distinct_share() - 30.0 * (1.0 - share) - if is_constant { 30.0 } else { 0.0 })
}
