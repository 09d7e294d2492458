//! The journal: what was done since the last snapshot, entry by entry.
//!
//! An entry becomes the payload of one frame ([`crate::frame`]) under its [`Entry::kind`]; applied in order to the
//! snapshot it follows, the entries give the store that was live.
//!
//! # Files of a workspace
//! The edge keeps two files a generation, a snapshot and the journal that follows it, and loses nothing acknowledged
//! when it keeps this order:
//!
//! 1. To change something: stage it, append its frame to the journal, flush, then commit and acknowledge. After a failed
//!    append (a full disk) cut the journal back to its length before, and refuse the change.
//! 2. To store a snapshot: write the next generation's file, frames of upper layers first and the store's chunks last;
//!    flush; begin that generation's journal; only then delete the generation before.
//! 3. To open: take the newest generation whose snapshot finishes without an error, and apply the entries of its journal
//!    whose sequence numbers are above [`crate::snapshot::SnapshotReader::sequence`]; cut a torn tail before the next
//!    append. Without any snapshot the first journal begins with an empty store.
//!
//! An import too large for one entry, and an erasure, are followed by a snapshot at once: the first has no entry, and
//! after the second the older generation still has what was erased.
//!
//! ```
//! use event::{Batch, Store, frame, journal::{self, Entry}};
//! let batch = Batch::new("tickets.csv");
//! let log = frame::encode_frame(journal::BATCH, 1, &batch.to_bytes()?);
//! let mut store = Store::new();
//! for frame in frame::read_frames(&log).0 {
//!     if let Some(staged) = Entry::from_bytes(frame.kind, frame.payload)?.stage(&store)? {
//!         store.commit(staged);
//!     }
//! }
//! assert_eq!(store.sources(), ["tickets.csv"]);
//! # Ok::<(), event::Error>(())
//! ```

use crate::columns::Known;
use crate::error::Kind;
use crate::layout::{self, Lists};
use crate::{Batch, Error, Names, Staged, Store, Texts};
use rkyv::with::InlineAsBox;
use rkyv::{Archive, Serialize};

/// Kind of the frame that holds a batch of events.
pub const BATCH: u8 = 16;
/// Kind of the frame that holds the removal of a source.
pub const REMOVE_SOURCE: u8 = 17;
/// Kind of the frame that holds the erasure of customers.
pub const ERASE: u8 = 18;
/// The first of the kinds that belong to upper layers.
pub const FIRST_OTHER: u8 = 64;

/// One change of a workspace.
#[derive(Clone, Debug)]
pub enum Entry {
    /// Events came.
    Batch(Box<Batch>),
    /// A source was removed, by its number.
    RemoveSource(u16),
    /// Customers were erased, by their numbers; an entry never holds their names.
    Erase(Vec<u32>),
    /// Something of an upper layer.
    Other {
        /// Its kind, at least [`FIRST_OTHER`].
        kind: u8,
        /// Its bytes.
        bytes: Vec<u8>,
    },
}

impl Entry {
    /// Kind of the frame that holds the entry.
    pub fn kind(&self) -> u8 {
        match self {
            Self::Batch(_) => BATCH,
            Self::RemoveSource(_) => REMOVE_SOURCE,
            Self::Erase(_) => ERASE,
            Self::Other { kind, .. } => *kind,
        }
    }

