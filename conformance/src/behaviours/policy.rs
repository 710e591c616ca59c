//! What the operator forbids.

use hostcrypt::{Policy, Revision, abi::functions};

use super::{
    algorithms::served,
    behaviours,
    handles::calls::{Call, TypedCall},
};
use crate::{
    AlgorithmType, Guest,
    guest::{KEY_EXCHANGE, RAW, SIGNATURES, SYMMETRIC, refuses},
};

behaviours!("policy":
    a_forbidden_algorithm_is_prohibited_wherever_it_is_named,
    what_is_not_among_the_allowed_is_prohibited,
    what_the_host_does_not_have_is_unsupported_whatever_the_policy,
    a_key_that_is_too_short_for_the_policy_is_prohibited,
    a_derived_key_is_held_to_the_policy,
    a_forbidden_function_is_prohibited_whatever_it_is_given [needs Memory, Handles, Numbers],
    every_function_is_prohibited_where_it_is_forbidden,
    what_nist_approves_is_left_by_the_policy_for_it,
    what_one_host_forbids_another_allows,
    a_function_is_forbidden_under_the_names_of_both_revisions [needs Memory, Handles, Numbers],
    functions_that_come_to_the_same_are_forbidden_one_by_one,
);

fn under<'a>(guest: &Guest<'a>, policy: Policy) -> Guest<'a> {
    guest.set_up(policy)
}

/// Holds every function that names an asymmetric algorithm to refusing it.
fn prohibited(guest: &mut Guest<'_>, kind: AlgorithmType, name: &str) {
    refuses!(guest.keypair_generate(kind, name, None), ProhibitedOperation, "{name}");
    for key in ["keypair", "publickey", "secretkey"] {
        refuses!(guest.import(key, kind, name, &[1; 32], RAW), ProhibitedOperation, "{name} {key}");
    }
    if kind == SIGNATURES {
        refuses!(guest.signature_import(name, &[1; 64], RAW), ProhibitedOperation, "{name}");
    }
}

/// The same of a symmetric one.
fn prohibited_symmetric(guest: &mut Guest<'_>, name: &str) {
    refuses!(guest.symmetric_key_generate(name, None), ProhibitedOperation, "{name}");
    refuses!(guest.symmetric_key_import(name, &[1; 32]), ProhibitedOperation, "{name}");
    refuses!(guest.symmetric_state_open(name, None, None), ProhibitedOperation, "{name}");
}

fn a_forbidden_algorithm_is_prohibited_wherever_it_is_named(guest: &mut Guest<'_>) {
    let mut guest = under(guest, Policy::new().forbid_algorithms(["ed25519", "HMAC/*", "x25519"]));
    prohibited(&mut guest, SIGNATURES, "Ed25519");
    if guest.revision() == Revision::V0_10 {
        prohibited(&mut guest, KEY_EXCHANGE, "X25519");
    }
    for name in ["HMAC/SHA-256", "HMAC/SHA-512", "hmac/sha-256"] {
        prohibited_symmetric(&mut guest, name);
    }
    // All else is as it was.
    guest.symmetric_key_generate("HKDF-EXTRACT/SHA-256", None).unwrap();
    guest.keypair_generate(SIGNATURES, "ECDSA_P256_SHA256", None).unwrap();
}

fn what_is_not_among_the_allowed_is_prohibited(guest: &mut Guest<'_>) {
    let policy = Policy::new().allow_only(["SHA-*", "AES-*-GCM"]).forbid_algorithms(["SHA-512*"]);
    let mut guest = under(guest, policy);
    guest.symmetric_state_open("SHA-256", None, None).unwrap();
    guest.symmetric_key_generate("AES-256-GCM", None).unwrap();
    prohibited(&mut guest, SIGNATURES, "Ed25519");
    for name in ["SHA-512", "SHA-512/256", "CHACHA20-POLY1305", "HKDF-EXPAND/SHA-256"] {
        prohibited_symmetric(&mut guest, name);
    }
}

fn what_the_host_does_not_have_is_unsupported_whatever_the_policy(guest: &mut Guest<'_>) {
    let mut guest = under(guest, Policy::new().forbid_algorithms(["*"]));
    refuses!(guest.symmetric_key_generate("NO-SUCH-THING", None), UnsupportedAlgorithm);
    refuses!(guest.keypair_generate(SIGNATURES, "SHA-256", None), UnsupportedAlgorithm);
    refuses!(guest.symmetric_state_open("Ed25519", None, None), UnsupportedAlgorithm);
}

