//! The WIT of the component form, held to the published facts and to the list of functions.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use std::{collections::BTreeMap, fs};

use hostcrypt::{
    Revision, WIT,
    abi::{MODULE_PREFIX, functions},
};
use serde_json::Value;
use wit_parser::{Function, Handle, Interface, Resolve, Type, TypeDefKind, TypeId};

/// What the interface of a name has, by name.
type Interfaces = BTreeMap<String, BTreeMap<String, String>>;

fn wit() -> Resolve {
    let mut wit = Resolve::new();
    wit.push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/wit")).unwrap();
    wit
}

fn facts(kind: &str) -> Interfaces {
    let facts: Value = serde_json::from_str(include_str!("../spec/wit-0.11.json")).unwrap();
    let text = |fact: &Value| fact.as_str().unwrap().to_owned();
    let of =
        |interface: &Value| interface[kind].as_object().unwrap().iter().map(|(k, v)| (k.clone(), text(v))).collect();
    facts["interfaces"].as_object().unwrap().iter().map(|(name, interface)| (name.clone(), of(interface))).collect()
}

/// A type as the facts write it.
fn ty(wit: &Resolve, ty: &Type) -> String {
    match ty {
        Type::Id(id) if wit.types[*id].name.is_some() => match wit.types[*id].kind {
            TypeDefKind::Resource => format!("own<{}>", name(wit, *id)),
            _ => name(wit, *id),
        },
        Type::Id(id) => kind(wit, *id),
        Type::String => "string".into(),
        primitive => format!("{primitive:?}").to_lowercase(),
    }
}

fn name(wit: &Resolve, id: TypeId) -> String {
    wit.types[id].name.clone().unwrap()
}

/// What a type is made of.
fn kind(wit: &Resolve, id: TypeId) -> String {
    let optional = |part: &Option<Type>| part.as_ref().map_or("_".into(), |part| ty(wit, part));
    match &wit.types[id].kind {
        TypeDefKind::Resource => "resource".into(),
        TypeDefKind::Handle(Handle::Own(of)) => format!("own<{}>", name(wit, *of)),
        TypeDefKind::Handle(Handle::Borrow(of)) => format!("borrow<{}>", name(wit, *of)),
        TypeDefKind::List(of) => format!("list<{}>", ty(wit, of)),
        TypeDefKind::Option(of) => format!("option<{}>", ty(wit, of)),
        TypeDefKind::Result(result) => format!("result<{}, {}>", optional(&result.ok), optional(&result.err)),
        TypeDefKind::Tuple(tuple) => {
            format!("tuple<{}>", tuple.types.iter().map(|part| ty(wit, part)).collect::<Vec<_>>().join(", "))
        }
        TypeDefKind::Enum(of) => {
            format!("enum{{{}}}", of.cases.iter().map(|case| case.name.clone()).collect::<Vec<_>>().join(", "))
        }
        TypeDefKind::Variant(of) => {
            let payload =
                |part: &Option<Type>| part.as_ref().map_or(String::new(), |part| format!("({})", ty(wit, part)));
            let cases = of.cases.iter().map(|case| case.name.clone() + &payload(&case.ty));
            format!("variant{{{}}}", cases.collect::<Vec<_>>().join(", "))
        }
        TypeDefKind::Type(Type::Id(of)) if wit.types[*of].name.is_some() => name(wit, *of),
        TypeDefKind::Type(of) => ty(wit, of),
        other => panic!("{other:?}"),
    }
}

fn signature(wit: &Resolve, function: &Function) -> String {
    let parameters = function.params.iter().map(|parameter| format!("{}: {}", parameter.name, ty(wit, &parameter.ty)));
    let result = function.result.as_ref().map_or(String::new(), |result| format!(" -> {}", ty(wit, result)));
    format!("({}){result}", parameters.collect::<Vec<_>>().join(", "))
}

/// The types that an interface declares itself.
fn own_types(wit: &Resolve, interface: &Interface) -> BTreeMap<String, String> {
    let used = |id: TypeId| match wit.types[id].kind {
        TypeDefKind::Type(Type::Id(of)) => wit.types[of].owner != wit.types[id].owner && name(wit, of) == name(wit, id),
        _ => false,
    };
    let own = interface.types.iter().filter(|(_, id)| !used(**id));
    own.map(|(name, id)| (name.clone(), kind(wit, *id))).collect()
}

fn interfaces(wit: &Resolve, of: impl Fn(&Interface) -> BTreeMap<String, String>) -> Interfaces {
    wit.interfaces.iter().map(|(_, interface)| (interface.name.clone().unwrap(), of(interface))).collect()
}

fn signatures(wit: &Resolve) -> Interfaces {
    let sign = |function: &Function| (function.name.clone(), signature(wit, function));
    interfaces(wit, |interface| interface.functions.values().map(sign).collect())
}

#[test]
fn the_crate_has_every_file_of_the_wit() {
    let files = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/wit")).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(WIT.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names);
}

#[test]
fn the_wit_has_the_published_package_types_and_functions() {
    let wit = wit();
    assert_eq!(
        wit.packages.iter().map(|(_, package)| package.name.to_string()).collect::<Vec<_>>(),
        ["wasi:crypto@0.11.0"]
    );
    assert_eq!(interfaces(&wit, |interface| own_types(&wit, interface)), facts("types"));
    let functions = signatures(&wit);
    assert_eq!(functions, facts("functions"));
    assert_eq!(functions.values().map(BTreeMap::len).sum::<usize>(), 86);
}

#[test]
fn the_world_imports_every_interface() {
    let wit = wit();
    let worlds: Vec<_> = wit.worlds.iter().map(|(_, world)| (world.name.as_str(), world.imports.len())).collect();
    assert_eq!(worlds, [("imports", wit.interfaces.len())]);
}

#[test]
fn every_function_of_0_10_has_its_counterpart_and_batches_alone_have_none() {
    let listed = functions(Revision::V0_10).map(|function| {
        assert!(function.module.starts_with(MODULE_PREFIX));
        (function.module.replace('_', "-"), function.name.replace('_', "-"))
    });
    let listed: Vec<_> = listed.collect();
    let wit = signatures(&wit());
    for (interface, function) in &listed {
        assert!(wit[interface].contains_key(function), "{interface} lacks {function}");
    }
    let names = |(interface, functions): (&String, &BTreeMap<String, String>)| {
        functions.keys().map(|function| (interface.clone(), function.clone())).collect::<Vec<_>>()
    };
    let alone: Vec<_> = wit.iter().flat_map(names).filter(|function| !listed.contains(function)).collect();
    let alone: Vec<_> = alone.iter().map(|(_, function)| function.as_str()).collect();
    // Lists of tuples have no form in the integers of a core module.
    assert_eq!(
        alone,
        [
            "batch-signature-state-sign",
            "batch-signature-state-verify",
            "batch-symmetric-state-decrypt",
            "batch-symmetric-state-decrypt-detached",
            "batch-symmetric-state-encrypt",
            "batch-symmetric-state-encrypt-detached",
            "batch-symmetric-state-squeeze",
            "batch-symmetric-state-squeeze-tag",
        ]
    );
}

#[test]
fn every_item_of_the_wit_is_documented() {
    let wit = wit();
    for (_, interface) in &wit.interfaces {
        assert!(interface.docs.contents.is_some(), "{:?}", interface.name);
        for function in interface.functions.values() {
            assert!(function.docs.contents.is_some(), "{}", function.name);
        }
    }
    for (_, world) in &wit.worlds {
        assert!(world.docs.contents.is_some(), "{}", world.name);
    }
}
