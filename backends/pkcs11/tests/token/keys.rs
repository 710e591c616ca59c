//! What the token's keys do, and that they stay there.

use cryptoki::{
    object::{Attribute, AttributeInfo, AttributeType, ObjectClass},
    session::UserType,
    types::AuthPin,
};
use hostcrypt::{
    Errno, InOut,
    store::{Content, Entry, KeyStore, Kind, Name, NewKey, ResidentKey, StoreAdmin, Stored},
};
use hostcrypt_pkcs11::TokenStore;

use crate::{
    name,
    softhsm::{PIN, SoftHsm},
};

crate::tests!(
    the_token_makes_keys_of_what_it_has_mechanisms_for,
    what_is_sealed_opens_and_nothing_else_does,
    what_is_encrypted_decrypts_and_nothing_else_does,
    tags_are_those_of_the_message,
    nothing_of_a_key_can_be_read,
);

fn new(algorithm: &str) -> NewKey<'_> {
    let key_len = match algorithm {
        "HMAC/SHA-512" | "HKDF-EXPAND/SHA-512" => 64,
        name if name.contains("128") => 16,
        _ => 32,
    };
    NewKey::new(algorithm).with_key_len(Some(key_len)).with_expiry(Some(7))
}

/// A key as the store made it, and as it opens it again.
fn both(store: &TokenStore, name: &Name<'_>, algorithm: &str) -> [ResidentKey; 2] {
    let made = store.generate(name, &new(algorithm)).unwrap().unwrap();
    let opened = store.open(name, Some(made.version)).unwrap();
    let key = |stored: Stored| {
        assert_eq!((&*stored.algorithm, stored.expires), (algorithm, Some(7)));
        match stored.content {
            Content::Key(key) => key,
            _ => panic!("{algorithm}: its bytes came out"),
        }
    };
    [key(made), key(opened)]
}

fn the_token_makes_keys_of_what_it_has_mechanisms_for(hsm: &SoftHsm) {
    let store = hsm.store(&hsm.token("mechanisms"));
    // All that there are but X25519, for which SoftHSM has no mechanism of the standard's.
    assert_eq!(store.algorithms().count(), 28);
    for lacking in ["X25519", "ML-DSA-44", "CHACHA20-POLY1305", "HKDF-EXTRACT/SHA-256", "nothing"] {
        let made = store.generate(&name(Kind::KeyPair, 1), &NewKey::new(lacking));
        assert!(made.unwrap().is_none(), "{lacking}");
    }
    for (kind, algorithm) in
        [(Kind::KeyPair, "AES-256-GCM"), (Kind::SymmetricKey, "Ed25519"), (Kind::Secret, "Ed25519")]
    {
        assert!(store.generate(&name(kind, 1), &new(algorithm)).unwrap().is_none(), "{kind:?} {algorithm}");
    }
    assert_eq!(store.list(None).unwrap(), []);
}

fn what_is_sealed_opens_and_nothing_else_does(hsm: &SoftHsm) {
    let store = hsm.store(&hsm.token("sealing"));
    for (number, algorithm) in ["AES-128-GCM", "AES-256-GCM"].into_iter().enumerate() {
        let [made, opened] = both(&store, &name(Kind::SymmetricKey, number as u8), algorithm);
        let (ResidentKey::Aead(made), ResidentKey::Aead(opened)) = (made, opened) else { panic!("{algorithm}") };
        for len in [0, 1, 15, 16, 17, 1000, 100_000] {
            for data in [&b""[..], b"data"] {
                let (text, mut sealed, mut tag) = (vec![3; len], vec![0; len], [0; 16]);
                made.seal(&[5; 12], data, InOut::Apart(&text, &mut sealed), &mut tag).unwrap();
                let mut place = text.clone();
                let mut again = [0; 16];
                opened.seal(&[5; 12], data, InOut::InPlace(&mut place), &mut again).unwrap();
                assert_eq!((&place, again), (&sealed, tag));
                opened.open(&[5; 12], data, InOut::InPlace(&mut place), &tag).unwrap();
                assert_eq!(place, text);
                let mut out = vec![0; len];
                let mut refused = |nonce: &[u8], data: &[u8], sealed: &[u8], tag: &[u8]| {
                    let answer = opened.open(nonce, data, InOut::Apart(sealed, &mut out), tag);
                    assert_eq!(answer, Err(Errno::InvalidTag), "{algorithm} {len}");
                };
                refused(&[6; 12], data, &sealed, &tag);
                refused(&[5; 12], b"other", &sealed, &tag);
                refused(&[5; 12], data, &sealed, &[0; 16]);
                if let Some(first) = sealed.first_mut() {
                    *first ^= 1;
                    refused(&[5; 12], data, &sealed, &tag);
                }
            }
        }
    }
}

