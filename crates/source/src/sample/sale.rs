//! From the first visit to the contract, or to the end of the story.

use super::clock::{DAY, YEAR_START};
use super::company::Account;
use super::diary::{Diary, Entry, System};
use super::random::Random;
use super::text;

/// Plays the sale to one account; returns when its contract was signed, or `None` if it never was.
pub(super) fn play(account: &Account, random: &mut Random, entries: &mut Vec<Entry>) -> Option<i64> {
    let start = YEAR_START + random.between(0, 160) * DAY;
    let mut diary = Diary::open(account, &account.champion, start, random, entries);
    look_around(&mut diary);
    if diary.random.chance(11) {
        return None;
    }
    let note = diary.random.pick(&text::DEMO_NOTES);
    diary.hours(1, 30).daytime().said(System::Crm, "Request demo", "web", note, "");
    diary.hours(2, 50).office().note(System::Crm, "Call with sales", "phone");
    if diary.random.chance(7) {
        return None;
    }
    let channel = diary.random.pick(&["web", "web", "web", "in-person"]);
    diary.days(2, 9).office().note(System::Crm, "Attend demo", channel);
    if diary.random.chance(45) {
        try_product(&mut diary);
    }
    negotiate(&mut diary, account)
}

/// Visits to the public website, spread over some days.
fn look_around(diary: &mut Diary<'_>) {
    for _ in 0..diary.random.between(1, 3) {
        diary.daytime();
        if diary.random.chance(45) {
            diary.said(System::Web, "Read article", "web", "", "/articles/fair-shifts");
            diary.minutes(2, 12);
        }
        diary.said(System::Web, "Visit pricing page", "web", "", "/pricing");
        diary.days(1, 8);
    }
}

fn try_product(diary: &mut Diary<'_>) {
    diary.hours(1, 20).note(System::Product, "Start trial", "app");
    for _ in 0..diary.random.between(1, 3) {
        diary.days(1, 4).daytime().note(System::Product, "View schedule", "app");
    }
}

fn negotiate(diary: &mut Diary<'_>, account: &Account) -> Option<i64> {
    diary.days(1, 6).office().note(System::Crm, "Receive proposal", "email");
    for _ in 0..diary.random.between(0, 2) {
        diary.days(1, 7).office().note(System::Crm, "Negotiate terms", "phone");
    }
    if diary.random.chance(22) {
        if diary.random.chance(65) {
            let reason = diary.random.pick(&text::DECLINE_REASONS);
            diary.days(2, 20).office().said(System::Crm, "Decline offer", "email", reason, "");
        }
        return None;
    }
    let channel = diary.random.pick(&["email", "email", "email", "in-person"]);
    diary.days(2, 12).office().billed("Sign contract", channel, account.month_cents(), "");
    (!diary.is_over()).then_some(diary.now)
}
