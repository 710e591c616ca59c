//! X25519 (RFC 7748).

use hostcrypt::backend::{Agreement, AgreementKey, KeyFormat, PublicKey, Secret, SecretKey};
use hostcrypt::{Errno, Result};

use crate::ffi::key::Algorithm;
use crate::key::Pair;
use crate::{agreement, key, random};

/// The agreement.
pub(crate) struct X25519;

/// A scalar as it was given; the library clamps it at each use.
struct Key(Pair);

/// A coordinate as it was given.
struct Public(key::Public);

/// Checks that a coordinate is none of a point of low order.
pub(crate) fn check(public: &[u8]) -> Result<()> {
    // Zero clamps to 2²⁵⁴, which sends the points of low order, and only them, to the identity.
    let zero = Algorithm::X25519.secret(&[0; 32]).map_err(|_| Errno::AlgorithmFailure)?;
    let public = key::Public::new(Algorithm::X25519, public)?;
    agreement::shared(&zero, &public.key).map(drop)
}

impl Agreement for X25519 {
    fn name(&self) -> &'static str {
        "X25519"
    }

    fn key_format(&self) -> KeyFormat {
        KeyFormat::X25519
    }

    fn generate(&self) -> Result<Box<dyn AgreementKey>> {
        self.secret_key(&random::secret(32)?)
    }

    fn secret_key(&self, secret: &[u8]) -> Result<Box<dyn AgreementKey>> {
        let key = Algorithm::X25519.secret(secret).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Key(Pair::new(key, secret)?)))
    }

    fn public_key(&self, public: &[u8]) -> Result<Box<dyn PublicKey>> {
        Ok(Box::new(Public(key::Public::new(Algorithm::X25519, public)?)))
    }
}

impl SecretKey for Key {
    fn secret(&self) -> Secret {
        self.0.secret.clone()
    }
}

impl AgreementKey for Key {
    fn public_key(&self) -> Box<dyn PublicKey> {
        Box::new(Public(self.0.public.clone()))
    }

    fn agree(&self, public: &[u8]) -> Result<Secret> {
        let public = key::Public::new(Algorithm::X25519, public)?;
        agreement::shared(&self.0.key, &public.key)
    }
}

impl PublicKey for Public {
    fn public(&self) -> Vec<u8> {
        self.0.encoded.clone()
    }

    fn check(&self) -> Result<()> {
        check(&self.0.encoded)
    }
}
