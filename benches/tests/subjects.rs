//! What is compared must be the same.

use hostcrypt_benches::{SUBJECTS, check, subjects, workloads};

#[test]
fn every_subject_computes_what_the_library_computes() {
    let mut subjects = subjects();
    for (_, workload) in workloads() {
        check(workload, &mut subjects);
    }
}

#[test]
fn every_subject_is_reported() {
    for subject in subjects() {
        assert!(SUBJECTS.contains(&subject.name()), "{}", subject.name());
    }
}
