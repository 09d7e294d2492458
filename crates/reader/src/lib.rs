//! What other formats hold: turns archives, mail, transcripts, chats, workbooks and databases into records.
//!
//! Data path: file → **reader** → source → event store. A record leaves as one JSON object a line, whose keys are the names
//! of the roles (`customer`, `activity`, `time`, `text`, …) wherever the format itself says what is what, so that nothing has
//! to be mapped by hand. The number of the line is that of the line, row or message in the file.
//!
//! Entry points: [`contents`] says what is in a file; [`Reader`] makes the records of one thing in it, a piece at a time.
//! In the browser this crate is a WebAssembly module of its own, loaded when the first such file is opened.
//!
//! This crate does not know: where bytes come from, what an event is, the engine, the screen.
//!
//! ```
//! use protocol::import::Reading;
//! use std::io::Cursor;
//!
//! let file = "[1/31/26, 9:05:00 AM] Ada: Where is my parcel?\n[1/31/26, 9:06:00 AM] Support: On its way.\n";
//! let contents = reader::contents("chat.txt", Box::new(Cursor::new(file)))?;
//! let reading = contents.parts[0].reading.clone().unwrap_or_default();
//! assert_eq!(reading.kind, "WhatsApp");
//! let mut reader = reader::Reader::open("chat.txt", Box::new(Cursor::new(file)), &reading)?;
//! let piece = reader.next_piece()?.map(|piece| piece.records).unwrap_or_default();
//! assert!(String::from_utf8_lossy(&piece).contains(r#""customer":"Ada""#), "who wrote");
//! # Ok::<(), protocol::Failure>(())
//! ```

mod input;
mod output;
mod reader;

mod archive;
mod intercom;
mod mail;
mod moment;
mod ocel;
mod parquet;
mod quotation;
mod slack;
mod sqlite;
mod telegram;
mod transcript;
mod whatsapp;
mod workbook;

pub use input::{Bytes, Input};
pub use output::Piece;
pub use reader::{Reader, contents};
