//! The rules of the interface from Rust, without a WebAssembly runtime: a digest, a sealed text, and a signature by a key
//! that the store keeps.
//!
//!     cargo run -p hostcrypt --example rules

use std::sync::Arc;

use hostcrypt::{
    AlgorithmType, FunctionId as Function, Host, InOut, Result,
    asymmetric::KeyPair,
    managed::SecretsManager,
    signatures::{SignatureEncoding, SigningState},
    store::MemoryStore,
    symmetric::{Key, State},
};

fn main() -> Result<()> {
    let host = Host::builder(hostcrypt_rustcrypto::BACKEND).key_store(Arc::new(MemoryStore::new())).build();
    // Its operations pass the policy of the host by their names in the interface.
    let guest = host.in_namespace("billing").guest();

    let mut hash =
        guest.call(Function::symmetric_state_open, |op| State::open(op, op.symmetric("SHA-256")?, None, None))?;
    guest.call(Function::symmetric_state_absorb, |op| hash.absorb(op, b"abc"))?;
    let mut digest = [0; 32];
    guest.call(Function::symmetric_state_squeeze, |op| hash.squeeze(op, &mut digest))?;
    println!("digest:    {digest:02x?}");

    let cipher = "XCHACHA20-POLY1305";
    let key = guest.call(Function::symmetric_key_generate, |op| Key::generate(op, op.symmetric(cipher)?))?;
    let key = Some(Arc::new(key));
    // The host draws the nonce.
    let mut seal =
        guest.call(Function::symmetric_state_open, |op| State::open(op, op.symmetric(cipher)?, key, None))?;
    let (mut text, mut tag) = (*b"a text that is sealed", [0; 16]);
    let in_place = InOut::InPlace(&mut text);
    guest.call(Function::symmetric_state_encrypt_detached, |op| seal.encrypt(op, in_place, &mut tag))?;
    println!("nonce:     {:02x?}", seal.option("nonce")?);
    println!("sealed:    {text:02x?}");

    let manager = guest.call(Function::secrets_manager_open, SecretsManager::open)?;
    let pair = guest.call(Function::keypair_generate_managed, |op| {
        KeyPair::generate_managed(op, &manager, op.key_pair(AlgorithmType::Signatures, "Ed25519")?)
    })?;
    let mut message = guest.call(Function::signature_state_open, |op| SigningState::open(op, &pair))?;
    guest.call(Function::signature_state_update, |op| message.update(op, b"a message"))?;
    let signature = guest.call(Function::signature_state_sign, |op| message.sign(op))?;
    let raw = guest.call(Function::signature_export, |op| signature.export(op, SignatureEncoding::Raw))?;
    println!("signature: {:02x?}", &*raw);
    Ok(())
}
