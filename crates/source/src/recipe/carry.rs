//! Carries out a recipe: a record becomes events, and properties of a customer and of an account.

use super::{Condition, EventRule, Part, Recipe, Template, Test, Unit, ValueRule, canonical};
use crate::audit::Ledger;
use crate::error::{Error, Kind};
use crate::facts::{AccountFact, Profile};
use crate::load::{EARLY_END, EMPTY, Loaded, NO_ROOM, UNREADABLE_END, UNREADABLE_MONEY, UNREADABLE_SCORE};
use crate::number::{parse_money, parse_score};
use crate::plan::Plan;
use crate::record::{Columns, Consume, Fault, Field, NOT_UTF8, Record, mix, text_of};
use crate::time::TimeParser;
use event::{Batch, Measure, NewEvent};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use xxhash_rust::xxh3::xxh3_64;

/// Stands for what a record says of customers and accounts, where events have their number.
const FACTS: u64 = u64::MAX;
const NOTHING: &str = "holds nothing that the recipe makes an event of";
const UNREADABLE_TIME: &str = "event with an unreadable time left out";

/// Takes records and keeps what a recipe makes of them.
#[derive(Debug)]
pub(crate) struct Cook {
    recipe: Recipe,
    /// Place of each column that the recipe names, by its canonical name.
    places: HashMap<String, usize>,
    /// Columns that don't count when records are compared.
    ignored: BTreeSet<usize>,
    n_columns: usize,
    /// One parser for each column with times, because each learns the form of its column.
    times: BTreeMap<String, TimeParser>,
    fresh: TimeParser,
    batch: Batch,
    ledger: Ledger,
    profiles: Vec<Profile>,
    accounts: Vec<AccountFact>,
    /// Records with an id that say nothing of a customer or an account.
    silent: Vec<u64>,
    /// Digest of the id of the record that came last; 0 where it has none.
    last_record: u64,
}

/// What became of one event of a record.
enum Made {
    Event,
    NotMeant,
    Lacks { field: String, reason: &'static str, value: String },
}

impl Cook {
    pub(crate) fn new(recipe: Recipe, plan: &Plan, batch: Batch) -> Self {
        Self {
            recipe,
            places: HashMap::new(),
            ignored: BTreeSet::new(),
            n_columns: 0,
            times: BTreeMap::new(),
            fresh: TimeParser::new(plan.date_order, plan.zone_offset_minutes),
            batch,
            ledger: Ledger::new(&plan.name),
            profiles: Vec::new(),
            accounts: Vec::new(),
            silent: Vec::new(),
            last_record: 0,
        }
    }

    pub(crate) fn batch(&self) -> &Batch {
        &self.batch
    }

    pub(crate) fn last_profile(&self) -> (usize, Option<&str>) {
        (self.profiles.len(), self.profiles.last().map(|profile| profile.customer.as_str()))
    }

