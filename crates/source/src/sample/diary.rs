//! What one person does, written down as time goes by.

use super::clock::{DAY, HOUR, YEAR_END, office_hours};
use super::company::Account;
use super::random::Random;

/// The system that exports an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum System {
    /// Sales and invoices.
    Crm,
    /// Subscriptions.
    Billing,
    /// Tickets.
    Helpdesk,
    /// The public website.
    Web,
    /// The product itself.
    Product,
    /// Questionnaires.
    Survey,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Who exports it.
    pub(super) system: System,
    /// When, in seconds since 1970.
    pub(super) at: i64,
    /// E-mail address of the person.
    pub(super) person: String,
    /// Company of the person.
    pub(super) account: String,
    /// Business of the company.
    pub(super) segment: &'static str,
    /// Plan of the company.
    pub(super) plan: &'static str,
    /// Sales person.
    pub(super) owner: &'static str,
    /// What happened.
    pub(super) activity: &'static str,
    /// On which channel.
    pub(super) channel: &'static str,
    /// What the person wrote; mostly empty.
    pub(super) text: String,
    /// Money, in cents.
    pub(super) cents: Option<i64>,
    /// What else the system notes: a ticket number, a page, a score.
    pub(super) detail: String,
}

/// One person's time, moving forward only; what falls after the sample year is not written down.
#[derive(Debug)]
pub(super) struct Diary<'a> {
    account: &'a Account,
    person: &'a str,
    entries: &'a mut Vec<Entry>,
    /// Where chance comes from.
    pub(super) random: &'a mut Random,
    /// The current moment, in seconds since 1970.
    pub(super) now: i64,
}

impl<'a> Diary<'a> {
    /// Opens the diary of a person of the account at a moment.
    pub(super) fn open(
        account: &'a Account,
        person: &'a str,
        now: i64,
        random: &'a mut Random,
        entries: &'a mut Vec<Entry>,
    ) -> Self {
        Self { account, person, entries, random, now }
    }

    /// The sample year is over.
    pub(super) fn is_over(&self) -> bool {
        self.now >= YEAR_END
    }

    /// Lets minutes pass, from `low` to `high`.
    pub(super) fn minutes(&mut self, low: i64, high: i64) -> &mut Self {
        self.now += self.random.between(low * 60, high * 60);
        self
    }

    /// Lets hours pass, from `low` to `high`.
    pub(super) fn hours(&mut self, low: i64, high: i64) -> &mut Self {
        self.now += self.random.between(low * HOUR, high * HOUR);
        self
    }

    /// Lets days pass, from `low` to `high`.
    pub(super) fn days(&mut self, low: i64, high: i64) -> &mut Self {
        self.now += self.random.between(low * DAY, high * DAY);
        self
    }

    /// Waits until somebody is in the office.
    pub(super) fn office(&mut self) -> &mut Self {
        self.now = office_hours(self.now);
        self
    }

    /// Moves to the hour of the current day at which people who are not at a desk use a product: 6 to 22.
    pub(super) fn daytime(&mut self) -> &mut Self {
        let midnight = self.now - self.now.rem_euclid(DAY);
        let hour = midnight + self.random.between(6 * HOUR, 22 * HOUR);
        self.now = if hour > self.now { hour } else { self.now + self.random.between(60, 900) };
        self
    }

    /// Writes an entry down.
    pub(super) fn note(&mut self, system: System, activity: &'static str, channel: &'static str) {
        self.full(system, activity, channel, "", None, "");
    }

    /// Writes an entry down with the person's words and what else the system notes.
    pub(super) fn said(
        &mut self,
        system: System,
        activity: &'static str,
        channel: &'static str,
        text: &str,
        detail: &str,
    ) {
        self.full(system, activity, channel, text, None, detail);
    }

    /// Writes an entry down with an amount of money.
    pub(super) fn paid(&mut self, activity: &'static str, channel: &'static str, cents: i64) {
        self.full(System::Crm, activity, channel, "", Some(cents), "");
    }

    /// Writes down what becomes of the subscription, with what it costs a month from then on.
    pub(super) fn billed(
        &mut self,
        activity: &'static str,
        channel: &'static str,
        month_cents: i64,
        text: &str,
    ) {
        let subscription = format!("S{:04}", 1_000 + self.account.number);
        self.full(System::Billing, activity, channel, text, Some(month_cents), &subscription);
    }

    /// The same some days later, while the diary stays where it is.
    pub(super) fn billed_after(&mut self, days: i64, activity: &'static str, month_cents: i64) {
        let now = self.now;
        self.now += days * DAY;
        self.office().billed(activity, "email", month_cents, "");
        self.now = now;
    }

    fn full(
        &mut self,
        system: System,
        activity: &'static str,
        channel: &'static str,
        text: &str,
        cents: Option<i64>,
        detail: &str,
    ) {
        if self.is_over() {
            return;
        }
        self.entries.push(Entry {
            system,
            at: self.now,
            person: self.person.to_owned(),
            account: self.account.name.clone(),
            segment: self.account.segment.name(),
            plan: self.account.plan,
            owner: self.account.owner,
            activity,
            channel,
            text: text.to_owned(),
            cents,
            detail: detail.to_owned(),
        });
    }
}
