//! PINs.

use std::{fmt, fs, path::Path};

use cryptoki::types::AuthPin;
use zeroize::Zeroize;

use crate::Error;

/// What opens a token: the PIN of its user. It is never shown, and wiped when dropped.
#[derive(Clone)]
pub struct Pin(pub(crate) AuthPin);

impl Pin {
    /// The PIN of a text.
    #[must_use]
    pub fn new(pin: impl Into<String>) -> Self {
        Self(AuthPin::new(pin.into().into_boxed_str()))
    }

    /// The PIN in a file, without line breaks at its end.
    ///
    /// # Errors
    ///
    /// [`Error::PinFile`] where it cannot be read.
    pub fn of_file(path: &Path) -> Result<Self, Error> {
        let read = fs::read_to_string(path);
        let mut text = read.map_err(|source| Error::PinFile { path: path.to_owned(), source })?;
        let pin = Self::new(text.trim_end_matches(['\r', '\n']));
        text.zeroize();
        Ok(pin)
    }
}

impl From<String> for Pin {
    fn from(pin: String) -> Self {
        Self::new(pin)
    }
}

/// Never shows it.
impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}
