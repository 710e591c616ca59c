//! The page of how the interface is read names behaviours that are there.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::collections::HashSet;

use hostcrypt_conformance::{Case, Suite};

const PAGE: &str = include_str!("../../docs/semantics.md");

#[test]
fn every_case_of_the_page_is_shown_by_a_behaviour_of_the_suite() {
    let suite = Suite::new();
    let behaviours: HashSet<_> = suite.cases().iter().map(Case::behaviour).collect();
    let rows =
        PAGE.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| case") && !line.contains("---"));
    let mut count = 0;
    for row in rows {
        let shown_by = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        for behaviour in shown_by.split(", ") {
            let name = behaviour.strip_prefix('`').and_then(|name| name.strip_suffix('`'));
            assert!(name.is_some_and(|name| behaviours.contains(name)), "no behaviour is called {behaviour}");
        }
        count += 1;
    }
    assert!(count > 50, "the page was not read");
}
