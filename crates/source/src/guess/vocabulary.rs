//! The words by which columns call the roles, in English and German.
//!
//! A term is what a column name is split into; its score, from 0 to 100, says how sure the name makes it.

use crate::plan::Role;

/// Terms by score, separated by commas.
type Terms = &'static [(f64, &'static str)];

/// The score of a term for a role.
pub(super) fn score(role: Role, term: &str) -> Option<f64> {
    let has = |terms: &str| terms.split(", ").any(|known| known == term);
    vocabulary(role).iter().find(|(_, terms)| has(terms)).map(|(score, _)| *score)
}

/// The score of a German compound by its ending.
pub(super) fn compound_score(role: Role, word: &str) -> Option<f64> {
    let has = |endings: &str| endings.split(", ").any(|ending| word.ends_with(ending));
    compounds(role).iter().find(|(_, endings)| has(endings)).map(|(score, _)| *score)
}

/// Whether a word before a term turns it into something else: a `device_type` is no type of event.
pub(super) fn misleads(role: Role, word: &str) -> bool {
    misleading(role).split(' ').any(|known| known == word)
}

pub(super) fn vocabulary(role: Role) -> Terms {
    match role {
        Role::Customer => CUSTOMER,
        Role::Activity => ACTIVITY,
        Role::Time => TIME,
        Role::EndTime => END_TIME,
        Role::Channel => CHANNEL,
        Role::Account => ACCOUNT,
        Role::Text => TEXT,
        Role::Money => MONEY,
        Role::Object => OBJECT,
        Role::Currency => CURRENCY,
        Role::Score => SCORE,
        Role::Mrr => MRR,
        Role::Record => RECORD,
    }
}

/// Endings of German compounds written as one word.
fn compounds(role: Role) -> Terms {
    match role {
        Role::Customer => &[(95.0, "kundennummer, kundennr, kundenid")],
        Role::Time => &[(95.0, "zeitstempel"), (90.0, "zeitpunkt"), (70.0, "datum")],
        Role::Money => &[(85.0, "betrag, umsatz"), (75.0, "preis, kosten"), (50.0, "wert")],
        Role::Text => &[(85.0, "kommentar"), (80.0, "nachricht, bemerkung"), (70.0, "text")],
        Role::Channel => &[(85.0, "kanal")],
        Role::Activity => &[(85.0, "ereignis"), (75.0, "schritt, aktion"), (50.0, "status")],
        Role::Object => &[(85.0, "ticketnummer, vorgangsnummer, bestellnummer, auftragsnummer")],
        Role::Currency => &[(85.0, "waehrung")],
        Role::Score => &[(70.0, "zufriedenheit, bewertung")],
        Role::EndTime | Role::Account | Role::Mrr | Role::Record => &[],
    }
}

/// Words separated by spaces.
fn misleading(role: Role) -> &'static str {
    match role {
        Role::Customer => {
            "admin agent owner assignee assigned employee staff author submitter created modified \
             updated by manager sales rep sender event app from previous old internal referral \
             source product payment group"
        }
        Role::Activity => {
            "device user customer contact source content mime author assignee assigned account plan \
             product object payment owner company browser os file record last default parent is \
             group library card address statistics processing vehicle notification marital \
             subscription read time campaign workspace display organization organisation first \
             brand financial"
        }
        Role::Time => {
            "due planned scheduled expected expires expiry expiration expire birth next deadline \
             end ended updated modified synced trial cancel effective valid renewal last deleted \
             archived target estimated delivery signup signed upload processed processing user \
             install published until closed close verified"
        }
        Role::EndTime => "planned scheduled expected trial daylight estimated is window",
        Role::Channel => {
            "acquisition first initial original signup referral lead data traffic social record \
             event last"
        }
        Role::Account => "email parent previous bank referral service master custom",
        Role::Text => {
            "agent error html alt button link status page subject meta product short change content \
             type failure decline deactivation address url source"
        }
        Role::Money => "tax shipping discount exchange number is max min count",
        Role::Object => "parent related previous original merged external",
        Role::Currency => "exchange from to conversion",
        Role::Score => {
            "lead health churn risk credit fraud spam sentiment engagement propensity average avg max \
             min count number agent total"
        }
        Role::Mrr => "previous old last churned lost expected change delta",
        Role::Record => {
            "parent related previous original merged external customer user session device account"
        }
    }
}

