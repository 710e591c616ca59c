//! Diffie-Hellman over P-256 and P-384 (SP 800-56A); the shared secret is the X coordinate.

use hostcrypt::Result;
use hostcrypt::backend::{Agreement, AgreementKey, KeyFormat, PublicKey, Secret, SecretKey};

use crate::curve::{self, Curve};
use crate::key::Pair;
use crate::{agreement, key};

pub(crate) const P256: Ecdh = Ecdh("P256-SHA256", &curve::P256);
pub(crate) const P384: Ecdh = Ecdh("P384-SHA384", &curve::P384);

/// A curve of the library's, under the interface's name.
pub(crate) struct Ecdh(&'static str, &'static Curve);

/// A scalar.
struct Key(Pair, &'static Curve);

/// A point.
struct Public(key::Public);

impl Agreement for Ecdh {
    fn name(&self) -> &'static str {
        self.0
    }

    fn key_format(&self) -> KeyFormat {
        self.1.format
    }

    fn generate(&self) -> Result<Box<dyn AgreementKey>> {
        Ok(Box::new(Key(self.1.generate()?, self.1)))
    }

    fn secret_key(&self, secret: &[u8]) -> Result<Box<dyn AgreementKey>> {
        Ok(Box::new(Key(self.1.secret(secret)?, self.1)))
    }

    fn public_key(&self, public: &[u8]) -> Result<Box<dyn PublicKey>> {
        Ok(Box::new(Public(self.1.public(public)?)))
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
        agreement::shared(&self.0.key, &self.1.public(public)?.key)
    }
}

impl PublicKey for Public {
    fn public(&self) -> Vec<u8> {
        self.0.encoded.clone()
    }

    fn check(&self) -> Result<()> {
        // The curve has prime order, and decoding refuses the identity.
        Ok(())
    }
}
