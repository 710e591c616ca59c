//! Public keys: `publickey_*`.

use std::sync::Arc;

use super::{Scheme, SecretKey, encoding};
use crate::{
    Result,
    abi::Number,
    array_output::ArrayOutput,
    backend::{self, EncapsulationKey, VerifyingKey},
    handles::Handle,
    host::Call,
    memory::{Bytes, Str},
    revision::KeyKind,
    secret::Counted,
};

/// A public key: `publickey`.
#[derive(Clone)]
pub(crate) struct PublicKey {
    pub(crate) scheme: Scheme,
    pub(crate) half: Arc<Counted<PublicHalf>>,
}

/// What the library makes of a public key.
pub(crate) enum PublicHalf {
    Verifying(Box<dyn VerifyingKey>),
    Agreement(Box<dyn backend::PublicKey>),
    Encapsulation(Box<dyn EncapsulationKey>),
}

impl PublicHalf {
    pub(crate) fn key(&self) -> &dyn backend::PublicKey {
        match self {
            Self::Verifying(key) => &**key,
            Self::Agreement(key) => &**key,
            Self::Encapsulation(key) => &**key,
        }
    }
}

impl Call<'_> {
    pub(crate) fn publickey_import(
        &mut self,
        algorithm_type: Number,
        algorithm: Str,
        encoded: Bytes,
        encoding: Number,
    ) -> Result<Handle<PublicKey>> {
        let served = self.scheme(algorithm_type, algorithm)?;
        let encoded = self.memory.bytes(encoded)?;
        let encoding = self.revision.key_encoding(KeyKind::Public, encoding.0)?;
        let budget = self.budget;
        self.objects.open(|_| {
            served.read(|scheme| {
                let room = scheme.room(budget)?;
                let half = scheme.public(&encoding::decode_public(scheme.format(), encoding, encoded)?)?;
                Ok(PublicKey { scheme, half: Arc::new(room.holding(half)) })
            })
        })
    }

    pub(crate) fn publickey_export(&mut self, pk: Handle<PublicKey>, encoding: Number) -> Result<Handle<ArrayOutput>> {
        let encoding = self.revision.key_encoding(KeyKind::Public, encoding.0)?;
        self.array_output(|objects| {
            let key = objects.get(pk)?;
            encoding::encode_public(key.scheme.format(), encoding, &key.half.key().public())
        })
    }

    /// Checks what import does not: the subgroup, the identity.
    pub(crate) fn publickey_verify(&mut self, pk: Handle<PublicKey>) -> Result<()> {
        self.objects.get(pk)?.half.key().check()
    }

    pub(crate) fn publickey_from_secretkey(&mut self, sk: Handle<SecretKey>) -> Result<Handle<PublicKey>> {
        let budget = self.budget;
        self.objects.open(|objects| {
            let secret = objects.get(sk)?;
            let half = secret.scheme.room(budget)?.holding(secret.half.public());
            Ok(PublicKey { scheme: secret.scheme, half: Arc::new(half) })
        })
    }

    pub(crate) fn publickey_close(&mut self, pk: Handle<PublicKey>) -> Result<()> {
        self.objects.close(pk)
    }
}
