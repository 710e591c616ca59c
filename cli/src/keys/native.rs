//! A guest without a runtime: what operators see of keys, they see by the rules that hold for guests.

use std::collections::HashMap;

use hostcrypt::{
    Context, Errno, HostBuilder, Memory, Revision,
    abi::{Function, functions},
    store::{Entry, Kind},
};
use zeroize::Zeroizing;

/// Where outputs of calls go, and an argument.
const OUT: usize = 0;
const ARGUMENT: usize = 64;
/// No options.
const NONE: usize = 16;
/// Where what is pulled goes.
const PULLED: usize = 128;

/// The numbers of encodings in revision 0.10.
const RAW: i64 = 0;
const PEM: i64 = 2;

pub(super) struct Guest {
    context: Context,
    memory: Zeroizing<Vec<u8>>,
    functions: HashMap<&'static str, Function>,
}

/// The word of an errno, to an operator.
fn why(errno: Option<Errno>) -> String {
    match errno {
        Some(Errno::ProhibitedOperation) => "it never leaves its store, or the policy forbids it".to_owned(),
        Some(Errno::Expired) => "it has expired: `hostcrypt keys expire` sets another time".to_owned(),
        Some(Errno::UnsupportedAlgorithm) => "this backend does not have its algorithm".to_owned(),
        Some(Errno::InternalError) => "the key store failed".to_owned(),
        Some(errno) => errno.to_string(),
        None => "it cannot be read".to_owned(),
    }
}

impl Guest {
    pub(super) fn new(host: HostBuilder, namespace: &str) -> Self {
        let revision = Revision::V0_10;
        let context = crate::store::watch(host, None).build().in_namespace(namespace).context(revision);
        let mut memory = Zeroizing::new(vec![0; PULLED]);
        if let Some(none) = memory.get_mut(NONE) {
            *none = 1;
        }
        Self { context, memory, functions: functions(revision).map(|function| (function.name, function)).collect() }
    }

    /// Calls a function with bare integers; its output is the handle or the number at [`OUT`].
    fn call(&mut self, function: &str, integers: &[i64]) -> Result<i64, String> {
        let Some(function) = self.functions.get(function) else { return Err(why(None)) };
        let answer = (function.call)(&mut self.context.call(Memory::new(&mut self.memory)), integers);
        if answer != Some(0) {
            let errno = function.errnos().find(|errno| answer == Some(Revision::V0_10.number(*errno).into()));
            return Err(why(errno));
        }
        let out = self.memory.get(OUT..OUT + 4).and_then(|out| out.try_into().ok());
        out.map(|out| i64::from(u32::from_le_bytes(out))).ok_or_else(|| why(None))
    }

    /// Opens a version by the function that is for it.
    fn open(&mut self, entry: &Entry, function: &str) -> Result<i64, String> {
        let manager = self.call("secrets_manager_open", &[NONE as i64, OUT as i64])?;
        let identifier = entry.identifier.0;
        if let Some(argument) = self.memory.get_mut(ARGUMENT..ARGUMENT + identifier.len()) {
            argument.copy_from_slice(&identifier);
        }
        let version = entry.version.cast_signed();
        let opened = self.call(function, &[manager, ARGUMENT as i64, identifier.len() as i64, version, OUT as i64]);
        self.call("secrets_manager_close", &[manager])?;
        opened
    }

    /// All bytes of an array output.
    fn pull(&mut self, output: i64) -> Result<Zeroizing<Vec<u8>>, String> {
        let len = self.call("array_output_len", &[output, OUT as i64])?;
        self.memory = {
            let mut larger = Zeroizing::new(vec![0; PULLED + usize::try_from(len).map_err(|_| why(None))?]);
            larger.iter_mut().zip(self.memory.iter()).for_each(|(new, old)| *new = *old);
            larger
        };
        self.call("array_output_pull", &[output, PULLED as i64, len, OUT as i64])?;
        Ok(Zeroizing::new(self.memory.get(PULLED..).unwrap_or_default().to_vec()))
    }

    /// The public key of a key pair, in PEM.
    pub(super) fn public_key(&mut self, entry: &Entry) -> Result<String, String> {
        let pair = self.open(entry, "keypair_from_id")?;
        let key = self.call("keypair_publickey", &[pair, OUT as i64])?;
        let text = self.public_text(key);
        self.call("publickey_close", &[key])?;
        self.call("keypair_close", &[pair])?;
        text
    }

    fn public_text(&mut self, key: i64) -> Result<String, String> {
        // What has no PEM has raw bytes.
        match self.call("publickey_export", &[key, PEM, OUT as i64]) {
            Ok(output) => Ok(String::from_utf8_lossy(&self.pull(output)?).into_owned()),
            Err(_) => {
                let output = self.call("publickey_export", &[key, RAW, OUT as i64])?;
                Ok(self.pull(output)?.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n")
            }
        }
    }

    /// A key or a secret as it is exported: a key pair in PEM, if it has that, all else its bytes.
    pub(super) fn export(&mut self, entry: &Entry) -> Result<Zeroizing<Vec<u8>>, String> {
        let output = match entry.kind {
            Kind::KeyPair => {
                let pair = self.open(entry, "keypair_from_id")?;
                let pem = self.call("keypair_export", &[pair, PEM, OUT as i64]);
                pem.or_else(|_| self.call("keypair_export", &[pair, RAW, OUT as i64]))?
            }
            Kind::SymmetricKey => {
                let key = self.open(entry, "symmetric_key_from_id")?;
                self.call("symmetric_key_export", &[key, OUT as i64])?
            }
            Kind::Secret => self.open(entry, "external_secret_from_id")?,
            Kind::Seal => return Err("what seals the secrets that guests keep stays with the host".to_owned()),
        };
        self.pull(output)
    }
}
