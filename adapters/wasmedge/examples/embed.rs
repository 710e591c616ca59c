//! An embedder of its own: runs a guest that hashes "abc", and prints the digest that it left in its memory.

use std::error::Error;

use hostcrypt_wasmedge::{WasiCryptoCtx, host};
use wasmedge_sdk::{
    AsInstance, Module, Store, Vm,
    config::{CommonConfigOptions, ConfigBuilder},
    params, wat2wasm,
};

/// Hashes "abc" to address 32, and returns an errno.
const GUEST: &str = include_str!("../../../examples/guests/hash.wat");

fn main() -> Result<(), Box<dyn Error>> {
    // Once for all guests. Out of this mode, machine code that a module brings along would run.
    let config = ConfigBuilder::new(CommonConfigOptions::default().interpreter_mode(true)).build()?;
    let host = host();

    // For each guest.
    let module = Module::from_bytes(Some(&config), wat2wasm(GUEST.as_bytes())?)?;
    let mut imports = WasiCryptoCtx::for_module(&host, &module).imports()?;
    let mut vm = Vm::new(Store::new(Some(&config), imports.instances())?);
    vm.register_module(None, module)?;
    let results = vm.run_func(None, "hash", params!())?;
    let errno = results.first().map(|errno| errno.to_i32());
    if errno != Some(0) {
        return Err(format!("a host function refused a call with errno {errno:?}").into());
    }

    let instance = vm.active_module().ok_or("the guest was instantiated")?;
    let digest = instance.get_memory_ref("memory")?.get_data(32, 32)?;
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("{digest}");
    // Source: FIPS 180-4's example of SHA-256 over "abc".
    if digest != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
        return Err("that is not the published digest".into());
    }
    Ok(())
}
