//! Which module of the core may name which.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use syn::{
    UseTree,
    visit::{self, Visit},
};

/// The modules from the bottom up: each names only itself and those before it. What a module is for is said where `lib.rs`
/// declares it.
const LAYERS: &[&str] = &[
    "errno",
    "in_out",
    "stack",
    "refusal",
    "secret",
    "printable",
    "function",
    // Providers.
    "backend",
    "store",
    // Names of algorithms.
    "managed_state",
    "policy",
    "algorithm::info",
    "algorithm::symmetric",
    "algorithm::asymmetric",
    "algorithm::catalogue",
    // An embedder's host, and its guests.
    "host",
    // The rules.
    "objects::options",
    "objects::array_output",
    "objects::symmetric",
    "objects::asymmetric",
    "objects::signatures",
    "objects::kx",
    "objects::managed",
    // The pointer door.
    "abi",
];

/// A module's file: its path in the crate, and what is in it.
type Files = BTreeMap<Vec<String>, syn::File>;

fn read(folder: &Path, module: &[String], files: &mut Files) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.path().file_stem().unwrap().to_str().unwrap().to_owned();
        let inner = [module, std::slice::from_ref(&name)].concat();
        match (name.as_str(), entry.path().is_dir()) {
            // Tests may look anywhere.
            ("tests" | "lib", _) => {}
            (_, true) => read(&entry.path(), &inner, files),
            ("mod", false) => drop(files.insert(module.to_vec(), parse(&entry.path()))),
            (_, false) => drop(files.insert(inner, parse(&entry.path()))),
        }
    }
}

fn parse(path: &Path) -> syn::File {
    syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Every path that a file names, but for its tests.
#[derive(Default)]
struct Named(Vec<Vec<String>>);

impl Named {
    fn flatten(&mut self, before: &[String], tree: &UseTree) {
        match tree {
            UseTree::Path(path) => self.flatten(&[before, &[path.ident.to_string()]].concat(), &path.tree),
            UseTree::Name(name) => self.0.push([before, &[name.ident.to_string()]].concat()),
            UseTree::Rename(name) => self.0.push([before, &[name.ident.to_string()]].concat()),
            UseTree::Glob(_) => self.0.push(before.to_vec()),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.flatten(before, tree)),
        }
    }
}

impl<'ast> Visit<'ast> for Named {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.ident != "tests" {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.flatten(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }
}

fn named(file: &syn::File) -> Vec<Vec<String>> {
    let mut named = Named::default();
    named.visit_file(file);
    named.0
}

/// A path from the root of the crate, if it leads there.
fn absolute(module: &[String], path: &[String]) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([module, rest].concat()),
        "super" => {
            let above = &module[..module.len() - 1];
            absolute(above, rest).or_else(|| Some([above, rest].concat()))
        }
        _ => None,
    }
}

/// The place of a path in the list, if it is in a module there.
fn layer(path: &[String]) -> Option<usize> {
    let begins = |layer: &str| layer.split("::").zip(path).filter(|(one, other)| one == other).count();
    LAYERS.iter().position(|layer| begins(layer) == layer.split("::").count())
}

#[test]
fn each_module_names_only_those_below_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Files::new();
    read(&root, &[], &mut files);
    assert!(files.len() > 50, "the core was not read");
    // What a root re-exports leads to the module that has it.
    let exports: BTreeMap<_, _> = [(Vec::new(), parse(&root.join("lib.rs")))]
        .into_iter()
        .chain(["algorithm", "objects"].map(|name| {
            let module = vec![name.to_owned()];
            let file = parse(&root.join(name).join("mod.rs"));
            (module, file)
        }))
        .flat_map(|(module, file)| {
            let exported = named(&file).into_iter().filter(|path| path.len() > 1);
            exported.map(move |path| {
                let name = [&module[..], &path[path.len() - 1..]].concat();
                (name, [&module[..], &path[..]].concat())
            })
        })
        .collect();
    let (mut wrong, mut unknown, mut seen, mut resolved) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), 0);
    for (module, file) in &files {
        let Some(from) = layer(module) else {
            // Roots of folders whose parts are layers of their own: they only declare and re-export those.
            assert!(["algorithm", "objects"].contains(&&*module.join("::")), "{} has no layer", module.join("::"));
            continue;
        };
        seen.insert(from);
        for path in named(file).iter().filter_map(|path| absolute(module, path)) {
            // The crate itself, as in `pub(crate)`, and its macro.
            if path.is_empty() || path == ["for_each_function"] {
                continue;
            }
            let exported = exports.iter().find(|(name, _)| path.starts_with(name));
            let to = layer(&path).or_else(|| exported.and_then(|(_, target)| layer(target)));
            if to.is_none() {
                unknown.insert(format!("{} names {}", module.join("::"), path.join("::")));
            }
            resolved += usize::from(to.is_some());
            if to.is_some_and(|to| to > from) {
                wrong.insert(format!("{} names {}", module.join("::"), path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(unknown.is_empty(), "of no layer: {unknown:#?}");
    assert_eq!(seen.len(), LAYERS.len(), "a layer that has no file");
    assert!(resolved > 500, "names were not resolved: {resolved}");
}

#[test]
fn a_name_of_the_root_and_a_relative_one_lead_to_their_layer() {
    let path = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(absolute(&path("abi::calls::kx"), &path("super::super::memory")), Some(path("abi::memory")));
    assert_eq!(absolute(&path("objects::kx"), &path("crate::secret::SecretBytes")), Some(path("secret::SecretBytes")));
    assert_eq!(absolute(&path("objects::kx"), &path("std::sync")), None);
    assert_eq!(layer(&path("objects::kx::agree")), LAYERS.iter().position(|layer| *layer == "objects::kx"));
    assert_eq!(layer(&path("algorithm")), None);
}
