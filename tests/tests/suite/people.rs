//! Records of several sources become customers, whose events are told together; every way there and back agrees.

use crate::history::{ACTIVITIES, Said, open_people, people};
use proptest::prelude::*;
use protocol::identity::{
    CustomerView, IdentityAnswer, IdentityDeed, IdentityQuestion, LinkSummary, Overview,
};
use protocol::{Failure, Reply, Request};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use tests::desk::Desk;

fn ask(desk: &mut Desk, question: IdentityQuestion) -> Result<IdentityAnswer, Failure> {
    match desk.engine.answer(&Request::Identity { question })?.reply {
        Reply::Identity { answer } => Ok(answer),
        other => panic!("another reply: {other:?}"),
    }
}

fn customer(desk: &mut Desk, customer: &str) -> Option<CustomerView> {
    match ask(desk, IdentityQuestion::Customer { customer: customer.to_owned() }) {
        Ok(IdentityAnswer::Customer { customer }) => Some(customer),
        _ => None,
    }
}

fn overview(desk: &mut Desk) -> Overview {
    match ask(desk, IdentityQuestion::Overview) {
        Ok(IdentityAnswer::Overview { overview }) => overview,
        other => panic!("another answer: {other:?}"),
    }
}

fn link(desk: &mut Desk, deed: IdentityDeed) -> LinkSummary {
    match desk.engine.answer(&Request::Link { deed }).expect("it can be done").reply {
        Reply::Linked { summary } => summary,
        other => panic!("another reply: {other:?}"),
    }
}

/// All keys of a customer, things included.
fn keys_of(view: &CustomerView) -> BTreeSet<String> {
    view.records.iter().flat_map(|record| record.things.iter().chain([&record.key])).cloned().collect()
}

/// Who is one, by key.
fn groups(desk: &mut Desk) -> BTreeMap<String, BTreeSet<String>> {
    let keys = (0..6).map(|number| format!("c{number}"));
    keys.filter_map(|key| Some((key.clone(), keys_of(&customer(desk, &key)?)))).collect()
}

/// Events of six customers, no two at the same time.
fn events(customers: &[u8], name: impl Fn(u8) -> String) -> Vec<u8> {
    let mut text = String::from("customer,activity,time\n");
    for (at, customer) in customers.iter().enumerate() {
        let activity = ACTIVITIES[(at * 7 + usize::from(*customer)) % ACTIVITIES.len()];
        writeln!(text, "{},{activity},{}", name(*customer), 1_767_225_600 + at * 60)
            .expect("writing into a string");
    }
    text.into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn figures_are_those_of_data_in_which_they_always_were_one(
        customers in prop::collection::vec(0..6_u8, 6..30),
        said in people(),
    ) {
        let mut desk = Desk::new();
        desk.open("events.csv", &events(&customers, |c| format!("c{c}"))).expect("it opens");
        open_people(&mut desk, "people.csv", &said);
        let names: Vec<String> = (0..6)
            .map(|c| customer(&mut desk, &format!("c{c}")).map_or_else(String::new, |view| view.row.customer))
            .collect();
        let mut as_one = Desk::new();
        as_one.open("events.csv", &events(&customers, |c| names[usize::from(c)].clone())).expect("it opens");
        prop_assert_eq!(desk.graph(), as_one.graph());
        prop_assert_eq!(desk.variants(), as_one.variants());
        for name in names.iter().filter(|name| !name.is_empty()) {
            let request = Request::Case { customer: name.clone() };
            // But for the account, which the web domain of an address says.
            let of = |desk: &mut Desk| {
                let bulk = desk.engine.answer(&request).ok().and_then(|answer| answer.bulk)?;
                let timeline: protocol::view::Timeline = protocol::bulk::decode(&bulk).ok()?;
                Some(protocol::view::Timeline { account: String::new(), ..timeline })
            };
            prop_assert_eq!(of(&mut desk), of(&mut as_one));
        }
    }

    #[test]
    fn the_order_of_imports_does_not_change_who_is_one(
        customers in prop::collection::vec(0..6_u8, 1..12),
        files in prop::collection::vec(people(), 1..4),
        removed in any::<bool>(),
    ) {
        let file = events(&customers, |c| format!("c{c}"));
        let (mut forth, mut back) = (Desk::new(), Desk::new());
        forth.open("events.csv", &file).expect("it opens");
        for (number, said) in files.iter().enumerate() {
            open_people(&mut forth, &format!("people {number}.csv"), said);
        }
        for (number, said) in files.iter().enumerate().rev() {
            if number > 0 || !removed {
                open_people(&mut back, &format!("people {number}.csv"), said);
            }
        }
        back.open("events.csv", &file).expect("it opens");
        if removed {
            forth.engine.answer(&Request::RemoveSource { source: 1 }).expect("it goes");
        }
        prop_assert_eq!(groups(&mut forth), groups(&mut back));
        prop_assert_eq!(sizes(&mut forth), sizes(&mut back));
    }

    #[test]
    fn events_that_come_later_are_told_under_the_customer(
        first in prop::collection::vec(0..6_u8, 1..10),
        later in prop::collection::vec(0..6_u8, 1..10),
        said in people(),
    ) {
        let name = |c: u8| format!("c{c}");
        let (mut before, mut after) = (Desk::new(), Desk::new());
        // The same files in the same order, but for what is said of persons.
        let (one, two) = (events(&first, name), events(&later, name));
        before.open("one.csv", &one).expect("it opens");
        open_people(&mut before, "people.csv", &said);
        before.open("two.csv", &two).expect("it opens");
        after.open("one.csv", &one).expect("it opens");
        after.open("two.csv", &two).expect("it opens");
        open_people(&mut after, "people.csv", &said);
        prop_assert_eq!(before.graph(), after.graph());
        prop_assert_eq!(before.variants(), after.variants());
        prop_assert_eq!(groups(&mut before), groups(&mut after));
    }
}

