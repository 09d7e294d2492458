//! Writes what the native engine answers about every log of some folders, for comparison with the worker's answers.
//!
//! `native_answers OUT FOLDER…` makes one folder a log: its `path.txt`, and one file of bulk bytes a question,
//! or `failure.txt` where the log cannot be used. The same input must give the same bytes in the browser.

use anyhow::{Context, Result, anyhow};
use engine::{Engine, Import, Inspection};
use protocol::{
    Failure, MapQuery, Request, Selection,
    import::{ImportPlan, Preview, Renewal},
};
use std::{
    env, fs,
    path::{Path, PathBuf},
};

fn main() -> Result<()> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let out = arguments.next().context("usage: native_answers OUT FOLDER…")?;
    for folder in arguments {
        for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            let is_log = path
                .extension()
                .is_some_and(|end| ["csv", "json", "ndjson", "xes", "gz"].iter().any(|log| end == *log));
            if is_log {
                write_answers(&path, &out)?;
            }
        }
    }
    Ok(())
}

fn write_answers(path: &Path, out: &Path) -> Result<()> {
    let name = path.file_name().context("a log has a name")?.to_string_lossy().into_owned();
    let folder = out.join(&name);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("path.txt"), path.canonicalize()?.to_string_lossy().as_bytes())?;
    let bytes = fs::read(path)?;
    match open(&name, &bytes) {
        Ok(mut engine) => {
            for (question, request) in questions() {
                let answer = engine.answer(&request).map_err(said)?;
                let bulk = answer.bulk.with_context(|| format!("{question} has no bulk"))?;
                fs::write(folder.join(format!("{question}.bin")), &bulk)?;
            }
        }
        Err(failure) => fs::write(folder.join("failure.txt"), failure.message)?,
    }
    Ok(())
}

fn open(name: &str, bytes: &[u8]) -> Result<Engine, Failure> {
    let mut inspection = Inspection::new(name);
    inspection.push(bytes)?;
    let mut import = Import::new(plan(inspection.finish()?))?;
    import.push(bytes)?;
    let mut engine = Engine::new();
    engine.commit(import.finish()?)?;
    Ok(engine)
}

/// The plan of a person who confirms every guess.
fn plan(preview: Preview) -> ImportPlan {
    ImportPlan {
        name: preview.name,
        format: preview.format,
        mapping: preview.mapping,
        date_order: preview.time.date_order,
        zone_offset_minutes: preview.time.zone_offset_minutes,
        recipe: String::new(),
        treatments: None,
        renewal: Renewal::default(),
        consent: None,
        keep_for: Vec::new(),
    }
}

fn questions() -> [(&'static str, Request); 4] {
    [
        ("map", Request::Map { query: MapQuery::default() }),
        ("graph", Request::Graph),
        ("variants", Request::Variants { offset: 0, limit: 100 }),
        ("cases", Request::Cases { selection: Selection::All, offset: 0, limit: 100 }),
    ]
}

fn said(failure: Failure) -> anyhow::Error {
    anyhow!(failure.message)
}