const CUSTOMER: Terms = &[
    (100.0, "customer, customer id, kunde"),
    (
        98.0,
        "customer email, customer e mail, customer uuid, customer email address, kunden id, \
         kundennummer, kundennr, kunden nr, kunden nummer, kundenid",
    ),
    (
        95.0,
        "customer key, customer no, customer nr, customer number, case id, caseid, case concept \
         name",
    ),
    (94.0, "user email"),
    (92.0, "customer code, case, user id, userid, user uuid, contact email, nutzer id, benutzer id"),
    (
        90.0,
        "customer ref, customer external id, case key, case number, case name, client, client id, \
         client email, client number, user, contact id, person id, person email, nutzer, benutzer",
    ),
    (
        88.0,
        "user key, distinct id, person, member id, member email, requester email, respondent \
         email, mitgliedsnummer",
    ),
    (
        86.0,
        "user pseudo id, contact, member, subscriber id, subscriber key, patient id, requester \
         id, respondent id, mitglied",
    ),
    (85.0, "fall id, fallnummer, fall nr, patientennummer"),
    (
        84.0,
        "visitor id, fullvisitorid, full visitor id, subscriber, patient, buyer id, shopper id, \
         requester, requestor, respondent, besucher id",
    ),
    (82.0, "visitor, buyer, email address, e mail address, besucher, ansprechpartner, e mail adresse"),
    (
        80.0,
        "customer name, username, uid, profile id, individual id, participant id, student id, \
         passenger id, citizen id, policyholder, email, e mail, kundenname, kontakt, fall",
    ),
    (78.0, "user name, guest id"),
    (76.0, "recipient email"),
    (74.0, "lead id, prospect id, anonymous id"),
    (72.0, "amplitude id"),
    (70.0, "contact name, recipient, vorgangsnummer, vorgang id"),
    (68.0, "lead"),
    (62.0, "account id"),
    (60.0, "login, mail, cookie id, subject id, process instance id"),
    (58.0, "device id, account, account key, account number"),
    (55.0, "company id, organization id, organisation id, household id, vertragsnummer"),
    (52.0, "trace id"),
    (50.0, "phone number, account name, company, trace, process id"),
    (48.0, "subscription id"),
    (46.0, "order id, order number, bestellnummer, auftragsnummer"),
    (45.0, "phone, session id"),
    (43.0, "conversation id, deal id, opportunity id"),
    (42.0, "session, ticket id, issue id, incident id"),
    (40.0, "external id, visit id"),
    (36.0, "author id"),
    (35.0, "external reference, request id, instance id, response id"),
    (20.0, "id"),
];

const ACTIVITY: Terms = &[
    (100.0, "activity, activity name, aktivitaet"),
    (97.0, "event name"),
    (95.0, "event, ereignis, ereignisname"),
    (92.0, "activity label, event type, event type name, ereignistyp"),
    (90.0, "activity type"),
    (
        88.0,
        "event action, action, action name, touchpoint, touch point, aktion, kontaktpunkt, \
         beruehrungspunkt",
    ),
    (86.0, "interaction type, process step, prozessschritt, taetigkeit"),
    (85.0, "event label, action type"),
    (84.0, "interaction, step name"),
    (82.0, "task name"),
    (80.0, "step, schritt, vorgang, vorgangsart"),
    (78.0, "task"),
    (76.0, "operation"),
    (72.0, "feature name"),
    (70.0, "verb, engagement type, aufgabe"),
    (66.0, "feature, milestone"),
    (62.0, "stage, stage name, deal stage"),
    (60.0, "transition, phase, new status"),
    (56.0, "status"),
    (55.0, "lifecycle stage, page name, screen name"),
    (54.0, "reason code"),
    (52.0, "state, screen"),
    (50.0, "type, page, page title, page path"),
    (48.0, "reason, art, typ, seite"),
    (46.0, "path, grund"),
    (45.0, "kind"),
    (42.0, "title"),
    (40.0, "name, field name"),
    (38.0, "page url, category, label, kategorie"),
    (36.0, "url, plan tier"),
    (34.0, "subject, plan, metric"),
    (32.0, "priority, topic, tag, product"),
];