/// Sizes of all cases, ascending.
fn sizes(desk: &mut Desk) -> Vec<u64> {
    let list = desk.cases(protocol::Selection::All);
    let mut sizes: Vec<u64> = list.rows.iter().map(|row| row.n_events).collect();
    sizes.sort_unstable();
    sizes
}

#[test]
fn a_split_and_a_merge_by_hand_are_steps_that_can_be_taken_back() {
    let mut desk = Desk::new();
    desk.open("events.csv", &events(&[0, 1, 2, 0, 1, 2], |c| format!("c{c}"))).expect("it opens");
    let said: [Said; 3] = [(0, Some(1), None, None), (1, Some(1), None, None), (2, None, None, None)];
    open_people(&mut desk, "people.csv", &said);
    let of = |view: Option<CustomerView>| {
        view.map(|view| keys_of(&view).into_iter().collect::<Vec<_>>().join(" "))
    };
    assert_eq!(of(customer(&mut desk, "c1")).as_deref(), Some("c0 c1"), "one address");
    let split = link(&mut desk, IdentityDeed::Split { records: vec!["c1".to_owned()] });
    assert_eq!((split.n_customers_before, split.n_customers_after, split.n_moved_events), (2, 3, 2));
    let merged = link(&mut desk, IdentityDeed::Merge { customers: vec!["c1".to_owned(), "c2".to_owned()] });
    assert_eq!((merged.n_customers_before, merged.n_customers_after, merged.n_moved_events), (3, 2, 2));
    assert_eq!(of(customer(&mut desk, "c2")).as_deref(), Some("c1 c2"));
    for expected in ["c1", "c0 c1"] {
        desk.engine.answer(&Request::Undo).expect("a step");
        assert_eq!(of(customer(&mut desk, "c1")).as_deref(), Some(expected));
    }
}

fn data(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(folder);
    if !path.is_dir() {
        eprintln!("SKIPPED: {} is not there, so that known exports cannot be linked", path.display());
        return None;
    }
    Some(path)
}

