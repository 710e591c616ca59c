//! Subject `library/boringssl`: BoringSSL through the `boring` crate.

use std::hint::black_box;

use boring::aead::{AeadCtx, Algorithm};
use boring::bn::{BigNum, BigNumContext};
use boring::derive::Deriver;
use boring::ec::{EcGroup, EcKey, EcPoint};
use boring::hash::{Hasher, MessageDigest, hmac_sha256};
use boring::mlkem;
use boring::nid::Nid;
use boring::pkey::{PKey, Private, Public};
use boring::sign::{Signer, Verifier};

use super::{repeat, text_and_out};
use crate::layout::{
    ML_KEM_ENCAPSULATED, ML_KEM_PUBLIC, ML_KEM_SEED_BYTES, NONCE_BYTES, OUT, P256_PEER, RAW_KEY_BYTES, RSA_KEY_BYTES,
    TAG_LEN, X25519_PEER, memory,
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
        "library/boringssl"
    }

    fn workload(&mut self, workload: Workload) -> Option<Run<'_>> {
        Some(match workload {
            Workload::Hash(len) => {
                let (text, out) = text_and_out(self.0, len);
                repeat(move || {
                    let mut state = Hasher::new(MessageDigest::sha256()).unwrap();
                    state.update(black_box(text)).unwrap();
                    put(out, &state.finish().unwrap());
                })
            }
            // The crate makes no use of a key twice.
            Workload::Mac(len) => {
                let (text, out) = text_and_out(self.0, len);
                repeat(move || put(out, &hmac_sha256(black_box(&RAW_KEY_BYTES), black_box(text)).unwrap()))
            }
            Workload::Aead(cipher, len) => {
                let (text, out) = text_and_out(self.0, len);
                let algorithm = match cipher {
                    Cipher::Aes256Gcm => Algorithm::aes_256_gcm(),
                    Cipher::ChaCha20Poly1305 => Algorithm::chacha20_poly1305(),
                };
                let mut key = AeadCtx::new_default_tag(&algorithm, &RAW_KEY_BYTES).unwrap();
                // The crate encrypts in place only.
                put(out, text);
                let (out, tag) = out.split_at_mut(text.len());
                repeat(move || seal(&mut key, out, tag))
            }
            Workload::ImportedAead(len) => {
                let (text, out) = text_and_out(self.0, len);
                put(out, text);
                let (out, tag) = out.split_at_mut(text.len());
                let algorithm = Algorithm::aes_256_gcm();
                repeat(move || {
                    seal(&mut AeadCtx::new_default_tag(&algorithm, black_box(&RAW_KEY_BYTES)).unwrap(), out, tag);
                })
            }
            Workload::Sign(scheme, len) => {
                let (text, out) = text_and_out(self.0, len);
                let key = key(scheme);
                // What is not the same on all subjects is not of the same length either: ECDSA signatures are DER.
                repeat(move || put(out, &signer(scheme, &key).sign_oneshot_to_vec(black_box(text)).unwrap()))
            }
            Workload::Verify(scheme, len) => {
                let (text, _) = text_and_out(self.0, len);
                let key = key(scheme);
                let signature = signer(scheme, &key).sign_oneshot_to_vec(text).unwrap();
                let key = PKey::public_key_from_der(&key.public_key_to_der().unwrap()).unwrap();
                repeat(move || {
                    let verifier = match digest(scheme) {
                        Some(digest) => Verifier::new(digest, &key),
                        None => Verifier::new_without_digest(&key),
                    };
                    assert!(verifier.unwrap().verify_oneshot(black_box(&signature), black_box(text)).unwrap());
                })
            }
            Workload::Agree(curve) => {
                let (secret, peer) = match curve {
                    Curve::X25519 => (octets(X25519_OID, &RAW_KEY_BYTES), peer_octets(X25519_PEER.of(self.0))),
                    Curve::P256 => (scalar(), peer_point(P256_PEER.of(self.0))),
                };
                let (_, out) = text_and_out(self.0, 0);
                repeat(move || {
                    let mut deriver = Deriver::new(black_box(&secret)).unwrap();
                    deriver.set_peer(black_box(&peer)).unwrap();
                    deriver.derive(&mut out[..32]).unwrap();
                })
            }
            Workload::Encapsulate => {
                let peer = mlkem::MlKemPublicKey::from_slice(mlkem::Algorithm::MlKem768, ML_KEM_PUBLIC.of(self.0));
                let peer = peer.unwrap();
                let (_, out) = text_and_out(self.0, 0);
                repeat(move || {
                    let (encapsulated, shared) = black_box(&peer).encapsulate().unwrap();
                    put(out, &shared);
                    put(&mut out[shared.len()..], &encapsulated);
                })
            }
            Workload::Decapsulate => {
                let secret = mlkem::MlKemPrivateKey::from_seed(mlkem::Algorithm::MlKem768, &ML_KEM_SEED_BYTES);
                let secret = secret.unwrap();
                let (before, out) = self.0.split_at_mut(OUT.at as usize);
                let encapsulated = ML_KEM_ENCAPSULATED.of(before);
                repeat(move || put(out, &secret.decapsulate(black_box(encapsulated)).unwrap()))
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

fn put(out: &mut [u8], bytes: &[u8]) {
    out[..bytes.len()].copy_from_slice(bytes);
}

fn seal(key: &mut AeadCtx, text: &mut [u8], tag: &mut [u8]) {
    key.seal_in_place_mut(black_box(&NONCE_BYTES), text, &mut tag[..TAG_LEN as usize], &[]).unwrap();
}

/// The last byte of the object identifiers 1.3.101.110 and 1.3.101.112.
const X25519_OID: u8 = 0x6e;
const ED25519_OID: u8 = 0x70;

/// A secret key of a curve of RFC 8410, the PKCS #8 form of which is a fixed beginning and the key.
fn octets(oid: u8, key: &[u8; 32]) -> PKey<Private> {
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, oid, 4, 0x22, 4, 0x20];
    der.extend(key);
    PKey::private_key_from_pkcs8(&der).unwrap()
}

fn peer_octets(key: &[u8]) -> PKey<Public> {
    let mut der = vec![0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, X25519_OID, 3, 0x21, 0];
    der.extend(key);
    PKey::public_key_from_der(&der).unwrap()
}

fn p256() -> EcGroup {
    EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap()
}

fn scalar() -> PKey<Private> {
    let (group, scalar) = (p256(), BigNum::from_slice(&RAW_KEY_BYTES).unwrap());
    let mut point = EcPoint::new(&group).unwrap();
    point.mul_generator(&group, &scalar, &mut BigNumContext::new().unwrap()).unwrap();
    PKey::from_ec_key(EcKey::from_private_components(&group, &scalar, &point).unwrap()).unwrap()
}

fn peer_point(key: &[u8]) -> PKey<Public> {
    let group = p256();
    let point = EcPoint::from_bytes(&group, key, &mut BigNumContext::new().unwrap()).unwrap();
    PKey::from_ec_key(EcKey::from_public_key(&group, &point).unwrap()).unwrap()
}

fn key(scheme: Scheme) -> PKey<Private> {
    match scheme {
        Scheme::Ed25519 => octets(ED25519_OID, &RAW_KEY_BYTES),
        Scheme::EcdsaP256 => scalar(),
        Scheme::Rsa2048 => PKey::private_key_from_pkcs8(RSA_KEY_BYTES).unwrap(),
    }
}

fn digest(scheme: Scheme) -> Option<MessageDigest> {
    match scheme {
        Scheme::Ed25519 => None,
        Scheme::EcdsaP256 | Scheme::Rsa2048 => Some(MessageDigest::sha256()),
    }
}

fn signer(scheme: Scheme, key: &PKey<Private>) -> Signer<'_> {
    match digest(scheme) {
        Some(digest) => Signer::new(digest, key),
        None => Signer::new_without_digest(key),
    }
    .unwrap()
}
