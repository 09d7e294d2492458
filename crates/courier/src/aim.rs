//! Where requests of a connection go: through the gate, or straight to the system.

use crate::{
    desk::Gate,
    words::{Trouble2, trouble},
};
use connector::Connection;

/// An address, and the connection as it is asked there.
#[derive(Clone, Debug)]
pub(crate) struct Aim {
    /// What stands before path and question.
    pub(crate) base: String,
    /// Session token of the gate.
    pub(crate) token: Option<String>,
    /// The connection with the server that really answers, so that addresses of next pages are known as its own.
    pub(crate) connection: Connection,
}

/// Finds where a connection leads.
///
/// # Errors
/// When the gate is not reached, or does not know the upstream.
pub(crate) fn aim(connection: &Connection, gate: &Gate) -> Result<Aim, Trouble2> {
    let Some(upstream) = connection.upstream.as_deref().filter(|name| !name.is_empty()) else {
        let base = connection.server.trim_end_matches('/').to_owned();
        return Ok(Aim { base, token: None, connection: connection.clone() });
    };
    if !gate.is_reached {
        return Err(trouble("no_gate", &[&gate.address]));
    }
    let found = gate.upstreams.iter().find(|(name, _, _)| name == upstream);
    let (_, address, _) = found.ok_or_else(|| trouble("no_upstream", &[upstream]))?;
    let (connection, rest) = connection.served_at(address);
    let base = format!("{}/to/{upstream}{rest}", gate.address.trim_end_matches('/'));
    Ok(Aim { base, token: Some(gate.token.clone()), connection })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(server: &str, base: &str) -> (String, String) {
        let text = format!(
            r#"{{"desirepath_connection": 1, "name": "a", "server": "{server}", "upstream": "desk"}}"#
        );
        let connection = Connection::parse(&text).expect("a connection");
        let gate = Gate {
            address: "/proxy".to_owned(),
            is_reached: true,
            upstreams: vec![("desk".to_owned(), base.to_owned(), false)],
            ..Gate::default()
        };
        let aim = aim(&connection, &gate).expect("the upstream is known");
        (aim.base, aim.connection.server)
    }

    #[test]
    fn the_path_of_the_server_is_asked_once() {
        let gate = |rest: &str| format!("/proxy/to/desk{rest}");
        for (server, base, rest, real) in [
            ("https://a.example/api/v2", "https://a.example", "/api/v2", "https://a.example/api/v2"),
            ("https://a.example/api/v2/", "https://a.example/api/v2", "", "https://a.example/api/v2"),
            ("https://your-name.example/v1", "https://acme.example/", "/v1", "https://acme.example/v1"),
            ("https://a.example", "http://127.0.0.1:8080/mock", "", "http://127.0.0.1:8080/mock"),
            ("https://a.example/apiary", "https://a.example/api", "/apiary", "https://a.example/api/apiary"),
        ] {
            assert_eq!(found(server, base), (gate(rest), real.to_owned()), "{server} behind {base}");
        }
    }

    #[test]
    fn without_an_upstream_the_system_itself_is_asked() {
        let text = r#"{"desirepath_connection": 1, "name": "a", "server": "https://a.example/v1"}"#;
        let connection = Connection::parse(text).expect("a connection");
        let aim = aim(&connection, &Gate::default()).expect("no gate is needed");
        assert_eq!((aim.base.as_str(), aim.token), ("https://a.example/v1", None), "and gets no token");
    }
}
