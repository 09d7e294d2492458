//! What the invented people write; every sentence was made up for this sample.

use super::random::Random;

/// Wishes sent with a demo request.
pub(super) const DEMO_NOTES: [&str; 6] = [
    "We plan shifts on paper and lose a day every month.",
    "Twelve people, two shifts. Can you import from our spreadsheet?",
    "Does it show holidays next to the shifts?",
    "We are looking for something simple before the season starts.",
    "Our current tool is too expensive for a team of our size.",
    "",
];

/// Why an offer is declined.
pub(super) const DECLINE_REASONS: [&str; 4] = [
    "The price is fair, but the timing is not. Maybe next year.",
    "We went with a tool that our payroll office already uses.",
    "Too much for what we need, sorry.",
    "The team would rather keep the spreadsheet.",
];

/// What people write who dispute an invoice.
pub(super) const INVOICE_DISPUTES: [&str; 5] = [
    "You charged us for two people who left in spring.",
    "This invoice is a fifth higher than what we agreed on.",
    "The VAT is wrong again. Please correct it before we pay.",
    "Why are we billed for the larger plan? We never asked for it.",
    "The amount does not match the contract, I am quite annoyed.",
];

/// The second complaint about the same invoice.
pub(super) const STILL_WRONG: &str =
    "Nobody has answered and a reminder came today. This is not how we want to work.";

/// Reasons for leaving after a time as a customer.
pub(super) const GOODBYES: [&str; 6] = [
    "Every invoice was wrong and nobody seemed to care.",
    "The calendar never matched, people stopped trusting it.",
    "We like the idea, but support took too many rounds.",
    "Prices went up and we do not use half of it.",
    "We are closing the second site and need less.",
    "We move to the suite of our payroll provider.",
];

/// Reasons for leaving before having started.
pub(super) const STALL_GOODBYES: [&str; 3] = [
    "After five weeks our data is still not in. We stop here.",
    "The import fails with every file that our machines write.",
    "We signed up to save time and have only lost it so far.",
];

/// What comes back with a reopened ticket.
pub(super) const REOPENINGS: [&str; 7] = [
    "It worked for one day and now it is wrong again.",
    "Sorry, this is not solved. The Tuesday shift is still missing.",
    "Same problem as before. Please have another look.",
    "I followed the steps twice, nothing changed.",
    "It is back. Third time now, this is really frustrating.",
    "Why was this closed? Nobody asked me.",
    "Half of it is fixed, the other half is not.",
];

const IMPORT_QUESTIONS: [&str; 5] = [
    "The import stops at row 1 with 'unknown date'. Our machine writes week numbers.",
    "I uploaded the file four times and get a red bar every time.",
    "Which columns do you need? The template is different from our export.",
    "All names are imported twice. Can you delete that for me?",
    "The import says done, but the schedule stays empty. Please help, we start on Monday.",
];
const CALENDAR_QUESTIONS: [&str; 6] = [
    "My phone's calendar shows the old shift after a swap.",
    "Shifts appear one hour too early since the clocks changed.",
    "The calendar has stopped updating, two people missed their shift.",
    "I see every shift twice in the calendar.",
    "Swapped shifts vanish from the calendar after a day.",
    "The link to the calendar asks for a password that I do not have.",
];
const ACCESS_QUESTIONS: [&str; 4] = [
    "I cannot see next week's plan, my colleagues can.",
    "Please give Hanna the right to publish.",
    "The invitation link has expired.",
    "I changed my phone and cannot sign in any more.",
];
const HOW_TO_QUESTIONS: [&str; 5] = [
    "How do I copy a week?",
    "Can I print the plan for the notice board?",
    "Is there a way to mark public holidays?",
    "How do I swap a shift with somebody from the other site?",
    "Where do I find last year's hours?",
];

/// Words that open a ticket about a topic.
pub(super) fn question(random: &mut Random, topic: &str) -> &'static str {
    match topic {
        "import" => random.pick(&IMPORT_QUESTIONS),
        "calendar" => random.pick(&CALENDAR_QUESTIONS),
        "access" => random.pick(&ACCESS_QUESTIONS),
        _ => random.pick(&HOW_TO_QUESTIONS),
    }
}

/// A comment on how a ticket went.
pub(super) fn rating(random: &mut Random, n_reopened: i64) -> &'static str {
    match n_reopened {
        0 => random.pick(&["Quick and friendly, thank you!", "Solved in one go. Great.", "Good help.", ""]),
        1 => random.pick(&["Took two tries, but fine in the end.", "Friendly, yet I had to ask again.", ""]),
        _ => random.pick(&[
            "I had to explain the same thing to three people.",
            "Polite, but it should not take two weeks.",
            "Closed again and again without being solved. Very disappointing.",
        ]),
    }
}

/// Satisfaction from 1 to 5 with how a ticket went; the moment decides between two answers that fit.
pub(super) fn stars(now: i64, n_reopened: i64) -> i64 {
    let is_happy = now / 60 % 3 > 0;
    match n_reopened {
        0 => 4 + i64::from(is_happy),
        1 => 3 + i64::from(is_happy),
        _ => 1 + i64::from(is_happy),
    }
}

/// Score from 0 to 10 and comment on the first weeks.
pub(super) fn onboarding_answer(random: &mut Random, stalled: bool) -> (&'static str, &'static str) {
    if stalled {
        random.pick(&[
            ("3", "Getting our data in took far too long."),
            ("4", "The people are nice, the import is not."),
            ("5", "Works now, but we lost three weeks."),
            ("2", "The documentation did not match our file at all."),
        ])
    } else {
        random.pick(&[
            ("9", "Up and running on the first afternoon."),
            ("8", "Clear steps, good kick-off."),
            ("10", "Easiest tool we have introduced so far."),
            ("7", "Fine, the tutorial could be shorter."),
        ])
    }
}

/// Score from 0 to 10 and comment on whether one would recommend the product; more trouble, lower score.
pub(super) fn recommendation(random: &mut Random, trouble: i64) -> (&'static str, &'static str) {
    match trouble + random.between(-1, 1) {
        ..=0 => random.pick(&[
            ("10", "Our team loves it, nobody wants the paper plan back."),
            ("9", "Saves me four hours every week."),
            ("9", ""),
            ("10", "Swapping shifts is finally fair."),
            ("8", "Very good. I miss a dark mode."),
        ]),
        1..=2 => random.pick(&[
            ("8", "Good product, the calendar is a bit shaky."),
            ("7", "Does what it should."),
            ("7", ""),
            ("6", "Support is friendly but needs several rounds."),
        ]),
        3..=4 => random.pick(&[
            ("5", "Invoices need checking every time."),
            ("6", "The calendar is wrong too often."),
            ("4", "I spend more time with support than with the plan."),
        ]),
        _ => random.pick(&[
            ("2", "Wrong invoices twice and no apology."),
            ("1", "I would not recommend it to anyone right now."),
            ("3", "Too many promises, too few fixes."),
        ]),
    }
}
