//! What a guest closed leaves no copy of its secrets behind: this process reads its own memory.
//!
//! The memory is that of the heap and of every other mapping that can be written. The stack is overwritten first: what
//! a library or the compiler leaves there is out of reach.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use std::{
    collections::HashMap,
    fs,
    fs::File,
    os::unix::fs::FileExt,
    sync::{Mutex, PoisonError},
    thread,
};

use hostcrypt::Revision;
use hostcrypt_conformance::{Capability, Guest, Object, Subject, subjects};
use zeroize::{Zeroize, Zeroizing};

/// One search at a time: another test's secrets are none of this one's business, but its buffers are.
static ALONE: Mutex<()> = Mutex::new(());

/// Secrets are kept so, never as they are.
const MASK: u8 = 0xa5;
/// How much of a secret is told from chance, in bytes.
const WINDOW: usize = 12;
const CHUNK: usize = 1 << 20;

/// A secret that is searched for.
struct Secret {
    what: String,
    masked: [u8; WINDOW],
}

impl Secret {
    fn new(what: String, bytes: &[u8]) -> Self {
        let mut masked = [0; WINDOW];
        for (masked, byte) in masked.iter_mut().zip(bytes) {
            *masked = byte ^ MASK;
        }
        Self { what, masked }
    }

    /// The places of it, and of its bytes in the other order, as libraries keep large numbers.
    fn is_at(&self, window: &[u8]) -> bool {
        let same = |(byte, masked): (&u8, &u8)| *byte ^ MASK == *masked;
        window.iter().zip(&self.masked).all(same) || window.iter().rev().zip(&self.masked).all(same)
    }
}

/// Parts of a secret: its beginning, its end, and what lies between.
fn parts(what: &str, bytes: &[u8]) -> Vec<Secret> {
    let last = bytes.len().saturating_sub(WINDOW);
    let starts = (0..=last).step_by(24).chain([last]);
    starts.map(|start| Secret::new(format!("{what}, from byte {start}"), &bytes[start..])).collect()
}

/// The secrets that are found in memory now, by what they are.
fn found(secrets: &[Secret]) -> Vec<String> {
    let memory = File::open("/proc/self/mem").unwrap();
    let mut chunk = vec![0; CHUNK + WINDOW];
    let own = chunk.as_ptr().addr() as u64;
    let own = own..own + chunk.len() as u64;
    let mut index: HashMap<[u8; 4], Vec<&Secret>> = HashMap::new();
    // Few of all pairs of bytes begin a secret.
    let mut begins = vec![false; 1 << 16];
    for secret in secrets {
        let (front, back) = (&secret.masked[..4], secret.masked.iter().rev().take(4).copied().collect::<Vec<_>>());
        for masked in [front, &back] {
            begins[usize::from(masked[0] ^ MASK) << 8 | usize::from(masked[1] ^ MASK)] = true;
            index.entry(masked.try_into().unwrap()).or_default().push(secret);
        }
    }
    let mut found = Vec::new();
    for line in fs::read_to_string("/proc/self/maps").unwrap().lines() {
        let mut fields = line.split_whitespace();
        let (range, permissions, name) = (fields.next().unwrap(), fields.next().unwrap(), fields.nth(3).unwrap_or(""));
        if !permissions.starts_with("rw") || name.starts_with("[stack") || name.starts_with("[v") {
            continue;
        }
        let (start, end) = range.split_once('-').unwrap();
        let [start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).unwrap());
        let mut at = start;
        while at < end {
            let len = usize::try_from(end - at).unwrap().min(chunk.len());
            let Ok(len) = memory.read_at(&mut chunk[..len], at) else { break };
            if len < WINDOW {
                break;
            }
            for (offset, window) in chunk[..len].windows(WINDOW).enumerate() {
                if !begins[usize::from(window[0]) << 8 | usize::from(window[1])] {
                    continue;
                }
                let address = at + offset as u64;
                let masked = [0, 1, 2, 3].map(|place| window[place] ^ MASK);
                let begun = index.get(&masked).filter(|_| !own.contains(&address)).into_iter().flatten();
                for secret in begun.filter(|secret| secret.is_at(window)) {
                    found.push(format!("{} at {address:#x} {name}", secret.what));
                }
            }
            at += (len - WINDOW + 1) as u64;
        }
    }
    chunk.zeroize();
    found.sort_unstable();
    found.dedup();
    found
}

