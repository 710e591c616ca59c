//! Subject `library/rustcrypto`: the crates of RustCrypto and dalek.

use std::hint::black_box;

use aes_gcm::aead::array::typenum::{U12, U16, U32};
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit, KeySizeUser};
use chacha20poly1305::ChaCha20Poly1305;
use ed25519_dalek::{Signer, Verifier};
use getrandom::SysRng;
use hmac::{Hmac, Mac};
use ml_kem::kem::{Decapsulate, Encapsulate};
use ml_kem::{MlKem768, ml_kem_768};
use rsa::pkcs1v15;
use rsa::pkcs8::DecodePrivateKey;
use rsa::signature::{Keypair, RandomizedSigner, SignatureEncoding};
use sha2::{Digest, Sha256};
use x25519_dalek::StaticSecret;

use super::{repeat, text_and_out};
use crate::layout::{
    DIGEST_LEN, ML_KEM_ENCAPSULATED, ML_KEM_PUBLIC, ML_KEM_SEED_BYTES, NONCE_BYTES, OUT, P256_PEER, RAW_KEY_BYTES,
    RSA_KEY_BYTES, TAG_LEN, X25519_PEER, memory,
};
use crate::workload::{Cipher, Curve, Scheme};
use crate::{Run, Subject, Workload};

/// The library, with a memory like a guest's.
#[derive(Debug)]
pub struct Library(&'static mut [u8]);

impl Default for Library {
    fn default() -> Self {
        Self(memory())
    }
}

impl Subject for Library {
    fn name(&self) -> &'static str {
        "library/rustcrypto"
    }

    fn workload(&mut self, workload: Workload) -> Option<Run<'_>> {
        Some(match workload {
            Workload::Hash(len) => {
                let (text, out) = text_and_out(self.0, len);
                repeat(move || {
                    let mut state = Sha256::new();
                    state.update(black_box(text));
                    out[..DIGEST_LEN as usize].copy_from_slice(&state.finalize());
                })
            }
            Workload::Mac(len) => {
                let (text, out) = text_and_out(self.0, len);
                let key = <Hmac<Sha256> as KeyInit>::new_from_slice(&RAW_KEY_BYTES).unwrap();
                repeat(move || {
                    let mut state = black_box(&key).clone();
                    state.update(black_box(text));
                    out[..DIGEST_LEN as usize].copy_from_slice(&state.finalize().into_bytes());
                })
            }
            Workload::Aead(Cipher::Aes256Gcm, len) => aead::<Aes256Gcm>(self.0, len),
            Workload::Aead(Cipher::ChaCha20Poly1305, len) => aead::<ChaCha20Poly1305>(self.0, len),
            Workload::ImportedAead(len) => {
                let (text, out) = text_and_out(self.0, len);
                repeat(move || seal(&Aes256Gcm::new(black_box(&RAW_KEY_BYTES).into()), black_box(text), out))
            }
            Workload::Sign(scheme, len) => {
                let (text, out) = text_and_out(self.0, len);
                match scheme {
                    Scheme::Ed25519 => {
                        let key = ed25519();
                        repeat(move || put(out, &key.sign(black_box(text)).to_bytes()))
                    }
                    Scheme::EcdsaP256 => {
                        let key = ecdsa();
                        repeat(move || {
                            let signature: p256::ecdsa::Signature = key.sign(black_box(text));
                            put(out, &signature.to_bytes());
                        })
                    }
                    Scheme::Rsa2048 => {
                        let key = rsa();
                        repeat(move || {
                            // With random numbers, it blinds.
                            let signature = key.try_sign_with_rng(&mut SysRng, black_box(text)).unwrap();
                            put(out, &signature.to_bytes());
                        })
                    }
                }
            }
            Workload::Verify(scheme, len) => {
                let (text, _) = text_and_out(self.0, len);
                match scheme {
                    Scheme::Ed25519 => {
                        let (key, signature) = (ed25519().verifying_key(), ed25519().sign(text).to_bytes());
                        repeat(move || {
                            let signature = ed25519_dalek::Signature::from_slice(black_box(&signature)).unwrap();
                            key.verify(black_box(text), &signature).unwrap();
                        })
                    }
                    Scheme::EcdsaP256 => {
                        let signature: p256::ecdsa::Signature = ecdsa().sign(text);
                        let (key, signature) = (*ecdsa().verifying_key(), signature.to_bytes());
                        repeat(move || {
                            let signature = p256::ecdsa::Signature::from_slice(black_box(&signature)).unwrap();
                            key.verify(black_box(text), &signature).unwrap();
                        })
                    }
                    Scheme::Rsa2048 => {
                        let signature = rsa().try_sign_with_rng(&mut SysRng, text).unwrap().to_vec();
                        let key = rsa().verifying_key();
                        repeat(move || {
                            let signature = pkcs1v15::Signature::try_from(black_box(&*signature)).unwrap();
                            key.verify(black_box(text), &signature).unwrap();
                        })
                    }
                }
            }
            Workload::Agree(Curve::X25519) => {
                let secret = StaticSecret::from(RAW_KEY_BYTES);
                let peer: [u8; 32] = X25519_PEER.of(self.0).try_into().unwrap();
                let peer = x25519_dalek::PublicKey::from(peer);
                let (_, out) = text_and_out(self.0, 0);
                repeat(move || {
                    let shared = black_box(&secret).diffie_hellman(black_box(&peer));
                    assert!(shared.was_contributory());
                    put(out, shared.as_bytes());
                })
            }
            Workload::Agree(Curve::P256) => {
                let secret = p256::SecretKey::from_bytes(&RAW_KEY_BYTES.into()).unwrap();
                let peer = p256::PublicKey::from_sec1_bytes(P256_PEER.of(self.0)).unwrap();
                let (_, out) = text_and_out(self.0, 0);
                repeat(move || {
                    let secret = black_box(&secret).to_nonzero_scalar();
                    let shared = p256::ecdh::diffie_hellman(secret, black_box(&peer).as_affine());
                    put(out, shared.raw_secret_bytes());
                })
            }
            Workload::Encapsulate => {
                let peer = ML_KEM_PUBLIC.of(self.0).try_into().unwrap();
                let peer = ml_kem_768::EncapsulationKey::new(peer).unwrap();
                let (_, out) = text_and_out(self.0, 0);
                repeat(move || {
                    let (encapsulated, shared) = black_box(&peer).encapsulate();
                    put(out, &shared);
                    put(&mut out[DIGEST_LEN as usize..], &encapsulated);
                })
            }
            Workload::Decapsulate => {
                let secret = ml_kem::DecapsulationKey::<MlKem768>::from_seed(ML_KEM_SEED_BYTES.into());
                let (before, out) = self.0.split_at_mut(OUT.at as usize);
                let encapsulated = ML_KEM_ENCAPSULATED.of(before);
                repeat(move || {
                    let encapsulated = black_box(encapsulated).try_into().unwrap();
                    put(out, &secret.decapsulate(encapsulated));
                })
            }
            Workload::Empty
            | Workload::AbsorbNothing
            | Workload::MaxTagLen
            | Workload::SqueezeEach
            | Workload::SqueezeBatch
            | Workload::Options
            | Workload::Handles(_) => return None,
        })
    }

    fn output(&mut self) -> &[u8] {
        OUT.of(self.0)
    }
}

