//! Open questions, kept current: a change of the data costs the cases it touches, for every question that was asked lately.

use crate::analyses::DataDigest;
use event::{Staged, Store};
use journey::{KeptQuery, Query};

/// The queries that were asked lately, and the digest of the data that their answers rest on.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// The one asked last at the end.
    queries: Vec<KeptQuery>,
    digest: Option<DataDigest>,
}

impl Kept {
    /// Most queries that are kept; every one costs time with each change.
    const MAX_QUERIES: usize = 6;
    /// Most bytes of all their counts; the query asked last is kept in any case.
    const MAX_BYTES: usize = 96 << 20;

    /// A query with all that is kept of it, made anew when it is not.
    pub(crate) fn query(&mut self, store: &Store, query: Query) -> &mut KeptQuery {
        let known = self.queries.iter().position(|kept| *kept.query() == query);
        let kept = match known {
            Some(at) => self.queries.remove(at),
            None => KeptQuery::new(store, query),
        };
        let mut n_bytes: usize = self.queries.iter().map(KeptQuery::n_bytes).sum();
        while self.queries.len() >= Self::MAX_QUERIES
            || (n_bytes > Self::MAX_BYTES && !self.queries.is_empty())
        {
            n_bytes -= self.queries.remove(0).n_bytes();
        }
        self.queries.push(kept);
        let last = self.queries.len() - 1;
        &mut self.queries[last]
    }

    /// Digest of everything in the store that a figure can depend on.
    pub(crate) fn data_digest(&mut self, store: &Store) -> u64 {
        self.digest.get_or_insert_with(|| DataDigest::of(store)).value(store)
    }

    /// Takes out what the cases that are about to change contribute to any answer.
    ///
    /// When they are many, everything is forgotten: the next question counts anew, which is then cheaper.
    pub(crate) fn take_out(&mut self, store: &Store, staged: &Staged) {
        let n_changed = staged.changed_cases().count().max(staged.touched_cases().len());
        if n_changed > store.n_cases() / 4 {
            *self = Self::default();
            return;
        }
        if let Some(digest) = &mut self.digest {
            digest.take_out(store, staged.changed_cases());
        }
        self.queries.iter_mut().for_each(|query| query.take_out(store, staged));
    }

    /// Takes in what the changed cases contribute now that the change is made.
    pub(crate) fn take_in(&mut self, store: &Store, touched: &[u32]) {
        if let Some(digest) = &mut self.digest {
            digest.take_in(store, touched.iter().copied());
        }
        self.queries.iter_mut().for_each(|query| query.take_in(store, touched));
    }
}
