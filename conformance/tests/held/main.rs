//! What a guest's objects hold is what its limits allow: this process asks its allocator.
//!
//! Objects of each kind are opened through the guest's door, each without what it was made of, and used; then what the
//! allocator gave out since is compared with what the guest was counted for. BoringSSL allocates where Rust does.

#![cfg(all(target_os = "linux", target_env = "gnu"))]
#![allow(unsafe_code, reason = "only the allocator can tell")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod asymmetric;
mod others;
mod symmetric;

use hostcrypt::{Limits, Revision};
use hostcrypt_conformance::{Guest, Setup, Subject, subjects};

/// Bytes that were allocated and not given back, by everything in this process.
fn allocated() -> usize {
    // SAFETY: the function takes nothing, and only reads what the allocator knows.
    let info = unsafe { libc::mallinfo2() };
    info.uordblks + info.hblkhd
}

/// How to open objects of one kind.
struct Kind<'k> {
    name: String,
    /// How many are opened: more of what is small, so that little else tells.
    count: usize,
    /// Opens one, uses it, closes all else, and returns how many handles are left open.
    open: Box<dyn FnMut(&mut Guest<'_>) -> usize + 'k>,
}

impl<'k> Kind<'k> {
    fn small(name: impl Into<String>, open: impl FnMut(&mut Guest<'_>) -> usize + 'k) -> Self {
        Self { name: name.into(), count: 300, open: Box::new(open) }
    }

    fn large(name: impl Into<String>, open: impl FnMut(&mut Guest<'_>) -> usize + 'k) -> Self {
        Self { count: 24, ..Self::small(name, open) }
    }
}

/// What objects of one kind hold, per handle in bytes.
struct Measured {
    name: String,
    holds: usize,
    counted: usize,
}

impl Measured {
    /// Whether the sum in the documentation of [`Limits`] covers it, but for a tenth.
    fn is_covered(&self) -> bool {
        10 * self.holds <= 11 * (self.counted + Limits::UNCOUNTED)
    }
}

fn measure(subject: &dyn Subject, threads: bool, mut kind: Kind<'_>) -> Measured {
    let mut limits = Limits::default();
    (limits.handles, limits.bytes) = (1 << 20, 1 << 40);
    let guest = Guest::of(subject, Setup { limits, shared_memory: threads, ..Setup::default() });
    let mut guests = if threads { guest.into_threads(2) } else { vec![guest] };
    let guest = &mut guests[0];
    // What a library makes once, and the first places in tables.
    for _ in 0..3 {
        (kind.open)(guest);
    }
    let (before, counted_before) = (allocated(), guest.bytes_held().unwrap());
    let handles: usize = (0..kind.count).map(|_| (kind.open)(guest)).sum();
    let (after, counted) = (allocated(), guest.bytes_held().unwrap() - counted_before);
    Measured { name: kind.name, holds: after.saturating_sub(before) / handles, counted: counted / handles }
}

/// Algorithms whose objects are those of another that is measured: they differ in the hash alone, or in the padding.
const LIKE: [(&str, &str); 8] = [
    ("RSA_PKCS1_2048_SHA384", "RSA_PKCS1_2048_SHA256"),
    ("RSA_PKCS1_2048_SHA512", "RSA_PKCS1_2048_SHA256"),
    ("RSA_PKCS1_3072_SHA512", "RSA_PKCS1_3072_SHA384"),
    ("RSA_PSS_2048_SHA256", "RSA_PSS_2048_SHA512"),
    ("RSA_PSS_2048_SHA384", "RSA_PSS_2048_SHA512"),
    ("RSA_PSS_3072_SHA384", "RSA_PKCS1_3072_SHA384"),
    ("RSA_PSS_3072_SHA512", "RSA_PKCS1_3072_SHA384"),
    ("RSA_PSS_4096_SHA512", "RSA_PKCS1_4096_SHA512"),
];

/// Holds the kinds of objects to being of every algorithm that the host serves: each begins with a name of one.
fn cover(subject: &dyn Subject, kinds: &[Kind<'_>]) {
    let measured = |algorithm: &str| kinds.iter().any(|kind| kind.name.starts_with(&format!("{algorithm}: ")));
    for algorithm in subject.algorithms() {
        let like =
            LIKE.iter().find(|(name, _)| name.eq_ignore_ascii_case(algorithm)).map_or(&**algorithm, |(_, of)| of);
        assert!(measured(like), "no object of {algorithm} is measured over {}", subject.backend());
    }
}

/// One test alone: what another allocates would be counted.
#[test]
fn objects_hold_no_more_than_a_guest_is_counted_for() {
    // A composed backend's objects are those of its parts.
    let native = |subject: &dyn Subject| {
        let alone = !subject.backend().contains('+');
        subject.runtime() == "native" && subject.revision() == Revision::V0_10 && alone
    };
    let mut wrong = Vec::new();
    for subject in subjects().into_iter().filter(|subject| native(&**subject)) {
        let subject = &*subject;
        for threads in [false, true] {
            let mut kinds = vec![symmetric::kinds(subject), others::kinds()];
            if !threads {
                // What threads share of keys is shared anyway.
                kinds.push(asymmetric::kinds(subject));
            }
            let kinds: Vec<_> = kinds.into_iter().flatten().collect();
            if !threads {
                cover(subject, &kinds);
            }
            for kind in kinds {
                let measured = measure(subject, threads, kind);
                let Measured { name, holds, counted } = &measured;
                let line = format!("{:<22} {name:<60} {holds:>7} {counted:>7}", subject.backend());
                println!("{line}");
                if !measured.is_covered() {
                    wrong.push(line);
                }
            }
        }
    }
    let uncounted = Limits::UNCOUNTED;
    assert!(wrong.is_empty(), "held, counted beside {uncounted} for each handle, in bytes:\n{}", wrong.join("\n"));
}
