//! What goes wrong with a token.

use std::path::PathBuf;

use cryptoki::error::{Error as TokenError, RvError};
use hostcrypt::Errno;

/// Why a token cannot be used, in words for its operator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URI names no module.
    #[error("the URI names no PKCS #11 module: add ?module-path=/path/to/the/module.so")]
    NoModule,
    /// There is no such file.
    #[error("there is no PKCS #11 module at {}: is the token's software installed, and is that its path?", .0.display())]
    ModuleNotFound(PathBuf),
    /// The file is no module, or does not start.
    #[error("the PKCS #11 module {} cannot be loaded: {reason}", .path.display())]
    ModuleNotLoaded {
        /// The module.
        path: PathBuf,
        /// What the system or the module says.
        reason: String,
    },
    /// No token is as the URI says.
    #[error("the module has no token {wanted}; {}", listed(.present))]
    NoSuchToken {
        /// What was asked for.
        wanted: String,
        /// The URIs of those that are there.
        present: Vec<String>,
    },
    /// Several tokens are as the URI says.
    #[error("{wanted} is not one token: add serial or slot-id; {}", listed(.matching))]
    SeveralTokens {
        /// What was asked for.
        wanted: String,
        /// The URIs of those that are so.
        matching: Vec<String>,
    },
    /// The token is blank.
    #[error("{0} is not initialised: do that first, as its vendor says, and set its user PIN")]
    NotInitialized(String),
    /// The token takes no changes.
    #[error("{0} is write-protected")]
    WriteProtected(String),
    /// The token wants a PIN, and there is none.
    #[error("the token needs its user's PIN: name a file that holds it with pin-source=file:/path in the URI")]
    PinNeeded,
    /// The file with the PIN cannot be read.
    #[error("the PIN cannot be read from {}: {source}", .path.display())]
    PinFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The token refuses the PIN. It is not tried again: some tries more, and the token would lock it.
    #[error("the token refuses the PIN; it is not tried again, since the token locks after a few wrong ones")]
    PinWrong,
    /// Too many wrong PINs came before.
    #[error("the token's PIN is locked: the security officer must set it anew")]
    PinLocked,
    /// The token has no user PIN, or one that must be changed first.
    #[error("the token's user PIN is not set, or has expired: set it with the token's own tools")]
    PinNotSet,
    /// The token ended the login, again and again.
    #[error("the token has ended the login, also when it was renewed")]
    LoggedOut,
    /// What is stored is not as this crate writes it.
    #[error("the token's object {0} is not what hostcrypt wrote")]
    Malformed(String),
    /// A key that is open was destroyed by someone else.
    #[error("a key that is in use was destroyed in the token by another process")]
    KeyGone,
    /// The token answered something that its mechanism does not have.
    #[error("the token does not do as PKCS #11 says: {0}")]
    Deviates(&'static str),
    /// A call failed.
    #[error("the token failed: {0}")]
    Failed(String),
}

fn listed(uris: &[String]) -> String {
    match uris {
        [] => "there is none".to_owned(),
        [uri] => format!("there is {uri}"),
        uris => format!("there are {}", uris.join(", ")),
    }
}

/// Why work with a token ended: an answer to the caller, or what its operator is told.
#[derive(Debug)]
pub(crate) enum Failure {
    Errno(Errno),
    Token(TokenError),
    Other(Error),
    /// The token has ended the login.
    LoggedOut,
    /// What was found is not there any more.
    Again,
}

impl Failure {
    /// What the token returned, if it did.
    pub(crate) fn value(&self) -> Option<RvError> {
        match self {
            Self::Token(TokenError::Pkcs11(value, _)) => Some(*value),
            _ => None,
        }
    }

    /// Whether the session ended, or its login.
    pub(crate) fn is_lost(&self) -> bool {
        let ends = |value| {
            matches!(
                value,
                RvError::SessionHandleInvalid
                    | RvError::SessionClosed
                    | RvError::UserNotLoggedIn
                    | RvError::DeviceError
                    | RvError::DeviceRemoved
                    | RvError::TokenNotPresent
                    | RvError::CryptokiNotInitialized
            )
        };
        matches!(self, Self::LoggedOut) || self.value().is_some_and(ends)
    }

    /// Whether an object is not there any more.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Self::Again)
            || matches!(self.value(), Some(RvError::ObjectHandleInvalid | RvError::KeyHandleInvalid))
    }

    /// Whether what the token was given may be at fault, and not the token: some tokens have no other words for it.
    pub(crate) fn is_vague(&self) -> bool {
        matches!(self.value(), Some(RvError::GeneralError | RvError::FunctionFailed))
    }
}

/// Whether the token refused a call before it began, so that it has changed nothing. After other errors, such as those
/// of a device that fails meanwhile, the change may have taken effect.
pub(crate) fn is_refused(error: &TokenError) -> bool {
    matches!(
        error,
        TokenError::Pkcs11(
            RvError::CryptokiNotInitialized
                | RvError::SessionHandleInvalid
                | RvError::TokenNotPresent
                | RvError::UserNotLoggedIn
                | RvError::ObjectHandleInvalid
                | RvError::KeyHandleInvalid,
            _
        )
    )
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Errno(errno) => Self::Failed(errno.to_string()),
            Failure::Token(error) => error.into(),
            Failure::Other(error) => error,
            Failure::LoggedOut => Self::LoggedOut,
            Failure::Again => Self::KeyGone,
        }
    }
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _) => Self::PinWrong,
            TokenError::Pkcs11(RvError::PinLocked, _) => Self::PinLocked,
            TokenError::Pkcs11(RvError::UserPinNotInitialized | RvError::PinExpired, _) => Self::PinNotSet,
            // The standard's own name of the value; its text is a page long.
            TokenError::Pkcs11(value, function) => Self::Failed(format!("C_{function:?} answers {value:?}")),
            error => Self::Failed(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use cryptoki::context::Function;

    use super::*;

    #[test]
    fn what_may_have_changed_something_is_not_taken_for_refused() {
        let refused = |value| is_refused(&TokenError::Pkcs11(value, Function::CreateObject));
        for value in [RvError::SessionHandleInvalid, RvError::UserNotLoggedIn, RvError::ObjectHandleInvalid] {
            assert!(refused(value), "{value:?}");
        }
        for value in [
            RvError::DeviceError,
            RvError::DeviceRemoved,
            RvError::SessionClosed,
            RvError::GeneralError,
            RvError::FunctionFailed,
        ] {
            assert!(!refused(value), "{value:?}");
        }
    }
}
