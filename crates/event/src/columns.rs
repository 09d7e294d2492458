//! The columns of a segment: one vector per property, side columns only where some event has the property.

use crate::ends::EndColumn;
use crate::ids::IdColumn;
use crate::{Companies, Error, Measure};
use std::cell::Cell;
use std::ops::Range;

/// Furthest start or end from 1970, in microseconds, so that no difference of two overflows: about 73,000 years.
pub(crate) const MAX_MICROS: i64 = i64::MAX / 4;
/// Marks "no end time" in the end column.
pub(crate) const NO_END: i64 = i64::MIN;
/// Marks "no name" or "no text" in the side columns.
pub(crate) const NONE: u32 = u32::MAX;
/// Marks "no number": the bits of the one NaN that we write; numbers themselves are finite.
pub(crate) const NO_VALUE: u64 = 0x7ff8_0000_0000_0000;

/// A column that costs nothing until some event has a value other than the default.
#[derive(Clone, Debug)]
pub(crate) struct SideColumn<T> {
    values: Vec<T>,
    default: T,
    len: usize,
}

impl<T: Copy + PartialEq> SideColumn<T> {
    fn new(default: T) -> Self {
        Self { values: Vec::new(), default, len: 0 }
    }

    pub(crate) fn push(&mut self, value: T) {
        if self.values.is_empty() {
            if value == self.default {
                self.len += 1;
                return;
            }
            self.values = vec![self.default; self.len];
        }
        self.values.push(value);
        self.len += 1;
    }

    /// Adds values at once; an empty column gets exactly the room it needs.
    fn extend(&mut self, added: impl ExactSizeIterator<Item = T> + Clone) {
        let n_added = added.len();
        if !self.values.is_empty() || added.clone().any(|value| value != self.default) {
            if self.values.is_empty() {
                self.values.reserve_exact(self.len + n_added);
                self.values.resize(self.len, self.default);
            }
            self.values.extend(added);
        }
        self.len += n_added;
    }

    /// Gives all rows this value.
    pub(crate) fn fill(&mut self, value: T) {
        self.values = if value == self.default { Vec::new() } else { vec![value; self.len] };
    }

    pub(crate) fn get(&self, idx: usize) -> T {
        self.values.get(idx).copied().unwrap_or(self.default)
    }

    /// The values, or nothing when every event has the default.
    pub(crate) fn values(&self) -> Option<&[T]> {
        (!self.values.is_empty()).then_some(self.values.as_slice())
    }

    pub(crate) fn map_in_place(&mut self, map: impl Fn(T) -> T) {
        for value in &mut self.values {
            *value = map(*value);
        }
    }

    /// Hands the values of some rows to `take`, in order and possibly in pieces.
    pub(crate) fn read(&self, rows: Range<usize>, mut take: impl FnMut(&[T])) {
        if let Some(values) = self.values() {
            take(&values[rows]);
            return;
        }
        let defaults = [self.default; 64];
        let mut n_left = rows.len();
        while n_left > 0 {
            let n = n_left.min(defaults.len());
            take(&defaults[..n]);
            n_left -= n;
        }
    }

    /// Whether some of the rows have a value other than the default.
    pub(crate) fn has_own(&self, rows: Range<usize>) -> bool {
        self.values().is_some_and(|values| values[rows].iter().any(|value| *value != self.default))
    }

    /// The values while they are being read from a file; [`Self::close`] ends that.
    pub(crate) fn open(&mut self) -> &mut Vec<T> {
        &mut self.values
    }

    /// Whether all values other than the default fulfil a condition.
    fn all(&self, is_good: impl Fn(T) -> bool) -> bool {
        self.values.iter().all(|&value| value == self.default || is_good(value))
    }

    /// Takes the values as complete; returns whether there are either none or `len` of them.
    pub(crate) fn close(&mut self, len: usize) -> bool {
        self.len = len;
        let fits = self.values.is_empty() || self.values.len() == len;
        if self.values.iter().all(|value| *value == self.default) {
            self.values = Vec::new();
        }
        fits
    }

    fn is_default(&self) -> bool {
        self.values.is_empty()
    }

    fn n_bytes(&self) -> usize {
        self.values.capacity() * size_of::<T>()
    }
}

