//! Output to the user: lines, messages, secrets and JSON.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, IsTerminal, Write},
    path::Path,
};

use anyhow::{Context, Result, bail};
use hostcrypt::Printable;
use serde::Serialize;

/// The maximal length of a message, in characters: an error may quote a name of any length.
const LONGEST: usize = 2000;

/// Prints a message to standard error. It stays on one line, whatever it quotes.
pub(crate) fn note(line: &str) {
    let mut rest = line.char_indices().skip(LONGEST);
    let (shown, more) = match rest.next() {
        Some((end, _)) => (line.get(..end).unwrap_or_default(), format!("… ({} characters more)", 1 + rest.count())),
        None => (line, String::new()),
    };
    // If standard error is closed, only the exit code remains.
    let _ = writeln!(std::io::stderr(), "hostcrypt: {}{more}", Printable(shown));
}

/// An error with its causes. A cause that the text quotes already is left out.
pub(crate) fn said(error: &anyhow::Error) -> String {
    let mut said = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

/// Prints lines to standard output. Each stays on one line, whatever it quotes.
pub(crate) fn print<L: AsRef<str>>(lines: impl IntoIterator<Item = L>) -> Result<u8> {
    let text: String = lines.into_iter().map(|line| format!("{}\n", Printable(line.as_ref()))).collect();
    let mut stdout = std::io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        // The reader stopped early, as `head` does.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(0),
        written => written.map(|()| 0).context("cannot write to standard output"),
    }
}

/// The destination of a secret.
pub(crate) enum Sink<'a> {
    StandardOutput,
    /// A new file that only its owner may read.
    File(&'a Path, File),
}

impl<'a> Sink<'a> {
    /// Opens a path; `-` is standard output.
    pub(crate) fn open(path: &'a Path) -> Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::StandardOutput);
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).with_context(|| format!("cannot write to `{}`", path.display()))?;
        Ok(Self::File(path, file))
    }

    /// Removes the file again.
    pub(crate) fn discard(self) {
        if let Self::File(path, _) = self {
            let _ = fs::remove_file(path);
        }
    }

    pub(crate) fn write(self, secret: &[u8]) -> Result<()> {
        match self {
            Self::StandardOutput => {
                let mut stdout = std::io::stdout();
                if stdout.is_terminal() && !is_lines(secret) {
                    bail!("the output is binary and would disturb the terminal: name a file");
                }
                let written = stdout.write_all(secret).and_then(|()| stdout.flush());
                written.context("cannot write to standard output")
            }
            Self::File(path, mut file) => {
                let written = file.write_all(secret).and_then(|()| file.sync_all());
                written.with_context(|| format!("cannot write to `{}`", path.display()))
            }
        }
    }
}

/// Whether bytes are lines of plain text, which do not disturb a terminal.
fn is_lines(bytes: &[u8]) -> bool {
    let plain = |character| character == '\n' || Printable::is_plain(character);
    std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(plain))
}

/// The lines of a value as JSON. Characters that are not plain are escaped; a JSON parser restores them.
pub(crate) fn json(what: &impl Serialize) -> Result<Vec<String>> {
    let text = serde_json::to_string_pretty(what).context("cannot write JSON")?;
    Ok(text.lines().map(escaped).collect())
}

/// A line of JSON in which `\u` escapes every character that a terminal would not show unchanged.
pub(crate) fn escaped(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    for character in json.chars() {
        if Printable::is_plain(character) {
            line.push(character);
        } else {
            let mut units = [0; 2];
            line.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_plain_and_reads_back_as_it_was() {
        let texts = ["\u{1b}[31m", "a\u{202e}\u{9b}\u{7f}", "\u{e0041}🦀名", "\"\\\n\u{2028}"];
        let lines = json(&texts).unwrap();
        assert!(lines.iter().all(|line| line.chars().all(Printable::is_plain)), "{lines:?}");
        let read: Vec<String> = serde_json::from_str(&lines.join("\n")).unwrap();
        assert_eq!(read, texts);
    }

    #[test]
    fn only_lines_of_plain_text_go_to_a_terminal() {
        for (bytes, plain) in [
            (&b"-----BEGIN PRIVATE KEY-----\nMC4=\n"[..], true),
            ("пароль".as_bytes(), true),
            (b"\x1b]0;x\x07", false),
            (b"a\rb", false),
            (b"\xc2\x9b31m", false),
            (b"\xff\xfe", false),
        ] {
            assert_eq!(is_lines(bytes), plain, "{bytes:?}");
        }
    }
}
