//! The two revisions of the interface, and their numbers.

use crate::{
    Errno,
    algorithm::{AlgorithmType, asymmetric::KeyEncoding},
    objects::signatures::SignatureEncoding,
};

/// A revision of the interface.
///
/// Both have the same modules and mostly the same names, but different numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Revision {
    /// The revision of June 2020, with key managers and two algorithm types.
    V2020_06,
    /// Revision 0.10, which every published guest binding uses.
    #[default]
    V0_10,
}

/// The key-encoding enums: each kind of key has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Pair,
    Public,
    Secret,
}

impl Revision {
    /// Both revisions, the older first.
    pub const ALL: [Self; 2] = [Self::V2020_06, Self::V0_10];

    /// Returns the revision's name: `2020-06` or `0.10`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2020_06 => "2020-06",
            Self::V0_10 => "0.10",
        }
    }

    /// Returns the number of an errno in this revision, or of the nearest errno that the revision has.
    #[must_use]
    pub const fn number(self, errno: Errno) -> u16 {
        match (self, errno) {
            (_, Errno::GuestError) => 1,
            (_, Errno::NotImplemented) => 2,
            (_, Errno::UnsupportedFeature) => 3,
            (_, Errno::ProhibitedOperation) => 4,
            (_, Errno::UnsupportedEncoding) => 5,
            (_, Errno::UnsupportedAlgorithm) => 6,
            (_, Errno::UnsupportedOption) => 7,
            (_, Errno::InvalidKey) => 8,
            (_, Errno::InvalidLength) => 9,
            (_, Errno::VerificationFailed) => 10,
            (_, Errno::RngError) => 11,
            (_, Errno::AlgorithmFailure) => 12,
            (_, Errno::InvalidSignature) => 13,
            (_, Errno::Closed) => 14,
            (_, Errno::InvalidHandle) => 15,
            (_, Errno::Overflow) => 16,
            (_, Errno::InternalError) => 17,
            (_, Errno::TooManyHandles) => 18,
            (_, Errno::KeyNotSupported) => 19,
            (_, Errno::KeyRequired) => 20,
            (_, Errno::InvalidTag) => 21,
            (_, Errno::InvalidOperation) => 22,
            (_, Errno::NonceRequired) => 23,
            (Self::V2020_06, Errno::InvalidNonce) => 23,
            (Self::V2020_06, Errno::OptionNotSet) => 24,
            (Self::V2020_06, Errno::NotFound | Errno::Expired) => 25,
            (Self::V2020_06, Errno::ParametersMissing) => 26,
            (Self::V2020_06, Errno::InProgress) => 27,
            (Self::V2020_06, Errno::IncompatibleKeys) => 28,
            (Self::V0_10, Errno::InvalidNonce) => 24,
            (Self::V0_10, Errno::OptionNotSet) => 25,
            (Self::V0_10, Errno::NotFound) => 26,
            (Self::V0_10, Errno::ParametersMissing) => 27,
            (Self::V0_10, Errno::InProgress) => 28,
            (Self::V0_10, Errno::IncompatibleKeys) => 29,
            (Self::V0_10, Errno::Expired) => 30,
        }
    }

    /// Returns the algorithm type of a number.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedAlgorithm`] for a number that this revision lacks.
    pub(crate) const fn algorithm_type(self, number: u32) -> Result<AlgorithmType, Errno> {
        match (self, number) {
            (_, 0) => Ok(AlgorithmType::Signatures),
            (_, 1) => Ok(AlgorithmType::Symmetric),
            (Self::V0_10, 2) => Ok(AlgorithmType::KeyExchange),
            _ => Err(Errno::UnsupportedAlgorithm),
        }
    }

    /// Returns the key encoding of a number, for one kind of key.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedEncoding`] for a number that this revision lacks.
    pub(crate) const fn key_encoding(self, kind: KeyKind, number: u32) -> Result<KeyEncoding, Errno> {
        use KeyEncoding as E;
        use KeyKind::{Pair, Public, Secret};
        Ok(match (self, kind, number) {
            (_, _, 0) => E::Raw,
            (_, Pair, 1) | (Self::V0_10, _, 1) => E::Pkcs8,
            (Self::V2020_06, Pair, 2) | (Self::V2020_06, _, 1) => E::Der,
            (Self::V2020_06, Pair, 3) | (Self::V2020_06, Public | Secret, 2) | (Self::V0_10, _, 2) => E::Pem,
            (_, Public | Secret, 3) => E::Sec,
            (Self::V2020_06, Public | Secret, 4) => E::CompressedSec,
            (Self::V0_10, Pair, 3) | (Self::V0_10, Public | Secret, 4) => E::Local,
            _ => return Err(Errno::UnsupportedEncoding),
        })
    }
}

impl Revision {
    /// Returns the signature encoding of a number, the same in both revisions.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedEncoding`] for a number that is not an encoding.
    pub(crate) const fn signature_encoding(self, number: u32) -> Result<SignatureEncoding, Errno> {
        match number {
            0 => Ok(SignatureEncoding::Raw),
            1 => Ok(SignatureEncoding::Der),
            _ => Err(Errno::UnsupportedEncoding),
        }
    }
}

impl std::fmt::Display for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Revision {
    type Err = UnknownRevision;

    fn from_str(name: &str) -> Result<Self, UnknownRevision> {
        Self::ALL.into_iter().find(|revision| revision.name() == name).ok_or(UnknownRevision)
    }
}

/// The error of a name that is not a revision's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such revision: use `2020-06` or `0.10`")]
pub struct UnknownRevision;

#[cfg(test)]
mod tests;
