//! RSA signatures (RFC 8017): PKCS#1 v1.5, and PSS with a salt as long as the digest.

use std::marker::PhantomData;

use ::rsa::pkcs1::der::{Decode, asn1::UintRef};
use ::rsa::pkcs1::{EncodeRsaPrivateKey, EncodeRsaPublicKey, RsaPrivateKeyRef, RsaPublicKeyRef, Version};
use ::rsa::traits::PublicKeyParts;
use ::rsa::{BoxedUint, Error, PrivateKey};
use crypto_bigint::{Gcd, modular::BoxedMontyForm};
use getrandom::SysRng;
use hostcrypt::backend::{
    Hash, Interrupt, KeyFormat, KeyMemory, PssHash, PublicKey, Secret, SecretKey, Signature, SignatureFormat,
    SignatureInput, SignatureScheme, SigningKey, VerifyingKey,
};
use hostcrypt::{Errno, Result};
use sha2::digest::{Digest, FixedOutputReset, const_oid::AssociatedOid};
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;

use crate::hash;
use crate::random::Interruptible;

pub(crate) const PKCS1_2048_SHA256: &dyn Signature = &Scheme::<Pkcs1<Sha256>>::new("RSA_PKCS1_2048_SHA256", 2048);
pub(crate) const PKCS1_2048_SHA384: &dyn Signature = &Scheme::<Pkcs1<Sha384>>::new("RSA_PKCS1_2048_SHA384", 2048);
pub(crate) const PKCS1_2048_SHA512: &dyn Signature = &Scheme::<Pkcs1<Sha512>>::new("RSA_PKCS1_2048_SHA512", 2048);
pub(crate) const PKCS1_3072_SHA384: &dyn Signature = &Scheme::<Pkcs1<Sha384>>::new("RSA_PKCS1_3072_SHA384", 3072);
pub(crate) const PKCS1_3072_SHA512: &dyn Signature = &Scheme::<Pkcs1<Sha512>>::new("RSA_PKCS1_3072_SHA512", 3072);
pub(crate) const PKCS1_4096_SHA512: &dyn Signature = &Scheme::<Pkcs1<Sha512>>::new("RSA_PKCS1_4096_SHA512", 4096);
pub(crate) const PSS_2048_SHA256: &dyn Signature = &Scheme::<Pss<Sha256>>::new("RSA_PSS_2048_SHA256", 2048);
pub(crate) const PSS_2048_SHA384: &dyn Signature = &Scheme::<Pss<Sha384>>::new("RSA_PSS_2048_SHA384", 2048);
pub(crate) const PSS_2048_SHA512: &dyn Signature = &Scheme::<Pss<Sha512>>::new("RSA_PSS_2048_SHA512", 2048);
pub(crate) const PSS_3072_SHA384: &dyn Signature = &Scheme::<Pss<Sha384>>::new("RSA_PSS_3072_SHA384", 3072);
pub(crate) const PSS_3072_SHA512: &dyn Signature = &Scheme::<Pss<Sha512>>::new("RSA_PSS_3072_SHA512", 3072);
pub(crate) const PSS_4096_SHA512: &dyn Signature = &Scheme::<Pss<Sha512>>::new("RSA_PSS_4096_SHA512", 4096);

/// The length in bytes of the highest public exponent that the library takes, 2³³ − 1.
const EXPONENT_LEN: usize = 5;

/// A padding with a size of the modulus in bits, under the interface's name.
struct Scheme<P>(&'static str, usize, PhantomData<fn() -> P>);

/// A private key, with its canonical form.
struct Key<P> {
    key: PrivateKey,
    secret: Secret,
    public: Public<P>,
}

/// A public key, with its canonical form.
struct Public<P> {
    key: ::rsa::PublicKey,
    public: Vec<u8>,
    padding: PhantomData<fn() -> P>,
}

/// A hash function that signatures are made with.
trait Function: Digest + FixedOutputReset + AssociatedOid + 'static {
    const HASH: &dyn Hash;
    const PSS: PssHash;
}

impl Function for Sha256 {
    const HASH: &dyn Hash = &hash::SHA256;
    const PSS: PssHash = PssHash::SHA256;
}

impl Function for Sha384 {
    const HASH: &dyn Hash = &hash::SHA384;
    const PSS: PssHash = PssHash::SHA384;
}

impl Function for Sha512 {
    const HASH: &dyn Hash = &hash::SHA512;
    const PSS: PssHash = PssHash::SHA512;
}

