//! `desirepath people`: who the customers of all files are, which of them are one and why, and what is to be decided.

use crate::Fault;
use crate::intake::Opened;
use crate::table::{self, Table, percent};
use protocol::identity::{
    Band, CustomerView, IdentityAnswer, IdentityDeed, IdentityQuestion, JoinCause, LinkRules, Overview,
    PairView, SharedWhy, StepKind, Verdict,
};
use protocol::{Reply, Request};
use serde_json::{Value, json};
use std::io::{self, Write};

/// What to print of the customers, and what to decide before.
#[derive(Debug, clap::Args)]
pub(crate) struct PeopleOptions {
    /// Only customers of which a key or a field holds this text
    #[arg(long, value_name = "TEXT", default_value = "")]
    search: String,
    /// Only customers of several records
    #[arg(long)]
    merged: bool,
    /// Print one customer: its records, why they are one, and its accounts over time
    #[arg(long, value_name = "KEY", conflicts_with_all = ["review", "shared", "accounts"])]
    why: Option<String>,
    /// Print pairs of records for a person to decide
    #[arg(long, conflicts_with_all = ["shared", "accounts"])]
    review: bool,
    /// Print identifiers that link nobody, and why
    #[arg(long, conflicts_with = "accounts")]
    shared: bool,
    /// Print accounts
    #[arg(long)]
    accounts: bool,
    /// Two records are one person; may be given several times
    #[arg(long, num_args = 2, value_names = ["KEY", "KEY"])]
    same: Vec<String>,
    /// Two records are two persons; may be given several times
    #[arg(long, num_args = 2, value_names = ["KEY", "KEY"])]
    apart: Vec<String>,
    /// A web domain or an account is no company: nobody is of it; may be given several times
    #[arg(long, value_name = "NAME")]
    no_company: Vec<String>,
    /// Chance from which on a pair is sure
    #[arg(long, default_value_t = 0.99, value_name = "RATIO")]
    sure: f64,
    /// Chance from which on a pair is to be reviewed
    #[arg(long, default_value_t = 0.80, value_name = "RATIO")]
    from: f64,
    /// Merge sure pairs too, and not only those that share an e-mail address, telephone number or number
    #[arg(long)]
    merge_sure: bool,
    /// Most rows that are printed
    #[arg(long, default_value_t = 20, value_name = "N")]
    limit: u32,
}

/// Decides what was said on the command line, and prints.
///
/// # Errors
/// When the engine has no answer or the output takes no more.
pub(crate) fn print(
    opened: &mut Opened,
    options: &PeopleOptions,
    as_json: bool,
    out: &mut impl Write,
) -> Result<(), Fault> {
    let rules = LinkRules {
        sure: options.sure,
        review: options.from.min(options.sure),
        automatic: options.merge_sure,
    };
    link(opened, IdentityDeed::SetRules { rules })?;
    for (keys, verdict) in [(&options.same, Verdict::Same), (&options.apart, Verdict::Apart)] {
        let pairs: Vec<(String, String)> =
            keys.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
        if !pairs.is_empty() {
            link(opened, IdentityDeed::Decide { pairs, verdict: Some(verdict) })?;
        }
    }
    for name in &options.no_company {
        link(opened, IdentityDeed::SetCompany { name: name.clone(), is_company: false })?;
    }
    let sources: Vec<String> = opened.files.iter().map(|file| file.report.source.name.clone()).collect();
    let overview = ask(opened, IdentityQuestion::Overview)?;
    let answer = ask(opened, question(options))?;
    if as_json {
        return table::write_json(
            &json!({"overview": value(&overview), "answer": value(&answer), "sources": sources}),
            out,
        );
    }
    if let IdentityAnswer::Overview { overview } = &overview {
        write_overview(overview, out).map_err(Fault::Output)?;
    }
    write_answer(&answer, &sources, out).map_err(Fault::Output)?;
    out.flush().map_err(Fault::Output)
}

