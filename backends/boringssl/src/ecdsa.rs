//! ECDSA over P-256 and P-384, its signatures randomised: the library draws the nonce, and mixes the key and the digest
//! into what it draws.

use boring::bn::BigNum;
use boring::ecdsa::EcdsaSig;
use boring::error::ErrorStack;
use hostcrypt::backend::{
    Hash, Interrupt, PublicKey, Secret, SecretKey, Signature, SignatureFormat, SignatureInput, SignatureScheme,
    SigningKey, VerifyingKey,
};
use hostcrypt::{Errno, Result};

use crate::curve::{self, Curve};
use crate::key::Pair;
use crate::{hash, key};

pub(crate) const P256: Scheme = Scheme("ECDSA_P256_SHA256", &curve::P256, &hash::SHA256);
pub(crate) const P384: Scheme = Scheme("ECDSA_P384_SHA384", &curve::P384, &hash::SHA384);

/// A curve of the library's with a hash function, under the interface's name.
pub(crate) struct Scheme(&'static str, &'static Curve, &'static dyn Hash);

/// A scalar with its public half.
struct Key(Pair, &'static Curve);

/// A point.
struct Public(key::Public, &'static Curve);

impl Signature for Scheme {
    fn scheme(&self) -> SignatureScheme {
        SignatureScheme {
            name: self.0,
            key_format: self.1.format,
            input: SignatureInput::Digest(self.2),
            format: SignatureFormat::Ecdsa,
            len: 2 * self.1.len,
            slow_to_generate: false,
        }
    }

    fn generate(&self, _: &Interrupt) -> Result<Box<dyn SigningKey>> {
        Ok(Box::new(Key(self.1.generate()?, self.1)))
    }

    fn signing_key(&self, secret: &[u8]) -> Result<Box<dyn SigningKey>> {
        Ok(Box::new(Key(self.1.secret(secret)?, self.1)))
    }

    fn verifying_key(&self, public: &[u8]) -> Result<Box<dyn VerifyingKey>> {
        Ok(Box::new(Public(self.1.public(public)?, self.1)))
    }
}

impl SecretKey for Key {
    fn secret(&self) -> Secret {
        self.0.secret.clone()
    }
}

impl SigningKey for Key {
    fn verifying_key(&self) -> Box<dyn VerifyingKey> {
        Box::new(Public(self.0.public.clone(), self.1))
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>> {
        let signed = || {
            let signature = EcdsaSig::sign(input, &*self.0.key.ec_key()?)?;
            let [r, s] = [signature.r(), signature.s()].map(|number| number.to_vec_padded(self.1.len));
            Ok::<_, ErrorStack>([r?, s?].concat())
        };
        signed().map_err(|_| Errno::AlgorithmFailure)
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

impl VerifyingKey for Public {
    fn verify(&self, input: &[u8], signature: &[u8]) -> Result<()> {
        let Some((r, s)) = signature.split_at_checked(self.1.len).filter(|(r, s)| r.len() == s.len()) else {
            return Err(Errno::VerificationFailed);
        };
        let verified = || {
            let signature = EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?;
            signature.verify(input, &*self.0.key.ec_key()?)
        };
        if let Ok(true) = verified() {
            return Ok(());
        }
        // What does not match leaves an error in the thread, which is no failure to `boring`.
        drop(ErrorStack::get());
        Err(Errno::VerificationFailed)
    }
}
