//! Two records side by side, and what speaks for and against their being one, in bits.

use super::{
    differ::{Piece, n_common, pieces},
    record::{field_words, history_words, values},
    source_names,
};
use crate::{text::Text, workspace::Workspace};
use leptos::prelude::*;
use protocol::identity::{FIELDS, FieldView, Level, PairView, RecordView, StepKind, WeightStep};

/// Height of a row of the drawing, in its own pixels.
const ROW: f64 = 24.0;
/// Width of the drawing, stretched to the place it has.
const WIDTH: f64 = 1_000.0;
/// What a bar fills of its row.
const BAR_SHARE: f64 = 0.6;

/// A weight in bits, always with its sign.
pub(super) fn bits_words(text: Text, bits: f64) -> String {
    let plus = if bits > 0.0 { "+" } else { "" };
    format!("{plus}{}", text.number(bits, 1))
}

/// Two records as columns, with what differs marked.
pub(super) fn side_by_side(workspace: Workspace, pair: &PairView) -> AnyView {
    let text = workspace.text;
    let (a, b) = (aligned(&pair.a, &pair.b), aligned(&pair.b, &pair.a));
    let pair = &PairView { a, b, ..pair.clone() };
    let head = |record: &RecordView, customer: &str| {
        let from = source_names(workspace, &record.sources);
        let of = (customer != record.key).then(|| text.fill("people.of", &[customer]));
        view! { <th scope="col"><bdi>{record.key.clone()}</bdi> <span class="hint">{from} " " {of}</span></th> }
    };
    let names = FIELDS
        .into_iter()
        .filter(|name| !values(&pair.a, name).is_empty() || !values(&pair.b, name).is_empty());
    let rows: Vec<_> = names.map(|name| field_row(text, pair, name)).collect();
    let history =
        |record: &RecordView| view! { <td><span class="hint">{history_words(text, record)}</span></td> };
    view! {
        <table class="data pair" data-testid="pair">
            <caption class="hidden">{text.s("people.side_by_side")}</caption>
            <thead><tr><th scope="col">{text.s("people.field")}</th>{head(&pair.a, &pair.customer_a)}{head(&pair.b, &pair.customer_b)}</tr></thead>
            <tbody>
                {rows}
                <tr><th scope="row">{text.s("people.history")}</th>{history(&pair.a)}{history(&pair.b)}</tr>
            </tbody>
        </table>
    }
    .into_any()
}

/// A record that gives a name in parts, with the name as a whole where the other record has it only so.
fn aligned(record: &RecordView, other: &RecordView) -> RecordView {
    let parts = ["given_name", "family_name"];
    let has = |record: &RecordView, name: &str| !values(record, name).is_empty();
    let in_parts = |record: &RecordView| parts.iter().any(|part| has(record, part));
    let mut record = record.clone();
    if in_parts(&record) && !has(&record, "name") && has(other, "name") && !in_parts(other) {
        let (of_name, mut fields): (Vec<_>, Vec<_>) =
            record.fields.into_iter().partition(|field| parts.contains(&field.field.as_str()));
        let words: Vec<&str> = of_name.iter().map(|field| field.value.as_str()).collect();
        let sources = of_name.first().map(|field| field.sources.clone()).unwrap_or_default();
        fields.insert(0, FieldView { field: "name".to_owned(), value: words.join(" "), sources });
        record.fields = fields;
    }
    record
}