/// Parallel columns; row `i` of each belongs to the same event.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub(crate) activity: Vec<u32>,
    pub(crate) start: Vec<i64>,
    pub(crate) digest: Vec<u64>,
    pub(crate) line: Vec<u32>,
    /// Costs nothing while all events are of the first source.
    pub(crate) source: SideColumn<u16>,
    pub(crate) end: EndColumn,
    pub(crate) channel: IdColumn,
    pub(crate) account: IdColumn,
    pub(crate) text: SideColumn<u32>,
    pub(crate) value: SideColumn<u64>,
    /// Numbers of [`Measure`].
    pub(crate) measure: SideColumn<u8>,
    pub(crate) currency: IdColumn,
    pub(crate) object: IdColumn,
}

impl Default for Columns {
    fn default() -> Self {
        Self {
            activity: Vec::new(),
            start: Vec::new(),
            digest: Vec::new(),
            line: Vec::new(),
            source: SideColumn::new(0),
            end: EndColumn::default(),
            channel: IdColumn::default(),
            account: IdColumn::default(),
            text: SideColumn::new(NONE),
            value: SideColumn::new(NO_VALUE),
            measure: SideColumn::new(0),
            currency: IdColumn::default(),
            object: IdColumn::default(),
        }
    }
}

impl Columns {
    pub(crate) fn len(&self) -> usize {
        self.activity.len()
    }

    /// Forgets all rows and keeps the room of the columns that every event has.
    pub(crate) fn clear(&mut self) {
        let Self { mut activity, mut start, mut digest, mut line, .. } = std::mem::take(self);
        activity.clear();
        start.clear();
        digest.clear();
        line.clear();
        *self = Self { activity, start, digest, line, ..Self::default() };
    }

    /// Appends a row of other columns whose numbers mean the same.
    pub(crate) fn push_row(&mut self, from: &Self, row: usize, account: Option<u32>) {
        self.activity.push(from.activity[row]);
        self.start.push(from.start[row]);
        self.digest.push(from.digest[row]);
        self.line.push(from.line[row]);
        self.source.push(from.source.get(row));
        self.end.push(from.start[row], from.end.get(row, from.start[row]));
        self.channel.push(from.channel.get(row));
        self.account.push(account.unwrap_or(NONE));
        self.text.push(from.text.get(row));
        self.value.push(from.value.get(row));
        self.measure.push(from.measure.get(row));
        self.currency.push(from.currency.get(row));
        self.object.push(from.object.get(row));
    }

    /// The sort key of a row inside its case; a row without an end sorts as if it ended when it started.
    pub(crate) fn key(&self, row: usize) -> (i64, i64) {
        let start = self.start[row];
        let end = self.end.get(row, start);
        (start, if end == NO_END { start } else { end })
    }

    /// Whether what was read from a file is what [`crate::Batch::push`] and [`crate::Store::commit`] would have written:
    /// columns of one length, numbers that exist, times and money in range.
    pub(crate) fn check(&mut self, known: &Known) -> Result<(), Error> {
        let n = self.activity.len();
        let lens = [self.start.len(), self.digest.len(), self.line.len()];
        let in_range = |time: i64| (-MAX_MICROS..=MAX_MICROS).contains(&time);
        let (first, last) =
            self.start.iter().fold((0, 0), |(first, last), &at| (at.min(first), at.max(last)));
        if !in_range(first) || !in_range(last) || !self.end.are_opened(in_range) {
            return Err(Error::damaged("an event has an impossible time"));
        }
        let closed = [
            self.source.close(n),
            self.end.close(&self.start),
            self.channel.close(n),
            self.account.close(n),
            self.text.close(n),
            self.value.close(n),
            self.measure.close(n),
            self.currency.close(n),
            self.object.close(n),
        ];
        if lens.iter().any(|len| *len != n) || closed.contains(&false) {
            return Err(Error::damaged("its columns are of different lengths"));
        }
        if n >= Ref::MAX_ROWS {
            return Err(Error::damaged("it has too many events"));
        }
        let largest = self.activity.iter().fold(0, |largest, id| *id.max(&largest));
        let known_ids = (n == 0 || (largest as usize) < known.n_activities && known.n_sources > 0)
            && self.source.all(|id| usize::from(id) < known.n_sources)
            && self.channel.are_below(known.n_channels)
            && self.account.are_below(known.n_accounts)
            && self.text.all(|id| (id as usize) < known.n_texts)
            && self.currency.are_below(known.n_currencies)
            && self.object.are_below(known.n_objects)
            && self.measure.all(|number| Measure::from_number(number).is_some());
        if !known_ids {
            return Err(Error::damaged("an event names something that does not exist"));
        }
        if !self.value.all(|bits| f64::from_bits(bits).is_finite()) {
            return Err(Error::damaged("an event has an impossible number"));
        }
        Ok(())
    }

