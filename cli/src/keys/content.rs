//! The keys and secrets of a store for its operator, under the rules that apply to guests.

use anyhow::{Error, Result, anyhow, bail};
use hostcrypt::{
    Errno, FunctionId as Function, Guest, HostBuilder, Operation, SecretBytes,
    asymmetric::{KeyEncoding, KeyPair},
    managed::SecretsManager,
    store::{Entry, Kind, Versions},
    symmetric::Key,
};

/// The text of an errno, for an operator.
fn why(errno: Errno) -> Error {
    match errno {
        Errno::ProhibitedOperation => anyhow!("the key cannot leave its store, or the policy forbids it"),
        Errno::Expired => anyhow!("it has expired: `hostcrypt keys expire` sets another time"),
        Errno::UnsupportedAlgorithm => anyhow!("this backend does not support its algorithm"),
        Errno::InternalError => anyhow!("the key store failed"),
        errno => errno.into(),
    }
}

/// A guest of a namespace, through which the operator reads keys and secrets.
pub(super) struct Content(Guest);

impl Content {
    pub(super) fn of(host: HostBuilder, namespace: &str) -> Self {
        Self(crate::store::watch(host, None).build().in_namespace(namespace).guest())
    }

    /// The public key of a key pair, in PEM; or raw in hexadecimal digits, if its algorithm has no PEM.
    pub(super) fn public_key(&self, entry: &Entry) -> Result<String> {
        self.try_public_key(entry).map_err(why)
    }

    fn try_public_key(&self, entry: &Entry) -> Result<String, Errno> {
        let pair = self.pair(entry)?;
        let key = self.0.call(Function::keypair_publickey, |op| Ok(pair.public_key(op)))?;
        let export = |encoding| self.0.call(Function::publickey_export, |op| key.export(op, encoding));
        if let Ok(pem) = export(KeyEncoding::Pem) {
            return Ok(String::from_utf8_lossy(&pem).into_owned());
        }
        let raw = export(KeyEncoding::Raw)?;
        Ok(base16ct::lower::encode_string(&raw) + "\n")
    }

    /// A key or a secret as it is exported: a key pair in PEM, if its algorithm has that; otherwise raw bytes.
    pub(super) fn export(&self, entry: &Entry) -> Result<SecretBytes> {
        if entry.kind == Kind::Seal {
            bail!("the key that seals external secrets cannot be exported");
        }
        self.try_export(entry).map_err(why)
    }

    fn try_export(&self, entry: &Entry) -> Result<SecretBytes, Errno> {
        let (identifier, version) = (&entry.identifier.0, Versions::One(entry.version));
        match entry.kind {
            Kind::KeyPair => {
                let pair = self.pair(entry)?;
                let export = |encoding| self.0.call(Function::keypair_export, |op| pair.export(op, encoding));
                export(KeyEncoding::Pem).or_else(|_| export(KeyEncoding::Raw))
            }
            Kind::SymmetricKey => {
                let manager = self.manager()?;
                let open = |op: Operation<'_>| Key::from_id(op, &manager, identifier, version);
                let key = self.0.call(Function::symmetric_key_from_id, open)?;
                self.0.call(Function::symmetric_key_export, |op| key.export(op))
            }
            Kind::Secret | Kind::Seal => {
                let manager = self.manager()?;
                self.0.call(Function::external_secret_from_id, |op| manager.secret(op, identifier, version))
            }
        }
    }

    fn manager(&self) -> Result<SecretsManager, Errno> {
        self.0.call(Function::secrets_manager_open, SecretsManager::open)
    }

    fn pair(&self, entry: &Entry) -> Result<KeyPair, Errno> {
        let (manager, version) = (self.manager()?, Versions::One(entry.version));
        self.0.call(Function::keypair_from_id, |op| KeyPair::from_id(op, &manager, &entry.identifier.0, version))
    }
}