fn field_row(text: Text, pair: &PairView, name: &str) -> AnyView {
    let (left, right) = (values(&pair.a, name), values(&pair.b, name));
    let is_conflict = pair.conflict.as_deref() == Some(name);
    let differs = match (left.is_empty(), right.is_empty()) {
        (false, false) => {
            !left.iter().any(|one| right.iter().any(|other| is_alike(&one.value, &other.value)))
        }
        _ => false,
    };
    let sign = match (left.is_empty() || right.is_empty(), differs) {
        (true, _) => "",
        (_, true) => "≠",
        _ => "=",
    };
    let sign_words = if differs { text.s("people.differs") } else { text.s("people.agrees") };
    let sign = (!sign.is_empty()).then(|| {
        view! { <span class="pair-sign" role="img" aria-label=sign_words title=sign_words>{sign}</span> }
    });
    view! {
        <tr class:differs=differs data-field=name.to_owned()>
            <th scope="row">
                {field_words(text, name)}
                {sign}
                {is_conflict.then(|| view! { <span class="badge warn-badge">{text.s("people.conflict")}</span> })}
            </th>
            {cell(text, &left, &right)}
            {cell(text, &right, &left)}
        </tr>
    }
    .into_any()
}

fn is_alike(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// The values of one side; each is compared with the one of the other side that is nearest.
fn cell(text: Text, own: &[&FieldView], other: &[&FieldView]) -> AnyView {
    if own.is_empty() {
        return view! { <td class="unknown">{text.s("people.unknown")}</td> }.into_any();
    }
    let value = |field: &&FieldView| {
        let nearest = other.iter().max_by_key(|one| n_common(&field.value, &one.value));
        let marked = match nearest {
            Some(nearest) => pieces(&field.value, &nearest.value).0,
            None => vec![Piece { text: field.value.clone(), is_common: true }],
        };
        let marked = marked.into_iter().map(|Piece { text, is_common }| {
            if is_common { text.into_any() } else { view! { <mark>{text}</mark> }.into_any() }
        });
        view! { <bdi class="pair-value">{marked.collect::<Vec<_>>()}</bdi> }
    };
    view! { <td>{own.iter().map(value).collect::<Vec<_>>()}</td> }.into_any()
}

/// What a part of a weight is called, and how well it agrees.
fn step_words(text: Text, step: &WeightStep) -> (String, String) {
    let of = step.of.as_deref().map(|of| field_words(text, of)).unwrap_or_default();
    let level =
        step.level.map(|level| text.find(&format!("level.{}", level_name(level))).unwrap_or_default());
    let name = match step.kind {
        StepKind::Prior => text.s("step.prior").to_owned(),
        StepKind::Trait => of,
        StepKind::Frequency => text.fill("step.frequency", &[&of]),
        StepKind::OneAddress => text.s("step.one_address").to_owned(),
        StepKind::OneName => text.s("step.one_name").to_owned(),
        StepKind::Contradiction => text.s("step.contradiction").to_owned(),
        StepKind::Taught => text.s("step.taught").to_owned(),
    };
    let level = if step.kind == StepKind::Trait { level.unwrap_or_default() } else { "" };
    (name, level.to_owned())
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Unknown => "unknown",
        Level::Same => "same",
        Level::Alias => "alias",
        Level::Close => "close",
        Level::Alike => "alike",
        Level::Swapped => "swapped",
        Level::Different => "different",
    }
}

/// A row of the drawing: from where to where, in bits.
#[derive(Clone, Debug, PartialEq)]
struct Bar {
    name: String,
    level: String,
    bits: f64,
    from: f64,
    to: f64,
    is_total: bool,
}

/// The bars of a pair: each begins where the one before ends; the last one is the whole weight.
fn bars(text: Text, pair: &PairView) -> Vec<Bar> {
    let mut sum = 0.0;
    let mut bars = Vec::with_capacity(pair.steps.len() + 1);
    for step in &pair.steps {
        let (name, level) = step_words(text, step);
        bars.push(Bar { name, level, bits: step.bits, from: sum, to: sum + step.bits, is_total: false });
        sum += step.bits;
    }
    let name = text.s("step.total").to_owned();
    let chance = text.fill("people.chance", &[&text.percent(pair.chance_ratio)]);
    bars.push(Bar { name, level: chance, bits: pair.bits, from: 0.0, to: pair.bits, is_total: true });
    bars
}

