//! Links what runs WasmEdge as its adapter says, where that is built in.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Ok(argument) = std::env::var("DEP_HOSTCRYPT_WASMEDGE_LINK_ARG") {
        println!("cargo::rustc-link-arg={argument}");
    }
}