    /// Whether some event has what version 1 of the files had no place for.
    pub(crate) fn has_meaning(&self) -> bool {
        self.measure.values().is_some() || !self.currency.is_absent() || !self.object.is_absent()
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.activity.capacity() * 4
            + self.start.capacity() * 8
            + self.digest.capacity() * 8
            + self.line.capacity() * 4
            + self.source.n_bytes()
            + self.end.n_bytes()
            + self.channel.n_bytes()
            + self.account.n_bytes()
            + self.text.n_bytes()
            + self.value.n_bytes()
            + self.measure.n_bytes()
            + self.currency.n_bytes()
            + self.object.n_bytes()
    }

    /// Appends the rows that `refs` points at, column by column, releasing each column of the parts as soon as it is
    /// copied when `parts` are owned; so the peak is one column above the result.
    pub(crate) fn gather(&mut self, parts: &mut Parts<'_>, refs: &[Ref]) {
        gather_dense(&mut self.activity, parts, refs, |c| &c.activity, |c| &mut c.activity);
        // Ends want their starts.
        gather_ends(&mut self.end, parts, refs);
        gather_dense(&mut self.start, parts, refs, |c| &c.start, |c| &mut c.start);
        gather_dense(&mut self.digest, parts, refs, |c| &c.digest, |c| &mut c.digest);
        gather_dense(&mut self.line, parts, refs, |c| &c.line, |c| &mut c.line);
        gather_side(&mut self.source, parts, refs, |c| &c.source, |c| &mut c.source);
        gather_ids(&mut self.channel, parts, refs, |c| &c.channel, |c| &mut c.channel);
        gather_ids(&mut self.account, parts, refs, |c| &c.account, |c| &mut c.account);
        gather_side(&mut self.text, parts, refs, |c| &c.text, |c| &mut c.text);
        gather_side(&mut self.value, parts, refs, |c| &c.value, |c| &mut c.value);
        gather_side(&mut self.measure, parts, refs, |c| &c.measure, |c| &mut c.measure);
        gather_ids(&mut self.currency, parts, refs, |c| &c.currency, |c| &mut c.currency);
        gather_ids(&mut self.object, parts, refs, |c| &c.object, |c| &mut c.object);
    }
}

/// How many there are of what events refer to by number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) n_activities: usize,
    pub(crate) n_channels: usize,
    pub(crate) n_accounts: usize,
    pub(crate) n_currencies: usize,
    pub(crate) n_objects: usize,
    pub(crate) n_texts: usize,
    pub(crate) n_sources: usize,
}

/// Points at a row of one of three segments: the two top bits name the segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ref(pub(crate) u32);

impl Ref {
    pub(crate) const BASE: u32 = 0;
    pub(crate) const DELTA: u32 = 1;
    pub(crate) const BATCH: u32 = 2;
    /// Most rows of one segment.
    pub(crate) const MAX_ROWS: usize = 1 << 30;

    pub(crate) fn new(segment: u32, row: usize) -> Self {
        Self((segment << 30) | u32::try_from(row).unwrap_or(0))
    }

    pub(crate) fn segment(self) -> usize {
        (self.0 >> 30) as usize
    }

    pub(crate) fn row(self) -> usize {
        (self.0 & ((1 << 30) - 1)) as usize
    }
}

/// The three segments that a [`Ref`] can point at.
pub(crate) enum Parts<'a> {
    /// Read only: the segments live on.
    Borrowed([&'a Columns; 3]),
    /// Consumed: each column is released once copied.
    Owned(Box<[Columns; 3]>),
}

impl Parts<'_> {
    fn columns<'a, C: ?Sized>(&'a self, read: impl Fn(&'a Columns) -> &'a C) -> [&'a C; 3] {
        match self {
            Parts::Borrowed([a, b, c]) => [read(a), read(b), read(c)],
            Parts::Owned(owned) => [read(&owned[0]), read(&owned[1]), read(&owned[2])],
        }
    }

    /// Releases a column once it is copied.
    fn release(&mut self, release: impl Fn(&mut Columns)) {
        if let Parts::Owned(owned) = self {
            owned.iter_mut().for_each(release);
        }
    }
}

