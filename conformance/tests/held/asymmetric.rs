//! Asymmetric keys, their states and signatures, and secrets that are agreed on.

use hostcrypt_conformance::{Guest, Object, Subject};

use super::Kind;

/// What a key is made of.
#[derive(Clone, Copy)]
enum Source {
    Generated,
    /// A PEM key, where making one takes long.
    Fixed(&'static str),
}

const RSA_2048: Source = Source::Fixed(include_str!("../../keys/rsa-2048-a.pem"));
const RSA_3072: Source = Source::Fixed(include_str!("../../keys/rsa-3072-a.pem"));
const RSA_4096: Source = Source::Fixed(include_str!("../../keys/rsa-4096-a.pem"));

/// The algorithms of keys, with the number of their type; of those with the same keys, some.
const ALL: [(&str, i64, Source); 18] = [
    ("Ed25519", 0, Source::Generated),
    ("ECDSA_P256_SHA256", 0, Source::Generated),
    ("ECDSA_P384_SHA384", 0, Source::Generated),
    ("ECDSA_K256_SHA256", 0, Source::Generated),
    ("RSA_PKCS1_2048_SHA256", 0, RSA_2048),
    ("RSA_PKCS1_3072_SHA384", 0, RSA_3072),
    ("RSA_PKCS1_4096_SHA512", 0, RSA_4096),
    ("RSA_PSS_2048_SHA512", 0, RSA_2048),
    ("ML-DSA-44", 0, Source::Generated),
    ("ML-DSA-65", 0, Source::Generated),
    ("ML-DSA-87", 0, Source::Generated),
    ("X25519", 2, Source::Generated),
    ("P256-SHA256", 2, Source::Generated),
    ("P384-SHA384", 2, Source::Generated),
    ("ML-KEM-512", 2, Source::Generated),
    ("ML-KEM-768", 2, Source::Generated),
    ("ML-KEM-1024", 2, Source::Generated),
    ("X-WING", 2, Source::Generated),
];

/// A pair and its halves, each of which was used.
fn keys(guest: &mut Guest<'_>, (name, kind, source): (&str, i64, Source)) -> [Object; 3] {
    let pair = match source {
        Source::Generated => guest.keypair_generate(kind, name, None),
        Source::Fixed(pem) => guest.import("keypair", kind, name, pem.as_bytes(), 2),
    };
    let pair = pair.unwrap();
    let (public, secret) = (guest.keypair_publickey(pair).unwrap(), guest.keypair_secretkey(pair).unwrap());
    use_keys(guest, kind, [pair, public, secret]);
    [pair, public, secret]
}

/// Libraries prepare some keys when they are first used.
fn use_keys(guest: &mut Guest<'_>, kind: i64, [pair, public, secret]: [Object; 3]) {
    if kind == 0 {
        let signature = guest.sign(pair, b"message").unwrap();
        guest.verify(public, b"message", signature).unwrap();
        guest.close("signature", signature).unwrap();
    } else if guest.kx_dh(public, secret).is_err() {
        let (_, encapsulated) = guest.kx_encapsulate(public).unwrap();
        guest.kx_decapsulate(secret, &encapsulated).unwrap();
    }
}

/// Closes what is not wanted of a pair and its halves.
fn keep(guest: &mut Guest<'_>, keys: [Object; 3], kept: &str) -> Option<Object> {
    let mut found = None;
    for (kind, handle) in ["keypair", "publickey", "secretkey"].into_iter().zip(keys) {
        if kind == kept {
            found = Some(handle);
        } else {
            guest.close(kind, handle).unwrap();
        }
    }
    found
}

/// Imports a key, which shares nothing with another, and uses it. The same one again and again, for making one takes
/// longer.
fn imports<'k>(algorithm: (&'static str, i64, Source), kind: &'static str) -> Kind<'k> {
    let (name, ty, _) = algorithm;
    let mut encoded = None;
    Kind::large(format!("{name}: {kind}, imported"), move |guest| {
        let der = encoded.get_or_insert_with(|| {
            let keys = keys(guest, algorithm);
            let handle = keep(guest, keys, kind).unwrap();
            let der = guest.export(kind, handle, 1).unwrap();
            guest.close(kind, handle).unwrap();
            der
        });
        let imported = guest.import(kind, ty, name, der, 1).unwrap();
        match kind {
            "publickey" if ty == 0 => {
                // Any signature has the library prepare.
                let signature = guest.signature_import(name, &vec![1; signature_len(name)], 0).unwrap();
                let _ = guest.verify(imported, b"message", signature);
                guest.close("signature", signature).unwrap();
            }
            "publickey" => {
                if let Ok([secret, encapsulated]) = guest.kx_encapsulate_outputs(imported) {
                    guest.pull(secret).unwrap();
                    guest.pull(encapsulated).unwrap();
                }
            }
            "secretkey" => {
                let public = guest.publickey_from_secretkey(imported).unwrap();
                let pair = guest.keypair_from_pk_and_sk(public, imported).unwrap();
                use_keys(guest, ty, [pair, public, imported]);
                guest.close("publickey", public).unwrap();
                guest.close("keypair", pair).unwrap();
            }
            _ => {
                let public = guest.keypair_publickey(imported).unwrap();
                let secret = guest.keypair_secretkey(imported).unwrap();
                use_keys(guest, ty, [imported, public, secret]);
                guest.close("publickey", public).unwrap();
                guest.close("secretkey", secret).unwrap();
            }
        }
        1
    })
}

