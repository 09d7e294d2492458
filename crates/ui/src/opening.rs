//! Files on their way in: looked into, inspected, reviewed by a person, imported, one after the other.

use crate::{
    journal::Entry,
    oneshot, personal,
    worker::{Client, Fault},
    workspace::{Review, Work, Workspace},
};
use leptos::{prelude::*, task::spawn_local};
use protocol::{
    Failure,
    import::{ImportPlan, ImportReport, Part, Preview, Progress, Reading, Renewal},
};
use std::{collections::VecDeque, sync::Arc};
use web_sys::File;

/// Left-out files that a message names.
const NAMED_MAX: usize = 5;

/// A file that waits for its turn.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    /// Its name, with the folders that were dropped.
    pub(crate) name: String,
    /// The file itself.
    pub(crate) file: File,
    /// What of it is wanted; `None` until it was looked into.
    pub(crate) part: Option<Part>,
}

impl Waiting {
    /// A file as it was chosen.
    pub(crate) fn new(file: File) -> Self {
        Self { name: file.name(), file, part: None }
    }
}

/// What a person decides about the file under review.
#[derive(Clone, Debug)]
pub(crate) enum Decision {
    /// It is left out.
    Skip,
    /// It is imported.
    Import(ImportPlan),
    /// It is imported, and so are those that wait, as they are guessed, unless one of them needs an answer.
    ImportAll(ImportPlan),
    /// It is read in another way first.
    Read(Reading),
}

impl Workspace {
    /// Queues files.
    pub(crate) fn open_files(self, mut files: Vec<Waiting>) {
        if let Some(at) = files.iter().position(|waiting| waiting.name.ends_with(".desirepath")) {
            self.exported.set(Some(files.swap_remove(at).file));
            self.shows_storage.set(true);
        }
        self.waiting_files.update_value(|waiting| waiting.extend(files));
        if self.importing.get_value() {
            let n_waiting = self.waiting_files.with_value(VecDeque::len);
            self.review.update(|review| {
                if let Some(review) = review {
                    review.n_waiting = n_waiting;
                }
            });
            return;
        }
        self.importing.set_value(true);
        spawn_local(async move {
            let mut asks = true;
            while let Some(waiting) = self.waiting_files.try_update_value(VecDeque::pop_front).flatten() {
                let opened = match waiting.part.clone() {
                    None => self.look_into(waiting).await,
                    Some(part) => self.open_part(waiting.file, part, &mut asks).await,
                };
                match opened {
                    Err(Fault::Gone) => return,
                    Err(fault) => self.warn_of(fault),
                    Ok(()) => {}
                }
                self.work.set(None);
            }
            self.importing.try_set_value(false);
        });
    }

    /// Puts what is in a file in front of the queue.
    async fn look_into(self, waiting: Waiting) -> Result<(), Fault> {
        let client = self.client().ok_or(Fault::Gone)?;
        let Waiting { name, file, .. } = waiting;
        let title = self.text.fill("work.inspect", &[&name]);
        self.work.set(Some(Work { title, progress: None, cancel_id: None }));
        let contents = client.contents(name.clone(), file.clone().into()).await?;
        if !contents.left_out.is_empty() {
            self.warn(self.left_out(&name, &contents.left_out));
        }
        let parts = contents.parts.into_iter().map(|part| Waiting {
            name: part.name.clone(),
            file: file.clone(),
            part: Some(part),
        });
        self.waiting_files.update_value(|queue| {
            parts.rev().for_each(|part| queue.push_front(part));
        });
        Ok(())
    }

    fn left_out(self, name: &str, files: &[(String, String)]) -> Failure {
        let named: Vec<String> = files
            .iter()
            .take(NAMED_MAX)
            .map(|(file, reason)| format!("{file}: {}", self.text.said(reason)))
            .collect();
        let count = self.text.plural("import.left_out", files.len() as u64);
        let more = if files.len() > NAMED_MAX { " …" } else { "" };
        Failure { message: format!("{name}: {count}"), advice: format!("{}{more}", named.join(" · ")) }
    }

    async fn open_part(self, file: File, mut part: Part, asks: &mut bool) -> Result<(), Fault> {
        let client = self.client().ok_or(Fault::Gone)?;
        let plan = loop {
            let (inspect_id, preview) = client.inspect(part.clone(), file.clone().into());
            let title = self.text.fill("work.inspect", &[&part.name]);
            self.work.set(Some(Work { title, progress: None, cancel_id: Some(inspect_id) }));
            let preview = preview.await?;
            self.work.set(None);
            if !*asks && is_lookup(&preview) {
                return Ok(());
            }
            if !*asks && is_clear(&preview) {
                break guessed(&preview);
            }
            match self.ask_about(preview).await? {
                Decision::Skip => return Ok(()),
                Decision::Import(plan) => break plan,
                Decision::ImportAll(plan) => {
                    *asks = false;
                    break plan;
                }
                Decision::Read(reading) => part.reading = Some(reading),
            }
        };
        let report = self.import(&client, plan.clone(), &file).await?;
        self.note(Entry::File { file, plan });
        self.take_in(vec![report]).await
    }

    /// Shows what was found and waits for a person.
    async fn ask_about(self, preview: Preview) -> Result<Decision, Fault> {
        let (sender, decision) = oneshot::channel();
        self.decision.set_value(Some(sender));
        let n_waiting = self.waiting_files.with_value(VecDeque::len);
        self.review.set(Some(Review { preview: Arc::new(preview), n_waiting }));
        decision.await.ok_or(Fault::Gone)
    }

    /// Imports a file under a plan.
    pub(crate) async fn import(
        self,
        client: &Client,
        plan: ImportPlan,
        file: &File,
    ) -> Result<ImportReport, Fault> {
        let title = self.text.fill("work.import", &[&plan.name]);
        let on_progress = move |progress: Progress| {
            self.work.update(|work| {
                if let Some(work) = work {
                    work.progress = Some(progress);
                }
            });
        };
        let (import_id, report) = client.import(plan, file.clone().into(), on_progress);
        self.work.set(Some(Work { title, progress: None, cancel_id: Some(import_id) }));
        report.await
    }

    /// Gives a person's decision on the file under review.
    pub(crate) fn decide(self, decided: Decision) {
        self.review.set(None);
        if let Some(sender) = self.decision.try_update_value(Option::take).flatten() {
            sender.send(decided);
        }
    }
}

/// Nothing about a file is open: the columns are found, and nothing hangs on an answer.
fn is_clear(preview: &Preview) -> bool {
    let mapping = &preview.mapping;
    let is_complete = mapping.customer.is_some() && mapping.activity.is_some() && mapping.time.is_some();
    (is_complete || preview.recipe.is_some())
        && !preview.time.date_order_open
        && preview.start.as_deref() != Some("")
}

/// A recognised list that explains the ids of other files and tells of nothing that happened.
fn is_lookup(preview: &Preview) -> bool {
    preview.recipe.as_ref().is_some_and(|recipe| !recipe.lookup.is_empty())
}

/// The plan that follows when nothing is changed.
fn guessed(preview: &Preview) -> ImportPlan {
    ImportPlan {
        name: preview.name.clone(),
        format: preview.format.clone(),
        mapping: preview.mapping.clone(),
        date_order: preview.time.date_order,
        zone_offset_minutes: preview.time.zone_offset_minutes,
        recipe: preview.recipe.as_ref().map(|recipe| recipe.text.clone()).unwrap_or_default(),
        treatments: Some(personal::proposed(preview)),
        renewal: Renewal::default(),
        consent: preview.consent.clone(),
        keep_for: Vec::new(),
    }
}
