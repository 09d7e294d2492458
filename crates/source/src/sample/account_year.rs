//! What the person who decides goes through as a customer: onboarding, invoices, reviews, renewal or goodbye.

use super::clock::{DAY, YEAR_END};
use super::company::{Account, Segment};
use super::diary::{Diary, Entry, System};
use super::random::Random;
use super::support::{self, Topic};
use super::text;

/// How the account fared, as far as it decides about renewal.
#[derive(Debug, Default)]
struct Record {
    stalled: bool,
    disputes: i64,
    reopened: i64,
    /// What the subscription costs a month, in cents.
    month_cents: i64,
}

/// Plays the account's time as a customer; returns when it cancelled, or the end of the sample year.
pub(super) fn play(account: &Account, signed: i64, random: &mut Random, entries: &mut Vec<Entry>) -> i64 {
    let mut diary = Diary::open(account, &account.champion, signed, random, entries);
    let mut record = Record { month_cents: account.month_cents(), ..Record::default() };
    // What happens to subscriptions alone has chances of its own, so that everything else stays as it was.
    let mut billing = Random::new(0x5EED ^ account.number.unsigned_abs());
    if !onboard(&mut diary, account, &mut record) {
        return cancel(&mut diary, true);
    }
    for half_year in 0..2 {
        let due = signed + (half_year + 1) * 182 * DAY;
        live(&mut diary, account, due, &mut record);
        if diary.is_over() {
            break;
        }
        if leaves(&mut diary, &record) {
            let until = cancel(&mut diary, false);
            if billing.chance(30) {
                let days = billing.between(25, 110);
                diary.billed_after(days, "Reactivate subscription", record.month_cents);
            }
            return until;
        }
        renew(&mut diary, account, &mut record, &mut billing);
    }
    YEAR_END
}

/// Welcome to first schedule; false when the account gives up at the import.
fn onboard(diary: &mut Diary<'_>, account: &Account, record: &mut Record) -> bool {
    diary.hours(2, 45).daytime().note(System::Product, "Create workspace", "app");
    if diary.random.chance(70) {
        let channel = diary.random.pick(&["phone", "in-person", "web"]);
        diary.days(1, 6).office().note(System::Crm, "Kick-off meeting", channel);
    }
    if !import(diary, account, record) {
        return false;
    }
    for _ in &account.members {
        diary.minutes(2, 300).note(System::Product, "Invite teammate", "app");
    }
    diary.hours(3, 60).daytime().note(System::Product, "Publish first schedule", "app");
    if diary.random.chance(60) {
        diary.days(1, 9).daytime().note(System::Product, "Connect calendar", "app");
    }
    if diary.random.chance(60) {
        let (score, comment) = text::onboarding_answer(diary.random, record.stalled);
        diary.days(2, 6).daytime().said(System::Survey, "Answer onboarding survey", "email", comment, score);
    }
    true
}

/// The first import: quick for most, a stall of weeks for manufacturers.
fn import(diary: &mut Diary<'_>, account: &Account, record: &mut Record) -> bool {
    let hard = account.segment == Segment::Manufacturing;
    let n_failures = if hard { diary.random.between(2, 5) } else { diary.random.between(-2, 1).max(0) };
    for failure in 0..n_failures {
        diary.days(i64::from(hard), if hard { 8 } else { 2 }).daytime();
        diary.said(System::Product, "Data import failed", "app", "", "machine-export.csv");
        if diary.random.chance(if hard { 55 } else { 25 }) {
            diary.minutes(5, 90).note(System::Web, "Read help article", "web");
        }
        if failure == 0 || diary.random.chance(35) {
            diary.minutes(10, 600);
            record.reopened += support::ticket(diary, Topic::Import);
        }
        if hard && diary.random.chance(15) {
            return false;
        }
    }
    record.stalled = n_failures > 1;
    diary.hours(4, if hard { 150 } else { 60 }).daytime().note(System::Product, "Import first data", "app");
    true
}

