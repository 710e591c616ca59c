//! Measures every workload on every subject, one workload after the other.

use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode, Throughput};
use hostcrypt_benches::{check, subjects, workloads};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(1200))
        .sample_size(60)
        // Reports are made of the samples, and not of what is guessed from them.
        .nresamples(2000)
        .configure_from_args();
    let mut subjects = subjects();
    for (name, workload) in workloads() {
        check(workload, &mut subjects);
        let mut group = criterion.benchmark_group(name);
        group.sampling_mode(SamplingMode::Flat);
        if let Some(len) = workload.text_len() {
            group.throughput(Throughput::Bytes(u64::from(len.unsigned_abs())));
        }
        for subject in &mut subjects {
            let name = subject.name();
            if workload.is_of_the_core_alone() && name.ends_with("/boringssl") {
                continue;
            }
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
