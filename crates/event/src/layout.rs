//! Values in files: little-endian numbers, and rkyv archives that are checked before they are read.

use crate::Error;
use crate::columns::Columns;
use rkyv::Serialize;
use rkyv::api::high::{HighSerializer, HighValidator};
use rkyv::bytecheck::CheckBytes;
use rkyv::rancor;
use rkyv::ser::allocator::ArenaHandle;
use rkyv::util::AlignedVec;

/// A number that lies in a file in little-endian order.
pub(crate) trait Value: Copy {
    const N_BYTES: usize;
    fn put(self, bytes: &mut [u8]);
    fn take(bytes: &[u8]) -> Self;
}

macro_rules! value {
    ($($number:ty),*) => {$(
        impl Value for $number {
            const N_BYTES: usize = size_of::<Self>();

            fn put(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_le_bytes());
            }

            fn take(bytes: &[u8]) -> Self {
                bytes.try_into().map_or(0, Self::from_le_bytes)
            }
        }
    )*};
}

value!(u8, u16, u32, u64, i64);

/// Appends values to the bytes of a column.
pub(crate) fn put_all<T: Value>(values: &[T], bytes: &mut Vec<u8>) {
    let start = bytes.len();
    bytes.resize(start + values.len() * T::N_BYTES, 0);
    for (slot, value) in bytes[start..].chunks_exact_mut(T::N_BYTES).zip(values) {
        value.put(slot);
    }
}

/// Appends the values of a column's bytes.
pub(crate) fn take_all<T: Value>(bytes: &[u8], values: &mut Vec<T>) {
    values.extend(bytes.chunks_exact(T::N_BYTES).map(T::take));
}

/// What [`archive`] can write.
pub(crate) trait ToBytes:
    for<'a> Serialize<HighSerializer<Vec<u8>, ArenaHandle<'a>, rancor::Error>>
{
}

impl<T: for<'a> Serialize<HighSerializer<Vec<u8>, ArenaHandle<'a>, rancor::Error>>> ToBytes for T {}

/// Writes a value as rkyv bytes behind what is in `bytes`, which must be a multiple of 16 long; `None` beyond 2 GiB.
pub(crate) fn archive<T: ToBytes>(value: &T, bytes: Vec<u8>) -> Option<Vec<u8>> {
    rkyv::api::high::to_bytes_in::<_, rancor::Error>(value, bytes).ok()
}

/// What the largest numbers in our archives want their place to be a multiple of.
const ALIGNMENT: usize = 8;

/// Reads rkyv bytes after checking all of them; copies them first where they lie at a place that numbers cannot have.
pub(crate) fn with_archived<T, R>(bytes: &[u8], read: impl FnOnce(&T) -> R) -> Option<R>
where
    T: rkyv::Portable + for<'a> CheckBytes<HighValidator<'a, rancor::Error>>,
{
    if bytes.as_ptr().addr().is_multiple_of(ALIGNMENT) {
        return rkyv::access::<T, rancor::Error>(bytes).ok().map(read);
    }
    let mut aligned = AlignedVec::<16>::with_capacity(bytes.len());
    aligned.extend_from_slice(bytes);
    rkyv::access::<T, rancor::Error>(&aligned).ok().map(read)
}

/// Appends a list: its length as a little-endian `u64`, then its values.
pub(crate) fn put<T: Value>(values: &[T], bytes: &mut Vec<u8>) {
    put_all(&[values.len() as u64], bytes);
    put_all(values, bytes);
}

/// What is said of an entry that was not written by [`put`].
pub(crate) fn broken() -> Error {
    Error::damaged("an entry of its journal is broken")
}

/// Lists that lie one after the other.
#[derive(Debug)]
pub(crate) struct Lists<'a>(&'a [u8]);

impl<'a> Lists<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether all lists are read.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next list.
    pub(crate) fn take<T: Value>(&mut self) -> Result<Vec<T>, Error> {
        let (len, rest) = self.0.split_first_chunk::<8>().ok_or_else(broken)?;
        let n = usize::try_from(u64::from_le_bytes(*len)).map_err(|_| broken())?;
        let n_bytes = n.checked_mul(T::N_BYTES).ok_or_else(broken)?;
        let (list, rest) = rest.split_at_checked(n_bytes).ok_or_else(broken)?;
        self.0 = rest;
        let mut values = Vec::with_capacity(n);
        take_all(list, &mut values);
        Ok(values)
    }
}

/// Appends what events mean: measure, currency and object. Version 1 had none of it.
pub(crate) fn put_meaning(columns: &Columns, bytes: &mut Vec<u8>) {
    put(columns.measure.values().unwrap_or(&[]), bytes);
    put(&columns.currency.to_words(), bytes);
    put(&columns.object.to_words(), bytes);
}

/// Reads what [`put_meaning`] wrote.
pub(crate) fn take_meaning(lists: &mut Lists<'_>, columns: &mut Columns) -> Result<(), Error> {
    *columns.measure.open() = lists.take()?;
    *columns.currency.open() = lists.take()?;
    *columns.object.open() = lists.take()?;
    Ok(())
}