fn signature_len(name: &str) -> usize {
    match name {
        "ML-DSA-44" => 2420,
        "ML-DSA-65" => 3309,
        "ML-DSA-87" => 4627,
        _ if name.contains("384_SHA") => 96,
        _ if name.starts_with("RSA") => name.split('_').nth(2).unwrap().parse::<usize>().unwrap() / 8,
        _ => 64,
    }
}

pub(crate) fn kinds<'k>(subject: &dyn Subject) -> Vec<Kind<'k>> {
    let mut kinds = Vec::new();
    for algorithm in ALL.into_iter().filter(|(name, ..)| subject.serves(name)) {
        let (name, ty, source) = algorithm;
        for kind in ["keypair", "publickey", "secretkey"] {
            kinds.push(imports(algorithm, kind));
            if matches!(source, Source::Fixed(_)) {
                continue;
            }
            kinds.push(Kind::large(format!("{name}: {kind}, made"), move |guest| {
                let keys = keys(guest, algorithm);
                keep(guest, keys, kind);
                1
            }));
        }
        kinds.push(Kind::large(format!("{name}: publickey of a secret one"), move |guest| {
            let keys = keys(guest, algorithm);
            let secret = keep(guest, keys, "secretkey").unwrap();
            guest.publickey_from_secretkey(secret).unwrap();
            guest.close("secretkey", secret).unwrap();
            1
        }));
        if ty == 0 {
            signing(&mut kinds, algorithm);
        } else {
            kinds.push(Kind::large(format!("{name}: secrets"), move |guest| {
                let keys @ [_, public, secret] = keys(guest, algorithm);
                let agreed = guest.kx_dh_output(public, secret);
                let opened = agreed.map_or_else(|_| guest.kx_encapsulate_outputs(public).map(|_| 2).unwrap(), |_| 1);
                keep(guest, keys, "none");
                opened
            }));
        }
    }
    kinds
}

fn signing(kinds: &mut Vec<Kind<'_>>, algorithm: (&'static str, i64, Source)) {
    let (name, ..) = algorithm;
    kinds.push(Kind::large(format!("{name}: signature"), move |guest| {
        let keys @ [pair, ..] = keys(guest, algorithm);
        guest.sign(pair, b"message").unwrap();
        keep(guest, keys, "none");
        1
    }));
    kinds.push(Kind::large(format!("{name}: signature_state"), move |guest| {
        let keys @ [pair, ..] = keys(guest, algorithm);
        let state = guest.signature_state_open(pair).unwrap();
        guest.signature_state_update(state, &[7; 200]).unwrap();
        let signature = guest.signature_state_sign(state).unwrap();
        guest.close("signature", signature).unwrap();
        keep(guest, keys, "none");
        1
    }));
    kinds.push(Kind::large(format!("{name}: signature_verification_state"), move |guest| {
        let keys @ [pair, public, _] = keys(guest, algorithm);
        let state = guest.signature_verification_state_open(public).unwrap();
        guest.signature_verification_state_update(state, &[7; 200]).unwrap();
        let signature = guest.sign(pair, &[7; 200]).unwrap();
        guest.signature_verification_state_verify(state, signature).unwrap();
        guest.close("signature", signature).unwrap();
        keep(guest, keys, "none");
        1
    }));
}
