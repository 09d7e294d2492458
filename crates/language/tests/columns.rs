//! What columns hold: our own, and those of public tables of persons and of things.

use language::personal::{Class, classify_column};
use std::path::{Path, PathBuf};

fn class(name: &str, values: &[&str]) -> Option<Class> {
    classify_column(name, values).whole.map(|whole| whole.class)
}

#[test]
fn names_and_values_decide_together() {
    let cases: [(&str, &[&str], Option<Class>); 26] = [
        ("user", &["ada@example.org", "bob@example.com"], Some(Class::Email)),
        ("email_address", &["ada@example.org", ""], Some(Class::Email)),
        ("Mobile", &["0171 5550123", "+49 171 5550124"], Some(Class::Phone)),
        ("phone", &["9776252661", "2125550187"], Some(Class::Phone)),
        ("firstName", &["Ada", "Grace", "Jo"], Some(Class::PersonName)),
        ("Nachname", &["Müller", "von Arnim"], Some(Class::PersonName)),
        ("customer_name", &["Ada Lovelace", "G. Hopper"], Some(Class::PersonName)),
        ("Straße", &["Lindenstraße 14a", "Am Markt 3"], Some(Class::PostalAddress)),
        ("postcode", &["20099", "14467"], Some(Class::PostalAddress)),
        ("iban", &["DE89370400440532013000"], Some(Class::Iban)),
        ("ssn", &["536-90-4399", "212-84-1102"], Some(Class::NationalId)),
        ("BSN", &["111222333"], Some(Class::NationalId)),
        ("nhs_number", &["9434765919"], Some(Class::MedicalId)),
        ("card", &["4111111111111111"], Some(Class::PaymentCard)),
        ("date_of_birth", &["1985-03-12", "1990-07-21T00:00:00"], Some(Class::BirthDate)),
        ("client_ip", &["203.0.113.45", "198.51.100.7"], Some(Class::IpAddress)),
        ("email", &[], Some(Class::Email)),
        ("event_name", &["open ticket", "close ticket"], None),
        ("product_name", &["Amber", "Rose", "Grace"], None),
        ("company_name", &["Miller", "Stone"], None),
        ("created_at", &["2024-03-05T12:00:00Z", "2024-03-06T12:00:00Z"], None),
        ("order_id", &["3348917502", "3348917503"], None),
        ("amount", &["19.99", "1249.00"], None),
        ("version", &["10.2.14.3", "10.2.15.1"], None),
        ("plan", &["free", "pro"], None),
        ("ip_version", &["4", "6"], None),
    ];
    for (name, values, expected) in cases {
        assert_eq!(class(name, values), expected, "{name}: {:?}", classify_column(name, values));
    }
}

#[test]
fn texts_tell_what_stands_inside() {
    let values = [
        "Please call +44 20 7946 0958",
        "My mail is ada@example.org, or bob@example.org",
        "it does not work at all today",
    ];
    let found = classify_column("message", &values);
    assert_eq!(found.whole, None, "a text is no such value as a whole");
    assert_eq!(found.inside, [(Class::Email, 1), (Class::Phone, 1)], "per class, the values with it");
    assert_eq!(found.n_filled, 3, "all were looked at");
}

fn public(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if !path.exists() {
        println!("SKIPPED: {} is not there; the public columns were not looked at", path.display());
        return None;
    }
    Some(path)
}

/// What the columns of a table are taken for, by its first 1,000 rows.
fn columns(path: &Path) -> Vec<(String, Option<Class>)> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).expect("readable");
    let names: Vec<String> =
        reader.headers().expect("a header").iter().map(|name| name.trim().to_owned()).collect();
    let rows: Vec<csv::StringRecord> = reader.records().take(1_000).filter_map(Result::ok).collect();
    let column = |(place, name): (usize, String)| {
        let values: Vec<&str> = rows.iter().filter_map(|row| row.get(place)).collect();
        let found = class(&name, &values);
        (name, found)
    };
    names.into_iter().enumerate().map(column).collect()
}

#[test]
fn tables_of_persons_are_recognised() {
    let Some(febrl) = public("febrl") else { return };
    let table = std::fs::read_dir(&febrl).expect("readable").filter_map(Result::ok).map(|entry| entry.path());
    let mut tables: Vec<PathBuf> =
        table.filter(|path| path.extension().is_some_and(|end| end == "csv")).collect();
    tables.sort();
    for path in tables {
        let found = columns(&path);
        println!("{}: {found:?}", path.display());
        let of = |name: &str| found.iter().find(|(known, _)| known == name).and_then(|(_, class)| *class);
        assert_eq!(of("given_name"), Some(Class::PersonName), "{}", path.display());
        assert_eq!(of("surname"), Some(Class::PersonName), "{}", path.display());
        assert_eq!(of("address_1"), Some(Class::PostalAddress), "{}", path.display());
        assert_eq!(of("postcode"), Some(Class::PostalAddress), "{}", path.display());
        assert_eq!(of("date_of_birth"), Some(Class::BirthDate), "{}", path.display());
        assert_eq!(of("soc_sec_id"), Some(Class::NationalId), "{}", path.display());
        assert_eq!((of("rec_id"), of("state")), (None, None), "{}", path.display());
    }
}

#[test]
fn tables_of_things_are_left_alone() {
    for (path, persons) in [
        ("telco-churn/Telco-Customer-Churn.csv", 0),
        ("ravenstack-saas/ravenstack_accounts.csv", 0),
        ("ravenstack-saas/ravenstack_subscriptions.csv", 0),
        ("ravenstack-saas/ravenstack_feature_usage.csv", 0),
        ("ravenstack-saas/ravenstack_support_tickets.csv", 0),
        ("ravenstack-saas/ravenstack_churn_events.csv", 0),
        ("banking77/test.csv", 0),
    ] {
        let Some(path) = public(path) else { continue };
        let found: Vec<_> = columns(&path).into_iter().filter(|(_, class)| class.is_some()).collect();
        assert_eq!(found.len(), persons, "{}: {found:?}", path.display());
    }
}