fn what_is_encrypted_decrypts_and_nothing_else_does(hsm: &SoftHsm) {
    let store = hsm.store(&hsm.token("encrypting"));
    for (number, algorithm) in ["AES-128-CBC", "AES-256-CBC"].into_iter().enumerate() {
        let [made, opened] = both(&store, &name(Kind::SymmetricKey, number as u8), algorithm);
        let (ResidentKey::Cipher(made), ResidentKey::Cipher(opened)) = (made, opened) else { panic!("{algorithm}") };
        for len in [0, 1, 15, 16, 17, 1000] {
            let (text, mut encrypted) = (vec![3; len], vec![0; len + 16]);
            let written = made.encrypt(&[5; 16], &text, &mut encrypted).unwrap();
            assert_eq!(written, (len / 16 + 1) * 16, "{algorithm}");
            let mut decrypted = vec![0; written + 16];
            assert_eq!(opened.decrypt(&[5; 16], &encrypted[..written], &mut decrypted), Ok(len));
            assert_eq!(decrypted[..len], text);
            for cut in [0, 1, written - 1] {
                let answer = opened.decrypt(&[5; 16], &encrypted[..cut], &mut decrypted);
                assert_eq!(answer, Err(Errno::InvalidTag), "{algorithm} {len}");
            }
        }
        // Of random blocks, one in 256 decrypts to padding.
        let refused = (0..20).filter(|byte| opened.decrypt(&[0; 16], &[*byte; 16], &mut [0; 32]).is_err());
        assert!(refused.count() > 15);
    }
}

fn tags_are_those_of_the_message(hsm: &SoftHsm) {
    let store = hsm.store(&hsm.token("tags"));
    let algorithms: Vec<_> = store
        .algorithms()
        .filter(|name| name.contains("HMAC") || name.contains("CMAC") || name.contains("HKDF"))
        .collect();
    assert_eq!(algorithms.len(), 6);
    for (number, algorithm) in algorithms.into_iter().enumerate() {
        let [made, opened] = both(&store, &name(Kind::SymmetricKey, number as u8), algorithm);
        let (ResidentKey::Mac(made), ResidentKey::Mac(opened)) = (made, opened) else { panic!("{algorithm}") };
        let len = if algorithm.contains("512") {
            64
        } else if algorithm.contains("CMAC") {
            16
        } else {
            32
        };
        for message in [&b""[..], b"message", &[7; 100_000]] {
            let [mut one, mut other] = [vec![0; len], vec![0; len]];
            made.tag(message, &mut one).unwrap();
            opened.tag(message, &mut other).unwrap();
            assert_eq!(one, other);
            opened.tag(b"another", &mut other).unwrap();
            assert_ne!(one, other);
        }
    }
}

fn nothing_of_a_key_can_be_read(hsm: &SoftHsm) {
    let store = hsm.store(&hsm.token("reading"));
    let algorithms: Vec<_> = store.algorithms().filter(|name| !name.contains("4096")).collect();
    for (number, algorithm) in algorithms.iter().enumerate() {
        for kind in [Kind::KeyPair, Kind::SymmetricKey] {
            store.generate(&name(kind, number as u8), &new(algorithm)).unwrap();
        }
    }
    let session = hsm.pkcs11().open_ro_session(hsm.slot("reading")).unwrap();
    // Who is not logged in sees nothing at all.
    let objects = session.find_objects(&[]).unwrap();
    assert_eq!(objects.len(), algorithms.len(), "and no public halves are left");
    use AttributeType as Type;
    let secrets = [Type::Value, Type::PrivateExponent, Type::Prime1, Type::Prime2, Type::Exponent1, Type::Coefficient];
    for object in objects {
        let info = session.get_attribute_info(object, &secrets).unwrap();
        assert!(info.iter().all(|info| !matches!(info, AttributeInfo::Available(_))), "{info:?}");
        assert!(info.iter().any(|info| matches!(info, AttributeInfo::Sensitive)), "{info:?}");
        let types =
            [Type::Token, Type::Private, Type::Sensitive, Type::AlwaysSensitive, Type::NeverExtractable, Type::Local];
        let attributes = session.get_attributes(object, &types).unwrap();
        let all = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::AlwaysSensitive(true),
            Attribute::NeverExtractable(true),
            Attribute::Local(true),
        ];
        assert_eq!(attributes, all);
        let uses = [Type::Extractable, Type::Unwrap, Type::Wrap, Type::SignRecover];
        let uses = session.get_attributes(object, &uses).unwrap();
        let set = [
            Attribute::Extractable(true),
            Attribute::Unwrap(true),
            Attribute::Wrap(true),
            Attribute::SignRecover(true),
        ];
        assert!(uses.iter().all(|used| !set.contains(used)), "{uses:?}");
        // Nor can that be changed.
        session.update_attributes(object, &[Attribute::Extractable(true)]).unwrap_err();
        session.update_attributes(object, &[Attribute::Sensitive(false)]).unwrap_err();
    }
    // Bytes are private as well.
    store.store(&name(Kind::Secret, 99), &crate::record(b"a secret")).unwrap();
    let data = session.find_objects(&[Attribute::Class(ObjectClass::DATA)]).unwrap();
    assert_eq!(session.get_attributes(data[0], &[Type::Private]).unwrap(), [Attribute::Private(true)]);
    session.logout().unwrap();
    assert!(session.find_objects(&[]).unwrap().is_empty());
    session.login(UserType::User, Some(&AuthPin::new(PIN.into()))).unwrap();
    let kept = |entry: &&Entry| entry.in_store_only;
    assert_eq!(store.list(None).unwrap().iter().filter(kept).count(), algorithms.len());
}
