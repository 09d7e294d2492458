//! A mapping is kept, used again for the next file with the same columns, given away, and taken back.

use crate::history::{logging_desk, restore};
use engine::{Engine, Import, Inspection};
use protocol::import::{ImportPlan, ImportReport, KeptMapping, Preview};
use protocol::{Failure, Reply, Request};
use tests::desk::{Desk, plan_of};

const ORDERS: &str =
    "nr,who,what,when,price\n1,ada,order,03/04/2026 10:00,9.5\n2,ben,order,03/05/2026 11:00,3\n";

/// A look at a file in a workspace, as a page has it.
fn look(engine: &Engine, name: &str, text: &str) -> Preview {
    let mut inspection = Inspection::new(name).under(engine.terms());
    inspection.push(text.as_bytes()).expect("it is text");
    inspection.finish().expect("it has records")
}

fn import(engine: &mut Engine, plan: ImportPlan, text: &str) -> Result<ImportReport, Failure> {
    let mut import = Import::under(plan, engine.terms())?;
    import.push(text.as_bytes())?;
    engine.commit(import.finish()?)
}

fn mappings(engine: &mut Engine) -> Vec<KeptMapping> {
    match engine.answer(&Request::Mappings).expect("a list").reply {
        Reply::Mappings { mappings } => mappings,
        other => panic!("no list: {other:?}"),
    }
}

/// The plan of a person who says that the price is a text, that months come first, and to keep that.
fn by_hand(preview: &Preview) -> ImportPlan {
    let mut plan = plan_of(preview);
    plan.mapping.set("customer", Some("who".to_owned()));
    plan.mapping.set("activity", Some("what".to_owned()));
    plan.mapping.set("time", Some("when".to_owned()));
    plan.mapping.set("money", None);
    plan.mapping.set("text", Some("price".to_owned()));
    plan.date_order = protocol::import::DateOrder::MonthFirst;
    plan.zone_offset_minutes = 120;
    plan.keep_for = preview.columns.iter().map(|column| column.name.clone()).collect();
    plan
}

/// A workspace into which a file was mapped by hand.
fn mapped() -> Desk {
    let mut desk = logging_desk();
    let preview = look(&desk.engine, "orders.csv", ORDERS);
    assert_eq!(preview.own, None, "nothing is known of it");
    assert!(preview.time.date_order_open, "the file leaves the order open");
    import(&mut desk.engine, by_hand(&preview), ORDERS).expect("it opens");
    desk
}

#[test]
fn the_next_file_with_the_same_columns_is_read_as_the_first() {
    let mut desk = mapped();
    let again = look(
        &desk.engine,
        "more.csv",
        &ORDERS.replace("nr,who", "who,nr").replace("1,ada", "ada,1").replace("2,ben", "ben,2"),
    );
    assert_eq!(again.own.as_ref().map(|own| own.title.as_str()), Some("orders.csv"), "and it is said");
    assert_eq!((again.mapping.text.as_deref(), again.mapping.money.as_deref()), (Some("price"), None));
    assert_eq!(again.time.zone_offset_minutes, 120, "with its zone");
    assert_eq!(again.time.date_order, protocol::import::DateOrder::MonthFirst, "and order of dates");
    assert!(!again.time.date_order_open, "nobody is asked again");
    let guess = again.without_own();
    assert_eq!((guess.mapping.money.as_deref(), guess.own), (Some("price"), None), "the guess is at hand");
    let other = look(&desk.engine, "other.csv", "who,what,when\nada,order,2026-03-01\n");
    assert_eq!(other.own, None, "other columns are another table");
    // The same mapping confirmed once more is no other one.
    let n_before = mappings(&mut desk.engine);
    let mut plan = plan_of(&again);
    plan.keep_for = by_hand(&again).keep_for;
    import(&mut desk.engine, plan, ORDERS).expect("it opens");
    assert_eq!(mappings(&mut desk.engine), n_before, "it keeps its name");
}

#[test]
fn it_goes_with_the_deed_and_stays_on_the_disk() {
    let mut desk = mapped();
    assert_eq!(mappings(&mut desk.engine).len(), 1);
    let log = desk.engine.take_log();
    assert_eq!(mappings(&mut restore(&log)), mappings(&mut desk.engine), "what was logged has it");
    desk.engine.answer(&Request::Undo).expect("the import is taken back");
    assert_eq!(mappings(&mut desk.engine), [], "with what it kept");
    desk.engine.answer(&Request::Redo).expect("and done again");
    let kept = mappings(&mut desk.engine);
    desk.engine.answer(&Request::ForgetMapping { name: kept[0].name.clone() }).expect("it is there");
    assert_eq!(look(&desk.engine, "more.csv", ORDERS).own, None, "forgotten");
    assert!(desk.engine.answer(&Request::ForgetMapping { name: kept[0].name.clone() }).is_err(), "only once");
    desk.engine.answer(&Request::Undo).expect("forgetting is taken back");
    assert_eq!(mappings(&mut desk.engine), kept);
}

#[test]
fn a_page_is_given_away_and_opened_elsewhere() {
    let mut desk = mapped();
    let page = mappings(&mut desk.engine).remove(0).text;
    assert!(
        page.contains("\ncustomer who\n") && page.contains("\nzone +02:00\n"),
        "a person can read it: {page}"
    );
    let mut other = Desk::new();
    other.engine.answer(&Request::KeepMapping { text: page }).expect("it is a page");
    assert_eq!(
        look(&other.engine, "orders.csv", ORDERS).mapping,
        look(&desk.engine, "orders.csv", ORDERS).mapping
    );
    // A recipe of one's own takes the place of what the program knows.
    let recipe = "recipe shop 1\ntitle Our shop\ncolumns nr, who, what, when\nrecord {nr}\ncustomer shop:{who}\nevent {what}\n  at when\n  money {price}\n";
    other.engine.answer(&Request::KeepMapping { text: recipe.to_owned() }).expect("it is one");
    let seen = look(&other.engine, "orders.csv", ORDERS);
    assert_eq!(
        seen.own.map(|own| own.title),
        Some("orders.csv".to_owned()),
        "the one that asks for more columns"
    );
    other.engine.answer(&Request::Undo).expect("taken back");
    other.engine.answer(&Request::Undo).expect("taken back");
    other.engine.answer(&Request::KeepMapping { text: recipe.to_owned() }).expect("alone");
    let seen = look(&other.engine, "orders.csv", ORDERS);
    assert_eq!(seen.recipe.as_ref().map(|recipe| recipe.title.as_str()), Some("Our shop"));
    import(&mut other.engine, plan_of(&seen), ORDERS).expect("it opens");
    assert_eq!(other.case("shop:ada").events.len(), 1, "its names hold");
    let refused = other.engine.answer(&Request::KeepMapping { text: "mapping 1\ncolour red\n".to_owned() });
    let said = refused.expect_err("it is none").message;
    assert!(said.contains("line 2: “colour” is not known"), "{said}");
}
