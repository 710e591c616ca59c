//! Signatures: `signature_*`.

use std::sync::Arc;

use der::{Decode, Encode, Sequence, asn1::UintRef};
use zeroize::Zeroizing;

pub use crate::algorithm::asymmetric::SignatureAlgorithm;
use crate::{
    Errno, Operation, Result,
    algorithm::asymmetric::{PublicHalf, SecretHalf},
    backend::{self, HashState, LONGEST_OUTPUT, SignatureFormat, SignatureInput},
    objects::asymmetric::{KeyPair, PublicKey},
    secret::{Budget, Charged, InlineBytes, SecretBytes},
};

/// The encoding of a signature: `signature_encoding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureEncoding {
    /// The raw bytes of the signature; for ECDSA, both integers, each as long as the order of the curve.
    Raw,
    /// `ECDSA-Sig-Value` in DER (RFC 3279, section 2.2.3), for ECDSA only.
    Der,
}

/// A signature: `signature`.
pub struct Signature {
    scheme: &'static dyn backend::Signature,
    raw: InlineBytes,
}

/// A message to be signed or verified, as it streams in.
enum Transcript {
    Digest { len: usize, state: Box<dyn HashState> },
    Message(SecretBytes),
}

impl Transcript {
    fn new(scheme: &dyn backend::Signature) -> Self {
        match scheme.scheme().input {
            SignatureInput::Digest(hash) => Self::Digest { len: hash.output_len(), state: hash.start() },
            SignatureInput::Message => Self::Message(SecretBytes::new()),
        }
    }

    /// # Errors
    ///
    /// [`Errno::Overflow`] for a message beyond the guest's limit on bytes.
    fn update(&mut self, input: &[u8], budget: &Arc<Budget>) -> Result<()> {
        match self {
            Self::Digest { state, .. } => {
                state.update(input);
                Ok(())
            }
            Self::Message(message) => message.push(input, budget),
        }
    }

    /// Passes the scheme its input: the message so far, or its digest.
    fn input<R>(&self, use_input: impl FnOnce(&[u8]) -> Result<R>) -> Result<R> {
        match self {
            Self::Digest { len, state } => {
                let mut digest = Zeroizing::new([0; LONGEST_OUTPUT]);
                let digest = digest.get_mut(..*len).ok_or(Errno::InternalError)?;
                state.digest(digest);
                use_input(digest)
            }
            Self::Message(message) => use_input(message),
        }
    }
}

/// A state that absorbs a message to be signed: `signature_state`.
pub struct SigningState {
    scheme: &'static dyn backend::Signature,
    secret: Arc<Charged<SecretHalf>>,
    transcript: Transcript,
}

/// A state that absorbs a message to be verified: `signature_verification_state`.
pub struct VerificationState {
    scheme: &'static dyn backend::Signature,
    public: Arc<Charged<PublicHalf>>,
    transcript: Transcript,
}

impl SigningState {
    /// Opens a state that has absorbed nothing: `signature_state_open`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for a pair that does not sign, [`Errno::Expired`] for a managed pair that has
    /// expired.
    pub fn open(operation: Operation<'_>, pair: &KeyPair) -> Result<Self> {
        let scheme = pair.algorithm.signature()?;
        operation.store().check(&pair.managed)?;
        Ok(Self { scheme, secret: Arc::clone(&pair.secret), transcript: Transcript::new(scheme) })
    }

    /// Absorbs the next part of the message: `signature_state_update`.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] for a message beyond the guest's limit on bytes, with a scheme that signs the message
    /// itself.
    pub fn update(&mut self, operation: Operation<'_>, input: &[u8]) -> Result<()> {
        self.transcript.update(input, operation.budget())
    }

    /// Signs the message so far: `signature_state_sign`. The state can absorb more afterwards.
    ///
    /// # Errors
    ///
    /// [`Errno::RngError`] if there are no random numbers, [`Errno::AlgorithmFailure`] if the library fails,
    /// [`Errno::InternalError`] if the key is in a store that fails, [`Errno::Overflow`] if the signature exceeds the
    /// guest's limit on bytes.
    pub fn sign(&self, operation: Operation<'_>) -> Result<Signature> {
        let SecretHalf::Signing(key) = &**self.secret else { return Err(Errno::InternalError) };
        let raw = self.transcript.input(|input| key.sign(input))?;
        Ok(Signature { scheme: self.scheme, raw: InlineBytes::copy_of(&raw, operation.budget())? })
    }
}

