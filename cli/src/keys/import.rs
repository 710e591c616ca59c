//! `hostcrypt keys import`: an operator provisions a key that exists.

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

/// The length of the longest file of a key, in bytes: PEM with as much text around it as the host reads.
const LONGEST: u64 = 1 << 20;

/// Puts a key that exists into the store, where guests of its namespace open it by the identifier that is printed
///
/// A file that is not there is made. A token takes no keys from elsewhere: they are made in it.
#[derive(Args)]
pub(super) struct Import {
    #[command(flatten)]
    store: StoreArgs,

    #[command(flatten)]
    host: HostArgs,

    /// The interface's name of the algorithm that the key is for, as `hostcrypt algorithms` lists them
    #[arg(long, value_name = "NAME")]
    algorithm: String,

    /// How the key is encoded; without it, the first of these that can be read
    #[arg(long, value_enum)]
    encoding: Option<Encoding>,

    /// The namespace whose guests reach the key
    #[arg(long, value_name = "NAME", default_value = Host::DEFAULT_NAMESPACE)]
    namespace: String,

    /// The last second in which the key is of use: `never`, a time such as 2027-01-31T12:00:00Z, or how long from now,
    /// such as 90d; without it, as the policy says
    #[arg(long, value_name = "WHEN")]
    at: Option<When>,

    #[command(flatten)]
    audit: AuditArgs,

    /// Prints a JSON object
    #[arg(long)]
    json: bool,

    /// The file of the key, or `-` for the standard input
    file: PathBuf,
}

/// The encodings of keys that operators have.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Encoding {
    /// A key pair in PEM, as `openssl genpkey` writes it
    Pem,
    /// A key pair as PKCS #8 in DER
    Der,
    /// The bytes of a symmetric key, or of a secret key alone
    Raw,
}

/// Reads a file of a key.
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    // At once as long as it may become: what grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST as usize + 1));
    if path == Path::new("-") {
        let what = "the standard input cannot be read";
        read_input(&mut bytes).context(what)?;
        ensure!(bytes.len() as u64 <= LONGEST, "{what}: it is longer than {LONGEST} bytes");
    } else {
        read_whole(path, LONGEST, &mut bytes).with_context(|| format!("`{}` cannot be read", path.display()))?;
    }
    Ok(bytes)
}

/// Reads the standard input past its buffer, where secrets would stay.
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
        // Before there is a store: a key that is none leaves no new one behind.
        let key = self.decode(&setup.host.clone().build().guest(), &bytes)?;
        let started = now();
        if let Some(When(last)) = self.at {
            let lifetime = |last: u64| last.checked_sub(started).map(Duration::from_secs).context("--at: that is over");
            setup.store.rules.lifetime = last.map(lifetime).transpose()?;
        }
        let store = self.store.key_store.open(&self.store.kek, true, setup.store)?;
        let host = setup.host.key_store(store);
        // An expiry that was chosen is that very second, however long a passphrase took.
        let host = if self.at.is_some() { host.clock(move || started) } else { host };
        let host = if let Some(log) = &log { log.attach(host) } else { host };
        let guest = watch(host, log).build().in_namespace(&self.namespace).guest();
        let (kind, identifier) = Self::store(&guest, &key).map_err(|errno| Error::msg(self.not_stored(errno)))?;
        let name = Name { namespace: &self.namespace, kind, identifier };
        say(&name, &[FIRST_VERSION], Action::Stored, self.json)
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
        // The text of a key pair is bytes too, but no key that anyone means.
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
            // A text is never one of the others by chance.
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

    /// The words for the errno of a store, to an operator.
    fn not_stored(&self, errno: Errno) -> String {
        match errno {
            Errno::ProhibitedOperation => "the policy, or the store, takes no keys from elsewhere".to_owned(),
            Errno::Overflow => format!("the namespace `{}` is at its quota", self.namespace),
            Errno::InternalError => {
                "the store failed: `hostcrypt keys list` shows whether the key is there all the same".to_owned()
            }
            errno => errno.to_string(),
        }
    }

    /// The words for an errno, to an operator.
    fn refused(&self, errno: Errno) -> String {
        let (file, algorithm) = (self.file.display(), &self.algorithm);
        match errno {
            Errno::InvalidKey => format!("`{file}` is no key of {algorithm}, or is in another encoding"),
            Errno::UnsupportedEncoding => format!(
                "`{file}` is in an encoding that {algorithm} does not have, or is encrypted: `openssl pkey` decrypts it"
            ),
            Errno::UnsupportedAlgorithm => {
                format!("this backend does not have {algorithm}: `hostcrypt algorithms` lists what it has")
            }
            Errno::KeyNotSupported => format!("{algorithm} has no keys"),
            Errno::ProhibitedOperation => format!("the policy forbids to import such a key of {algorithm}"),
            Errno::Overflow => "the key is too long".to_owned(),
            errno => errno.to_string(),
        }
    }
}

/// Whether a file is a text with a block of PEM.
fn is_pem(bytes: &[u8]) -> bool {
    const BEGIN: &[u8] = b"-----BEGIN";
    bytes.windows(BEGIN.len()).any(|window| window == BEGIN)
}