/// Ends of the scale: whole bits around all bars, zero among them.
fn ends(bars: &[Bar]) -> (f64, f64) {
    let all = || bars.iter().flat_map(|bar| [bar.from, bar.to]);
    (all().fold(0.0, f64::min).floor() - 1.0, all().fold(0.0, f64::max).ceil() + 1.0)
}

/// The weight as a waterfall with its table twin; nothing while nothing is learned.
pub(super) fn waterfall(text: Text, pair: &PairView, rules: Option<(f64, f64)>) -> AnyView {
    if pair.steps.is_empty() {
        return view! { <p class="hint">{text.s("people.no_weight")}</p> }.into_any();
    }
    let bars = bars(text, pair);
    let (low, high) = ends(&bars);
    let x = move |bits: f64| (bits - low) / (high - low) * WIDTH;
    let height = bars.len() as f64 * ROW;
    let lines = threshold_lines(rules, low, high);
    let shapes: Vec<_> = bars.iter().enumerate().map(|(at, bar)| bar_shape(bar, at, &x)).collect();
    let marks: Vec<_> = lines
        .iter()
        .map(|(key, bits)| view! { <path class=format!("waterfall-line {key}") d=format!("M{:.1} 0V{height}", x(*bits))/> })
        .collect();
    let names: Vec<_> = bars.iter().map(|bar| view! { <li class:total=bar.is_total><span class="waterfall-name">{bar.name.clone()}</span> <span class="hint">{bar.level.clone()}</span></li> }).collect();
    let figures: Vec<_> = bars
        .iter()
        .map(|bar| view! { <li class:total=bar.is_total>{bits_words(text, bar.bits)}</li> })
        .collect();
    let legend: Vec<_> = lines
        .iter()
        .map(|(key, _)| view! { <li><span class=format!("line-sign {key}")></span>{text.find(&format!("people.line.{key}")).unwrap_or_default()}</li> })
        .collect();
    let label =
        text.fill("people.waterfall", &[&bits_words(text, pair.bits), &text.percent(pair.chance_ratio)]);
    view! {
        <div class="waterfall" data-testid="waterfall">
            <ul class="waterfall-names" aria-hidden="true">{names}</ul>
            <svg class="waterfall-drawing" viewBox=format!("0 0 {WIDTH} {height}") preserveAspectRatio="none" role="img" aria-label=label style:block-size=format!("{}rem", bars.len() as f64 * ROW / 16.0)>
                {marks}
                {shapes}
            </svg>
            <ul class="waterfall-figures" aria-hidden="true">{figures}</ul>
        </div>
        <ul class="waterfall-legend hint">{legend}</ul>
        {twin(text, &bars)}
    }
    .into_any()
}

/// Even chance, and the thresholds where they lie on the scale.
fn threshold_lines(rules: Option<(f64, f64)>, low: f64, high: f64) -> Vec<(&'static str, f64)> {
    let bits = |chance: f64| (chance / (1.0 - chance)).log2();
    let mut lines = vec![("even", 0.0)];
    if let Some((review, sure)) = rules {
        lines.extend([("review", bits(review)), ("sure", bits(sure))]);
    }
    lines.retain(|(_, bits)| *bits >= low && *bits <= high);
    lines
}

fn bar_shape(bar: &Bar, at: usize, x: &dyn Fn(f64) -> f64) -> AnyView {
    let (left, right) = (x(bar.from.min(bar.to)), x(bar.from.max(bar.to)));
    let y = (at as f64 + (1.0 - BAR_SHARE) / 2.0) * ROW;
    let class = match (bar.is_total, bar.bits < 0.0) {
        (true, _) => "waterfall-bar total",
        (_, true) => "waterfall-bar against",
        _ => "waterfall-bar for",
    };
    // The end of one bar is the beginning of the next one.
    let link = (!bar.is_total).then(|| {
        let end = x(bar.to);
        view! { <path class="waterfall-link" d=format!("M{end:.1} {:.1}V{:.1}", y + ROW * BAR_SHARE, y + ROW)/> }
    });
    view! {
        <rect class=class x=format!("{left:.1}") y=format!("{y:.1}") width=format!("{:.1}", (right - left).max(2.0)) height=format!("{:.1}", ROW * BAR_SHARE)/>
        {link}
    }
    .into_any()
}

