//! `desirepath link`: which records of persons are one customer, and why.

use crate::Fault;
use crate::table::{self, Table, percent};
use identity::{Cause, Directory, Field, Join, Level, Record, Settings, Shared, StepKind, Trait, chance};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Which files, what their columns are, and how sure is sure.
#[derive(Debug, clap::Args)]
pub(crate) struct LinkOptions {
    /// CSV files with one record of a person a line; each is a source of its own
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print JSON instead of tables
    #[arg(long)]
    json: bool,
    /// Column with a number in a register that several files share, such as a customer number
    #[arg(long, value_name = "COL")]
    id: Vec<String>,
    /// Column with the key of the record in its file; without it, the line
    #[arg(long, value_name = "COL")]
    key: Option<String>,
    /// Chance from which on a pair is sure
    #[arg(long, default_value_t = 0.99, value_name = "RATIO", value_parser = unit_ratio)]
    sure: f64,
    /// Chance from which on a pair is to be reviewed
    #[arg(long, default_value_t = 0.80, value_name = "RATIO", value_parser = unit_ratio)]
    review: f64,
    /// Merge sure pairs too, and not only those that share an e-mail address, telephone number or number
    #[arg(long)]
    merge_sure: bool,
    /// No file has anybody twice: compare records of different files only
    #[arg(long)]
    unique_files: bool,
    /// Most pairs to review that are printed
    #[arg(long, default_value_t = 20, value_name = "N")]
    limit: usize,
}

/// A ratio between 0 and 1, both excluded.
fn unit_ratio(text: &str) -> Result<f64, String> {
    let ratio = text.parse::<f64>().ok().filter(|ratio| *ratio > 0.0 && *ratio < 1.0);
    ratio.ok_or_else(|| format!("{text:?} is not a ratio between 0 and 1"))
}

/// Reads the files, links their records and prints what became one and why.
///
/// # Errors
/// When a file cannot be read or has no column that says anything about a person, or the output takes no more.
pub(crate) fn print(options: &LinkOptions, out: &mut impl Write) -> Result<(), Fault> {
    let mut directory = Directory::new(Settings {
        sure: options.sure,
        review: options.review.min(options.sure),
        automatic: options.merge_sure,
        unique_sources: options.unique_files,
        keys_name_persons: false,
    });
    let mut records = Vec::new();
    for (source, path) in (0_u16..).zip(&options.files) {
        records.extend(read(path, source, options)?);
    }
    directory.add(&records);
    directory.train();
    if options.json {
        return table::write_json(&shape(&directory, options), out);
    }
    write_text(&directory, options, out).map_err(Fault::Output)?;
    out.flush().map_err(Fault::Output)
}

/// The field that a column of this name is, as people name them in English and German.
fn field_of(column: &str) -> Option<Field> {
    let name = identity::normalise::fold(column).replace(' ', "_");
    Some(match name.as_str() {
        "name" | "full_name" | "fullname" | "contact_name" | "kunde" => Field::FullName,
        "first_name" | "firstname" | "given_name" | "vorname" | "forename" => Field::Is(Trait::GivenName),
        "last_name" | "lastname" | "surname" | "family_name" | "nachname" => Field::Is(Trait::FamilyName),
        "email" | "e_mail" | "mail" | "email_address" | "e_mail_adresse" => Field::Is(Trait::Email),
        "phone" | "phone_number" | "mobile" | "mobile_phone" | "telephone" | "tel" | "telefon" | "handy" => {
            Field::Is(Trait::Phone)
        }
        "dob" | "date_of_birth" | "birth_date" | "birthdate" | "birthday" | "geburtsdatum" => {
            Field::Is(Trait::BirthDate)
        }
        "street" | "address" | "address_1" | "address1" | "street_address" | "strasse" | "anschrift" => {
            Field::Is(Trait::Street)
        }
        "address_2" | "address2" | "district" | "ortsteil" => Field::Is(Trait::District),
        "city" | "town" | "suburb" | "ort" | "stadt" => Field::Is(Trait::City),
        "postcode" | "postal_code" | "zip" | "zip_code" | "plz" => Field::Is(Trait::Postcode),
        "state" | "region" | "province" | "bundesland" => Field::Is(Trait::Region),
        "country" | "land" => Field::Is(Trait::Country),
        "company" | "company_name" | "organization" | "organisation" | "firma" => Field::Is(Trait::Company),
        _ => return None,
    })
}

