//! Recipes: pages of text that say what the columns of a known export mean.
//!
//! A recipe recognises a table by its columns, and makes of each record events, properties of a customer and of an
//! account. The recipes of this program lie in the folder `recipes`, one file for each system; how to write one is told
//! in `docs/recipes.md`. A person's own mapping can be a recipe too.

mod carry;
mod read;
mod table;

pub(crate) use carry::Cook;
pub(crate) use table::find;

use crate::facts::ProfileField;
use event::Measure;

/// What one kind of table means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipe {
    /// Its name, unique: `zendesk-tickets`.
    pub id: String,
    /// Rises when what it makes of a table changes.
    pub version: u32,
    /// What it is called on the screen: `Zendesk tickets`.
    pub title: String,
    /// Why the table gives nothing on its own, where it doesn't: what it is a list of.
    pub lookup: Option<String>,
    /// The page of text that it was read from.
    pub text: String,
    /// Columns that a table of this kind has; each under one of these names.
    pub(crate) columns: Vec<Vec<String>>,
    /// It has no others but those of the tool that copied it.
    pub(crate) is_only: bool,
    /// Columns that it hasn't.
    pub(crate) without: Vec<String>,
    /// Columns that say nothing of what happened, such as the time of the export.
    pub(crate) ignored: Vec<String>,
    /// What identifies a record in the next export too.
    pub(crate) record: Option<Template>,
    /// What the events have where they don't say otherwise.
    pub(crate) defaults: EventRule,
    pub(crate) events: Vec<EventRule>,
    pub(crate) profile: Option<ProfileRule>,
    pub(crate) account: Option<AccountRule>,
}

/// Text with the values of columns in it; nothing where one of them is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Template(pub(crate) Vec<Part>);

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Text(String),
    /// The first of these columns that is not empty.
    Column(Vec<String>),
}

/// What one event is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EventRule {
    pub(crate) activity: Template,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) at: Option<Vec<String>>,
    pub(crate) end: Option<Vec<String>>,
    pub(crate) customer: Option<Template>,
    pub(crate) channel: Option<Template>,
    pub(crate) account: Option<Template>,
    pub(crate) object: Option<Template>,
    pub(crate) text: Option<Template>,
    pub(crate) currency: Option<Template>,
    pub(crate) value: Option<ValueRule>,
}

/// Where the number of an event comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValueRule {
    pub(crate) measure: Measure,
    pub(crate) unit: Unit,
    pub(crate) template: Template,
}

/// In which unit an amount stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// As the event has it.
    Whole,
    /// The smallest unit of its currency: cents.
    Smallest,
    /// For a year, where the event has it for a month.
    OfAYear,
}

/// When an event is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) column: Vec<String>,
    pub(crate) test: Test,
}

/// What a value must be; values are in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    Filled,
    Empty,
    OneOf(Vec<String>),
    NoneOf(Vec<String>),
}

/// What a record says of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProfileRule {
    pub(crate) customer: Option<Template>,
    pub(crate) account: Option<Template>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) fields: Vec<(ProfileField, Template)>,
}

/// What a record says of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AccountRule {
    pub(crate) key: Template,
    pub(crate) name: Option<Template>,
    pub(crate) domain: Option<Template>,
    pub(crate) parent: Option<Template>,
    pub(crate) owner: Option<Template>,
}

/// How the columns of a tool that copies tables begin.
const COPIED_BY: &str = "fivetran";

