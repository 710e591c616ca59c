//! Where what a user asked for goes.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, IsTerminal, Write},
    path::Path,
};

use serde::Serialize;

use crate::Outcome;

/// Prints a text.
pub(crate) fn print(text: &str) -> Outcome {
    let mut stdout = std::io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // The reader has seen enough, as `head` has.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("cannot write to the output: {error}")),
        _ => Ok(0),
    }
}

/// Where a secret goes.
pub(crate) enum Sink<'a> {
    StandardOutput,
    /// A new file that only its owner may read.
    File(&'a Path, File),
}

impl<'a> Sink<'a> {
    /// `-` is the standard output.
    pub(crate) fn open(path: &'a Path) -> Result<Self, String> {
        if path == Path::new("-") {
            return Ok(Self::StandardOutput);
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| format!("cannot write to `{}`: {error}", path.display()))?;
        Ok(Self::File(path, file))
    }

    /// Leaves nothing behind.
    pub(crate) fn discard(self) {
        if let Self::File(path, _) = self {
            let _ = fs::remove_file(path);
        }
    }

    pub(crate) fn write(self, secret: &[u8]) -> Result<(), String> {
        match self {
            Self::StandardOutput => {
                let mut stdout = std::io::stdout();
                if stdout.is_terminal() && !secret.is_ascii() {
                    return Err("bytes would disturb the terminal: name a file".to_owned());
                }
                let written = stdout.write_all(secret).and_then(|()| stdout.flush());
                written.map_err(|error| format!("cannot write to the output: {error}"))
            }
            Self::File(path, mut file) => {
                let written = file.write_all(secret).and_then(|()| file.sync_all());
                written.map_err(|error| format!("cannot write to `{}`: {error}", path.display()))
            }
        }
    }
}

/// Something as JSON.
pub(crate) fn json(what: &impl Serialize) -> Result<String, String> {
    serde_json::to_string_pretty(what).map(|text| text + "\n").map_err(|error| format!("cannot write JSON: {error}"))
}

/// An aligned table, its first line the heads: so many columns of texts to the left, and numbers to the right.
pub(crate) fn table<const COLUMNS: usize>(lines: &[[String; COLUMNS]], texts: usize) -> String {
    let widths = lines.iter().fold([0; COLUMNS], |mut widths: [usize; COLUMNS], line| {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
        widths
    });
    let mut text = String::new();
    for line in lines {
        let padded = line.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
            if column < texts { format!("{cell:width$}") } else { format!("{cell:>width$}") }
        });
        text += padded.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}
