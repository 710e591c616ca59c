//! The error codes of the interface, without their numbers.

/// Why a host function refused a call.
///
/// Success is `Ok`, so `success` is not among the variants. A [`Revision`](crate::Revision) maps a variant to the
/// number of that revision.
///
/// Source: `crypto_errno` of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Errno {
    /// A pointer or a length leaves guest memory, or a string is not UTF-8.
    #[error("guest_error")]
    GuestError,
    /// The operation is valid, but this host does not implement it.
    #[error("not_implemented")]
    NotImplemented,
    /// The algorithm does not have this feature.
    #[error("unsupported_feature")]
    UnsupportedFeature,
    /// The operator forbids the operation.
    #[error("prohibited_operation")]
    ProhibitedOperation,
    /// The number is not an encoding, or the key has no such encoding.
    #[error("unsupported_encoding")]
    UnsupportedEncoding,
    /// The host does not have the algorithm.
    #[error("unsupported_algorithm")]
    UnsupportedAlgorithm,
    /// No algorithm has an option of this name and kind.
    #[error("unsupported_option")]
    UnsupportedOption,
    /// The key is malformed, or made for another algorithm.
    #[error("invalid_key")]
    InvalidKey,
    /// The algorithm cannot produce an output of the requested length.
    #[error("invalid_length")]
    InvalidLength,
    /// A signature does not verify.
    #[error("verification_failed")]
    VerificationFailed,
    /// There are no secure random numbers.
    #[error("rng_error")]
    RngError,
    /// The cryptography library failed for a reason of its own.
    #[error("algorithm_failure")]
    AlgorithmFailure,
    /// The signature is malformed, or made for another algorithm.
    #[error("invalid_signature")]
    InvalidSignature,
    /// The handle was closed before.
    #[error("closed")]
    Closed,
    /// The handle is unassigned, closed, or of another kind.
    #[error("invalid_handle")]
    InvalidHandle,
    /// The guest's buffer is too small, or a limit of the host's is reached.
    #[error("overflow")]
    Overflow,
    /// The host failed, not the guest: the medium of the key store or of a required audit log failed, a stored key
    /// cannot be unsealed, or the host has a bug, which it handled safely. The guest may repeat the call. A change in
    /// the store may have been made nevertheless.
    #[error("internal_error")]
    InternalError,
    /// No more handles can be opened.
    #[error("too_many_handles")]
    TooManyHandles,
    /// A key was given to an algorithm that uses none.
    #[error("key_not_supported")]
    KeyNotSupported,
    /// The algorithm needs a key, and none was given.
    #[error("key_required")]
    KeyRequired,
    /// An authentication tag does not match.
    #[error("invalid_tag")]
    InvalidTag,
    /// The algorithm does not have this operation.
    #[error("invalid_operation")]
    InvalidOperation,
    /// The algorithm needs a nonce, or a fresh one.
    #[error("nonce_required")]
    NonceRequired,
    /// The nonce has the wrong size for the algorithm.
    #[error("invalid_nonce")]
    InvalidNonce,
    /// The option is known but was not set.
    #[error("option_not_set")]
    OptionNotSet,
    /// No managed key or secret has this identifier and version.
    ///
    /// Revision 2020-06 calls it `key_not_found`.
    #[error("not_found")]
    NotFound,
    /// The algorithm needs parameters that were not set.
    #[error("parameters_missing")]
    ParametersMissing,
    /// The computation continues; the guest repeats the same call to get the result.
    #[error("in_progress")]
    InProgress,
    /// The keys are of different algorithms.
    #[error("incompatible_keys")]
    IncompatibleKeys,
    /// The managed key or secret has expired.
    #[error("expired")]
    Expired,
}

/// The result of a host function.
pub type Result<T, E = Errno> = core::result::Result<T, E>;
