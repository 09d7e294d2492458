//! The files of a workspace, generation by generation.
//!
//! A generation is a snapshot and the log that follows it; generation 0 has no snapshot. A log begins with a plain frame
//! that says where the key comes from, and a sealed [`COMMIT`]; a generation counts from the moment these two are on the
//! disk, so that writing them is what switches from one generation to the next. Each change is its entries and a
//! [`COMMIT`]: entries without one behind them were never acknowledged and are cut off.

use super::{
    browser::{Browser, Disk},
    fault::Fault,
    frames::{COMMIT, Frames, GUARD, guard_frame, read_snapshot, seal, unseal, write_snapshot},
    glance::GLANCE_NAME,
    guard::{Guard, Keyed},
};
use engine::{Engine, LogEntry, Restore, SnapshotWriter};
use event::frame::{Header, Tail, read_frames};
use std::cell::RefCell;

/// A log may always grow to this size, and to half of the snapshot it follows, before a new snapshot is written.
const LOG_BYTES: u64 = 8 << 20;

/// The files of one workspace, read or written by this tab.
#[derive(Debug)]
pub(crate) struct Vault {
    pub(super) browser: Browser,
    pub(crate) disk: Disk,
    /// The key, once there is one.
    pub(crate) keyed: Option<Keyed>,
    current: Option<Generation>,
    newest: u64,
    /// The place that the kept map fits.
    pub(super) glance: Option<(u64, u64)>,
}

#[derive(Clone, Copy, Debug)]
struct Generation {
    number: u64,
    log_bytes: u64,
    snapshot_bytes: u64,
    sequence: u64,
}

/// A workspace that was read.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) engine: Engine,
    /// Something behind its last change was once written and cannot be read.
    pub(crate) is_cut: bool,
}

fn log_name(generation: u64) -> String {
    format!("log-{generation}")
}

fn snapshot_name(generation: u64) -> String {
    format!("snapshot-{generation}")
}

fn generation_of(name: &str) -> Option<u64> {
    name.strip_prefix("log-")?.parse().ok()
}

impl Vault {
    pub(crate) fn new(browser: Browser, disk: Disk) -> Self {
        Self { browser, disk, keyed: None, current: None, newest: 0, glance: None }
    }

    /// Number of the generation, and of the frame that its log goes on with: another one after every change.
    pub(super) fn place(&self) -> Option<(u64, u64)> {
        self.current.map(|generation| (generation.number, generation.sequence))
    }

    /// Bytes on the disk.
    pub(crate) fn n_bytes(&self) -> u64 {
        self.current.map_or(0, |generation| generation.log_bytes + generation.snapshot_bytes)
    }

    /// Whether the log has grown so far that a snapshot is due.
    pub(crate) fn is_due(&self) -> bool {
        self.current
            .is_some_and(|generation| generation.log_bytes > LOG_BYTES.max(generation.snapshot_bytes / 2))
    }

    /// Reads the newest generation that was completed; nothing when there is none at all.
    ///
    /// # Errors
    /// When there are generations and none can be read: why not the newest of them.
    pub(crate) async fn load(&mut self, passphrase: Option<&str>) -> Result<Option<Opened>, Fault> {
        let mut numbers: Vec<u64> =
            self.disk.list().await?.iter().filter_map(|name| generation_of(name)).collect();
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        self.current = None;
        self.newest = numbers.first().copied().unwrap_or(0);
        let mut first_fault = None;
        for number in numbers {
            let loaded = self.load_generation(number, passphrase).await;
            if loaded.is_err() {
                // Nothing is written there.
                self.disk.let_go(&log_name(number))?;
            }
            match loaded {
                Ok(opened) => return Ok(Some(opened)),
                // The very first was being begun, and nothing had been acknowledged.
                Err(Fault::Incomplete) if number == 0 => {}
                // One that was being begun; the one before it is there and has everything.
                Err(Fault::Incomplete) => first_fault = first_fault.or(Some(Fault::Damaged)),
                Err(
                    fault @ (Fault::Locked
                    | Fault::WrongKey
                    | Fault::NoKey
                    | Fault::Newer
                    | Fault::Browser(_)),
                ) => {
                    return Err(fault);
                }
                Err(fault) => first_fault = first_fault.or(Some(fault)),
            }
        }
        first_fault.map_or(Ok(None), Err)
    }