fn open_file(desk: &mut Desk, path: &Path) {
    let bytes = std::fs::read(path).expect("a file that can be read");
    desk.open(&path.file_name().expect("a name").to_string_lossy(), &bytes).expect("it comes in");
}

/// What was used under a subscription's number is the company's that pays for it.
#[test]
fn the_five_files_of_one_company_are_its_customers() {
    let Some(folder) = data("ravenstack-saas") else { return };
    let mut desk = Desk::new();
    for name in ["feature_usage", "subscriptions", "accounts", "support_tickets", "churn_events"] {
        open_file(&mut desk, &folder.join(format!("ravenstack_{name}.csv")));
    }
    let accounts = std::fs::read_to_string(folder.join("ravenstack_accounts.csv")).expect("a table");
    let n_accounts = accounts.lines().count() - 1;
    let list = desk.cases(protocol::Selection::All);
    assert_eq!(list.n_total, n_accounts as u64, "one customer a company");
    assert!(list.rows.iter().all(|row| row.customer.starts_with("saas:")), "named by the company");
    let overview = overview(&mut desk);
    assert_eq!((overview.n_customers, overview.n_accounts), (n_accounts as u64, n_accounts as u64));
    assert_eq!(overview.n_shared, 0, "no subscription is claimed by two companies");
    let rows = |name: &str| -> Vec<BTreeMap<String, String>> {
        let path = folder.join(format!("ravenstack_{name}.csv"));
        csv::Reader::from_path(path).expect("a table").deserialize().map(|row| row.expect("a row")).collect()
    };
    let (mut revenue, mut used, mut churned): (BTreeMap<_, f64>, BTreeMap<_, usize>, BTreeMap<_, usize>) =
        Default::default();
    let mut owner = BTreeMap::new();
    for row in rows("subscriptions") {
        let account = format!("saas:{}", row["account_id"]);
        let amount: f64 = row["mrr_amount"].parse().expect("a number");
        *revenue.entry(account.clone()).or_default() += if row["end_date"].is_empty() { amount } else { 0.0 };
        owner.insert(row["subscription_id"].clone(), account);
    }
    // Some records are there twice.
    let mut known = BTreeSet::new();
    for row in rows("feature_usage") {
        let event =
            ["subscription_id", "usage_id", "usage_date", "feature_name"].map(|column| row[column].clone());
        if known.insert(event) {
            *used.entry(owner[&row["subscription_id"]].clone()).or_default() += 1;
        }
    }
    for row in rows("churn_events").iter().filter(|row| row["is_reactivation"] != "True") {
        *churned.entry(format!("saas:{}", row["account_id"])).or_default() += 1;
    }
    for row in &list.rows {
        let company = desk.case(&row.customer);
        let n_of =
            |wanted: &dyn Fn(&str) -> bool| company.events.iter().filter(|e| wanted(&e.activity)).count();
        let mut last: BTreeMap<&str, f64> = BTreeMap::new();
        for event in company.events.iter().filter(|event| event.measure == "mrr") {
            last.insert(&event.object, event.value.expect("an amount"));
        }
        let sum: f64 = last.values().sum();
        let expected = revenue.get(&row.customer).copied().unwrap_or_default();
        assert!(
            (sum - expected).abs() < 1e-6,
            "monthly revenue of {}: {sum}, in the table {expected}",
            row.customer
        );
        let n_churned = n_of(&|activity| activity == "Churned");
        assert_eq!(n_churned, churned.get(&row.customer).copied().unwrap_or_default(), "{}", row.customer);
        let n_used = n_of(&|activity| activity.starts_with("Used "));
        assert_eq!(n_used, used.get(&row.customer).copied().unwrap_or_default(), "use by {}", row.customer);
    }
}

