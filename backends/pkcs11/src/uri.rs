//! PKCS #11 URIs of tokens (RFC 7512).
// Our own parser, over `percent_encoding`: the published ones (`pkcs11-uri`, of 2020) accept PINs in URIs, and their errors
// quote the refused text, which could be a PIN.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::{Error, Pin};

/// The URI of a token (RFC 7512), such as
/// `pkcs11:token=guests?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/secrets/pin`.
///
/// `token`, `manufacturer`, `serial`, `model` and `slot-id` select the token; omitted attributes match any token.
/// `module-path` names the module, `pin-source` a file with the PIN.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Uri {
    pub(crate) token: Option<String>,
    pub(crate) manufacturer: Option<String>,
    pub(crate) serial: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) slot_id: Option<u64>,
    module_path: Option<PathBuf>,
    pin_source: Option<PathBuf>,
}

/// The error of a text that is not the URI of a token. Of the text, it shows only names of RFC 7512, since any other
/// part could be a PIN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedUri {
    /// The URI has another scheme.
    #[error("the URI of a token begins with `pkcs11:`")]
    Scheme,
    /// The attribute of this number, from 1 on, is not a name and a value.
    #[error("attribute {0} of the URI is not of the form name=value")]
    Part(usize),
    /// The attribute of this number, from 1 on, is not one that selects a token.
    #[error(
        "{} is not known: a token is selected by token, manufacturer, serial, model and slot-id; after `?`, there may \
         be module-path and pin-source", shown(*number, *name)
    )]
    Attribute {
        /// The number of the attribute, from 1 on.
        number: usize,
        /// The name of the attribute, if the standard has it.
        name: Option<&'static str>,
    },
    /// An attribute is given twice.
    #[error("`{0}` is in the URI twice")]
    Twice(String),
    /// The value of an attribute is invalid.
    #[error("the value of `{0}` in the URI is {1}")]
    Value(String, &'static str),
    /// The text contains a PIN.
    #[error(
        "a PIN never goes into a URI, which others may see: name a file that holds it with pin-source=file:/path, or \
         leave both out to be asked"
    )]
    PinValue,
}

/// The names of RFC 7512, which are safe to show.
const STANDARD: [&str; 17] = [
    "token",
    "manufacturer",
    "serial",
    "model",
    "slot-id",
    "slot-description",
    "slot-manufacturer",
    "library-manufacturer",
    "library-description",
    "library-version",
    "object",
    "type",
    "id",
    "module-name",
    "module-path",
    "pin-source",
    "pin-value",
];

fn shown(number: usize, name: Option<&str>) -> String {
    name.map_or_else(|| format!("attribute {number} of the URI"), |name| format!("`{name}` in the URI"))
}

/// How often percent-encodings may be encoded again.
const DEPTH: usize = 4;

impl Uri {
    /// Returns whether a text contains something like a PIN in a URI: an attribute `pin-value`, or a similar one, in
    /// any case, encoding and place. Such a text is not accepted as a URI, and must not be shown.
    #[must_use]
    pub fn has_pin(text: &str) -> bool {
        let mut text = Zeroizing::new(text.to_ascii_lowercase());
        for _ in 0..DEPTH {
            let word = |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>();
            let names =
                text.split(|letter: char| ";&?".contains(letter) || letter.is_whitespace()).filter_map(|part| {
                    let part = part.strip_prefix("pkcs11:").unwrap_or(part);
                    part.find(['=', ':']).and_then(|end| part.get(..end)).map(word)
                });
            let mut for_pins = names.filter(|name| name.starts_with("pin") && name != "pinsource");
            // Not in the path of a file `pin/values`, where a name ends at the slash.
            let mut pieces = text.split('/').map(|piece| Zeroizing::new(word(piece)));
            if for_pins.next().is_some() || pieces.any(|piece| piece.contains("pinvalue")) {
                return true;
            }
            let decoded = percent_decode_str(&text).decode_utf8_lossy().to_ascii_lowercase();
            if *text == decoded {
                break;
            }
            text = Zeroizing::new(decoded);
        }
        false
    }

    /// Returns the path of the module, a shared library.
    #[must_use]
    pub fn module_path(&self) -> Option<&Path> {
        self.module_path.as_deref()
    }

    /// Returns the path of the file with the PIN.
    #[must_use]
    pub fn pin_source(&self) -> Option<&Path> {
        self.pin_source.as_deref()
    }

    /// The PIN in the file that the URI names, without line breaks at its end; none, if it names none.
    ///
    /// # Errors
    ///
    /// [`Error::PinFile`] where it cannot be read.
    pub fn pin(&self) -> Result<Option<Pin>, Error> {
        self.pin_source.as_deref().map(Pin::of_file).transpose()
    }

