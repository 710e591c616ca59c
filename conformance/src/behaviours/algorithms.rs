//! The asymmetric algorithms that behaviours know, and keys of them.

use hostcrypt::Revision;

use crate::{
    AlgorithmType, Encoding, Guest, Object,
    guest::{KEY_EXCHANGE, SIGNATURES},
};

/// How an algorithm's keys are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Byte strings; a raw pair is both, one after the other.
    Octets,
    /// Points of a curve; a raw pair is the scalar.
    Point,
    /// RSA keys, which have no raw form.
    Rsa,
}

/// An asymmetric algorithm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Algorithm {
    pub(super) name: &'static str,
    pub(super) kind: AlgorithmType,
    pub(super) form: Form,
    /// Lengths in bytes of raw secret and public keys, where there are any.
    pub(super) secret: usize,
    pub(super) public: usize,
    /// Length of a raw signature, of a secret that is agreed on, or of an encapsulated one.
    pub(super) output: usize,
    /// What the curve, the modulus or the parameter set of its keys is: where two algorithms have the same, a key of
    /// one is a key of the other.
    pub(super) family: &'static str,
    /// Whether making a key takes so long that fixed ones serve.
    keys: Option<[&'static str; 2]>,
}

const fn signs(name: &'static str, form: Form, family: &'static str, lens: [usize; 3]) -> Algorithm {
    let [secret, public, output] = lens;
    Algorithm { name, kind: SIGNATURES, form, secret, public, output, family, keys: None }
}

const fn exchanges(name: &'static str, form: Form, family: &'static str, lens: [usize; 3]) -> Algorithm {
    Algorithm { kind: KEY_EXCHANGE, ..signs(name, form, family, lens) }
}

macro_rules! rsa {
    ($name:literal $bits:literal) => {
        Algorithm {
            keys: Some([
                include_str!(concat!("../../keys/rsa-", $bits, "-a.pem")),
                include_str!(concat!("../../keys/rsa-", $bits, "-b.pem")),
            ]),
            ..signs($name, Form::Rsa, concat!("rsa", $bits), [0, 0, $bits / 8])
        }
    };
}

const ALL: [Algorithm; 26] = [
    signs("Ed25519", Form::Octets, "ed25519", [32, 32, 64]),
    signs("ECDSA_P256_SHA256", Form::Point, "p256", [32, 33, 64]),
    signs("ECDSA_P384_SHA384", Form::Point, "p384", [48, 49, 96]),
    signs("ECDSA_K256_SHA256", Form::Point, "k256", [32, 33, 64]),
    rsa!("RSA_PKCS1_2048_SHA256" 2048),
    rsa!("RSA_PKCS1_2048_SHA384" 2048),
    rsa!("RSA_PKCS1_2048_SHA512" 2048),
    rsa!("RSA_PKCS1_3072_SHA384" 3072),
    rsa!("RSA_PKCS1_3072_SHA512" 3072),
    rsa!("RSA_PKCS1_4096_SHA512" 4096),
    rsa!("RSA_PSS_2048_SHA256" 2048),
    rsa!("RSA_PSS_2048_SHA384" 2048),
    rsa!("RSA_PSS_2048_SHA512" 2048),
    rsa!("RSA_PSS_3072_SHA384" 3072),
    rsa!("RSA_PSS_3072_SHA512" 3072),
    rsa!("RSA_PSS_4096_SHA512" 4096),
    signs("ML-DSA-44", Form::Octets, "ml-dsa-44", [32, 1312, 2420]),
    signs("ML-DSA-65", Form::Octets, "ml-dsa-65", [32, 1952, 3309]),
    signs("ML-DSA-87", Form::Octets, "ml-dsa-87", [32, 2592, 4627]),
    exchanges("X25519", Form::Octets, "x25519", [32, 32, 32]),
    exchanges("P256-SHA256", Form::Point, "p256", [32, 33, 32]),
    exchanges("P384-SHA384", Form::Point, "p384", [48, 49, 48]),
    exchanges("ML-KEM-512", Form::Octets, "ml-kem-512", [64, 800, 768]),
    exchanges("ML-KEM-768", Form::Octets, "ml-kem-768", [64, 1184, 1088]),
    exchanges("ML-KEM-1024", Form::Octets, "ml-kem-1024", [64, 1568, 1568]),
    exchanges("X-WING", Form::Octets, "x-wing", [32, 1216, 1120]),
];

/// A pair and its halves.
#[derive(Clone, Copy)]
pub(super) struct Keys {
    pub(super) pair: Object,
    pub(super) public: Object,
    pub(super) secret: Object,
}

impl Algorithm {
    /// The length of a raw pair in bytes.
    pub(super) fn pair(&self) -> usize {
        match self.form {
            Form::Octets => self.secret + self.public,
            Form::Point | Form::Rsa => self.secret,
        }
    }

    /// Whether its keys have an encoding of the interface.
    pub(super) fn has(&self, encoding: Encoding) -> bool {
        match encoding {
            Encoding::Raw => self.form != Form::Rsa,
            Encoding::Sec | Encoding::CompressedSec => self.form == Form::Point,
            Encoding::Local | Encoding::Number(_) => false,
            _ => true,
        }
    }

    /// Whether it encapsulates.
    pub(super) fn encapsulates(&self) -> bool {
        self.name == "X-WING" || self.name.starts_with("ML-KEM")
    }

    /// A pair; another one at each call, up to two.
    pub(super) fn keys(&self, guest: &mut Guest<'_>, which: usize) -> Keys {
        let pair = match self.keys {
            None => guest.keypair_generate(self.kind, self.name, None),
            Some(keys) => guest.import("keypair", self.kind, self.name, keys[which].as_bytes(), Encoding::Pem),
        };
        let pair = pair.unwrap_or_else(|refusal| panic!("no key of {}: {refusal:?}", self.name));
        let (public, secret) = (guest.keypair_publickey(pair).unwrap(), guest.keypair_secretkey(pair).unwrap());
        Keys { pair, public, secret }
    }

    /// A pair.
    pub(super) fn key(&self, guest: &mut Guest<'_>) -> Keys {
        self.keys(guest, 0)
    }
}

/// Every algorithm that a host may be asked for.
pub(super) fn all() -> impl Iterator<Item = Algorithm> {
    ALL.into_iter()
}

/// The algorithms that a guest can use: what the host serves and the revision has a type for.
pub(super) fn served(guest: &Guest<'_>) -> Vec<Algorithm> {
    let known = |kind: AlgorithmType| kind != KEY_EXCHANGE || guest.revision() == Revision::V0_10;
    all().filter(|algorithm| known(algorithm.kind) && guest.subject().serves(algorithm.name)).collect()
}
