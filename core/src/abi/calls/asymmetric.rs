//! `keypair_*`, `publickey_*` and `secretkey_*`, except managed keys.

use crate::{
    Operation, Result,
    abi::{
        Call,
        handles::Handle,
        memory::{Bytes, Memory, Str},
        revision::{KeyKind, Revision},
        value::{Number, Optional},
    },
    objects::{
        array_output::ArrayOutput,
        asymmetric::{KeyEncoding, KeyPair, KeyPairAlgorithm, PublicKey, SecretKey},
        options::Options,
    },
};

/// The arguments of every import.
struct Imported<'c, 'op> {
    algorithm: KeyPairAlgorithm<'op>,
    encoded: &'c [u8],
    encoding: KeyEncoding,
}

/// The algorithm of a type and a name.
fn algorithm<'op>(
    memory: &Memory<'_>,
    revision: Revision,
    op: Operation<'op>,
    (algorithm_type, algorithm): (Number, Str),
) -> Result<KeyPairAlgorithm<'op>> {
    let algorithm = memory.str(algorithm)?;
    op.key_pair(revision.algorithm_type(algorithm_type.0)?, algorithm)
}

impl<'c, 'op> Imported<'c, 'op> {
    fn of(
        (memory, revision): (&'c Memory<'_>, Revision),
        op: Operation<'op>,
        kind: KeyKind,
        named: (Number, Str),
        (encoded, encoding): (Bytes, Number),
    ) -> Result<Self> {
        let algorithm = algorithm(memory, revision, op, named)?;
        let encoded = memory.bytes(encoded)?;
        Ok(Self { algorithm, encoded, encoding: revision.key_encoding(kind, encoding.0)? })
    }
}

impl Call<'_> {
    /// The algorithm of a type and a name.
    pub(super) fn key_pair_algorithm<'op>(
        &self,
        op: Operation<'op>,
        algorithm_type: Number,
        name: Str,
    ) -> Result<KeyPairAlgorithm<'op>> {
        algorithm(&self.memory, self.revision, op, (algorithm_type, name))
    }

    pub(in crate::abi) fn keypair_generate(
        &mut self,
        op: Operation<'_>,
        algorithm_type: Number,
        algorithm: Str,
        options: Optional<Options>,
    ) -> Result<Handle<KeyPair>> {
        let algorithm = self.key_pair_algorithm(op, algorithm_type, algorithm)?;
        self.option_set(options, algorithm.algorithm_type())?;
        self.objects.open(|_| KeyPair::generate(op, algorithm))
    }

    pub(in crate::abi) fn keypair_import(
        &mut self,
        op: Operation<'_>,
        algorithm_type: Number,
        algorithm: Str,
        encoded: Bytes,
        encoding: Number,
    ) -> Result<Handle<KeyPair>> {
        let Imported { algorithm, encoded, encoding } = Imported::of(
            (&self.memory, self.revision),
            op,
            KeyKind::Pair,
            (algorithm_type, algorithm),
            (encoded, encoding),
        )?;
        self.objects.open(|_| KeyPair::import(op, algorithm, encoded, encoding))
    }

    pub(in crate::abi) fn keypair_from_pk_and_sk(
        &mut self,
        op: Operation<'_>,
        publickey: Handle<PublicKey>,
        secretkey: Handle<SecretKey>,
    ) -> Result<Handle<KeyPair>> {
        self.objects.open(|objects| {
            let (public, secret) = (objects.get(publickey)?, objects.get(secretkey)?);
            KeyPair::from_halves(op, &public, &secret)
        })
    }

    pub(in crate::abi) fn keypair_export(
        &mut self,
        op: Operation<'_>,
        kp: Handle<KeyPair>,
        encoding: Number,
    ) -> Result<Handle<ArrayOutput>> {
        let encoding = self.revision.key_encoding(KeyKind::Pair, encoding.0)?;
        self.array_output(|objects| objects.get(kp)?.export(op, encoding))
    }

    pub(in crate::abi) fn keypair_publickey(
        &mut self,
        op: Operation<'_>,
        kp: Handle<KeyPair>,
    ) -> Result<Handle<PublicKey>> {
        self.objects.open(|objects| Ok(objects.get(kp)?.public_key(op)))
    }

    pub(in crate::abi) fn keypair_secretkey(
        &mut self,
        op: Operation<'_>,
        kp: Handle<KeyPair>,
    ) -> Result<Handle<SecretKey>> {
        self.objects.open(|objects| Ok(objects.get(kp)?.secret_key(op)))
    }

    pub(in crate::abi) fn keypair_close(&mut self, _: Operation<'_>, kp: Handle<KeyPair>) -> Result<()> {
        self.objects.close(kp)
    }

    pub(in crate::abi) fn publickey_import(
        &mut self,
        op: Operation<'_>,
        algorithm_type: Number,
        algorithm: Str,
        encoded: Bytes,
        encoding: Number,
    ) -> Result<Handle<PublicKey>> {
        let Imported { algorithm, encoded, encoding } = Imported::of(
            (&self.memory, self.revision),
            op,
            KeyKind::Public,
            (algorithm_type, algorithm),
            (encoded, encoding),
        )?;
        self.objects.open(|_| PublicKey::import(op, algorithm, encoded, encoding))
    }

    pub(in crate::abi) fn publickey_export(
        &mut self,
        op: Operation<'_>,
        pk: Handle<PublicKey>,
        encoding: Number,
    ) -> Result<Handle<ArrayOutput>> {
        let encoding = self.revision.key_encoding(KeyKind::Public, encoding.0)?;
        self.array_output(|objects| objects.get(pk)?.export(op, encoding))
    }

    pub(in crate::abi) fn publickey_verify(&mut self, op: Operation<'_>, pk: Handle<PublicKey>) -> Result<()> {
        self.objects.get(pk)?.verify(op)
    }

    pub(in crate::abi) fn publickey_from_secretkey(
        &mut self,
        op: Operation<'_>,
        sk: Handle<SecretKey>,
    ) -> Result<Handle<PublicKey>> {
        self.objects.open(|objects| PublicKey::from_secret_key(op, &*objects.get(sk)?))
    }

    pub(in crate::abi) fn publickey_close(&mut self, _: Operation<'_>, pk: Handle<PublicKey>) -> Result<()> {
        self.objects.close(pk)
    }

    pub(in crate::abi) fn secretkey_import(
        &mut self,
        op: Operation<'_>,
        algorithm_type: Number,
        algorithm: Str,
        encoded: Bytes,
        encoding: Number,
    ) -> Result<Handle<SecretKey>> {
        let Imported { algorithm, encoded, encoding } = Imported::of(
            (&self.memory, self.revision),
            op,
            KeyKind::Secret,
            (algorithm_type, algorithm),
            (encoded, encoding),
        )?;
        self.objects.open(|_| SecretKey::import(op, algorithm, encoded, encoding))
    }

    pub(in crate::abi) fn secretkey_export(
        &mut self,
        op: Operation<'_>,
        sk: Handle<SecretKey>,
        encoding: Number,
    ) -> Result<Handle<ArrayOutput>> {
        let encoding = self.revision.key_encoding(KeyKind::Secret, encoding.0)?;
        self.array_output(|objects| objects.get(sk)?.export(op, encoding))
    }

    pub(in crate::abi) fn secretkey_close(&mut self, _: Operation<'_>, sk: Handle<SecretKey>) -> Result<()> {
        self.objects.close(sk)
    }
}