fn gather_dense<T: Copy>(
    into: &mut Vec<T>,
    parts: &mut Parts<'_>,
    refs: &[Ref],
    read: impl Fn(&Columns) -> &Vec<T>,
    take: impl Fn(&mut Columns) -> &mut Vec<T>,
) {
    into.reserve_exact(if into.is_empty() { refs.len() } else { 0 });
    let columns: [&[T]; 3] = parts.columns(|c| read(c).as_slice());
    into.extend(refs.iter().map(|r| columns[r.segment()][r.row()]));
    parts.release(|columns| *take(columns) = Vec::new());
}

fn gather_side<T: Copy + PartialEq>(
    into: &mut SideColumn<T>,
    parts: &mut Parts<'_>,
    refs: &[Ref],
    read: impl Fn(&Columns) -> &SideColumn<T>,
    take: impl Fn(&mut Columns) -> &mut SideColumn<T>,
) {
    let columns = parts.columns(read);
    if into.is_default() && columns.iter().all(|c| c.is_default()) {
        into.len += refs.len();
        return;
    }
    into.extend(refs.iter().map(|r| columns[r.segment()].get(r.row())));
    parts.release(|columns| take(columns).values = Vec::new());
}

fn gather_ends(into: &mut EndColumn, parts: &mut Parts<'_>, refs: &[Ref]) {
    let columns = parts.columns(|c| c);
    if into.is_absent() && columns.iter().all(|columns| columns.end.is_absent()) {
        return into.extend_absent(refs.len());
    }
    into.extend(refs.iter().map(|r| {
        let (columns, row) = (columns[r.segment()], r.row());
        let start = columns.start[row];
        (start, columns.end.get(row, start))
    }));
    parts.release(|columns| columns.end = EndColumn::default());
}

fn gather_ids(
    into: &mut IdColumn,
    parts: &mut Parts<'_>,
    refs: &[Ref],
    read: impl Fn(&Columns) -> &IdColumn,
    take: impl Fn(&mut Columns) -> &mut IdColumn,
) {
    let (columns, near) = (parts.columns(read), [const { Cell::new(0) }; 3]);
    if into.is_absent() && columns.iter().all(|column| column.is_absent()) {
        return into.extend_absent(refs.len());
    }
    into.extend(refs.iter().map(|r| columns[r.segment()].get_near(r.row(), &near[r.segment()])));
    parts.release(|columns| *take(columns) = IdColumn::default());
}

/// The events of one case, ordered by (start, end, order of arrival).
#[derive(Clone, Copy, Debug)]
pub struct CaseEvents<'a> {
    pub(crate) columns: &'a Columns,
    pub(crate) first: usize,
    pub(crate) len: usize,
    /// How accounts are told, and the account of a customer whose events name none.
    pub(crate) told: Option<(&'a Companies, u32)>,
}

impl<'a> CaseEvents<'a> {
    pub(crate) fn new(columns: &'a Columns, first: usize, len: usize) -> Self {
        Self { columns, first, len, told: None }
    }

    /// The same with accounts as they are stored, by number of [`crate::Store::stored_accounts`].
    pub fn as_stored(self) -> Self {
        Self { told: None, ..self }
    }

    /// The account of an event as it is told.
    fn account_at(&self, row: usize) -> Option<u32> {
        let stored = some_id(self.columns.account.get(row))?;
        self.told.map_or(Some(stored), |(companies, _)| companies.of_account(stored))
    }

    /// Number of events; 0 for a number without a case, as when its events were removed.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the case has no event.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The events at these places of the case alone, as if it had no others; places beyond its end are cut.
    pub fn within(self, range: std::ops::Range<usize>) -> Self {
        let first = range.start.min(self.len);
        let until = range.end.clamp(first, self.len);
        Self { columns: self.columns, first: self.first + first, len: until - first, told: self.told }
    }

