//! An embedder of its own: runs a guest that hashes "abc", and prints the digest that it left in its memory.

use std::error::Error;

use hostcrypt_wasmer::{WasiCryptoCtx, host, instantiate};
use wasmer::{Engine, Imports, Module, Store};

/// Hashes "abc" to address 32, and returns an errno.
const GUEST: &str = include_str!("../../../examples/guests/hash.wat");

fn main() -> Result<(), Box<dyn Error>> {
    // Once for all guests.
    let engine = Engine::default();
    let host = host();

    // For each guest.
    let module = Module::new(&engine, GUEST)?;
    let mut store = Store::new(engine);
    let crypto = WasiCryptoCtx::for_module(&host, &module);
    let (instance, _) = instantiate(&mut store, &module, &Imports::new(), crypto)?;
    let errno = instance.exports.get_typed_function::<(), i32>(&store, "hash")?.call(&mut store)?;
    if errno != 0 {
        return Err(format!("a host function refused a call with errno {errno}").into());
    }

    let mut digest = [0; 32];
    instance.exports.get_memory("memory")?.view(&store).read(32, &mut digest)?;
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("{digest}");
    // Source: FIPS 180-4's example of SHA-256 over "abc".
    if digest != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
        return Err("that is not the published digest".into());
    }
    Ok(())
}
