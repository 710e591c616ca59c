//! Who may depend on whom.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::process::Command;

use serde_json::Value;

#[test]
fn adapters_and_backends_depend_on_the_core_and_never_on_each_other() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let output = Command::new(cargo).args(["metadata", "--no-deps", "--format-version", "1"]).output().unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let root = metadata["workspace_root"].as_str().unwrap().replace('\\', "/");
    let mut seen = 0;
    for package in metadata["packages"].as_array().unwrap() {
        let manifest = package["manifest_path"].as_str().unwrap().replace('\\', "/");
        let layer = manifest.strip_prefix(&root).unwrap().split('/').nth(1).unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            let name = dependency["name"].as_str().unwrap();
            let Some(path) = dependency["path"].as_str().map(|path| path.replace('\\', "/")) else { continue };
            let below = path.strip_prefix(&root).unwrap().split('/').nth(1).unwrap();
            let optional = dependency["optional"].as_bool().unwrap();
            let allowed = match layer {
                // An example of the core is over a backend.
                "core" => dependency["kind"] == "dev" && below == "backends",
                "backends" => below == "core",
                "adapters" => below == "core" || below == "backends" && optional,
                _ => true,
            };
            assert!(allowed, "{} depends on {name}", package["name"]);
            seen += 1;
        }
    }
    assert!(seen > 4, "the workspace was not read");
}