fn question(options: &PeopleOptions) -> IdentityQuestion {
    let (offset, limit) = (0, options.limit);
    match &options.why {
        Some(customer) => IdentityQuestion::Customer { customer: customer.clone() },
        None if options.review => IdentityQuestion::Review { band: Band::Review, offset, limit },
        None if options.shared => IdentityQuestion::Shared { offset, limit },
        None if options.accounts => {
            IdentityQuestion::Accounts { search: options.search.clone(), offset, limit }
        }
        None => IdentityQuestion::Customers {
            search: options.search.clone(),
            only_merged: options.merged,
            offset,
            limit,
        },
    }
}

fn value(answer: &IdentityAnswer) -> Value {
    let Ok(Value::Object(mut answer)) = serde_json::to_value(answer) else { return Value::Null };
    let Some(name) = answer.keys().next().cloned() else { return Value::Null };
    let mut fields = answer.remove(&name).unwrap_or_default();
    // What it is an answer to stands among its fields, as in every other output.
    if let Value::Object(fields) = &mut fields {
        fields.insert("answer".to_owned(), name.into());
    }
    fields
}

fn ask(opened: &mut Opened, question: IdentityQuestion) -> Result<IdentityAnswer, Fault> {
    match opened.engine.answer(&Request::Identity { question }) {
        Ok(engine::Answer { reply: Reply::Identity { answer }, .. }) => Ok(answer),
        Ok(_) => Err(Fault::Input("the engine gave another answer".to_owned())),
        Err(failure) => Err(Fault::Input(format!("{} {}", failure.message, failure.advice))),
    }
}

fn link(opened: &mut Opened, deed: IdentityDeed) -> Result<(), Fault> {
    let done = opened.engine.answer(&Request::Link { deed });
    done.map(drop).map_err(|failure| Fault::Usage(format!("{} {}", failure.message, failure.advice)))
}

fn write_overview(overview: &Overview, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{} records, {} customers ({} of several records), {} accounts, {} shared identifiers",
        overview.n_records, overview.n_customers, overview.n_merged, overview.n_accounts, overview.n_shared
    )?;
    if !overview.is_learned {
        return writeln!(out, "too few records of persons to weigh pairs\n");
    }
    let mut table = Table::new(&["band", ">from", ">open pairs", ">precision", ">recall"]);
    let rows =
        [("sure", overview.rules.sure, overview.sure), ("review", overview.rules.review, overview.review)];
    for (band, from, of) in rows {
        table.row([
            band.to_owned(),
            percent(from),
            of.n_pairs.to_string(),
            percent(of.precision_ratio),
            percent(of.recall_ratio),
        ]);
    }
    table.write(out)?;
    writeln!(out)
}

fn write_answer(answer: &IdentityAnswer, sources: &[String], out: &mut impl Write) -> io::Result<()> {
    match answer {
        IdentityAnswer::Customers { n_total, customers } => {
            writeln!(out, "{n_total} customers")?;
            let mut table = Table::new(&["customer", "called", ">records", ">events", "account", "sources"]);
            for row in customers {
                table.row([
                    row.customer.clone(),
                    row.caption.clone(),
                    row.n_records.to_string(),
                    row.n_events.to_string(),
                    row.account.clone().unwrap_or_default(),
                    names(&row.sources, sources),
                ]);
            }
            table.write(out)
        }
        IdentityAnswer::Customer { customer } => write_customer(customer, sources, out),
        IdentityAnswer::Review { n_total, pairs } => {
            writeln!(out, "to be reviewed: {n_total}")?;
            pairs.iter().try_for_each(|pair| write_pair(pair, out))
        }
        IdentityAnswer::Shared { n_total, identifiers } => {
            writeln!(out, "{n_total} identifiers link nobody")?;
            let mut table = Table::new(&["kind", "identifier", ">records", "why", "among them"]);
            for one in identifiers {
                let why = match one.why {
                    SharedWhy::Role => "the mailbox of a function".to_owned(),
                    SharedWhy::Persons { n_persons } => format!("at least {n_persons} persons"),
                    SharedWhy::Claimed { n_customers } => format!("claimed by {n_customers} customers"),
                };
                let row = [
                    one.of.clone(),
                    one.value.clone(),
                    one.n_records.to_string(),
                    why,
                    one.records.join(", "),
                ];
                table.row(row);
            }
            table.write(out)
        }
        IdentityAnswer::Accounts { n_total, accounts, no_companies } => {
            writeln!(out, "{n_total} accounts")?;
            let mut table =
                Table::new(&["account", "called", ">customers", ">events", "domains", "keys", "part of"]);
            for row in accounts {
                table.row([
                    row.account.clone(),
                    row.caption.clone(),
                    row.n_customers.to_string(),
                    row.n_events.to_string(),
                    row.domains.join(", "),
                    row.keys.join(", "),
                    row.parent.clone().unwrap_or_default(),
                ]);
            }
            table.write(out)?;
            if !no_companies.is_empty() {
                writeln!(out, "no company: {}", plain(&no_companies.join(", ")))?;
            }
            Ok(())
        }
        IdentityAnswer::Overview { .. } | IdentityAnswer::Pair { .. } => Ok(()),
    }
}

