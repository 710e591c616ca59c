//! The key store that the operator names.

mod audit;
mod secret;

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use clap::{Args, builder::TypedValueParser, error::ErrorKind};
use hostcrypt::{
    HostBuilder, Refusal, RefusalCause,
    store::{KeyStore, StoreAdmin, StoreConfig},
};
use hostcrypt_keystore::{FileStore, Kek};

pub(crate) use self::{
    audit::{AuditArgs, Log, Pending, RefusalLogArgs},
    secret::has_pin,
};

/// A key store, and the secret that opens it.
#[derive(Args)]
pub(crate) struct StoreArgs {
    /// The store of managed keys: a file, or the PKCS #11 URI of a token
    #[arg(long, value_name = "FILE|pkcs11:URI", value_parser = LocationParser)]
    pub(crate) key_store: StoreLocation,

    #[command(flatten)]
    pub(crate) kek: KekArgs,
}

/// A key store for a command that can run without one.
#[derive(Args)]
pub(crate) struct OptionalStoreArgs {
    /// The store of managed keys: a file, created if it does not exist, or the PKCS #11 URI of a token
    ///
    /// Without it, calls about managed keys answer `unsupported_feature`.
    #[arg(long, value_name = "FILE|pkcs11:URI", value_parser = LocationParser)]
    key_store: Option<StoreLocation>,

    #[command(flatten)]
    kek: KekArgs,

    /// The namespace whose keys the guest uses: any name; guests of one namespace share its keys
    #[arg(long, value_name = "NAME", requires = "key_store", default_value = hostcrypt::Host::DEFAULT_NAMESPACE)]
    pub(crate) namespace: String,
}

/// The secret that opens a store's file.
#[derive(Args)]
pub(crate) struct KekArgs {
    /// A file of 32 random bytes, the key-encryption key, as `head -c 32 /dev/urandom` makes it; without this or
    /// --passphrase-file, asks for a passphrase
    #[arg(long, value_name = "FILE", requires = "key_store")]
    kek_file: Option<PathBuf>,

    /// A file whose first line is the passphrase
    #[arg(long, value_name = "FILE", requires = "key_store", conflicts_with = "kek_file")]
    passphrase_file: Option<PathBuf>,
}

/// The location of a key store.
#[derive(Clone, Debug)]
pub(crate) enum StoreLocation {
    File(PathBuf),
    #[cfg(feature = "pkcs11")]
    Token(hostcrypt_pkcs11::Uri),
}

/// Parses a location. Unlike clap's own parsers, it never prints a refused value, which could contain a PIN.
#[derive(Clone)]
struct LocationParser;

impl TypedValueParser for LocationParser {
    type Value = StoreLocation;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _: Option<&clap::Arg>,
        value: &OsStr,
    ) -> std::result::Result<StoreLocation, clap::Error> {
        let place = value.to_str().ok_or_else(|| "it is not UTF-8".to_owned()).and_then(StoreLocation::parse);
        place.map_err(|reason| {
            clap::Error::raw(ErrorKind::ValueValidation, format!("--key-store: {reason}\n")).with_cmd(command)
        })
    }
}

impl StoreLocation {
    fn parse(text: &str) -> std::result::Result<Self, String> {
        let uri = text.trim_start();
        let is_uri = uri.split_once(':').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("pkcs11"));
        if !is_uri && !has_pin(text) {
            return Ok(Self::File(text.into()));
        }
        #[cfg(feature = "pkcs11")]
        return uri.parse().map(Self::Token).map_err(|error: hostcrypt_pkcs11::MalformedUri| {
            // It may quote the URI.
            hostcrypt::Printable(&error.to_string()).to_string()
        });
        #[cfg(not(feature = "pkcs11"))]
        return Err("this command was built without PKCS #11: build it with the feature `pkcs11`".to_owned());
    }
}

/// Reports refused calls to the log, and failures of the store to the operator as well.
pub(crate) fn watch(host: HostBuilder, log: Option<Arc<Log>>) -> HostBuilder {
    host.on_refusal(move |refusal| {
        if let Refusal { cause: RefusalCause::Store, detail: Some(reason), .. } = refusal {
            crate::note(reason);
        }
        if let Some(log) = &log {
            log.note_refusal(refusal);
        }
    })
}

impl StoreLocation {
    /// Opens the store. If `create` is set, a file that does not exist is created.
    pub(crate) fn open(&self, kek: &KekArgs, create: bool, config: StoreConfig) -> Result<Arc<dyn StoreAdmin>> {
        match self {
            Self::File(path) => {
                let there = path.try_exists().with_context(|| format!("the key store `{}`", path.display()))?;
                let new = create && !there;
                if !new && !there {
                    bail!(
                        "there is no key store `{}`: `hostcrypt run` and `hostcrypt keys import` create one",
                        path.display()
                    );
                }
                let kek = kek.read(path, new)?;
                let store = if create { FileStore::open_or_create(path, &kek) } else { FileStore::open(path, &kek) };
                Ok(Arc::new(store?.with_config(config)))
            }
            #[cfg(feature = "pkcs11")]
            Self::Token(uri) => {
                let store = secret::token(uri, kek)?.with_config(config);
                Ok(Arc::new(store.on_cleanup_failure(|error| crate::note(&error.to_string()))))
            }
        }
    }
}

impl KekArgs {
    /// Whether one of the files is named.
    #[cfg(feature = "pkcs11")]
    fn is_given(&self) -> bool {
        self.kek_file.is_some() || self.passphrase_file.is_some()
    }

    /// The key-encryption key that opens a file, or seals a new one.
    pub(crate) fn read(&self, store: &Path, new: bool) -> Result<Kek> {
        let what = format!("of the key store `{}`", store.display());
        kek(self.kek_file.as_deref(), self.passphrase_file.as_deref(), &what, new)
    }
}

/// The key-encryption key from a file, from a passphrase in a file, or from a prompt, which asks twice for a new one.
pub(crate) fn kek(file: Option<&Path>, passphrase_file: Option<&Path>, what: &str, new: bool) -> Result<Kek> {
    file.into_iter().chain(passphrase_file).for_each(secret::warn_if_open);
    Ok(match (file, passphrase_file) {
        (Some(file), _) => Kek::from_file(file)?,
        (None, Some(file)) => Kek::from_passphrase_file(file)?,
        (None, None) => Kek::from_passphrase(&secret::passphrase(what, new)?)?,
    })
}

impl OptionalStoreArgs {
    /// Adds the store to a host, if one is named.
    pub(crate) fn set_up(&self, host: HostBuilder, config: StoreConfig) -> Result<HostBuilder> {
        let Some(place) = &self.key_store else { return Ok(host) };
        let store: Arc<dyn KeyStore> = place.open(&self.kek, true, config)?;
        Ok(host.key_store(store))
    }
}
