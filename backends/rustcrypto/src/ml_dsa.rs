//! ML-DSA (FIPS 204), hedged, with an empty context.

use std::marker::PhantomData;

use ::ml_dsa::common::typenum::Unsigned;
use ::ml_dsa::{
    EncodedSignature, EncodedVerifyingKey, ExpandedSigningKey, ExpandedSigningKeyBytes, MlDsa44, MlDsa65, MlDsa87,
    MlDsaParams, Seed,
};
use getrandom::SysRng;
use hostcrypt::backend::{
    Interrupt, KeyFormat, KeyMemory, PublicKey, Secret, SecretKey, Signature, SignatureFormat, SignatureInput,
    SignatureScheme, SigningKey, VerifyingKey,
};
use hostcrypt::{Errno, Result};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::random;

pub(crate) const ML_DSA_44: &dyn Signature = &Scheme::<MlDsa44>::new("ML-DSA-44", KeyFormat::ML_DSA_44, [41, 25]);
pub(crate) const ML_DSA_65: &dyn Signature = &Scheme::<MlDsa65>::new("ML-DSA-65", KeyFormat::ML_DSA_65, [65, 43]);
pub(crate) const ML_DSA_87: &dyn Signature = &Scheme::<MlDsa87>::new("ML-DSA-87", KeyFormat::ML_DSA_87, [103, 73]);

/// The length of a seed in bytes.
const SEED_LEN: usize = 32;

/// Where the short vectors begin in an expanded key, behind two seeds and a hash (FIPS 204, algorithm 24).
const SHORT_VECTORS: usize = 128;

