//! The behaviours about managed keys, over a store whose keys never leave it.
//!
//! It stands for a token: it makes keys itself, and gives out what does the work instead of bytes. Whoever asks one of
//! its keys for bytes fails.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test")]

#[path = "token/away.rs"]
mod away;

use std::sync::Arc;

use hostcrypt::{
    Errno, InOut, Result,
    backend::{
        AeadKey, Agreement, AgreementKey, Backend, DecapsulationKey, EncapsulationKey, Interrupt, Kem, MacKey,
        PublicKey, Secret, SecretKey, Signature, SigningKey, VerifyingKey,
    },
    store::{
        Content, KeyRules, KeyStore, MemoryStore, Name, NewKey, Quotas, Record, Replacement, ResidentKey, ResidentMac,
        StoreConfig, StoreError, Stored, Versions,
    },
};
use hostcrypt_conformance::{Guest, Keys, Outcome, Setup, Subject, Suite, WithStore, subjects};
use zeroize::Zeroizing;

const BACKEND: Backend = hostcrypt_rustcrypto::BACKEND;

struct Token(MemoryStore);

/// A key that does its work, and no more.
struct Resident<K: ?Sized>(Box<K>);

impl<K: SecretKey + ?Sized> SecretKey for Resident<K> {
    fn secret(&self) -> Secret {
        panic!("a key left its token")
    }
}

/// The public half of one: bytes, and nothing that is done with them.
struct Public(Vec<u8>);

impl PublicKey for Public {
    fn public(&self) -> Vec<u8> {
        self.0.clone()
    }

    fn check(&self) -> Result<()> {
        panic!("a token does no work of public keys")
    }
}

impl VerifyingKey for Public {
    fn verify(&self, _: &[u8], _: &[u8]) -> Result<()> {
        panic!("a token does no work of public keys")
    }
}

impl EncapsulationKey for Public {
    fn encapsulate(&self) -> Result<(Secret, Vec<u8>)> {
        panic!("a token does no work of public keys")
    }
}

impl SigningKey for Resident<dyn SigningKey> {
    fn verifying_key(&self) -> Box<dyn VerifyingKey> {
        Box::new(Public(self.0.verifying_key().public()))
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>> {
        self.0.sign(input)
    }
}

impl AgreementKey for Resident<dyn AgreementKey> {
    fn public_key(&self) -> Box<dyn PublicKey> {
        Box::new(Public(self.0.public_key().public()))
    }

    fn agree(&self, public: &[u8]) -> Result<Secret> {
        self.0.agree(public)
    }
}

impl DecapsulationKey for Resident<dyn DecapsulationKey> {
    fn encapsulation_key(&self) -> Box<dyn EncapsulationKey> {
        Box::new(Public(self.0.encapsulation_key().public()))
    }

    fn decapsulate(&self, encapsulated: &[u8]) -> Result<Secret> {
        self.0.decapsulate(encapsulated)
    }
}

impl ResidentMac for Resident<dyn MacKey> {
    fn tag(&self, message: &[u8], tag: &mut [u8]) -> Result<()> {
        let mut state = self.0.start();
        state.update(message);
        state.tag(tag);
        Ok(())
    }
}

impl AeadKey for Resident<dyn AeadKey> {
    fn seal(&self, nonce: &[u8], data: &[u8], text: InOut<'_>, tag: &mut [u8]) -> Result<()> {
        self.0.seal(nonce, data, text, tag)
    }

    fn open(&self, nonce: &[u8], data: &[u8], text: InOut<'_>, tag: &[u8]) -> Result<()> {
        self.0.open(nonce, data, text, tag)
    }
}

fn signature(name: &str) -> Option<&'static dyn Signature> {
    BACKEND.signatures.iter().copied().find(|scheme| scheme.scheme().name == name)
}

fn agreement(name: &str) -> Option<&'static dyn Agreement> {
    BACKEND.agreements.iter().copied().find(|scheme| scheme.name() == name)
}

fn kem(name: &str) -> Option<&'static dyn Kem> {
    BACKEND.kems.iter().copied().find(|scheme| scheme.name() == name)
}

/// A fresh key, unless the token has no such mechanism.
fn generate(key: &NewKey<'_>) -> Option<Secret> {
    let name = key.algorithm;
    if let Some(scheme) = signature(name) {
        return Some(scheme.generate(&Interrupt::default()).unwrap().secret());
    }
    if let Some(scheme) = agreement(name) {
        return Some(scheme.generate().unwrap().secret());
    }
    if let Some(scheme) = kem(name) {
        return Some(scheme.generate().unwrap().secret());
    }
    let mut raw = Zeroizing::new(vec![0; key.key_len?]);
    BACKEND.random.fill(&mut raw).unwrap();
    kept(name, &raw).map(|_| raw)
}

