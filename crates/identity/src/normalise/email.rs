//! E-mail addresses and domains: which addresses are one mailbox, which are nobody's own, which domains are no company.

use super::MAX_BYTES;

/// A mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    /// Before the `@`, without what the provider ignores.
    pub local: String,
    /// After the `@`, lower case; the main domain of providers that have several for one mailbox.
    pub domain: String,
}

impl Email {
    /// The mailbox as one address.
    pub fn address(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }

    /// Whether it belongs to a function and not to a person: `info@`, `support@`.
    pub fn is_role(&self) -> bool {
        is_role_mailbox(&self.local)
    }
}

/// Providers that ignore dots in the local part.
const DOTS_IGNORED: [&str; 2] = ["gmail.com", "google.com"];
/// Providers that deliver `local-tag@` to `local@`.
const DASH_TAGS: [&str; 4] = ["yahoo.com", "ymail.com", "rocketmail.com", "myyahoo.com"];

/// Reads an e-mail address into its mailbox; `None` when it is none.
///
/// Takes `Name <address>` and `mailto:`. What follows a plus sign is dropped, dots are where the provider ignores them,
/// and domains that are one provider's mailbox under two names (`googlemail.com`) become one.
/// The local part is compared without case, as every large provider does.
///
/// # Example
/// ```
/// let one = identity::normalise::email("Ada Lovelace <A.da+news@GoogleMail.com>");
/// assert_eq!(one.map(|email| email.address()).as_deref(), Some("ada@gmail.com"));
/// ```
pub fn email(raw: &str) -> Option<Email> {
    let raw = raw.trim();
    if raw.len() > MAX_BYTES {
        return None;
    }
    let inner = match (raw.rfind('<'), raw.rfind('>')) {
        (Some(open), Some(close)) if open < close => &raw[open + 1..close],
        _ => raw,
    };
    let inner = inner.trim().trim_matches(|c| matches!(c, '"' | '\'' | ',' | ';'));
    let inner = inner.strip_prefix("mailto:").or_else(|| inner.strip_prefix("MAILTO:")).unwrap_or(inner);
    let (local, host) = inner.rsplit_once('@')?;
    let host = one_name(domain(host)?);
    let local = local.trim_matches('"').to_lowercase();
    if local.is_empty()
        || local.len() > 64
        || local.contains(|c: char| c.is_whitespace() || c == '@' || c == ',')
    {
        return None;
    }
    let mut kept = local.split('+').next().unwrap_or_default();
    if DASH_TAGS.contains(&host.as_str()) {
        kept = kept.split('-').next().unwrap_or_default();
    }
    let mut kept = if kept.is_empty() { local.clone() } else { kept.to_owned() };
    if DOTS_IGNORED.contains(&host.as_str()) {
        kept.retain(|c| c != '.');
    }
    (!kept.is_empty()).then_some(Email { local: kept, domain: host })
}

/// One name for the domains of one mailbox.
fn one_name(domain: String) -> String {
    match domain.as_str() {
        "googlemail.com" => "gmail.com".to_owned(),
        "me.com" | "mac.com" => "icloud.com".to_owned(),
        "pm.me" | "protonmail.com" | "protonmail.ch" => "proton.me".to_owned(),
        "ya.ru" | "yandex.com" => "yandex.ru".to_owned(),
        _ => domain,
    }
}

/// Reads a domain out of a domain, host or web address; `None` when there is none.
///
/// # Example
/// ```
/// assert_eq!(identity::normalise::domain("https://www.Acme.co.uk/about").as_deref(), Some("acme.co.uk"));
/// ```
pub fn domain(raw: &str) -> Option<String> {
    let raw = raw.trim();
    if raw.len() > MAX_BYTES {
        return None;
    }
    let lower = raw.to_lowercase();
    let rest = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let host = host.trim_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    let labels = host.split('.').collect::<Vec<_>>();
    let is_name =
        labels.last().is_some_and(|last| last.len() >= 2 && !last.chars().all(|c| c.is_ascii_digit()));
    (labels.len() >= 2 && is_name && labels.iter().all(|label| is_label(label))).then(|| host.to_owned())
}

