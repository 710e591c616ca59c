//! Secret keys that compute inside a store, while the host's backend computes with their public halves.

use crate::{
    Errno, RefusalCause, Result,
    algorithm::asymmetric::{AsymmetricAlgorithm, KeyPairAlgorithm, PublicHalf, SecretHalf},
    backend::{
        Agreement, AgreementKey, DecapsulationKey, EncapsulationKey, Kem, PublicKey, Secret, SecretKey, Signature,
        SigningKey, VerifyingKey,
    },
    refusal,
    store::ResidentKey,
};

/// A key in a store, and the backend's algorithm.
struct Resident<S: ?Sized + 'static, K: ?Sized> {
    scheme: &'static S,
    key: Box<K>,
}

impl<S: ?Sized + Sync, K: SecretKey + ?Sized> SecretKey for Resident<S, K> {
    fn secret(&self) -> Secret {
        // An empty secret would be exported or stored if a check were missing.
        unreachable!("a key that stays in its store is never exported, nor stored again")
    }
}

// `scheme` checked that the backend accepts the public half when the key was opened.

impl SigningKey for Resident<dyn Signature, dyn SigningKey> {
    fn verifying_key(&self) -> Box<dyn VerifyingKey> {
        let key = self.key.verifying_key();
        match AsymmetricAlgorithm::Signature(self.scheme).public(&key.public()) {
            Ok(PublicHalf::Verifying(key)) => key,
            _ => key,
        }
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>> {
        in_store(|| self.key.sign(input))
    }
}

impl AgreementKey for Resident<dyn Agreement, dyn AgreementKey> {
    fn public_key(&self) -> Box<dyn PublicKey> {
        let key = self.key.public_key();
        self.scheme.public_key(&key.public()).unwrap_or(key)
    }

    fn agree(&self, public: &[u8]) -> Result<Secret> {
        in_store(|| self.key.agree(public))
    }
}

impl DecapsulationKey for Resident<dyn Kem, dyn DecapsulationKey> {
    fn encapsulation_key(&self) -> Box<dyn EncapsulationKey> {
        let key = self.key.encapsulation_key();
        match AsymmetricAlgorithm::Kem(self.scheme).public(&key.public()) {
            Ok(PublicHalf::Encapsulation(key)) => key,
            _ => key,
        }
    }

    fn decapsulate(&self, encapsulated: &[u8]) -> Result<Secret> {
        in_store(|| self.key.decapsulate(encapsulated))
    }
}

/// Runs a resident key's work. A failure is the store's; its reason is the one that the store recorded, if any.
fn in_store<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // The recorded cause of an earlier call is not the cause of this failure.
    drop(refusal::take());
    work().map_err(|errno| match errno {
        Errno::InternalError => refusal::note_unless_pending(errno, RefusalCause::Store),
        errno => errno,
    })
}

/// The implementation that does the work of the public half of a store's key: the first that takes it.
///
/// # Errors
///
/// [`Errno::UnsupportedAlgorithm`] if none does, [`Errno::InternalError`] for a key that has no public half: the
/// store broke its contract.
pub(super) fn algorithm(served: KeyPairAlgorithm<'_>, key: &ResidentKey) -> Result<AsymmetricAlgorithm> {
    let public = match key {
        ResidentKey::Signing(key) => key.verifying_key().public(),
        ResidentKey::Agreement(key) => key.public_key().public(),
        ResidentKey::Decapsulation(key) => key.encapsulation_key().public(),
        ResidentKey::Mac(_) | ResidentKey::Aead(_) | ResidentKey::Cipher(_) => return Err(Errno::InternalError),
    };
    served.restore(|scheme| scheme.public(&public).map(|_| scheme))
}

/// The secret half that a store's key is, beside the [`scheme`] of its public half.
///
/// # Errors
///
/// [`Errno::InternalError`] for a key of another family: the store broke its contract.
pub(super) fn secret_half(scheme: AsymmetricAlgorithm, key: ResidentKey) -> Result<SecretHalf> {
    Ok(match (scheme, key) {
        (AsymmetricAlgorithm::Signature(scheme), ResidentKey::Signing(key)) => {
            SecretHalf::Signing(Box::new(Resident { scheme, key }))
        }
        (AsymmetricAlgorithm::Agreement(scheme), ResidentKey::Agreement(key)) => {
            SecretHalf::Agreement(Box::new(Resident { scheme, key }))
        }
        (AsymmetricAlgorithm::Kem(scheme), ResidentKey::Decapsulation(key)) => {
            SecretHalf::Decapsulation(Box::new(Resident { scheme, key }))
        }
        _ => return Err(Errno::InternalError),
    })
}
