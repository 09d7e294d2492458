//! Large values as one validated rkyv buffer.

use rkyv::{
    Archive, Deserialize, Serialize,
    api::high::{HighDeserializer, HighSerializer, HighValidator},
    bytecheck::CheckBytes,
    rancor::Error,
    ser::allocator::ArenaHandle,
    util::AlignedVec,
};

/// One large value, written; aligned for reading.
pub type Buffer = AlignedVec;

/// A value that can be written as one buffer: every view can.
pub trait Encode: for<'a> Serialize<HighSerializer<AlignedVec, ArenaHandle<'a>, Error>> {}

impl<T> Encode for T where T: for<'a> Serialize<HighSerializer<AlignedVec, ArenaHandle<'a>, Error>> {}

/// Writes a value as one buffer.
///
/// # Errors
/// When the value is too large for 32-bit offsets (2 GiB).
pub fn encode<T: Encode>(value: &T) -> Result<Buffer, Error> {
    rkyv::to_bytes::<Error>(value)
}

/// Reads a value back after validating every byte of it; the buffer may be unaligned.
///
/// # Errors
/// When the bytes are not an archive of `T`.
pub fn decode<T>(bytes: &[u8]) -> Result<T, Error>
where
    T: Archive,
    T::Archived: for<'a> CheckBytes<HighValidator<'a, Error>> + Deserialize<T, HighDeserializer<Error>>,
{
    let mut aligned = AlignedVec::<16>::with_capacity(bytes.len());
    aligned.extend_from_slice(bytes);
    rkyv::from_bytes::<T, Error>(&aligned)
}