fn ed25519() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&RAW_KEY_BYTES)
}

fn ecdsa() -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_bytes(&RAW_KEY_BYTES.into()).unwrap()
}

fn rsa() -> pkcs1v15::SigningKey<Sha256> {
    pkcs1v15::SigningKey::new(rsa::PrivateKey::from_pkcs8_der(RSA_KEY_BYTES).unwrap())
}

fn put(out: &mut [u8], bytes: &[u8]) {
    out[..bytes.len()].copy_from_slice(bytes);
}

fn aead<C>(memory: &mut [u8], len: i32) -> Run<'_>
where
    C: AeadInOut<NonceSize = U12, TagSize = U16> + KeyInit + KeySizeUser<KeySize = U32> + 'static,
{
    let (text, out) = text_and_out(memory, len);
    let cipher = C::new(&RAW_KEY_BYTES.into());
    repeat(move || seal(black_box(&cipher), black_box(text), out))
}

fn seal<C: AeadInOut<NonceSize = U12, TagSize = U16>>(cipher: &C, text: &[u8], out: &mut [u8]) {
    let (out, tag) = out.split_at_mut(text.len());
    let text = InOutBuf::new(text, out).unwrap();
    let made = cipher.encrypt_inout_detached(black_box(&NONCE_BYTES).into(), &[], text).unwrap();
    tag[..TAG_LEN as usize].copy_from_slice(&made);
}
