//! What the traits demand of a backend beyond the published vectors, which the conformance suite sends. Included by the
//! tests of each.

mod aead;
mod agreement;
mod cipher;
pub(crate) mod ecdsa;
mod hash;
pub(crate) mod kem;
mod mac;
mod ml_dsa;
pub(crate) mod rsa;
mod signature;

use hostcrypt::Errno;
use hostcrypt::backend::{Hash, Signature, SignatureInput};

use crate::BACKEND;

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    base16ct::mixed::decode_vec(digits).unwrap()
}

pub(crate) fn signature(name: &str) -> &'static dyn Signature {
    *BACKEND.signatures.iter().find(|signature| signature.scheme().name == name).unwrap()
}

/// The digest of data.
pub(crate) fn digest(hash: &dyn Hash, data: &[u8]) -> Vec<u8> {
    let mut state = hash.start();
    state.update(data);
    let mut digest = vec![0; hash.output_len()];
    state.digest(&mut digest);
    digest
}

/// The input of a scheme that signs a message.
pub(crate) fn input(signature: &dyn Signature, message: &[u8]) -> Vec<u8> {
    match signature.scheme().input {
        SignatureInput::Digest(hash) => digest(hash, message),
        SignatureInput::Message => message.to_vec(),
    }
}

/// The error of a call whose success has no `Debug`.
pub(crate) fn error<T>(result: hostcrypt::Result<T>) -> Errno {
    result.err().unwrap()
}

#[test]
fn random_numbers_fill_the_whole_buffer() {
    let mut bytes = [0; 1024];
    BACKEND.random.fill(&mut bytes).unwrap();
    assert!(bytes.chunks(16).all(|chunk| chunk != [0; 16]));
}