/// Use, invoices, tickets and surveys until the contract is due for renewal.
fn live(diary: &mut Diary<'_>, account: &Account, due: i64, record: &mut Record) {
    let mut next_invoice = diary.now + 5 * DAY;
    let mut reviewed = false;
    while diary.now < due - 10 * DAY && !diary.is_over() {
        diary.days(4, 13).daytime();
        match diary.random.between(1, 100) {
            1..=55 => diary.note(System::Product, "Publish schedule", "app"),
            56..=64 => diary.note(System::Web, "Read help article", "web"),
            65..=73 => record.reopened += support::any_ticket(diary),
            _ => diary.note(System::Product, "View schedule", "app"),
        }
        if diary.now >= next_invoice {
            record.disputes += invoice(diary, account);
            next_invoice += 91 * DAY;
        }
        if !reviewed && diary.now > due - 60 * DAY {
            reviewed = true;
            review(diary, record);
        }
    }
}

/// One invoice until it is paid; returns 1 if it was disputed.
fn invoice(diary: &mut Diary<'_>, account: &Account) -> i64 {
    let quarter = account.price_cents / 2;
    let wrong = account.plan == "Company" && diary.random.chance(36) || diary.random.chance(4);
    let billed = if wrong { quarter + quarter / 5 } else { quarter };
    diary.hours(1, 4).office().paid("Receive invoice", "email", billed);
    if wrong {
        let complaint = diary.random.pick(&text::INVOICE_DISPUTES);
        let channel = diary.random.pick(&["email", "phone"]);
        diary.hours(3, 90).office().said(System::Crm, "Dispute invoice", channel, complaint, "");
        if diary.random.chance(40) {
            diary.days(2, 6).office().said(System::Crm, "Dispute invoice", "phone", text::STILL_WRONG, "");
        }
        diary.days(2, 12).office().paid("Receive corrected invoice", "email", quarter);
    }
    diary.days(1, 16).office().paid("Pay invoice", "web", quarter);
    i64::from(wrong)
}

/// A conversation about how it goes, and the question whether one would recommend it.
fn review(diary: &mut Diary<'_>, record: &Record) {
    if diary.random.chance(55) {
        let channel = diary.random.pick(&["in-person", "phone", "web"]);
        diary.days(1, 8).office().note(System::Crm, "Business review", channel);
    }
    if diary.random.chance(65) {
        let trouble = record.disputes * 3 + record.reopened + i64::from(record.stalled);
        let (score, comment) = text::recommendation(diary.random, trouble);
        diary.days(1, 6).daytime().said(System::Survey, "Answer NPS survey", "email", comment, score);
        if matches!(score, "9" | "10") && diary.random.chance(45) {
            diary.days(1, 15).daytime().note(System::Crm, "Refer a colleague", "email");
        }
    }
}

fn leaves(diary: &mut Diary<'_>, record: &Record) -> bool {
    let percent =
        6 + 38 * record.disputes.min(2) + 7 * record.reopened.min(4) + 9 * i64::from(record.stalled);
    diary.random.chance(percent)
}

fn renew(diary: &mut Diary<'_>, account: &Account, record: &mut Record, billing: &mut Random) {
    if diary.random.chance(50) {
        diary.days(1, 4).daytime().said(System::Web, "Visit pricing page", "web", "", "/pricing");
    }
    diary.days(1, 9).office().billed("Renew subscription", "email", record.month_cents, "");
    if diary.random.chance(22) {
        record.month_cents += account.month_cents() / 3;
        diary.days(5, 40).office().billed("Upgrade plan", "app", record.month_cents, "");
    } else if billing.chance(18) {
        record.month_cents -= account.month_cents() / 4;
        diary.billed_after(billing.between(4, 30), "Reduce plan", record.month_cents);
    }
}

fn cancel(diary: &mut Diary<'_>, at_import: bool) -> i64 {
    let reasons = if at_import { text::STALL_GOODBYES.as_slice() } else { text::GOODBYES.as_slice() };
    let reason = diary.random.pick(reasons);
    let channel = diary.random.pick(&["email", "phone"]);
    diary.days(2, 15).office().billed("Cancel subscription", channel, 0, reason);
    diary.now
}
