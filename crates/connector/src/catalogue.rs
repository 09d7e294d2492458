//! Everything that a document offers, with what was found out about it.

use crate::Error;
use crate::auth::{self, Authentication};
use crate::document::{Document, Issue};
use crate::listing::{self, Listing};
use crate::operation::{self, Operation};
use crate::words::{plain, singular, words};
use crate::writing::{self, Writing};
use std::collections::BTreeMap;

/// What a document offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// Name of the interface.
    pub title: String,
    /// Version of the interface.
    pub version: String,
    /// Addresses under which it is served.
    pub servers: Vec<String>,
    /// All operations, in order of path and method.
    pub operations: Vec<Operation>,
    /// Lists that can be read, the most telling first.
    pub listings: Vec<Listing>,
    /// Operations that change something.
    pub writings: Vec<Writing>,
    /// Ways to authenticate, by name.
    pub authentications: BTreeMap<String, Authentication>,
    /// What is wrong with parts of the document.
    pub issues: Vec<Issue>,
    /// How many things are wrong, listed or not.
    pub n_issues: u64,
}

impl Catalogue {
    /// Reads a document and finds out what it offers.
    ///
    /// # Errors
    /// When it is no OpenAPI document; what is wrong with a part of it stands in [`Catalogue::issues`].
    ///
    /// ```
    /// let document = br#"{"openapi": "3.0.0", "info": {"title": "Desk"}, "paths": {"/tickets": {"get": {
    ///     "parameters": [{"in": "query", "name": "page", "schema": {"type": "integer"}}],
    ///     "responses": {"200": {"content": {"application/json": {"schema": {"type": "array", "items": {
    ///         "properties": {"id": {"type": "integer"}, "created_at": {"type": "string"}}}}}}}}}}}}"#;
    /// let catalogue = connector::Catalogue::read(document)?;
    /// assert_eq!(catalogue.listings[0].noun, "ticket");
    /// assert_eq!(catalogue.listings[0].paging.name(), "page");
    /// # Ok::<(), connector::Error>(())
    /// ```
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let document = Document::read(bytes)?;
        let operations = operation::operations(&document);
        let mut listings: Vec<_> =
            (0..operations.len()).filter_map(|at| listing::of(&operations, at)).collect();
        let is_listing: Vec<usize> = listings.iter().map(|listing| listing.operation).collect();
        let writings = (0..operations.len())
            .filter_map(|at| writing::of(&operations[at], at, is_listing.contains(&at)))
            .collect();
        listing::adopt_cursors(&mut listings);
        listings.sort_by_key(|listing| (listing.worth, listing.needs.len(), listing.operation));
        Ok(Self {
            title: document.title().to_owned(),
            version: document.version().to_owned(),
            servers: document.servers(),
            authentications: auth::schemes(&document),
            listings,
            writings,
            issues: document.issues(),
            n_issues: document.n_issues(),
            operations,
        })
    }

    /// The list that an operation gives.
    #[must_use]
    pub fn listing_of(&self, operation: usize) -> Option<&Listing> {
        self.listings.iter().find(|listing| listing.operation == operation)
    }

    /// The operation of this id.
    #[must_use]
    pub fn operation(&self, id: &str) -> Option<(usize, &Operation)> {
        self.operations.iter().enumerate().find(|(_, operation)| operation.id == id)
    }

    /// Ways in which an operation can be asked, the most convenient for a gate first.
    #[must_use]
    pub fn authentications_of(&self, operation: usize) -> Vec<Authentication> {
        let operation = self.operations.get(operation);
        operation.map(|operation| auth::of_operation(&self.authentications, operation)).unwrap_or_default()
    }

    /// Places of the operations that have all words, best first; words may be beginnings of words.
    ///
    /// What is in the name counts more than what is in the path, and that more than what is in the summary.
    #[must_use]
    pub fn search(&self, text: &str, limit: usize) -> Vec<usize> {
        let wanted: Vec<String> = words(text).iter().map(|word| singular(word)).collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(u32, usize)> = self
            .operations
            .iter()
            .enumerate()
            .filter_map(|(at, operation)| Some((self.score(at, operation, &wanted)?, at)))
            .collect();
        // Of equals the simplest: a list of all contacts before one of the contacts of something.
        let length = |at: usize| self.operations[at].path.len();
        found.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), length(*at), *at));
        found.into_iter().take(limit).map(|(_, at)| at).collect()
    }

    fn score(&self, at: usize, operation: &Operation, wanted: &[String]) -> Option<u32> {
        let tag = operation.tag.as_deref().unwrap_or_default();
        let noun = self.listing_of(at).map(|listing| plain(&listing.noun)).unwrap_or_default();
        let texts = [
            (8, noun.as_str()),
            (5, operation.id.as_str()),
            (4, operation.path.as_str()),
            (3, operation.method.name()),
            (3, tag),
            (2, operation.summary.as_str()),
        ];
        let mut total = 0;
        for word in wanted {
            let hit = |(weight, text): &(u32, &str)| {
                let of_word = |own: &String| {
                    let own = singular(own);
                    if own == *word {
                        Some(weight * 2)
                    } else {
                        own.starts_with(word.as_str()).then_some(*weight)
                    }
                };
                words(text).iter().filter_map(of_word).max()
            };
            total += texts.iter().filter_map(hit).max()?;
        }
        Some(total + if self.listing_of(at).is_some() { 2 } else { 0 } - u32::from(operation.deprecated))
    }
}
