//! Keys of schemes that need more than a call's stack.

use super::{PublicHalf, SecretHalf};
use crate::{
    Result,
    backend::{DecapsulationKey, EncapsulationKey, PublicKey, Secret, SecretKey, SigningKey, VerifyingKey},
    stack::{must_on_own_stack, on_own_stack},
};

/// A key whose work runs on a separate stack.
struct Deep<K: ?Sized>(Box<K>);

impl<K: SecretKey + ?Sized> SecretKey for Deep<K> {
    fn secret(&self) -> Secret {
        must_on_own_stack(|| self.0.secret())
    }
}

impl<K: PublicKey + ?Sized> PublicKey for Deep<K> {
    fn public(&self) -> Vec<u8> {
        must_on_own_stack(|| self.0.public())
    }

    fn check(&self) -> Result<()> {
        on_own_stack(|| self.0.check())
    }
}

impl SigningKey for Deep<dyn SigningKey> {
    fn verifying_key(&self) -> Box<dyn VerifyingKey> {
        Box::new(Deep(must_on_own_stack(|| self.0.verifying_key())))
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>> {
        on_own_stack(|| self.0.sign(input))
    }
}

impl VerifyingKey for Deep<dyn VerifyingKey> {
    fn verify(&self, input: &[u8], signature: &[u8]) -> Result<()> {
        on_own_stack(|| self.0.verify(input, signature))
    }
}

impl DecapsulationKey for Deep<dyn DecapsulationKey> {
    fn encapsulation_key(&self) -> Box<dyn EncapsulationKey> {
        Box::new(Deep(must_on_own_stack(|| self.0.encapsulation_key())))
    }

    fn decapsulate(&self, encapsulated: &[u8]) -> Result<Secret> {
        on_own_stack(|| self.0.decapsulate(encapsulated))
    }
}

impl EncapsulationKey for Deep<dyn EncapsulationKey> {
    fn encapsulate(&self) -> Result<(Secret, Vec<u8>)> {
        on_own_stack(|| self.0.encapsulate())
    }
}

/// Makes a secret key on a separate stack, as all its later work is done.
pub(super) fn secret(make: impl FnOnce() -> Result<SecretHalf> + Send) -> Result<SecretHalf> {
    Ok(match on_own_stack(make)? {
        SecretHalf::Signing(key) => SecretHalf::Signing(Box::new(Deep(key))),
        SecretHalf::Decapsulation(key) => SecretHalf::Decapsulation(Box::new(Deep(key))),
        // No key agreement needs it.
        half @ SecretHalf::Agreement(_) => half,
    })
}

/// Makes a public key on a separate stack, as all its later work is done.
pub(super) fn public(make: impl FnOnce() -> Result<PublicHalf> + Send) -> Result<PublicHalf> {
    Ok(match on_own_stack(make)? {
        PublicHalf::Verifying(key) => PublicHalf::Verifying(Box::new(Deep(key))),
        PublicHalf::Encapsulation(key) => PublicHalf::Encapsulation(Box::new(Deep(key))),
        half @ PublicHalf::Agreement(_) => half,
    })
}
