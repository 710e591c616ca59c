//! Key pairs: `keypair_*`.

use std::sync::Arc;

use super::{KeyEncoding, KeyPairAlgorithm, PublicKey, SecretKey};
use crate::{
    Errno, Operation, Result,
    algorithm::asymmetric::{AsymmetricAlgorithm, SecretHalf, encoding},
    managed_state::ManagedState,
    secret::{Charged, SecretBytes},
};

/// A key pair: `keypair`. Its secret half is wiped when its last reference is dropped.
pub struct KeyPair {
    pub(crate) algorithm: AsymmetricAlgorithm,
    pub(crate) secret: Arc<Charged<SecretHalf>>,
    /// May come from another backend than the secret half, if both were imported.
    public: PublicKey,
    pub(crate) managed: ManagedState,
}

impl KeyPair {
    /// Makes the pair of a secret half, once memory for both is reserved.
    pub(crate) fn new(
        operation: Operation<'_>,
        algorithm: AsymmetricAlgorithm,
        make: impl FnOnce() -> Result<(SecretHalf, ManagedState)>,
    ) -> Result<Self> {
        // Before the generation: a key that took long must not be dropped for lack of room.
        let budget = operation.budget();
        let (for_secret, for_public) = (algorithm.reserve_secret(budget)?, algorithm.reserve_public(budget)?);
        let (secret, managed) = make()?;
        let public = secret.public();
        let public = PublicKey { algorithm, half: Arc::new(for_public.charge(public)) };
        Ok(Self { algorithm, secret: Arc::new(for_secret.charge(secret)), public, managed })
    }

    /// Generates a pair: `keypair_generate`.
    ///
    /// # Errors
    ///
    /// [`Errno::InProgress`] while the pair is being generated, with
    /// [`LongWork::Background`](crate::LongWork::Background); [`Errno::RngError`] if there are no random numbers;
    /// [`Errno::Overflow`] if it exceeds the guest's limit on bytes.
    pub fn generate(operation: Operation<'_>, algorithm: KeyPairAlgorithm<'_>) -> Result<Self> {
        let algorithm = algorithm.first;
        Self::new(operation, algorithm, || Ok((operation.generate(algorithm)?, ManagedState::default())))
    }

    /// Imports a pair from an encoding: `keypair_import`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`] for bytes that are not a pair of the algorithm, [`Errno::UnsupportedEncoding`] for an
    /// encoding that the algorithm lacks, [`Errno::Overflow`] for a key that is too long, or that exceeds the guest's
    /// limit on bytes.
    pub fn import(
        operation: Operation<'_>,
        algorithm: KeyPairAlgorithm<'_>,
        encoded: &[u8],
        encoding: KeyEncoding,
    ) -> Result<Self> {
        algorithm.read(|algorithm| {
            Self::new(operation, algorithm, || {
                let decoded = encoding::decode_pair(algorithm.format(), encoding, encoded)?;
                Ok((decoded.secret_half(algorithm)?, ManagedState::default()))
            })
        })
    }

    /// Makes a pair from two halves: `keypair_from_pk_and_sk`. The halves of a managed pair make the managed pair
    /// again.
    ///
    /// # Errors
    ///
    /// [`Errno::IncompatibleKeys`] for keys of two algorithms, [`Errno::InvalidKey`] for halves of two pairs.
    pub fn from_halves(_: Operation<'_>, public: &PublicKey, secret: &SecretKey) -> Result<Self> {
        if !public.algorithm.is(secret.algorithm) {
            return Err(Errno::IncompatibleKeys);
        }
        secret.half.belongs_to(&public.half.key().public())?;
        Ok(Self {
            algorithm: secret.algorithm,
            secret: Arc::clone(&secret.half),
            public: public.clone(),
            managed: secret.managed.clone(),
        })
    }

    /// Exports the pair in an encoding: `keypair_export`.
    ///
    /// # Errors
    ///
    /// [`Errno::ProhibitedOperation`] for a managed pair that its store does not allow to export,
    /// [`Errno::UnsupportedEncoding`] for an encoding that the algorithm lacks, [`Errno::Overflow`] if the bytes exceed
    /// the guest's limit.
    pub fn export(&self, operation: Operation<'_>, encoding: KeyEncoding) -> Result<SecretBytes> {
        self.managed.check_export()?;
        let encoded = encoding::encode_pair(self.algorithm.format(), encoding, &self.secret)?;
        SecretBytes::copy_of(&encoded, operation.budget())
    }

    /// Returns the public half: `keypair_publickey`.
    #[must_use]
    pub fn public_key(&self, _: Operation<'_>) -> PublicKey {
        self.public.clone()
    }

    /// Returns the secret half: `keypair_secretkey`.
    #[must_use]
    pub fn secret_key(&self, _: Operation<'_>) -> SecretKey {
        SecretKey { algorithm: self.algorithm, half: Arc::clone(&self.secret), managed: self.managed.clone() }
    }
}

/// Shows only the algorithm.
impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyPair").field("algorithm", &self.algorithm.name()).finish_non_exhaustive()
    }
}
