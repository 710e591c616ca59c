//! Errors of a token.

use std::{path::PathBuf, sync::Arc, time::Duration};

use cryptoki::{
    context::Function,
    error::{Error as TokenError, RvError},
};
use hostcrypt::store::StoreError;

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
    /// The file is not a module, or the module does not start.
    #[error("the PKCS #11 module {} cannot be loaded: {reason}", .path.display())]
    ModuleNotLoaded {
        /// The module.
        path: PathBuf,
        /// The error of the system or the module.
        reason: String,
    },
    /// No token matches the URI.
    #[error("the module has no token {wanted}; {}", listed(.present))]
    NoSuchToken {
        /// The requested URI.
        wanted: String,
        /// The URIs of the tokens that are there.
        present: Vec<String>,
    },
    /// Several tokens match the URI.
    #[error("{wanted} matches several tokens: add serial or slot-id; {}", listed(.matching))]
    SeveralTokens {
        /// The requested URI.
        wanted: String,
        /// The URIs of the matching tokens.
        matching: Vec<String>,
    },
    /// The token is not initialised.
    #[error("{0} is not initialised: initialise it with its vendor's tools, and set its user PIN")]
    NotInitialized(String),
    /// The token takes no changes.
    #[error("{0} is write-protected")]
    WriteProtected(String),
    /// The token needs a PIN, and none was given.
    #[error(
        "the token needs its user PIN: put it into a file, and name the file with pin-source=file:/path in the URI"
    )]
    PinNeeded,
    /// The file with the PIN cannot be read.
    #[error("the PIN cannot be read from {}: {source}", .path.display())]
    PinFile {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The token refuses the PIN. It is not tried again, because a token locks the PIN after a few wrong ones.
    #[error(
        "the token refuses the PIN (CKR_PIN_INCORRECT); it is not tried again, because the token locks after a few wrong \
         PINs: correct it, and open the store anew"
    )]
    PinWrong,
    /// The token locked the PIN after too many wrong ones.
    #[error("the token's PIN is locked (CKR_PIN_LOCKED): the security officer must set it anew")]
    PinLocked,
    /// The token has no user PIN, or its user PIN must be changed first.
    #[error(
        "the token's user PIN is not set, or has expired (CKR_USER_PIN_NOT_INITIALIZED, CKR_PIN_EXPIRED): set it with the \
         token's own tools"
    )]
    PinNotSet,
    /// The token ended the login repeatedly.
    #[error("the token ended the login, and ended it again after it was renewed")]
    LoggedOut,
    /// A stored object is not in the format that this crate writes.
    #[error("the token's object {0} is not in hostcrypt's format")]
    Malformed(String),
    /// An open key is not in the token any more.
    #[error(
        "a key that is in use is not in the token any more: another process has destroyed it, or the token was reset or \
         restored"
    )]
    KeyGone,
    /// The token answered something that PKCS #11 does not allow.
    #[error("the token violates PKCS #11: {0}")]
    Deviates(&'static str),
    /// A call of the module failed.
    #[error("{call} answers {code}: {advice}{}", if *unsure { "; the change may have been made nevertheless" } else { "" })]
    Call {
        /// The function, such as `C_Sign`.
        call: String,
        /// The standard's name of its value, such as `CKR_DEVICE_REMOVED`.
        code: String,
        /// What the operator can do.
        advice: &'static str,
        /// Whether the change may have been made nevertheless.
        unsure: bool,
    },
    /// The change may have been made, although this failed.
    #[error("{0}; the change may have been made nevertheless")]
    Unsure(#[source] Box<Error>),
    /// Another token is in the place of this one.
    #[error("{present} is in its place, and is not used: put the right token back, or open the store anew")]
    AnotherToken {
        /// The URI of the other token.
        present: String,
    },
    /// The token was lost, and cannot be reached yet. Each call tries again.
    #[error("the token was lost{}, and is not back: {again}", .lost.as_deref().map(|why| format!(" ({why})")).unwrap_or_default())]
    Away {
        /// The error by which this call noticed the loss.
        lost: Option<String>,
        /// Why the token cannot be reached.
        again: Arc<Error>,
    },
    /// A thread waited too long for others that use the token.
    #[error(
        "{0} was not free within {wait} seconds: a call of the token's module takes that long, or never returns. Only the \
         module can end that call: set its timeouts, or restart this process",
        wait = WAIT.as_secs()
    )]
    Busy(&'static str),
    /// Something else failed.
    #[error("the token failed: {0}")]
    Failed(String),
    /// An error of a token that is named.
    #[error("{token}: {error}")]
    At {
        /// The token's URI.
        token: String,
        /// The error.
        error: Box<Error>,
    },
}

/// The maximal wait for other threads that use the token.
pub(crate) const WAIT: Duration = Duration::from_secs(120);

impl Error {
    /// The error without the token's name.
    #[must_use]
    pub fn cause(&self) -> &Self {
        match self {
            Self::At { error, .. } => error.cause(),
            error => error,
        }
    }

    pub(crate) fn at(self, token: &str) -> Self {
        match self {
            Self::At { .. } => self,
            error => Self::At { token: token.to_owned(), error: Box::new(error) },
        }
    }
}

fn listed(uris: &[String]) -> String {
    match uris {
        [] => "it has no tokens".to_owned(),
        [uri] => format!("it has {uri}"),
        uris => format!("it has {}", uris.join(", ")),
    }
}

/// Why an operation on a token ended.
#[derive(Debug)]
pub(crate) enum Failure {
    Refused(StoreError),
    Token(TokenError),
    Other(Error),
    /// The token has ended the login.
    LoggedOut,
    /// The token is not there any more, or another one is.
    Lost(Error),
    /// The object that was found is not there any more.
    Again,
}