impl VerificationState {
    /// Opens a state that has absorbed nothing: `signature_verification_state_open`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for a key that does not verify.
    pub fn open(_: Operation<'_>, key: &PublicKey) -> Result<Self> {
        let scheme = key.algorithm.signature()?;
        Ok(Self { scheme, public: Arc::clone(&key.half), transcript: Transcript::new(scheme) })
    }

    /// Absorbs the next part of the message: `signature_verification_state_update`.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] for a message beyond the guest's limit on bytes, with a scheme that signs the message
    /// itself.
    pub fn update(&mut self, operation: Operation<'_>, input: &[u8]) -> Result<()> {
        self.transcript.update(input, operation.budget())
    }

    /// Verifies a signature of the message so far: `signature_verification_state_verify`. The state can absorb more
    /// afterwards.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidSignature`] for a signature of another algorithm, [`Errno::VerificationFailed`] for a signature
    /// of another message or by another key.
    pub fn verify(&self, _: Operation<'_>, signature: &Signature) -> Result<()> {
        if !signature.scheme.scheme().name.eq_ignore_ascii_case(self.scheme.scheme().name) {
            return Err(Errno::InvalidSignature);
        }
        let PublicHalf::Verifying(key) = &**self.public else { return Err(Errno::InternalError) };
        self.transcript.input(|input| key.verify(input, &signature.raw))
    }
}

/// Does not show the message.
macro_rules! opaque {
    ($($type:ident)*) => {
        $(impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type)).field("algorithm", &self.scheme.scheme().name).finish_non_exhaustive()
            }
        })*
    };
}

opaque!(Signature SigningState VerificationState);

/// `ECDSA-Sig-Value` of RFC 3279, section 2.2.3.
#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

impl Signature {
    /// Imports a signature from an encoding: `signature_import`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidSignature`] for bytes that are not a signature of the algorithm, [`Errno::UnsupportedEncoding`]
    /// for an encoding that the algorithm lacks, [`Errno::Overflow`] if it exceeds the guest's limit on bytes.
    pub fn import(
        operation: Operation<'_>,
        algorithm: SignatureAlgorithm<'_>,
        encoded: &[u8],
        encoding: SignatureEncoding,
    ) -> Result<Self> {
        let scheme = algorithm.scheme;
        let raw = match (encoding, scheme.scheme().format) {
            (SignatureEncoding::Raw, _) if encoded.len() == scheme.scheme().len => encoded.to_vec(),
            (SignatureEncoding::Raw, _) => return Err(Errno::InvalidSignature),
            (SignatureEncoding::Der, SignatureFormat::Ecdsa) => {
                let signature = EcdsaSignature::from_der(encoded).map_err(|_| Errno::InvalidSignature)?;
                let mut raw = vec![0; scheme.scheme().len];
                let (r, s) = raw.split_at_mut(scheme.scheme().len / 2);
                for (half, integer) in [(r, signature.r), (s, signature.s)] {
                    let bytes = integer.as_bytes();
                    let start = half.len().checked_sub(bytes.len()).ok_or(Errno::InvalidSignature)?;
                    half.get_mut(start..).ok_or(Errno::InternalError)?.copy_from_slice(bytes);
                }
                raw
            }
            (SignatureEncoding::Der, SignatureFormat::Raw) => return Err(Errno::UnsupportedEncoding),
        };
        Ok(Self { scheme, raw: InlineBytes::copy_of(&raw, operation.budget())? })
    }

    /// Exports the signature in an encoding: `signature_export`.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedEncoding`] for an encoding that the algorithm lacks, [`Errno::Overflow`] if the bytes exceed
    /// the guest's limit.
    pub fn export(&self, operation: Operation<'_>, encoding: SignatureEncoding) -> Result<SecretBytes> {
        SecretBytes::copy_of(&Zeroizing::new(self.encode(encoding)?), operation.budget())
    }

    fn encode(&self, encoding: SignatureEncoding) -> Result<Vec<u8>> {
        match (encoding, self.scheme.scheme().format) {
            (SignatureEncoding::Raw, _) => Ok(self.raw.to_vec()),
            (SignatureEncoding::Der, SignatureFormat::Ecdsa) => {
                let (r, s) = self.raw.split_at(self.raw.len() / 2);
                let integer = |bytes| UintRef::new(bytes).map_err(|_| Errno::InternalError);
                let signature = EcdsaSignature { r: integer(r)?, s: integer(s)? };
                signature.to_der().map_err(|_| Errno::InternalError)
            }
            (SignatureEncoding::Der, SignatureFormat::Raw) => Err(Errno::UnsupportedEncoding),
        }
    }
}
