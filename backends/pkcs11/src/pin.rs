//! PINs.

use std::{fmt, fs, io, path::Path};

use cryptoki::types::AuthPin;
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::Error;

/// What opens a token: the PIN of its user. It is never shown, and wiped when dropped.
#[derive(Clone)]
pub struct Pin(pub(crate) AuthPin);

impl Pin {
    /// The PIN of a text.
    #[must_use]
    pub fn new(pin: impl Into<String>) -> Self {
        // A text with room to spare would be copied, and left behind, if it became the PIN itself.
        let pin = Zeroizing::new(pin.into());
        Self(AuthPin::new(pin.as_str().into()))
    }

    /// The PIN in a file, without line breaks at its end.
    ///
    /// # Errors
    ///
    /// [`Error::PinFile`] where it cannot be read.
    pub fn of_file(path: &Path) -> Result<Self, Error> {
        let unreadable = |source| Error::PinFile { path: path.to_owned(), source };
        let bytes = Zeroizing::new(fs::read(path).map_err(unreadable)?);
        let text = str::from_utf8(&bytes).map_err(|_| unreadable(io::Error::other("it is not UTF-8")))?;
        Ok(Self::new(text.trim_end_matches(['\r', '\n'])))
    }

    /// Whether another one is the same, in a time that tells nothing but their lengths.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.0.expose_secret().as_bytes().ct_eq(other.0.expose_secret().as_bytes()).into()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_the_same_as_its_own_text_alone() {
        let mut roomy = String::with_capacity(100);
        roomy.push_str("735");
        let pin = Pin::new(roomy);
        assert!(pin.is(&Pin::new("735")) && pin.is(&pin.clone()));
        for other in ["", "73", "7351", "736"] {
            assert!(!pin.is(&Pin::new(other)), "{other}");
        }
    }
}
