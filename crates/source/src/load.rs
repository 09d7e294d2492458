//! Turns a record into an event, and says why where it cannot.

use crate::audit::Ledger;
use crate::error::{Error, Kind};
use crate::facts::{AccountFact, Profile};
use crate::number::{parse_money, parse_score};
use crate::plan::{Plan, Role};
use crate::recipe::Cook;
use crate::record::{Columns, Consume, Fault, Field, NOT_UTF8, Record, mix, text_of};
use crate::time::TimeParser;
use event::{Batch, Measure, NewEvent};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

pub(crate) const EMPTY: &str = "is empty";
pub(crate) const NO_ROOM: &str = "is beyond the number of events that one source can hold";
pub(crate) const EARLY_END: &str = "end time before start ignored";
pub(crate) const UNREADABLE_END: &str = "unreadable end time ignored";
pub(crate) const UNREADABLE_MONEY: &str = "unreadable amount of money ignored";
pub(crate) const UNREADABLE_SCORE: &str = "answer outside of its scale ignored";
const SECOND_NUMBER: &str = "further number of a row ignored";

/// Takes records under a plan.
#[derive(Debug)]
pub(crate) enum Loader {
    /// One event a record, by a mapping.
    Mapped(Box<MappedLoader>),
    /// By a recipe.
    Recipe(Box<Cook>),
}

/// What a whole file gave.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) batch: Batch,
    pub(crate) ledger: Ledger,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) accounts: Vec<AccountFact>,
    pub(crate) silent: Vec<u64>,
}

impl Loader {
    pub(crate) fn new(plan: &Plan, batch: Batch) -> Self {
        match &plan.recipe {
            Some(recipe) => Self::Recipe(Box::new(Cook::new(recipe.clone(), plan, batch))),
            None => Self::Mapped(Box::new(MappedLoader::new(plan, batch))),
        }
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        match self {
            Self::Mapped(loader) => &loader.ledger,
            Self::Recipe(cook) => cook.ledger(),
        }
    }

    pub(crate) fn ledger_mut(&mut self) -> &mut Ledger {
        match self {
            Self::Mapped(loader) => &mut loader.ledger,
            Self::Recipe(cook) => cook.ledger_mut(),
        }
    }

    /// Events made so far, and customer and start of the last one.
    pub(crate) fn last_event(&self) -> (usize, Option<(&str, i64)>) {
        let batch = match self {
            Self::Mapped(loader) => &loader.batch,
            Self::Recipe(cook) => cook.batch(),
        };
        (batch.len(), batch.last())
    }

    /// Digest of the id of the record that came last; 0 where it has none.
    pub(crate) fn last_record(&self) -> u64 {
        match self {
            Self::Mapped(loader) => loader.last_record,
            Self::Recipe(cook) => cook.last_record(),
        }
    }

    /// Properties of customers found so far, and the customer of the last.
    pub(crate) fn last_profile(&self) -> (usize, Option<&str>) {
        match self {
            Self::Mapped(_) => (0, None),
            Self::Recipe(cook) => cook.last_profile(),
        }
    }

    pub(crate) fn into_parts(self) -> Loaded {
        match self {
            Self::Mapped(loader) => {
                let MappedLoader { batch, ledger, .. } = *loader;
                Loaded { batch, ledger, profiles: Vec::new(), accounts: Vec::new(), silent: Vec::new() }
            }
            Self::Recipe(cook) => cook.into_loaded(),
        }
    }

    /// Fails when the column of a required role has never appeared. Optional ones may be absent: systems leave out what is
    /// empty.
    pub(crate) fn check_columns(&self, plan: &Plan, columns: &Columns) -> Result<(), Error> {
        match self {
            Self::Mapped(loader) => {
                loader.check(plan.name.as_str(), &[Role::Customer, Role::Activity, Role::Time], columns)
            }
            Self::Recipe(_) => Ok(()),
        }
    }
}

impl Consume for Loader {
    fn header(&mut self, columns: &Columns) -> Result<(), Error> {
        match self {
            Self::Mapped(loader) => loader.header(columns),
            Self::Recipe(cook) => cook.header(columns),
        }
    }

    fn record(&mut self, record: &Record<'_>) {
        match self {
            Self::Mapped(loader) => loader.record(record),
            Self::Recipe(cook) => cook.record(record),
        }
    }

