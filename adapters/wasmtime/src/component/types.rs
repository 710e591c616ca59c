//! The enums of the interface, as the component model passes them.

use std::sync::Arc;

use hostcrypt::{Errno, Result, asymmetric::KeyEncoding, options, signatures, store::Versions, symmetric};
use wasmtime::component::{ComponentType, Lift, Lower};

/// A key, which states share.
pub(super) type Key = Arc<symmetric::Key>;
pub(super) use hostcrypt::{
    array_output::ArrayOutput,
    asymmetric::{KeyPair, PublicKey, SecretKey},
    managed::SecretsManager,
    signatures::{SigningState, VerificationState},
    symmetric::{State, Tag},
};
pub(super) type Options = options::Options;

/// A signature, which the threads of a batch share.
pub(super) type Signature = Arc<signatures::Signature>;

macro_rules! error_codes {
    ($($name:literal $code:ident,)*) => {
        /// `crypto-errno`: an errno, or the success of an element of a batch.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lower)]
        #[component(variant)]
        pub(super) enum ErrorCode {
            #[component(name = "success")]
            Success,
            $(#[component(name = $name)] $code,)*
        }

        impl From<Errno> for ErrorCode {
            fn from(errno: Errno) -> Self {
                match errno {
                    $(Errno::$code => Self::$code,)*
                    _ => Self::InternalError,
                }
            }
        }
    };
}

error_codes! {
    "guest-error" GuestError,
    "not-implemented" NotImplemented,
    "unsupported-feature" UnsupportedFeature,
    "prohibited-operation" ProhibitedOperation,
    "unsupported-encoding" UnsupportedEncoding,
    "unsupported-algorithm" UnsupportedAlgorithm,
    "unsupported-option" UnsupportedOption,
    "invalid-key" InvalidKey,
    "invalid-length" InvalidLength,
    "verification-failed" VerificationFailed,
    "rng-error" RngError,
    "algorithm-failure" AlgorithmFailure,
    "invalid-signature" InvalidSignature,
    "closed" Closed,
    "invalid-handle" InvalidHandle,
    "overflow" Overflow,
    "internal-error" InternalError,
    "too-many-handles" TooManyHandles,
    "key-not-supported" KeyNotSupported,
    "key-required" KeyRequired,
    "invalid-tag" InvalidTag,
    "invalid-operation" InvalidOperation,
    "nonce-required" NonceRequired,
    "invalid-nonce" InvalidNonce,
    "option-not-set" OptionNotSet,
    "not-found" NotFound,
    "parameters-missing" ParametersMissing,
    "in-progress" InProgress,
    "incompatible-keys" IncompatibleKeys,
    "expired" Expired,
}

macro_rules! enums {
    ($($(#[$doc:meta])* $name:ident => $meaning:ty { $($case:literal $variant:ident,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, ComponentType, Lift, Lower)]
            #[component(enum)]
            #[repr(u8)]
            #[allow(dead_code, reason = "the runtime makes them")]
            pub(super) enum $name {
                $(#[component(name = $case)] $variant,)*
            }

            impl From<$name> for $meaning {
                fn from(number: $name) -> Self {
                    match number {
                        $($name::$variant => Self::$variant,)*
                    }
                }
            }
        )*
    };
}

enums! {
    /// `algorithm-type`
    AlgorithmType => hostcrypt::AlgorithmType {
        "signatures" Signatures,
        "symmetric" Symmetric,
        "key-exchange" KeyExchange,
    }
    /// `keypair-encoding`
    KeyPairEncoding => KeyEncoding {
        "raw" Raw,
        "pkcs8" Pkcs8,
        "pem" Pem,
        "local" Local,
    }
    /// `publickey-encoding` and `secretkey-encoding`
    HalfEncoding => KeyEncoding {
        "raw" Raw,
        "pkcs8" Pkcs8,
        "pem" Pem,
        "sec" Sec,
        "local" Local,
    }
    /// `signature-encoding`
    SignatureEncoding => signatures::SignatureEncoding {
        "raw" Raw,
        "der" Der,
    }
}

/// `version`
#[derive(Clone, Copy, Debug, ComponentType, Lift, Lower)]
#[component(variant)]
pub(super) enum Version {
    #[component(name = "unspecified")]
    Unspecified,
    #[component(name = "latest")]
    Latest,
    #[component(name = "all")]
    All,
    #[component(name = "specified")]
    Specified(u64),
}

impl Version {
    /// The versions that a guest means. No key has a version whose number is reserved.
    ///
    /// # Errors
    ///
    /// [`Errno::NotFound`] for `unspecified`.
    pub(super) const fn versions(self) -> Result<Versions> {
        match self {
            Self::Unspecified => Err(Errno::NotFound),
            Self::Latest => Ok(Versions::Latest),
            Self::All => Ok(Versions::All),
            Self::Specified(number) => Ok(Versions::One(number)),
        }
    }
}
