//! Passphrases and PINs: from a file or a prompt, never from the command line, which other users can see.

use std::{io::IsTerminal, path::Path};

use anyhow::{Result, anyhow, bail, ensure};
use hostcrypt::Printable;
use zeroize::Zeroizing;

/// Warns the operator if other users may read a file of secrets.
pub(super) fn warn_if_open(path: &Path) {
    #[cfg(unix)]
    if std::fs::metadata(path)
        .is_ok_and(|file| std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o044 != 0)
    {
        crate::note(&format!("other users can read `{}`: chmod 600 it", path.display()));
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// Whether a text has a PIN in the URI of a token, or in something that may be meant as one.
pub(crate) fn has_pin(text: &str) -> bool {
    #[cfg(feature = "pkcs11")]
    return hostcrypt_pkcs11::Uri::has_pin(text);
    #[cfg(not(feature = "pkcs11"))]
    {
        let text = text.to_ascii_lowercase();
        ["pin=", "pin:", "pin%", "pin-value", "pin_value"].iter().any(|name| text.contains(name))
    }
}

/// Opens a token with the PIN in the file that its URI names, or from a prompt.
#[cfg(feature = "pkcs11")]
pub(super) fn token(uri: &hostcrypt_pkcs11::Uri, kek: &super::KekArgs) -> Result<hostcrypt_pkcs11::TokenStore> {
    let hint = "put it into a file, and name the file with pin-source=file:/path in the URI";
    ensure!(!kek.is_given(), "a token has no key-encryption key; it is opened with its PIN: {hint}");
    let pin = match uri.pin_source() {
        Some(_) => None,
        None => Some(hostcrypt_pkcs11::Pin::new(ask("the PIN", &format!("PIN of {uri}: "), hint)?.as_str())),
    };
    Ok(hostcrypt_pkcs11::TokenStore::open(uri, pin)?)
}

/// Asks for a passphrase at the terminal; for a new one, twice.
pub(super) fn passphrase(what: &str, new: bool) -> Result<Zeroizing<String>> {
    let hint = "name a file with --kek-file or --passphrase-file";
    let first =
        ask("the passphrase", &format!("{} {what}: ", if new { "New passphrase" } else { "Passphrase" }), hint)?;
    if new && ask("the passphrase", "The same again: ", hint)? != first {
        bail!("the two passphrases differ");
    }
    Ok(first)
}

fn ask(what: &str, prompt: &str, hint: &str) -> Result<Zeroizing<String>> {
    // A prompt in the output of an unattended job would wait for ever.
    let is_terminal = std::io::stderr().is_terminal();
    ensure!(is_terminal, "cannot ask for {what}, because standard error is not a terminal: {hint}");
    let asked = rpassword::prompt_password(Printable(prompt).to_string()).map(Zeroizing::new);
    asked.map_err(|error| anyhow!("cannot ask for {what}: {error}: {hint}"))
}
