//! A token that is away: what the operator is told of its keys.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use hostcrypt::{
    Errno, InOut, Result,
    backend::{AeadKey, Secret, SecretKey, SigningKey, VerifyingKey},
    store::{
        Content, KeyStore, MemoryStore, Name, NewKey, Record, Replacement, ResidentKey, ResidentMac, StoreError,
        Stored, Versions,
    },
};
use hostcrypt_conformance::{Guest, Keys, Setup, subjects};

use crate::Token;

/// A token that can be away: its keys then fail, and say so or not.
struct Leaving {
    token: Token,
    state: Arc<Away>,
}

#[derive(Default)]
struct Away {
    away: AtomicBool,
    silent: AtomicBool,
}

impl Away {
    fn work<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        match (self.away.load(Relaxed), self.silent.load(Relaxed)) {
            (true, true) => Err(Errno::InternalError),
            (true, false) => Err(StoreError::failed("the token is away").refuse()),
            (false, _) => work(),
        }
    }
}

struct LeavingKey<K: ?Sized>(Box<K>, Arc<Away>);

impl SecretKey for LeavingKey<dyn SigningKey> {
    fn secret(&self) -> Secret {
        self.0.secret()
    }
}

impl SigningKey for LeavingKey<dyn SigningKey> {
    fn verifying_key(&self) -> Box<dyn VerifyingKey> {
        self.0.verifying_key()
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>> {
        self.1.work(|| self.0.sign(input))
    }
}

impl ResidentMac for LeavingKey<dyn ResidentMac> {
    fn tag(&self, message: &[u8], tag: &mut [u8]) -> Result<()> {
        self.1.work(|| self.0.tag(message, tag))
    }
}

impl AeadKey for LeavingKey<dyn AeadKey> {
    fn seal(&self, nonce: &[u8], data: &[u8], text: InOut<'_>, tag: &mut [u8]) -> Result<()> {
        self.1.work(|| self.0.seal(nonce, data, text, tag))
    }

    fn open(&self, nonce: &[u8], data: &[u8], text: InOut<'_>, tag: &[u8]) -> Result<()> {
        self.1.work(|| self.0.open(nonce, data, text, tag))
    }
}

impl KeyStore for Leaving {
    fn generate(&self, name: &Name<'_>, key: &NewKey<'_>) -> Result<Option<Stored>, StoreError> {
        let Some(mut stored) = self.token.generate(name, key)? else { return Ok(None) };
        let state = Arc::clone(&self.state);
        stored.content = match stored.content {
            Content::Key(ResidentKey::Signing(key)) => {
                Content::Key(ResidentKey::Signing(Box::new(LeavingKey(key, state))))
            }
            Content::Key(ResidentKey::Mac(key)) => Content::Key(ResidentKey::Mac(Box::new(LeavingKey(key, state)))),
            Content::Key(ResidentKey::Aead(key)) => Content::Key(ResidentKey::Aead(Box::new(LeavingKey(key, state)))),
            content => content,
        };
        Ok(Some(stored))
    }

    fn store(&self, name: &Name<'_>, record: &Record<'_>) -> Result<u64, StoreError> {
        self.token.store(name, record)
    }

    fn replace(&self, name: &Name<'_>, by: &Replacement<'_>) -> Result<u64, StoreError> {
        self.token.replace(name, by)
    }

    fn open(&self, name: &Name<'_>, version: Option<u64>) -> Result<Stored, StoreError> {
        self.token.open(name, version)
    }

    fn invalidate(&self, name: &Name<'_>, versions: Versions) -> Result<Vec<u64>, StoreError> {
        self.token.invalidate(name, versions)
    }
}

#[test]
fn the_operator_is_told_why_a_key_in_a_token_failed() {
    for subject in subjects().into_iter().filter(|subject| subject.runtime() == "native") {
        let state = Arc::new(Away::default());
        let token = Leaving { token: Token(MemoryStore::new()), state: Arc::clone(&state) };
        let told = Arc::new(Mutex::new(Vec::new()));
        let setup = Setup { keys: Keys::In(Arc::new(token)), refusals: Some(Arc::clone(&told)), ..Setup::default() };
        let mut guest = Guest::of(&*subject, setup);
        let (manager, internal) = (guest.manager(), guest.refusal(Errno::InternalError));
        let pair = guest.keypair_generate_managed(manager, 0, "Ed25519").unwrap();
        let signature = guest.signature_state_open(pair).unwrap();
        let key = guest.symmetric_key_generate_managed(manager, "HMAC/SHA-256").unwrap();
        let mac = guest.symmetric_state_open("HMAC/SHA-256", Some(key), None).unwrap();
        let key = guest.symmetric_key_generate_managed(manager, "AES-256-GCM").unwrap();
        let nonce = guest.nonce(&[1; 12]);
        let fail = |guest: &mut Guest<'_>| {
            assert_eq!(guest.signature_state_sign(signature), Err(internal));
            assert_eq!(guest.symmetric_state_squeeze_tag(mac), Err(internal));
            let aead = guest.symmetric_state_open("AES-256-GCM", Some(key), Some(nonce)).unwrap();
            assert_eq!(guest.symmetric_state_encrypt(aead, 20, b"text"), Err(internal));
            std::mem::take(&mut *told.lock().unwrap())
        };
        state.away.store(true, Relaxed);
        let functions = ["signature_state_sign", "symmetric_state_squeeze_tag", "symmetric_state_encrypt"];
        let why = functions.map(|function| format!("default {function} internal_error Store the token is away"));
        assert_eq!(fail(&mut guest), why);
        // A key that does not say why is no reason to repeat an old one.
        state.silent.store(true, Relaxed);
        let causes = ["Store", "Internal", "Internal"];
        let silent: Vec<_> = functions
            .iter()
            .zip(causes)
            .map(|(function, cause)| format!("default {function} internal_error {cause}"))
            .collect();
        assert_eq!(fail(&mut guest), silent);
        state.away.store(false, Relaxed);
        guest.signature_state_sign(signature).unwrap();
        guest.symmetric_state_squeeze_tag(mac).unwrap();
        assert_eq!(*told.lock().unwrap(), [""; 0]);
    }
}
