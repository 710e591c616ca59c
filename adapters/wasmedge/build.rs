//! Links programs so that they find libwasmedge at run time, or fails early and says what to do.
//!
//! A build script affects only the programs of its own package. Other packages need a build script that passes on the
//! metadata: see the README.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

/// The release that the SDK's bindings are for.
const VERSION: &str = "0.14.1";

const TO_DO: &str = "On Debian, run `adapters/wasmedge/setup FOLDER` and follow the instructions that it prints. \
    Elsewhere, install that release, and set WASMEDGE_DIR to its folder unless it is ~/.wasmedge, /usr/local or ~/.local";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let [include, lib] = installed().unwrap_or_else(|| fail(&format!("there is no WasmEdge {VERSION}")));
    let header = fs::read_to_string(include.join("wasmedge/version.h")).unwrap_or_default();
    if !header.contains(&format!("\"{VERSION}\"")) {
        fail(&format!("the WasmEdge of `{}` is not {VERSION}", include.display()));
    }
    let Some(argument) = link_argument(&lib) else { return };
    println!("cargo::rustc-link-arg={argument}");
    println!("cargo::metadata=LINK_ARG={argument}");
}

fn fail(what: &str) -> ! {
    println!("cargo::error={what}. {TO_DO}");
    process::exit(1);
}

fn variable(name: &str) -> Option<PathBuf> {
    println!("cargo::rerun-if-env-changed={name}");
    env::var_os(name).map(PathBuf::from)
}

/// The folders of headers and libraries that the SDK's own build script finds, which looks in the same places.
fn installed() -> Option<[PathBuf; 2]> {
    let pair = |base: Option<PathBuf>, include: &str, lib: &str| base.map(|base| [base.join(include), base.join(lib)]);
    let mut places = vec![variable("WASMEDGE_INCLUDE_DIR").zip(variable("WASMEDGE_LIB_DIR")).map(|(i, l)| [i, l])];
    for lib in ["lib64", "lib"] {
        places.push(pair(variable("WASMEDGE_DIR"), "include", lib));
    }
    for lib in ["lib64/api", "lib/api"] {
        places.push(pair(variable("WASMEDGE_BUILD_DIR"), "include/api", lib));
    }
    let home = variable("HOME");
    let elsewhere = [
        home.as_ref().map(|home| home.join(".wasmedge")),
        Some("/usr/local".into()),
        home.map(|home| home.join(".local")),
    ];
    for base in elsewhere {
        for lib in ["lib64", "lib"] {
            places.push(pair(base.clone(), "include", lib));
        }
    }
    let is_there = |[include, lib]: &[PathBuf; 2]| include.join("wasmedge/wasmedge.h").exists() && lib.exists();
    places.into_iter().flatten().find(is_there)
}

/// What makes a program find the library when it runs.
fn link_argument(lib: &Path) -> Option<String> {
    env::var_os("CARGO_CFG_UNIX")?;
    let Some(prefix) = variable("WASMEDGE_PREFIX") else { return Some(format!("-Wl,-rpath,{}", lib.display())) };
    let (folder, loader) = match env::var("CARGO_CFG_TARGET_ARCH").as_deref() {
        Ok("x86_64") => ("x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
        Ok("aarch64") => ("aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
        other => fail(&format!("WASMEDGE_PREFIX is for x86_64 and aarch64, not {other:?}")),
    };
    let libs = prefix.join("usr/lib").join(folder);
    let loader = libs.join(loader);
    if !loader.exists() || !lib.starts_with(&prefix) {
        fail(&format!("WASMEDGE_PREFIX is `{}`, and WasmEdge was found in `{}`", prefix.display(), lib.display()));
    }
    // The prefix has a libc of its own, newer than the system's: programs run under its loader, and look there first.
    let (loader, libs) = (loader.display(), libs.display());
    Some(format!("-Wl,--dynamic-linker={loader},--disable-new-dtags,-rpath,{libs}"))
}
