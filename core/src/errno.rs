//! The interface's error codes, as meanings.

/// Why a host function refused a call.
///
/// Success is `Ok`, so `success` is not among the variants. A [`Revision`](crate::Revision) turns a
/// meaning into the number that a guest of that revision knows.
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
    /// The number is no encoding, or the key has no such encoding.
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
    /// No secure random numbers are to be had.
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
    /// The host failed, not the guest: the medium of the key store or of a required audit log does not answer, the seal of
    /// a stored key cannot be opened, or the host is in a state that should not exist, which it left safely. The call may be made
    /// again. A change in the store may have been made all the same.
    #[error("internal_error")]
    InternalError,
    /// No more handles can be opened.
    #[error("too_many_handles")]
    TooManyHandles,
    /// A key was given to an algorithm that takes none.
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
    /// The computation goes on; the same call is to be made again.
    #[error("in_progress")]
    InProgress,
    /// The keys do not share one algorithm.
    #[error("incompatible_keys")]
    IncompatibleKeys,
    /// The managed key or secret has expired.
    #[error("expired")]
    Expired,
}

/// What a host function returns.
pub type Result<T, E = Errno> = core::result::Result<T, E>;
