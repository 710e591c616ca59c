//! Aligned tables, shortened to fit a terminal.

use std::io::{IsTerminal, stdout};

use hostcrypt::Printable;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The width of a terminal that does not report one.
const USUAL: u16 = 80;

/// The width of the terminal on standard output; `None` if standard output is not a terminal.
pub(crate) fn terminal_width() -> Option<usize> {
    let size = || terminal_size::terminal_size_of(stdout()).map_or(USUAL, |(terminal_size::Width(width), _)| width);
    stdout().is_terminal().then(|| usize::from(size().max(1)))
}

/// A table whose first line is the heads: the first `texts` columns are aligned left, the others right.
pub(crate) struct Table<const COLUMNS: usize> {
    lines: Vec<[String; COLUMNS]>,
    texts: usize,
}

/// A column that may be shortened, and its minimal width.
pub(crate) type Shrink = (usize, usize);

const GAP: &str = "  ";

impl<const COLUMNS: usize> Table<COLUMNS> {
    pub(crate) fn new(
        heads: [&str; COLUMNS],
        cells: impl IntoIterator<Item = [String; COLUMNS]>,
        texts: usize,
    ) -> Self {
        let printable = |line: [String; COLUMNS]| line.map(|cell| Printable(&cell).to_string());
        let lines = std::iter::once(heads.map(str::to_owned)).chain(cells).map(printable).collect();
        Self { lines, texts }
    }

    fn widths(&self) -> [usize; COLUMNS] {
        self.lines.iter().fold([0; COLUMNS], |mut widths, line| {
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = cell.width().max(*width);
            }
            widths
        })
    }

    /// The width of its lines on a terminal.
    pub(crate) fn width(&self) -> usize {
        self.widths().iter().sum::<usize>() + GAP.len() * COLUMNS.saturating_sub(1)
    }

    /// Shortens columns in this order, each down to its minimal width, until the lines fit.
    pub(crate) fn fit(mut self, width: usize, order: &[Shrink]) -> Self {
        let mut widths = self.widths();
        let mut over = self.width().saturating_sub(width);
        for (column, least) in order {
            if let Some(width) = widths.get_mut(*column) {
                let cut = over.min(width.saturating_sub(*least));
                (*width, over) = (*width - cut, over - cut);
            }
        }
        for line in &mut self.lines {
            for (cell, width) in line.iter_mut().zip(widths) {
                shorten(cell, width);
            }
        }
        self
    }

    /// Its lines, without trailing blanks.
    pub(crate) fn lines(&self) -> Vec<String> {
        let widths = self.widths();
        let line = |line: &[String; COLUMNS]| {
            let padded = line.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
                // `format!` supports widths up to 65,535 only.
                let blanks = " ".repeat(width.saturating_sub(cell.width()));
                if column < self.texts { format!("{cell}{blanks}") } else { format!("{blanks}{cell}") }
            });
            padded.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
        };
        self.lines.iter().map(line).collect()
    }
}

/// Cuts a text to a width, with an ellipsis in place of the rest.
fn shorten(text: &mut String, width: usize) {
    if text.width() <= width {
        return;
    }
    let (mut room, mut end) = (width.saturating_sub(1), 0);
    for (at, character) in text.char_indices() {
        let Some(left) = room.checked_sub(character.width().unwrap_or_default()) else { break };
        (room, end) = (left, at + character.len_utf8());
    }
    text.truncate(end);
    text.push('…');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortened(text: &str, width: usize) -> String {
        let mut text = text.to_owned();
        shorten(&mut text, width);
        text
    }

    #[test]
    fn a_text_is_cut_to_the_columns_that_it_takes() {
        for (text, width, cut) in [
            ("default", 7, "default"),
            ("default", 6, "defau…"),
            ("default", 1, "…"),
            ("名前空間", 8, "名前空間"),
            ("名前空間", 7, "名前空…"),
            ("名前空間", 6, "名前…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("e\u{301}e\u{301}e\u{301}", 3, "e\u{301}e\u{301}e\u{301}"),
            ("", 0, ""),
        ] {
            assert_eq!(shortened(text, width), cut);
            assert!(cut.width() <= width.max(1), "{cut}");
        }
    }

    #[test]
    fn columns_stand_below_each_other_whatever_is_in_them() {
        let names = ["default", "名前", "a\u{202e}\n", "e\u{301}"];
        let table = Table::new(["NAME", "NUMBER"], names.map(|name| [name.to_owned(), "7".to_owned()]), 1);
        let lines = table.lines();
        let ends: Vec<_> = lines.iter().map(|line| line.width()).collect();
        assert_eq!(ends, [ends[0]; 5], "{lines:?}");
        assert!(lines.iter().all(|line| !line.contains(['\n', '\u{202e}'])), "{lines:?}");
    }

    #[test]
    fn a_cell_may_be_of_any_length() {
        let long = "x".repeat(65_536);
        let table = Table::new(["NAME", "NUMBER"], [[long.clone(), "1".to_owned()], ["y".to_owned(), long]], 1);
        assert_eq!(table.width(), 2 * 65_536 + 2);
        let lines = table.lines();
        assert_eq!(lines[1].trim_end().len(), 2 * 65_536 + 2);
        let fitted = table.fit(80, &[(0, 10), (1, 10)]).lines();
        assert!(fitted.iter().all(|line| line.width() <= 80), "{fitted:?}");
    }

    #[test]
    fn columns_are_shortened_in_their_order_and_no_further_than_needed() {
        let cells = [["a".repeat(20), "b".repeat(20), "c".repeat(20)]];
        let lines = |width, order: &[Shrink]| {
            Table::new(["A", "B", "C"], cells.clone(), 3).fit(width, order).lines()[1].clone()
        };
        let full = lines(64, &[(0, 5)]);
        assert!(full.width() == 64 && !full.contains('…'));
        assert_eq!(lines(60, &[(1, 5), (0, 5)]).matches('…').count(), 1);
        let both = lines(40, &[(1, 5), (0, 5)]);
        assert_eq!(both.split("  ").map(UnicodeWidthStr::width).collect::<Vec<_>>(), [11, 5, 20]);
        assert_eq!(lines(10, &[(1, 5)]).width(), 20 + 5 + 20 + 4, "what cannot fit is wider");
    }
}
