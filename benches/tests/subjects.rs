//! What is compared must be the same.

use hostcrypt_benches::subjects;

#[test]
fn every_subject_computes_what_the_library_computes() {
    for (workload, len) in [("life/sha-256-64", 32), ("life/aes-256-gcm-64", 80), ("life/aes-256-gcm-64-import", 80)] {
        let outputs = subjects().into_iter().map(|mut subject| {
            (subject.workload(workload).unwrap())(2);
            (subject.name(), subject.output()[..len].to_vec())
        });
        let outputs: Vec<_> = outputs.collect();
        for (name, output) in &outputs {
            assert_eq!(output, &outputs[0].1, "{workload} on {name}");
            assert_ne!(output, &vec![0; len], "{workload} on {name}");
        }
    }
}
