//! The canonical forms of asymmetric keys, between the core's encodings and the backends.

use der::asn1::ObjectIdentifier;

/// The canonical form of an algorithm's keys, of which the core makes every encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFormat {
    /// Both halves are byte strings of one length (RFC 8410).
    Octets {
        /// What the key is for.
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

    /// The length of a secret key in bytes, in canonical form and in raw encoding.
    #[must_use]
    pub const fn secret_len(self) -> usize {
        match self {
            Self::Octets { len, .. } | Self::Point { len, .. } => len,
        }
    }

    /// The length of a public key in bytes, in raw encoding; of a point, that is the compressed one.
    #[must_use]
    pub const fn raw_public_len(self) -> usize {
        match self {
            Self::Octets { len, .. } => len,
            Self::Point { len, .. } => 1 + len,
        }
    }
}