/// The persons of five systems' tables, with addresses of a few, and what they must become by a naive count.
#[test]
fn persons_of_five_systems_with_one_address_are_one_customer() {
    const N_PERSONS: usize = 9;
    let Some(folder) = data("export-seeds-fivetran") else { return };
    let tables = [
        (
            "hubspot/contact_data.csv",
            "hubspot",
            "property_email",
            ["property_firstname", "property_lastname"],
        ),
        ("salesforce/sf_contact_data.csv", "salesforce", "email", ["first_name", "last_name"]),
        ("zendesk/user_data.csv", "zendesk", "email", ["name", "phone"]),
        ("intercom/contact_history_data.csv", "intercom", "email", ["name", "phone"]),
        ("stripe/customer_data.csv", "stripe", "email", ["name", "phone"]),
    ];
    let mut desk = Desk::new();
    let mut by_address: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, system, email, blank) in tables {
        let mut reader = csv::Reader::from_path(folder.join(name)).expect("a table");
        let heads = reader.headers().expect("a header").clone();
        let at = |column: &str| heads.iter().position(|head| head == column);
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&heads).expect("writing into memory");
        for (number, row) in reader.records().enumerate() {
            let row = row.expect("a row");
            let address = format!("person{}@corp{}.example", number % N_PERSONS, number % 3);
            let cells = row.iter().enumerate().map(|(place, cell)| match place {
                _ if Some(place) == at(email) => address.as_str(),
                _ if heads[place].contains("name") || heads[place].contains("phone") => "",
                _ if blank.contains(&&heads[place]) => "",
                _ => cell,
            });
            writer.write_record(cells).expect("writing into memory");
            let id = at("id").map(|place| row[place].to_owned()).expect("an id");
            let is_staff = at("role").is_some_and(|place| ["agent", "admin"].contains(&&row[place]));
            if system != "zendesk" || !is_staff {
                by_address.entry(address).or_default().insert(format!("{system}:{id}"));
            }
        }
        let file = name.rsplit('/').next().expect("a name");
        desk.open(file, &writer.into_inner().expect("written")).expect("it comes in");
    }
    // A key that came twice, with two addresses, holds both together.
    let mut expected: Vec<BTreeSet<String>> = Vec::new();
    for mut keys in by_address.into_values() {
        let (with, without) = expected.into_iter().partition(|other| !other.is_disjoint(&keys));
        expected = without;
        keys.extend(Vec::<BTreeSet<String>>::into_iter(with).flatten());
        expected.push(keys);
    }
    for keys in &expected {
        for key in keys {
            let found = customer(&mut desk, key).map(|view| keys_of(&view)).unwrap_or_default();
            assert_eq!(&found, keys, "the customer of {key}");
        }
    }
    let overview = overview(&mut desk);
    assert_eq!(overview.n_merged, expected.iter().filter(|keys| keys.len() > 1).count() as u64);
    assert!(expected.len() >= 5 && expected.iter().any(|keys| keys.len() > 4), "{expected:?}");
}

/// Keys of accounts, and the companies that they are.
const COMPANIES: &str = "key,name,domain\ncrm:1,Acme,acme.example\nerp:9,Acme,www.acme.example\n\
                         crm:2,Beta,beta.example\n";
const COMPANIES_RECIPE: &str = "recipe companies 1\ntitle Companies\ncolumns key, name, domain\ncompany {key}\n  \
                                name {name}\n  domain {domain}\n";
/// Addresses of the six customers: a known company, an unknown one, a free-mail provider, none, and a known one by key.
const ADDRESSES: [&str; 5] =
    ["bob@beta.example", "eve@gamma.example", "ann@gmail.com", "", "kim@acme.example"];
const ADDRESSES_RECIPE: &str =
    "recipe addresses 1\ntitle Addresses\ncolumns key, email\nprofile {key}\n  email {email}\n";
const KEYS: [&str; 5] = ["crm:1", "erp:9", "crm:2", "shop-4", ""];

fn named(customer: usize) -> String {
    if customer == 5 { "zoe@beta.example".to_owned() } else { format!("c{customer}") }
}

