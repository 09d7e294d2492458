//! An event as a source hands it over, before it is stored.

use crate::Measure;

/// One event as a source hands it over; all text is borrowed from the source's buffer.
///
/// Two events are *exact duplicates* when customer, activity, start and digest agree; the store keeps the first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NewEvent<'a> {
    /// Identifier of the customer, exactly as in the data; not empty.
    pub customer: &'a str,
    /// Name of what happened; not empty.
    pub activity: &'a str,
    /// When it started (or simply happened), in UTC microseconds since 1970.
    pub start_micros: i64,
    /// When it ended, in UTC microseconds since 1970; not before the start.
    pub end_micros: Option<i64>,
    /// Channel, where known.
    pub channel: Option<&'a str>,
    /// Account of the customer, where known.
    pub account: Option<&'a str>,
    /// Text written or said by a person, where there is one.
    pub text: Option<&'a str>,
    /// The number that the event carries, as in the data; finite. What it means says `measure`.
    pub value: Option<f64>,
    /// What `value` means; nothing without one.
    pub measure: Measure,
    /// Currency of `value`, where known: `EUR`.
    pub currency: Option<&'a str>,
    /// Id of the thing that the event is about, where known: a ticket, a subscription, an order, a conversation.
    pub object: Option<&'a str>,
    /// Line in the source, from 1; saturates at `u32::MAX`.
    pub line: u32,
    /// Digest of the whole record, unmapped fields included, independent of column order.
    pub digest: u64,
}
