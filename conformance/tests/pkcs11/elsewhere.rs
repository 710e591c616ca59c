//! What the token's keys do, the backend takes.

use cryptoki::{
    object::{Attribute, KeyType, ObjectClass},
    session::UserType,
    types::AuthPin,
};
use hostcrypt::{
    Errno, InOut,
    backend::{Backend, Interrupt, SignatureInput},
    store::{Content, Identifier, KeyStore, Kind, Name, NewKey, ResidentKey, Stored},
};
use hostcrypt_pkcs11::TokenStore;

use crate::softhsm::{PIN, SoftHsm};

type Test = (&'static str, fn(&SoftHsm));

pub(crate) const TESTS: &[Test] = &[
    ("what_is_signed_verifies_elsewhere", what_is_signed_verifies_elsewhere),
    ("what_is_agreed_is_agreed_elsewhere", what_is_agreed_is_agreed_elsewhere),
    ("keys_work_in_many_threads", keys_work_in_many_threads),
    ("a_symmetric_key_does_the_same_elsewhere", a_symmetric_key_does_the_same_elsewhere),
];

const BACKEND: Backend = hostcrypt_rustcrypto::BACKEND;

fn name(kind: Kind, number: u8) -> Name<'static> {
    Name { namespace: "tenant", kind, identifier: Identifier([number; 16]) }
}

fn key(stored: Stored) -> ResidentKey {
    match stored.content {
        Content::Key(key) => key,
        _ => panic!("{}: its bytes came out", stored.algorithm),
    }
}

/// A key as the store made it, and as it opens it again.
fn both(store: &TokenStore, name: &Name<'_>, algorithm: &str) -> [ResidentKey; 2] {
    let made = store.generate(name, &NewKey::new(algorithm)).unwrap().unwrap();
    let opened = store.open(name, Some(made.version)).unwrap();
    [key(made), key(opened)]
}

fn what_is_signed_verifies_elsewhere(hsm: &SoftHsm) {
    let store = hsm.store(&hsm.token("signing"));
    let mut seen = 0;
    for scheme in BACKEND.signatures.iter().filter(|scheme| store.algorithms().any(|name| name == scheme.scheme().name))
    {
        let about = scheme.scheme();
        for (number, key) in both(&store, &name(Kind::KeyPair, seen), about.name).into_iter().enumerate() {
            let ResidentKey::Signing(key) = key else { panic!("{} does not sign", about.name) };
            let public = key.verifying_key().public();
            let public = scheme.verifying_key(&public).unwrap();
            assert_eq!(public.public(), key.verifying_key().public(), "{} is not canonical", about.name);
            public.check().unwrap();
            let inputs: Vec<Vec<u8>> = match about.input {
                SignatureInput::Digest(hash) => vec![vec![7 + number as u8; hash.output_len()]],
                SignatureInput::Message => vec![Vec::new(), b"message".to_vec(), vec![9; 100_000]],
            };
            for input in inputs {
                let signature = key.sign(&input).unwrap();
                assert_eq!(signature.len(), about.len, "{}", about.name);
                public.verify(&input, &signature).unwrap();
                let mut other = if input.is_empty() { vec![0] } else { input };
                other[0] ^= 1;
                assert_eq!(public.verify(&other, &signature), Err(Errno::VerificationFailed));
            }
        }
        seen += 1;
    }
    assert_eq!(seen, 16);
}

fn what_is_agreed_is_agreed_elsewhere(hsm: &SoftHsm) {
    let store = hsm.store(&hsm.token("agreement"));
    for (number, algorithm) in ["P256-SHA256", "P384-SHA384"].into_iter().enumerate() {
        let scheme = BACKEND.agreements.iter().find(|scheme| scheme.name() == algorithm).unwrap();
        for key in both(&store, &name(Kind::KeyPair, number as u8), algorithm) {
            let ResidentKey::Agreement(key) = key else { panic!("{algorithm} does not agree") };
            let public = key.public_key().public();
            assert_eq!(scheme.public_key(&public).unwrap().public(), public, "{algorithm} is not canonical");
            for _ in 0..10 {
                let other = scheme.generate().unwrap();
                let theirs = other.public_key().public();
                assert_eq!(*key.agree(&theirs).unwrap(), *other.agree(&public).unwrap(), "{algorithm}");
                let mut off_the_curve = theirs.clone();
                *off_the_curve.last_mut().unwrap() ^= 1;
                let zero = [&[4], &vec![0; theirs.len() - 1][..]].concat();
                for none in [&off_the_curve[..], &zero, &theirs[1..], &[], &[0], &[0xff; 65], &[0xff; 97]] {
                    assert_eq!(key.agree(none).unwrap_err(), Errno::InvalidKey, "{algorithm}");
                }
            }
        }
    }
}

