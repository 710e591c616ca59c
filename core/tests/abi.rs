//! The list of functions and the enums, held to the published facts of both revisions.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::collections::BTreeMap;

use hostcrypt::{
    Errno, Revision,
    abi::{Function, Type, functions},
};
use serde_json::Value;

fn facts(revision: Revision) -> Value {
    let text = match revision {
        Revision::V2020_06 => include_str!("../spec/abi-2020-06.json"),
        Revision::V0_10 => include_str!("../spec/abi-0.10.json"),
    };
    serde_json::from_str(text).unwrap()
}

fn of(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The published form of a parameter list: a range is two parameters, a string is one, and what 0.10 calls a
/// `secrets_manager` was a `key_manager` in 2020-06.
fn published_parameters(revision: Revision, function: &Function) -> Vec<(String, String)> {
    let named = |name: &str| match (revision, name) {
        (Revision::V2020_06, "secrets_manager") => "key_manager".to_string(),
        _ => name.to_string(),
    };
    let mut published = Vec::new();
    for parameter in function.parameters {
        let range = match parameter.ty {
            Type::bytes => Some("in_ptr<u8>"),
            Type::buf => Some("out_ptr<u8>"),
            _ => None,
        };
        match (range, parameter.names) {
            (Some(pointer), [ptr, len]) => {
                published.push((ptr.to_string(), pointer.to_string()));
                published.push((len.to_string(), "size".to_string()));
            }
            (None, [name, ..]) => published.push((named(name), named(parameter.ty.name()))),
            other => panic!("{}: {other:?}", function.name),
        }
    }
    published
}

fn core_signature(function: &Function) -> String {
    let core: Vec<_> = function.core().map(|core| format!("{core:?}").to_lowercase()).collect();
    format!("({}) -> i32", core.join(", "))
}

#[test]
fn every_published_function_is_listed_with_its_own_parameters_outputs_and_core_types() {
    for (revision, count) in [(Revision::V2020_06, 64), (Revision::V0_10, 78)] {
        let facts = facts(revision);
        let listed: BTreeMap<_, _> = functions(revision).map(|function| (function.name, function)).collect();
        let published = facts["functions"].as_array().unwrap();
        assert_eq!((published.len(), listed.len()), (count, count), "{revision}");
        for fact in published {
            let name = of(&fact["name"]);
            let function = listed.get(name).unwrap_or_else(|| panic!("{revision} lacks {name}"));
            assert_eq!(function.module, of(&fact["module"]), "{name}");
            let parameters: Vec<_> = fact["params"].as_array().unwrap().iter().collect();
            let parameters: Vec<_> =
                parameters.iter().map(|pair| (of(&pair[0]).to_string(), of(&pair[1]).to_string())).collect();
            assert_eq!(published_parameters(revision, function), parameters, "{revision} {name}");
            let outputs: Vec<_> = fact["outputs"].as_array().unwrap().iter().map(of).collect();
            assert_eq!(function.outputs.iter().map(|output| output.ty.name()).collect::<Vec<_>>(), outputs, "{name}");
            assert_eq!(core_signature(function), of(&fact["core"]), "{revision} {name}");
        }
    }
}

/// By the name of 0.10; 2020-06 calls `not_found` `key_not_found`.
const ERRNOS: [Errno; 30] = [
    Errno::GuestError,
    Errno::NotImplemented,
    Errno::UnsupportedFeature,
    Errno::ProhibitedOperation,
    Errno::UnsupportedEncoding,
    Errno::UnsupportedAlgorithm,
    Errno::UnsupportedOption,
    Errno::InvalidKey,
    Errno::InvalidLength,
    Errno::VerificationFailed,
    Errno::RngError,
    Errno::AlgorithmFailure,
    Errno::InvalidSignature,
    Errno::Closed,
    Errno::InvalidHandle,
    Errno::Overflow,
    Errno::InternalError,
    Errno::TooManyHandles,
    Errno::KeyNotSupported,
    Errno::KeyRequired,
    Errno::InvalidTag,
    Errno::InvalidOperation,
    Errno::NonceRequired,
    Errno::InvalidNonce,
    Errno::OptionNotSet,
    Errno::NotFound,
    Errno::ParametersMissing,
    Errno::InProgress,
    Errno::IncompatibleKeys,
    Errno::Expired,
];

#[test]
fn every_errno_has_the_number_that_its_revision_published() {
    for revision in Revision::ALL {
        let facts = facts(revision);
        let published = facts["types"]["crypto_errno"]["variants"].as_object().unwrap();
        let mut met = 0;
        for errno in ERRNOS {
            let name = match (revision, errno.to_string().as_str()) {
                (Revision::V2020_06, "not_found" | "expired") => "key_not_found".to_string(),
                (Revision::V2020_06, "invalid_nonce") => "nonce_required".to_string(),
                (_, name) => name.to_string(),
            };
            assert_eq!(u64::from(revision.number(errno)), published[&name].as_u64().unwrap(), "{revision} {errno}");
            met += usize::from(name == errno.to_string() || name == "key_not_found" && errno == Errno::NotFound);
        }
        assert_eq!(met + 1, published.len(), "{revision}: each number but that of success is some errno's own");
    }
}

#[test]
fn a_guest_is_known_by_what_it_imports() {
    let of = |names: &[&str]| Revision::of_imports(names.iter().map(|name| ("wasi_ephemeral_crypto_common", *name)));
    assert_eq!(of(&["options_open", "key_manager_open"]), Revision::V2020_06);
    assert_eq!(of(&["options_open", "kx_dh"]), Revision::V0_10);
    assert_eq!(of(&["options_open"]), Revision::V0_10);
    assert_eq!(of(&["key_manager_open", "symmetric_state_clone"]), Revision::V0_10);
    assert_eq!(of(&[]), Revision::V0_10);
    assert_eq!(Revision::of_imports([("elsewhere", "key_manager_open")]), Revision::V0_10);
    assert_eq!("2020-06".parse(), Ok(Revision::V2020_06));
    assert!("0.9".parse::<Revision>().is_err());
}
