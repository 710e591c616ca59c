//! Key pairs: `keypair_*`.

use std::sync::Arc;

use super::{PublicKey, Scheme, SecretHalf, SecretKey, Served, encoding};
use crate::{
    Errno, Result,
    abi::{Number, Optional},
    array_output::ArrayOutput,
    handles::Handle,
    host::Call,
    managed::Custody,
    memory::{Bytes, Str},
    options::Options,
    revision::KeyKind,
    secret::{Budget, Counted},
};

/// A key pair: `keypair`. Wiped when dropped.
pub(crate) struct KeyPair {
    pub(crate) scheme: Scheme,
    pub(crate) secret: Arc<Counted<SecretHalf>>,
    /// Where both halves were imported, another implementation may have made this one.
    public: PublicKey,
    pub(crate) custody: Custody,
}

impl KeyPair {
    /// The pair of a secret half that is made once there is room for it.
    pub(crate) fn new(
        scheme: Scheme,
        budget: &Arc<Budget>,
        make: impl FnOnce() -> Result<(SecretHalf, Custody)>,
    ) -> Result<Self> {
        // For both halves before there is one: a key that took long is not thrown away for want of room.
        let (room, public_room) = (scheme.room(budget)?, scheme.room(budget)?);
        let (secret, custody) = make()?;
        let public = secret.public();
        let public = PublicKey { scheme, half: Arc::new(public_room.holding(public)) };
        Ok(Self { scheme, secret: Arc::new(room.holding(secret)), public, custody })
    }
}

impl<'a> Call<'a> {
    /// The algorithm that a type and a name stand for.
    pub(crate) fn scheme(&self, algorithm_type: Number, algorithm: Str) -> Result<Served<'a>> {
        let algorithm = self.memory.str(algorithm)?;
        let algorithm_type = self.revision.algorithm_type(algorithm_type.0)?;
        self.host.catalogue.asymmetric(algorithm_type, algorithm)
    }
}

impl Call<'_> {
    pub(crate) fn keypair_generate(
        &mut self,
        algorithm_type: Number,
        algorithm: Str,
        options: Optional<Options>,
    ) -> Result<Handle<KeyPair>> {
        let scheme = self.scheme(algorithm_type, algorithm)?.first;
        self.option_set(options, scheme.algorithm_type())?;
        let (host, jobs, budget) = (self.host, self.jobs, self.budget);
        self.objects.open(|_| {
            KeyPair::new(scheme, budget, || {
                Ok((jobs.generate(host.long_work, &host.threads, scheme)?, Custody::default()))
            })
        })
    }

    pub(crate) fn keypair_import(
        &mut self,
        algorithm_type: Number,
        algorithm: Str,
        encoded: Bytes,
        encoding: Number,
    ) -> Result<Handle<KeyPair>> {
        let served = self.scheme(algorithm_type, algorithm)?;
        let encoded = self.memory.bytes(encoded)?;
        let encoding = self.revision.key_encoding(KeyKind::Pair, encoding.0)?;
        let budget = self.budget;
        self.objects.open(|_| {
            served.read(|scheme| {
                KeyPair::new(scheme, budget, || {
                    let decoded = encoding::decode_pair(scheme.format(), encoding, encoded)?;
                    Ok((decoded.secret_half(scheme)?, Custody::default()))
                })
            })
        })
    }

    /// # Errors
    ///
    /// [`Errno::IncompatibleKeys`] for keys of two algorithms, [`Errno::InvalidKey`] for halves of two pairs.
    pub(crate) fn keypair_from_pk_and_sk(
        &mut self,
        publickey: Handle<PublicKey>,
        secretkey: Handle<SecretKey>,
    ) -> Result<Handle<KeyPair>> {
        self.objects.open(|objects| {
            let (public, secret) = (objects.get(publickey)?, objects.get(secretkey)?);
            if !public.scheme.is(secret.scheme) {
                return Err(Errno::IncompatibleKeys);
            }
            secret.half.belongs_to(&public.half.key().public())?;
            // The halves of a managed pair are that pair again.
            Ok(KeyPair {
                scheme: secret.scheme,
                secret: Arc::clone(&secret.half),
                public: PublicKey::clone(&public),
                custody: secret.custody.clone(),
            })
        })
    }

    pub(crate) fn keypair_export(&mut self, kp: Handle<KeyPair>, encoding: Number) -> Result<Handle<ArrayOutput>> {
        let encoding = self.revision.key_encoding(KeyKind::Pair, encoding.0)?;
        self.array_output(|objects| {
            let pair = objects.get(kp)?;
            pair.custody.check_export()?;
            encoding::encode_pair(pair.scheme.format(), encoding, &pair.secret)
        })
    }

    pub(crate) fn keypair_publickey(&mut self, kp: Handle<KeyPair>) -> Result<Handle<PublicKey>> {
        self.objects.open(|objects| Ok(objects.get(kp)?.public.clone()))
    }

    pub(crate) fn keypair_secretkey(&mut self, kp: Handle<KeyPair>) -> Result<Handle<SecretKey>> {
        self.objects.open(|objects| {
            let pair = objects.get(kp)?;
            Ok(SecretKey { scheme: pair.scheme, half: Arc::clone(&pair.secret), custody: pair.custody.clone() })
        })
    }

    pub(crate) fn keypair_close(&mut self, kp: Handle<KeyPair>) -> Result<()> {
        self.objects.close(kp)
    }
}
