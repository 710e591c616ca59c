//! What was judged, and the table of it for the terminal.

use std::{collections::HashMap, fmt::Write, time::Duration};

use hostcrypt::Printable;

use crate::Outcome;

/// What became of a case, and how long that took.
pub(super) struct Judged {
    pub(super) subject: String,
    pub(super) behaviour: String,
    pub(super) outcome: Outcome,
    pub(super) took: Duration,
}

impl Judged {
    /// Hosts, and what of guests they quote, are shown by no report as they are.
    pub(super) fn new(subject: &str, behaviour: &str, outcome: Outcome, took: Duration) -> Self {
        let line = |text: &str| Printable(text).to_string();
        let outcome = match outcome {
            Outcome::Passed => Outcome::Passed,
            Outcome::Unsupported(lacking) => Outcome::Unsupported(lacking.iter().map(|name| line(name)).collect()),
            Outcome::Failed(what) => Outcome::Failed(what.lines().map(line).collect::<Vec<_>>().join("\n")),
            Outcome::Known(differs) => Outcome::Known(line(&differs)),
            Outcome::Skipped(reason) => Outcome::Skipped(line(&reason)),
        };
        Self { subject: line(subject), behaviour: line(behaviour), outcome, took }
    }
}

/// Everything that was judged.
pub(super) struct Report {
    pub(super) subjects: Vec<String>,
    pub(super) behaviours: Vec<String>,
    pub(super) judged: Vec<Judged>,
    /// Where each subject and behaviour is among them.
    places: HashMap<(String, String), usize>,
    pub(super) took: Duration,
}

/// How many cases came to what.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) passed: usize,
    pub(super) unsupported: usize,
    pub(super) failed: usize,
    pub(super) known: usize,
    pub(super) skipped: usize,
}

/// The sign of an outcome in tables.
pub(super) fn sign(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "✓",
        Outcome::Unsupported(_) => "–",
        Outcome::Failed(_) => "✗",
        Outcome::Known(_) => "≠",
        Outcome::Skipped(_) => "·",
    }
}

impl Report {
    /// What was judged, in its order: subjects first.
    pub(super) fn new(judged: Vec<Judged>, took: Duration) -> Self {
        let mut places = HashMap::new();
        let (mut subjects, mut behaviours) = (Vec::new(), Vec::new());
        for (place, Judged { subject, behaviour, .. }) in judged.iter().enumerate() {
            if !subjects.contains(subject) {
                subjects.push(subject.clone());
            }
            if !behaviours.contains(behaviour) {
                behaviours.push(behaviour.clone());
            }
            places.insert((subject.clone(), behaviour.clone()), place);
        }
        Self { subjects, behaviours, judged, places, took }
    }

    pub(super) fn find(&self, subject: &str, behaviour: &str) -> Option<&Judged> {
        let place = self.places.get(&(subject.to_owned(), behaviour.to_owned()))?;
        self.judged.get(*place)
    }

    pub(super) fn counts(&self, of: impl Fn(&Judged) -> bool) -> Counts {
        let mut counts = Counts::default();
        for judged in self.judged.iter().filter(|judged| of(judged)) {
            match judged.outcome {
                Outcome::Passed => counts.passed += 1,
                Outcome::Unsupported(_) => counts.unsupported += 1,
                Outcome::Failed(_) => counts.failed += 1,
                Outcome::Known(_) => counts.known += 1,
                Outcome::Skipped(_) => counts.skipped += 1,
            }
        }
        counts
    }

    /// What could not be judged, by reason.
    pub(super) fn skips(&self) -> Vec<(&str, usize)> {
        let mut skips: Vec<(&str, usize)> = Vec::new();
        for judged in &self.judged {
            if let Outcome::Skipped(reason) = &judged.outcome {
                match skips.iter_mut().find(|(known, _)| known == reason) {
                    Some((_, count)) => *count += 1,
                    None => skips.push((reason, 1)),
                }
            }
        }
        skips
    }

