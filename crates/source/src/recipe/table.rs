//! The recipes of this program, and which of them fits a table.

use super::{Recipe, canonical};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// One file for each system, its recipes separated by lines that begin with `recipe`.
const PAGES: [&str; 21] = [
    include_str!("../../recipes/amplitude.txt"),
    include_str!("../../recipes/delighted.txt"),
    include_str!("../../recipes/freshdesk.txt"),
    include_str!("../../recipes/ga4.txt"),
    include_str!("../../recipes/hubspot.txt"),
    include_str!("../../recipes/intercom.txt"),
    include_str!("../../recipes/jira.txt"),
    include_str!("../../recipes/klaviyo.txt"),
    include_str!("../../recipes/mailchimp.txt"),
    include_str!("../../recipes/mixpanel.txt"),
    include_str!("../../recipes/pendo.txt"),
    include_str!("../../recipes/qualtrics.txt"),
    include_str!("../../recipes/ravenstack.txt"),
    include_str!("../../recipes/salesforce.txt"),
    include_str!("../../recipes/segment.txt"),
    include_str!("../../recipes/shopify.txt"),
    include_str!("../../recipes/snowplow.txt"),
    include_str!("../../recipes/stripe.txt"),
    include_str!("../../recipes/surveymonkey.txt"),
    include_str!("../../recipes/typeform.txt"),
    include_str!("../../recipes/zendesk.txt"),
];

static RECIPES: LazyLock<Vec<Recipe>> = LazyLock::new(|| {
    PAGES.iter().flat_map(|page| split(page)).filter_map(|text| Recipe::read(text).ok()).collect()
});

/// The pages of the recipes in a file.
fn split(file: &str) -> impl Iterator<Item = &str> {
    let starts = file.match_indices("recipe ").map(|(at, _)| at);
    let starts: Vec<usize> = starts.filter(|at| *at == 0 || file.as_bytes()[at - 1] == b'\n').collect();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([file.len()]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| &file[start..end])
}

/// The recipe for a table with these columns: of those that fit, the one that asks for most of them.
pub(crate) fn find(columns: &[String]) -> Option<Recipe> {
    let names: BTreeSet<String> = columns.iter().map(|name| canonical(name)).collect();
    let fitting = RECIPES.iter().filter(|recipe| recipe.fits_names(&names));
    // Of equals the first stays.
    fitting.reduce(|best, next| if next.columns.len() > best.columns.len() { next } else { best }).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_can_be_read_and_has_a_name_of_its_own() {
        let mut ids = BTreeSet::new();
        for text in PAGES.iter().flat_map(|page| split(page)) {
            let recipe = Recipe::read(text).unwrap_or_else(|what| panic!("{what} in\n{text}"));
            assert!(ids.insert(recipe.id.clone()), "{} stands once", recipe.id);
        }
        assert_eq!(ids.len(), RECIPES.len(), "all of them are known");
    }
}
