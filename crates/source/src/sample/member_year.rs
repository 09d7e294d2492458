//! What an invited colleague does: sign in, look at the schedule, swap shifts, ask for help, answer a survey.

use super::clock::{DAY, YEAR_END};
use super::company::Account;
use super::diary::{Diary, Entry, System};
use super::random::Random;
use super::support;
use super::text;

/// Plays the time of one colleague of an account that signed at `signed` and was a customer until `until`.
pub(super) fn play(
    account: &Account,
    member: &str,
    signed: i64,
    until: i64,
    random: &mut Random,
    entries: &mut Vec<Entry>,
) {
    let invited = entries
        .iter()
        .rev()
        .find(|entry| {
            entry.person == account.champion && entry.activity == "Invite teammate" && entry.at > signed
        })
        .map(|entry| entry.at);
    let Some(invited) = invited else { return };
    let mut diary = Diary::open(account, member, invited, random, entries);
    diary.hours(1, 70).daytime().note(System::Product, "Accept invitation", "email");
    if diary.random.chance(12) {
        return;
    }
    diary.minutes(1, 9).note(System::Product, "Sign in first time", "app");
    let keen = diary.random.between(1, 3);
    let stay = diary.now + diary.random.between(40, 300) * DAY;
    use_product(&mut diary, until.min(stay).min(YEAR_END), keen);
}

fn use_product(diary: &mut Diary<'_>, until: i64, keen: i64) {
    let mut asked = false;
    loop {
        diary.days(6, 36 / keen + 8).daytime();
        if diary.now >= until {
            return;
        }
        match diary.random.between(1, 100) {
            1..=42 => diary.note(System::Product, "View schedule", "app"),
            43..=65 => diary.note(System::Product, "Request shift swap", "app"),
            66..=75 => diary.note(System::Web, "Read help article", "web"),
            76..=84 => {
                support::any_ticket(diary);
            }
            85..=92 => diary.note(System::Product, "Connect calendar", "app"),
            _ if asked => diary.note(System::Product, "View schedule", "app"),
            _ => {
                asked = true;
                let (score, comment) = text::recommendation(diary.random, 2 - keen);
                diary.said(System::Survey, "Answer NPS survey", "app", comment, score);
                if matches!(score, "9" | "10") && diary.random.chance(30) {
                    diary.hours(1, 90).daytime().note(System::Crm, "Refer a colleague", "email");
                }
            }
        }
    }
}
