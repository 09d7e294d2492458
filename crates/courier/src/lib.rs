//! The third bridge: follows other systems in the worker, as a module loaded when there is a connection.
//!
//! Data path: connector → **courier** → gate or system → **courier** → connector → events → the engine's own bridge.
//!
//! Entry points: [`Courier`] takes errands of the page and calls of the gate. What is performed is planned by the
//! connector; requests, timers and the engine are reached through `web/courier.js`.
//!
//! This crate does not know: the engine's types, the screen, any secret of a system.

mod aim;
mod desk;
mod kept;
mod run;
mod sketch;
mod words;
mod world;
mod write;

use desk::Desk;
use protocol::{Failure, courier::Errand};
use std::rc::Rc;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use world::World;

/// Follows the connections of one workspace.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Courier(Rc<Desk>);

#[wasm_bindgen]
impl Courier {
    /// Begins with nothing; `world` is what `web/courier.js` gives.
    #[wasm_bindgen(constructor)]
    pub fn new(world: World) -> Courier {
        Courier(Rc::new(Desk::new(world)))
    }

    /// Reads what is kept with the workspace, and goes on with it.
    pub async fn open(&self) {
        Rc::clone(&self.0).open().await;
    }

    /// Takes an errand of the page; it is answered once, under its number.
    pub fn receive(&self, id: u32, errand: JsValue, bytes: Option<Vec<u8>>) {
        let desk = Rc::clone(&self.0);
        spawn_local(async move {
            let answer = match serde_wasm_bindgen::from_value::<Errand>(errand) {
                Ok(errand) => desk.run_errand(errand, bytes.unwrap_or_default()).await,
                Err(cause) => Err(Failure {
                    message: format!("The worker did not understand a message of this page ({cause})."),
                    advice: "Reload the page.".to_owned(),
                }),
            };
            desk.world.answer(id, answer);
        });
    }

    /// The gate calls that an upstream has something new; none stands for any, after calls were missed.
    pub fn hint(&self, upstream: Option<String>) {
        self.0.hint(upstream.as_deref());
    }

    /// The gate's calls are heard, or not any more.
    pub fn heard(&self, is_heard: bool) {
        self.0.heard(is_heard);
    }

    /// The workspace was changed by others: what is known of it is read anew.
    pub async fn forget(&self) {
        Rc::clone(&self.0).open().await;
    }
}