    fn fault(&mut self, fault: &Fault<'_>) {
        match self {
            Self::Mapped(loader) => loader.fault(fault),
            Self::Recipe(cook) => cook.fault(fault),
        }
    }
}

/// Makes one event of each record, and keeps the account.
#[derive(Debug)]
pub(crate) struct MappedLoader {
    /// By [`Role`] as a number.
    roles: [Mapped; Role::ALL.len()],
    /// Number of columns when the roles were last looked up.
    n_columns: usize,
    time: TimeParser,
    end_time: TimeParser,
    /// The survey of the answers.
    score_kind: Measure,
    batch: Batch,
    ledger: Ledger,
    /// Digest of the id of the record that came last; 0 where it has none, or made no event.
    last_record: u64,
}

/// The number of a record, and what is to be said of it.
#[derive(Debug, Default)]
struct Number {
    value: Option<f64>,
    measure: Measure,
    unreadable: Option<&'static str>,
    second: Option<&'static str>,
}

/// A role's column.
#[derive(Debug, Default)]
struct Mapped {
    column: Option<String>,
    /// Its place among the columns, once it has appeared.
    place: Option<usize>,
}

impl MappedLoader {
    fn new(plan: &Plan, batch: Batch) -> Self {
        let parser = || TimeParser::new(plan.date_order, plan.zone_offset_minutes);
        let mapped = |role| Mapped { column: plan.mapping.column(role).map(str::to_owned), place: None };
        Self {
            roles: Role::ALL.map(mapped),
            n_columns: 0,
            time: parser(),
            end_time: parser(),
            score_kind: plan.mapping.score_kind.unwrap_or_default(),
            batch,
            ledger: Ledger::new(&plan.name),
            last_record: 0,
        }
    }

    fn check(&self, file: &str, roles: &[Role], columns: &Columns) -> Result<(), Error> {
        for role in roles {
            let mapped = &self.roles[*role as usize];
            if let (Some(column), None) = (&mapped.column, mapped.place) {
                let (role, column, columns) = (role.name(), column.clone(), columns.names().to_vec());
                return Err(Error::new(file, Kind::UnknownColumn { role, column, columns }));
            }
        }
        Ok(())
    }

    /// Looks up the places of columns that have not been seen yet.
    fn locate(&mut self, columns: &Columns) {
        self.n_columns = columns.len();
        for mapped in &mut self.roles {
            if mapped.place.is_none() {
                mapped.place = mapped.column.as_ref().and_then(|column| columns.position(column));
            }
        }
    }

    /// The trimmed value of a role in a record; empty where there is none.
    fn value<'a>(&self, record: &Record<'a>, role: Role) -> &'a [u8] {
        let Some(place) = self.roles[role as usize].place else { return &[] };
        let is_it = |field: &&Field| field.column == place;
        // A table has its fields in the order of its columns; elsewhere a repeated name counts as it stands last.
        let field = record.fields.get(place).filter(is_it);
        field.or_else(|| record.fields.iter().rfind(is_it)).map_or(&[], |field| record.value(field))
    }

    fn reject(&mut self, record: &Record<'_>, role: Role, reason: &'static str, value: &[u8]) {
        let column = self.roles[role as usize].column.as_deref().unwrap_or_default();
        self.ledger.reject(record.line, column, reason, value);
    }

    /// The number of a record: an answer before recurring revenue before other money.
    fn number_of(&self, record: &Record<'_>) -> Number {
        let mut number = Number::default();
        for role in [Role::Score, Role::Mrr, Role::Money] {
            let value = self.value(record, role);
            if value.is_empty() {
                continue;
            }
            if number.value.is_some() {
                number.second = Some(SECOND_NUMBER);
                continue;
            }
            let (measure, read, unreadable) = match role {
                Role::Score => (self.score_kind, parse_score(value, self.score_kind), UNREADABLE_SCORE),
                Role::Mrr => (Measure::Mrr, parse_money(value), UNREADABLE_MONEY),
                _ => (Measure::Money, parse_money(value), UNREADABLE_MONEY),
            };
            match read {
                Some(_) => (number.value, number.measure) = (read, measure),
                None => number.unreadable = Some(unreadable),
            }
        }
        number
    }

    /// What makes an event the same in the next export.
    fn digest_of_id(&self, id: &[u8]) -> u64 {
        let column = self.roles[Role::Record as usize].column.as_deref().unwrap_or_default();
        mix(xxh3_64_with_seed(id, xxh3_64(column.as_bytes())))
    }

    fn end_of(&mut self, value: &[u8], start_micros: i64) -> (Option<i64>, Option<&'static str>) {
        if value.is_empty() {
            return (None, None);
        }
        match self.end_time.parse(value) {
            Ok(end) if end >= start_micros => (Some(end), None),
            Ok(_) => (None, Some(EARLY_END)),
            Err(_) => (None, Some(UNREADABLE_END)),
        }
    }
}