/// A name as recipes compare it: `Created At`, `created_at` and `createdAt` are one.
pub(crate) fn canonical(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Recipe {
    /// Reads a recipe from its page of text.
    ///
    /// # Errors
    /// With the number of the line and what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        read::read(text)
    }

    /// Whether a table with these columns is one of this kind.
    #[must_use]
    pub fn fits(&self, columns: &[String]) -> bool {
        let names: std::collections::BTreeSet<String> = columns.iter().map(|name| canonical(name)).collect();
        self.fits_names(&names)
    }

    pub(crate) fn fits_names(&self, names: &std::collections::BTreeSet<String>) -> bool {
        let has = |name: &String| names.contains(&canonical(name));
        let n_own = || names.iter().filter(|name| !name.starts_with(COPIED_BY)).count();
        let n_asked = || {
            self.columns
                .iter()
                .filter(|of| !of.iter().any(|name| canonical(name).starts_with(COPIED_BY)))
                .count()
        };
        self.columns.iter().all(|one_of| one_of.iter().any(has))
            && !self.without.iter().any(has)
            && (!self.is_only || n_own() == n_asked())
    }

    /// What the recipe makes of each column that it uses: name in the table and meanings, in the order of the table.
    #[must_use]
    pub fn meanings(&self, columns: &[String]) -> Vec<(String, String)> {
        let uses = self.uses();
        let mut meanings: Vec<(String, String)> = Vec::new();
        for column in columns {
            let name = canonical(column);
            let mut of: Vec<&str> = Vec::new();
            for (used, meaning) in &uses {
                if canonical(used) == name && !of.contains(&meaning.as_str()) {
                    of.push(meaning);
                }
            }
            if !of.is_empty() {
                meanings.push((column.clone(), of.join(", ")));
            }
        }
        meanings
    }

    /// The names of the events as they stand in the recipe: `Ticket {status}`.
    #[must_use]
    pub fn activities(&self) -> Vec<String> {
        self.events.iter().map(|rule| rule.activity.to_text()).collect()
    }

    /// Whether it tells of customers.
    #[must_use]
    pub fn gives_profiles(&self) -> bool {
        self.profile.is_some()
    }

    /// Whether it tells of accounts.
    #[must_use]
    pub fn gives_accounts(&self) -> bool {
        self.account.is_some()
    }

    /// Columns and what each is used for.
    fn uses(&self) -> Vec<(&str, String)> {
        let mut uses: Vec<(&str, String)> = Vec::new();
        let mut templates: Vec<(Option<&Template>, &str)> = Vec::new();
        let mut add = |template, meaning| templates.push((template, meaning));
        for rule in std::iter::once(&self.defaults).chain(&self.events) {
            add(Some(&rule.activity), "activity");
            add(rule.customer.as_ref(), "customer");
            add(rule.account.as_ref(), "account");
            add(rule.channel.as_ref(), "channel");
            add(rule.object.as_ref(), "object");
            add(rule.text.as_ref(), "text");
            add(rule.currency.as_ref(), "currency");
            let value = rule.value.as_ref();
            add(value.map(|value| &value.template), value.map_or("", |value| value.measure.name()));
        }
        if let Some(profile) = &self.profile {
            add(profile.customer.as_ref(), "customer");
            add(profile.account.as_ref(), "account");
            profile.fields.iter().for_each(|(field, template)| add(Some(template), field.name()));
        }
        if let Some(account) = &self.account {
            add(Some(&account.key), "account");
            add(account.name.as_ref(), "company");
            add(account.domain.as_ref(), "domain");
            add(account.parent.as_ref(), "parent");
            add(account.owner.as_ref(), "owner");
        }
        for (template, meaning) in templates {
            uses.extend(
                template.into_iter().flat_map(Template::columns).map(|name| (name, meaning.to_owned())),
            );
        }
        for rule in &self.events {
            for (columns, meaning) in [(&rule.at, "time"), (&rule.end, "end_time")] {
                uses.extend(columns.iter().flatten().map(|column| (column.as_str(), meaning.to_owned())));
            }
            let conditions = rule.conditions.iter().flat_map(|condition| &condition.column);
            uses.extend(conditions.map(|column| (column.as_str(), "condition".to_owned())));
        }
        uses
    }

    /// The columns with the times of its events.
    pub(crate) fn time_columns(&self) -> impl Iterator<Item = &str> {
        self.events.iter().flat_map(|rule| rule.at.iter().flatten().map(String::as_str))
    }
}

impl Template {
    fn columns(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .flat_map(|part| match part {
                Part::Text(_) => &[][..],
                Part::Column(names) => names,
            })
            .map(String::as_str)
    }

    /// As it stands in a recipe.
    fn to_text(&self) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Column(names) => format!("{{{}}}", names.join("|")),
        };
        self.0.iter().map(part).collect()
    }
}
