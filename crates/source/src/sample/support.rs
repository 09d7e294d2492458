//! Tickets: a question, a reply that is late after a weekend, and for some topics the long way back and forth.

use super::clock::{day_of, is_weekend};
use super::diary::{Diary, System};
use super::random::Random;
use super::text;

/// What a ticket is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    /// The first data do not come in.
    Import,
    /// The calendar shows other shifts than the product; rarely solved at the first try.
    Calendar,
    /// Somebody cannot see or do something.
    Access,
    /// How to do something.
    Question,
}

impl Topic {
    /// A topic for a ticket out of the blue; the calendar is what most people write about.
    fn any(random: &mut Random) -> Self {
        random.pick(&[Self::Calendar, Self::Calendar, Self::Access, Self::Question])
    }

    fn name(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Calendar => "calendar",
            Self::Access => "access",
            Self::Question => "question",
        }
    }

    fn reopened_percent(self) -> i64 {
        match self {
            Self::Calendar => 62,
            Self::Import => 30,
            Self::Access | Self::Question => 8,
        }
    }
}

/// Most rounds of one ticket.
const MAX_ROUNDS: i64 = 5;

/// Plays one ticket out of the blue; returns how often it was reopened.
pub(super) fn any_ticket(diary: &mut Diary<'_>) -> i64 {
    let topic = Topic::any(diary.random);
    ticket(diary, topic)
}

/// Plays one ticket from opening to its last solution; returns how often it was reopened.
pub(super) fn ticket(diary: &mut Diary<'_>, topic: Topic) -> i64 {
    let number = format!("T{}{:04}", day_of(diary.now), diary.random.between(0, 9_999));
    let detail = format!("{number} {}", topic.name());
    let channel = diary.random.pick(&["email", "email", "chat", "phone"]);
    let words = text::question(diary.random, topic.name());
    diary.said(System::Helpdesk, "Open ticket", channel, words, &detail);
    let weekend = is_weekend(diary.now);
    diary.minutes(if weekend { 240 } else { 15 }, if weekend { 900 } else { 200 }).office();
    diary.said(System::Helpdesk, "Receive first reply", channel, "", &detail);
    let mut n_reopened = 0;
    loop {
        escalate(diary, channel, topic, &detail);
        diary.hours(1, 20).office().said(System::Helpdesk, "Ticket solved", channel, "", &detail);
        if n_reopened >= MAX_ROUNDS || diary.is_over() || !diary.random.chance(topic.reopened_percent()) {
            break;
        }
        n_reopened += 1;
        let words = diary.random.pick(&text::REOPENINGS);
        diary.hours(3, 70).daytime().said(System::Helpdesk, "Ticket reopened", channel, words, &detail);
    }
    if diary.random.chance(35) {
        let words = text::rating(diary.random, n_reopened);
        diary.hours(1, 12);
        let stars = text::stars(diary.now, n_reopened);
        diary.said(System::Helpdesk, "Rate support", "email", words, &format!("{detail} {stars}"));
    }
    n_reopened
}

/// A second line where the first one is stuck.
fn escalate(diary: &mut Diary<'_>, channel: &'static str, topic: Topic, detail: &str) {
    if topic.reopened_percent() > 20 && diary.random.chance(24) {
        diary.hours(2, 30).office().said(System::Helpdesk, "Ticket escalated", channel, "", detail);
    }
}