    pub(crate) fn last_record(&self) -> u64 {
        self.last_record
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    pub(crate) fn into_loaded(self) -> Loaded {
        let Self { batch, ledger, profiles, accounts, silent, .. } = self;
        Loaded { batch, ledger, profiles, accounts, silent }
    }

    fn locate(&mut self, columns: &Columns) {
        for (place, name) in columns.names().iter().enumerate().skip(self.n_columns) {
            let name = canonical(name);
            if self.recipe.ignored.iter().any(|ignored| canonical(ignored) == name) {
                self.ignored.insert(place);
            }
            self.places.entry(name).or_insert(place);
        }
        self.n_columns = columns.len();
    }

    /// The trimmed value of the first of some columns that has one.
    fn value<'a>(&self, record: &Record<'a>, names: &[String]) -> &'a [u8] {
        let value = |name: &String| -> Option<&'a [u8]> {
            let place = *self.places.get(&canonical(name))?;
            let is_it = |field: &&Field| field.column == place;
            let field = record.fields.get(place).filter(is_it);
            let field = field.or_else(|| record.fields.iter().rfind(is_it))?;
            Some(record.value(field)).filter(|value| !value.is_empty() && *value != b"null")
        };
        names.iter().find_map(value).unwrap_or_default()
    }

    /// The text of a template; `None` where a column of it is empty.
    fn text(&self, record: &Record<'_>, template: &Template) -> Option<String> {
        let mut text = String::new();
        for part in &template.0 {
            match part {
                Part::Text(own) => text.push_str(own),
                Part::Column(names) => {
                    let value = self.value(record, names);
                    if value.is_empty() {
                        return None;
                    }
                    text.push_str(&text_of(value).0);
                }
            }
        }
        Some(text).filter(|text| !text.trim().is_empty())
    }

    fn holds(&self, record: &Record<'_>, conditions: &[Condition]) -> bool {
        conditions.iter().all(|Condition { column, test }| {
            let value = text_of(self.value(record, column)).0.to_lowercase();
            match test {
                Test::Filled => !value.is_empty(),
                Test::Empty => value.is_empty(),
                Test::OneOf(values) => values.contains(&value),
                Test::NoneOf(values) => !values.contains(&value),
            }
        })
    }

    fn time(&mut self, record: &Record<'_>, names: &[String]) -> Option<Result<i64, &'static str>> {
        let value = self.value(record, names);
        if value.is_empty() {
            return None;
        }
        let key = names.first().cloned().unwrap_or_default();
        let fresh = &self.fresh;
        Some(self.times.entry(key).or_insert_with(|| fresh.clone()).parse(value))
    }

    fn make(&mut self, record: &Record<'_>, number: usize, rule: &EventRule) -> Made {
        if !self.holds(record, &rule.conditions) {
            return Made::NotMeant;
        }
        let lacks = |names: &[String], reason, value: String| Made::Lacks {
            field: names.first().cloned().unwrap_or_default(),
            reason,
            value,
        };
        let at = rule.at.as_deref().unwrap_or_default();
        let start_micros = match self.time(record, at) {
            // What has no time has not happened.
            None => return lacks(at, EMPTY, String::new()),
            Some(Ok(micros)) => micros,
            Some(Err(reason)) => {
                return lacks(at, reason, text_of(self.value(record, at)).0.into_owned());
            }
        };
        let get = |template: &Option<Template>| template.as_ref().and_then(|t| self.text(record, t));
        let Some(customer) = get(&rule.customer) else {
            let columns = rule.customer.iter().flat_map(Template::columns).map(str::to_owned);
            return lacks(&columns.collect::<Vec<_>>(), EMPTY, String::new());
        };
        let Some(activity) = self.text(record, &rule.activity) else {
            let columns = rule.activity.columns().map(str::to_owned);
            return lacks(&columns.collect::<Vec<_>>(), EMPTY, String::new());
        };
        let (channel, account, object, note) =
            (get(&rule.channel), get(&rule.account), get(&rule.object), get(&rule.text));
        let currency = get(&rule.currency).map(|currency| currency.to_uppercase());
        let (value, measure) = self.number(record, rule.value.as_ref(), currency.as_deref());
        let end_micros = self.end(record, rule.end.as_deref(), start_micros);
        let has_room = self.batch.push(NewEvent {
            customer: &customer,
            activity: &activity,
            start_micros,
            end_micros,
            channel: channel.as_deref(),
            account: account.as_deref(),
            text: note.as_deref(),
            value,
            measure,
            currency: currency.as_deref().filter(|_| value.is_some()),
            object: object.as_deref(),
            line: u32::try_from(record.line).unwrap_or(u32::MAX),
            digest: self.digest(record, number),
        });
        if !has_room {
            return Made::Lacks { field: String::new(), reason: NO_ROOM, value: String::new() };
        }
        self.ledger.see(start_micros, end_micros);
        Made::Event
    }

    fn number(
        &mut self,
        record: &Record<'_>,
        rule: Option<&ValueRule>,
        currency: Option<&str>,
    ) -> (Option<f64>, Measure) {
        let none = (None, Measure::Money);
        let Some(ValueRule { measure, unit, template }) = rule else { return none };
        let Some(text) = self.text(record, template) else { return none };
        let (read, unreadable) = match measure {
            Measure::Money | Measure::Mrr => (parse_money(text.as_bytes()), UNREADABLE_MONEY),
            _ => (parse_score(text.as_bytes(), *measure), UNREADABLE_SCORE),
        };
        let Some(number) = read else {
            self.ledger.repair(unreadable);
            return none;
        };
        let number = match unit {
            Unit::Whole => number,
            Unit::Smallest => number / smallest_units(currency),
            Unit::OfAYear => number / 12.0,
        };
        (Some(number), *measure)
    }

    fn end(&mut self, record: &Record<'_>, names: Option<&[String]>, start_micros: i64) -> Option<i64> {
        match self.time(record, names?)? {
            Ok(end) if end >= start_micros => Some(end),
            Ok(_) => {
                self.ledger.repair(EARLY_END);
                None
            }
            Err(_) => {
                self.ledger.repair(UNREADABLE_END);
                None
            }
        }
    }

    /// What makes an event the same in the next export: the record's own id, or else all that it says.
    fn digest(&self, record: &Record<'_>, number: usize) -> u64 {
        if let Some(id) = self.id(record) {
            return digest_of(id, number as u64);
        }
        let sum = record
            .fields
            .iter()
            .filter(|field| !self.ignored.contains(&field.column))
            .map(|field| (field.column, record.value(field)))
            .filter(|(_, value)| !value.is_empty())
            .fold(record.rest_digest, |sum, (column, value)| {
                sum.wrapping_add(record.columns.digest(column, value))
            });
        mix(sum.wrapping_add(number as u64))
    }

    /// Says that a record with an id makes no such event, so that one that it made before goes.
    fn claim(&mut self, record: &Record<'_>, number: usize) {
        if let Some(id) = self.id(record) {
            self.batch.claim(digest_of(id, number as u64));
        }
    }

    /// Digest of the record's own id, where it has one.
    fn id(&self, record: &Record<'_>) -> Option<u64> {
        let id = self.text(record, self.recipe.record.as_ref()?)?;
        Some(xxh3_64(id.as_bytes()).wrapping_add(xxh3_64(self.recipe.id.as_bytes())))
    }

    /// Notes what the record says of a customer and of an account; returns whether it says anything.
    fn facts(&mut self, record: &Record<'_>, recipe: &Recipe) -> bool {
        let line = u32::try_from(record.line).unwrap_or(u32::MAX);
        let id = self.id(record).map_or(0, |id| digest_of(id, FACTS));
        self.last_record = id;
        let get = |template: &Option<Template>| template.as_ref().and_then(|t| self.text(record, t));
        let profile = recipe.profile.as_ref().filter(|rule| self.holds(record, &rule.conditions));
        let profile = profile.and_then(|rule| {
            let field = |(field, template): &(_, Template)| Some((*field, self.text(record, template)?));
            let fields: Vec<_> = rule.fields.iter().filter_map(field).collect();
            let account = get(&rule.account);
            let customer = get(&rule.customer)?;
            (!fields.is_empty() || account.is_some()).then_some(Profile {
                customer,
                account,
                line,
                record: id,
                fields,
            })
        });
        let account = recipe.account.as_ref().and_then(|rule| {
            Some(AccountFact {
                key: self.text(record, &rule.key)?,
                name: get(&rule.name),
                domain: get(&rule.domain),
                parent: get(&rule.parent),
                owner: get(&rule.owner),
                line,
                record: id,
            })
        });
        let says = profile.is_some() || account.is_some();
        if !says && id != 0 && (recipe.profile.is_some() || recipe.account.is_some()) {
            self.silent.push(id);
        }
        self.profiles.extend(profile);
        self.accounts.extend(account);
        says
    }
}

