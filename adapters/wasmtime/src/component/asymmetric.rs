//! `wasi-ephemeral-crypto-asymmetric-common`: key pairs and their halves.

use hostcrypt::FunctionId as F;
use wasmtime::{
    Result,
    component::{Resource, WasmList, WasmStr},
};

use super::{
    call::Interface,
    types::{
        AlgorithmType, ArrayOutput, HalfEncoding, KeyPair, KeyPairEncoding, Options, PublicKey, SecretKey,
        SecretsManager, Version,
    },
};

/// The parameters of an import.
type Import<E> = (AlgorithmType, WasmStr, WasmList<u8>, E);

pub(super) fn add<T: 'static>(asymmetric: &mut Interface<'_, T>) -> Result<()> {
    asymmetric.bind(
        F::keypair_generate,
        |call, op, (algorithm_type, algorithm, options): (AlgorithmType, WasmStr, Option<Resource<Options>>)| {
            let algorithm = op.key_pair(algorithm_type.into(), &call.str(&algorithm)?)?;
            call.options(options.as_ref(), algorithm.algorithm_type())?;
            call.objects.open(|_| KeyPair::generate(op, algorithm))
        },
    )?;
    asymmetric.bind(
        F::keypair_import,
        |call, op, (algorithm_type, algorithm, encoded, encoding): Import<KeyPairEncoding>| {
            let algorithm = op.key_pair(algorithm_type.into(), &call.str(&algorithm)?)?;
            let encoded = call.bytes(&encoded)?;
            call.objects.open(|_| KeyPair::import(op, algorithm, encoded, encoding.into()))
        },
    )?;
    managed(asymmetric)?;
    asymmetric.bind(
        F::keypair_from_pk_and_sk,
        |call, op, (public, secret): (Resource<PublicKey>, Resource<SecretKey>)| {
            call.objects.open(|objects| KeyPair::from_halves(op, objects.get(&public)?, objects.get(&secret)?))
        },
    )?;
    asymmetric.bind(F::keypair_export, |call, op, (pair, encoding): (Resource<KeyPair>, KeyPairEncoding)| {
        call.objects.open(|objects| objects.get(&pair)?.export(op, encoding.into()).map(ArrayOutput::new))
    })?;
    asymmetric.bind(F::keypair_publickey, |call, op, (pair,): (Resource<KeyPair>,)| {
        call.objects.open(|objects| Ok(objects.get(&pair)?.public_key(op)))
    })?;
    asymmetric.bind(F::keypair_secretkey, |call, op, (pair,): (Resource<KeyPair>,)| {
        call.objects.open(|objects| Ok(objects.get(&pair)?.secret_key(op)))
    })?;
    asymmetric.close::<KeyPair>(F::keypair_close)?;

    asymmetric.bind(
        F::publickey_import,
        |call, op, (algorithm_type, algorithm, encoded, encoding): Import<HalfEncoding>| {
            let algorithm = op.key_pair(algorithm_type.into(), &call.str(&algorithm)?)?;
            let encoded = call.bytes(&encoded)?;
            call.objects.open(|_| PublicKey::import(op, algorithm, encoded, encoding.into()))
        },
    )?;
    asymmetric.bind(F::publickey_export, |call, op, (key, encoding): (Resource<PublicKey>, HalfEncoding)| {
        call.objects.open(|objects| objects.get(&key)?.export(op, encoding.into()).map(ArrayOutput::new))
    })?;
    asymmetric
        .bind(F::publickey_verify, |call, op, (key,): (Resource<PublicKey>,)| call.objects.get(&key)?.verify(op))?;
    asymmetric.bind(F::publickey_from_secretkey, |call, op, (key,): (Resource<SecretKey>,)| {
        call.objects.open(|objects| PublicKey::from_secret_key(op, objects.get(&key)?))
    })?;
    asymmetric.close::<PublicKey>(F::publickey_close)?;

    asymmetric.bind(
        F::secretkey_import,
        |call, op, (algorithm_type, algorithm, encoded, encoding): Import<HalfEncoding>| {
            let algorithm = op.key_pair(algorithm_type.into(), &call.str(&algorithm)?)?;
            let encoded = call.bytes(&encoded)?;
            call.objects.open(|_| SecretKey::import(op, algorithm, encoded, encoding.into()))
        },
    )?;
    asymmetric.bind(F::secretkey_export, |call, op, (key, encoding): (Resource<SecretKey>, HalfEncoding)| {
        call.objects.open(|objects| objects.get(&key)?.export(op, encoding.into()).map(ArrayOutput::new))
    })?;
    asymmetric.close::<SecretKey>(F::secretkey_close)
}

fn managed<T: 'static>(asymmetric: &mut Interface<'_, T>) -> Result<()> {
    asymmetric.bind(
        F::keypair_generate_managed,
        |call,
         op,
         (manager, algorithm_type, algorithm, options): (
            Resource<SecretsManager>,
            AlgorithmType,
            WasmStr,
            Option<Resource<Options>>,
        )| {
            let algorithm = op.key_pair(algorithm_type.into(), &call.str(&algorithm)?)?;
            call.options(options.as_ref(), algorithm.algorithm_type())?;
            call.objects.open(|objects| KeyPair::generate_managed(op, objects.get(&manager)?, algorithm))
        },
    )?;
    asymmetric.bind(
        F::keypair_store_managed,
        |call, op, (manager, pair): (Resource<SecretsManager>, Resource<KeyPair>)| {
            let identifier = call.objects.get(&pair)?.store_managed(op, call.objects.get(&manager)?)?;
            Ok(identifier.0.to_vec())
        },
    )?;
    asymmetric.bind_own(
        F::keypair_replace_managed,
        |objects, (manager, old, new): (Resource<SecretsManager>, Resource<KeyPair>, Resource<KeyPair>)| {
            (manager, objects.take(&old), new)
        },
        |call, op, (manager, old, new)| {
            let (manager, new) = (call.objects.get(&manager)?, call.objects.get(&new)?);
            old?.replace_managed(op, manager, new).map(Version::Specified)
        },
    )?;
    asymmetric.bind(F::keypair_id, |call, op, (pair,): (Resource<KeyPair>,)| {
        let (identifier, version) = call.objects.get(&pair)?.id(op)?;
        Ok((identifier.0.to_vec(), Version::Specified(version)))
    })?;
    asymmetric.bind(
        F::keypair_from_id,
        |call, op, (manager, id, version): (Resource<SecretsManager>, WasmList<u8>, Version)| {
            let id = call.bytes(&id)?;
            call.objects.open(|objects| KeyPair::from_id(op, objects.get(&manager)?, id, version.versions()?))
        },
    )
}