/// Bytes that are nowhere else.
fn random(len: usize) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(vec![0; len]);
    File::open("/dev/urandom").unwrap().read_exact_at(&mut bytes, 0).unwrap();
    bytes
}

/// Empties the guest's own memory, which is none of the host's business.
fn wipe(guest: &mut Guest<'_>) {
    let zeros = vec![0; guest.memory_len()];
    guest.memory().write(0, &zeros);
}

/// Overwrites what calls left on this thread's stack: what a library or the compiler leaves there is out of reach.
#[inline(never)]
fn scrub_stack() {
    std::hint::black_box(&mut [0_u8; SCRUBBED]);
}

/// More than any call takes.
const SCRUBBED: usize = 4 << 20;

/// Lets each native host run `case`, which opens, uses and closes, and names the secrets that it used.
fn leaves_nothing(case: fn(&mut Guest<'_>) -> Vec<Secret>) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let native = |subject: &dyn Subject| subject.runtime() == "native" && subject.revision() == Revision::V0_10;
    for subject in subjects().into_iter().filter(|subject| native(&**subject)) {
        let backend = subject.backend().to_owned();
        let run = move || {
            let mut guest = Guest::new(&*subject);
            let secrets = case(&mut guest);
            wipe(&mut guest);
            scrub_stack();
            // The guest lives on: what it closed must be gone before it is.
            let found = found(&secrets);
            (secrets.len(), found)
        };
        let thread = thread::Builder::new().stack_size(2 * SCRUBBED).spawn(run).unwrap();
        let (count, found) = thread.join().unwrap();
        assert!(count > 0, "nothing was searched for");
        assert!(found.is_empty(), "{backend} left behind:\n{}", found.join("\n"));
    }
}

#[test]
fn the_search_finds_what_is_there() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let bytes = random(32);
    let reversed: Zeroizing<Vec<u8>> = Zeroizing::new(bytes.iter().rev().copied().collect());
    let secrets = parts("a secret", &bytes);
    assert_eq!(found(&secrets).len(), 2 * secrets.len(), "{:?}", found(&secrets));
    drop((bytes, reversed));
    assert_eq!(found(&secrets), Vec::<String>::new());
}

/// Every symmetric algorithm, the length of its key in bytes, and of its nonce if it has one.
const SYMMETRIC: [(&str, usize, usize); 19] = [
    ("HMAC/SHA-256", 48, 0),
    ("HMAC/SHA-512", 48, 0),
    ("AES-128-CMAC", 16, 0),
    ("AES-256-CMAC", 32, 0),
    ("HKDF-EXTRACT/SHA-256", 40, 0),
    ("HKDF-EXTRACT/SHA-512", 40, 0),
    ("HKDF-EXPAND/SHA-256", 40, 0),
    ("HKDF-EXPAND/SHA-512", 72, 0),
    ("AES-128-GCM", 16, 12),
    ("AES-256-GCM", 32, 12),
    ("AES-128-GCM-SIV", 16, 12),
    ("AES-256-GCM-SIV", 32, 12),
    ("CHACHA20-POLY1305", 32, 12),
    ("XCHACHA20-POLY1305", 32, 24),
    ("AES-128-CBC", 16, 16),
    ("AES-256-CBC", 32, 16),
    ("AES-128-CTR", 16, 16),
    ("AES-256-CTR", 32, 16),
    ("XOODYAK-128", 16, 16),
];

/// Pulls an output into guest memory alone, which is wiped later.
fn pulled(guest: &mut Guest<'_>, output: Object) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(guest.pull(output).unwrap())
}