fn a_key_that_is_too_short_for_the_policy_is_prohibited(guest: &mut Guest<'_>) {
    let policy = Policy::new()
        .require_key_bits("HMAC/*", 112)
        .require_key_bits("AES-*", 200)
        .require_key_bits("ECDSA_*", 300)
        .require_key_bits("RSA_*", 3072);
    let mut guest = under(guest, policy);
    refuses!(guest.symmetric_key_import("HMAC/SHA-256", &[1; 13]), ProhibitedOperation);
    refuses!(guest.symmetric_key_import("HMAC/SHA-256", b""), ProhibitedOperation);
    // What is made is long enough.
    let mut demanding = under(&guest, Policy::new().require_key_bits("HMAC/*", 300));
    let key = demanding.symmetric_key_generate("HMAC/SHA-256", None).unwrap();
    assert_eq!(demanding.symmetric_key_export(key).unwrap().len(), 38);
    let key = guest.symmetric_key_import("HMAC/SHA-256", &[1; 14]).unwrap();
    guest.symmetric_state_open("HMAC/SHA-256", Some(key), None).unwrap();
    prohibited_symmetric(&mut guest, "AES-128-GCM");
    guest.symmetric_key_generate("AES-256-GCM", None).unwrap();
    // A wrong key is wrong under any policy.
    refuses!(guest.symmetric_key_import("AES-256-GCM", b"short"), InvalidKey);
    prohibited(&mut guest, SIGNATURES, "ECDSA_P256_SHA256");
    for algorithm in served(&guest).into_iter().filter(|algorithm| algorithm.name.starts_with("RSA_")) {
        if algorithm.output < 3072 / 8 {
            prohibited(&mut guest, SIGNATURES, algorithm.name);
        } else {
            algorithm.key(&mut guest);
        }
    }
}

fn a_derived_key_is_held_to_the_policy(guest: &mut Guest<'_>) {
    let policy = Policy::new().require_key_bits("HKDF-EXPAND/SHA-256", 300).forbid_algorithms(["HKDF-EXPAND/SHA-512"]);
    let mut guest = under(guest, policy);
    for hash in ["SHA-256", "SHA-512"] {
        let (extract, expand) = (format!("HKDF-EXTRACT/{hash}"), format!("HKDF-EXPAND/{hash}"));
        let key = guest.symmetric_key_import(&extract, b"input").unwrap();
        let state = guest.symmetric_state_open(&extract, Some(key), None).unwrap();
        refuses!(guest.symmetric_state_squeeze_key(state, &expand), ProhibitedOperation, "{expand}");
    }
    refuses!(guest.symmetric_key_import("HKDF-EXPAND/SHA-256", &[1; 37]), ProhibitedOperation);
    guest.symmetric_key_import("HKDF-EXPAND/SHA-256", &[1; 38]).unwrap();
}

fn a_forbidden_function_is_prohibited_whatever_it_is_given(guest: &mut Guest<'_>) {
    for function in functions(guest.revision()) {
        let policy = Policy::new().forbid_functions([function.name]).unwrap();
        let mut forbidden = under(guest, policy);
        let nonsense = vec![-1; function.core().count()];
        refuses!(forbidden.memory().call(function.name, &nonsense), ProhibitedOperation, "{}", function.name);
    }
    let mut allowed = guest.neighbour();
    let mut forbidden = under(guest, Policy::new().forbid_functions(["*_export", "*_GENERATE"]).unwrap());
    for function in functions(guest.revision()) {
        if function.name.ends_with("_generate") {
            let mut call = Call::plausible(&mut allowed, &function);
            call.place_all(&mut allowed, 0);
            call.send(&mut allowed).unwrap();
        }
    }
    let key = forbidden.symmetric_key_import("AES-256-GCM", &[7; 32]).unwrap();
    refuses!(forbidden.symmetric_key_export(key), ProhibitedOperation);
    refuses!(forbidden.symmetric_key_generate("AES-256-GCM", None), ProhibitedOperation);
    let options = forbidden.nonce(&[0; 12]);
    let state = forbidden.symmetric_state_open("AES-256-GCM", Some(key), Some(options)).unwrap();
    forbidden.symmetric_state_encrypt(state, 20, b"text").unwrap();
}

fn every_function_is_prohibited_where_it_is_forbidden(guest: &mut Guest<'_>) {
    for function in functions(guest.revision()) {
        let mut forbidden = under(guest, Policy::new().forbid_functions([function.name]).unwrap());
        let call = TypedCall::beside(&mut forbidden, &mut guest.neighbour(), &function);
        refuses!(call.send(&mut forbidden), ProhibitedOperation, "{}", function.name);
    }
}