    /// The payload of the entry's frame.
    ///
    /// # Errors
    /// When a batch needs more than 2 GiB, or the kind of another entry is below [`FIRST_OTHER`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut payload = Vec::new();
        match self {
            Self::Batch(batch) => return batch.to_bytes(),
            Self::RemoveSource(source) => layout::put_all(&[*source], &mut payload),
            Self::Erase(customers) => layout::put_all(customers, &mut payload),
            Self::Other { kind, bytes } if *kind >= FIRST_OTHER => payload.clone_from(bytes),
            Self::Other { kind, .. } => return Err(Error::new(Kind::UnknownEntry { kind: *kind })),
        }
        Ok(payload)
    }

    /// Reads an entry from the plain payload of a frame of this kind.
    ///
    /// # Errors
    /// When the kind is not known, or the payload is not what it should be.
    pub fn from_bytes(kind: u8, payload: &[u8]) -> Result<Self, Error> {
        let broken = || Error::damaged("an entry of its journal is broken");
        match kind {
            BATCH => Batch::from_bytes(payload).map(|batch| Self::Batch(Box::new(batch))),
            REMOVE_SOURCE => payload
                .try_into()
                .map(|bytes| Self::RemoveSource(u16::from_le_bytes(bytes)))
                .map_err(|_| broken()),
            ERASE if payload.len().is_multiple_of(4) => {
                let mut customers = Vec::new();
                layout::take_all(payload, &mut customers);
                Ok(Self::Erase(customers))
            }
            ERASE => Err(broken()),
            FIRST_OTHER.. => Ok(Self::Other { kind, bytes: payload.to_vec() }),
            _ => Err(Error::new(Kind::UnknownEntry { kind })),
        }
    }

    /// Works out what the entry changes in the store; nothing for an entry of an upper layer.
    ///
    /// # Errors
    /// When a batch has more events than the store has room for.
    pub fn stage(self, store: &Store) -> Result<Option<Staged>, Error> {
        match self {
            Self::Batch(batch) => {
                let (n_events, n_free) = (batch.len() as u64, store.n_free());
                if n_events > n_free {
                    return Err(Error::new(Kind::Full { n_events, n_free }));
                }
                Ok(Some(store.stage(*batch)))
            }
            Self::RemoveSource(source) => Ok(Some(store.stage_source_removal(source))),
            Self::Erase(customers) => Ok(Some(store.stage_erasure(&customers))),
            Self::Other { .. } => Ok(None),
        }
    }
}

/// Ends a batch that has a meaning: its archive, the lists of the meaning, the length of the archive, these letters. No
/// archive ends like this: its last eight bytes begin with an offset that points back, so that it is negative.
const WITH_MEANING: [u8; 8] = *b"DPBATCH2";

/// A batch as it lies in a file; an empty side column stands for one without values.
#[derive(Archive, Serialize)]
struct BatchData<'a> {
    source: Option<u16>,
    #[rkyv(with = InlineAsBox)]
    source_name: &'a str,
    #[rkyv(with = InlineAsBox)]
    case: &'a [u32],
    #[rkyv(with = InlineAsBox)]
    activity: &'a [u32],
    #[rkyv(with = InlineAsBox)]
    start: &'a [i64],
    #[rkyv(with = InlineAsBox)]
    digest: &'a [u64],
    #[rkyv(with = InlineAsBox)]
    line: &'a [u32],
    #[rkyv(with = InlineAsBox)]
    end: &'a [i64],
    #[rkyv(with = InlineAsBox)]
    channel: &'a [u32],
    #[rkyv(with = InlineAsBox)]
    account: &'a [u32],
    #[rkyv(with = InlineAsBox)]
    text: &'a [u32],
    #[rkyv(with = InlineAsBox)]
    money: &'a [u64],
    customers: TextsData<'a>,
    activities: TextsData<'a>,
    channels: TextsData<'a>,
    accounts: TextsData<'a>,
    texts: TextsData<'a>,
}

/// A list of names or texts as it lies in a file.
#[derive(Archive, Serialize)]
struct TextsData<'a> {
    lens: Vec<u32>,
    #[rkyv(with = InlineAsBox)]
    bytes: &'a [u8],
}

impl<'a> TextsData<'a> {
    fn new(texts: &'a Texts) -> Self {
        Self { lens: texts.lens(0..texts.len()), bytes: texts.bytes() }
    }
}

impl ArchivedTextsData<'_> {
    fn read(&self) -> Result<Texts, Error> {
        let lens: Vec<u32> = self.lens.iter().map(|len| len.to_native()).collect();
        Texts::from_parts(&lens, self.bytes.to_vec())
    }

    fn read_names(&self) -> Result<Names, Error> {
        Names::from_parts(self.read()?, Vec::new())
    }
}