#[test]
fn symmetric_keys_and_their_states() {
    leaves_nothing(|guest| {
        let mut secrets = Vec::new();
        let subject = guest.subject();
        for (name, key_len, nonce_len) in SYMMETRIC.into_iter().filter(|(name, ..)| subject.serves(name)) {
            let (raw, text) = (random(key_len), random(300));
            secrets.extend(parts(&format!("a key of {name}"), &raw));
            secrets.extend(parts(&format!("what {name} took"), &text));
            let key = guest.symmetric_key_import(name, &raw).unwrap();
            let options = (nonce_len > 0).then(|| guest.nonce(&random(nonce_len)));
            let state = guest.symmetric_state_open(name, Some(key), options).unwrap();
            // What it has of these.
            let _ = guest.symmetric_state_absorb(state, &text);
            if let Ok(tag) = guest.symmetric_state_squeeze_tag(state) {
                let len = guest.symmetric_tag_len(tag).unwrap() as usize;
                let raw = Zeroizing::new(guest.symmetric_tag_pull(tag, len).unwrap());
                secrets.extend(parts(&format!("a tag of {name}"), &raw));
            }
            let out_len = text.len() + guest.symmetric_state_max_tag_len(state).unwrap_or(0) as usize;
            if let Ok(encrypted) = guest.symmetric_state_encrypt(state, out_len, &text) {
                let opened =
                    Zeroizing::new(guest.symmetric_state_decrypt(state, text.len(), &encrypted).unwrap_or_default());
                // A session has rolled on.
                assert!(*opened == *text || name == "XOODYAK-128", "{name}");
            }
            if let Ok(derived) = guest.symmetric_state_squeeze(state, 64) {
                let derived = Zeroizing::new(derived);
                secrets.extend(parts(&format!("an output of {name}"), &derived));
            }
            let target = name.replace("EXTRACT", "EXPAND");
            if let Ok(derived) = guest.symmetric_state_squeeze_key(state, &target) {
                let output = guest.symmetric_key_output(derived).unwrap();
                let raw = pulled(guest, output);
                secrets.extend(parts(&format!("a key derived by {name}"), &raw));
                guest.close("symmetric_key", derived).unwrap();
            }
            let output = guest.symmetric_key_output(key).unwrap();
            assert_eq!(pulled(guest, output), raw, "{name}");
            guest.close("symmetric_state", state).unwrap();
            guest.close("symmetric_key", key).unwrap();
        }
        secrets
    });
}

#[test]
fn hashes_under_way() {
    leaves_nothing(|guest| {
        let mut secrets = Vec::new();
        for name in ["SHA-256", "SHA-384", "SHA-512", "SHA-512/256", "BLAKE2B-256", "BLAKE2B-512", "XOODYAK-128"] {
            if !guest.subject().serves(name) {
                continue;
            }
            // A part of a block, which waits for the rest.
            let text = random(40);
            secrets.extend(parts(&format!("what {name} took"), &text));
            let state = guest.symmetric_state_open(name, None, None).unwrap();
            guest.symmetric_state_absorb(state, &text).unwrap();
            let digest = Zeroizing::new(guest.symmetric_state_squeeze(state, 32).unwrap());
            secrets.extend(parts(&format!("a digest of {name}"), &digest));
            guest.close("symmetric_state", state).unwrap();
        }
        secrets
    });
}

#[test]
fn managed_keys_and_secrets_that_were_invalidated() {
    leaves_nothing(|guest| {
        let manager = guest.manager();
        let (raw, pair_raw, external) = (random(48), random(32), random(300));
        let mut secrets = parts("a managed key", &raw);
        secrets.extend(parts("a managed pair", &pair_raw));
        secrets.extend(parts("an external secret", &external));
        let key = guest.symmetric_key_import("HMAC/SHA-256", &raw).unwrap();
        let secret = guest.import("secretkey", 0, "Ed25519", &pair_raw, 0).unwrap();
        let public = guest.publickey_from_secretkey(secret).unwrap();
        let pair = guest.keypair_from_pk_and_sk(public, secret).unwrap();
        let ids = [
            guest.store_managed("symmetric_key", manager, key).unwrap(),
            guest.store_managed("keypair", manager, pair).unwrap(),
        ];
        let (again, pair_again) = (
            guest.from_id("symmetric_key", manager, &ids[0], 1).unwrap(),
            guest.from_id("keypair", manager, &ids[1], 1).unwrap(),
        );
        guest.sign(pair_again, b"text").unwrap();
        let id = guest.external_secret_store(manager, &external, u64::MAX).unwrap();
        let opened = Zeroizing::new(guest.external_secret_from_id(manager, &id, 1).unwrap());
        assert_eq!(opened, external);
        let sealed = guest.external_secret_encapsulate(manager, &external, u64::MAX).unwrap();
        let opened = Zeroizing::new(guest.external_secret_decapsulate(manager, &sealed).unwrap());
        assert_eq!(opened, external);
        for key in [key, again] {
            guest.close("symmetric_key", key).unwrap();
        }
        for pair in [pair, pair_again] {
            guest.close("keypair", pair).unwrap();
        }
        guest.close("secretkey", secret).unwrap();
        for id in ids {
            guest.manager_invalidate(manager, &id, 1).unwrap();
        }
        guest.external_secret_invalidate(manager, &id, 1).unwrap();
        secrets
    });
}

