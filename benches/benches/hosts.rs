//! Measures every workload on every subject, one workload after the other.

use std::time::{Duration, Instant};

use criterion::Criterion;
use hostcrypt_benches::{WORKLOADS, subjects};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .sample_size(50)
        .configure_from_args();
    let mut subjects = subjects();
    for workload in WORKLOADS {
        let mut group = criterion.benchmark_group(workload);
        for subject in &mut subjects {
            let name = subject.name();
            let Some(mut run) = subject.workload(workload) else { continue };
            group.bench_function(name, |bencher| {
                bencher.iter_custom(|times| {
                    let start = Instant::now();
                    run(times);
                    start.elapsed()
                });
            });
        }
        group.finish();
    }
    criterion.final_summary();
}
