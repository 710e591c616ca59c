//! The canonical forms of asymmetric keys, between the core's encodings and the backends.

use der::asn1::ObjectIdentifier;

/// The canonical form of an algorithm's keys. The core converts it to and from every encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFormat {
    /// Both halves are byte strings of one length (RFC 8410).
    Octets {
        /// The identifier of the algorithm.
        algorithm: ObjectIdentifier,
        /// The length of each half in bytes.
        len: usize,
    },
    /// The secret half is a big-endian scalar, the public half an uncompressed point (SEC 1).
    Point {
        /// The named curve.
        curve: ObjectIdentifier,
        /// The length of a scalar and of a coordinate in bytes.
        len: usize,
    },
    /// The secret half is an `RSAPrivateKey`, the public half an `RSAPublicKey`, both in DER (RFC 8017, A.1).
    Rsa {
        /// The length of the modulus in bits.
        bits: usize,
        /// For PSS, the hash function to which a key's identifier may restrict it (RFC 4055, section 3.1).
        pss: Option<PssHash>,
    },
    /// The secret half is a seed, its expanded key, or both in this order, which must match; the public half is a byte
    /// string (RFC 9881, RFC 9935).
    Seed {
        /// The identifier of the algorithm.
        algorithm: ObjectIdentifier,
        /// The length of the seed in bytes.
        seed: usize,
        /// The length of the expanded secret key in bytes, if the algorithm has one.
        expanded: Option<usize>,
        /// The length of the public half in bytes.
        public: usize,
    },
}

/// The hash function of RSASSA-PSS and of its MGF1; the salt is as long as its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PssHash {
    pub(crate) algorithm: ObjectIdentifier,
    /// The length of the hash in bytes.
    pub(crate) len: u8,
}

impl PssHash {
    /// SHA-256.
    pub const SHA256: Self = Self { algorithm: ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1"), len: 32 };
    /// SHA-384.
    pub const SHA384: Self = Self { algorithm: ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2"), len: 48 };
    /// SHA-512.
    pub const SHA512: Self = Self { algorithm: ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3"), len: 64 };
}

/// An ML-DSA or ML-KEM parameter set, under NIST's arc of that family.
const fn lattice(algorithm: &'static str, seed: usize, expanded: usize, public: usize) -> KeyFormat {
    let algorithm = ObjectIdentifier::new_unwrap(algorithm);
    KeyFormat::Seed { algorithm, seed, expanded: Some(expanded), public }
}

impl KeyFormat {
    /// Ed25519: a 32-byte seed and a 32-byte point (RFC 8032).
    pub const ED25519: Self = Self::Octets { algorithm: ObjectIdentifier::new_unwrap("1.3.101.112"), len: 32 };
    /// X25519: a 32-byte scalar and a 32-byte coordinate (RFC 7748).
    pub const X25519: Self = Self::Octets { algorithm: ObjectIdentifier::new_unwrap("1.3.101.110"), len: 32 };
    /// NIST P-256: a 32-byte scalar and a 65-byte point.
    pub const P256: Self = Self::Point { curve: ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"), len: 32 };
    /// NIST P-384: a 48-byte scalar and a 97-byte point.
    pub const P384: Self = Self::Point { curve: ObjectIdentifier::new_unwrap("1.3.132.0.34"), len: 48 };
    /// secp256k1: a 32-byte scalar and a 65-byte point.
    pub const K256: Self = Self::Point { curve: ObjectIdentifier::new_unwrap("1.3.132.0.10"), len: 32 };
    /// ML-DSA-44: a seed of 32 bytes, expanded 2560; 1312 public (FIPS 204).
    pub const ML_DSA_44: Self = lattice("2.16.840.1.101.3.4.3.17", 32, 2560, 1312);
    /// ML-DSA-65: a seed of 32 bytes, expanded 4032; 1952 public (FIPS 204).
    pub const ML_DSA_65: Self = lattice("2.16.840.1.101.3.4.3.18", 32, 4032, 1952);
    /// ML-DSA-87: a seed of 32 bytes, expanded 4896; 2592 public (FIPS 204).
    pub const ML_DSA_87: Self = lattice("2.16.840.1.101.3.4.3.19", 32, 4896, 2592);
    /// ML-KEM-512: a seed `d‖z` of 64 bytes, expanded 1632; 800 public (FIPS 203).
    pub const ML_KEM_512: Self = lattice("2.16.840.1.101.3.4.4.1", 64, 1632, 800);
    /// ML-KEM-768: a seed `d‖z` of 64 bytes, expanded 2400; 1184 public (FIPS 203).
    pub const ML_KEM_768: Self = lattice("2.16.840.1.101.3.4.4.2", 64, 2400, 1184);
    /// ML-KEM-1024: a seed `d‖z` of 64 bytes, expanded 3168; 1568 public (FIPS 203).
    pub const ML_KEM_1024: Self = lattice("2.16.840.1.101.3.4.4.3", 64, 3168, 1568);
    /// X-Wing: a seed of 32 bytes; 1216 public (draft-connolly-cfrg-xwing-kem).
    pub const X_WING: Self = Self::Seed {
        algorithm: ObjectIdentifier::new_unwrap("1.3.6.1.4.1.62253.25722"),
        seed: 32,
        expanded: None,
        public: 1216,
    };

    /// The length of a generated secret key in raw encoding, in bytes; `None` for RSA.
    #[must_use]
    pub const fn raw_secret_len(self) -> Option<usize> {
        match self {
            Self::Octets { len, .. } | Self::Point { len, .. } => Some(len),
            Self::Seed { seed, .. } => Some(seed),
            Self::Rsa { .. } => None,
        }
    }

    /// The length of a public key in raw encoding, in bytes; for a point, the compressed form. `None` for RSA.
    #[must_use]
    pub const fn raw_public_len(self) -> Option<usize> {
        match self {
            Self::Octets { len, .. } => Some(len),
            Self::Point { len, .. } => Some(1 + len),
            Self::Seed { public, .. } => Some(public),
            Self::Rsa { .. } => None,
        }
    }

    /// The size of a key in bits, by which its strength is known: of the modulus, the curve or the octets. `None` for
    /// lattice parameter sets.
    #[must_use]
    pub const fn bits(self) -> Option<usize> {
        match self {
            Self::Octets { len, .. } | Self::Point { len, .. } => Some(8 * len),
            Self::Rsa { bits, .. } => Some(bits),
            Self::Seed { .. } => None,
        }
    }
}