/// Providers of mailboxes for anybody.
const FREE: [&str; 78] = [
    "gmail.com",
    "googlemail.com",
    "yahoo.com",
    "ymail.com",
    "rocketmail.com",
    "hotmail.com",
    "outlook.com",
    "live.com",
    "msn.com",
    "aol.com",
    "aim.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "proton.me",
    "protonmail.com",
    "pm.me",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "gmx.at",
    "gmx.ch",
    "web.de",
    "t-online.de",
    "freenet.de",
    "arcor.de",
    "posteo.de",
    "mailbox.org",
    "online.de",
    "1und1.de",
    "mail.de",
    "mail.com",
    "email.com",
    "fastmail.com",
    "hey.com",
    "zoho.com",
    "tutanota.com",
    "tuta.io",
    "yandex.ru",
    "yandex.com",
    "ya.ru",
    "mail.ru",
    "bk.ru",
    "list.ru",
    "inbox.ru",
    "rambler.ru",
    "qq.com",
    "163.com",
    "126.com",
    "sina.com",
    "foxmail.com",
    "naver.com",
    "daum.net",
    "hanmail.net",
    "orange.fr",
    "wanadoo.fr",
    "free.fr",
    "laposte.net",
    "sfr.fr",
    "libero.it",
    "virgilio.it",
    "tiscali.it",
    "alice.it",
    "seznam.cz",
    "centrum.cz",
    "wp.pl",
    "o2.pl",
    "onet.pl",
    "interia.pl",
    "comcast.net",
    "verizon.net",
    "att.net",
    "sbcglobal.net",
    "cox.net",
    "btinternet.com",
    "sky.com",
    "bluewin.ch",
    "rediffmail.com",
];
/// Beginnings of the domains of providers that have one in every country.
const FAMILIES: [&str; 5] = ["yahoo.", "hotmail.", "outlook.", "live.", "uol.com"];
/// Mailboxes for a day.
const DISPOSABLE: [&str; 6] = [
    "mailinator.com",
    "guerrillamail.com",
    "10minutemail.com",
    "temp-mail.org",
    "trashmail.com",
    "yopmail.com",
];

/// Whether anybody can have a mailbox under this domain, so that it says nothing about a company.
pub fn is_free_mail(domain: &str) -> bool {
    FREE.contains(&domain)
        || DISPOSABLE.contains(&domain)
        || FAMILIES.iter().any(|start| domain.starts_with(start))
}

/// Whether a local part names a function and not a person.
pub fn is_role_mailbox(local: &str) -> bool {
    const ROLES: [&str; 62] = [
        "info",
        "support",
        "sales",
        "admin",
        "administrator",
        "office",
        "hello",
        "hi",
        "contact",
        "contacts",
        "kontakt",
        "mail",
        "email",
        "team",
        "help",
        "helpdesk",
        "service",
        "services",
        "customerservice",
        "kundenservice",
        "care",
        "billing",
        "accounts",
        "accounting",
        "invoice",
        "invoices",
        "buchhaltung",
        "rechnung",
        "rechnungen",
        "finance",
        "orders",
        "order",
        "bestellung",
        "shop",
        "store",
        "marketing",
        "press",
        "presse",
        "media",
        "news",
        "newsletter",
        "jobs",
        "hr",
        "careers",
        "bewerbung",
        "legal",
        "privacy",
        "datenschutz",
        "abuse",
        "postmaster",
        "webmaster",
        "hostmaster",
        "noreply",
        "donotreply",
        "reception",
        "enquiries",
        "inquiries",
        "feedback",
        "vertrieb",
        "verkauf",
        "root",
        "everyone",
    ];
    let plain: String = local.chars().filter(|c| c.is_alphanumeric()).collect();
    ROLES.contains(&plain.trim_end_matches(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_has_one_spelling() {
        let same = ["ada@gmail.com", "A.D.A@GMAIL.com", "ada+shop@googlemail.com", "mailto:ada@gmail.com"];
        for raw in same {
            assert_eq!(email(raw).map(|e| e.address()).as_deref(), Some("ada@gmail.com"), "{raw}");
        }
        let dots = email("a.da+x@company.com").map(|e| e.address());
        assert_eq!(dots.as_deref(), Some("a.da@company.com"), "dots count elsewhere");
        for raw in ["", "ada", "@x.com", "ada@", "ada@localhost", "a b@x.com", "a@1.2.3.4", "<>", "+@", "@@"]
        {
            assert_eq!(email(raw), None, "{raw:?} is no address");
        }
    }

    #[test]
    fn functions_and_free_mail_are_known() {
        for local in ["info", "Support", "no-reply", "sales2", "customer.service"] {
            assert!(is_role_mailbox(&local.to_lowercase()), "{local} is a function");
        }
        assert!(!is_role_mailbox("informatik.weber"), "a name that begins like one is a name");
        assert!(
            is_free_mail("yahoo.co.uk") && is_free_mail("gmx.de") && !is_free_mail("acme.com"),
            "free mail"
        );
    }
}
