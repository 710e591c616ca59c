//! Known failures of hosts.

use std::collections::BTreeMap;

/// The known failures of hosts, by subject and behaviour, each with the difference.
#[derive(Clone, Debug, Default)]
pub struct Known(BTreeMap<(String, String), String>);

impl Known {
    /// Makes an empty list: no failure is known.
    #[must_use]
    pub const fn nothing() -> Self {
        Self(BTreeMap::new())
    }

    /// Reads a table in Markdown, `| subject | behaviour | what differs |`, and ignores the text around it.
    ///
    /// # Errors
    ///
    /// A row that has another form, or that is there twice.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut known = Self::nothing();
        let rows = text.lines().filter(|line| line.starts_with('|'));
        // The header, and the line below it.
        for row in rows.skip(2) {
            let cells: Vec<_> = row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect();
            let [subject, behaviour, differs] = cells[..] else { return Err(format!("not three cells: {row}")) };
            if known.0.insert((subject.to_owned(), behaviour.to_owned()), differs.to_owned()).is_some() {
                return Err(format!("there twice: {row}"));
            }
        }
        Ok(known)
    }

    pub(crate) fn find(&self, subject: &str, behaviour: &str) -> Option<&str> {
        self.0.get(&(subject.to_owned(), behaviour.to_owned())).map(String::as_str)
    }

    /// The rows, each a subject and a behaviour.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.keys().map(|(subject, behaviour)| (subject.as_str(), behaviour.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
# Known

| subject | behaviour | what differs |
| --- | --- | --- |
| `theirs/0.10` | `options::a` | answers 3 |
";

    #[test]
    fn a_table_is_read_row_by_row() {
        let known = Known::parse(TABLE).unwrap();
        assert_eq!(known.find("theirs/0.10", "options::a"), Some("answers 3"));
        assert_eq!(known.find("theirs/0.10", "options::b"), None);
        assert_eq!(known.rows().count(), 1);
    }

    #[test]
    fn a_row_of_another_form_or_there_twice_is_named() {
        for row in ["| `theirs/0.10` | `options::b` |", "| `theirs/0.10` | `options::a` | answers 4 |"] {
            assert!(Known::parse(&format!("{TABLE}{row}\n")).unwrap_err().ends_with(row));
        }
    }
}