/// How a digest becomes a number to be signed. Signing blinds the number, the exponent and the primes with the
/// operating system's random numbers, and checks the outcome against the public key.
trait Padding: 'static {
    const HASH: &dyn Hash;
    const PSS: Option<PssHash>;

    fn sign(key: &PrivateKey, digest: &[u8]) -> ::rsa::Result<Vec<u8>>;
    fn verify(key: &::rsa::PublicKey, digest: &[u8], signature: &[u8]) -> ::rsa::Result<()>;
}

/// The digest behind its name and a fixed filling.
struct Pkcs1<D>(PhantomData<D>);

/// The digest hashed with a salt, and masked.
struct Pss<D>(PhantomData<D>);

impl<D: Function> Padding for Pkcs1<D> {
    const HASH: &dyn Hash = D::HASH;
    const PSS: Option<PssHash> = None;

    fn sign(key: &PrivateKey, digest: &[u8]) -> ::rsa::Result<Vec<u8>> {
        key.pkcs1v15_sign_prehash_with_rng::<D, _>(&mut SysRng, digest)
    }

    fn verify(key: &::rsa::PublicKey, digest: &[u8], signature: &[u8]) -> ::rsa::Result<()> {
        key.pkcs1v15_verify_prehash::<D>(digest, signature)
    }
}

impl<D: Function> Padding for Pss<D> {
    const HASH: &dyn Hash = D::HASH;
    const PSS: Option<PssHash> = Some(D::PSS);

    fn sign(key: &PrivateKey, digest: &[u8]) -> ::rsa::Result<Vec<u8>> {
        key.pss_sign_prehash_with_rng::<D, _>(&mut SysRng, digest)
    }

    fn verify(key: &::rsa::PublicKey, digest: &[u8], signature: &[u8]) -> ::rsa::Result<()> {
        key.pss_verify_prehash::<D>(digest, signature)
    }
}

fn failure(error: Error) -> Errno {
    match error {
        Error::Rng => Errno::RngError,
        _ => Errno::AlgorithmFailure,
    }
}

impl<P: Padding> Scheme<P> {
    const fn new(name: &'static str, bits: usize) -> Self {
        Self(name, bits, PhantomData)
    }

    /// Checks sizes before there is any arithmetic, the time of which would grow with them.
    fn sized(&self, modulus: UintRef<'_>, exponent: UintRef<'_>) -> Result<()> {
        let (modulus, exponent) = (modulus.as_bytes(), exponent.as_bytes());
        let full = modulus.len() == self.scheme().len && modulus.first().is_some_and(|&high| high >= 0x80);
        if full && exponent.len() <= EXPONENT_LEN { Ok(()) } else { Err(Errno::InvalidKey) }
    }
}

/// The private key of these numbers, if they belong together.
fn private_key(parts: &RsaPrivateKeyRef<'_>) -> Option<PrivateKey> {
    let len = parts.modulus.as_bytes().len();
    if [parts.prime1, parts.prime2].iter().all(|prime| prime.as_bytes().len() <= len.div_ceil(2)) {
        return PrivateKey::try_from(parts.clone()).ok();
    }
    // The library reads factors of half the length, and takes others by their numbers alone.
    if parts.version() != Version::TwoPrime {
        return None;
    }
    let number = |part: UintRef<'_>, len: usize| {
        let bits = u32::try_from(8 * len).ok()?;
        BoxedUint::from_be_slice(part.as_bytes(), bits).ok()
    };
    let exponent = number(parts.public_exponent, parts.public_exponent.as_bytes().len())?;
    let primes = vec![number(parts.prime1, len)?, number(parts.prime2, len)?];
    let (modulus, private) = (number(parts.modulus, len)?, number(parts.private_exponent, len)?);
    let mut key = PrivateKey::from_components_with_wide_primes(modulus, exponent, private, primes).ok()?;
    // It would compute modulo each factor in as many bits as the modulus has. Without the numbers for that, it computes
    // modulo the modulus, once, with the base and the exponent blinded: in a quarter of the time, whatever the factors are.
    key.clear_precomputed();
    Some(key)
}

impl<P> Key<P> {
    fn new(key: PrivateKey) -> Result<Self> {
        let secret = key.to_pkcs1_der().map_err(|_| Errno::AlgorithmFailure)?.as_bytes().to_vec().into();
        let public = Public::new(key.to_public_key())?;
        Ok(Self { key, secret, public })
    }
}

impl<P> Public<P> {
    fn new(key: ::rsa::PublicKey) -> Result<Self> {
        let public = key.to_pkcs1_der().map_err(|_| Errno::AlgorithmFailure)?.into_vec();
        Ok(Self { key, public, padding: PhantomData })
    }
}