    /// Activities in order, as numbers of [`crate::Store::activities`].
    pub fn activities(&self) -> &'a [u32] {
        &self.columns.activity[self.first..self.first + self.len]
    }

    /// Start times in order, in UTC microseconds.
    pub fn starts(&self) -> &'a [i64] {
        &self.columns.start[self.first..self.first + self.len]
    }

    /// Whether some of the events came from a source.
    pub(crate) fn has_source(&self, source: u16) -> bool {
        (self.first..self.first + self.len).any(|row| self.columns.source.get(row) == source)
    }

    /// Whether any event of the segment has an end time; when not, [`Self::end_micros`] is always the start.
    pub fn has_ends(&self) -> bool {
        !self.columns.end.is_absent()
    }

    /// End time of the `i`-th event; its start when it has none.
    pub fn end_micros(&self, i: usize) -> i64 {
        self.columns.key(self.first + i).1
    }

    /// End time of the `i`-th event, where the data has one.
    pub fn known_end_micros(&self, i: usize) -> Option<i64> {
        let row = self.first + i;
        let end = self.columns.end.get(row, self.columns.start[row]);
        (end != NO_END).then_some(end)
    }

    /// Whether any event of the segment has a channel.
    pub fn has_channels(&self) -> bool {
        !self.columns.channel.is_absent()
    }

    /// Channel of the `i`-th event, as a number of [`crate::Store::channels`].
    pub fn channel(&self, i: usize) -> Option<u32> {
        some_id(self.columns.channel.get(self.first + i))
    }

    /// Whether any event of the segment carries a number.
    pub fn has_values(&self) -> bool {
        self.columns.value.values().is_some()
    }

    /// Whether any event of the segment came from another source than the first.
    pub fn has_sources(&self) -> bool {
        self.columns.source.values().is_some()
    }

    /// Whether any event of the segment carries a number other than money.
    pub fn has_measures(&self) -> bool {
        self.columns.measure.values().is_some()
    }

    /// Whether any event of the segment is about an object.
    pub fn has_objects(&self) -> bool {
        !self.columns.object.is_absent()
    }

    /// Object that the `i`-th event is about, as a number of [`crate::Store::objects`].
    pub fn object(&self, i: usize) -> Option<u32> {
        some_id(self.columns.object.get(self.first + i))
    }

    /// Time from the first start to the last end, in microseconds.
    pub fn cycle_micros(&self) -> i64 {
        let starts = self.starts();
        let (Some(&first), Some(&last)) = (starts.first(), starts.last()) else {
            return 0;
        };
        if !self.has_ends() {
            return last - first;
        }
        (0..self.len).map(|i| self.end_micros(i)).max().unwrap_or(last) - first
    }

    /// Account of the case: that of its latest event that names one, else the one that the customer is known to be of.
    pub fn account(&self) -> Option<u32> {
        let own = self.told.and_then(|(_, own)| some_id(own)).filter(|_| self.len > 0);
        if self.columns.account.is_absent() {
            return own;
        }
        (0..self.len).rev().find_map(|i| self.account_at(self.first + i)).or(own)
    }

    /// All of the `i`-th event.
    pub fn event(&self, i: usize) -> EventView {
        let row = self.first + i;
        let value = self.columns.value.get(row);
        EventView {
            activity: self.columns.activity[row],
            start_micros: self.columns.start[row],
            end_micros: self.known_end_micros(i),
            channel: self.channel(i),
            account: self.account_at(row),
            text: some_id(self.columns.text.get(row)),
            value: (value != NO_VALUE).then(|| f64::from_bits(value)),
            measure: Measure::from_number(self.columns.measure.get(row)).unwrap_or_default(),
            currency: some_id(self.columns.currency.get(row)),
            object: some_id(self.columns.object.get(row)),
            source: self.columns.source.get(row),
            line: self.columns.line[row],
        }
    }
}

fn some_id(id: u32) -> Option<u32> {
    (id != NONE).then_some(id)
}

/// One stored event; names and texts by number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventView {
    /// Number of the activity.
    pub activity: u32,
    /// Start, in UTC microseconds.
    pub start_micros: i64,
    /// End, where known.
    pub end_micros: Option<i64>,
    /// Number of the channel, where known.
    pub channel: Option<u32>,
    /// Number of the account, where known.
    pub account: Option<u32>,
    /// Number of the text, where there is one.
    pub text: Option<u32>,
    /// The number that the event carries; what it means says `measure`.
    pub value: Option<f64>,
    /// What `value` means.
    pub measure: Measure,
    /// Number of the currency, where known.
    pub currency: Option<u32>,
    /// Number of the object that the event is about, where known.
    pub object: Option<u32>,
    /// Number of the source.
    pub source: u16,
    /// Line in the source.
    pub line: u32,
}

impl EventView {
    /// The amount of money, where the number is one.
    pub fn money(&self) -> Option<f64> {
        self.value.filter(|_| self.measure == Measure::Money)
    }
}