impl Consume for Cook {
    fn header(&mut self, columns: &Columns) -> Result<(), Error> {
        self.locate(columns);
        if !self.recipe.fits(columns.names()) {
            let title = self.recipe.title.clone();
            return Err(Error::new(self.ledger.file(), Kind::OtherTable(title)));
        }
        Ok(())
    }

    fn record(&mut self, record: &Record<'_>) {
        if self.n_columns != record.columns.len() {
            self.locate(record.columns);
        }
        let recipe = std::mem::take(&mut self.recipe);
        // The digest asks for these two while the rest is away.
        self.recipe.id.clone_from(&recipe.id);
        self.recipe.record.clone_from(&recipe.record);
        let says = self.facts(record, &recipe);
        let (mut n_made, mut lack) = (0, None);
        if self.id(record).is_some() {
            self.batch.identify();
        }
        for (number, rule) in recipe.events.iter().enumerate() {
            match self.make(record, number, rule) {
                Made::Event => n_made += 1,
                Made::NotMeant => self.claim(record, number),
                Made::Lacks { field, reason, value } => {
                    if reason == EMPTY {
                        self.claim(record, number);
                    }
                    if reason != EMPTY && (says || recipe.events.len() > 1) {
                        self.ledger.repair(UNREADABLE_TIME);
                    }
                    lack = lack.or(Some((field, reason, value)));
                }
            }
        }
        self.recipe = recipe;
        if n_made > 0 || says {
            self.ledger.accept_record();
            record.repairs.iter().for_each(|repair| self.ledger.repair(repair));
            let is_utf8 = record.fields.iter().all(|field| text_of(record.value(field)).1);
            if !is_utf8 && !record.repairs.contains(&NOT_UTF8) {
                self.ledger.repair(NOT_UTF8);
            }
        } else if let Some((field, reason, value)) = lack {
            self.ledger.reject(record.line, &field, reason, value.as_bytes());
        } else {
            self.ledger.reject(record.line, "", NOTHING, &[]);
        }
    }

    fn fault(&mut self, fault: &Fault<'_>) {
        self.ledger.reject(fault.line, "", fault.reason, fault.value);
    }
}

/// Digest of one of the things that a record with an id says: an event by number, or [`FACTS`].
fn digest_of(id: u64, number: u64) -> u64 {
    mix(id.wrapping_add(number))
}

/// How many of its smallest unit make one of a currency (ISO 4217); a hundred for most.
fn smallest_units(currency: Option<&str>) -> f64 {
    match currency.unwrap_or_default() {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 1.0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 1_000.0,
        _ => 100.0,
    }
}
