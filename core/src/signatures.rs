//! Signatures: `signature_*`.

use std::sync::Arc;

use der::{Decode, Encode, Sequence, asn1::UintRef};
use zeroize::Zeroizing;

use crate::{
    Errno, Result,
    abi::{self, Number},
    array_output::ArrayOutput,
    asymmetric::{KeyPair, PublicHalf, PublicKey, SecretHalf},
    backend::{self, HashState, LONGEST_OUTPUT, SignatureFormat, SignatureInput},
    handles::Handle,
    host::Call,
    memory::{Bytes, Str},
    revision::SignatureEncoding,
    secret::{Budget, Counted, InlineBytes, SecretBytes},
};

/// A signature: `signature`.
pub(crate) struct Signature {
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
pub(crate) struct SigningState {
    scheme: &'static dyn backend::Signature,
    secret: Arc<Counted<SecretHalf>>,
    transcript: Transcript,
}

/// A state that absorbs what is to be verified: `signature_verification_state`.
pub(crate) struct VerificationState {
    scheme: &'static dyn backend::Signature,
    public: Arc<Counted<PublicHalf>>,
    transcript: Transcript,
}

impl SigningState {
    fn sign(&self, budget: &Arc<Budget>) -> Result<Signature> {
        let SecretHalf::Signing(key) = &**self.secret else { return Err(Errno::InternalError) };
        let raw = self.transcript.input(|input| key.sign(input))?;
        Ok(Signature { scheme: self.scheme, raw: InlineBytes::copy_of(&raw, budget)? })
    }
}

impl VerificationState {
    fn verify(&self, signature: &Signature) -> Result<()> {
        if !signature.scheme.scheme().name.eq_ignore_ascii_case(self.scheme.scheme().name) {
            return Err(Errno::InvalidSignature);
        }
        let PublicHalf::Verifying(key) = &**self.public else { return Err(Errno::InternalError) };
        self.transcript.input(|input| key.verify(input, &signature.raw))
    }
}

/// `ECDSA-Sig-Value` of RFC 3279, section 2.2.3.
#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

impl Signature {
    fn decode(
        scheme: &'static dyn backend::Signature,
        encoding: SignatureEncoding,
        encoded: &[u8],
        budget: &Arc<Budget>,
    ) -> Result<Self> {
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
        Ok(Self { scheme, raw: InlineBytes::copy_of(&raw, budget)? })
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

impl Call<'_> {
    pub(crate) fn signature_export(
        &mut self,
        signature: Handle<Signature>,
        encoding: Number,
    ) -> Result<Handle<ArrayOutput>> {
        let encoding = self.revision.signature_encoding(encoding.0)?;
        self.array_output(|objects| Ok(Zeroizing::new(objects.get(signature)?.encode(encoding)?)))
    }

    pub(crate) fn signature_import(
        &mut self,
        algorithm: Str,
        encoded: Bytes,
        encoding: Number,
    ) -> Result<Handle<Signature>> {
        let (encoded, encoding) = abi::signature_import_parameters(self.revision, encoded, encoding);
        let scheme = self.host.catalogue.signature(self.memory.str(algorithm)?)?;
        let encoded = self.memory.bytes(encoded)?;
        let (encoding, budget) = (self.revision.signature_encoding(encoding.0)?, self.budget);
        self.objects.open(|_| Signature::decode(scheme, encoding, encoded, budget))
    }

    pub(crate) fn signature_state_open(&mut self, kp: Handle<KeyPair>) -> Result<Handle<SigningState>> {
        let keeping = &self.host.keeping;
        self.objects.open(|objects| {
            let pair = objects.get(kp)?;
            let scheme = pair.scheme.signature()?;
            keeping.check(&pair.custody)?;
            Ok(SigningState { scheme, secret: Arc::clone(&pair.secret), transcript: Transcript::new(scheme) })
        })
    }

    pub(crate) fn signature_state_update(&mut self, state: Handle<SigningState>, input: Bytes) -> Result<()> {
        let (input, budget) = (self.memory.bytes(input)?, self.budget);
        self.objects.with(state, |state: &mut SigningState| state.transcript.update(input, budget))
    }

    /// Signs the transcript so far; the state goes on.
    pub(crate) fn signature_state_sign(&mut self, state: Handle<SigningState>) -> Result<Handle<Signature>> {
        let budget = self.budget;
        self.objects.open(|objects| objects.with(state, |state: &mut SigningState| state.sign(budget)))
    }

    pub(crate) fn signature_state_close(&mut self, state: Handle<SigningState>) -> Result<()> {
        self.objects.close(state)
    }

    pub(crate) fn signature_verification_state_open(
        &mut self,
        kp: Handle<PublicKey>,
    ) -> Result<Handle<VerificationState>> {
        self.objects.open(|objects| {
            let key = objects.get(kp)?;
            let scheme = key.scheme.signature()?;
            Ok(VerificationState { scheme, public: Arc::clone(&key.half), transcript: Transcript::new(scheme) })
        })
    }

    pub(crate) fn signature_verification_state_update(
        &mut self,
        state: Handle<VerificationState>,
        input: Bytes,
    ) -> Result<()> {
        let (input, budget) = (self.memory.bytes(input)?, self.budget);
        self.objects.with(state, |state: &mut VerificationState| state.transcript.update(input, budget))
    }

    /// Verifies the transcript so far; the state goes on.
    pub(crate) fn signature_verification_state_verify(
        &mut self,
        state: Handle<VerificationState>,
        signature: Handle<Signature>,
    ) -> Result<()> {
        let signature = self.objects.get(signature)?;
        self.objects.with(state, |state: &mut VerificationState| state.verify(&signature))
    }

    pub(crate) fn signature_verification_state_close(&mut self, state: Handle<VerificationState>) -> Result<()> {
        self.objects.close(state)
    }

    pub(crate) fn signature_close(&mut self, signature: Handle<Signature>) -> Result<()> {
        self.objects.close(signature)
    }
}
