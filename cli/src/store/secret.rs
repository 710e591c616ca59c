//! Passphrases and PINs: from a file or a prompt, never from the command line, where others see them.

use std::{io::IsTerminal, path::Path};

use anyhow::{Result, anyhow, bail, ensure};
use hostcrypt::Printable;
use zeroize::Zeroizing;

/// Tells the operator of a file of secrets that others may read.
pub(super) fn warn_if_open(path: &Path) {
    #[cfg(unix)]
    if std::fs::metadata(path)
        .is_ok_and(|file| std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o044 != 0)
    {
        crate::note(&format!("`{}` can be read by others: chmod 600 it", path.display()));
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// Whether a text has a PIN in the URI of a token, or in what may be meant as one.
pub(crate) fn has_pin(text: &str) -> bool {
    #[cfg(feature = "pkcs11")]
    return hostcrypt_pkcs11::Uri::has_pin(text);
    #[cfg(not(feature = "pkcs11"))]
    {
        let text = text.to_ascii_lowercase();
        ["pin=", "pin:", "pin%", "pin-value", "pin_value"].iter().any(|name| text.contains(name))
    }
}

/// Opens a token, with the PIN in the file that its URI names, or one that is asked for.
#[cfg(feature = "pkcs11")]
pub(super) fn token(uri: &hostcrypt_pkcs11::Uri, kek: &super::KekArgs) -> Result<hostcrypt_pkcs11::TokenStore> {
    let hint = "name a file that has it, with pin-source=file:/path in the URI";
    ensure!(!kek.is_given(), "a token is opened by its PIN: {hint}");
    let pin = match uri.pin_source() {
        Some(_) => None,
        None => Some(hostcrypt_pkcs11::Pin::new(ask(&format!("PIN of {uri}: "), hint)?.as_str())),
    };
    Ok(hostcrypt_pkcs11::TokenStore::open(uri, pin)?)
}

/// Asks for a passphrase at the terminal: twice if it is new.
pub(super) fn passphrase(what: &str, new: bool) -> Result<Zeroizing<String>> {
    let hint = "name a file that has it, with --kek-file or --passphrase-file";
    let first = ask(&format!("{} {what}: ", if new { "New passphrase" } else { "Passphrase" }), hint)?;
    if new && ask("The same again: ", hint)? != first {
        bail!("the two passphrases differ");
    }
    Ok(first)
}

fn ask(prompt: &str, hint: &str) -> Result<Zeroizing<String>> {
    // A prompt in the output of a job that nobody watches would wait for ever.
    ensure!(std::io::stderr().is_terminal(), "there is no terminal to ask for it: {hint}");
    let asked = rpassword::prompt_password(Printable(prompt).to_string()).map(Zeroizing::new);
    asked.map_err(|error| anyhow!("cannot ask for it: {error}: {hint}"))
}
