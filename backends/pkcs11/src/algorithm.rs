//! The algorithms whose keys a token may generate.

use cryptoki::{
    mechanism::{
        Mechanism, MechanismInfo, MechanismType,
        eddsa::{EddsaParams, EddsaSignatureScheme},
        rsa::{PkcsMgfType, PkcsPssParams},
    },
    object::KeyType,
};
use hostcrypt::backend::KeyFormat;

use crate::mechanisms::RequiredMechanism;

/// An algorithm whose keys a token may generate.
#[derive(Clone, Copy)]
pub(crate) struct Algorithm {
    /// The interface's name.
    pub(crate) name: &'static str,
    pub(crate) family: Family,
}

/// The use of a key, and its parameters.
#[derive(Clone, Copy)]
pub(crate) enum Family {
    /// Signs a digest, on this curve.
    Ecdsa(KeyFormat),
    /// Signs a message.
    Ed25519,
    /// Signs a digest, with a modulus of this many bits.
    Rsa(usize, Padding, Hash),
    /// Agrees on a secret, on this curve.
    Agreement(KeyFormat),
    /// Encrypts with a tag, with a key of this many bytes.
    Gcm(usize),
    /// Encrypts with padding, with a key of this many bytes.
    Cbc(usize),
    /// Makes tags; the core chooses the length of the key, within the limits of the code.
    Mac(Code),
}

/// The padding of an RSA signature.
#[derive(Clone, Copy)]
pub(crate) enum Padding {
    Pkcs1,
    Pss,
}

/// The hash function of an RSA signature.
#[derive(Clone, Copy)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// A message authentication code.
#[derive(Clone, Copy)]
pub(crate) enum Code {
    HmacSha256,
    HmacSha512,
    /// With a key of this many bytes.
    Cmac(usize),
}

const fn algorithm(name: &'static str, family: Family) -> Algorithm {
    Algorithm { name, family }
}

const fn rsa(name: &'static str, bits: usize, padding: Padding, hash: Hash) -> Algorithm {
    algorithm(name, Family::Rsa(bits, padding, hash))
}

const ALL: &[Algorithm] = &[
    algorithm("ECDSA_P256_SHA256", Family::Ecdsa(KeyFormat::P256)),
    algorithm("ECDSA_P384_SHA384", Family::Ecdsa(KeyFormat::P384)),
    algorithm("ECDSA_K256_SHA256", Family::Ecdsa(KeyFormat::K256)),
    algorithm("Ed25519", Family::Ed25519),
    rsa("RSA_PKCS1_2048_SHA256", 2048, Padding::Pkcs1, Hash::Sha256),
    rsa("RSA_PKCS1_2048_SHA384", 2048, Padding::Pkcs1, Hash::Sha384),
    rsa("RSA_PKCS1_2048_SHA512", 2048, Padding::Pkcs1, Hash::Sha512),
    rsa("RSA_PKCS1_3072_SHA384", 3072, Padding::Pkcs1, Hash::Sha384),
    rsa("RSA_PKCS1_3072_SHA512", 3072, Padding::Pkcs1, Hash::Sha512),
    rsa("RSA_PKCS1_4096_SHA512", 4096, Padding::Pkcs1, Hash::Sha512),
    rsa("RSA_PSS_2048_SHA256", 2048, Padding::Pss, Hash::Sha256),
    rsa("RSA_PSS_2048_SHA384", 2048, Padding::Pss, Hash::Sha384),
    rsa("RSA_PSS_2048_SHA512", 2048, Padding::Pss, Hash::Sha512),
    rsa("RSA_PSS_3072_SHA384", 3072, Padding::Pss, Hash::Sha384),
    rsa("RSA_PSS_3072_SHA512", 3072, Padding::Pss, Hash::Sha512),
    rsa("RSA_PSS_4096_SHA512", 4096, Padding::Pss, Hash::Sha512),
    algorithm("X25519", Family::Agreement(KeyFormat::X25519)),
    algorithm("P256-SHA256", Family::Agreement(KeyFormat::P256)),
    algorithm("P384-SHA384", Family::Agreement(KeyFormat::P384)),
    algorithm("AES-128-GCM", Family::Gcm(16)),
    algorithm("AES-256-GCM", Family::Gcm(32)),
    algorithm("AES-128-CBC", Family::Cbc(16)),
    algorithm("AES-256-CBC", Family::Cbc(32)),
    algorithm("AES-128-CMAC", Family::Mac(Code::Cmac(16))),
    algorithm("AES-256-CMAC", Family::Mac(Code::Cmac(32))),
    algorithm("HMAC/SHA-256", Family::Mac(Code::HmacSha256)),
    algorithm("HMAC/SHA-512", Family::Mac(Code::HmacSha512)),
    // Its blocks are tags, which the core combines.
    algorithm("HKDF-EXPAND/SHA-256", Family::Mac(Code::HmacSha256)),
    algorithm("HKDF-EXPAND/SHA-512", Family::Mac(Code::HmacSha512)),
];