impl Failure {
    /// The value that the token returned, if any.
    pub(crate) fn value(&self) -> Option<RvError> {
        match self {
            Self::Token(TokenError::Pkcs11(value, _)) => Some(*value),
            _ => None,
        }
    }

    /// Whether the session or its login ended.
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
                    | RvError::TokenNotRecognized
                    | RvError::SlotIdInvalid
                    | RvError::CryptokiNotInitialized
            )
        };
        matches!(self, Self::LoggedOut | Self::Lost(_)) || self.value().is_some_and(ends)
    }

    /// Whether the operation may succeed a moment later, or after the module was restarted: also if another process is
    /// just writing the object, as may happen with SoftHSM.
    pub(crate) fn may_pass(&self, soft: bool) -> bool {
        self.is_lost()
            || self.is_vague()
            || matches!(self, Self::Other(Error::NoSuchToken { .. }))
            || soft
                && (self.is_gone()
                    || matches!(self, Self::Other(Error::PinNotSet))
                    || matches!(self.value(), Some(RvError::UserPinNotInitialized)))
    }

    /// The same failure, of a call that may have changed something.
    pub(crate) fn unsure(self) -> Self {
        match Error::from(self) {
            Error::Call { call, code, advice, .. } => Error::Call { call, code, advice, unsure: true }.into(),
            error => Error::Unsure(Box::new(error)).into(),
        }
    }

    /// Whether the object is not there any more.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Self::Again)
            || matches!(self.value(), Some(RvError::ObjectHandleInvalid | RvError::KeyHandleInvalid))
    }

    /// Whether the arguments may be at fault, and not the token: some tokens report both with these values.
    pub(crate) fn is_vague(&self) -> bool {
        matches!(self.value(), Some(RvError::GeneralError | RvError::FunctionFailed))
    }
}

/// Whether the token refused a call before it began, so that it has changed nothing. After other errors, such as a
/// device that fails during the call, the change may have been made.
pub(crate) fn is_refused(error: &TokenError) -> bool {
    matches!(
        error,
        TokenError::Pkcs11(
            RvError::CryptokiNotInitialized
                | RvError::SessionHandleInvalid
                | RvError::SlotIdInvalid
                | RvError::TokenNotPresent
                | RvError::UserNotLoggedIn
                | RvError::ObjectHandleInvalid
                | RvError::KeyHandleInvalid,
            _
        )
    )
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
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
            Failure::Refused(error) => Self::Failed(error.to_string()),
            Failure::Token(error) => error.into(),
            Failure::Other(error) | Failure::Lost(error) => error,
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
            TokenError::Pkcs11(value, function) => Self::Call {
                call: format!("C_{function:?}"),
                code: code(value),
                advice: advice(value, function),
                unsure: false,
            },
            error => Self::Failed(error.to_string()),
        }
    }
}

/// The standard's name of a value.
fn code(value: RvError) -> String {
    if let RvError::VendorDefined(number) | RvError::UnknownErrorCode(number) = value {
        return format!("{number:#010x}, a code of the token's vendor");
    }
    let mut code = "CKR".to_owned();
    for letter in format!("{value:?}").chars() {
        if letter.is_ascii_uppercase() {
            code.push('_');
        }
        code.push(letter.to_ascii_uppercase());
    }
    code
}

/// Advice for the operator.
fn advice(value: RvError, function: Function) -> &'static str {
    match value {
        RvError::DeviceRemoved | RvError::TokenNotPresent | RvError::TokenNotRecognized | RvError::SlotIdInvalid => {
            "the token is not there; put it back, and the next call reconnects"
        }
        RvError::SessionHandleInvalid
        | RvError::SessionClosed
        | RvError::UserNotLoggedIn
        | RvError::CryptokiNotInitialized => {
            "the token has ended the session or its login; the next call opens a new one"
        }
        RvError::DeviceError | RvError::GeneralError | RvError::FunctionFailed
            if matches!(function, Function::Initialize) =>
        {
            "the module does not start; look at its configuration and its log"
        }
        RvError::DeviceError | RvError::GeneralError | RvError::FunctionFailed => {
            "check that the token is there, and look at the log of its software; if it was away, the next call reconnects"
        }
        RvError::DeviceMemory => "the token is full; remove objects from it",
        RvError::HostMemory => "this computer is out of memory",
        RvError::SessionCount => "too many sessions are open at the token, including those of other processes",
        RvError::TokenWriteProtected | RvError::SessionReadOnly => "the token takes no changes",
        RvError::RandomNoRng => "the token has no random numbers",
        _ => "see the documentation of the token's software",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_call_is_told_by_the_names_of_the_standard() {
        for (value, function, text) in [
            (
                RvError::DeviceRemoved,
                Function::Sign,
                "C_Sign answers CKR_DEVICE_REMOVED: the token is not there; put it",
            ),
            (RvError::RandomNoRng, Function::GenerateKey, "C_GenerateKey answers CKR_RANDOM_NO_RNG: the token has no"),
            (
                RvError::SessionReadWriteSoExists,
                Function::Login,
                "C_Login answers CKR_SESSION_READ_WRITE_SO_EXISTS: see",
            ),
            (
                RvError::VendorDefined(0x8000_0007),
                Function::Sign,
                "C_Sign answers 0x80000007, a code of the token's vendor",
            ),
        ] {
            let failure = Failure::Token(TokenError::Pkcs11(value, function));
            let told = Error::from(failure).at("pkcs11:token=a").to_string();
            assert!(told.starts_with(&format!("pkcs11:token=a: {text}")), "{told}");
            let unsure = Failure::Token(TokenError::Pkcs11(value, function)).unsure();
            assert!(Error::from(unsure).to_string().ends_with("; the change may have been made nevertheless"));
        }
    }

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
