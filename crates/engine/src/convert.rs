//! Values of `source` and `journey` as words of the wire, and back.

use event::Measure;
use journey::TimeStats;
use protocol::{Failure, import as wire, view};
use source::{
    ColumnSample, DateOrder, Error, Format, Mapping, Otherwise, Plan, Preview, Reading, Recipe, Reject,
    Syntax, TimeReading,
};

pub(crate) fn failure_of(error: &Error) -> Failure {
    Failure { message: error.message(), advice: error.advice().to_owned() }
}

pub(crate) fn failure_of_store(error: &event::Error) -> Failure {
    Failure { message: error.message(), advice: error.advice().to_owned() }
}

/// A failure from its two sentences.
pub(crate) fn failure(message: impl Into<String>, advice: &str) -> Failure {
    Failure { message: message.into(), advice: advice.to_owned() }
}

pub(crate) fn preview_to_wire(preview: Preview) -> wire::Preview {
    let names: Vec<String> = preview.columns.iter().map(|column| column.name.clone()).collect();
    wire::Preview {
        name: preview.name,
        format: format_to_wire(preview.format),
        columns: preview.columns.into_iter().map(column_to_wire).collect(),
        rows: preview.rows,
        n_sampled: preview.n_sampled,
        mapping: mapping_to_wire(preview.mapping),
        reasons: preview.reasons.into_iter().map(|(role, why)| (role.name().to_owned(), why)).collect(),
        recipe: preview.recipe.as_ref().map(|recipe| recipe_to_wire(recipe, &names)),
        time: time_to_wire(preview.time),
        rejects: preview.rejects.into_iter().map(reject_to_wire).collect(),
        choices: None,
        start: None,
        personal: Vec::new(),
        renews: None,
        consent: None,
        own: preview.own.map(|own| wire::OwnPage {
            title: own.title,
            otherwise: otherwise_to_wire(own.otherwise, &names),
        }),
    }
}

fn otherwise_to_wire(found: Otherwise, columns: &[String]) -> wire::Otherwise {
    let Otherwise { mapping, reasons, time, recipe } = found;
    wire::Otherwise {
        mapping: mapping_to_wire(mapping),
        reasons: reasons.into_iter().map(|(role, why)| (role.name().to_owned(), why)).collect(),
        time: time_to_wire(time),
        recipe: recipe.as_ref().map(|recipe| recipe_to_wire(recipe, columns)),
    }
}

fn recipe_to_wire(recipe: &Recipe, columns: &[String]) -> wire::Recipe {
    wire::Recipe {
        title: recipe.title.clone(),
        version: recipe.version,
        lookup: recipe.lookup.clone().unwrap_or_default(),
        meanings: recipe.meanings(columns),
        activities: recipe.activities(),
        gives_profiles: recipe.gives_profiles(),
        gives_accounts: recipe.gives_accounts(),
        text: recipe.text.clone(),
    }
}

pub(crate) fn plan_from_wire(plan: wire::ImportPlan) -> Result<Plan, Failure> {
    let recipe = (!plan.recipe.is_empty()).then(|| Recipe::read(&plan.recipe)).transpose();
    let recipe = recipe.map_err(|what| {
        failure(
            format!("The recipe cannot be read: {what}."),
            "Correct the recipe, or map the columns by hand.",
        )
    })?;
    Ok(Plan {
        name: plan.name,
        format: Format {
            syntax: match plan.format.syntax {
                wire::Syntax::Csv => Syntax::Csv,
                wire::Syntax::Json => Syntax::Json,
                wire::Syntax::Ndjson => Syntax::Ndjson,
                wire::Syntax::Xes => Syntax::Xes,
            },
            gzip: plan.format.gzip,
            encoding: plan.format.encoding,
            delimiter: plan.format.delimiter,
            reading: plan.format.reading.map(reading_from_wire),
        },
        mapping: mapping_from_wire(plan.mapping),
        date_order: match plan.date_order {
            wire::DateOrder::DayFirst => DateOrder::DayFirst,
            wire::DateOrder::MonthFirst => DateOrder::MonthFirst,
        },
        zone_offset_minutes: plan.zone_offset_minutes,
        recipe,
        consent: plan.consent,
    })
}