fn what_nist_approves_is_left_by_the_policy_for_it(guest: &mut Guest<'_>) {
    let mut guest = under(guest, Policy::fips());
    let others = ["AES-128-GCM-SIV", "AES-256-GCM-SIV", "BLAKE2B-256", "BLAKE2B-512"];
    for name in ["CHACHA20-POLY1305", "XCHACHA20-POLY1305", "XOODYAK-128"].into_iter().chain(others) {
        if guest.subject().serves(name) {
            prohibited_symmetric(&mut guest, name);
        }
    }
    let served = served(&guest);
    for algorithm in &served {
        let approved = !["ECDSA_K256_SHA256", "X25519", "X-WING"].contains(&algorithm.name);
        if approved {
            algorithm.key(&mut guest);
        } else {
            prohibited(&mut guest, algorithm.kind, algorithm.name);
        }
    }
    assert!(served.iter().any(|algorithm| algorithm.name == "X25519") == (guest.revision() == Revision::V0_10));
    for name in ["SHA-256", "SHA-384", "SHA-512", "SHA-512/256"] {
        guest.symmetric_state_open(name, None, None).unwrap();
    }
    for name in ["AES-128-GCM", "AES-256-GCM", "HMAC/SHA-256", "HMAC/SHA-512", "HKDF-EXPAND/SHA-256"] {
        guest.symmetric_key_generate(name, None).unwrap();
    }
    for name in ["AES-128-CMAC", "AES-256-CBC", "AES-128-CTR"] {
        if guest.subject().serves(name) {
            guest.symmetric_key_generate(name, None).unwrap();
        }
    }
    // 112 bits at least.
    refuses!(guest.symmetric_key_import("HMAC/SHA-256", &[1; 13]), ProhibitedOperation);
    guest.symmetric_key_import("HMAC/SHA-256", &[1; 14]).unwrap();
}

fn what_one_host_forbids_another_allows(guest: &mut Guest<'_>) {
    let mut forbidden = under(guest, Policy::new().forbid_algorithms(["*"]).forbid_functions(["options_*"]).unwrap());
    refuses!(forbidden.options_open(SYMMETRIC), ProhibitedOperation);
    refuses!(forbidden.symmetric_state_open("SHA-256", None, None), ProhibitedOperation);
    guest.options_open(SYMMETRIC).unwrap();
    guest.symmetric_state_open("SHA-256", None, None).unwrap();
}

fn a_function_is_forbidden_under_the_names_of_both_revisions(guest: &mut Guest<'_>) {
    let (own, other) = match guest.revision() {
        Revision::V2020_06 => ("key_manager", "secrets_manager"),
        Revision::V0_10 => ("secrets_manager", "key_manager"),
    };
    for operation in ["open", "close", "invalidate"] {
        let policy = Policy::new().forbid_functions([format!("{other}_{operation}")]).unwrap();
        let mut forbidden = under(guest, policy);
        let own = format!("{own}_{operation}");
        let function = functions(guest.revision()).find(|function| function.name == own).unwrap();
        refuses!(forbidden.memory().call(&own, &vec![-1; function.core().count()]), ProhibitedOperation, "{own}");
        if operation != "open" {
            forbidden.manager();
        }
    }
}

fn functions_that_come_to_the_same_are_forbidden_one_by_one(guest: &mut Guest<'_>) {
    let forbidding = |pattern: &str| under(guest, Policy::new().forbid_functions([pattern]).unwrap());
    for (pattern, exported) in
        [("secretkey_export", [true, false]), ("keypair_export", [false, true]), ("*_export", [false, false])]
    {
        let mut guest = forbidding(pattern);
        let pair = guest.keypair_generate(SIGNATURES, "Ed25519", None).unwrap();
        let secret = guest.keypair_secretkey(pair).unwrap();
        let answers = [guest.export("keypair", pair, RAW), guest.export("secretkey", secret, RAW)];
        assert_eq!(answers.map(|answer| answer.is_ok()), exported, "{pattern}");
    }
    for (pattern, made) in [
        ("symmetric_key_generate", [false, true]),
        ("symmetric_key_generate_managed", [true, false]),
        ("*_generate*", [false, false]),
    ] {
        let mut guest = forbidding(pattern);
        let manager = guest.manager();
        let keys = [
            guest.symmetric_key_generate("AES-256-GCM", None),
            guest.symmetric_key_generate_managed(manager, "AES-256-GCM"),
        ];
        assert_eq!(keys.map(|key| key.is_ok()), made, "{pattern}");
        guest.symmetric_key_import("AES-256-GCM", &[1; 32]).unwrap();
    }
}