    /// What selects the token, without files.
    pub(crate) fn selection(&self) -> Self {
        Self { module_path: None, pin_source: None, ..self.clone() }
    }

    /// What tells a token from others.
    pub(crate) fn of_token(label: &str, serial: &str) -> Self {
        Self { token: Some(label.to_owned()), serial: Some(serial.to_owned()), ..Self::default() }
    }

    /// Takes an attribute of the path.
    fn select(&mut self, (number, name, value): Attribute) -> Result<(), MalformedUri> {
        match name {
            "token" => once(&mut self.token, name, value),
            "manufacturer" => once(&mut self.manufacturer, name, value),
            "serial" => once(&mut self.serial, name, value),
            "model" => once(&mut self.model, name, value),
            "slot-id" => {
                let number = value.parse().map_err(|_| MalformedUri::Value(name.to_owned(), "not a number"))?;
                once(&mut self.slot_id, name, number)
            }
            name => Err(MalformedUri::Attribute { number, name: Some(name) }),
        }
    }

    /// Takes an attribute of the query.
    fn query(&mut self, (number, name, value): Attribute) -> Result<(), MalformedUri> {
        let path = |value: &str| -> Result<PathBuf, MalformedUri> {
            if Path::new(value).is_absolute() {
                return Ok(value.into());
            }
            Err(MalformedUri::Value(name.to_owned(), "not the absolute path of a file"))
        };
        match name {
            "module-path" => once(&mut self.module_path, name, path(&value)?),
            "pin-source" => {
                let file = value.strip_prefix("file:").unwrap_or(&value);
                let file = file.strip_prefix("//localhost").or_else(|| file.strip_prefix("//")).unwrap_or(file);
                once(&mut self.pin_source, name, path(file)?)
            }
            name => Err(MalformedUri::Attribute { number, name: Some(name) }),
        }
    }
}

fn once<T>(attribute: &mut Option<T>, name: &str, value: T) -> Result<(), MalformedUri> {
    match attribute.replace(value) {
        None => Ok(()),
        Some(_) => Err(MalformedUri::Twice(name.to_owned())),
    }
}

/// An attribute: its number from 1 on, its name and its decoded value.
type Attribute = (usize, &'static str, String);

/// Attributes, whose numbers begin after those `before`.
fn attributes(
    text: &str,
    separator: char,
    before: usize,
) -> impl Iterator<Item = Result<Attribute, MalformedUri>> + use<'_> {
    let parts = text.split(separator).filter(|part| !part.is_empty());
    parts.zip(before + 1..).map(|(part, number)| {
        let (name, value) = part.split_once('=').ok_or(MalformedUri::Part(number))?;
        let name = STANDARD.into_iter().find(|standard| *standard == name);
        let name = name.ok_or(MalformedUri::Attribute { number, name: None })?;
        let value = percent_decode_str(value).decode_utf8();
        let value = value.map_err(|_| MalformedUri::Value(name.to_owned(), "not UTF-8"))?;
        Ok((number, name, value.into_owned()))
    })
}

impl FromStr for Uri {
    type Err = MalformedUri;

    fn from_str(text: &str) -> Result<Self, MalformedUri> {
        if Self::has_pin(text) {
            return Err(MalformedUri::PinValue);
        }
        let rest = text.split_once(':').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("pkcs11"));
        let (_, rest) = rest.ok_or(MalformedUri::Scheme)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut uri = Self::default();
        let mut count = 0;
        for attribute in attributes(path, ';', 0) {
            uri.select(attribute?)?;
            count += 1;
        }
        attributes(query, '&', count).try_for_each(|attribute| uri.query(attribute?))?;
        Ok(uri)
    }
}