    async fn load_generation(&mut self, number: u64, passphrase: Option<&str>) -> Result<Opened, Fault> {
        let file = self.disk.reader(&log_name(number)).await?;
        let log = file.bytes(0, file.n_bytes()).await?;
        let (frames, tail) = read_frames(&log);
        if let Tail::Newer { .. } = tail {
            return Err(Fault::Newer);
        }
        let n_committed = frames.iter().rposition(|frame| frame.kind == COMMIT).map_or(0, |last| last + 1);
        let [first, second, changes @ ..] = &frames[..n_committed] else { return Err(Fault::Incomplete) };
        let guard = Guard::from_bytes(first.payload).filter(|_| first.kind == GUARD).ok_or(Fault::Damaged)?;
        let keyed = match self.keyed.clone().filter(|keyed| keyed.guard == guard) {
            Some(keyed) => keyed,
            None => guard.unlock(&self.browser, Some(&self.disk), passphrase).await?,
        };
        unseal(&self.browser, &keyed, second).await.map_err(|fault| match fault {
            Fault::WrongKey if keyed.guard == Guard::Device => Fault::NoKey,
            other => other,
        })?;
        let sequence = frames[n_committed - 1].sequence + 1;
        self.show_glance(&keyed, (number, sequence)).await;
        let mut restore = Restore::new();
        let mut snapshot_bytes = 0;
        if number > 0 {
            let name = snapshot_name(number);
            let snapshot = self.disk.reader(&name).await.map_err(|_| Fault::Damaged)?;
            snapshot_bytes = snapshot.n_bytes();
            let read = read_snapshot(&self.browser, &keyed, &mut Frames::new(snapshot), &mut restore).await;
            self.disk.let_go(&name)?;
            read.map_err(as_damage)?;
        }
        for frame in changes.iter().filter(|frame| frame.kind != COMMIT) {
            restore.push(frame.kind, &unseal(&self.browser, &keyed, frame).await.map_err(as_damage)?)?;
        }
        let log_bytes = frames[..n_committed].iter().map(|frame| frame_bytes(frame.payload.len())).sum();
        self.current = Some(Generation { number, log_bytes, snapshot_bytes, sequence });
        self.keyed = Some(keyed);
        Ok(Opened { engine: restore.finish()?, is_cut: matches!(tail, Tail::Corrupt { .. }) })
    }

    /// What another tab has added to the log since it was read, as far as it is committed.
    ///
    /// `None` when that is not the way on: nothing was read yet, there is another generation, or something does not fit.
    pub(crate) async fn news(&mut self) -> Result<Option<Vec<LogEntry>>, Fault> {
        let (Some(generation), Some(keyed)) = (self.current, self.keyed.clone()) else { return Ok(None) };
        let newest = self.disk.list().await?.iter().filter_map(|name| generation_of(name)).max();
        if newest != Some(generation.number) {
            return Ok(None);
        }
        let file = self.disk.reader(&log_name(generation.number)).await?;
        let added = file.bytes(generation.log_bytes, file.n_bytes()).await?;
        let (frames, _) = read_frames(&added);
        if frames.first().is_some_and(|frame| frame.sequence != generation.sequence) {
            return Ok(None);
        }
        let n_committed = frames.iter().rposition(|frame| frame.kind == COMMIT).map_or(0, |last| last + 1);
        let mut grown = generation;
        let mut entries = Vec::new();
        for frame in &frames[..n_committed] {
            let payload = unseal(&self.browser, &keyed, frame).await.map_err(as_damage)?;
            if frame.kind != COMMIT {
                entries.push(LogEntry { kind: frame.kind, payload });
            }
            grown.log_bytes += frame_bytes(frame.payload.len());
            grown.sequence = frame.sequence + 1;
        }
        self.current = Some(grown);
        Ok(Some(entries))
    }

    /// Makes ready for writing: cuts off what was never acknowledged, and deletes what another generation left behind.
    pub(crate) async fn settle(&mut self) -> Result<(), Fault> {
        let Some(generation) = self.current else { return self.delete_others().await };
        let log = log_name(generation.number);
        self.disk.hold(&log).await?;
        self.disk.truncate(&log, generation.log_bytes)?;
        self.disk.flush(&log)?;
        self.delete_others().await
    }

    async fn delete_others(&self) -> Result<(), Fault> {
        let kept = self.current.map(|current| (log_name(current.number), snapshot_name(current.number)));
        let keeps_glance = self.current.is_some() && self.glance == self.place();
        let mut names = self.disk.list().await?;
        // Logs first: a snapshot without a log is nothing, a log without its snapshot is damage.
        names.sort();
        for name in names {
            if keeps_glance && name == GLANCE_NAME {
                continue;
            }
            if kept.as_ref().is_none_or(|(log, snapshot)| name != *log && name != *snapshot) {
                self.disk.remove(&name).await?;
            }
        }
        Ok(())
    }

    /// Appends changes to the log; when this returns they are on the disk.
    ///
    /// # Errors
    /// When there is no room; the log is then as before.
    pub(crate) async fn append(&mut self, changes: &[Vec<LogEntry>]) -> Result<(), Fault> {
        if self.current.is_none() {
            self.begin(0, 0).await?;
        }
        let (Some(generation), Some(keyed)) = (self.current, &self.keyed) else { return Err(Fault::NoKey) };
        let log = log_name(generation.number);
        let mut grown = generation;
        let written: Result<(), Fault> = async {
            for change in changes {
                let commit = [LogEntry { kind: COMMIT, payload: Vec::new() }];
                for entry in change.iter().chain(&commit) {
                    let frame =
                        seal(&self.browser, keyed, entry.kind, grown.sequence, &entry.payload).await?;
                    self.disk.write(&log, grown.log_bytes, &frame)?;
                    grown.log_bytes += frame.len() as u64;
                    grown.sequence += 1;
                }
            }
            self.disk.flush(&log)
        }
        .await;
        match written {
            Ok(()) => self.current = Some(grown),
            // Where cutting fails as well, reading cuts: what was torn has no commit of its own unless all of it is there.
            Err(_) => drop(self.disk.truncate(&log, generation.log_bytes)),
        }
        written
    }