fn read(path: &Path, source: u16, options: &LinkOptions) -> Result<Vec<Record>, Fault> {
    let fault = |error: &dyn std::fmt::Display| Fault::Input(format!("{}: {error}", path.display()));
    let text = std::fs::read(path).map_err(|error| fault(&error))?;
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| first.iter().filter(|byte| **byte == delimiter).count();
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text));
    let columns: Vec<String> =
        reader.byte_headers().map_err(|error| fault(&error))?.iter().map(lossy).collect();
    let is_id = |column: &String| options.id.contains(column);
    let fields: Vec<Option<Field>> = columns
        .iter()
        .map(|column| if is_id(column) { Some(Field::Is(Trait::ExternalId)) } else { field_of(column) })
        .collect();
    if fields.iter().all(Option::is_none) {
        let problem = "no column says who somebody is, such as email, phone or name; a column of numbers is named with --id";
        return Err(fault(&problem));
    }
    let key_at = options.key.as_ref().and_then(|key| columns.iter().position(|column| column == key));
    let mut records = Vec::new();
    for (line, row) in (2_u64..).zip(reader.byte_records()) {
        let row = row.map_err(|error| fault(&error))?;
        let cell = |at: usize| row.get(at).map(lossy).unwrap_or_default();
        let value = |at: usize, field: Field| match field {
            Field::Is(Trait::ExternalId) => format!("{}:{}", columns[at], cell(at)),
            _ => cell(at),
        };
        let said = fields.iter().enumerate().filter_map(|(at, field)| Some((at, (*field)?)));
        records.push(Record {
            source,
            key: key_at.map(cell).filter(|key| !key.is_empty()).unwrap_or_else(|| format!("line {line}")),
            fields: said
                .filter(|(at, _)| !cell(*at).is_empty())
                .map(|(at, field)| (field, value(at, field)))
                .collect(),
        });
    }
    Ok(records)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The record as a person finds it: file and key.
fn place(directory: &Directory, options: &LinkOptions, record: u32) -> String {
    let (source, key) = directory.key(record);
    let file = options.files.get(usize::from(source)).and_then(|path| path.file_name());
    format!("{} {key}", file.unwrap_or_default().to_string_lossy())
}

fn name_of(which: Trait) -> &'static str {
    match which {
        Trait::GivenName => "given name",
        Trait::FamilyName => "family name",
        Trait::Email => "e-mail",
        Trait::Phone => "phone",
        Trait::ExternalId => "number",
        Trait::BirthDate => "birth date",
        Trait::Street => "street",
        Trait::District => "district",
        Trait::City => "city",
        Trait::Postcode => "postcode",
        Trait::Region => "region",
        Trait::Country => "country",
        Trait::Company => "company",
    }
}

fn name_of_level(level: Level) -> &'static str {
    match level {
        Level::Unknown => "unknown",
        Level::Same => "same",
        Level::Alias => "alias",
        Level::Close => "close",
        Level::Alike => "alike",
        Level::Swapped => "swapped",
        Level::Different => "different",
    }
}

fn cause(directory: &Directory, join: &Join) -> String {
    match join.cause {
        Cause::Key => "same key".to_owned(),
        Cause::Accepted => "accepted".to_owned(),
        Cause::Shared(which) => {
            let theirs: Vec<&str> = directory.values(join.pair.1, which).collect();
            let shared = directory.values(join.pair.0, which).find(|value| theirs.contains(value));
            format!("same {} {}", name_of(which), shared.unwrap_or_default())
        }
        Cause::Weight(bits) => format!("weight {bits:.1} bits, chance {}", percent(chance(bits))),
    }
}

/// The parts of a pair's weight, in words: `prior −9.9, given name same +6.6`.
fn waterfall(directory: &Directory, (a, b): (u32, u32)) -> Vec<(String, f64)> {
    let steps = directory.explain(a, b).into_iter();
    steps
        .map(|step| {
            let which = step.which.map(name_of).unwrap_or_default();
            let name = match step.kind {
                StepKind::Prior => "prior".to_owned(),
                StepKind::Trait => format!("{which} {}", name_of_level(step.level)),
                StepKind::Frequency => format!("how common the {which} is"),
                StepKind::OneAddress => "one address is one fact".to_owned(),
                StepKind::OneName => "an address made of the name".to_owned(),
                StepKind::Contradiction => "given name and birth date differ".to_owned(),
                StepKind::Taught => "decisions".to_owned(),
            };
            (name, step.bits)
        })
        .collect()
}