impl Batch {
    /// The batch as the payload of a journal's entry.
    ///
    /// # Errors
    /// When it needs more than 2 GiB.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let columns = &self.columns;
        let data = BatchData {
            source: self.source,
            source_name: &self.source_name,
            case: &self.case,
            activity: &columns.activity,
            start: &columns.start,
            digest: &columns.digest,
            line: &columns.line,
            end: &columns.end.to_micros(&columns.start),
            channel: &columns.channel.to_words(),
            account: &columns.account.to_words(),
            text: columns.text.values().unwrap_or(&[]),
            money: columns.value.values().unwrap_or(&[]),
            customers: TextsData::new(self.customers.texts()),
            activities: TextsData::new(self.activities.texts()),
            channels: TextsData::new(self.channels.texts()),
            accounts: TextsData::new(self.accounts.texts()),
            texts: TextsData::new(&self.texts),
        };
        let too_large = || Error::new(Kind::TooLarge { n_events: self.len() as u64 });
        let mut bytes = layout::archive(&data, Vec::new()).ok_or_else(too_large)?;
        if columns.has_meaning() {
            let n_archived = bytes.len() as u64;
            layout::put_meaning(columns, &mut bytes);
            for names in [&self.currencies, &self.objects] {
                let texts = names.texts();
                layout::put(&texts.lens(0..texts.len()), &mut bytes);
                layout::put(texts.bytes(), &mut bytes);
            }
            layout::put_all(&[n_archived], &mut bytes);
            bytes.extend_from_slice(&WITH_MEANING);
        }
        Ok(bytes)
    }

    /// Reads a batch back, believing nothing.
    ///
    /// # Errors
    /// When the bytes are not those of a batch, or contradict themselves.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (archived, meaning) = match split_meaning(bytes) {
            Some((archived, meaning)) => (archived, Some(meaning)),
            None => (bytes, None),
        };
        layout::with_archived(archived, |data| read_batch(data, meaning))
            .unwrap_or_else(|| Err(layout::broken()))
    }
}

/// The archive of a batch, and what follows it where some of its events have a meaning.
fn split_meaning(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (rest, n_archived) = bytes.strip_suffix(&WITH_MEANING)?.split_last_chunk::<8>()?;
    rest.split_at_checked(usize::try_from(u64::from_le_bytes(*n_archived)).ok()?)
}

fn read_meaning(bytes: &[u8], batch: &mut Batch) -> Result<(), Error> {
    let mut lists = Lists::new(bytes);
    layout::take_meaning(&mut lists, &mut batch.columns)?;
    for names in [&mut batch.currencies, &mut batch.objects] {
        *names = Names::from_parts(Texts::from_parts(&lists.take::<u32>()?, lists.take()?)?, Vec::new())?;
    }
    if lists.is_empty() { Ok(()) } else { Err(layout::broken()) }
}

fn read_batch(data: &ArchivedBatchData<'_>, meaning: Option<&[u8]>) -> Result<Batch, Error> {
    let mut batch = Batch {
        source_name: data.source_name.to_string(),
        source: data.source.as_ref().map(|source| source.to_native()),
        case: data.case.iter().map(|value| value.to_native()).collect(),
        customers: data.customers.read_names()?,
        activities: data.activities.read_names()?,
        channels: data.channels.read_names()?,
        accounts: data.accounts.read_names()?,
        texts: data.texts.read()?,
        ..Batch::default()
    };
    if let Some(meaning) = meaning {
        read_meaning(meaning, &mut batch)?;
    }
    let columns = &mut batch.columns;
    columns.activity.extend(data.activity.iter().map(|value| value.to_native()));
    columns.start.extend(data.start.iter().map(|value| value.to_native()));
    columns.digest.extend(data.digest.iter().map(|value| value.to_native()));
    columns.line.extend(data.line.iter().map(|value| value.to_native()));
    columns.end.open().extend(data.end.iter().map(|value| value.to_native()));
    columns.channel.open().extend(data.channel.iter().map(|value| value.to_native()));
    columns.account.open().extend(data.account.iter().map(|value| value.to_native()));
    columns.text.open().extend(data.text.iter().map(|value| value.to_native()));
    columns.value.open().extend(data.money.iter().map(|value| value.to_native()));
    columns.check(&Known {
        n_activities: batch.activities.len(),
        n_channels: batch.channels.len(),
        n_accounts: batch.accounts.len(),
        n_currencies: batch.currencies.len(),
        n_objects: batch.objects.len(),
        n_texts: batch.texts.len(),
        n_sources: 1,
    })?;
    let n_customers = batch.customers.len();
    let has_cases =
        batch.case.len() == columns.len() && batch.case.iter().all(|&c| (c as usize) < n_customers);
    if !has_cases {
        return Err(Error::damaged("an entry of its journal has events of nobody"));
    }
    Ok(batch)
}
