//! RSA signatures (RFC 8017): PKCS#1 v1.5, and PSS with a salt as long as the digest.

use boring::bn::BigNumRef;
use boring::error::ErrorStack;
use boring::hash::MessageDigest;
use boring::memcmp;
use boring::pkey::{self, Private};
use boring::rsa::Rsa;
use hostcrypt::backend::{
    Hash, Interrupt, KeyFormat, KeyMemory, PssHash, PublicKey, Secret, SecretKey, Signature, SignatureFormat,
    SignatureInput, SignatureScheme, SigningKey, VerifyingKey,
};
use hostcrypt::{Errno, Result};

use crate::{ffi, hash};

pub(crate) const PKCS1_2048_SHA256: Scheme = Scheme("RSA_PKCS1_2048_SHA256", 2048, Padding::Pkcs1(&SHA256));
pub(crate) const PKCS1_2048_SHA384: Scheme = Scheme("RSA_PKCS1_2048_SHA384", 2048, Padding::Pkcs1(&SHA384));
pub(crate) const PKCS1_2048_SHA512: Scheme = Scheme("RSA_PKCS1_2048_SHA512", 2048, Padding::Pkcs1(&SHA512));
pub(crate) const PKCS1_3072_SHA384: Scheme = Scheme("RSA_PKCS1_3072_SHA384", 3072, Padding::Pkcs1(&SHA384));
pub(crate) const PKCS1_3072_SHA512: Scheme = Scheme("RSA_PKCS1_3072_SHA512", 3072, Padding::Pkcs1(&SHA512));
pub(crate) const PKCS1_4096_SHA512: Scheme = Scheme("RSA_PKCS1_4096_SHA512", 4096, Padding::Pkcs1(&SHA512));
pub(crate) const PSS_2048_SHA256: Scheme = Scheme("RSA_PSS_2048_SHA256", 2048, Padding::Pss(&SHA256));
pub(crate) const PSS_2048_SHA384: Scheme = Scheme("RSA_PSS_2048_SHA384", 2048, Padding::Pss(&SHA384));
pub(crate) const PSS_2048_SHA512: Scheme = Scheme("RSA_PSS_2048_SHA512", 2048, Padding::Pss(&SHA512));
pub(crate) const PSS_3072_SHA384: Scheme = Scheme("RSA_PSS_3072_SHA384", 3072, Padding::Pss(&SHA384));
pub(crate) const PSS_3072_SHA512: Scheme = Scheme("RSA_PSS_3072_SHA512", 3072, Padding::Pss(&SHA512));
pub(crate) const PSS_4096_SHA512: Scheme = Scheme("RSA_PSS_4096_SHA512", 4096, Padding::Pss(&SHA512));

const SHA256: Function = Function { hash: &hash::SHA256, pss: PssHash::SHA256, digest: MessageDigest::sha256 };
const SHA384: Function = Function { hash: &hash::SHA384, pss: PssHash::SHA384, digest: MessageDigest::sha384 };
const SHA512: Function = Function { hash: &hash::SHA512, pss: PssHash::SHA512, digest: MessageDigest::sha512 };