impl Algorithm {
    /// The algorithm of a name of the interface.
    pub(crate) fn find(name: &str) -> Option<Self> {
        ALL.iter().find(|algorithm| algorithm.name == name).copied()
    }

    /// The names of all algorithms.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        ALL.iter().map(|algorithm| algorithm.name)
    }

    /// The mechanisms that it needs.
    pub(crate) fn needs(&self) -> Vec<RequiredMechanism> {
        use MechanismInfo as Info;
        let need = |mechanism, able: fn(&Info) -> bool, bits| RequiredMechanism { mechanism, able, bits };
        let crypts = |info: &Info| info.encrypt() && info.decrypt();
        match self.family {
            Family::Ecdsa(format) => {
                let bits = format.bits().unwrap_or_default();
                vec![
                    need(MechanismType::ECC_KEY_PAIR_GEN, Info::generate_key_pair, bits),
                    need(MechanismType::ECDSA, Info::sign, bits),
                ]
            }
            Family::Ed25519 => vec![
                need(MechanismType::ECC_EDWARDS_KEY_PAIR_GEN, Info::generate_key_pair, 256),
                need(MechanismType::EDDSA, Info::sign, 256),
            ],
            Family::Rsa(bits, padding, _) => {
                let signs = match padding {
                    Padding::Pkcs1 => MechanismType::RSA_PKCS,
                    Padding::Pss => MechanismType::RSA_PKCS_PSS,
                };
                vec![
                    need(MechanismType::RSA_PKCS_KEY_PAIR_GEN, Info::generate_key_pair, bits),
                    need(signs, Info::sign, bits),
                ]
            }
            Family::Agreement(format) => {
                let bits = format.bits().unwrap_or_default();
                let makes = match format {
                    KeyFormat::Octets { .. } => MechanismType::ECC_MONTGOMERY_KEY_PAIR_GEN,
                    _ => MechanismType::ECC_KEY_PAIR_GEN,
                };
                vec![need(makes, Info::generate_key_pair, bits), need(MechanismType::ECDH1_DERIVE, Info::derive, bits)]
            }
            Family::Gcm(len) => vec![
                need(MechanismType::AES_KEY_GEN, Info::generate, 8 * len),
                need(MechanismType::AES_GCM, crypts, 8 * len),
            ],
            Family::Cbc(len) => vec![
                need(MechanismType::AES_KEY_GEN, Info::generate, 8 * len),
                need(MechanismType::AES_CBC_PAD, crypts, 8 * len),
            ],
            Family::Mac(code) => {
                let (makes, signs, bits) = match code {
                    Code::HmacSha256 => (MechanismType::GENERIC_SECRET_KEY_GEN, MechanismType::SHA256_HMAC, 256),
                    Code::HmacSha512 => (MechanismType::GENERIC_SECRET_KEY_GEN, MechanismType::SHA512_HMAC, 512),
                    Code::Cmac(len) => (MechanismType::AES_KEY_GEN, MechanismType::AES_CMAC, 8 * len),
                };
                vec![need(makes, Info::generate, bits), need(signs, Info::sign, bits)]
            }
        }
    }
}

