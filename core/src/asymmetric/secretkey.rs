//! Secret keys: `secretkey_*`.

use std::sync::Arc;

use super::{PublicHalf, Scheme, encoding};
use crate::{
    Errno, Result,
    abi::Number,
    array_output::ArrayOutput,
    backend::{self, AgreementKey, DecapsulationKey, SigningKey},
    handles::Handle,
    host::Call,
    managed::Custody,
    memory::{Bytes, Str},
    revision::KeyKind,
    secret::Counted,
};

/// A secret key: `secretkey`. Wiped when dropped.
#[derive(Clone)]
pub(crate) struct SecretKey {
    pub(crate) scheme: Scheme,
    pub(crate) half: Arc<Counted<SecretHalf>>,
    pub(crate) custody: Custody,
}

/// What the library makes of a secret key.
pub(crate) enum SecretHalf {
    Signing(Box<dyn SigningKey>),
    Agreement(Box<dyn AgreementKey>),
    Decapsulation(Box<dyn DecapsulationKey>),
}

impl SecretHalf {
    pub(crate) fn key(&self) -> &dyn backend::SecretKey {
        match self {
            Self::Signing(key) => &**key,
            Self::Agreement(key) => &**key,
            Self::Decapsulation(key) => &**key,
        }
    }

    /// The public half.
    pub(crate) fn public(&self) -> PublicHalf {
        match self {
            Self::Signing(key) => PublicHalf::Verifying(key.verifying_key()),
            Self::Agreement(key) => PublicHalf::Agreement(key.public_key()),
            Self::Decapsulation(key) => PublicHalf::Encapsulation(key.encapsulation_key()),
        }
    }

    /// # Errors
    ///
    /// [`Errno::InvalidKey`] if a public half that came with the secret one is not its own.
    pub(super) fn belongs_to(&self, public: &[u8]) -> Result<()> {
        if self.public().key().public() == public { Ok(()) } else { Err(Errno::InvalidKey) }
    }
}

impl Call<'_> {
    pub(crate) fn secretkey_import(
        &mut self,
        algorithm_type: Number,
        algorithm: Str,
        encoded: Bytes,
        encoding: Number,
    ) -> Result<Handle<SecretKey>> {
        let served = self.scheme(algorithm_type, algorithm)?;
        let encoded = self.memory.bytes(encoded)?;
        let encoding = self.revision.key_encoding(KeyKind::Secret, encoding.0)?;
        let budget = self.budget;
        self.objects.open(|_| {
            served.read(|scheme| {
                let room = scheme.room(budget)?;
                let half = encoding::decode_secret(scheme.format(), encoding, encoded)?.secret_half(scheme)?;
                Ok(SecretKey { scheme, half: Arc::new(room.holding(half)), custody: Custody::default() })
            })
        })
    }

    pub(crate) fn secretkey_export(&mut self, sk: Handle<SecretKey>, encoding: Number) -> Result<Handle<ArrayOutput>> {
        let encoding = self.revision.key_encoding(KeyKind::Secret, encoding.0)?;
        self.array_output(|objects| {
            let key = objects.get(sk)?;
            key.custody.check_export()?;
            encoding::encode_secret(key.scheme.format(), encoding, &key.half)
        })
    }

    pub(crate) fn secretkey_close(&mut self, sk: Handle<SecretKey>) -> Result<()> {
        self.objects.close(sk)
    }
}