/// The algorithms of keys, with the number of their type.
const ASYMMETRIC: [(&str, i64); 20] = [
    ("Ed25519", 0),
    ("ECDSA_P256_SHA256", 0),
    ("ECDSA_P384_SHA384", 0),
    ("ECDSA_K256_SHA256", 0),
    ("RSA_PKCS1_2048_SHA256", 0),
    ("RSA_PKCS1_3072_SHA384", 0),
    ("RSA_PKCS1_4096_SHA512", 0),
    ("RSA_PSS_2048_SHA256", 0),
    ("RSA_PSS_3072_SHA384", 0),
    ("RSA_PSS_4096_SHA512", 0),
    ("ML-DSA-44", 0),
    ("ML-DSA-65", 0),
    ("ML-DSA-87", 0),
    ("X25519", 2),
    ("P256-SHA256", 2),
    ("P384-SHA384", 2),
    ("ML-KEM-512", 2),
    ("ML-KEM-768", 2),
    ("ML-KEM-1024", 2),
    ("X-WING", 2),
];

/// What of a PKCS#8 key is secret: for RSA all behind the modulus and its exponent, else the end of it or the scalar.
fn secret_part(name: &str, der: &[u8]) -> std::ops::Range<usize> {
    match name {
        _ if name.starts_with("RSA") => der.len() * 2 / 5..der.len() - 16,
        _ if name.contains("P256") || name.contains("K256") => der.len() - 102..der.len() - 70,
        _ if name.contains("P384") => der.len() - 150..der.len() - 102,
        _ if name.starts_with("ML-KEM") => der.len() - 64..der.len(),
        _ => der.len() - 32..der.len(),
    }
}

#[test]
fn secret_keys_and_what_is_done_with_them() {
    leaves_nothing(|guest| {
        let mut secrets = Vec::new();
        let subject = guest.subject();
        for (name, kind) in ASYMMETRIC.into_iter().filter(|(name, _)| subject.serves(name)) {
            let pair = guest.keypair_generate(kind, name, None).unwrap();
            let output = guest.export_output("keypair", pair, 1).unwrap();
            let der = pulled(guest, output);
            if !subject.has(Capability::WipedKeys(name)) {
                // SECURITY.md says so. Only what else is made of such a key is searched for.
                println!("not searched for: a secret key of {name}, of {}", subject.backend());
            } else {
                secrets.extend(parts(&format!("a secret key of {name}"), &der[secret_part(name, &der)]));
            }
            guest.close("keypair", pair).unwrap();
            // Again, imported, with its halves, in PEM as well.
            let pair = guest.import("keypair", kind, name, &der, 1).unwrap();
            let (public, secret) = (guest.keypair_publickey(pair).unwrap(), guest.keypair_secretkey(pair).unwrap());
            let output = guest.export_output("secretkey", secret, 2).unwrap();
            let pem = pulled(guest, output);
            secrets.extend(parts(&format!("a secret key of {name} in PEM"), &pem[pem.len() * 3 / 5..pem.len() - 40]));
            let imported = guest.import("secretkey", kind, name, &pem, 2).unwrap();
            if kind == 0 {
                let signature = guest.sign(pair, b"message").unwrap();
                guest.close("signature", signature).unwrap();
            } else if let Ok(output) = guest.kx_dh_output(public, secret) {
                let shared = pulled(guest, output);
                secrets.extend(parts(&format!("a secret agreed on with {name}"), &shared));
            } else {
                let (shared, encapsulated) = guest.kx_encapsulate(public).unwrap();
                let shared = Zeroizing::new(shared);
                secrets.extend(parts(&format!("a secret encapsulated with {name}"), &shared));
                let opened = Zeroizing::new(guest.kx_decapsulate(imported, &encapsulated).unwrap());
                assert_eq!(opened, shared, "{name}");
            }
            for (kind, handle) in
                [("keypair", pair), ("publickey", public), ("secretkey", secret), ("secretkey", imported)]
            {
                guest.close(kind, handle).unwrap();
            }
        }
        secrets
    });
}