fn reason(shared: Shared) -> String {
    match shared {
        Shared::Role => "the mailbox of a function".to_owned(),
        Shared::Persons(n) => format!("at least {n} persons"),
    }
}

/// Without control characters, so that no value can steer a terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn write_text(directory: &Directory, options: &LinkOptions, out: &mut impl Write) -> io::Result<()> {
    let bands = directory.bands();
    writeln!(out, "{} records, {} customers", directory.n_records(), directory.n_customers())?;
    writeln!(out, "{} pairs compared; expected of those from a chance on:", bands.n_compared)?;
    let mut table = Table::new(&["band", ">from", ">open pairs", ">precision", ">recall"]);
    let rows = [
        ("sure", options.sure, bands.n_sure, bands.sure_precision, bands.sure_recall),
        ("review", options.review, bands.n_review, bands.review_precision, bands.review_recall),
    ];
    for (band, from, n, precision, recall) in rows {
        table.row([band.to_owned(), percent(from), n.to_string(), percent(precision), percent(recall)]);
    }
    table.write(out)?;
    writeln!(out, "\nmerged:")?;
    let mut table = Table::new(&["customer", "record", "with", "why"]);
    for (first, _) in directory.merged() {
        for join in directory.why(first) {
            let of = |record: u32| place(directory, options, record);
            table.row([of(first), of(join.pair.1), of(join.pair.0), cause(directory, join)]);
        }
    }
    table.write(out)?;
    let shared = directory.shared_identifiers();
    if !shared.is_empty() {
        writeln!(out, "\nshared, so that they link nobody:")?;
        for (which, value, why, n) in shared {
            // A normalised identifier has no control characters but for a register's name.
            let line = format!("  {} {value}: {n} records, {}", name_of(which), reason(why));
            writeln!(out, "{}", plain(&line))?;
        }
    }
    let open = directory.proposals(options.review);
    writeln!(out, "\nto be reviewed: {}", open.len())?;
    for proposal in open.iter().take(options.limit) {
        let (a, b) = proposal.pair;
        let conflict = proposal.conflict.map(|which| format!(", same {} but other names", name_of(which)));
        let head = format!("{} = {}?", place(directory, options, a), place(directory, options, b));
        let steps: Vec<String> = waterfall(directory, proposal.pair)
            .iter()
            .map(|(name, bits)| format!("{name} {bits:+.1}"))
            .collect();
        let weight = format!("{:.1} bits, {}", proposal.bits, percent(chance(proposal.bits)));
        writeln!(out, "  {} {weight}{}", plain(&head), conflict.unwrap_or_default())?;
        writeln!(out, "    {}", steps.join(", "))?;
    }
    Ok(())
}

fn shape(directory: &Directory, options: &LinkOptions) -> Value {
    let bands = directory.bands();
    let of = |record: u32| place(directory, options, record);
    let merged = directory.merged().map(|(first, members)| {
        let why = directory.why(first).iter().map(
            |join| json!({"records": [of(join.pair.0), of(join.pair.1)], "why": cause(directory, join)}),
        );
        json!({
            "records": members.iter().map(|record| of(*record)).collect::<Vec<_>>(),
            "joins": why.collect::<Vec<_>>(),
        })
    });
    let open = directory.proposals(options.review);
    let review = open.iter().take(options.limit).map(|proposal| {
        let steps = waterfall(directory, proposal.pair);
        json!({
            "records": [of(proposal.pair.0), of(proposal.pair.1)],
            "bits": proposal.bits,
            "chance": chance(proposal.bits),
            "conflict": proposal.conflict.map(name_of),
            "steps": steps.iter().map(|(name, bits)| json!({"step": name, "bits": bits})).collect::<Vec<_>>(),
        })
    });
    let shared = directory.shared_identifiers().into_iter().map(|(which, value, why, n)| {
        json!({"kind": name_of(which), "value": value, "records": n, "why": reason(why)})
    });
    json!({
        "records": directory.n_records(),
        "customers": directory.n_customers(),
        "pairs_compared": bands.n_compared,
        "bands": {
            "sure": {"from": options.sure, "open": bands.n_sure, "expected_precision": bands.sure_precision, "expected_recall": bands.sure_recall},
            "review": {"from": options.review, "open": bands.n_review, "expected_precision": bands.review_precision, "expected_recall": bands.review_recall},
        },
        "merged": merged.collect::<Vec<_>>(),
        "shared": shared.collect::<Vec<_>>(),
        "to_be_reviewed": open.len(),
        "review": review.collect::<Vec<_>>(),
    })
}