fn account_events(rows: &[(usize, usize)], account: impl Fn(usize, usize) -> String) -> String {
    let mut text = String::from("customer,activity,time,account\n");
    for (at, (customer, key)) in rows.iter().enumerate() {
        let (activity, time) = (ACTIVITIES[(at * 7 + customer) % ACTIVITIES.len()], 1_767_225_600 + at * 60);
        writeln!(text, "{},{activity},{time},{}", named(*customer), account(*customer, *key))
            .expect("writing into a string");
    }
    text
}

fn open_under(desk: &mut Desk, name: &str, text: &str, recipe: &str) {
    let mut plan =
        tests::desk::plan_of(&tests::desk::inspect(name, text.as_bytes()).expect("it can be read"));
    plan.recipe = recipe.to_owned();
    if recipe.is_empty() {
        plan.mapping.account = Some("account".to_owned());
    }
    let mut import = engine::Import::new(plan).expect("a plan");
    import.push(text.as_bytes()).expect("it can be read");
    desk.engine.commit(import.finish().expect("records")).expect("there is room");
}

fn addresses() -> String {
    let lines = ADDRESSES.iter().enumerate().map(|(number, address)| format!("c{number},{address}\n"));
    std::iter::once("key,email\n".to_owned()).chain(lines).collect()
}

/// What a person may say is no company: nothing, domains, and keys of accounts.
const NONE: [&str; 7] =
    ["", "crm:1", "erp:9", "shop-4", "acme.example", "www.Beta.example", "https://gamma.example/"];

/// The company of a key of an account, told one by one.
fn company(key: usize, none: &str) -> &'static str {
    match (none, key) {
        ("crm:1" | "erp:9", 0 | 1) | ("shop-4", 3) => "",
        // Nothing makes the two one any more.
        ("acme.example", 0) => "Acme (crm:1)",
        ("acme.example", 1) => "Acme (erp:9)",
        _ => ["Acme", "Acme", "Beta", "shop-4", ""][key],
    }
}

/// The company of a customer whose events name none.
fn own_company(customer: usize, none: &str) -> &'static str {
    match (none, customer) {
        ("crm:1" | "erp:9" | "acme.example", 4)
        | ("www.Beta.example", 0 | 5)
        | ("https://gamma.example/", 1) => "",
        _ => ["Beta", "gamma.example", "", "", "Acme", "Beta"][customer],
    }
}

fn set_company(name: &str, is_company: bool) -> IdentityDeed {
    IdentityDeed::SetCompany { name: name.to_owned(), is_company }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn figures_by_account_are_those_of_companies(
        rows in prop::collection::vec((0..6_usize, 0..KEYS.len()), 6..30),
        late in any::<bool>(),
        first in 0..3_usize,
        none in prop::sample::select(&NONE[..]),
    ) {
        let mut desk = crate::history::logging_desk();
        let events = account_events(&rows, |_, key| KEYS[key].to_owned());
        if late {
            open_under(&mut desk, "0 events.csv", &events, "");
            crate::kept::reports(&mut desk.engine, first);
        }
        open_under(&mut desk, "companies.csv", COMPANIES, COMPANIES_RECIPE);
        open_under(&mut desk, "addresses.csv", &addresses(), ADDRESSES_RECIPE);
        if !late {
            open_under(&mut desk, "0 events.csv", &events, "");
        }
        let knows = none != "shop-4" || rows.iter().any(|(_, key)| *key == 3);
        if !none.is_empty() && knows {
            crate::kept::reports(&mut desk.engine, first);
            link(&mut desk, set_company(none, false));
            desk.engine.answer(&Request::Undo).expect("it is one");
            desk.engine.answer(&Request::Redo).expect("it is none");
        }
        let company = |key| company(key, none);
        let names_one =
            |customer| rows.iter().any(|(other, key)| *other == customer && !company(*key).is_empty());
        let as_told = account_events(&rows, |customer, key| {
            if names_one(customer) { company(key).to_owned() } else { own_company(customer, none).to_owned() }
        });
        let mut plain = Desk::new();
        open_under(&mut plain, "0 events.csv", &as_told, "");
        let accounts = |desk: &mut Desk| -> Vec<(String, String)> {
            let list = desk.cases(protocol::Selection::All);
            list.rows.into_iter().map(|row| (row.customer, row.account)).collect()
        };
        prop_assert_eq!(accounts(&mut desk), accounts(&mut plain));
        let log = desk.engine.take_log();
        let mut again = Desk { engine: crate::history::restore(&log) };
        prop_assert_eq!(accounts(&mut again), accounts(&mut plain), "after a reload");
        let told = crate::kept::reports(&mut desk.engine, first);
        for ((asked, told), (_, expected)) in told.into_iter().zip(crate::kept::reports(&mut plain.engine, first)) {
            let figures = |report: Option<protocol::report::Report<_>>| report.map(|report| (report.finding, report.tables));
            prop_assert_eq!(told.map(figures), expected.map(figures), "{}", asked);
        }
    }
}

