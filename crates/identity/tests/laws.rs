//! What holds for any records: the order of arrival, coming later, and taking back change nothing.

use identity::{Cause, Directory, Field, Model, Record, Settings, Shared, Trait, Verdict};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const GIVEN: [&str; 6] = ["Anna", "Bob", "Robert", "Carla", "Dieter", "Ana"];
const FAMILY: [&str; 5] = ["Weber", "Webber", "Schmidt", "O'Brien", "Li"];
const MAIL: [&str; 6] = ["a@x.com", "b@x.com", "info@x.com", "weber@gmail.com", "li+1@y.org", ""];
const PHONE: [&str; 4] = ["+49 30 1234567", "0049301234567", "+1 415 555 0132", ""];
const BIRTH: [&str; 4] = ["1980-01-02", "1980-02-01", "1971-06-24", ""];

fn records() -> impl Strategy<Value = Vec<Record>> {
    let one = (0..6_usize, 0..5_usize, 0..6_usize, 0..4_usize, 0..4_usize, 0..3_u16);
    prop::collection::vec(one, 1..40).prop_map(|all| {
        type Picks = (usize, usize, usize, usize, usize, u16);
        let record = |(i, (given, family, mail, phone, birth, source)): (usize, Picks)| Record {
            source,
            key: format!("key-{i}"),
            fields: vec![
                (Field::Is(Trait::GivenName), GIVEN[given].to_owned()),
                (Field::Is(Trait::FamilyName), FAMILY[family].to_owned()),
                (Field::Is(Trait::Email), MAIL[mail].to_owned()),
                (Field::Is(Trait::Phone), PHONE[phone].to_owned()),
                (Field::Is(Trait::BirthDate), BIRTH[birth].to_owned()),
            ],
        };
        all.into_iter().enumerate().map(record).collect()
    })
}

fn automatic() -> Settings {
    Settings { automatic: true, sure: 0.9, review: 0.5, ..Settings::default() }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).expect("few records")
}

/// Who is whom, by keys.
fn partition(directory: &Directory) -> BTreeSet<BTreeSet<String>> {
    let mut groups: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    for record in 0..number(directory.n_records()) {
        groups.entry(directory.customer_of(record)).or_default().insert(directory.key(record).1.to_owned());
    }
    groups.into_values().collect()
}

fn trained(records: &[Record]) -> Directory {
    let mut directory = Directory::new(automatic());
    directory.add(records);
    directory.train();
    directory
}

