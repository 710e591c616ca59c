//! Texts of guests and tenants, escaped for operators.

use std::fmt::{self, Write as _};

/// Displays a text that guests or tenants chose so that it cannot disturb a terminal, a log or a report.
///
/// Guests and tenants choose names of imports and functions, namespaces, file names, and so parts of errors that quote
/// them. Printed unescaped, such a text could move the cursor, colour the terminal, begin a new line or reverse the
/// text around it. This type escapes control characters (line ends, escape, C1), bidirectional controls and invisible
/// characters as Rust does, such as `\n` and `\u{202e}`, and leaves all others unchanged. Escaping a text twice changes
/// nothing more.
///
/// ```
/// # use hostcrypt::Printable;
/// assert_eq!(Printable("name\r\u{1b}[2K").to_string(), "name\\r\\u{1b}[2K");
/// assert_eq!(Printable("naïve 名前 «x»").to_string(), "naïve 名前 «x»");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Printable<'a>(pub &'a str);

impl Printable<'_> {
    /// Returns whether a character is shown unescaped if it follows another one.
    #[must_use]
    pub fn is_plain(character: char) -> bool {
        if matches!(character, '\'' | '"' | '\\') {
            return true;
        }
        // The standard library escapes invisible characters, but not marks that follow a character.
        let mut text = [b'a'; 5];
        let len = character.encode_utf8(text.get_mut(1..).unwrap_or_default()).len();
        let text = text.get(..=len).and_then(|text| std::str::from_utf8(text).ok());
        text.is_some_and(|text| text.escape_debug().count() == 2) && !is_invisible(character)
    }
}

/// Invisible characters that count as letters or marks: fillers, joiners, variation selectors.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        self.0.chars().try_for_each(|character| {
            // A mark at the start would change the character before it, which is the host's.
            let alone = std::mem::take(&mut first) && !matches!(character, '\'' | '"' | '\\');
            match (alone, Self::is_plain(character)) {
                (true, true) => character.escape_debug().try_for_each(|part| f.write_char(part)),
                (false, true) => f.write_char(character),
                (_, false) if is_invisible(character) => write!(f, "{}", character.escape_unicode()),
                (_, false) => character.escape_debug().try_for_each(|part| f.write_char(part)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_hides_or_reverses_is_escaped_and_all_else_is_shown() {
        for plain in ["", "name", "it's \"a\\b\"", "é 名前 Ünïcödé", "e\u{301}x", "🦀", "שלום", "`|<&>"] {
            assert_eq!(Printable(plain).to_string(), plain);
        }
        for (text, shown) in [
            ("a\nhostcrypt: b", "a\\nhostcrypt: b"),
            ("\r\t\0", "\\r\\t\\0"),
            ("\u{1b}]0;x\u{7}", "\\u{1b}]0;x\\u{7}"),
            ("\u{7f}\u{80}\u{9b}31m\u{85}\u{9f}", "\\u{7f}\\u{80}\\u{9b}31m\\u{85}\\u{9f}"),
            ("\u{202e}\u{2066}\u{200e}\u{61c}", "\\u{202e}\\u{2066}\\u{200e}\\u{61c}"),
            ("a\u{200b}\u{200d}\u{feff}\u{ad}\u{2060}b", "a\\u{200b}\\u{200d}\\u{feff}\\u{ad}\\u{2060}b"),
            ("\u{2028}\u{2029}\u{a0}\u{3000}", "\\u{2028}\\u{2029}\\u{a0}\\u{3000}"),
            ("\u{e0041}\u{fe0f}\u{3164}\u{e0100}", "\\u{e0041}\\u{fe0f}\\u{3164}\\u{e0100}"),
            ("\u{301}x\u{301}", "\\u{301}x\u{301}"),
        ] {
            assert_eq!(Printable(text).to_string(), shown);
            assert_eq!(Printable(&Printable(text).to_string()).to_string(), shown, "it is escaped once");
        }
    }

    #[test]
    fn every_control_character_is_escaped() {
        let controls = ('\0'..=char::MAX).filter(|character| character.is_control());
        assert!(controls.clone().count() == 65 && controls.into_iter().all(|control| !Printable::is_plain(control)));
    }
}