/// What does the work of a key, unless the token has no such mechanism, or the bytes are no key.
fn kept(name: &str, secret: &[u8]) -> Option<ResidentKey> {
    if let Some(scheme) = signature(name) {
        return Some(ResidentKey::Signing(Box::new(Resident(scheme.signing_key(secret).ok()?))));
    }
    if let Some(scheme) = agreement(name) {
        return Some(ResidentKey::Agreement(Box::new(Resident(scheme.secret_key(secret).ok()?))));
    }
    if let Some(scheme) = kem(name) {
        return Some(ResidentKey::Decapsulation(Box::new(Resident(scheme.decapsulation_key(secret).ok()?))));
    }
    let of_hash = name.replace("HKDF-EXPAND/", "HMAC/");
    if let Some(mac) = BACKEND.macs.iter().find(|mac| mac.name() == of_hash) {
        // A key of HKDF is one output of the hash.
        if of_hash != name && secret.len() != mac.tag_len() {
            return None;
        }
        return Some(ResidentKey::Mac(Box::new(Resident(mac.key(secret).ok()?))));
    }
    let aead = BACKEND.aeads.iter().find(|aead| aead.name() == name)?;
    Some(ResidentKey::Aead(Box::new(Resident(aead.key(secret).ok()?))))
}

fn without_bytes(mut stored: Stored) -> Stored {
    let kept = match &stored.content {
        Content::Bytes(secret) => kept(&stored.algorithm, secret),
        _ => None,
    };
    stored.content = kept.map_or(stored.content, Content::Key);
    stored
}

impl KeyStore for Token {
    fn rules(&self) -> KeyRules {
        self.0.rules()
    }

    fn generate(&self, name: &Name<'_>, key: &NewKey<'_>) -> Result<Option<Stored>, StoreError> {
        let Some(secret) = generate(key) else { return Ok(None) };
        let record = Record::new(key.algorithm, &secret).with_expiry(key.expires);
        let version = self.0.store(name, &record)?;
        self.open(name, Some(version)).map(Some)
    }

    fn store(&self, name: &Name<'_>, record: &Record<'_>) -> Result<u64, StoreError> {
        self.0.store(name, record)
    }

    fn replace(&self, name: &Name<'_>, by: &Replacement<'_>) -> Result<u64, StoreError> {
        self.0.replace(name, by)
    }

    fn open(&self, name: &Name<'_>, version: Option<u64>) -> Result<Stored, StoreError> {
        self.0.open(name, version).map(without_bytes)
    }

    fn invalidate(&self, name: &Name<'_>, versions: Versions) -> Result<Vec<u64>, StoreError> {
        self.0.invalidate(name, versions)
    }
}

/// Hosts whose keys are in a token.
fn tokened(subjects: Vec<Box<dyn Subject>>) -> Vec<Box<dyn Subject>> {
    WithStore::all(subjects, |rules: KeyRules, quotas: Quotas| {
        if rules.exportable {
            return Err("keys never leave a token".to_owned());
        }
        Ok(
            Arc::new(Token(
                MemoryStore::new().with_config(StoreConfig::default().with_rules(rules).with_quotas(quotas)),
            )) as Arc<dyn KeyStore>,
        )
    })
}

#[test]
fn a_guest_cannot_tell_that_its_keys_never_leave_the_store() {
    let mut native = subjects();
    native.retain(|subject| subject.runtime() == "native" && subject.backend() == BACKEND.name);
    let suite = Suite::of(tokened(native));
    let (mut passed, mut skipped) = (0, Vec::new());
    for case in suite.cases().iter().filter(|case| case.behaviour().starts_with("managed::")) {
        match case.judge() {
            Outcome::Passed | Outcome::Unsupported(_) => passed += 1,
            Outcome::Skipped(reason) if reason.contains("token") => skipped.push(case.behaviour()),
            Outcome::Known(_) | Outcome::Skipped(_) => {}
            Outcome::Failed(what) => panic!("{} {}: {what}", case.subject(), case.behaviour()),
        }
    }
    assert!(passed > 60, "{passed} behaviours were judged");
    assert!(skipped.iter().all(|name| name.ends_with("an_exportable_key_is_exported")), "{skipped:?}");
}

