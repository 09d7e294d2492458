//! How an interface wants to be asked: which credentials the gate has to add.

use crate::document::{Document, Flavour};
use crate::operation::Operation;
use serde_json::Value;
use std::collections::BTreeMap;

/// A way to authenticate. No secret is ever part of it: secrets are added outside of the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// A key in a header or behind the question mark.
    ApiKey {
        /// Name of the header or parameter.
        name: String,
        /// It goes into a header; else behind the question mark.
        in_header: bool,
    },
    /// A token in the header `Authorization`.
    Bearer,
    /// Name and password in the header `Authorization`.
    Basic,
    /// OAuth 2.
    OAuth2 {
        /// The flow: `authorization_code`, `client_credentials`, `implicit` or `password`.
        flow: &'static str,
        /// Address where a person agrees.
        authorization_url: Option<String>,
        /// Address that gives tokens.
        token_url: Option<String>,
    },
    /// Something else, by its name in the document.
    Other(String),
}

impl Authentication {
    /// In words.
    #[must_use]
    pub fn caption(&self) -> String {
        match self {
            Self::ApiKey { name, in_header: true } => format!("API key in the header {name}"),
            Self::ApiKey { name, in_header: false } => format!("API key in the parameter {name}"),
            Self::Bearer => "bearer token".to_owned(),
            Self::Basic => "name and password".to_owned(),
            Self::OAuth2 { flow, .. } => format!("OAuth 2 ({})", flow.replace('_', " ")),
            Self::Other(name) => name.clone(),
        }
    }
}

/// The ways that a document defines, by name.
pub(crate) fn schemes(document: &Document) -> BTreeMap<String, Authentication> {
    let place = if document.flavour() == Flavour::Swagger2 {
        "/securityDefinitions"
    } else {
        "/components/securitySchemes"
    };
    let defined = document.object(place).into_iter().flatten();
    defined
        .filter_map(|(name, scheme)| Some((name.clone(), scheme_of(name, document.resolve(scheme)?))))
        .collect()
}

/// The ways in which an operation can be asked, most convenient for a gate first; empty where none is needed or known.
pub(crate) fn of_operation(
    schemes: &BTreeMap<String, Authentication>,
    operation: &Operation,
) -> Vec<Authentication> {
    let mut found: Vec<Authentication> = Vec::new();
    let named = operation.security.iter().flatten();
    for authentication in named.filter_map(|name| schemes.get(name)) {
        if !found.contains(authentication) {
            found.push(authentication.clone());
        }
    }
    found.sort_by_key(rank);
    found
}

/// A key is simpler to keep than a flow in which a person takes part.
fn rank(authentication: &Authentication) -> u8 {
    match authentication {
        Authentication::Bearer => 0,
        Authentication::ApiKey { in_header: true, .. } => 1,
        Authentication::Basic => 2,
        Authentication::OAuth2 { flow: "client_credentials", .. } => 3,
        Authentication::OAuth2 { .. } => 4,
        Authentication::ApiKey { in_header: false, .. } => 5,
        Authentication::Other(_) => 6,
    }
}

fn scheme_of(name: &str, scheme: &Value) -> Authentication {
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).map(str::to_owned);
    match text("type").as_deref() {
        Some("apiKey") => {
            let key = text("name").unwrap_or_else(|| name.to_owned());
            let in_header = text("in").as_deref() != Some("query");
            // Version 2.0 has no bearer tokens and writes them as a key in this header.
            if in_header && key.eq_ignore_ascii_case("authorization") {
                Authentication::Bearer
            } else {
                Authentication::ApiKey { name: key, in_header }
            }
        }
        Some("basic") => Authentication::Basic,
        Some("http") => match text("scheme").unwrap_or_default().to_ascii_lowercase().as_str() {
            "basic" => Authentication::Basic,
            "bearer" => Authentication::Bearer,
            other => Authentication::Other(other.to_owned()),
        },
        Some("oauth2") => oauth(scheme),
        Some("openIdConnect") => Authentication::OAuth2 {
            flow: "authorization_code",
            authorization_url: text("openIdConnectUrl"),
            token_url: None,
        },
        _ => Authentication::Other(name.to_owned()),
    }
}

fn oauth(scheme: &Value) -> Authentication {
    let flows = [
        ("clientCredentials", "application", "client_credentials"),
        ("authorizationCode", "accessCode", "authorization_code"),
        ("password", "password", "password"),
        ("implicit", "implicit", "implicit"),
    ];
    let written = scheme.get("flow").and_then(Value::as_str);
    for (new, old, flow) in flows {
        let at = scheme.get("flows").and_then(|flows| flows.get(new));
        let Some(at) = at.or_else(|| (written == Some(old)).then_some(scheme)) else { continue };
        let text = |key: &str| at.get(key).and_then(Value::as_str).map(str::to_owned);
        return Authentication::OAuth2 {
            flow,
            authorization_url: text("authorizationUrl"),
            token_url: text("tokenUrl"),
        };
    }
    Authentication::OAuth2 { flow: "authorization_code", authorization_url: None, token_url: None }
}
