//! A component that signs a letter, seals it for its reader, and opens it again.
//!
//! usage: letter MESSAGE
//!
//! The writer's Ed25519 key stays with the host: the first run makes it, later runs sign with it. The guest keeps the
//! key's identifier alone, in the file `letter.id` of its directory.

use std::{env, error::Error, fs, io, process::ExitCode};

use crypto::{
    wasi_ephemeral_crypto_asymmetric_common::{
        keypair_from_id, keypair_generate, keypair_generate_managed, keypair_id, keypair_publickey, keypair_secretkey,
        publickey_export,
    },
    wasi_ephemeral_crypto_common::{
        AlgorithmType, CryptoErrno, Keypair, Options, Publickey, PublickeyEncoding, Secretkey, SecretsManager,
        SignatureEncoding, SymmetricState, Version, array_output_pull, options_open, options_set, options_set_u64,
        secrets_manager_invalidate, secrets_manager_open,
    },
    wasi_ephemeral_crypto_kx::kx_dh,
    wasi_ephemeral_crypto_signatures::{
        signature_export, signature_import, signature_state_open, signature_state_sign, signature_state_update,
        signature_verification_state_open, signature_verification_state_update, signature_verification_state_verify,
    },
    wasi_ephemeral_crypto_symmetric::{
        symmetric_key_import, symmetric_state_absorb, symmetric_state_decrypt, symmetric_state_encrypt,
        symmetric_state_max_tag_len, symmetric_state_open, symmetric_state_squeeze, symmetric_state_squeeze_key,
    },
};

mod bindings {
    wit_bindgen::generate!({ path: "../../../core/wit", world: "imports" });
}
use bindings::wasi::crypto;

const ID_FILE: &str = "letter.id";
const SIGNATURE_BYTES: usize = 64;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("letter: {}", explain(&*error));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let message = env::args().nth(1).ok_or("usage: letter MESSAGE")?;

    let (id, pair) = writer()?;
    let writer = keypair_publickey(&pair)?;
    let signature = sign(&pair, message.as_bytes())?;
    println!("key:        {}", hex(&id));
    println!("public key: {}", hex(&raw(&writer)?));
    println!("signature:  {}", hex(&signature));

    // The reader has a key pair, whose public key the writer knows. Each letter takes a fresh pair of the writer's.
    let reader = keypair_generate(AlgorithmType::KeyExchange, "X25519", None)?;
    let fresh = keypair_generate(AlgorithmType::KeyExchange, "X25519", None)?;
    let (reader_public, fresh_public) = (keypair_publickey(&reader)?, keypair_publickey(&fresh)?);
    let context = [raw(&fresh_public)?, raw(&reader_public)?].concat();

    let letter = [message.as_bytes(), &signature].concat();
    let mut sealed = symmetric_state_encrypt(&cipher(&reader_public, &keypair_secretkey(&fresh)?, &context)?, &letter)?;
    println!("sealed:     {} bytes", sealed.len());

    // The reader has the sealed letter and the two public keys, and comes to the same key from the other side.
    let secret = keypair_secretkey(&reader)?;
    let opened = open(&cipher(&fresh_public, &secret, &context)?, &sealed)?;
    let (text, signature) = opened.split_last_chunk::<SIGNATURE_BYTES>().ok_or("the letter has no signature")?;
    verify(&writer, text, signature)?;
    println!("opened:     {}, signed by the writer", String::from_utf8_lossy(text));

    sealed[0] ^= 1;
    match open(&cipher(&fresh_public, &secret, &context)?, &sealed) {
        Err(CryptoErrno::InvalidTag) => println!("changed:    refused"),
        other => return Err(format!("a changed letter is not refused: {other:?}").into()),
    }
    Ok(())
}