/// A parameter set of the library's, under the interface's name, and what its keys hold:
/// matrices, expanded.
struct Scheme<P>(&'static str, KeyFormat, KeyMemory, PhantomData<fn() -> P>);

/// An expanded key, with its canonical form.
struct Key<P: MlDsaParams> {
    key: ExpandedSigningKey<P>,
    secret: Secret,
}

/// A public key with its matrix.
struct Public<P: MlDsaParams>(::ml_dsa::VerifyingKey<P>);

impl<P> Scheme<P> {
    const fn new(name: &'static str, format: KeyFormat, [secret, public]: [usize; 2]) -> Self {
        Self(name, format, KeyMemory { secret: secret << 10, public: public << 10 }, PhantomData)
    }
}

/// The key of a seed.
// A key is 50 KiB, and what is inlined adds up on the stack.
#[inline(never)]
fn from_seed<P: MlDsaParams>(seed: &Seed) -> Box<Key<P>> {
    Box::new(Key { key: ExpandedSigningKey::from_seed(seed), secret: seed.to_vec().into() })
}

/// Reads the key in expanded form, if its public half verifies a signature by it.
#[inline(never)]
fn from_expanded<P: MlDsaParams>(expanded: &ExpandedSigningKeyBytes<P>) -> Option<Box<Key<P>>> {
    let (vectors, low_bits) = expanded.get(SHORT_VECTORS..)?.split_at_checked(P::S1Size::USIZE + P::S2Size::USIZE)?;
    // The library panics at vectors that are not short, and tries for seconds to sign with low bits that are too high.
    if !is_short(P::Eta::USIZE, vectors) || !are_spread(low_bits) {
        return None;
    }
    #[expect(deprecated, reason = "a form that keys come in; what the library warns of is checked")]
    let key = ExpandedSigningKey::from_expanded(expanded);
    // This fails with the hash of another public key, and with low bits that are not nearly those of this one.
    let trial = key.sign_deterministic(&[], &[]).ok()?;
    let holds = key.verifying_key().verify_with_context(&[], &[], &trial);
    holds.then(|| Box::new(Key { key, secret: expanded.to_vec().into() }))
}

/// Whether no coefficient is beyond `eta` in amount, without a branch on one. They are packed in as few bits as hold
/// 0 to 2η; that is a power of two, so what is above has the highest bit and another one.
fn is_short(eta: usize, packed: &[u8]) -> bool {
    match eta {
        2 => {
            let beyond = packed.as_chunks().0.iter().fold(0, |beyond, &[low, middle, high]| {
                let eight = u32::from_le_bytes([low, middle, high, 0]);
                beyond | (eight >> 2) & (eight >> 1 | eight) & 0o1111_1111
            });
            beyond == 0
        }
        4 => {
            let beyond = packed.iter().fold(0, |beyond, two| beyond | (two >> 3) & (two >> 2 | two >> 1 | two) & 0x11);
            beyond == 0
        }
        _ => false,
    }
}

/// Whether low bits, packed in 13 each, are about as large as those of keys are: evenly spread from −4095 to 4096. The
/// sum of their squares is within 8 % of what that makes; here 25 % more are taken.
fn are_spread(packed: &[u8]) -> bool {
    let groups = packed.as_chunks::<13>().0;
    let mut sum = 0;
    for group in groups {
        let mut bits = [0; 16];
        bits[..13].copy_from_slice(group);
        let bits = u128::from_le_bytes(bits);
        for place in 0..8 {
            let low = (bits >> (13 * place) & 0x1fff).abs_diff(4096);
            sum += low * low;
        }
    }
    sum <= groups.len() as u128 * 8 * (4096 * 4096) / 3 * 5 / 4
}

impl<P: MlDsaParams + Send + Sync + 'static> Signature for Scheme<P> {
    fn scheme(&self) -> SignatureScheme {
        SignatureScheme {
            name: self.0,
            key_format: self.1,
            input: SignatureInput::Message,
            format: SignatureFormat::Raw,
            len: size_of::<EncodedSignature<P>>(),
            slow_to_generate: false,
        }
    }

    fn needs_stack(&self) -> bool {
        true
    }

    fn memory(&self) -> KeyMemory {
        self.2
    }

    fn generate(&self, _: &Interrupt) -> Result<Box<dyn SigningKey>> {
        let seed = random::secret::<SEED_LEN>()?;
        self.signing_key(&*seed)
    }

    fn signing_key(&self, secret: &[u8]) -> Result<Box<dyn SigningKey>> {
        if let Ok(seed) = secret.try_into() {
            return Ok(from_seed::<P>(seed));
        }
        if let Ok(expanded) = secret.try_into() {
            return Ok(from_expanded::<P>(expanded).ok_or(Errno::InvalidKey)?);
        }
        let (seed, expanded) = secret.split_at_checked(SEED_LEN).ok_or(Errno::InvalidKey)?;
        let key = from_seed::<P>(seed.try_into().map_err(|_| Errno::InvalidKey)?);
        #[expect(deprecated, reason = "a form that keys come in")]
        let belonging = Zeroizing::new(key.key.to_expanded());
        if belonging.as_slice().ct_eq(expanded).into() { Ok(key) } else { Err(Errno::InvalidKey) }
    }

    fn verifying_key(&self, public: &[u8]) -> Result<Box<dyn VerifyingKey>> {
        let public: &EncodedVerifyingKey<P> = public.try_into().map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Public::<P>(::ml_dsa::VerifyingKey::decode(public))))
    }
}

impl<P: MlDsaParams + Send + Sync> SecretKey for Key<P> {
    fn secret(&self) -> Secret {
        self.secret.clone()
    }
}

impl<P: MlDsaParams + Send + Sync + 'static> SigningKey for Key<P> {
    fn verifying_key(&self) -> Box<dyn VerifyingKey> {
        Box::new(Public(self.key.verifying_key()))
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>> {
        let signature = self.key.sign_randomized(input, &[], &mut SysRng).map_err(|_| Errno::AlgorithmFailure)?;
        // An expanded key may have low bits that are wrong here and there, and then signs wrongly now and then.
        let checked =
            self.secret.len() == SEED_LEN || self.key.verifying_key().verify_with_context(input, &[], &signature);
        if checked { Ok(signature.encode().to_vec()) } else { Err(Errno::AlgorithmFailure) }
    }
}

impl<P: MlDsaParams + Send + Sync> PublicKey for Public<P> {
    fn public(&self) -> Vec<u8> {
        self.0.encode().to_vec()
    }

    fn check(&self) -> Result<()> {
        // Every encoding is a key.
        Ok(())
    }
}

impl<P: MlDsaParams + Send + Sync> VerifyingKey for Public<P> {
    fn verify(&self, input: &[u8], signature: &[u8]) -> Result<()> {
        let signature = signature.try_into().map_err(|_| Errno::VerificationFailed)?;
        let holds = self.0.verify_with_context(input, &[], &signature);
        if holds { Ok(()) } else { Err(Errno::VerificationFailed) }
    }
}
