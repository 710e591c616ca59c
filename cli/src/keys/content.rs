//! The keys and secrets of a store for its operator, under the rules that apply to guests.

use std::{fmt, sync::Arc};

use hostcrypt::{
    Errno, FunctionId as Function, Guest, HostBuilder, Operation, SecretBytes,
    asymmetric::{KeyEncoding, KeyPair},
    managed::SecretsManager,
    store::{Entry, Kind, Versions},
    symmetric::Key,
};

use crate::store::{Log, watch};

/// Why a key or a secret was not read.
#[derive(Debug)]
pub(super) enum NotRead {
    /// It is of a kind that nobody exports.
    Kind(Kind),
    Refused(Errno),
}

impl NotRead {
    pub(super) const fn errno(&self) -> Errno {
        match self {
            Self::Kind(_) => Errno::ProhibitedOperation,
            Self::Refused(errno) => *errno,
        }
    }
}

impl From<Errno> for NotRead {
    fn from(errno: Errno) -> Self {
        Self::Refused(errno)
    }
}

impl std::error::Error for NotRead {}

/// For an operator.
impl fmt::Display for NotRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kind(Kind::Seal) => "the key that seals external secrets cannot be exported",
            Self::Kind(kind) => return write!(f, "a version of the kind {kind} cannot be exported"),
            Self::Refused(Errno::ProhibitedOperation) => "the key cannot leave its store, or the policy forbids it",
            Self::Refused(Errno::Expired) => "it has expired: `hostcrypt keys expire` sets another time",
            Self::Refused(Errno::UnsupportedAlgorithm) => "this backend does not support its algorithm",
            Self::Refused(Errno::InternalError) => "the key store failed",
            Self::Refused(errno) => return errno.fmt(f),
        })
    }
}

/// A guest of a namespace, through which the operator reads keys and secrets, and the log of its refused calls.
pub(super) struct Content {
    guest: Guest,
    log: Option<Arc<Log>>,
}

impl Content {
    pub(super) fn of(host: HostBuilder, namespace: &str, log: Option<Arc<Log>>) -> Self {
        Self { guest: watch(host, log.clone()).build().in_namespace(namespace).guest(), log }
    }

    /// Logs the final counts of refused calls. Returns the exit code: 1 if a line of the log is lost.
    pub(super) fn finish(&self) -> u8 {
        let Some(log) = &self.log else { return 0 };
        log.finish(self.guest.host().namespace());
        log.has_lost().into()
    }

    /// The public key of a key pair, in PEM; or raw in hexadecimal digits, if its algorithm has no PEM.
    pub(super) fn public_key(&self, entry: &Entry) -> Result<String, NotRead> {
        let pair = self.pair(entry)?;
        let key = self.guest.call(Function::keypair_publickey, |op| Ok(pair.public_key(op)))?;
        let export = |encoding| self.guest.call(Function::publickey_export, |op| key.export(op, encoding));
        match export(KeyEncoding::Pem) {
            Ok(pem) => Ok(String::from_utf8_lossy(&pem).into_owned()),
            Err(Errno::UnsupportedEncoding) => Ok(base16ct::lower::encode_string(&export(KeyEncoding::Raw)?) + "\n"),
            Err(errno) => Err(errno.into()),
        }
    }

    /// A key or a secret as it is exported: a key pair in PEM, if its algorithm has that; otherwise raw bytes.
    pub(super) fn export(&self, entry: &Entry) -> Result<SecretBytes, NotRead> {
        let (identifier, version) = (&entry.identifier.0, Versions::One(entry.version));
        Ok(match entry.kind {
            Kind::KeyPair => {
                let pair = self.pair(entry)?;
                let export = |encoding| self.guest.call(Function::keypair_export, |op| pair.export(op, encoding));
                match export(KeyEncoding::Pem) {
                    Err(Errno::UnsupportedEncoding) => export(KeyEncoding::Raw)?,
                    exported => exported?,
                }
            }
            Kind::SymmetricKey => {
                let manager = self.manager()?;
                let open = |op: Operation<'_>| Key::from_id(op, &manager, identifier, version);
                let key = self.guest.call(Function::symmetric_key_from_id, open)?;
                self.guest.call(Function::symmetric_key_export, |op| key.export(op))?
            }
            Kind::Secret => {
                let manager = self.manager()?;
                self.guest.call(Function::external_secret_from_id, |op| manager.secret(op, identifier, version))?
            }
            kind => return Err(NotRead::Kind(kind)),
        })
    }

    fn manager(&self) -> Result<SecretsManager, Errno> {
        self.guest.call(Function::secrets_manager_open, SecretsManager::open)
    }

    fn pair(&self, entry: &Entry) -> Result<KeyPair, Errno> {
        let (manager, version) = (self.manager()?, Versions::One(entry.version));
        self.guest.call(Function::keypair_from_id, |op| KeyPair::from_id(op, &manager, &entry.identifier.0, version))
    }
}