const TIME: Terms = &[
    (100.0, "timestamp, time stamp, zeitstempel"),
    (98.0, "event time, event timestamp, event datetime"),
    (97.0, "occurred at, happened at, zeitpunkt, datum uhrzeit, datum und uhrzeit"),
    (96.0, "datetime, date time, date and time"),
    (95.0, "event at, time"),
    (93.0, "start timestamp"),
    (92.0, "occurred, activity time, zeit"),
    (90.0, "activity date, datum"),
    (88.0, "event date"),
    (86.0, "date, created at"),
    (85.0, "ts, erstellt am, angelegt am"),
    (
        84.0,
        "start time, start date time, started at, created on, created date, created time, \
         submitted at, logged at, visited at, startzeit",
    ),
    (
        82.0,
        "created, create date, create time, creation date, creation time, date created, \
         submission date, transaction date, visit date, erstellt",
    ),
    (
        80.0,
        "start date, recorded at, order date, purchase date, usage date, buchungsdatum, \
         startdatum",
    ),
    (78.0, "start, submitted, reported at"),
    (76.0, "started, begin time, recorded date, sent at, opened at, beginn"),
    (74.0, "begin, begin date, received at, invoice date, when"),
    (70.0, "complete timestamp, received time"),
    (68.0, "server time"),
    (66.0, "completed at, completion time"),
    (60.0, "client event time, at"),
    (55.0, "signup date, signed up at"),
    (50.0, "finished at, updated at, server received time, day, uhrzeit"),
    (48.0, "updated"),
    (46.0, "resolved at, update time"),
    (45.0, "on, tag"),
    (44.0, "closed at, modified at"),
    (42.0, "last modified, last modified date"),
    (40.0, "end timestamp"),
    (30.0, "system modstamp, end date, end time"),
    (24.0, "end, enddatum, endzeit, ende"),
];

const END_TIME: Terms = &[
    (100.0, "end time"),
    (98.0, "end timestamp"),
    (95.0, "end datetime, end date time, complete timestamp, endzeit, endzeitpunkt"),
    (94.0, "ended at"),
    (92.0, "finish time, finished at"),
    (90.0, "end, end date, end at, ende, enddatum"),
    (88.0, "complete time, completion time, stop time, stopped at"),
    (86.0, "ended"),
    (84.0, "finish, finished on, completed at, beendet am"),
    (80.0, "completed on, abgeschlossen am"),
    (76.0, "stop"),
    (74.0, "closed at, resolved at, solved at"),
    (66.0, "closed date"),
    (60.0, "close date"),
    (50.0, "completed"),
];

const CHANNEL: Terms = &[
    (100.0, "channel, kanal"),
    (
        96.0,
        "contact channel, touchpoint channel, communication channel, kontaktkanal, \
         kommunikationskanal",
    ),
    (95.0, "channel name"),
    (94.0, "eingangskanal"),
    (92.0, "channel type"),
    (90.0, "via channel, kontaktweg"),
    (80.0, "channel grouping, channel group, vertriebsweg"),
    (70.0, "via"),
    (66.0, "medium"),
    (60.0, "platform"),
    (46.0, "device category"),
    (45.0, "origin"),
    (44.0, "device type"),
    (42.0, "source, source type, device, herkunft"),
];

const ACCOUNT: Terms = &[
    (100.0, "account"),
    (92.0, "account id, firma"),
    (90.0, "account name, company, company name, organization, organisation, firmenname, unternehmen"),
    (
        88.0,
        "account key, customer account, company id, organization id, organisation id, \
         organization name, organisation name, customer company",
    ),
    (86.0, "account number"),
    (84.0, "org id, org name, tenant, tenant id, kundenkonto"),
    (80.0, "firm, business name, mandant"),
    (66.0, "employer, konto"),
    (62.0, "workspace id, workspace"),
    (60.0, "business, household, household id"),
];