impl<P: Padding> Signature for Scheme<P> {
    fn scheme(&self) -> SignatureScheme {
        SignatureScheme {
            name: self.0,
            key_format: KeyFormat::Rsa { bits: self.1, pss: P::PSS },
            input: SignatureInput::Digest(P::HASH),
            format: SignatureFormat::Raw,
            len: self.1 / 8,
            slow_to_generate: true,
        }
    }

    fn memory(&self) -> KeyMemory {
        // The modulus and its factors, what is computed of each, and their encoding.
        KeyMemory { secret: 3 * self.1, public: self.1 }
    }

    fn generate(&self, interrupt: &Interrupt) -> Result<Box<dyn SigningKey>> {
        let key = PrivateKey::new(&mut Interruptible(interrupt), self.1).map_err(failure)?;
        Ok(Box::new(Key::<P>::new(key)?))
    }

    fn signing_key(&self, secret: &[u8]) -> Result<Box<dyn SigningKey>> {
        let parts = RsaPrivateKeyRef::from_der(secret).map_err(|_| Errno::InvalidKey)?;
        self.sized(parts.modulus, parts.public_exponent)?;
        // The library checks that p and q are odd, differ and make n, and that d inverts e. With p or q that are not
        // prime, it finds each signature to be wrong.
        let key = Key::<P>::new(private_key(&parts).ok_or(Errno::InvalidKey)?)?;
        // It makes the numbers of the Chinese remainder theorem anew, without a look at those that came.
        if key.secret.ct_eq(secret).into() { Ok(Box::new(key)) } else { Err(Errno::InvalidKey) }
    }

    fn verifying_key(&self, public: &[u8]) -> Result<Box<dyn VerifyingKey>> {
        let parts = RsaPublicKeyRef::from_der(public).map_err(|_| Errno::InvalidKey)?;
        self.sized(parts.modulus, parts.public_exponent)?;
        let key = ::rsa::PublicKey::try_from(parts).map_err(|_| Errno::InvalidKey)?;
        Ok(Box::new(Public::<P>::new(key)?))
    }
}

impl<P> SecretKey for Key<P> {
    fn secret(&self) -> Secret {
        self.secret.clone()
    }
}

impl<P: Padding> SigningKey for Key<P> {
    fn verifying_key(&self) -> Box<dyn VerifyingKey> {
        Box::new(self.public.clone())
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>> {
        P::sign(&self.key, input).map_err(failure)
    }
}

// By hand: the derived one asks the same of the padding.
impl<P> Clone for Public<P> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), public: self.public.clone(), padding: PhantomData }
    }
}

impl<P> PublicKey for Public<P> {
    fn public(&self) -> Vec<u8> {
        self.public.clone()
    }

    fn check(&self) -> Result<()> {
        // Decoding refuses a modulus that is even or of another size, and an exponent that is even, below 3 or above
        // 2³³. Of large factors only the owner can tell (SP 800-89, section 5.3.3).
        let is_sane = !has_small_factor(&self.key.n_bytes()) && !is_prime_power(&self.key);
        if is_sane { Ok(()) } else { Err(Errno::InvalidKey) }
    }
}

/// Whether a modulus is a prime or a power of one. Then 2ⁿ⁻¹ − 1 has that prime as a factor, by Fermat's theorem; with
/// two primes it shares none with the modulus, unless the order of 2 under one divides the other less one.
fn is_prime_power(key: &::rsa::PublicKey) -> bool {
    let modulus = key.n().as_ref();
    let one = BoxedUint::one_with_precision(modulus.bits_precision());
    let two = one.wrapping_add(&one);
    let power = BoxedMontyForm::new(two, key.n_params()).pow(&modulus.wrapping_sub(&one)).retrieve();
    modulus.gcd_vartime(&power.wrapping_sub(&one)) != one
}

/// Whether a number, in big-endian bytes, has an odd factor below 752.
fn has_small_factor(number: &[u8]) -> bool {
    let remainder = |divisor: u32| number.iter().fold(0, |rest, byte| (rest << 8 | u32::from(*byte)) % divisor);
    (3..752).step_by(2).any(|divisor| remainder(divisor) == 0)
}

impl<P: Padding> VerifyingKey for Public<P> {
    fn verify(&self, input: &[u8], signature: &[u8]) -> Result<()> {
        P::verify(&self.key, input, signature).map_err(|_| Errno::VerificationFailed)
    }
}