pub(crate) fn plan_to_wire(plan: Plan) -> wire::ImportPlan {
    wire::ImportPlan {
        name: plan.name,
        format: format_to_wire(plan.format),
        mapping: mapping_to_wire(plan.mapping),
        date_order: order_to_wire(plan.date_order),
        zone_offset_minutes: plan.zone_offset_minutes,
        recipe: plan.recipe.map(|recipe| recipe.text).unwrap_or_default(),
        treatments: None,
        renewal: wire::Renewal::default(),
        consent: plan.consent,
        keep_for: Vec::new(),
    }
}

fn format_to_wire(format: Format) -> wire::FileFormat {
    wire::FileFormat {
        syntax: match format.syntax {
            Syntax::Csv => wire::Syntax::Csv,
            Syntax::Json => wire::Syntax::Json,
            Syntax::Ndjson => wire::Syntax::Ndjson,
            Syntax::Xes => wire::Syntax::Xes,
        },
        gzip: format.gzip,
        encoding: format.encoding,
        delimiter: format.delimiter,
        reading: format.reading.map(reading_to_wire),
    }
}

pub(crate) fn reading_from_wire(reading: wire::Reading) -> Reading {
    let wire::Reading { kind, inside, choice, start } = reading;
    Reading { kind, inside, choice, start }
}

fn reading_to_wire(reading: Reading) -> wire::Reading {
    let Reading { kind, inside, choice, start } = reading;
    wire::Reading { kind, inside, choice, start }
}

fn order_to_wire(order: DateOrder) -> wire::DateOrder {
    match order {
        DateOrder::DayFirst => wire::DateOrder::DayFirst,
        DateOrder::MonthFirst => wire::DateOrder::MonthFirst,
    }
}

fn column_to_wire(column: ColumnSample) -> wire::ColumnSample {
    wire::ColumnSample {
        name: column.name,
        n_filled: column.n_filled,
        n_distinct: column.n_distinct,
        kind: column.kind.name().to_owned(),
    }
}

fn time_to_wire(time: TimeReading) -> wire::TimeReading {
    wire::TimeReading {
        date_order: order_to_wire(time.date_order),
        date_order_reason: time.date_order_reason,
        date_order_open: time.date_order_open,
        date_order_matters: time.date_order_matters,
        zone_offset_minutes: time.zone_offset_minutes,
        zone_matters: time.zone_matters,
        form: time.form,
    }
}

pub(crate) fn mapping_to_wire(mapping: Mapping) -> wire::Mapping {
    let Mapping { customer, activity, time, end_time, channel, account, text, money, .. } = mapping;
    wire::Mapping {
        customer,
        activity,
        time,
        end_time,
        channel,
        account,
        text,
        money,
        object: mapping.object,
        currency: mapping.currency,
        score: mapping.score,
        score_kind: mapping.score_kind.and_then(|kind| wire::ScoreKind::from_name(kind.name())),
        mrr: mapping.mrr,
        record: mapping.record,
    }
}

pub(crate) fn mapping_from_wire(mapping: wire::Mapping) -> Mapping {
    let wire::Mapping { customer, activity, time, end_time, channel, account, text, money, .. } = mapping;
    Mapping {
        customer,
        activity,
        time,
        end_time,
        channel,
        account,
        text,
        money,
        object: mapping.object,
        currency: mapping.currency,
        score: mapping.score,
        score_kind: mapping.score_kind.and_then(|kind| Measure::from_name(kind.name())),
        mrr: mapping.mrr,
        record: mapping.record,
    }
}

pub(crate) fn reject_from_wire(reject: wire::Reject) -> Reject {
    let wire::Reject { file, line, field, reason, value } = reject;
    Reject { file, line, field, reason, value }
}

fn reject_to_wire(reject: Reject) -> wire::Reject {
    let Reject { file, line, field, reason, value } = reject;
    wire::Reject { file, line, field, reason, value }
}

pub(crate) fn stats_to_wire(stats: TimeStats) -> view::TimeStats {
    let TimeStats { n, mean_secs, median_secs, p95_secs, min_secs, max_secs, sum_secs, stdev_secs } = stats;
    view::TimeStats { n, mean_secs, median_secs, p95_secs, min_secs, max_secs, sum_secs, stdev_secs }
}

/// A share; 0 where there is nothing to share.
#[expect(clippy::cast_precision_loss, reason = "a ratio is shown with a few digits")]
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
