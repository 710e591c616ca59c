//! One published vector or more for every algorithm, through the traits as the core sees them.

// What every backend must do, the same for each.
#[path = "../../../shared-tests/aead.rs"]
mod aead;
#[path = "../../../shared-tests/agreement.rs"]
mod agreement;
#[path = "../../../shared-tests/cipher.rs"]
mod cipher;
#[path = "../../../shared-tests/mac.rs"]
mod mac;
#[path = "../../../shared-tests/signature.rs"]
mod signature;

mod ecdsa;
mod ed25519;
mod hash;
mod kem;
mod ml_dsa;
mod rsa;
mod xoodyak;

use ::ml_dsa::{ExpandedSigningKey, MlDsa44, MlDsa87};
use ::rsa::PrivateKey;
use ::xoodyak::{XoodyakHash, XoodyakKeyed};
use cmac::block_api::CmacCore;
use cmac::digest::block_api::Buffer;
use hostcrypt::Errno;
use hostcrypt::backend::{Hash, Signature, SignatureInput};
use zeroize::ZeroizeOnDrop;

use crate::BACKEND;

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    base16ct::mixed::decode_vec(digits).unwrap()
}

fn hash(name: &str) -> &'static dyn Hash {
    *BACKEND.hashes.iter().find(|hash| hash.name() == name).unwrap()
}

fn signature(name: &str) -> &'static dyn Signature {
    *BACKEND.signatures.iter().find(|signature| signature.scheme().name == name).unwrap()
}

/// The digest of data.
fn digest(hash: &dyn Hash, data: &[u8]) -> Vec<u8> {
    let mut state = hash.start();
    state.update(data);
    let mut digest = vec![0; hash.output_len()];
    state.digest(&mut digest);
    digest
}

fn sha256(data: &[u8]) -> Vec<u8> {
    digest(hash("SHA-256"), data)
}

/// What a scheme is given to sign a message.
fn input(signature: &dyn Signature, message: &[u8]) -> Vec<u8> {
    match signature.scheme().input {
        SignatureInput::Digest(hash) => digest(hash, message),
        SignatureInput::Message => message.to_vec(),
    }
}

/// The error of a call whose success has no `Debug`.
fn error<T>(result: hostcrypt::Result<T>) -> Errno {
    result.err().unwrap()
}

#[test]
fn random_numbers_fill_the_whole_buffer() {
    let mut bytes = [0; 1024];
    BACKEND.random.fill(&mut bytes).unwrap();
    assert!(bytes.chunks(16).all(|chunk| chunk != [0; 16]));
}

#[test]
fn keys_and_states_wipe_themselves() {
    // A feature of each library, off by default in most: without it this does not compile. HMAC is made of two
    // hash states, AES-GCM-SIV of AES and POLYVAL. Nothing tells of Poly1305.
    fn wiped<T: ZeroizeOnDrop>() {}
    wiped::<aes_gcm::Aes128Gcm>();
    wiped::<aes_gcm::Aes256Gcm>();
    wiped::<aes::Aes128>();
    wiped::<aes::Aes256>();
    wiped::<cbc::Encryptor<aes::Aes128>>();
    wiped::<cbc::Decryptor<aes::Aes128>>();
    wiped::<ctr::Ctr128BE<aes::Aes128Enc>>();
    // CMAC and BLAKE2b are made of these and a buffer.
    wiped::<CmacCore<aes::Aes128Enc>>();
    wiped::<Buffer<CmacCore<aes::Aes128Enc>>>();
    wiped::<blake2::Blake2bVarCore>();
    wiped::<Buffer<blake2::Blake2bVarCore>>();
    wiped::<chacha20poly1305::ChaCha20Poly1305>();
    wiped::<chacha20poly1305::XChaCha20Poly1305>();
    wiped::<sha2::Sha256>();
    wiped::<sha2::Sha512>();
    wiped::<ed25519_dalek::SigningKey>();
    wiped::<p256::ecdsa::SigningKey>();
    wiped::<PrivateKey>();
    wiped::<ExpandedSigningKey<MlDsa44>>();
    wiped::<ExpandedSigningKey<MlDsa87>>();
    wiped::<x25519_dalek::StaticSecret>();
    wiped::<x25519_dalek::SharedSecret>();
    wiped::<::ml_kem::ml_kem_512::DecapsulationKey>();
    wiped::<::ml_kem::ml_kem_1024::DecapsulationKey>();
    wiped::<::x_wing::DecapsulationKey>();
    // Xoodyak has no feature, and does not tell either; what it does when dropped is to wipe its state.
    assert!(std::mem::needs_drop::<XoodyakHash>() && std::mem::needs_drop::<XoodyakKeyed>());
}