#[test]
fn an_account_is_explained_and_goes_with_what_says_so() {
    let mut desk = Desk::new();
    let rows: Vec<(usize, usize)> = (0..6).map(|customer| (customer, 4)).chain([(3, 1)]).collect();
    open_under(&mut desk, "events.csv", &account_events(&rows, |_, key| KEYS[key].to_owned()), "");
    open_under(&mut desk, "addresses.csv", &addresses(), ADDRESSES_RECIPE);
    open_under(&mut desk, "companies.csv", COMPANIES, COMPANIES_RECIPE);
    let of = |desk: &mut Desk, number: usize| {
        let view = customer(desk, &named(number)).expect("it is there");
        (view.row.account.unwrap_or_default(), view.account_why)
    };
    use protocol::identity::AccountWhy;
    let expected = [
        ("Beta", Some(AccountWhy::Domain)),
        ("gamma.example", Some(AccountWhy::Address)),
        ("", None),
        ("Acme", None),
        ("Acme", Some(AccountWhy::Domain)),
        ("Beta", Some(AccountWhy::Domain)),
    ];
    for (number, (account, why)) in expected.into_iter().enumerate() {
        assert_eq!(of(&mut desk, number), (account.to_owned(), why), "customer {number}");
    }
    desk.engine.answer(&Request::RemoveSource { source: 2 }).expect("the companies");
    assert_eq!(of(&mut desk, 0), ("beta.example".to_owned(), Some(AccountWhy::Address)), "only an address");
    assert_eq!(of(&mut desk, 3), ("erp:9".to_owned(), None), "nobody knows its name");
    assert_eq!(of(&mut desk, 5), (String::new(), None), "a mere key makes no company");
    desk.engine.answer(&Request::Undo).expect("they are back");
    assert_eq!(of(&mut desk, 5).0, "Beta", "as before");
}

#[test]
fn what_is_no_company_is_listed_explained_and_taken_back() {
    let mut desk = Desk::new();
    let rows: Vec<(usize, usize)> = (0..6).map(|customer| (customer, 4)).chain([(3, 1)]).collect();
    open_under(&mut desk, "events.csv", &account_events(&rows, |_, key| KEYS[key].to_owned()), "");
    open_under(&mut desk, "addresses.csv", &addresses(), ADDRESSES_RECIPE);
    open_under(&mut desk, "companies.csv", COMPANIES, COMPANIES_RECIPE);
    let by = |desk: &mut Desk, number: usize| {
        let view = customer(desk, &named(number)).expect("it is there");
        (view.row.account, view.account_by)
    };
    let some = |words: &str| Some(words.to_owned());
    assert_eq!(by(&mut desk, 0), (some("Beta"), some("beta.example")), "by the domain of the address");
    assert_eq!(by(&mut desk, 1), (some("gamma.example"), some("gamma.example")), "nothing but the domain");
    let accounts = |desk: &mut Desk| {
        let question = IdentityQuestion::Accounts { search: String::new(), offset: 0, limit: 100 };
        match ask(desk, question).expect("accounts") {
            IdentityAnswer::Accounts { accounts, no_companies, .. } => {
                let names = accounts.into_iter().map(|row| (row.caption, row.n_customers));
                (names.collect::<BTreeMap<String, u64>>(), no_companies)
            }
            other => panic!("another answer: {other:?}"),
        }
    };
    let before = accounts(&mut desk);
    link(&mut desk, set_company("beta.example", false));
    link(&mut desk, set_company("crm:1", false));
    let (names, none) = accounts(&mut desk);
    assert_eq!(none, ["beta.example", "crm:1"], "both are listed");
    assert_eq!(names.get("Acme"), None, "under no key");
    assert_eq!(names["Beta"], 0, "a company still, but of nobody with such an address");
    assert_eq!(by(&mut desk, 0), (None, None), "nobody is of it");
    assert_eq!(by(&mut desk, 3), (None, None), "whatever events say");
    for (name, is_company) in
        [("gmail.com", false), ("crm:1", false), ("gamma.example", true), ("no one", false)]
    {
        let deed = set_company(name, is_company);
        assert!(desk.engine.answer(&Request::Link { deed }).is_err(), "{name} is so already, or not there");
    }
    link(&mut desk, set_company("crm:1", true));
    link(&mut desk, set_company("beta.example", true));
    assert_eq!(accounts(&mut desk), before, "all as before");
}

