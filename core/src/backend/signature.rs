//! Signature schemes.

use super::{Hash, Interrupt, KeyFormat, KeyMemory, PublicKey, SecretKey};
use crate::Result;

/// What a scheme signs.
#[derive(Clone, Copy)]
pub enum SignatureInput {
    /// The digest of the message, made by this hash function while the message streams in.
    Digest(&'static dyn Hash),
    /// The message itself, which the core keeps up to a limit.
    Message,
}

/// How a scheme's signatures are encoded beside their raw form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureFormat {
    /// Raw bytes only.
    Raw,
    /// `r‖s`, each as long as the group order; in DER an `ECDSA-Sig-Value` (RFC 3279).
    Ecdsa,
}

/// What a signature scheme is, but for its computing.
#[derive(Clone, Copy)]
pub struct SignatureScheme {
    /// The interface's name, such as `ECDSA_P256_SHA256`.
    pub name: &'static str,
    /// The canonical form of the scheme's keys.
    pub key_format: KeyFormat,
    /// What is signed.
    pub input: SignatureInput,
    /// How signatures are encoded.
    pub format: SignatureFormat,
    /// The length of a raw signature in bytes.
    pub len: usize,
    /// Whether making a key may take seconds. If so, [`generate`](Signature::generate) heeds its interrupt.
    pub slow_to_generate: bool,
}

/// A signature scheme.
///
/// Keys come and go in the one canonical form that [`KeyFormat`] names; the core makes all encodings of it.
pub trait Signature: Sync {
    /// What the scheme is.
    fn scheme(&self) -> SignatureScheme;

    /// Whether work with the scheme's keys needs more stack than a call may take of its caller,
    /// [`CALL_STACK`](crate::CALL_STACK). The core then does it on a stack of its own, at a price of some microseconds.
    fn needs_stack(&self) -> bool {
        false
    }

    /// What keys hold.
    fn held(&self) -> KeyMemory {
        KeyMemory::default()
    }

    /// Makes a fresh key.
    ///
    /// # Errors
    ///
    /// [`Errno::RngError`](crate::Errno::RngError) where no secure random numbers are to be had, or where the work was
    /// interrupted.
    fn generate(&self, interrupt: &Interrupt) -> Result<Box<dyn SigningKey>>;

    /// Takes a secret key in canonical form.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if it is none,
    /// [`Errno::UnsupportedEncoding`](crate::Errno::UnsupportedEncoding) for a form of it that the library does not
    /// read: the host's next backend is asked.
    fn signing_key(&self, secret: &[u8]) -> Result<Box<dyn SigningKey>>;

    /// Takes a public key in canonical form, or a compressed point.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidKey`](crate::Errno::InvalidKey) if it is none.
    fn verifying_key(&self, public: &[u8]) -> Result<Box<dyn VerifyingKey>>;
}

/// A secret key that signs.
pub trait SigningKey: SecretKey {
    /// The public half.
    fn verifying_key(&self) -> Box<dyn VerifyingKey>;

    /// Signs a digest or a message, as the scheme's input says.
    ///
    /// # Errors
    ///
    /// [`Errno::RngError`](crate::Errno::RngError) where a salt cannot be drawn,
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
