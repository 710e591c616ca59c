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

/// How a signature is encoded: `signature_encoding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureEncoding {
    /// The bytes of the signature alone; of ECDSA, both integers in as many bytes as the order of the curve.
    Raw,
    /// `ECDSA-Sig-Value` in DER (RFC 3279, section 2.2.3), which ECDSA alone has.
    Der,
}

/// A signature: `signature`.
pub struct Signature {
    scheme: &'static dyn backend::Signature,
    raw: InlineBytes,
}

/// What is to be signed or verified, as it streams in.
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
    /// [`Errno::Overflow`] for a message longer than the host is willing to keep.
    fn update(&mut self, input: &[u8], budget: &Arc<Budget>) -> Result<()> {
        match self {
            Self::Digest { state, .. } => {
                state.update(input);
                Ok(())
            }
            Self::Message(message) => message.push(input, budget),
        }
    }

    /// Hands over what the scheme signs: all of the transcript so far.
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

/// A state that absorbs what is to be signed: `signature_state`.
pub struct SigningState {
    scheme: &'static dyn backend::Signature,
    secret: Arc<Charged<SecretHalf>>,
    transcript: Transcript,
}

/// A state that absorbs what is to be verified: `signature_verification_state`.
pub struct VerificationState {
    scheme: &'static dyn backend::Signature,
    public: Arc<Charged<PublicHalf>>,
    transcript: Transcript,
}

impl SigningState {
    /// A state that has absorbed nothing: `signature_state_open`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for a pair that does not sign, [`Errno::Expired`] for a managed one that has expired.
    pub fn open(operation: Operation<'_>, pair: &KeyPair) -> Result<Self> {
        let scheme = pair.algorithm.signature()?;
        operation.store().check(&pair.managed)?;
        Ok(Self { scheme, secret: Arc::clone(&pair.secret), transcript: Transcript::new(scheme) })
    }

    /// Absorbs the next part of the message: `signature_state_update`.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] for more than the guest may hold, with a scheme that signs the message itself.
    pub fn update(&mut self, operation: Operation<'_>, input: &[u8]) -> Result<()> {
        self.transcript.update(input, operation.budget())
    }

    /// Signs the message so far: `signature_state_sign`. The state goes on.
    ///
    /// # Errors
    ///
    /// [`Errno::RngError`] where no random numbers are to be had, [`Errno::AlgorithmFailure`] where the library fails,
    /// [`Errno::InternalError`] where the key is in a store that fails, [`Errno::Overflow`] where the guest may not hold
    /// the signature.
    pub fn sign(&self, operation: Operation<'_>) -> Result<Signature> {
        let SecretHalf::Signing(key) = &**self.secret else { return Err(Errno::InternalError) };
        let raw = self.transcript.input(|input| key.sign(input))?;
        Ok(Signature { scheme: self.scheme, raw: InlineBytes::copy_of(&raw, operation.budget())? })
    }
}

impl VerificationState {
    /// A state that has absorbed nothing: `signature_verification_state_open`.
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
    /// [`Errno::Overflow`] for more than the guest may hold, with a scheme that signs the message itself.
    pub fn update(&mut self, operation: Operation<'_>, input: &[u8]) -> Result<()> {
        self.transcript.update(input, operation.budget())
    }

    /// Verifies a signature of the message so far: `signature_verification_state_verify`. The state goes on.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidSignature`] for a signature of another algorithm, [`Errno::VerificationFailed`] for one that is not
    /// of this message and this key.
    pub fn verify(&self, _: Operation<'_>, signature: &Signature) -> Result<()> {
        if !signature.scheme.scheme().name.eq_ignore_ascii_case(self.scheme.scheme().name) {
            return Err(Errno::InvalidSignature);
        }
        let PublicHalf::Verifying(key) = &**self.public else { return Err(Errno::InternalError) };
        self.transcript.input(|input| key.verify(input, &signature.raw))
    }
}

/// Shows nothing of what they absorbed.
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
    /// A signature from its encoding: `signature_import`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidSignature`] for bytes that are no signature of the algorithm, [`Errno::UnsupportedEncoding`] for an
    /// encoding that the algorithm does not have, [`Errno::Overflow`] where the guest may not hold it.
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

    /// The signature in an encoding: `signature_export`.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedEncoding`] for an encoding that the algorithm does not have, [`Errno::Overflow`] where the guest
    /// may not hold the bytes.
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
