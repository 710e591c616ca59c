//! Managed key pairs: `keypair_*_managed`, `keypair_id`, `keypair_from_id`.

use super::{
    SecretsManager,
    namespaced_store::{Generated, NamespacedStore},
    resident,
};
use crate::{
    Errno, Operation, Result,
    algorithm::asymmetric::{AsymmetricAlgorithm, KeyPairAlgorithm, SecretHalf},
    managed_state::{ManagedState, ManagedVersion},
    objects::asymmetric::KeyPair,
    store::{Content, Identifier, Kind, Versions},
};

/// Makes the pair of a secret key from a store, with the first of the host's backends that can read it.
///
/// # Errors
///
/// [`Errno::UnsupportedAlgorithm`] if no backend can, [`Errno::Overflow`] if it exceeds the guest's limit on bytes,
/// [`Errno::InternalError`] for a key of another family.
fn stored_pair(
    operation: Operation<'_>,
    algorithm: KeyPairAlgorithm<'_>,
    content: Content,
    version: ManagedVersion,
) -> Result<KeyPair> {
    match content {
        Content::Bytes(secret) => algorithm.restore(|algorithm| {
            KeyPair::new(operation, algorithm, || Ok((algorithm.secret(&secret)?, ManagedState::of(version))))
        }),
        Content::Key(key) => {
            let algorithm = resident::algorithm(algorithm, &key)?;
            KeyPair::new(operation, algorithm, || {
                Ok((resident::secret_half(algorithm, key)?, ManagedState::of(version)))
            })
        }
    }
}

/// Makes the secret half of a key that a store just generated.
///
/// # Errors
///
/// As for [`stored_pair`].
fn generated_half(algorithm: AsymmetricAlgorithm, content: Content) -> Result<SecretHalf> {
    let alone = KeyPairAlgorithm::from(algorithm);
    match content {
        Content::Bytes(secret) => alone.restore(|algorithm| algorithm.secret(&secret)),
        Content::Key(key) => resident::secret_half(resident::algorithm(alone, &key)?, key),
    }
}

impl KeyPair {
    /// Generates a managed pair in the store: `keypair_generate_managed`.
    ///
    /// # Errors
    ///
    /// Those of [`generate`](Self::generate); [`Errno::Overflow`] also at a quota, [`Errno::InternalError`] if the
    /// store fails.
    pub fn generate_managed(
        operation: Operation<'_>,
        _: &SecretsManager,
        algorithm: KeyPairAlgorithm<'_>,
    ) -> Result<Self> {
        let (store, algorithm) = (NamespacedStore::of(operation)?, algorithm.first);
        Self::new(operation, algorithm, || {
            let make = || operation.generate(algorithm);
            let bytes = |made: &SecretHalf| Ok(made.key().secret());
            let (generated, version) = store.generate(Kind::KeyPair, (algorithm.name(), None), make, bytes)?;
            let secret = match generated {
                Generated::InStore(stored) => {
                    generated_half(algorithm, stored.content).inspect_err(|_| store.discard(Kind::KeyPair, &version))?
                }
                Generated::InProcess(made) => made,
            };
            Ok((secret, ManagedState::of(version)))
        })
    }

    /// Stores the pair, which makes it managed, and returns its identifier: `keypair_store_managed`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for a pair that is managed already, [`Errno::ProhibitedOperation`] if the store
    /// takes no keys that were made elsewhere, [`Errno::Overflow`] at a quota, [`Errno::RngError`],
    /// [`Errno::InternalError`] if the store fails.
    pub fn store_managed(&self, operation: Operation<'_>, _: &SecretsManager) -> Result<Identifier> {
        let bytes = || Ok(self.secret.key().secret());
        NamespacedStore::of(operation)?.store_key(Kind::KeyPair, &self.managed, self.algorithm.name(), bytes)
    }

    /// Makes another pair the next version of this one, and returns its number: `keypair_replace_managed`.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] if this pair is not managed, [`Errno::IncompatibleKeys`] for pairs of two
    /// algorithms, [`Errno::InvalidOperation`] for two versions of one pair, [`Errno::NotFound`] if no version of this
    /// pair is left, [`Errno::Overflow`] at a quota, [`Errno::InternalError`] if the store fails.
    pub fn replace_managed(&self, operation: Operation<'_>, _: &SecretsManager, new: &Self) -> Result<u64> {
        if !self.algorithm.is(new.algorithm) {
            return Err(Errno::IncompatibleKeys);
        }
        let bytes = || Ok(new.secret.key().secret());
        let states = (&self.managed, &new.managed);
        NamespacedStore::of(operation)?.replace_key(Kind::KeyPair, states, new.algorithm.name(), bytes)
    }

    /// Returns the identifier and the version of a managed pair: `keypair_id`.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedFeature`] for a pair that is not managed.
    pub fn id(&self, _: Operation<'_>) -> Result<(Identifier, u64)> {
        self.managed.id()
    }

    /// Opens the managed pair of an identifier: `keypair_from_id`.
    ///
    /// # Errors
    ///
    /// [`Errno::NotFound`] if there is no such pair or version, [`Errno::Expired`], [`Errno::UnsupportedAlgorithm`]
    /// if the host does not have the algorithm or no backend of it can read the pair, [`Errno::ProhibitedOperation`]
    /// if the policy forbids the algorithm, [`Errno::Overflow`] if the pair exceeds the guest's limit on bytes,
    /// [`Errno::InternalError`] if the store fails.
    pub fn from_id(operation: Operation<'_>, _: &SecretsManager, identifier: &[u8], version: Versions) -> Result<Self> {
        let store = NamespacedStore::of(operation)?;
        let (identifier, stored) = store.open(Kind::KeyPair, identifier, version)?;
        let algorithm = store.host.catalogue.asymmetric_of_any_type(&stored.algorithm)?;
        let version = store.version_of(identifier, &stored);
        stored_pair(operation, algorithm, stored.content, version)
    }
}
