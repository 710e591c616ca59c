//! `hostcrypt keys import`: an operator imports an existing key.

#[cfg(unix)]
use std::{fs::File, os::fd::AsFd};
use std::{
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Error, Result, ensure};
use clap::{Args, ValueEnum};
use hostcrypt::{
    AlgorithmType, Errno, FunctionId as Function, Guest, Host, Operation,
    asymmetric::{KeyEncoding, KeyPair, PublicKey, SecretKey},
    managed::SecretsManager,
    store::{Action, FIRST_VERSION, Identifier, Kind, Name},
    symmetric::Key,
};
use hostcrypt_keystore::read_whole;
use zeroize::Zeroizing;

use super::{operator, select::say, when::When};
use crate::{
    host::HostArgs,
    store::{AuditArgs, StoreArgs, watch},
    time::now,
};

/// The maximal length of a key's file, in bytes: the host reads no longer PEM text.
const LONGEST: u64 = 1 << 20;

/// Imports an existing key, and prints the identifier by which guests of its namespace open it
///
/// The store's file is created if it does not exist. A token stores an imported key as bytes, in a private data object.
#[derive(Args)]
pub(super) struct Import {
    #[command(flatten)]
    store: StoreArgs,

    #[command(flatten)]
    host: HostArgs,

    /// The name of the key's algorithm, as `hostcrypt algorithms` lists it
    #[arg(long, value_name = "NAME")]
    algorithm: String,

    /// The encoding of the key; by default, the first of these that fits
    #[arg(long, value_enum)]
    encoding: Option<Encoding>,

    /// The namespace whose guests may use the key
    #[arg(long, value_name = "NAME", default_value = Host::DEFAULT_NAMESPACE)]
    namespace: String,

    /// The last second in which the key is valid: `never`, a time such as 2027-01-31T12:00:00Z, or a duration from now,
    /// such as 90d; by default, the policy decides
    #[arg(long, value_name = "WHEN")]
    at: Option<When>,

    #[command(flatten)]
    audit: AuditArgs,

    /// Prints a JSON object
    #[arg(long)]
    json: bool,

    /// The file of the key, or `-` for standard input
    file: PathBuf,
}

/// The encodings of keys that the command reads.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Encoding {
    /// A key pair in PEM, as `openssl genpkey` writes it
    Pem,
    /// A key pair as PKCS #8 in DER
    Der,
    /// The bytes of a symmetric key, of a key pair, or of a secret key alone
    Raw,
}

/// Reads the file of a key.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    // Allocated at its maximal length: a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST as usize + 1));
    if path == Path::new("-") {
        let what = "standard input cannot be read";
        read_input(&mut bytes).context(what)?;
        ensure!(bytes.len() as u64 <= LONGEST, "{what}: it is longer than {LONGEST} bytes");
    } else {
        read_whole(path, LONGEST, &mut bytes).with_context(|| format!("`{}` cannot be read", path.display()))?;
    }
    Ok(bytes)
}

/// Reads standard input without its buffer, where secrets would stay.
#[cfg(unix)]
fn read_input(bytes: &mut Vec<u8>) -> io::Result<()> {
    let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    input.take(LONGEST + 1).read_to_end(bytes).map(drop)
}

#[cfg(not(unix))]
fn read_input(bytes: &mut Vec<u8>) -> io::Result<()> {
    io::stdin().take(LONGEST + 1).read_to_end(bytes).map(drop)
}

/// A key that was read.
enum Read {
    Pair(KeyPair),
    Symmetric(Key),
}

impl Import {
    pub(super) fn execute(&self) -> Result<u8> {
        let mut setup = self.host.set_up()?;
        let log = self.audit.open(&operator())?.map(Arc::new);
        let bytes = read(&self.file)?;
        // Before the store is opened: an invalid key creates no store.
        let key = self.decode(&watch(setup.host.clone(), log.clone()).build().guest(), &bytes)?;
        let started = now();
        if let Some(When(last)) = self.at {
            let lifetime =
                |last: u64| last.checked_sub(started).map(Duration::from_secs).context("--at: that is in the past");
            setup.store.rules.lifetime = last.map(lifetime).transpose()?;
        }
        let store = self.store.key_store.open(&self.store.kek, true, setup.store)?;
        let host = setup.host.key_store(store);
        // The expiry is exactly the chosen second, even if the passphrase took time.
        let host = if self.at.is_some() { host.clock(move || started) } else { host };
        let host = if let Some(log) = &log { log.attach(host) } else { host };
        let guest = watch(host, log.clone()).build().in_namespace(&self.namespace).guest();
        let (kind, identifier) = Self::store(&guest, &key).map_err(|errno| Error::msg(self.not_stored(errno)))?;
        let name = Name { namespace: &self.namespace, kind, identifier };
        // The key is stored. The operator was told of a line that is lost.
        let code = u8::from(log.is_some_and(|log| log.has_lost()));
        say(&name, &[FIRST_VERSION], Action::Stored, self.json).map(|said| said.max(code))
    }

