//! Which survey a column answers, and on which scale.

use super::Name;
use crate::number::parse_score;
use event::Measure;

/// Fewer answers leave open whether better ones would have been possible.
const FEW_ANSWERS: usize = 20;

/// The survey that a column of this name and with these values answers; `None` where some value is on none of its scales.
pub(super) fn of<'a>(name: &Name, values: impl Iterator<Item = &'a str>) -> Option<Measure> {
    let (wanted, usual) = scales(name)?;
    let answers: Vec<&[u8]> = values.filter(|value| !value.is_empty()).map(str::as_bytes).collect();
    let fits = |measure: &&Measure| answers.iter().all(|answer| parse_score(answer, **measure).is_some());
    // With many answers the narrowest scale that holds them all is likely; with few the usual one.
    let usual = (answers.len() < FEW_ANSWERS).then_some(&usual).filter(fits);
    match answers.len() {
        0 => None,
        _ => usual.or_else(|| wanted.iter().find(fits)).copied(),
    }
}

/// Scales of the survey that a name stands for, from the narrowest; and the usual one.
fn scales(name: &Name) -> Option<(&'static [Measure], Measure)> {
    let has = |words: &[&str]| words.iter().any(|word| name.has_word(word));
    if has(&["nps", "promoter", "recommend", "recommendation"]) {
        Some((&[Measure::Nps], Measure::Nps))
    } else if has(&["ces", "effort"]) {
        Some((&[Measure::Ces5, Measure::Ces7], Measure::Ces7))
    } else if has(&["csat", "satisfaction", "zufriedenheit"]) {
        Some((&[Measure::CsatYesNo, Measure::Csat5, Measure::Csat7], Measure::Csat5))
    } else if has(&["rating", "stars", "sterne", "bewertung", "review"]) {
        Some((&[Measure::Rating5], Measure::Rating5))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_give_the_scale() {
        let many = |value: &'static str| vec![value; 30];
        for (name, values, expected) in [
            ("nps_score", vec!["9", "10", "0"], Some(Measure::Nps)),
            ("nps", vec!["9", "11"], None),
            ("csat", vec!["4", "5"], Some(Measure::Csat5)),
            ("csat", vec!["4", "7"], Some(Measure::Csat7)),
            ("csat", vec!["good", "bad"], Some(Measure::CsatYesNo)),
            ("Customer Effort Score", vec!["4"], Some(Measure::Ces7)),
            ("ces", many("5"), Some(Measure::Ces5)),
            ("csat", many("5"), Some(Measure::Csat5)),
            ("star_rating", vec!["5"], Some(Measure::Rating5)),
            ("lead_score", vec!["5"], None),
            ("nps", vec![], None),
        ] {
            assert_eq!(of(&Name::new(name), values.iter().copied()), expected, "{name} {values:?}");
        }
    }
}