#[test]
fn what_a_token_keeps_is_not_exported_even_where_rules_allow_it() {
    let mut rules = KeyRules::default();
    rules.exportable = true;
    for subject in subjects().into_iter().filter(|subject| subject.runtime() == "native") {
        let token = Arc::new(Token(MemoryStore::new().with_config(StoreConfig::default().with_rules(rules))));
        let mut guest = Guest::of(&*subject, Keys::In(token));
        let (manager, prohibited) = (guest.manager(), guest.refusal(Errno::ProhibitedOperation));
        let pair = guest.keypair_generate_managed(manager, 0, "Ed25519").unwrap();
        assert_eq!(guest.export("keypair", pair, 0), Err(prohibited));
        let key = guest.symmetric_key_generate_managed(manager, "AES-256-GCM").unwrap();
        assert_eq!(guest.symmetric_key_export(key), Err(prohibited));
        // Of this algorithm it has bytes, for want of a mechanism.
        let key = guest.symmetric_key_generate_managed(manager, "HKDF-EXTRACT/SHA-256").unwrap();
        guest.symmetric_key_export(key).unwrap();
    }
}

#[test]
fn a_code_in_a_token_absorbs_in_parts_and_is_copied_as_any_other_is() {
    let mut native = subjects();
    native.retain(|subject| subject.runtime() == "native" && subject.serves("HMAC/SHA-256"));
    for subject in tokened(native) {
        let mut setup = Setup::default();
        setup.limits.bytes = 4096;
        let mut guest = Guest::of(&*subject, setup);
        let manager = guest.manager();
        let key = guest.symmetric_key_generate_managed(manager, "HMAC/SHA-256").unwrap();
        let tag = |guest: &mut Guest<'_>, state| {
            let tag = guest.symmetric_state_squeeze_tag(state).unwrap();
            guest.symmetric_tag_pull(tag, 32).unwrap()
        };
        let whole = guest.symmetric_state_open("HMAC/SHA-256", Some(key), None).unwrap();
        guest.symmetric_state_absorb(whole, b"a message").unwrap();
        let parts = guest.symmetric_state_open("HMAC/SHA-256", Some(key), None).unwrap();
        guest.symmetric_state_absorb(parts, b"a ").unwrap();
        let before = tag(&mut guest, parts);
        guest.symmetric_state_absorb(parts, b"message").unwrap();
        assert_ne!(tag(&mut guest, parts), before);
        assert_eq!(tag(&mut guest, parts), tag(&mut guest, whole));
        // What it absorbed is kept, as far as the guest may hold it.
        let overflow = guest.refusal(Errno::Overflow);
        assert_eq!(guest.symmetric_state_absorb(parts, &[0; 5000]), Err(overflow));
        assert_eq!(tag(&mut guest, parts), tag(&mut guest, whole), "a refused call changes nothing");
    }
}

/// A store whose medium is broken, or which gives out what is no key.
struct Broken;

impl KeyStore for Broken {
    fn store(&self, _: &Name<'_>, _: &Record<'_>) -> Result<u64, StoreError> {
        Err(StoreError::failed("the medium is broken"))
    }

    fn replace(&self, _: &Name<'_>, _: &Replacement<'_>) -> Result<u64, StoreError> {
        Err(StoreError::failed("the medium is broken"))
    }

    fn open(&self, name: &Name<'_>, version: Option<u64>) -> Result<Stored, StoreError> {
        let content = match name.identifier.0[0] {
            0 => Content::Bytes(Zeroizing::new(vec![1; 31])),
            1 => Content::Key(kept("AES-256-GCM", &[1; 32]).unwrap()),
            _ => return Err(StoreError::failed("the medium is broken")),
        };
        Ok(Stored::new(version.unwrap_or(1), "Ed25519", content))
    }

    fn invalidate(&self, _: &Name<'_>, _: Versions) -> Result<Vec<u64>, StoreError> {
        Err(StoreError::failed("the medium is broken"))
    }
}

#[test]
fn what_is_wrong_with_a_store_is_an_internal_error_and_no_panic() {
    for subject in subjects().into_iter().filter(|subject| subject.runtime() == "native") {
        let mut guest = Guest::of(&*subject, Keys::In(Arc::new(Broken)));
        let manager = guest.manager();
        let internal = guest.refusal(Errno::InternalError);
        assert_eq!(guest.keypair_generate_managed(manager, 0, "Ed25519"), Err(internal));
        assert_eq!(guest.symmetric_key_generate_managed(manager, "AES-256-GCM"), Err(internal));
        // Bytes that no backend reads may be a key of another host's.
        let unread = guest.refusal(Errno::UnsupportedAlgorithm);
        assert_eq!(guest.from_id("keypair", manager, &[0; 16], 1), Err(unread));
        for first in 1..3 {
            assert_eq!(guest.from_id("keypair", manager, &[first; 16], 1), Err(internal));
        }
        assert_eq!(guest.manager_invalidate(manager, &[0; 16], 1), Err(internal));
    }
}