/// Everything that a person can see of it.
fn seen(directory: &Directory) -> String {
    let n = number(directory.n_records());
    let who: Vec<(u32, Vec<identity::Join>)> =
        (0..n).map(|record| (directory.customer_of(record), directory.why(record).to_vec())).collect();
    let bands = directory.bands();
    let decisions: Vec<_> = directory.decisions().collect();
    format!("{who:?} {:?} {bands:?} {decisions:?} {:?}", directory.proposals(0.1), directory.left_out())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_records_changes_nothing(records in records(), seed in any::<u64>()) {
        let mut shuffled = records.clone();
        shuffled.sort_by_key(|record| record.key.bytes().fold(seed, |h, b| h.rotate_left(7).wrapping_mul(31) ^ u64::from(b)));
        let (one, other) = (trained(&records), trained(&shuffled));
        prop_assert_eq!(partition(&one), partition(&other));
        let close = |a: &Model, b: &Model| (a.prior - b.prior).abs() <= 1e-12 + 1e-9 * a.prior;
        prop_assert!(close(one.model().expect("trained"), other.model().expect("trained")));
    }

    #[test]
    fn coming_later_changes_nothing(records in records(), at in any::<prop::sample::Index>(), by_weight in any::<bool>()) {
        let all = trained(&records);
        let settings = Settings { automatic: by_weight, ..automatic() };
        let split = at.index(records.len());
        let mut later = Directory::new(settings);
        later.set_model(all.model().cloned());
        later.add(&records[..split]);
        for record in &records[split..] {
            later.add(std::slice::from_ref(record));
        }
        let mut at_once = Directory::new(settings);
        at_once.set_model(all.model().cloned());
        at_once.add(&records);
        // Weights know how common a name is by now, so that only who shares what must agree record by record.
        if by_weight {
            later.set_model(all.model().cloned());
        }
        prop_assert_eq!(partition(&later), partition(&at_once));
        prop_assert_eq!(later.bands().n_compared, at_once.bands().n_compared);
    }

    #[test]
    fn taking_back_gives_what_was(records in records(), picks in prop::collection::vec((any::<u32>(), any::<u32>(), 0..3_u8), 1..12)) {
        let mut directory = trained(&records);
        let n = number(records.len());
        let mut undo = Vec::new();
        let mut states = Vec::new();
        for (a, b, verdict) in picks {
            states.push(seen(&directory));
            let verdict = [None, Some(Verdict::Same), Some(Verdict::Apart)][verdict as usize];
            undo.push(directory.decide(&[((a % n, b % n), verdict)]));
            let (a, b) = (a % n, b % n);
            match verdict {
                Some(Verdict::Apart) if a != b => prop_assert_ne!(directory.customer_of(a), directory.customer_of(b)),
                _ => (),
            }
        }
        while let Some(step) = undo.pop() {
            directory.decide(&step);
            prop_assert_eq!(Some(seen(&directory)), states.pop());
        }
    }

    #[test]
    fn a_weight_is_the_sum_of_its_steps(records in records()) {
        let directory = trained(&records);
        for a in 0..number(records.len()) {
            for b in 0..a {
                let sum: f64 = directory.explain(a, b).iter().map(|step| step.bits).sum();
                let weight = directory.weight(a, b).expect("trained");
                prop_assert!((sum - weight).abs() < 1e-9, "{} {}", sum, weight);
                prop_assert_eq!(Some(weight), directory.weight(b, a), "of both sides the same");
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(texts in prop::collection::vec((0..14_usize, "\\PC{0,24}"), 0..40)) {
        let field = |at: usize| Trait::ALL.get(at).map_or(Field::FullName, |which| Field::Is(*which));
        let records: Vec<Record> = (0..).zip(texts.chunks(4)).map(|(i, part)| Record {
            source: i,
            key: i.to_string(),
            fields: part.iter().map(|(at, text)| (field(*at), text.clone())).collect(),
        }).collect();
        let directory = trained(&records);
        prop_assert!(directory.n_customers() <= records.len());
    }
}

fn person(key: usize, fields: &[(Trait, &str)]) -> Record {
    let fields = fields.iter().map(|(which, value)| (Field::Is(*which), (*value).to_owned())).collect();
    Record { source: 0, key: key.to_string(), fields }
}

#[test]
fn a_phone_of_forty_people_links_nobody() {
    let names = [
        "Anna Abel",
        "Bruno Bach",
        "Clara Cohn",
        "Dora Diehl",
        "Emil Ernst",
        "Fritz Falk",
        "Gerda Graf",
        "Hans Huber",
    ];
    let record = |i: usize| {
        let (given, family) = names[i % 8].split_once(' ').expect("two words");
        let family = format!("{family}{}", ["", "mann", "stein", "wald", "berg"][i / 8]);
        person(i, &[(Trait::GivenName, given), (Trait::FamilyName, &family), (Trait::Phone, "+49301234567")])
    };
    let mut directory = Directory::new(Settings::default());
    directory.add(&(0..40).map(record).collect::<Vec<_>>());
    assert_eq!(directory.n_customers(), 40, "nobody is merged");
    let shared = directory.shared_identifiers();
    assert!(
        matches!(shared[..], [(Trait::Phone, "+49301234567", Shared::Persons(n), 40)] if n > 3),
        "{shared:?}"
    );
}

#[test]
fn a_kiosk_without_names_is_found_by_its_addresses() {
    let record = |i: usize| {
        person(i, &[(Trait::Phone, "+49301234567"), (Trait::Email, &format!("person{i}x@mail.org"))])
    };
    let mut directory = Directory::new(Settings::default());
    directory.add(&(0..20).map(record).collect::<Vec<_>>());
    assert_eq!(directory.n_customers(), 20, "nobody is merged");
}

#[test]
fn a_function_and_a_family_do_not_chain() {
    let mut directory = Directory::new(Settings::default());
    directory.add(&[
        person(0, &[(Trait::GivenName, "Ann"), (Trait::FamilyName, "Lee"), (Trait::Email, "info@acme.com")]),
        person(
            1,
            &[(Trait::GivenName, "Bert"), (Trait::FamilyName, "Kuhn"), (Trait::Email, "info@acme.com")],
        ),
        person(2, &[(Trait::GivenName, "Eva"), (Trait::FamilyName, "Roth"), (Trait::Phone, "+49301234567")]),
        person(
            3,
            &[(Trait::GivenName, "Udo"), (Trait::FamilyName, "Sommer"), (Trait::Phone, "+49301234567")],
        ),
        person(4, &[(Trait::GivenName, "E."), (Trait::FamilyName, "Roth"), (Trait::Phone, "+49 30 1234567")]),
    ]);
    assert_eq!(directory.members(2), [2, 4], "an initial is no other person");
    assert_eq!(directory.n_customers(), 4, "the others stay apart");
    let proposals = directory.proposals(0.8);
    assert_eq!(proposals.len(), 1, "whether two names with one phone are one is asked: {proposals:?}");
    assert_eq!(proposals[0].conflict, Some(Trait::Phone), "and why");
}

#[test]
fn why_two_are_one_and_how_they_are_split() {
    let mut directory = Directory::new(Settings::default());
    directory.add(&[
        person(0, &[(Trait::Email, "ada@x.com")]),
        person(
            1,
            &[(Trait::Email, "a.da@x.com"), (Trait::Phone, "+49301234567"), (Trait::Email, "ada@x.com")],
        ),
        person(2, &[(Trait::Phone, "030 1234567"), (Trait::Country, "de")]),
    ]);
    assert_eq!(directory.n_customers(), 1, "through the one in the middle");
    let way: Vec<_> = directory.why_one(0, 2).iter().map(|join| (join.pair, join.cause)).collect();
    let expected = [((0, 1), Cause::Shared(Trait::Email)), ((1, 2), Cause::Shared(Trait::Phone))];
    assert_eq!(way, expected, "each step with its reason");
    let undo = directory.decide(&[((0, 2), Some(Verdict::Apart)), ((1, 2), Some(Verdict::Apart))]);
    assert_eq!((directory.members(0), directory.members(2)), (vec![0, 1], vec![2]), "one is split off");
    directory.decide(&undo);
    assert_eq!(directory.n_customers(), 1, "and back");
}

#[test]
fn one_link_does_not_merge_two_crowds() {
    let crowd = |from: usize, given: &str, family: &str, birth: &str, city: &str| -> Vec<Record> {
        (from..from + 5)
            .map(|i| {
                person(
                    i,
                    &[
                        (Trait::GivenName, given),
                        (Trait::FamilyName, family),
                        (Trait::BirthDate, birth),
                        (Trait::City, city),
                        (Trait::Postcode, if i % 2 == 0 { "10115" } else { "10117" }),
                    ],
                )
            })
            .collect()
    };
    let mut records = crowd(0, "Johanna", "Hoffmann", "1980-01-02", "Berlin");
    records.extend(crowd(5, "Maria", "Obermeier", "1955-11-23", "Passau"));
    for (i, name) in
        ["Kai Ahrens", "Leo Brandt", "Mia Claus", "Nils Dorn", "Ole Ebert", "Pia Frank"].iter().enumerate()
    {
        let (given, family) = name.split_once(' ').expect("two words");
        records.push(person(
            20 + i,
            &[(Trait::GivenName, given), (Trait::FamilyName, family), (Trait::City, "Bonn")],
        ));
    }
    let mut directory = Directory::new(Settings { automatic: true, ..Settings::default() });
    directory.add(&records);
    directory.train();
    assert_eq!(
        (directory.members(0).len(), directory.members(5).len()),
        (5, 5),
        "each crowd is one customer"
    );
    // A bridge: someone who looks like both.
    directory.add(&[person(
        40,
        &[
            (Trait::GivenName, "Maria"),
            (Trait::GivenName, "Johanna"),
            (Trait::FamilyName, "Obermeier"),
            (Trait::FamilyName, "Hoffmann"),
            (Trait::BirthDate, "1980-01-02"),
            (Trait::BirthDate, "1955-11-23"),
        ],
    )]);
    assert_ne!(directory.customer_of(0), directory.customer_of(5), "the bridge joins one of them at most");
}

#[test]
fn decisions_teach() {
    let records: Vec<Record> = (0..60)
        .map(|i| {
            let twin = i / 2;
            let family = FAMILY[twin % 5];
            let mail = format!("{}{}@mail{}.org", family.to_lowercase().replace('\'', ""), twin, i % 2);
            person(
                i,
                &[(Trait::GivenName, GIVEN[twin % 6]), (Trait::FamilyName, family), (Trait::Email, &mail)],
            )
        })
        .collect();
    let mut directory = Directory::new(Settings::default());
    directory.add(&records);
    directory.train();
    let before = directory.weight(0, 1).expect("trained");
    let pairs: Vec<_> = (0..12).map(|i| ((4 * i, 4 * i + 1), Some(Verdict::Apart))).collect();
    directory.decide(&pairs);
    directory.train();
    let after = directory.weight(0, 1).expect("trained");
    assert!(after < before - 1.0, "rejected pairs make their like less likely: {before} {after}");
}