    /// Begins the log of a generation, which is what makes it the current one.
    async fn begin(&mut self, number: u64, snapshot_bytes: u64) -> Result<(), Fault> {
        let keyed = match self.keyed.clone() {
            Some(keyed) => keyed,
            None => self.device_keyed().await?,
        };
        let log = log_name(number);
        self.disk.hold(&log).await?;
        let mut bytes = guard_frame(&keyed.guard, 1);
        bytes.extend(seal(&self.browser, &keyed, COMMIT, 2, &[]).await?);
        let begun = self.disk.truncate(&log, 0).and_then(|()| self.disk.write(&log, 0, &bytes));
        if let Err(fault) = begun.and_then(|()| self.disk.flush(&log)) {
            self.disk.remove(&log).await?;
            return Err(fault);
        }
        self.current =
            Some(Generation { number, log_bytes: bytes.len() as u64, snapshot_bytes, sequence: 3 });
        self.keyed = Some(keyed);
        self.newest = self.newest.max(number);
        Ok(())
    }

    /// The key that the browser keeps, made when there is none.
    pub(crate) async fn device_keyed(&self) -> Result<Keyed, Fault> {
        let key = match self.disk.device_key().await? {
            Some(key) => key,
            None => self.disk.make_device_key().await?,
        };
        Ok(Keyed { guard: Guard::Device, key })
    }

    /// Writes the next generation, under another key where one is given, and deletes the one before.
    ///
    /// It holds the workspace as it is when this is called; what is changed later belongs into the new log.
    ///
    /// # Errors
    /// When there is no room or the engine changed meanwhile; the generation before is then as it was.
    pub(crate) async fn renew(
        &mut self,
        engine: &RefCell<Engine>,
        keyed: Option<Keyed>,
    ) -> Result<(), Fault> {
        // Before anything is awaited.
        let writer = engine.borrow().begin_snapshot();
        if self.current.is_none() {
            // So that a generation which is being begun always has one before it.
            self.begin(0, 0).await?;
        }
        let before = (self.keyed.clone(), self.current);
        let keyed = match keyed.or_else(|| self.keyed.clone()) {
            Some(keyed) => keyed,
            None => self.device_keyed().await?,
        };
        let number = self.newest + 1;
        let snapshot = snapshot_name(number);
        self.keyed = Some(keyed.clone());
        let written: Result<(), Fault> = async {
            let n_bytes = self.write_file(&snapshot, &keyed, engine, writer).await?;
            self.begin(number, n_bytes).await
        }
        .await;
        if written.is_err() {
            (self.keyed, self.current) = before;
            self.disk.remove(&snapshot).await?;
            return written;
        }
        if let (_, Some(old)) = before {
            self.disk.let_go(&log_name(old.number))?;
        }
        // The new generation counts; what cannot be deleted now is deleted when the workspace is opened again.
        self.delete_others().await.ok();
        Ok(())
    }

    async fn write_file(
        &self,
        name: &str,
        keyed: &Keyed,
        engine: &RefCell<Engine>,
        writer: SnapshotWriter,
    ) -> Result<u64, Fault> {
        self.disk.hold(name).await?;
        self.disk.truncate(name, 0)?;
        let mut n_bytes = 0;
        let written = write_snapshot(&self.browser, keyed, engine, writer, 1, |frame| {
            self.disk.write(name, n_bytes, frame)?;
            n_bytes += frame.len() as u64;
            Ok(())
        })
        .await;
        let written = written.and_then(|()| self.disk.flush(name));
        self.disk.let_go(name)?;
        written.map(|()| n_bytes)
    }

    /// Deletes all files and the key.
    pub(crate) async fn forget(&mut self) -> Result<(), Fault> {
        (self.current, self.keyed) = (None, None);
        self.delete_others().await?;
        self.newest = 0;
        self.disk.forget_device_key().await
    }
}

/// Bytes of a frame with a payload of this length.
fn frame_bytes(n_payload_bytes: usize) -> u64 {
    Header::plain(0, 0, n_payload_bytes as u64).n_frame_bytes()
}

/// Behind a key that is right, whatever doesn't decrypt or is missing is damage.
fn as_damage(fault: Fault) -> Fault {
    match fault {
        Fault::WrongKey | Fault::Incomplete => Fault::Damaged,
        other => other,
    }
}