fn twin(text: Text, bars: &[Bar]) -> AnyView {
    let rows: Vec<_> = bars
        .iter()
        .map(|bar| {
            view! { <tr><th scope="row">{bar.name.clone()}</th><td>{bar.level.clone()}</td><td class="number">{bits_words(text, bar.bits)}</td><td class="number">{bits_words(text, bar.to)}</td></tr> }
        })
        .collect();
    view! {
        <details class="twin">
            <summary>{text.s("people.as_table")}</summary>
            <div class="scroll" tabindex="0" role="region" aria-label=text.s("people.weights")>
                <table class="data" data-testid="weights">
                    <caption class="hidden">{text.s("people.weights")}</caption>
                    <thead><tr><th scope="col">{text.s("people.part")}</th><th scope="col">{text.s("people.level")}</th><th scope="col" class="number">{text.s("people.bits")}</th><th scope="col" class="number">{text.s("people.sum")}</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <p class="hint">{text.s("people.bits.help")}</p>
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nobody() -> RecordView {
        RecordView {
            key: String::new(),
            sources: Vec::new(),
            fields: Vec::new(),
            account: None,
            n_events: 0,
            first_micros: None,
            last_micros: None,
            things: Vec::new(),
            n_things: 0,
        }
    }

    fn bar(from: f64, to: f64) -> Bar {
        Bar { name: String::new(), level: String::new(), bits: to - from, from, to, is_total: false }
    }

    #[test]
    fn the_scale_holds_every_bar_and_zero() {
        let (low, high) = ends(&[bar(0.0, -13.4), bar(-13.4, -2.2)]);
        assert!(low <= -13.4 && high >= 0.0, "from {low} to {high}");
        let lines = threshold_lines(Some((0.8, 0.99)), low, high);
        assert_eq!(lines, [("even", 0.0)], "thresholds beyond the scale are not drawn");
        let lines = threshold_lines(Some((0.8, 0.99)), low, 8.0);
        assert_eq!(lines.len(), 3, "those on it are");
        assert!((lines[1].1 - 2.0).abs() < 1e-9, "four to one are two bits");
    }

    #[test]
    fn a_name_in_parts_is_compared_with_a_whole_one() {
        let field = |field: &str, value: &str| FieldView {
            field: field.to_owned(),
            value: value.to_owned(),
            sources: vec![0],
        };
        let record = |fields: &[FieldView]| RecordView { fields: fields.to_vec(), ..nobody() };
        let parts =
            record(&[field("given_name", "Ada"), field("family_name", "Lovelace"), field("city", "London")]);
        let whole = record(&[field("name", "Ada Lovelase")]);
        let aligned_parts = aligned(&parts, &whole);
        assert_eq!(aligned_parts.fields, [field("name", "Ada Lovelace"), field("city", "London")], "as one");
        assert_eq!(aligned(&whole, &parts), whole, "the whole stays");
        assert_eq!(aligned(&parts, &parts), parts, "two in parts stay in parts");
    }

    #[test]
    fn bars_end_where_the_next_begins_and_the_last_is_the_whole() {
        let step = |bits| WeightStep { kind: StepKind::Prior, of: None, level: None, bits };
        let record = nobody();
        let pair = PairView {
            a: record.clone(),
            b: record,
            customer_a: String::new(),
            customer_b: String::new(),
            steps: [-10.0, 14.5, -1.5].map(step).to_vec(),
            bits: 3.0,
            chance_ratio: 0.889,
            conflict: None,
            verdict: None,
        };
        let bars = bars(Text::for_locales(&[]), &pair);
        assert!(bars.windows(2).take(2).all(|two| two[0].to == two[1].from), "no gap");
        assert_eq!((bars[2].to, bars[3].to), (3.0, 3.0), "the parts add up to the whole");
    }
}
