//! A desk with one engine on it: opens files the way every front end does, and asks for plain values.

use crate::english::English;
use engine::{Engine, Import, Inspection};
use protocol::figure::Figure;
use protocol::import::{ImportPlan, ImportReport, Mapping, Preview, Renewal};
use protocol::question::Question;
use protocol::report::{Card, Report};
use protocol::sentence::Sentence;
use protocol::view::{CaseList, GraphTable, JourneyMapView, Timeline, VariantList};
use protocol::{Failure, MapQuery, Reply, Request, Selection, bulk};

/// One workspace under test.
#[derive(Debug)]
pub struct Desk {
    /// The engine itself.
    pub engine: Engine,
}

impl Default for Desk {
    fn default() -> Self {
        Self::new()
    }
}

/// Bytes handed over at a time; an odd number, so that pieces end in the middle of rows and characters.
const PIECE_BYTES: usize = 4_093;

/// Looks at a file's beginning.
///
/// # Errors
/// The engine's own.
pub fn inspect(name: &str, bytes: &[u8]) -> Result<Preview, Failure> {
    let mut inspection = Inspection::new(name);
    for piece in bytes.chunks(PIECE_BYTES) {
        if !inspection.push(piece)? {
            break;
        }
    }
    inspection.finish()
}

/// The plan that follows from a preview when a person confirms the guess.
pub fn plan_of(preview: &Preview) -> ImportPlan {
    ImportPlan {
        name: preview.name.clone(),
        format: preview.format.clone(),
        mapping: preview.mapping.clone(),
        date_order: preview.time.date_order,
        zone_offset_minutes: preview.time.zone_offset_minutes,
        recipe: preview.recipe.as_ref().map(|recipe| recipe.text.clone()).unwrap_or_default(),
        treatments: None,
        renewal: Renewal::default(),
        consent: preview.consent.clone(),
        keep_for: Vec::new(),
    }
}

impl Desk {
    /// An empty workspace.
    pub fn new() -> Self {
        Self { engine: Engine::new() }
    }

    /// Opens a file with the guessed mapping.
    ///
    /// # Errors
    /// The engine's own; the workspace is then as before.
    pub fn open(&mut self, name: &str, bytes: &[u8]) -> Result<ImportReport, Failure> {
        self.open_with(name, bytes, |_| ())
    }

    /// Opens a file with the guessed mapping after `edit` changed it.
    ///
    /// # Errors
    /// The engine's own; the workspace is then as before.
    pub fn open_with(
        &mut self,
        name: &str,
        bytes: &[u8],
        edit: impl FnOnce(&mut Mapping),
    ) -> Result<ImportReport, Failure> {
        let mut plan = plan_of(&inspect(name, bytes)?);
        let guessed = plan.mapping.clone();
        edit(&mut plan.mapping);
        if plan.mapping != guessed {
            plan.recipe.clear();
        }
        let mut import = Import::new(plan)?;
        for piece in bytes.chunks(PIECE_BYTES) {
            import.push(piece)?;
        }
        self.engine.commit(import.finish()?)
    }

    /// All activities and edges.
    pub fn graph(&mut self) -> GraphTable {
        decode(self.ask(&Request::Graph), bulk::decode)
    }

    /// All variants.
    pub fn variants(&mut self) -> VariantList {
        let request = Request::Variants { offset: 0, limit: u32::MAX };
        decode(self.ask(&request), bulk::decode)
    }

    /// The map as first drawn.
    pub fn map(&mut self) -> JourneyMapView {
        self.map_of(MapQuery::default())
    }

    /// The map for a query.
    pub fn map_of(&mut self, query: MapQuery) -> JourneyMapView {
        decode(self.ask(&Request::Map { query }), bulk::decode)
    }

    /// All cases behind a mark.
    pub fn cases(&mut self, selection: Selection) -> CaseList {
        let request = Request::Cases { selection, offset: 0, limit: u32::MAX };
        decode(self.ask(&request), bulk::decode)
    }

    /// One case.
    pub fn case(&mut self, customer: &str) -> Timeline {
        let request = Request::Case { customer: customer.to_owned() };
        decode(self.ask(&request), bulk::decode)
    }

    /// The report that answers a question, in English.
    pub fn report(&mut self, question: &Question) -> Report {
        self.unworded_report(question).worded(&English::new())
    }

    /// How a figure came about, in English.
    pub fn card(&mut self, figure: &Figure) -> Card {
        self.unworded_card(figure).worded(&English::new())
    }

    /// How a figure came about, as it crosses the wire.
    pub fn unworded_card(&mut self, figure: &Figure) -> Card<Sentence> {
        decode(self.ask(&Request::Card { figure: Box::new(figure.clone()) }), bulk::decode)
    }

    /// The report that answers a question, as it crosses the wire.
    pub fn unworded_report(&mut self, question: &Question) -> Report<Sentence> {
        decode(self.ask(&Request::Ask { question: Box::new(question.clone()) }), bulk::decode)
    }

    /// All cases behind a figure of a report.
    pub fn cases_of_figure(&mut self, question: &Question, mark: &str) -> CaseList {
        self.cases(Selection::Figure { question: Box::new(question.clone()), mark: mark.to_owned() })
    }

    fn ask(&mut self, request: &Request) -> Vec<u8> {
        let answer = self.engine.answer(request).expect("the engine answers");
        assert_eq!(answer.reply, Reply::Bulk, "{request:?} is answered in bulk");
        answer.bulk.expect("a bulk answer has a buffer").to_vec()
    }
}

fn decode<T, E: std::fmt::Debug>(bytes: Vec<u8>, read: impl FnOnce(&[u8]) -> Result<T, E>) -> T {
    read(&bytes).expect("the buffer is valid")
}
