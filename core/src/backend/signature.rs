//! Signature schemes.

use super::{Hash, Interrupt, KeyFormat, KeyMemory, PublicKey, SecretKey};
use crate::Result;

/// The input of a signature scheme.
#[derive(Clone, Copy)]
pub enum SignatureInput {
    /// The digest of the message by this hash function, which the core computes while the message streams in.
    Digest(&'static dyn Hash),
    /// The message itself, which the core buffers up to a limit.
    Message,
}

/// The encodings of a scheme's signatures, beside the raw form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureFormat {
    /// Raw bytes only.
    Raw,
    /// `r‖s`, each as long as the group order; in DER an `ECDSA-Sig-Value` (RFC 3279).
    Ecdsa,
}

/// The properties of a signature scheme.
#[derive(Clone, Copy)]
pub struct SignatureScheme {
    /// The interface's name, such as `ECDSA_P256_SHA256`.
    pub name: &'static str,
    /// The canonical form of the scheme's keys.
    pub key_format: KeyFormat,
    /// The input that is signed.
    pub input: SignatureInput,
    /// The encodings of signatures.
    pub format: SignatureFormat,
    /// The length of a raw signature in bytes.
    pub len: usize,
    /// Whether generating a key may take seconds. If so, [`generate`](Signature::generate) polls its interrupt.
    pub slow_to_generate: bool,
}

/// A signature scheme.
///
/// Keys pass in the canonical form that [`KeyFormat`] names; the core converts it to and from every encoding.
pub trait Signature: Sync {
    /// Returns the properties of the scheme.
    fn scheme(&self) -> SignatureScheme;

    /// Whether work with the scheme's keys needs more than a call's stack, [`CALL_STACK`](crate::CALL_STACK). The core
    /// then does it on a separate stack, which costs some microseconds.
    fn needs_stack(&self) -> bool {
        false
    }

    /// The memory of keys.
    fn memory(&self) -> KeyMemory {
        KeyMemory::default()
    }

    /// Generates a key.
    ///
    /// # Errors
    ///
    /// [`Errno::RngError`](crate::Errno::RngError) if the system has no secure random numbers, or if the
    /// work was interrupted.
    fn generate(&self, interrupt: &Interrupt) -> Result<Box<dyn SigningKey>>;

    /// Reads a secret key in canonical form.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if the bytes are not a key,
    /// [`Errno::UnsupportedEncoding`](crate::Errno::UnsupportedEncoding) if the library does not read this form of key;
    /// the core then asks the host's next backend.
    fn signing_key(&self, secret: &[u8]) -> Result<Box<dyn SigningKey>>;

    /// Reads a public key in canonical form, or a compressed point.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if the bytes are not a key.
    fn verifying_key(&self, public: &[u8]) -> Result<Box<dyn VerifyingKey>>;
}

/// A secret key that signs.
pub trait SigningKey: SecretKey {
    /// Returns the public half.
    fn verifying_key(&self) -> Box<dyn VerifyingKey>;

    /// Signs a digest or a message, according to the scheme's input.
    ///
    /// # Errors
    ///
    /// [`Errno::RngError`](crate::Errno::RngError) if a salt cannot be drawn,
    /// [`Errno::AlgorithmFailure`](crate::Errno::AlgorithmFailure) if the library fails.
    fn sign(&self, input: &[u8]) -> Result<Vec<u8>>;
}

/// A public key that verifies.
pub trait VerifyingKey: PublicKey {
    /// Verifies a raw signature of the right length.
    ///
    /// # Errors
    ///
    /// [`Errno::VerificationFailed`](crate::Errno::VerificationFailed) if it does not match.
    fn verify(&self, input: &[u8], signature: &[u8]) -> Result<()>;
}