impl Family {
    /// The format of its keys, if they are pairs of a curve.
    pub(crate) fn curve(self) -> Option<KeyFormat> {
        match self {
            Self::Ecdsa(format) | Self::Agreement(format) => Some(format),
            Self::Ed25519 => Some(KeyFormat::ED25519),
            _ => None,
        }
    }

    /// The mechanism that generates its pairs, and their key type, if it has pairs.
    pub(crate) fn pair(self) -> Option<(Mechanism<'static>, KeyType)> {
        match self {
            Self::Ed25519 => Some((Mechanism::EccEdwardsKeyPairGen, KeyType::EC_EDWARDS)),
            Self::Agreement(KeyFormat::Octets { .. }) => {
                Some((Mechanism::EccMontgomeryKeyPairGen, KeyType::EC_MONTGOMERY))
            }
            Self::Ecdsa(_) | Self::Agreement(_) => Some((Mechanism::EccKeyPairGen, KeyType::EC)),
            Self::Rsa(..) => Some((Mechanism::RsaPkcsKeyPairGen, KeyType::RSA)),
            Self::Gcm(_) | Self::Cbc(_) | Self::Mac(_) => None,
        }
    }

    /// The mechanism that generates its keys, and their required length, if they are not pairs.
    pub(crate) fn secret(self) -> Option<(Mechanism<'static>, Option<usize>)> {
        match self {
            Self::Gcm(len) | Self::Cbc(len) | Self::Mac(Code::Cmac(len)) => Some((Mechanism::AesKeyGen, Some(len))),
            Self::Mac(_) => Some((Mechanism::GenericSecretKeyGen, None)),
            _ => None,
        }
    }

    /// Whether its keys sign in the sense of PKCS #11, where tags are signatures.
    pub(crate) fn signs(self) -> bool {
        matches!(self, Self::Ecdsa(_) | Self::Ed25519 | Self::Rsa(..) | Self::Mac(_))
    }

    /// Whether its keys agree on secrets.
    pub(crate) fn agrees(self) -> bool {
        matches!(self, Self::Agreement(_))
    }

    /// Whether its keys encrypt and decrypt.
    pub(crate) fn crypts(self) -> bool {
        matches!(self, Self::Gcm(_) | Self::Cbc(_))
    }

    /// The mechanism that signs with its keys, and the length of a signature or a tag in bytes.
    pub(crate) fn signature(self) -> Option<(Mechanism<'static>, usize)> {
        Some(match self {
            Self::Ecdsa(format) => (Mechanism::Ecdsa, format.raw_secret_len()? * 2),
            Self::Ed25519 => (Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519)), 64),
            Self::Rsa(bits, Padding::Pkcs1, _) => (Mechanism::RsaPkcs, bits / 8),
            Self::Rsa(bits, Padding::Pss, hash) => (Mechanism::RsaPkcsPss(hash.pss()), bits / 8),
            Self::Mac(Code::HmacSha256) => (Mechanism::Sha256Hmac, 32),
            Self::Mac(Code::HmacSha512) => (Mechanism::Sha512Hmac, 64),
            Self::Mac(Code::Cmac(_)) => (Mechanism::AesCMac, 16),
            Self::Agreement(_) | Self::Gcm(_) | Self::Cbc(_) => return None,
        })
    }
}

impl Hash {
    /// A salt as long as the digest.
    fn pss(self) -> PkcsPssParams {
        let (hash_alg, mgf, len) = match self {
            Self::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, 32),
            Self::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384, 48),
            Self::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512, 64),
        };
        PkcsPssParams { hash_alg, mgf, s_len: len.into() }
    }

    /// The prefix of a digest in a `DigestInfo` (RFC 8017, section 9.2).
    pub(crate) fn digest_info(self) -> [u8; 19] {
        let (whole, number, digest) = match self {
            Self::Sha256 => (0x31, 1, 0x20),
            Self::Sha384 => (0x41, 2, 0x30),
            Self::Sha512 => (0x51, 3, 0x40),
        };
        [0x30, whole, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, number, 5, 0, 4, digest]
    }
}
