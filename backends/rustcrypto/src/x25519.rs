//! X25519 (RFC 7748).

use hostcrypt::backend::{Agreement, AgreementKey, KeyFormat, PublicKey, Secret, SecretKey};
use hostcrypt::{Errno, Result};
use x25519_dalek::{SharedSecret, StaticSecret};

use crate::random;

/// The agreement.
pub(crate) struct X25519;

/// A scalar as it was given; the library clamps it at each use.
struct Key(StaticSecret);

/// A coordinate as it was given.
struct Public(x25519_dalek::PublicKey);

/// Any 32 bytes are a key of either half.
fn octets(bytes: &[u8]) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| Errno::InvalidKey)
}

/// The agreement's outcome, unless a point of low order fixes it.
fn contributory(secret: &StaticSecret, public: &x25519_dalek::PublicKey) -> Result<SharedSecret> {
    let shared = secret.diffie_hellman(public);
    if shared.was_contributory() { Ok(shared) } else { Err(Errno::InvalidKey) }
}

/// Checks that a coordinate is none of a point of low order.
pub(crate) fn check(public: &[u8; 32]) -> Result<()> {
    // Zero clamps to 2²⁵⁴, which sends the points of low order, and only them, to the identity.
    contributory(&StaticSecret::from([0; 32]), &(*public).into()).map(drop)
}

impl Agreement for X25519 {
    fn name(&self) -> &'static str {
        "X25519"
    }

    fn key_format(&self) -> KeyFormat {
        KeyFormat::X25519
    }

    fn generate(&self) -> Result<Box<dyn AgreementKey>> {
        self.secret_key(&*random::secret::<32>()?)
    }

    fn secret_key(&self, secret: &[u8]) -> Result<Box<dyn AgreementKey>> {
        Ok(Box::new(Key(octets(secret)?.into())))
    }

    fn public_key(&self, public: &[u8]) -> Result<Box<dyn PublicKey>> {
        Ok(Box::new(Public(octets(public)?.into())))
    }
}

impl SecretKey for Key {
    fn secret(&self) -> Secret {
        self.0.as_bytes().to_vec().into()
    }
}

impl AgreementKey for Key {
    fn public_key(&self) -> Box<dyn PublicKey> {
        Box::new(Public((&self.0).into()))
    }

    fn agree(&self, public: &[u8]) -> Result<Secret> {
        let shared = contributory(&self.0, &octets(public)?.into())?;
        Ok(shared.as_bytes().to_vec().into())
    }
}

impl PublicKey for Public {
    fn public(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }

    fn check(&self) -> Result<()> {
        check(self.0.as_bytes())
    }
}