    pub(super) fn failures(&self) -> impl Iterator<Item = (&Judged, &str)> {
        self.judged.iter().filter_map(|judged| match &judged.outcome {
            Outcome::Failed(what) => Some((judged, what.as_str())),
            _ => None,
        })
    }

    pub(super) fn known(&self) -> impl Iterator<Item = (&Judged, &str)> {
        self.judged.iter().filter_map(|judged| match &judged.outcome {
            Outcome::Known(differs) => Some((judged, differs.as_str())),
            _ => None,
        })
    }

    /// Behaviours × subjects, for the terminal.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (number, subject) in (1..).zip(&self.subjects) {
            text += &format!("{number:>2}  {subject}\n");
        }
        let width = self.behaviours.iter().map(|behaviour| behaviour.chars().count()).max().unwrap_or(0);
        let numbers: String = (1..=self.subjects.len()).map(|number| format!("{number:>3}")).collect();
        // Not by the formatter, whose widths end at 65,535.
        let blanks = |used: usize| " ".repeat(width.saturating_sub(used));
        text += &format!("\n{}{numbers}\n", blanks(0));
        for behaviour in &self.behaviours {
            let signs = self.subjects.iter().map(|subject| {
                let judged = self.find(subject, behaviour);
                format!("{:>3}", judged.map_or(" ", |judged| sign(&judged.outcome)))
            });
            text += &format!("{behaviour}{}{}\n", blanks(behaviour.chars().count()), signs.collect::<String>());
        }
        let counts = self.counts(|_| true);
        text += "\n✓ passed   – does not serve the algorithm, and says so   ✗ failed   · skipped";
        text += if counts.known > 0 { "   ≠ fails, as is known\n" } else { "\n" };
        for (reason, count) in self.skips() {
            let _ = writeln!(text, "{count:>5} skipped: {reason}");
        }
        for (judged, differs) in self.known() {
            let _ = write!(text, "\nknown: {} {}\n    {differs}\n", judged.subject, judged.behaviour);
        }
        for (judged, what) in self.failures() {
            let _ = write!(text, "\nfailed: {} {}\n{}\n", judged.subject, judged.behaviour, indent(what));
        }
        let Counts { passed, unsupported, failed, known, skipped } = counts;
        let known = if known > 0 { format!("{known} failed as is known, ") } else { String::new() };
        let seconds = self.took.as_secs();
        text + &format!(
            "\n{passed} passed, {unsupported} unsupported and saying so, {known}{failed} failed, {skipped} skipped, \
             in {seconds} s\n"
        )
    }
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{html, junit};

    /// What a host says that is not to be trusted.
    const SAID: &str = "a\u{1b}[2K\u{202e}\u{9b}\0\u{7}<&>";

    #[test]
    fn what_hosts_say_is_shown_by_no_report_as_it_is() {
        let outcomes = [
            Outcome::Passed,
            Outcome::Unsupported(vec![SAID.to_owned()]),
            Outcome::Failed(format!("{SAID}\r\n{SAID}")),
            Outcome::Known(format!("{SAID}\n7 passed")),
            Outcome::Skipped(format!("{SAID}\n8 passed")),
        ];
        let judged = outcomes.into_iter().map(|outcome| Judged::new(SAID, "part::behaviour", outcome, Duration::ZERO));
        let report = Report::new(judged.collect(), Duration::ZERO);
        let xml = junit::report(&report).unwrap();
        for text in [report.text(), html::report(&report), xml.clone()] {
            let plain = |character| character == '\n' || Printable::is_plain(character);
            assert!(text.chars().all(plain) && text.contains("a\\u{1b}[2K\\u{202e}\\u{9b}\\0\\u{7}"), "{text}");
            assert!(!text.lines().any(|line| line.starts_with("7 passed") || line.starts_with("8 passed")), "{text}");
        }
        let read = quick_junit::Report::deserialize_from_str(&xml).unwrap();
        assert_eq!((read.tests, read.failures, read.test_suites[0].skipped), (5, 1, 1));
        assert!(!html::report(&report).contains("<&>"));
    }
}