#[test]
fn accounts_without_events_are_counted_on_the_card() {
    let mut desk = Desk::new();
    open_under(
        &mut desk,
        "events.csv",
        &account_events(&[(0, 0), (1, 1), (2, 3)], |_, key| KEYS[key].to_owned()),
        "",
    );
    open_under(&mut desk, "companies.csv", COMPANIES, COMPANIES_RECIPE);
    let figure = protocol::figure::Figure {
        measure: protocol::figure::Measure::Accounts,
        of: protocol::Selection::All,
        source: None,
    };
    let card = desk.unworded_card(&figure);
    assert_eq!(card.n_units, 2, "Acme under two keys, and shop-4");
    let n = card.dropped.iter().find(|(words, _)| words.key == "dropped.accounts_without_events");
    assert_eq!(n.map(|(_, n)| *n), Some(1), "Beta has none: {:?}", card.dropped);
    open_under(&mut desk, "more.csv", &account_events(&[(0, 2)], |_, key| KEYS[key].to_owned()), "");
    let card = desk.unworded_card(&figure);
    assert!(card.dropped.iter().all(|(words, _)| words.key != "dropped.accounts_without_events"), "all have");
}

/// Run by hand, optimised: `cargo test -p tests --release --test suite -- --ignored --nocapture an_append_beside`.
#[test]
#[ignore = "it measures, and asserts nothing about time"]
fn an_append_beside_many_records_of_persons() {
    const N_RECORDS: usize = 100_000;
    let mut desk = Desk::new();
    let records: String = std::iter::once("key,email\n".to_owned())
        .chain((0..N_RECORDS).map(|n| format!("p{n},p{n}@firm{}.example\n", n % 5_000)))
        .collect();
    open_under(&mut desk, "companies.csv", COMPANIES, COMPANIES_RECIPE);
    let began = std::time::Instant::now();
    open_under(&mut desk, "addresses.csv", &records, ADDRESSES_RECIPE);
    println!("{N_RECORDS} records: {:?}", began.elapsed());
    for round in 0..4 {
        let rows = (0..1_000).map(|n| format!("p{},visit,{}\n", round * 700 + n, 1_767_225_600 + n));
        let text: String = std::iter::once("customer,activity,time\n".to_owned()).chain(rows).collect();
        let preview = tests::desk::inspect("page", text.as_bytes()).expect("it can be read");
        let plan = tests::desk::plan_of(&preview);
        let began = std::time::Instant::now();
        desk.engine.append("page", Some(plan), text.as_bytes()).expect("there is room");
        println!("append of 1,000 events: {:?}", began.elapsed());
    }
    let began = std::time::Instant::now();
    link(&mut desk, set_company("firm7.example", false));
    println!("all accounts told anew: {:?}", began.elapsed());
}
