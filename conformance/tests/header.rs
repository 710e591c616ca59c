//! The header for C guests declares what the list of functions has.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;

use hostcrypt::{
    Revision,
    abi::{Function, MODULE_PREFIX, Type, functions},
};
use hostcrypt_conformance::{AlgorithmType, Encoding};

const HEADER: &str = include_str!("../../examples/guests/wasi_crypto.h");
const REVISION: Revision = Revision::V0_10;

/// A declared function: its module, and each parameter as a type and a name.
type Declaration = (String, Vec<(String, String)>);

/// The text between two others, and what follows.
fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<(&'t str, &'t str)> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end)
}

/// The module that each macro declares functions of: `#define KX(name) CRYPTO_FUNCTION("kx", name)`.
fn macros() -> BTreeMap<&'static str, String> {
    let define = |line: &'static str| {
        let (name, rest) = line.strip_prefix("#define ")?.split_once("(name) CRYPTO_FUNCTION(\"")?;
        Some((name, format!("{MODULE_PREFIX}{}", rest.split_once('"')?.0)))
    };
    HEADER.lines().filter_map(define).collect()
}

fn parameter(text: &str) -> (String, String) {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let start = text.rfind([' ', '*']).unwrap() + 1;
    (text[..start].trim_end().to_owned(), text[start..].to_owned())
}

/// Every function of the header by its name.
fn declared() -> BTreeMap<String, Declaration> {
    let mut declared = BTreeMap::new();
    for (name, module) in macros() {
        let mut rest = HEADER;
        while let Some((function, after)) = between(rest, &format!("\n{name}("), ")") {
            let (parameters, after) = after.split_once(';').unwrap();
            let parameters = parameters.trim_start_matches('(').trim_end_matches(')').split(',').map(parameter);
            let before = declared.insert(function.to_owned(), (module.clone(), parameters.collect()));
            assert_eq!(before, None, "{function} is declared twice");
            // A declaration begins behind the end of the line before it.
            rest = after;
        }
    }
    declared
}

/// The C types of a type's integers.
fn c_types(ty: Type) -> Vec<String> {
    let range = |pointer: &str| vec![pointer.to_owned(), "crypto_size_t".to_owned()];
    match ty {
        Type::string => range("const char *"),
        Type::bytes => range("const uint8_t *"),
        Type::buf => range("uint8_t *"),
        Type::u64 => vec!["uint64_t".to_owned()],
        Type::size => vec!["crypto_size_t".to_owned()],
        Type::timestamp => vec!["crypto_timestamp_t".to_owned()],
        Type::signature_keypair => vec!["keypair_t".to_owned()],
        Type::signature_publickey => vec!["publickey_t".to_owned()],
        _ if ty.is_optional() => vec![format!("const {}_t *", ty.name())],
        _ => vec![format!("{}_t", ty.name())],
    }
}

/// What the header must declare of a function: the types of all parameters, and the names of those that are no output.
fn expected(function: &Function) -> (Vec<String>, Vec<&'static str>) {
    let inputs = function.parameters.iter().flat_map(|parameter| c_types(parameter.ty));
    let outputs = function.outputs.iter().map(|output| match (function.name, output.ty) {
        // The list has the published type of the output, which is not what it means.
        ("signature_state_sign", _) => "signature_t *".to_owned(),
        (_, ty) => format!("{} *", c_types(ty)[0]),
    });
    let names = function.parameters.iter().flat_map(|parameter| parameter.names.iter().copied());
    (inputs.chain(outputs).collect(), names.collect())
}

#[test]
fn the_header_declares_every_function_with_its_parameters_and_nothing_else() {
    let mut declared = declared();
    for function in functions(REVISION) {
        let name = function.name;
        let Some((module, parameters)) = declared.remove(name) else { panic!("the header lacks {name}") };
        assert_eq!(module, function.module, "{name}");
        let (types, names) = expected(&function);
        let (its_types, its_names): (Vec<_>, Vec<_>) = parameters.into_iter().unzip();
        assert_eq!(its_types, types, "{name}");
        assert_eq!(its_names[..names.len()], names, "{name}");
    }
    assert!(declared.is_empty(), "revision {REVISION} has no {:?}", declared.keys());
}

/// The numbers of an enumeration's members that begin so: `    KEYPAIR_ENCODING_RAW = 0,`.
fn members(prefix: &str) -> BTreeMap<&'static str, i64> {
    let member = |line: &'static str| {
        let (name, number) = line.trim().strip_prefix(prefix)?.split_once(" = ")?;
        Some((name, number.split(',').next()?.parse().unwrap()))
    };
    HEADER.lines().filter_map(member).collect()
}

#[test]
fn the_header_gives_encodings_and_types_of_algorithms_their_numbers() {
    let encodings = [
        ("RAW", Encoding::Raw),
        ("PKCS8", Encoding::Pkcs8),
        ("DER", Encoding::Der),
        ("PEM", Encoding::Pem),
        ("SEC", Encoding::Sec),
        ("LOCAL", Encoding::Local),
    ];
    for kind in ["keypair", "publickey", "secretkey", "signature"] {
        let numbers = encodings.iter().filter_map(|(name, of)| Some((*name, of.number(REVISION, kind)?)));
        assert_eq!(members(&format!("{}_ENCODING_", kind.to_uppercase())), numbers.collect(), "{kind}");
    }
    let types = [AlgorithmType::Signatures, AlgorithmType::Symmetric, AlgorithmType::KeyExchange];
    let numbers = ["SIGNATURES", "SYMMETRIC", "KEY_EXCHANGE"].into_iter().zip(types.map(AlgorithmType::number));
    assert_eq!(members("ALGORITHM_TYPE_"), numbers.collect());
}