const TEXT: Terms = &[
    (100.0, "text"),
    (96.0, "verbatim, free text, freetext, freitext"),
    (95.0, "comment, comments, message text, message body, kommentar"),
    (93.0, "message, feedback"),
    (92.0, "review text, nachricht, rueckmeldung"),
    (86.0, "body, review, transcript"),
    (84.0, "note, notes, response text, answer text, bemerkung, notiz, anmerkung"),
    (82.0, "remark, remarks"),
    (72.0, "description, beschreibung"),
    (70.0, "reason text"),
    (66.0, "content"),
    (60.0, "answer, quote, antwort, inhalt"),
    (52.0, "summary"),
    (50.0, "response"),
    (42.0, "subject, betreff"),
    (40.0, "question"),
];

const MONEY: Terms = &[
    (100.0, "money"),
    (95.0, "betrag, gesamtbetrag"),
    (93.0, "revenue, umsatz"),
    (92.0, "amount, total amount"),
    (
        90.0,
        "order value, order total, order amount, total price, purchase amount, \
         transaction amount, bestellwert",
    ),
    (88.0, "arr amount, gross amount"),
    (86.0, "payment amount, net amount, monetary value, warenwert, erloes"),
    (84.0, "preis"),
    (82.0, "price"),
    (80.0, "cost, costs, total cost, turnover, gmv, kosten"),
    (78.0, "arr"),
    (76.0, "spend"),
    (74.0, "spent, summe"),
    (72.0, "gebuehr"),
    (70.0, "fee, total value, expense"),
    (66.0, "sales, total"),
    (62.0, "unit price"),
    (60.0, "payment, subtotal"),
    (54.0, "sum"),
    (50.0, "ltv"),
];

const OBJECT: Terms = &[
    (100.0, "object, object id"),
    (
        95.0,
        "ticket id, ticket number, case number, issue key, issue id, incident id, conversation id, \
         subscription id, order id, order number, response id, deal id, opportunity id, invoice id, \
         ticketnummer, bestellnummer, auftragsnummer, vorgangsnummer",
    ),
    (80.0, "ticket, order, subscription, conversation, thread id, booking id, claim id, contract id"),
    (70.0, "invoice number, rechnungsnummer, vertragsnummer, survey response id, call id"),
];

const CURRENCY: Terms = &[
    (100.0, "currency"),
    (98.0, "currency code, currency iso code, waehrung"),
    (90.0, "presentment currency"),
];

const SCORE: Terms = &[
    (100.0, "score nps, nps, nps score, csat, csat score, ces, ces score"),
    (
        95.0,
        "net promoter score, satisfaction score, satisfaction rating, customer satisfaction, \
         customer effort score, effort score, likelihood to recommend, nps rating, csat rating, \
         satisfaction",
    ),
    (85.0, "rating, stars, star rating, review rating, zufriedenheit, sterne"),
    (60.0, "bewertung"),
];

const MRR: Terms = &[
    (100.0, "mrr"),
    (98.0, "mrr amount, monthly recurring revenue, mrr eur, mrr usd"),
    (95.0, "new mrr, current mrr"),
    (80.0, "recurring revenue"),
];

const RECORD: Terms = &[
    (100.0, "record, record id, row id, datensatz id, datensatznummer"),
    (95.0, "id, uuid, guid, event id, event uuid, message id, entry id, response id, activity id, line id"),
    (90.0, "insert id, transaction id, log id, note id, visit id"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guess::Name;
    use std::collections::BTreeSet;

    #[test]
    fn terms_are_unique_and_can_be_met() {
        for role in Role::ALL {
            let mut seen = BTreeSet::new();
            for (score, terms) in vocabulary(role) {
                assert!((1.0..=100.0).contains(score), "{terms} have a score in range");
                for term in terms.split(", ") {
                    assert!(seen.insert(term), "{term} stands once for {}", role.name());
                    assert!(Name::new(term).says(role) > 0.0, "a column can be called {term}");
                }
            }
        }
    }
}
