//! ECDSA over P-256, P-384 and secp256k1, its signatures deterministic (RFC 6979).

use ::p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use hostcrypt::backend::{
    Interrupt, KeyFormat, PublicKey, Secret, SecretKey, Signature, SignatureFormat, SignatureInput, SignatureScheme,
    SigningKey, VerifyingKey,
};
use hostcrypt::{Errno, Result};
use zeroize::Zeroizing;

use crate::{hash, random, table};

/// One curve of the library's, whose crates share one shape.
macro_rules! curve {
    ($curve:ident $name:literal $format:ident $hash:ident $len:literal) => {
        mod $curve {
            use super::*;

            /// The length of a scalar in bytes.
            const LEN: usize = $len;

            /// The scheme.
            pub(crate) struct Scheme;

            /// A scalar with its public half.
            struct Key(::$curve::ecdsa::SigningKey);

            /// A point.
            struct Public(::$curve::ecdsa::VerifyingKey);

            /// The key of 32 bytes, if they are a scalar from 1 to the order of the group, exclusive.
            fn key(secret: &[u8]) -> Result<Key> {
                table::$curve()?;
                // The library's reading of a slice also takes short ones.
                let secret: &::$curve::FieldBytes = secret.try_into().map_err(|_| Errno::InvalidKey)?;
                ::$curve::ecdsa::SigningKey::from_bytes(secret).map(Key).map_err(|_| Errno::InvalidKey)
            }

            impl Signature for Scheme {
                fn scheme(&self) -> SignatureScheme {
                    SignatureScheme {
                        name: $name,
                        key_format: KeyFormat::$format,
                        input: SignatureInput::Digest(&hash::$hash),
                        format: SignatureFormat::Ecdsa,
                        len: 2 * LEN,
                        slow_to_generate: false,
                    }
                }

                fn generate(&self, _: &Interrupt) -> Result<Box<dyn SigningKey>> {
                    table::$curve()?;
                    let key = random::scalar(|bytes: &[u8; LEN]| key(bytes).ok())?;
                    Ok(Box::new(key))
                }

                fn signing_key(&self, secret: &[u8]) -> Result<Box<dyn SigningKey>> {
                    Ok(Box::new(key(secret)?))
                }

                fn verifying_key(&self, public: &[u8]) -> Result<Box<dyn VerifyingKey>> {
                    table::$curve()?;
                    // The library also takes a compact form, which SEC 1 does not have.
                    if !matches!(public, [2..=4, ..]) {
                        return Err(Errno::InvalidKey);
                    }
                    let key = ::$curve::ecdsa::VerifyingKey::from_sec1_bytes(public).map_err(|_| Errno::InvalidKey)?;
                    Ok(Box::new(Public(key)))
                }
            }

            impl SecretKey for Key {
                fn secret(&self) -> Secret {
                    Zeroizing::new(self.0.to_bytes()).to_vec().into()
                }
            }

            impl SigningKey for Key {
                fn verifying_key(&self) -> Box<dyn VerifyingKey> {
                    Box::new(Public(*self.0.verifying_key()))
                }

                fn sign(&self, input: &[u8]) -> Result<Vec<u8>> {
                    let signature: ::$curve::ecdsa::Signature =
                        self.0.sign_prehash(input).map_err(|_| Errno::AlgorithmFailure)?;
                    Ok(signature.to_bytes().to_vec())
                }
            }

            impl PublicKey for Public {
                fn public(&self) -> Vec<u8> {
                    self.0.to_sec1_point(false).as_bytes().to_vec()
                }

                fn check(&self) -> Result<()> {
                    // The curve has prime order, and decoding refuses the identity.
                    Ok(())
                }
            }

            impl VerifyingKey for Public {
                fn verify(&self, input: &[u8], signature: &[u8]) -> Result<()> {
                    ::$curve::ecdsa::Signature::from_slice(signature)
                        // The library refuses one half of all signatures on secp256k1, which ECDSA does not.
                        .map(|signature| signature.normalize_s())
                        .and_then(|signature| self.0.verify_prehash(input, &signature))
                        .map_err(|_| Errno::VerificationFailed)
                }
            }
        }
    };
}

curve!(p256 "ECDSA_P256_SHA256" P256 SHA256 32);
curve!(p384 "ECDSA_P384_SHA384" P384 SHA384 48);
curve!(k256 "ECDSA_K256_SHA256" K256 SHA256 32);

pub(crate) const P256: p256::Scheme = p256::Scheme;
pub(crate) const P384: p384::Scheme = p384::Scheme;
pub(crate) const K256: k256::Scheme = k256::Scheme;