/// Opens the key of an earlier run, or makes one. Returns its identifier with it.
fn writer() -> Result<(Vec<u8>, Keypair)> {
    let manager = secrets_manager_open(None)?;
    match fs::read(ID_FILE) {
        Ok(id) => {
            let pair = keypair_from_id(&manager, &id, Version::Latest)?;
            Ok((id, pair))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => new_writer(&manager),
        Err(error) => Err(format!("{ID_FILE} cannot be read: {error}: run the guest with --dir .").into()),
    }
}

fn new_writer(manager: &SecretsManager) -> Result<(Vec<u8>, Keypair)> {
    let pair = keypair_generate_managed(manager, AlgorithmType::Signatures, "Ed25519", None)?;
    let (id, version) = keypair_id(&pair)?;
    if let Err(error) = fs::write(ID_FILE, &id) {
        // Nobody would find the key again.
        secrets_manager_invalidate(manager, &id, version)?;
        return Err(format!("{ID_FILE} cannot be written: {error}: run the guest with --dir .").into());
    }
    Ok((id, pair))
}

fn sign(pair: &Keypair, message: &[u8]) -> Result<Vec<u8>> {
    let state = signature_state_open(pair)?;
    signature_state_update(&state, message)?;
    let signature = signature_state_sign(&state)?;
    Ok(array_output_pull(signature_export(&signature, SignatureEncoding::Raw)?)?)
}

fn verify(writer: &Publickey, message: &[u8], signature: &[u8]) -> Result<()> {
    let signature = signature_import("Ed25519", signature, SignatureEncoding::Raw)?;
    let state = signature_verification_state_open(writer)?;
    signature_verification_state_update(&state, message)?;
    Ok(signature_verification_state_verify(&state, &signature)?)
}

/// A cipher under the key that the owners of two X25519 keys share. Each serves for one text.
fn cipher(theirs: &Publickey, ours: &Secretkey, context: &[u8]) -> Result<SymmetricState> {
    let shared = array_output_pull(kx_dh(theirs, ours)?)?;
    let extract = symmetric_key_import("HKDF-EXTRACT/SHA-256", &shared)?;
    let extract = symmetric_state_open("HKDF-EXTRACT/SHA-256", Some(&extract), None)?;
    let expand = symmetric_state_squeeze_key(&extract, "HKDF-EXPAND/SHA-256")?;
    let expand = symmetric_state_open("HKDF-EXPAND/SHA-256", Some(&expand), Some(&length(32)?))?;
    symmetric_state_absorb(&expand, context)?;
    let key = symmetric_key_import("AES-256-GCM", &symmetric_state_squeeze(&expand)?)?;

    // A nonce must not repeat under one key. This key is fresh, so the nonce may be constant.
    let options = options_open(AlgorithmType::Symmetric)?;
    options_set(&options, "nonce", &[0; 12])?;
    Ok(symmetric_state_open("AES-256-GCM", Some(&key), Some(&options))?)
}

/// Options with which a state gives this many bytes.
fn length(bytes: u64) -> Result<Options> {
    let options = options_open(AlgorithmType::Symmetric)?;
    options_set_u64(&options, "output_len", bytes)?;
    Ok(options)
}

fn open(cipher: &SymmetricState, sealed: &[u8]) -> std::result::Result<Vec<u8>, CryptoErrno> {
    let tag = symmetric_state_max_tag_len(cipher)?;
    let sealed_len = u32::try_from(sealed.len()).map_err(|_| CryptoErrno::Overflow)?;
    symmetric_state_decrypt(cipher, sealed, sealed_len.saturating_sub(tag))
}

fn raw(key: &Publickey) -> Result<Vec<u8>> {
    Ok(array_output_pull(publickey_export(key, PublickeyEncoding::Raw)?)?)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Says what to do about an error, where a user can do something.
fn explain(error: &(dyn Error + 'static)) -> String {
    match error.downcast_ref() {
        Some(CryptoErrno::UnsupportedFeature) => "this host keeps no keys: give it a key store".to_owned(),
        Some(CryptoErrno::NotFound) => {
            format!("the key is not there any more, or not in this namespace: remove {ID_FILE} for a new one")
        }
        Some(CryptoErrno::Expired) => format!("the key has expired: remove {ID_FILE} for a new one"),
        Some(CryptoErrno::ProhibitedOperation) => "the operator forbids it".to_owned(),
        Some(other) => format!("the host refused: {other}"),
        None => error.to_string(),
    }
}
