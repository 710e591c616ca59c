//! `hostcrypt keys import`: an operator provisions a key that exists.

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::{Args, ValueEnum};
use hostcrypt::{
    AlgorithmType, Errno, FunctionId as Function, Guest, Host,
    asymmetric::{KeyEncoding, KeyPair, KeyPairAlgorithm, PublicKey, SecretKey},
    managed::SecretsManager,
    store::{Action, FIRST_VERSION, Identifier, Kind, Name},
    symmetric::Key,
};
use hostcrypt_keystore::read_whole;
use zeroize::Zeroizing;

use super::{operator, select::say, when::When};
use crate::{
    Outcome,
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
fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut bytes = Zeroizing::new(Vec::new());
    if path == Path::new("-") {
        let read = std::io::stdin().take(LONGEST + 1).read_to_end(&mut bytes);
        read.map_err(|error| format!("the key cannot be read: {error}"))?;
        if bytes.len() as u64 > LONGEST {
            return Err(format!("the key cannot be read: it is longer than {LONGEST} bytes"));
        }
    } else {
        read_whole(path, LONGEST, &mut bytes)
            .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
    }
    Ok(bytes)
}

impl Import {
    pub(super) fn execute(&self) -> Outcome {
        let mut setup = self.host.set_up()?;
        let log = self.audit.open(&operator())?.map(Arc::new);
        let bytes = read(&self.file)?;
        let now = now();
        if let Some(When(last)) = self.at {
            let lifetime = |last: u64| last.checked_sub(now).map(Duration::from_secs).ok_or("--at: that is over");
            setup.store.rules.lifetime = last.map(lifetime).transpose()?;
        }
        let store = self.store.key_store.open(&self.store.kek, true, setup.store)?;
        let host = setup.host.key_store(store).clock(move || now);
        let host = if let Some(log) = &log { log.attach(host) } else { host };
        let guest = watch(host, log).build().in_namespace(&self.namespace).guest();
        let (kind, identifier) = self.import(&guest, &bytes)?;
        let name = Name { namespace: &self.namespace, kind, identifier };
        say(&name, &[FIRST_VERSION], Action::Stored, self.json)
    }

    fn import(&self, guest: &Guest, bytes: &[u8]) -> Result<(Kind, Identifier), String> {
        let open = guest.enter(Function::secrets_manager_open).map_err(|errno| self.refused(errno))?;
        let manager = SecretsManager::open(open).map_err(|errno| self.refused(errno))?;
        match self.pair(guest, bytes) {
            Err(Errno::UnsupportedAlgorithm) => {}
            pair => {
                let pair = pair.map_err(|errno| self.refused(errno))?;
                let store = guest.enter(Function::keypair_store_managed);
                let stored = store.and_then(|store| pair.store_managed(store, &manager));
                return stored.map(|identifier| (Kind::KeyPair, identifier)).map_err(|errno| self.refused(errno));
            }
        }
        let key = self.symmetric(guest, bytes).map_err(|errno| self.refused(errno))?;
        let store = guest.enter(Function::symmetric_key_store_managed);
        let stored = store.and_then(|store| key.store_managed(store, &manager));
        stored.map(|identifier| (Kind::SymmetricKey, identifier)).map_err(|errno| self.refused(errno))
    }

    fn symmetric(&self, guest: &Guest, bytes: &[u8]) -> Result<Key, Errno> {
        let import = guest.enter(Function::symmetric_key_import)?;
        let algorithm = import.symmetric(&self.algorithm)?;
        match self.encoding {
            None | Some(Encoding::Raw) => Key::import(import, algorithm, bytes),
            Some(Encoding::Pem | Encoding::Der) => Err(Errno::UnsupportedEncoding),
        }
    }

    fn pair(&self, guest: &Guest, bytes: &[u8]) -> Result<KeyPair, Errno> {
        let import = guest.enter(Function::keypair_import)?;
        let of = |kind| import.key_pair(kind, &self.algorithm);
        let algorithm = match of(AlgorithmType::Signatures) {
            Err(Errno::UnsupportedAlgorithm) => of(AlgorithmType::KeyExchange)?,
            found => found?,
        };
        let read = |encoding| match encoding {
            Encoding::Pem => KeyPair::import(import, algorithm, bytes, KeyEncoding::Pem),
            Encoding::Der => KeyPair::import(import, algorithm, bytes, KeyEncoding::Pkcs8),
            Encoding::Raw => raw(guest, algorithm, bytes),
        };
        if let Some(encoding) = self.encoding {
            return read(encoding);
        }
        // A text is never one of the others by chance.
        if bytes.windows(10).any(|window| window == b"-----BEGIN") {
            return read(Encoding::Pem);
        }
        read(Encoding::Der).or_else(|errno| match errno {
            Errno::InvalidKey => read(Encoding::Raw),
            errno => Err(errno),
        })
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
            Errno::ProhibitedOperation => "the policy forbids it, or the store takes no keys from elsewhere".to_owned(),
            Errno::Overflow => "the key is too long, or the namespace is at its quota".to_owned(),
            Errno::InternalError => "the key is not stored".to_owned(),
            errno => errno.to_string(),
        }
    }
}

/// A pair from the raw bytes of both halves, or of the secret one.
fn raw(guest: &Guest, algorithm: KeyPairAlgorithm<'_>, bytes: &[u8]) -> Result<KeyPair, Errno> {
    let pair = KeyPair::import(guest.enter(Function::keypair_import)?, algorithm, bytes, KeyEncoding::Raw);
    if !matches!(pair, Err(Errno::InvalidKey)) {
        return pair;
    }
    let secret = SecretKey::import(guest.enter(Function::secretkey_import)?, algorithm, bytes, KeyEncoding::Raw)?;
    let public = PublicKey::from_secret_key(guest.enter(Function::publickey_from_secretkey)?, &secret)?;
    KeyPair::from_halves(guest.enter(Function::keypair_from_pk_and_sk)?, &public, &secret)
}
