//! Where what an operator asked for goes.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, IsTerminal, Write},
    path::Path,
};

use crate::Outcome;

/// Prints a text.
pub(super) fn print(text: &str) -> Outcome {
    let mut stdout = std::io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // The reader has seen enough, as `head` has.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("cannot write to the output: {error}")),
        _ => Ok(0),
    }
}

/// Writes a secret to a new file that only its owner may read, or to the standard output.
pub(super) fn write_secret(path: &Path, secret: &[u8]) -> Result<(), String> {
    if path == Path::new("-") {
        let mut stdout = std::io::stdout();
        if stdout.is_terminal() && !secret.is_ascii() {
            return Err("bytes would disturb the terminal: name a file".to_owned());
        }
        return stdout
            .write_all(secret)
            .and_then(|()| stdout.flush())
            .map_err(|error| format!("cannot write: {error}"));
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(secret));
    written.map_err(|error| format!("cannot write to `{}`: {error}", path.display()))
}

/// An aligned table, its first line the heads.
pub(super) fn table<const COLUMNS: usize>(lines: &[[String; COLUMNS]]) -> String {
    let widths = lines.iter().fold([0; COLUMNS], |mut widths: [usize; COLUMNS], line| {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
        widths
    });
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}