fn names(numbers: &[u32], sources: &[String]) -> String {
    let name = |number: &u32| sources.get(*number as usize).map(String::as_str);
    numbers.iter().filter_map(name).collect::<Vec<_>>().join(", ")
}

fn write_customer(customer: &CustomerView, sources: &[String], out: &mut impl Write) -> io::Result<()> {
    let mut table = Table::new(&["record", "field", "value", "sources"]);
    for record in &customer.records {
        let events = format!("{} events, {} things", record.n_events, record.n_things);
        table.row([record.key.clone(), String::new(), events, names(&record.sources, sources)]);
        for field in &record.fields {
            table.row([
                String::new(),
                field.field.clone(),
                field.value.clone(),
                names(&field.sources, sources),
            ]);
        }
    }
    table.write(out)?;
    writeln!(out, "\nwhy they are one:")?;
    let mut table = Table::new(&["record", "with", "why"]);
    for join in &customer.joins {
        let why = match &join.cause {
            JoinCause::Accepted => "accepted".to_owned(),
            JoinCause::Shared { of, value } => format!("same {} {value}", of.replace('_', " ")),
            JoinCause::Weight { bits, chance_ratio } => {
                format!("weight {bits:.1} bits, chance {}", percent(*chance_ratio))
            }
        };
        table.row([join.a.clone(), join.b.clone(), why]);
    }
    table.write(out)?;
    writeln!(out, "\naccounts over time:")?;
    let mut table = Table::new(&["account", "called", ">events"]);
    for interval in &customer.accounts {
        let (account, name) = (interval.account.clone(), interval.name.clone());
        table.row([account.unwrap_or_default(), name.unwrap_or_default(), interval.n_events.to_string()]);
    }
    table.write(out)
}

fn write_pair(pair: &PairView, out: &mut impl Write) -> io::Result<()> {
    let conflict =
        pair.conflict.as_ref().map(|of| format!(", same {of} but other names")).unwrap_or_default();
    let head = format!("{} = {}?", pair.a.key, pair.b.key);
    writeln!(out, "  {} {:.1} bits, {}{conflict}", plain(&head), pair.bits, percent(pair.chance_ratio))?;
    let steps = pair.steps.iter().map(|step| {
        let of = step.of.as_deref().unwrap_or_default().replace('_', " ");
        let name = match step.kind {
            StepKind::Prior => "prior".to_owned(),
            StepKind::Trait => format!("{of} {}", level(step.level)),
            StepKind::Frequency => format!("how common the {of} is"),
            StepKind::OneAddress => "one address is one fact".to_owned(),
            StepKind::OneName => "an address made of the name".to_owned(),
            StepKind::Contradiction => "given name and birth date differ".to_owned(),
            StepKind::Taught => "decisions".to_owned(),
        };
        format!("{name} {:+.1}", step.bits)
    });
    writeln!(out, "    {}", steps.collect::<Vec<_>>().join(", "))
}

fn level(level: Option<protocol::identity::Level>) -> String {
    level.map(|level| format!("{level:?}").to_lowercase()).unwrap_or_default()
}

/// Without control characters, so that no value can steer a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