/// What stands for itself neither in the path nor in the query.
const ENCODED: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'&').add(b';').add(b'<').add(b'>').add(b'?').add(b'=');

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { token, manufacturer, serial, model, slot_id, module_path, pin_source } = self;
        let slot_id = slot_id.map(|number| number.to_string());
        let path = [
            ("token", token),
            ("manufacturer", manufacturer),
            ("serial", serial),
            ("model", model),
            ("slot-id", &slot_id),
        ];
        let file = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let query = [("module-path", &file(module_path)), ("pin-source", &file(pin_source))];
        let joined = |attributes: &[(&str, &Option<String>)], separator: &str| {
            let given = attributes.iter().filter_map(|(name, value)| {
                let value = utf8_percent_encode(value.as_deref()?, ENCODED);
                Some(format!("{name}={value}"))
            });
            given.collect::<Vec<_>>().join(separator)
        };
        write!(f, "pkcs11:{}", joined(&path, ";"))?;
        match joined(&query, "&") {
            query if query.is_empty() => Ok(()),
            query => write!(f, "?{query}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> MalformedUri {
        text.parse::<Uri>().unwrap_err()
    }

    #[test]
    fn a_uri_selects_a_token_and_names_files() {
        let text = "pkcs11:token=My%20token%3b1;serial=0a?module-path=/lib/p11.so&pin-source=file:/run/pin";
        let uri: Uri = text.parse().unwrap();
        assert_eq!(uri.token.as_deref(), Some("My token;1"));
        assert_eq!(uri.serial.as_deref(), Some("0a"));
        assert_eq!(uri.module_path(), Some(Path::new("/lib/p11.so")));
        assert_eq!(uri.pin_source(), Some(Path::new("/run/pin")));
        assert_eq!(uri.to_string().parse(), Ok(uri));
        for source in ["file:///run/pin", "file://localhost/run/pin", "/run/pin"] {
            let uri: Uri = format!("PKCS11:slot-id=7?pin-source={source}").parse().unwrap();
            assert_eq!((uri.slot_id, uri.pin_source()), (Some(7), Some(Path::new("/run/pin"))));
        }
        assert_eq!("pkcs11:".parse(), Ok(Uri::default()));
    }

    #[test]
    fn what_is_malformed_is_named() {
        let attribute = |number, name| MalformedUri::Attribute { number, name };
        assert_eq!(refusal("https://token"), MalformedUri::Scheme);
        assert_eq!(refusal("pkcs11:object=key"), attribute(1, Some("object")));
        assert_eq!(refusal("pkcs11:token=a?module-name=b"), attribute(2, Some("module-name")));
        assert_eq!(refusal("pkcs11:token=a?;x&735=b"), MalformedUri::Part(2));
        assert_eq!(refusal("pkcs11:token=a;735=b"), attribute(2, None));
        assert_eq!(refusal("pkcs11:token=a;serial=7?735=%ff"), attribute(3, None));
        assert_eq!(refusal("pkcs11:token=a;token=b"), MalformedUri::Twice("token".to_owned()));
        assert!(matches!(refusal("pkcs11:slot-id=x"), MalformedUri::Value(name, _) if name == "slot-id"));
        assert!(matches!(refusal("pkcs11:token=%ff"), MalformedUri::Value(name, _) if name == "token"));
        for source in ["|command", "file:pin", "https://pins", ""] {
            let text = format!("pkcs11:?pin-source={source}");
            assert!(matches!(refusal(&text), MalformedUri::Value(name, _) if name == "pin-source"), "{source}");
        }
    }

    #[test]
    fn a_pin_in_a_uri_is_refused_and_not_shown() {
        for text in [
            "pkcs11:token=a?pin-value=735",
            "pkcs11:pin-value=735",
            "pkcs11:token=a?PIN-Value=735",
            "pkcs11:token=a?pin%2Dvalue=735",
            "pkcs11:token=a?%70in%2dvalue=%37%33%35",
            "pkcs11:token=a?%2570in-value=735",
            "pkcs11:token=a?pin-value=735&pin-value=735",
            "pkcs11:token=a?pin-value=735&module-path=x&unknown",
            "pkcs11:token=a&pin-value=735",
            "pkcs11:token=a pin-value=735",
            "pkcs11:token=a?module-path=/lib?pin-value=735",
            "pkcs11:token=a?module-path=/lib;pin-value=735",
            "pkcs11:token=a%3fpin-value%3d735",
            "pkcs11:pin=735",
            "pkcs11:token=a&pin=735",
            "pkcs11:token=a?pin_value=735",
            "pkcs11:token=a;pin:735",
            "pkcs12:token=a?pin-value=735",
            "pkcs11:token=a?pin/value=735",
            "token=a;pin=735",
            "pin-value=735",
        ] {
            assert_eq!(refusal(text), MalformedUri::PinValue, "{text}");
        }
        for text in [
            "pkcs11:?735",
            "pkcs11:735=735",
            "pkcs11:token=a;735=b",
            "pkcs11:token=a?735=%ff",
            "pkcs11:token=a?pin-source=735",
            "pkcs11:token=a?pin-source=data:735",
            "pkcs11:slot-id=735-x",
            "735:token=a",
            "735",
        ] {
            let refusal = refusal(text);
            assert!(!format!("{refusal} {refusal:?}").contains("735"), "{text}");
        }
        for path in ["/srv/pinboard/keys", "/srv/pin/values", "pin.keys", "C:\\pin\\keys"] {
            assert!(!Uri::has_pin(path), "{path}");
        }
    }
}