fn keys_work_in_many_threads(hsm: &SoftHsm) {
    let store = hsm.store(&hsm.token("threads"));
    let name = name(Kind::KeyPair, 1);
    let [_, key] = both(&store, &name, "ECDSA_P256_SHA256");
    let ResidentKey::Signing(key) = key else { panic!() };
    let scheme = BACKEND.signatures.iter().find(|scheme| scheme.scheme().name == "ECDSA_P256_SHA256").unwrap();
    let public = scheme.verifying_key(&key.verifying_key().public()).unwrap();
    assert_ne!(public.public(), scheme.generate(&Interrupt::default()).unwrap().verifying_key().public());
    std::thread::scope(|scope| {
        for thread in 0..20 {
            let (key, public, store) = (&key, &public, &store);
            scope.spawn(move || {
                for round in 0..20 {
                    let digest = [thread ^ round; 32];
                    public.verify(&digest, &key.sign(&digest).unwrap()).unwrap();
                    store.open(&name, None).unwrap();
                }
            });
        }
    });
}

/// A key of known bytes, as the store would have made it.
fn known(hsm: &SoftHsm, label: &str, name: &Name<'_>, algorithm: &str, value: &[u8]) {
    let session = hsm.pkcs11().open_rw_session(hsm.slot(label)).unwrap();
    let _ = session.login(UserType::User, Some(&AuthPin::new(PIN.into())));
    let mut id = vec![1, 1];
    id.extend(1u64.to_be_bytes());
    id.extend([0; 9]);
    id.extend(name.identifier.0);
    id.extend([0; 8]);
    id.push(algorithm.len() as u8);
    id.extend(algorithm.as_bytes());
    let aes = algorithm.starts_with("AES");
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(if aes { KeyType::AES } else { KeyType::GENERIC_SECRET }),
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Label(format!("hostcrypt:key:{}:tenant", name.identifier).into_bytes()),
        Attribute::Id(id),
        Attribute::Value(value.to_vec()),
        Attribute::Sign(true),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
    ];
    session.create_object(&template).unwrap();
}

fn a_symmetric_key_does_the_same_elsewhere(hsm: &SoftHsm) {
    let store = hsm.store(&hsm.token("symmetric"));
    let symmetric = ["AES-", "HMAC/", "HKDF-"];
    let algorithms = store.algorithms().filter(|name| symmetric.iter().any(|prefix| name.starts_with(prefix)));
    let mut seen = 0;
    for algorithm in algorithms {
        let of_hash = algorithm.replace("HKDF-EXPAND", "HMAC");
        let len = match () {
            () if of_hash.ends_with("512") => 64,
            () if of_hash.contains("128") => 16,
            () => 32,
        };
        let raw: Vec<u8> = (0..len).collect();
        let name = name(Kind::SymmetricKey, seen);
        known(hsm, "symmetric", &name, algorithm, &raw);
        for len in [0, 1, 16, 1000] {
            let text = vec![7; len];
            match key(store.open(&name, None).unwrap()) {
                ResidentKey::Aead(kept) => {
                    let theirs = BACKEND.aeads.iter().find(|aead| aead.name() == algorithm).unwrap().key(&raw).unwrap();
                    let (mut place, mut tag) = (text.clone(), [0; 16]);
                    kept.seal(&[5; 12], b"data", InOut::InPlace(&mut place), &mut tag).unwrap();
                    theirs.open(&[5; 12], b"data", InOut::InPlace(&mut place), &tag).unwrap();
                    assert_eq!(place, text);
                    theirs.seal(&[6; 12], b"", InOut::InPlace(&mut place), &mut tag).unwrap();
                    kept.open(&[6; 12], b"", InOut::InPlace(&mut place), &tag).unwrap();
                    assert_eq!(place, text);
                }
                ResidentKey::Cipher(kept) => {
                    let cipher = BACKEND.ciphers.iter().find(|cipher| cipher.name() == algorithm).unwrap();
                    let [mut ours, mut others] = [(); 2].map(|()| vec![0; len + 16]);
                    let written = kept.encrypt(&[5; 16], &text, &mut ours).unwrap();
                    assert_eq!(cipher.key(&raw).unwrap().encrypt(&[5; 16], &text, &mut others), Ok(written));
                    assert_eq!(ours, others, "{algorithm}");
                }
                ResidentKey::Mac(kept) => {
                    let mac = BACKEND.macs.iter().find(|mac| mac.name() == of_hash).unwrap();
                    let [mut ours, mut others] = [(); 2].map(|()| vec![0; mac.tag_len()]);
                    let mut state = mac.key(&raw).unwrap().start();
                    state.update(&text);
                    state.tag(&mut others);
                    kept.tag(&text, &mut ours).unwrap();
                    assert_eq!(ours, others, "{algorithm}");
                }
                _ => panic!("{algorithm} is no symmetric key"),
            }
        }
        seen += 1;
    }
    assert_eq!(seen, 10);
}
