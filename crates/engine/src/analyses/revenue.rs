//! Revenue retention. Marks: `revenue:EUR:665:lost` for those who make a move in a period, the currency empty where the data says
//! none; the moves are `start`, `expanded`, `contracted`, `lost`, `new` and `back`.

use super::sheet::{self, Cell, Sheet, Table, marked, number, share};
use super::{Findings, Ground, Marker, Subject, asked, words};
use journey::{Calendar, CaseSet, Proportion, Recurring, RecurringCurrency, RevenueMove, RevenuePeriod};
use journey::{RecurringSpec, recurring_cases};
use protocol::question::Grain;
use protocol::report::{Chart, ColumnKind};
use protocol::sentence::{Sentence, Value};

/// Currencies that are listed.
const MAX_CURRENCIES: usize = 6;

/// The moves with their names in marks.
const MOVES: [(&str, &[RevenueMove]); 6] = [
    ("start", &RevenueMove::OF_COHORT),
    ("expanded", &[RevenueMove::Expanded]),
    ("contracted", &[RevenueMove::Contracted]),
    ("lost", &[RevenueMove::Lost]),
    ("new", &[RevenueMove::New]),
    ("back", &[RevenueMove::Back]),
];

pub(super) fn find(subject: &Subject<'_>, grain: Grain) -> Findings {
    let unit = asked::period_unit(grain);
    let calendar = Calendar { unit, zone_offset_minutes: subject.query.zone_offset_minutes };
    let (found, other) = subject.both(|_, group| subject.figures(&RecurringSpec { unit }, group));
    let mut tables: Vec<Table> = Vec::new();
    for (at, currency) in found.currencies.iter().take(MAX_CURRENCIES).enumerate() {
        let id = if at == 0 {
            String::new()
        } else {
            format!("_{}", currency.name.as_deref().unwrap_or("none").to_lowercase())
        };
        let same = other.as_ref().map(|other| {
            let same = other.currencies.iter().find(|other| other.name == currency.name);
            same.cloned().unwrap_or_else(|| RecurringCurrency {
                revenue: Default::default(),
                n_units: 0,
                ..currency.clone()
            })
        });
        tables.push(rates(&found, currency, same.as_ref(), (calendar, &id)));
        tables.push(amounts(&found, currency, same.as_ref(), (calendar, &id)));
    }
    let mut ground = Ground::from(found.coverage);
    ground.dropped.extend([
        (words::of("dropped.no_revenue", [words::unit(ground.unit)]), found.n_without),
        (words::word("dropped.below_zero"), found.n_negative),
        (words::word("dropped.earlier_periods"), found.n_periods_cut),
    ]);
    Findings {
        title: words::of("revenue.title", [words::grain(grain)]),
        finding: finding(&found, words::unit_key(ground.unit)),
        definition: "definition.revenue",
        formulas: &["formula.revenue.1", "formula.revenue.2", "formula.revenue.3", "formula.revenue.4"],
        parameters: vec![(words::word("param.grain"), words::grain(grain))],
        tables,
        issues: issues(&found),
        ground,
        ..Findings::default()
    }
}

fn issues(found: &Recurring) -> Vec<Sentence> {
    let mut issues = Vec::new();
    if found.currencies.is_empty() {
        issues.push(words::word("issue.no_revenue"));
    }
    if found.currencies.len() > 1 {
        issues.push(words::of("issue.currencies", [words::list(found.currencies.iter().map(name))]));
    }
    if found.currencies.len() > MAX_CURRENCIES {
        issues.push(Sentence::new("issue.currencies_cut", [Value::Count(MAX_CURRENCIES as u64)]));
    }
    let n_breaks: u64 = found.currencies.iter().flat_map(|c| &c.revenue.periods).map(|p| p.n_breaks).sum();
    if n_breaks > 0 {
        issues.push(Sentence::new("issue.breaks", [Value::Count(n_breaks)]));
    }
    issues
}

fn name(currency: &RecurringCurrency) -> Sentence {
    currency.name.as_ref().map_or_else(|| words::word("cell.no_currency"), Sentence::text)
}

fn is_complete(found: &Recurring, calendar: Calendar, period: &RevenuePeriod) -> bool {
    calendar.start_micros(i64::from(period.period) + 1) <= found.known_until_micros
}

fn logo_churn(period: &RevenuePeriod) -> Proportion {
    Proportion { n: period.n_lost, of: period.n_start }
}

fn finding(found: &Recurring, unit: &str) -> Sentence {
    let Some(currency) = found.currencies.first() else {
        return words::word("revenue.none");
    };
    let mut periods = currency.revenue.periods.iter().rev().filter(|period| period.n_start > 0);
    // The last period is the one that is going on.
    let (last, before) = (periods.next(), periods.next());
    let Some(last) = before.or(last) else {
        return words::of("revenue.nobody", [name(currency)]);
    };
    let ratio = |ratio: Option<f64>| Value::Ratio(ratio.unwrap_or(0.0));
    let lost = words::part(logo_churn(last), unit);
    Sentence::new(
        "revenue.last",
        [name(currency).into(), ratio(last.nrr_ratio), ratio(last.grr_ratio), lost.into()],
    )
}

