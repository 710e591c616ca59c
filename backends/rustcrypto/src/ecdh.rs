//! Diffie-Hellman over P-256 and P-384 (SP 800-56A); the shared secret is the X coordinate.

use ::p256::elliptic_curve::sec1::ToSec1Point;
use hostcrypt::backend::{Agreement, AgreementKey, KeyFormat, PublicKey, Secret, SecretKey};
use hostcrypt::{Errno, Result};
use zeroize::Zeroizing;

use crate::{random, table};

/// One curve of the library's, whose crates share one shape.
macro_rules! curve {
    ($curve:ident $name:literal $format:ident $len:literal) => {
        mod $curve {
            use super::*;

            /// The agreement.
            pub(crate) struct Scheme;

            /// A scalar.
            struct Key(::$curve::SecretKey);

            /// A point.
            struct Public(::$curve::PublicKey);

            fn key(secret: &[u8]) -> Result<Key> {
                table::$curve()?;
                // The library's reading of a slice also takes short ones.
                let secret: &::$curve::FieldBytes = secret.try_into().map_err(|_| Errno::InvalidKey)?;
                ::$curve::SecretKey::from_bytes(secret).map(Key).map_err(|_| Errno::InvalidKey)
            }

            fn point(public: &[u8]) -> Result<::$curve::PublicKey> {
                // The library also takes a compact form, which SEC 1 does not have.
                if !matches!(public, [2..=4, ..]) {
                    return Err(Errno::InvalidKey);
                }
                ::$curve::PublicKey::from_sec1_bytes(public).map_err(|_| Errno::InvalidKey)
            }

            impl Agreement for Scheme {
                fn name(&self) -> &'static str {
                    $name
                }

                fn key_format(&self) -> KeyFormat {
                    KeyFormat::$format
                }

                fn generate(&self) -> Result<Box<dyn AgreementKey>> {
                    table::$curve()?;
                    let key = random::scalar(|bytes: &[u8; $len]| key(bytes).ok())?;
                    Ok(Box::new(key))
                }

                fn secret_key(&self, secret: &[u8]) -> Result<Box<dyn AgreementKey>> {
                    Ok(Box::new(key(secret)?))
                }

                fn public_key(&self, public: &[u8]) -> Result<Box<dyn PublicKey>> {
                    Ok(Box::new(Public(point(public)?)))
                }
            }

            impl SecretKey for Key {
                fn secret(&self) -> Secret {
                    Zeroizing::new(self.0.to_bytes()).to_vec().into()
                }
            }

            impl AgreementKey for Key {
                fn public_key(&self) -> Box<dyn PublicKey> {
                    Box::new(Public(self.0.public_key()))
                }

                fn agree(&self, public: &[u8]) -> Result<Secret> {
                    let shared = ::$curve::ecdh::diffie_hellman(self.0.to_nonzero_scalar(), point(public)?.as_affine());
                    Ok(shared.raw_secret_bytes().to_vec().into())
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
        }
    };
}

curve!(p256 "P256-SHA256" P256 32);
curve!(p384 "P384-SHA384" P384 48);

pub(crate) const P256: p256::Scheme = p256::Scheme;
pub(crate) const P384: p384::Scheme = p384::Scheme;
