//! The map as it is drawn first, kept beside the workspace: it is shown while everything else is still being read.

use super::{
    Desk, Task,
    commands::pause,
    fault::Fault,
    frames::{seal, unseal},
    guard::Keyed,
    vault::Vault,
};
use crate::{bridge::Shared, message::send};
use event::frame::read_frames;
use protocol::Outcome;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// Name of the file.
pub(super) const GLANCE_NAME: &str = "glance";
/// Kind of its only frame: the number of a generation, and the map of the workspace whose log ends where the frame says.
const GLANCE: u8 = 252;
/// Time without a change after which the map is kept.
const CALM_MILLIS: i32 = 1_500;

impl Shared {
    /// Has the map kept when nothing changes for a while.
    pub(super) fn wish_glance(self: &Rc<Self>, desk: &Desk) {
        if !desk.writes() || desk.owes_snapshot || desk.vault.as_ref().is_none_or(Vault::has_glance) {
            return;
        }
        let shared = Rc::clone(self);
        let wish = shared.keeper.n_wishes.get().wrapping_add(1);
        shared.keeper.n_wishes.set(wish);
        spawn_local(async move {
            pause(CALM_MILLIS).await;
            if shared.keeper.n_wishes.get() == wish {
                shared.begin_task(Task::Glance);
            }
        });
    }

    /// Keeps the map for the next time. Where that fails, the next opening takes a little longer.
    pub(super) async fn keep_glance(&self, desk: &mut Desk) {
        // What is still to be written is in the engine already.
        if self.keeper.has_saves() {
            return;
        }
        let map = self.engine.borrow().glance();
        if desk.writes()
            && !desk.owes_snapshot
            && let Some(vault) = &mut desk.vault
        {
            vault.keep_glance(map.as_deref()).await.ok();
        }
    }
}

impl Vault {
    /// Whether nothing has changed since the map was kept.
    fn has_glance(&self) -> bool {
        self.place().is_none() || self.glance == self.place()
    }

    /// Shows the map that was kept when the log of this generation ended here; shows nothing where there is none.
    pub(super) async fn show_glance(&mut self, keyed: &Keyed, place: (u64, u64)) {
        if let Ok(Some(map)) = self.read_glance(keyed, place).await {
            self.glance = Some(place);
            send(0, &Outcome::Glance, Some(&map));
        }
    }

    async fn read_glance(
        &self,
        keyed: &Keyed,
        (number, sequence): (u64, u64),
    ) -> Result<Option<Vec<u8>>, Fault> {
        let file = self.disk.reader(GLANCE_NAME).await?;
        let bytes = file.bytes(0, file.n_bytes()).await?;
        let (frames, _) = read_frames(&bytes);
        let Some(frame) = frames.first().filter(|frame| frame.kind == GLANCE && frame.sequence == sequence)
        else {
            return Ok(None);
        };
        let plain = unseal(&self.browser, keyed, frame).await?;
        Ok(plain.strip_prefix(&number.to_le_bytes()).map(<[u8]>::to_vec))
    }

    async fn keep_glance(&mut self, map: Option<&[u8]>) -> Result<(), Fault> {
        let (Some((number, sequence)), Some(keyed)) = (self.place(), self.keyed.clone()) else {
            return Ok(());
        };
        // Tried once: what cannot be written now is not worth another try.
        self.glance = self.place();
        let Some(map) = map else { return self.disk.remove(GLANCE_NAME).await };
        let plain = [&number.to_le_bytes(), map].concat();
        let frame = seal(&self.browser, &keyed, GLANCE, sequence, &plain).await?;
        self.disk.hold(GLANCE_NAME).await?;
        self.disk.truncate(GLANCE_NAME, 0)?;
        self.disk.write(GLANCE_NAME, 0, &frame)?;
        self.disk.flush(GLANCE_NAME)
    }
}
