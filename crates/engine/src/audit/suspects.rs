//! Customers that are probably none: accounts for tests, and machines.

/// Words of a key that speak of a test.
const TEST_WORDS: [&str; 12] = [
    "test", "tests", "tester", "testing", "testuser", "qa", "demo", "dummy", "sandbox", "staging", "asdf",
    "foo",
];
/// Words of a key that speak of a machine.
const BOT_WORDS: [&str; 9] =
    ["bot", "crawler", "spider", "monitor", "healthcheck", "uptime", "pingdom", "googlebot", "cron"];
/// Domains that stand for nobody.
const TEST_DOMAINS: [&str; 5] = ["test.com", "mailinator.com", "test.local", "localhost", "invalid"];
/// So many events are looked at before somebody is taken for a machine.
const MIN_BOT_EVENTS: usize = 100;
/// No person does something every two seconds, half of the time.
const BOT_GAP_MICROS: i64 = 2_000_000;

/// Whether a key speaks of a test.
pub(super) fn is_test(customer: &str) -> bool {
    let key = customer.to_lowercase();
    let domain = key.split_once('@').map(|(_, domain)| domain);
    domain.is_some_and(|domain| TEST_DOMAINS.contains(&domain)) || has_word(&key, &TEST_WORDS)
}

/// Whether a key speaks of a machine, or its events come as only those of one can; `starts` are in order.
pub(super) fn is_bot(customer: &str, starts: &[i64]) -> bool {
    if has_word(&customer.to_lowercase(), &BOT_WORDS) {
        return true;
    }
    if starts.len() < MIN_BOT_EVENTS {
        return false;
    }
    let n_close = starts.windows(2).filter(|pair| pair[1] - pair[0] <= BOT_GAP_MICROS).count();
    n_close * 2 > starts.len()
}

fn has_word(key: &str, words: &[&str]) -> bool {
    let local = key.split_once('@').map_or(key, |(local, _)| local);
    local.split(|c: char| !c.is_alphabetic()).any(|word| words.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_by_their_words() {
        for key in ["test@acme.com", "ada+test@acme.com", "qa-17", "TEST_user", "someone@mailinator.com"] {
            assert!(is_test(key), "{key} is a test");
        }
        for key in ["contest@acme.com", "testa.rossa", "ada@acme.com", "attest-1", "demosthenes"] {
            assert!(!is_test(key), "{key} is none");
        }
    }

    #[test]
    fn machines_are_told_by_their_pace() {
        let every = |micros: i64, n: i64| (0..n).map(|at| at * micros).collect::<Vec<_>>();
        assert!(is_bot("7", &every(1_000_000, 200)), "every second");
        assert!(!is_bot("7", &every(60_000_000, 200)), "every minute");
        assert!(!is_bot("7", &every(1_000_000, 50)), "too few to tell");
        assert!(is_bot("status-monitor", &[]), "its name says so");
    }
}