impl Consume for MappedLoader {
    fn header(&mut self, columns: &Columns) -> Result<(), Error> {
        self.locate(columns);
        self.check(self.ledger.file(), &Role::ALL, columns)
    }

    fn record(&mut self, record: &Record<'_>) {
        if self.n_columns != record.columns.len() {
            self.locate(record.columns);
        }
        self.last_record = 0;
        let customer = self.value(record, Role::Customer);
        let activity = self.value(record, Role::Activity);
        let time = self.value(record, Role::Time);
        for (role, value) in [(Role::Customer, customer), (Role::Activity, activity), (Role::Time, time)] {
            if value.is_empty() {
                return self.reject(record, role, EMPTY, value);
            }
        }
        let start_micros = match self.time.parse(time) {
            Ok(start_micros) => start_micros,
            Err(reason) => return self.reject(record, Role::Time, reason, time),
        };
        let end_value = self.value(record, Role::EndTime);
        let (end_micros, end_repair) = self.end_of(end_value, start_micros);
        let number = self.number_of(record);
        let mut is_utf8 = true;
        let mut text = |value| {
            let (text, is_proper) = text_of(value);
            is_utf8 &= is_proper;
            text
        };
        let customer = text(customer);
        let activity = text(activity);
        let channel = text(self.value(record, Role::Channel));
        let account = text(self.value(record, Role::Account));
        let note = text(self.value(record, Role::Text));
        let object = text(self.value(record, Role::Object));
        let currency = text(self.value(record, Role::Currency)).to_uppercase();
        let id = self.value(record, Role::Record);
        if !id.is_empty() {
            self.batch.identify();
        }
        let event_digest = if id.is_empty() { digest(record) } else { self.digest_of_id(id) };
        self.last_record = if id.is_empty() { 0 } else { event_digest };
        let has_room = self.batch.push(NewEvent {
            customer: &customer,
            activity: &activity,
            start_micros,
            end_micros,
            channel: Some(channel.as_ref()).filter(|channel| !channel.is_empty()),
            account: Some(account.as_ref()).filter(|account| !account.is_empty()),
            text: Some(note.as_ref()).filter(|note| !note.is_empty()),
            value: number.value,
            measure: number.measure,
            currency: Some(currency.as_str()).filter(|currency| !currency.is_empty()),
            object: Some(object.as_ref()).filter(|object| !object.is_empty()),
            line: u32::try_from(record.line).unwrap_or(u32::MAX),
            digest: event_digest,
        });
        if !has_room {
            return self.ledger.reject(record.line, "", NO_ROOM, &[]);
        }
        self.ledger.accept(start_micros, end_micros);
        let replaced = (!is_utf8 && !record.repairs.contains(&NOT_UTF8)).then_some(NOT_UTF8);
        let others = replaced.into_iter().chain(end_repair).chain(number.unreadable).chain(number.second);
        for repair in record.repairs.iter().copied().chain(others) {
            self.ledger.repair(repair);
        }
    }

    fn fault(&mut self, fault: &Fault<'_>) {
        self.ledger.reject(fault.line, "", fault.reason, fault.value);
    }
}

/// Independent of the order of columns, because it is a sum over the fields.
fn digest(record: &Record<'_>) -> u64 {
    let mut sum = record.rest_digest;
    for field in record.fields {
        let value = record.value(field);
        if !value.is_empty() {
            sum = sum.wrapping_add(record.columns.digest(field.column, value));
        }
    }
    mix(sum)
}
