//! Why a document or a connection cannot be used at all.

use std::fmt;

/// An error of this crate. What is wrong with a part of a document is an [`crate::Issue`], not an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    TooLarge { n_bytes: usize, limit: usize },
    NotReadable { syntax: &'static str, why: String },
    NotOpenApi { what: String },
    Connection { why: String },
    Write { why: String },
}

impl Error {
    pub(crate) fn too_large(n_bytes: usize, limit: usize) -> Self {
        Self { kind: Kind::TooLarge { n_bytes, limit } }
    }

    pub(crate) fn not_readable(syntax: &'static str, why: String) -> Self {
        Self { kind: Kind::NotReadable { syntax, why } }
    }

    pub(crate) fn not_openapi(what: impl Into<String>) -> Self {
        Self { kind: Kind::NotOpenApi { what: what.into() } }
    }

    pub(crate) fn connection(why: impl Into<String>) -> Self {
        Self { kind: Kind::Connection { why: why.into() } }
    }

    pub(crate) fn write(why: impl Into<String>) -> Self {
        Self { kind: Kind::Write { why: why.into() } }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::TooLarge { n_bytes, limit } => {
                write!(f, "the document has {n_bytes} bytes; at most {limit} are read")
            }
            Kind::NotReadable { syntax, why } => write!(f, "the document is not {syntax}: {why}"),
            Kind::NotOpenApi { what } => {
                write!(f, "this is not an OpenAPI document of version 2.0, 3.0 or 3.1: {what}")
            }
            Kind::Connection { why } => write!(f, "the connection cannot be used: {why}"),
            Kind::Write { why } => write!(f, "the request cannot be made: {why}"),
        }
    }
}

impl std::error::Error for Error {}
