//! The state of the room, which outlives its being shown: the form, the newest answer, what went wrong.

use super::{
    form::{Form, Kind},
    guess,
};
use crate::{
    link::{self, Found},
    worker::Fault,
    workspace::{Mode, Tab, Workspace},
};
use leptos::{ev, prelude::*, task::spawn_local};
use protocol::{
    Failure,
    history::{SegmentSize, View},
    question::{Filter, Question, Support},
    report::Report,
    view::GraphTable,
};
use std::sync::Arc;

/// A report with the question it answers, which the cases behind its figures are asked for with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// The question.
    pub(super) question: Question,
    /// The report.
    pub(super) report: Report,
}

/// What a link holds.
#[derive(Clone, Debug, PartialEq)]
enum Linked {
    Question(Box<Question>),
    View(Box<View>),
}

/// The state; cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Room {
    /// What is asked.
    pub(super) form: RwSignal<Form>,
    /// The newest answer; an older one stays until it comes.
    pub(super) answer: RwSignal<Option<Arc<Answer>>>,
    /// Why the newest question has no answer.
    pub(super) failure: RwSignal<Option<Failure>>,
    /// An answer is under way.
    pub(super) is_asking: RwSignal<bool>,
    /// Names of activities for the fields, most frequent first.
    pub(super) activities: RwSignal<Vec<String>>,
    /// Segments of the workspace with their sizes, by name.
    pub(super) segments: RwSignal<Vec<SegmentSize>>,
    /// The data is known, so that first guesses are in the form.
    pub(super) is_ready: RwSignal<bool>,
    /// What the address holds, while it waits for data.
    linked: RwSignal<Option<Linked>>,
    wish: StoredValue<Option<Question>>,
    guessed: StoredValue<(Vec<Vec<String>>, Support)>,
}

impl Room {
    /// Makes the state; a whole page also follows the question in its address.
    pub(crate) fn new(workspace: Workspace) -> Self {
        let room = Self {
            form: RwSignal::new(Form::new()),
            answer: RwSignal::new(None),
            failure: RwSignal::new(None),
            is_asking: RwSignal::new(false),
            activities: RwSignal::new(Vec::new()),
            segments: RwSignal::new(Vec::new()),
            is_ready: RwSignal::new(false),
            linked: RwSignal::new(None),
            wish: StoredValue::new(None),
            guessed: StoredValue::new((Vec::new(), Support::default())),
        };
        if workspace.mode == Mode::App {
            room.read_address(workspace);
            let listener = window_event_listener(ev::hashchange, move |_| room.read_address(workspace));
            on_cleanup(move || listener.remove());
            room.follow_link(workspace);
        }
        room
    }

    fn read_address(self, workspace: Workspace) {
        match link::found_in_address() {
            Found::Nothing => {}
            Found::Unreadable => {
                let text = workspace.text;
                let (message, advice) = (text.s("ask.link.bad"), text.s("ask.link.bad.advice"));
                workspace.warn(Failure { message: message.to_owned(), advice: advice.to_owned() });
            }
            Found::Question(question) => self.linked.set(Some(Linked::Question(question))),
            Found::View(view) => self.linked.set(Some(Linked::View(view))),
        }
    }

    /// What is asked now.
    pub(crate) fn question(self) -> Question {
        self.form.with_untracked(Form::question)
    }

    /// Puts a question into the form, which asks it.
    pub(crate) fn open(self, question: Question) {
        self.form.update(|form| form.take(question));
    }

    /// Names of the analyses, in the order shown.
    pub(crate) fn kinds() -> impl Iterator<Item = &'static str> {
        Kind::ALL.into_iter().map(|(_, name)| name)
    }

    /// Chooses an analysis by name.
    pub(crate) fn choose(self, name: &str) {
        if let Some((kind, _)) = Kind::ALL.into_iter().find(|(_, known)| *known == name) {
            self.form.update(|form| form.kind = kind);
        }
    }

    /// Asks what is asked now of a segment alone.
    pub(crate) fn ask_of_segment(self, name: String) {
        let mut question = self.question();
        question.query.filter = Filter::Segment { name };
        self.open(question);
    }

    /// Opens what a link holds as soon as there is data to ask.
    fn follow_link(self, workspace: Workspace) {
        let has_map = Memo::new(move |_| workspace.map.with(Option::is_some));
        Effect::new(move |_| {
            if !has_map.get() || self.linked.with(Option::is_none) {
                return;
            }
            match self.linked.try_update(Option::take).flatten() {
                Some(Linked::Question(question)) => {
                    self.open(*question);
                    workspace.tab.set(Tab::Analyses);
                }
                Some(Linked::View(view)) => workspace.open_view(self, &view),
                None => {}
            }
        });
    }

    /// Takes in what the data has, and guesses what the person has not filled in.
    pub(super) fn learn(self, graph: &GraphTable) {
        self.activities.set(graph.activities.iter().map(|row| row.name.clone()).collect());
        let (steps, support) = (guess::funnel_steps(graph), guess::support(graph));
        let (old_steps, old_support) = self.guessed.get_value();
        self.form.update(|form| {
            if form.funnel.steps == old_steps {
                form.funnel.steps.clone_from(&steps);
            }
            if form.support == old_support {
                form.support = support.clone();
            }
        });
        self.guessed.set_value((steps, support));
        self.is_ready.set(true);
    }

    /// Asks a question; while an answer is under way only the newest wish is kept.
    pub(super) fn ask(self, workspace: Workspace, question: Question) {
        self.wish.set_value(Some(question));
        if self.is_asking.get_untracked() {
            return;
        }
        self.is_asking.set(true);
        spawn_local(async move {
            while let Some(question) = self.wish.try_update_value(Option::take).flatten() {
                let Some(client) = workspace.client() else { return };
                let answer = client.answer(question.clone()).await;
                if self.is_asking.is_disposed() {
                    return;
                }
                match answer {
                    Ok(report) => {
                        self.failure.set(None);
                        let report = report.worded(&workspace.text);
                        self.answer.set(Some(Arc::new(Answer { question, report })));
                    }
                    Err(Fault::Failed(failure)) => self.failure.set(Some(failure)),
                    Err(Fault::Cancelled | Fault::Gone) => {}
                }
            }
            self.is_asking.set(false);
        });
    }
}

/// The state of the room of the widget this view is in.
pub(super) fn use_room() -> Room {
    expect_context::<Room>()
}
