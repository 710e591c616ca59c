//! The numbers of the enums, held to the published facts.

use serde_json::Value;

use super::*;
use crate::Memory;

/// The variants of a published enum, by name.
fn variants(revision: Revision, name: &str) -> Vec<(String, u32)> {
    let text = match revision {
        Revision::V2020_06 => include_str!("../../../spec/abi-2020-06.json"),
        Revision::V0_10 => include_str!("../../../spec/abi-0.10.json"),
    };
    let facts: Value = serde_json::from_str(text).unwrap();
    let variants = facts["types"][name]["variants"].as_object().unwrap();
    variants.iter().map(|(name, number)| (name.clone(), u32::try_from(number.as_u64().unwrap()).unwrap())).collect()
}

/// Holds an enum to its published names and numbers, and every other number to be refused.
fn held<T: std::fmt::Debug>(revision: Revision, name: &str, of: impl Fn(u32) -> Result<T, Errno>, refusal: Errno) {
    let variants = variants(revision, name);
    for (variant, number) in &variants {
        let ours = format!("{:?}", of(*number).unwrap());
        assert_eq!(ours.to_lowercase(), variant.replace('_', ""), "{revision} {name} {number}");
    }
    for number in (0..300).chain([1 << 16, u32::MAX]).filter(|number| variants.iter().all(|known| known.1 != *number)) {
        assert_eq!(of(number).unwrap_err(), refusal, "{revision} {name} {number}");
    }
}

#[test]
fn every_enum_has_the_numbers_that_its_revision_published() {
    for revision in Revision::ALL {
        held(revision, "algorithm_type", |number| revision.algorithm_type(number), Errno::UnsupportedAlgorithm);
        for (name, kind) in [
            ("keypair_encoding", KeyKind::Pair),
            ("publickey_encoding", KeyKind::Public),
            ("secretkey_encoding", KeyKind::Secret),
        ] {
            held(revision, name, |number| revision.key_encoding(kind, number), Errno::UnsupportedEncoding);
        }
        held(revision, "signature_encoding", |n| revision.signature_encoding(n), Errno::UnsupportedEncoding);
    }
}

#[test]
fn an_optional_handle_has_the_tags_that_both_revisions_published() {
    for revision in Revision::ALL {
        for name in ["opt_options_u", "opt_symmetric_key_u"] {
            for (variant, number) in variants(revision, name) {
                let mut union = [u8::try_from(number).unwrap(), 9, 9, 9, 7, 0, 0, 0];
                let handle = Memory::new(&mut union).optional(0).unwrap();
                assert_eq!(handle, (variant == "some").then_some(7), "{name} {variant}");
            }
        }
    }
}
