//! Usage errors, which quote the arguments.

use std::ffi::OsString;

use clap::{
    Error,
    error::{ContextKind, ContextValue},
};
use hostcrypt::Printable;

/// The error with every quoted argument escaped for the terminal: scripts pass names that others chose.
pub(crate) fn printable(mut error: Error) -> Error {
    let shown = |text: &String| Printable(text).to_string();
    let is_plain = |argument: OsString| argument.to_str().is_some_and(|text| text.chars().all(Printable::is_plain));
    let are_plain = std::env::args_os().all(is_plain);
    let quoted: Vec<(ContextKind, ContextValue)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(shown(text)))),
            ContextValue::Strings(texts) => Some((kind, ContextValue::Strings(texts.iter().map(shown).collect()))),
            // Coloured advice, which quotes arguments too.
            ContextValue::StyledStrs(_) if !are_plain => Some((kind, ContextValue::None)),
            _ => None,
        })
        .collect();
    for (kind, value) in quoted {
        error.insert(kind, value);
    }
    error
}
