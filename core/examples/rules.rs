//! The rules of the interface from Rust, without a WebAssembly runtime: a digest, a sealed text, and a signature by a key
//! that the store keeps.
//!
//!     cargo run -p hostcrypt --example rules

use std::sync::Arc;

use hostcrypt::{
    AlgorithmType, FunctionId as Function, Host, InOut, Result,
    asymmetric::KeyPair,
    managed::SecretsManager,
    options::Options,
    signatures::{SignatureEncoding, SigningState},
    store::MemoryStore,
    symmetric::{Key, State},
};

fn main() -> Result<()> {
    let host = Host::builder(hostcrypt_rustcrypto::BACKEND).key_store(Arc::new(MemoryStore::new())).build();
    // The policy and the limits of the host hold for this guest as for one of a runtime.
    let guest = host.in_namespace("billing").guest();

    let open = guest.enter(Function::symmetric_state_open)?;
    let mut hash = State::open(open, open.symmetric("SHA-256")?, None, None)?;
    hash.absorb(guest.enter(Function::symmetric_state_absorb)?, b"abc")?;
    let mut digest = [0; 32];
    hash.squeeze(guest.enter(Function::symmetric_state_squeeze)?, &mut digest)?;
    println!("digest:    {digest:02x?}");

    let generate = guest.enter(Function::symmetric_key_generate)?;
    let key = Arc::new(Key::generate(generate, generate.symmetric("AES-256-GCM")?)?);
    let mut options = Options::open(guest.enter(Function::options_open)?, AlgorithmType::Symmetric);
    options.set(guest.enter(Function::options_set)?, "nonce", &[7; 12])?;
    let mut seal = State::open(open, open.symmetric("AES-256-GCM")?, Some(key), Some(options))?;
    let (mut text, mut tag) = (*b"a text that is sealed", [0; 16]);
    seal.encrypt(guest.enter(Function::symmetric_state_encrypt)?, InOut::InPlace(&mut text), &mut tag)?;
    println!("sealed:    {text:02x?}");

    let manager = SecretsManager::open(guest.enter(Function::secrets_manager_open)?)?;
    let generate = guest.enter(Function::keypair_generate_managed)?;
    let ed25519 = generate.key_pair(AlgorithmType::Signatures, "Ed25519")?;
    let pair = KeyPair::generate_managed(generate, &manager, ed25519)?;
    let mut message = SigningState::open(guest.enter(Function::signature_state_open)?, &pair)?;
    message.update(guest.enter(Function::signature_state_update)?, b"a message")?;
    let signature = message.sign(guest.enter(Function::signature_state_sign)?)?;
    let signature = signature.export(guest.enter(Function::signature_export)?, SignatureEncoding::Raw)?;
    println!("signature: {:02x?}", &*signature);
    Ok(())
}
