//! Through the traits as the core sees them: what every backend must do, and what this one alone does.

#[path = "../../../shared-tests/mod.rs"]
mod shared;

mod ed25519;
mod kem;
mod ml_dsa;
mod rsa;
mod xoodyak;

use ::ml_dsa::{ExpandedSigningKey, MlDsa44, MlDsa87};
use ::rsa::PrivateKey;
use ::xoodyak::{XoodyakHash, XoodyakKeyed};
use cmac::block_api::CmacCore;
use cmac::digest::block_api::Buffer;
use zeroize::ZeroizeOnDrop;

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