fn rates(
    found: &Recurring,
    currency: &RecurringCurrency,
    other: Option<&RecurringCurrency>,
    (calendar, id): (Calendar, &str),
) -> Table {
    let columns = [
        ("period", "col.lifecycle.period", ColumnKind::Date),
        ("nrr", "col.revenue.nrr", ColumnKind::Ratio),
        ("grr", "col.revenue.grr", ColumnKind::Ratio),
        ("logo_churn", "col.revenue.logo_churn", ColumnKind::Ratio),
    ];
    let of = |currency: &RecurringCurrency| {
        let mut sheet = Sheet::new(&format!("rates{id}"), "table.revenue.rates", Chart::Lines, 1, &columns)
            .captioned(words::of("table.revenue.rates", [name(currency)]));
        for period in &currency.revenue.periods {
            let partial = !is_complete(found, calendar, period);
            let ratio = |number| Cell { number, partial, ..Cell::default() };
            sheet.row([
                sheet::period(calendar, period.period.into()),
                ratio(period.nrr_ratio),
                ratio(period.grr_ratio),
                Cell { partial, ..share(logo_churn(period)) },
            ]);
        }
        sheet
    };
    let mut sheet = of(currency);
    if let Some(other) = other {
        let same =
            |period: &RevenuePeriod| other.revenue.periods.iter().find(|other| other.period == period.period);
        let differences: Vec<_> = currency
            .revenue
            .periods
            .iter()
            .map(|period| logo_churn(period).difference(logo_churn(same(period)?)))
            .collect();
        sheet = sheet.beside(Some(of(other))).differences(
            ("logo_churn_difference", "col.revenue.logo_churn_difference", ColumnKind::RatioDifference),
            differences,
        );
    }
    sheet.finish()
}

fn amounts(
    found: &Recurring,
    currency: &RecurringCurrency,
    other: Option<&RecurringCurrency>,
    (calendar, id): (Calendar, &str),
) -> Table {
    let columns = [
        ("period", "col.lifecycle.period", ColumnKind::Date),
        ("cohort", "col.revenue.cohort", ColumnKind::Count),
        ("start", "col.revenue.start", ColumnKind::Number),
        ("expansion", "col.revenue.expansion", ColumnKind::Number),
        ("expanded", "col.revenue.expanded", ColumnKind::Count),
        ("contraction", "col.revenue.contraction", ColumnKind::Number),
        ("contracted", "col.revenue.contracted", ColumnKind::Count),
        ("churn", "col.revenue.churn", ColumnKind::Number),
        ("lost", "col.revenue.lost", ColumnKind::Count),
        ("new", "col.revenue.new", ColumnKind::Number),
        ("n_new", "col.revenue.n_new", ColumnKind::Count),
        ("reactivation", "col.revenue.reactivation", ColumnKind::Number),
        ("n_back", "col.revenue.n_back", ColumnKind::Count),
        ("end", "col.revenue.end", ColumnKind::Number),
    ];
    let of = |currency: &RecurringCurrency, group: Marker| {
        let mut sheet =
            Sheet::new(&format!("revenue{id}"), "table.revenue.amounts", Chart::None, 1, &columns)
                .captioned(words::of("table.revenue.amounts", [name(currency)]));
        let in_mark = currency.name.as_deref().unwrap_or("");
        for period in &currency.revenue.periods {
            let partial = !is_complete(found, calendar, period);
            let index = period.period.to_string();
            let money = |cents: i128| Cell { partial, ..number(cents as f64 / 100.0) };
            let who = |n, id| Cell { partial, ..marked(n, group, &["revenue", in_mark, &index, id]) };
            sheet.row([
                sheet::period(calendar, period.period.into()),
                who(period.n_start, "start"),
                money(period.start_cents),
                money(period.expansion_cents),
                who(period.n_expanded, "expanded"),
                money(period.contraction_cents),
                who(period.n_contracted, "contracted"),
                money(period.churn_cents),
                who(period.n_lost, "lost"),
                money(period.new_cents),
                who(period.n_new, "new"),
                money(period.reactivation_cents),
                who(period.n_reactivated, "back"),
                money(period.end_cents),
            ]);
        }
        sheet
    };
    of(currency, Marker::FIRST).beside(other.map(|other| of(other, Marker::OTHER))).finish()
}

pub(super) fn cases(
    subject: &Subject<'_>,
    grain: Grain,
    group: &CaseSet,
    fields: &[&str],
) -> Option<CaseSet> {
    let &["revenue", currency, period, id] = fields else {
        return None;
    };
    let (_, moves) = MOVES.into_iter().find(|(known, _)| *known == id)?;
    let currency = (!currency.is_empty()).then_some(currency);
    let scope = subject.query.scope(group);
    let place = (currency, period.parse().ok()?);
    Some(recurring_cases(subject.store, &scope, asked::period_unit(grain), place, moves))
}