    fn store(guest: &Guest, key: &Read) -> Result<(Kind, Identifier), Errno> {
        let manager = guest.call(Function::secrets_manager_open, SecretsManager::open)?;
        Ok(match key {
            Read::Pair(pair) => {
                let store = |op: Operation<'_>| pair.store_managed(op, &manager);
                (Kind::KeyPair, guest.call(Function::keypair_store_managed, store)?)
            }
            Read::Symmetric(key) => {
                let store = |op: Operation<'_>| key.store_managed(op, &manager);
                (Kind::SymmetricKey, guest.call(Function::symmetric_key_store_managed, store)?)
            }
        })
    }

    fn decode(&self, guest: &Guest, bytes: &[u8]) -> Result<Read> {
        let of = |kind| {
            guest
                .host()
                .algorithms()
                .any(|info| info.algorithm_type == kind && info.name.eq_ignore_ascii_case(&self.algorithm))
        };
        let read = if of(AlgorithmType::Symmetric) {
            self.symmetric(guest, bytes).map(Read::Symmetric)
        } else if of(AlgorithmType::Signatures) {
            self.pair(guest, AlgorithmType::Signatures, bytes).map(Read::Pair)
        } else {
            self.pair(guest, AlgorithmType::KeyExchange, bytes).map(Read::Pair)
        };
        read.map_err(|errno| Error::msg(self.refused(errno)))
    }

    fn symmetric(&self, guest: &Guest, bytes: &[u8]) -> Result<Key, Errno> {
        // PEM text would be accepted as raw bytes, but nobody means that.
        let is_raw = self.encoding == Some(Encoding::Raw) || self.encoding.is_none() && !is_pem(bytes);
        guest.call(Function::symmetric_key_import, |op| {
            let algorithm = op.symmetric(&self.algorithm)?;
            if is_raw { Key::import(op, algorithm, bytes) } else { Err(Errno::UnsupportedEncoding) }
        })
    }

    fn pair(&self, guest: &Guest, kind: AlgorithmType, bytes: &[u8]) -> Result<KeyPair, Errno> {
        let import = |encoding| {
            guest.call(Function::keypair_import, |op| {
                KeyPair::import(op, op.key_pair(kind, &self.algorithm)?, bytes, encoding)
            })
        };
        let read = |encoding| match encoding {
            Encoding::Pem => import(KeyEncoding::Pem),
            Encoding::Der => import(KeyEncoding::Pkcs8),
            Encoding::Raw => import(KeyEncoding::Raw).or_else(|errno| match errno {
                Errno::InvalidKey => self.secret(guest, kind, bytes),
                errno => Err(errno),
            }),
        };
        match self.encoding {
            Some(encoding) => read(encoding),
            // PEM text is never valid in one of the other encodings.
            None if is_pem(bytes) => read(Encoding::Pem),
            None => read(Encoding::Der).or_else(|errno| match errno {
                Errno::InvalidKey => read(Encoding::Raw).map_err(|_| errno),
                errno => Err(errno),
            }),
        }
    }

    /// A pair from the raw bytes of its secret half.
    fn secret(&self, guest: &Guest, kind: AlgorithmType, bytes: &[u8]) -> Result<KeyPair, Errno> {
        let secret = guest.call(Function::secretkey_import, |op| {
            SecretKey::import(op, op.key_pair(kind, &self.algorithm)?, bytes, KeyEncoding::Raw)
        })?;
        let public = guest.call(Function::publickey_from_secretkey, |op| PublicKey::from_secret_key(op, &secret))?;
        guest.call(Function::keypair_from_pk_and_sk, |op| KeyPair::from_halves(op, &public, &secret))
    }

    /// The text of a store's errno, for an operator.
    fn not_stored(&self, errno: Errno) -> String {
        match errno {
            Errno::ProhibitedOperation => "the policy or the store forbids to import keys".to_owned(),
            Errno::Overflow => format!("the namespace `{}` is at its quota", self.namespace),
            Errno::InternalError => {
                "the key may not have been stored: `hostcrypt keys list` shows whether it was".to_owned()
            }
            errno => errno.to_string(),
        }
    }

    /// The text of an errno, for an operator.
    fn refused(&self, errno: Errno) -> String {
        let (file, algorithm) = (self.file.display(), &self.algorithm);
        match errno {
            Errno::InvalidKey => format!("`{file}` is not a key of {algorithm}, or has another encoding"),
            Errno::UnsupportedEncoding => format!(
                "`{file}` has an encoding that {algorithm} does not support, or is encrypted: `openssl pkey` decrypts it"
            ),
            Errno::UnsupportedAlgorithm => {
                format!("this backend does not support {algorithm}: `hostcrypt algorithms` lists its algorithms")
            }
            Errno::KeyNotSupported => format!("{algorithm} has no keys"),
            Errno::ProhibitedOperation => format!("the policy forbids to import this key of {algorithm}"),
            Errno::Overflow => "the key is too long".to_owned(),
            errno => errno.to_string(),
        }
    }
}

/// Whether a file contains a PEM block.
fn is_pem(bytes: &[u8]) -> bool {
    const BEGIN: &[u8] = b"-----BEGIN";
    bytes.windows(BEGIN.len()).any(|window| window == BEGIN)
}
