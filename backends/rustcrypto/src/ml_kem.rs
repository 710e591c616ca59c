//! ML-KEM (FIPS 203).

use ::ml_kem::KeyExport;
use hostcrypt::backend::{DecapsulationKey, EncapsulationKey, Kem, KeyFormat, KeyMemory, PublicKey, Secret, SecretKey};
use hostcrypt::{Errno, Result};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::random;

/// The length of a seed in bytes.
const SEED_LEN: usize = 64;

/// One parameter set of the library's, whose traits for all of them are its own.
macro_rules! set {
    ($set:ident $name:literal $format:ident $secret:literal $public:literal) => {
        #[expect(deprecated, reason = "expanded keys are a form that keys come in")]
        mod $set {
            use ::ml_kem::ExpandedKeyEncoding;
            use ::ml_kem::kem::Decapsulate;

            use super::*;

            /// The mechanism.
            pub(crate) struct Mechanism;

            /// A secret key, with its canonical form.
            struct Key {
                key: ::ml_kem::$set::DecapsulationKey,
                secret: Secret,
            }

            /// A public key.
            struct Public(::ml_kem::$set::EncapsulationKey);

            // What is inlined adds up on the stack, where keys of up to 20 KiB lie before they are boxed.
            impl Key {
                #[inline(never)]
                fn from_seed(seed: &[u8; SEED_LEN]) -> Box<Self> {
                    let key = ::ml_kem::$set::DecapsulationKey::from_seed((*seed).into());
                    Box::new(Self { key, secret: seed.to_vec().into() })
                }

                /// `None` if the bytes are not as long as an expanded key.
                #[inline(never)]
                fn from_expanded(secret: &[u8]) -> Option<Result<Box<Self>>> {
                    let expanded = secret.try_into().ok()?;
                    // The hash check of section 7.3: the hash in the key must match the public half.
                    let Ok(key) = ::ml_kem::$set::DecapsulationKey::from_expanded_bytes(expanded) else {
                        return Some(Err(Errno::InvalidKey));
                    };
                    // Nor does the library say whether the secret half was reduced.
                    let own = Zeroizing::new(key.to_expanded_bytes());
                    if !bool::from(own.as_slice().ct_eq(secret)) {
                        return Some(Err(Errno::InvalidKey));
                    }
                    // It does not say that the secret half belongs to it.
                    let (encapsulated, shared) = key.encapsulation_key().encapsulate_deterministic(&[0; 32].into());
                    if key.decapsulate(&encapsulated) != shared {
                        return Some(Err(Errno::InvalidKey));
                    }
                    Some(Ok(Box::new(Self { key, secret: secret.to_vec().into() })))
                }
            }

            impl Kem for Mechanism {
                fn name(&self) -> &'static str {
                    $name
                }

                fn key_format(&self) -> KeyFormat {
                    KeyFormat::$format
                }

                fn encapsulated_len(&self) -> usize {
                    size_of::<::ml_kem::$set::Ciphertext>()
                }

                fn needs_stack(&self) -> bool {
                    // Unoptimised, it takes 150 KiB; optimised, less than half of that, and a switch costs a tenth of
                    // its time.
                    cfg!(debug_assertions)
                }

                fn memory(&self) -> KeyMemory {
                    KeyMemory { secret: $secret, public: $public }
                }

                fn generate(&self) -> Result<Box<dyn DecapsulationKey>> {
                    Ok(Key::from_seed(&*random::secret()?))
                }

                fn decapsulation_key(&self, secret: &[u8]) -> Result<Box<dyn DecapsulationKey>> {
                    if let Ok(seed) = secret.try_into() {
                        return Ok(Key::from_seed(seed));
                    }
                    if let Some(key) = Key::from_expanded(secret) {
                        return Ok(key?);
                    }
                    let (seed, expanded) = secret.split_first_chunk().ok_or(Errno::InvalidKey)?;
                    let key = Key::from_seed(seed);
                    let belonging = Zeroizing::new(key.key.to_expanded_bytes());
                    if belonging.as_slice().ct_eq(expanded).into() { Ok(key) } else { Err(Errno::InvalidKey) }
                }

                fn encapsulation_key(&self, public: &[u8]) -> Result<Box<dyn EncapsulationKey>> {
                    let public = public.try_into().map_err(|_| Errno::InvalidKey)?;
                    let key = ::ml_kem::$set::EncapsulationKey::new(public).map_err(|_| Errno::InvalidKey)?;
                    Ok(Box::new(Public(key)))
                }
            }

            impl SecretKey for Key {
                fn secret(&self) -> Secret {
                    self.secret.clone()
                }
            }

            impl DecapsulationKey for Key {
                fn encapsulation_key(&self) -> Box<dyn EncapsulationKey> {
                    Box::new(Public(self.key.encapsulation_key().clone()))
                }

                fn decapsulate(&self, encapsulated: &[u8]) -> Result<Secret> {
                    let encapsulated = encapsulated.try_into().map_err(|_| Errno::VerificationFailed)?;
                    Ok(Zeroizing::new(self.key.decapsulate(encapsulated)).to_vec().into())
                }
            }

            impl PublicKey for Public {
                fn public(&self) -> Vec<u8> {
                    self.0.to_bytes().to_vec()
                }

                fn check(&self) -> Result<()> {
                    // Decoding refuses coefficients that are not reduced (section 7.2).
                    Ok(())
                }
            }

            impl EncapsulationKey for Public {
                fn encapsulate(&self) -> Result<(Secret, Vec<u8>)> {
                    let message = Zeroizing::new((*random::secret::<32>()?).into());
                    let (encapsulated, shared) = self.0.encapsulate_deterministic(&message);
                    Ok((Zeroizing::new(shared).to_vec().into(), encapsulated.to_vec()))
                }
            }
        }
    };
}

set!(ml_kem_512 "ML-KEM-512" ML_KEM_512 2560 1536);
set!(ml_kem_768 "ML-KEM-768" ML_KEM_768 3840 2048);
set!(ml_kem_1024 "ML-KEM-1024" ML_KEM_1024 4864 2560);

pub(crate) const ML_KEM_512: ml_kem_512::Mechanism = ml_kem_512::Mechanism;
pub(crate) const ML_KEM_768: ml_kem_768::Mechanism = ml_kem_768::Mechanism;
pub(crate) const ML_KEM_1024: ml_kem_1024::Mechanism = ml_kem_1024::Mechanism;