/// A padding with a size of the modulus in bits, under the interface's name.
pub(crate) struct Scheme(&'static str, u32, Padding);

/// A hash function that signatures are made with.
struct Function {
    hash: &'static dyn Hash,
    pss: PssHash,
    digest: fn() -> MessageDigest,
}

/// How a digest becomes a number to be signed. The library checks each signature against the public key.
#[derive(Clone, Copy)]
enum Padding {
    /// The digest behind its name and a fixed filling.
    Pkcs1(&'static Function),
    /// The digest hashed with a salt, and masked.
    Pss(&'static Function),
}

/// A private key, with its canonical form.
struct Key {
    key: Rsa<Private>,
    secret: Secret,
    public: Public,
}

/// A public key, with its canonical form. Copies share the library's object.
#[derive(Clone)]
struct Public {
    key: Rsa<pkey::Public>,
    public: Vec<u8>,
    padding: Padding,
}

impl Scheme {
    const fn function(&self) -> &'static Function {
        match self.2 {
            Padding::Pkcs1(function) | Padding::Pss(function) => function,
        }
    }

    /// Checks a size before there is any arithmetic, the time of which would grow with it: a modulus, an exponent,
    /// two factors, one of them three quarters as long, and three numbers of their length make four and three quarters
    /// of a modulus, and some bytes.
    fn sized(&self, encoded: &[u8]) -> Result<()> {
        if encoded.len() <= 5 * self.scheme().len { Ok(()) } else { Err(Errno::InvalidKey) }
    }

    fn key(&self, key: Rsa<Private>) -> Result<Key, ErrorStack> {
        let secret = Secret::from(key.private_key_to_der()?);
        let public = self.public(&key.public_key_to_der_pkcs1()?)?;
        Ok(Key { key, secret, public })
    }

    fn public(&self, public: &[u8]) -> Result<Public, ErrorStack> {
        // The library checks that the modulus is odd, and the exponent odd, above 1 and below 2³³.
        let key = Rsa::public_key_from_der_pkcs1(public)?;
        Ok(Public { public: key.public_key_to_der_pkcs1()?, key, padding: self.2 })
    }
}

impl Signature for Scheme {
    fn scheme(&self) -> SignatureScheme {
        let pss = match self.2 {
            Padding::Pkcs1(_) => None,
            Padding::Pss(function) => Some(function.pss),
        };
        SignatureScheme {
            name: self.0,
            key_format: KeyFormat::Rsa { bits: self.1 as usize, pss },
            input: SignatureInput::Digest(self.function().hash),
            format: SignatureFormat::Raw,
            len: self.1 as usize / 8,
            slow_to_generate: true,
        }
    }

    fn memory(&self) -> KeyMemory {
        // The modulus and its factors, what is computed of each, their encoding, and blinding for a few threads.
        let bits = self.1 as usize;
        KeyMemory { secret: 4 * bits, public: bits }
    }

    fn generate(&self, interrupt: &Interrupt) -> Result<Box<dyn SigningKey>> {
        let key = ffi::rsa::generate(self.1, interrupt).and_then(|key| self.key(key));
        let failure = if interrupt.is_raised() { Errno::RngError } else { Errno::AlgorithmFailure };
        Ok(Box::new(key.map_err(|_| failure)?))
    }

    fn signing_key(&self, secret: &[u8]) -> Result<Box<dyn SigningKey>> {
        self.sized(secret)?;
        // The library checks that p and q make n, that d inverts e, and the numbers of the Chinese remainder theorem.
        // With p or q that are not prime, it finds each signature to be wrong.
        let key = Rsa::private_key_from_der(secret).and_then(|key| self.key(key)).map_err(|_| Errno::InvalidKey)?;
        let same = key.secret.len() == secret.len() && memcmp::eq(&key.secret, secret);
        if same && key.public.has_bits(self.1) { Ok(Box::new(key)) } else { Err(Errno::InvalidKey) }
    }

    fn verifying_key(&self, public: &[u8]) -> Result<Box<dyn VerifyingKey>> {
        self.sized(public)?;
        let key = self.public(public).map_err(|_| Errno::InvalidKey)?;
        if key.public == public && key.has_bits(self.1) { Ok(Box::new(key)) } else { Err(Errno::InvalidKey) }
    }
}

impl SecretKey for Key {
    fn secret(&self) -> Secret {
        self.secret.clone()
    }
}

impl SigningKey for Key {
    fn verifying_key(&self) -> Box<dyn VerifyingKey> {
        Box::new(self.public.clone())
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>> {
        let signature = match self.public.padding {
            Padding::Pkcs1(function) => ffi::rsa::sign_pkcs1(&self.key, (function.digest)(), input),
            Padding::Pss(function) => ffi::rsa::sign_pss(&self.key, (function.digest)(), input),
        };
        signature.map_err(failure)
    }
}

impl Public {
    fn has_bits(&self, bits: u32) -> bool {
        self.key.n().num_bits().cast_unsigned() == bits
    }
}

impl PublicKey for Public {
    fn public(&self) -> Vec<u8> {
        self.public.clone()
    }

    fn check(&self) -> Result<()> {
        // Decoding refuses a modulus that is even or of another size, and an exponent that is even, below 3 or above
        // 2³³. Of large factors only the owner can tell (SP 800-89, section 5.3.3).
        let modulus = self.key.n();
        let is_sane = !has_small_factor(modulus) && ffi::rsa::has_several_primes(modulus).map_err(failure)?;
        if is_sane { Ok(()) } else { Err(Errno::InvalidKey) }
    }
}

/// Whether a number has an odd factor below 752.
fn has_small_factor(number: &BigNumRef) -> bool {
    (3..752).step_by(2).any(|divisor| number.mod_word(divisor).is_ok_and(|rest| rest == 0))
}

fn failure(_: ErrorStack) -> Errno {
    Errno::AlgorithmFailure
}

impl VerifyingKey for Public {
    fn verify(&self, input: &[u8], signature: &[u8]) -> Result<()> {
        let verified = match self.padding {
            Padding::Pkcs1(function) => ffi::rsa::verify_pkcs1(&self.key, (function.digest)(), input, signature),
            Padding::Pss(function) => ffi::rsa::verify_pss(&self.key, (function.digest)(), input, signature),
        };
        verified.map_err(|_| Errno::VerificationFailed)
    }
}
