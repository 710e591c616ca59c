//! An embedder of its own: runs a guest that hashes "abc", and prints the digest that it left in its memory.

use hostcrypt_wasmtime::{WasiCryptoCtx, add_to_linker, host};
use wasmtime::{Engine, Linker, Module, Result, Store, bail, format_err};

/// What the embedder keeps for each guest; other host functions would have their fields here.
struct State {
    crypto: WasiCryptoCtx,
}

/// Hashes "abc" to address 32, and returns an errno.
const GUEST: &str = include_str!("../../../examples/guests/hash.wat");

fn main() -> Result<()> {
    // Once for all guests.
    let engine = Engine::default();
    let host = host();
    let mut linker = Linker::new(&engine);
    add_to_linker(&mut linker, |state: &mut State| &mut state.crypto)?;

    // For each guest.
    let module = Module::new(&engine, GUEST)?;
    let mut store = Store::new(&engine, State { crypto: WasiCryptoCtx::for_module(&host, &module) });
    let instance = linker.instantiate(&mut store, &module)?;
    let hash = instance.get_typed_func::<(), i32>(&mut store, "hash")?;
    let errno = hash.call(&mut store, ())?;
    if errno != 0 {
        bail!("a host function refused a call with errno {errno}");
    }

    let memory = instance.get_memory(&mut store, "memory").ok_or_else(|| format_err!("the guest has no memory"))?;
    let mut digest = [0; 32];
    memory.read(&store, 32, &mut digest)?;
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("{digest}");
    // Source: FIPS 180-4's example of SHA-256 over "abc".
    if digest != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
        bail!("that is not the published digest");
    }
    Ok(())
}
