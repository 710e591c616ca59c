//! One published vector or more for every algorithm, through the traits as the core sees them.

// What every backend must do, the same for each.
#[path = "../../../shared-tests/aead.rs"]
mod aead;
#[path = "../../../shared-tests/agreement.rs"]
mod agreement;
#[path = "../../../shared-tests/cipher.rs"]
mod cipher;
#[path = "../../../shared-tests/mac.rs"]
mod mac;
#[path = "../../../shared-tests/signature.rs"]
mod signature;

mod aead_failures;
mod ecdsa;
mod ed25519;
mod hash;
mod kem;
mod ml_dsa;
mod rsa;

use boring::error::ErrorStack;
use hostcrypt::Errno;
use hostcrypt::backend::{Hash, Interrupt, Signature, SignatureInput};

use crate::BACKEND;

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    base16ct::mixed::decode_vec(digits).unwrap()
}

fn hash(name: &str) -> &'static dyn Hash {
    *BACKEND.hashes.iter().find(|hash| hash.name() == name).unwrap()
}

fn signature(name: &str) -> &'static dyn Signature {
    *BACKEND.signatures.iter().find(|signature| signature.scheme().name == name).unwrap()
}

/// The digest of data.
fn digest(hash: &dyn Hash, data: &[u8]) -> Vec<u8> {
    let mut state = hash.start();
    state.update(data);
    let mut digest = vec![0; hash.output_len()];
    state.digest(&mut digest);
    digest
}

fn sha256(data: &[u8]) -> Vec<u8> {
    digest(hash("SHA-256"), data)
}

/// What a scheme is given to sign a message.
fn input(signature: &dyn Signature, message: &[u8]) -> Vec<u8> {
    match signature.scheme().input {
        SignatureInput::Digest(hash) => digest(hash, message),
        SignatureInput::Message => message.to_vec(),
    }
}

/// The error of a call whose success has no `Debug`.
fn error<T>(result: hostcrypt::Result<T>) -> Errno {
    result.err().unwrap()
}

#[test]
fn random_numbers_fill_the_whole_buffer() {
    let mut bytes = [0; 1024];
    BACKEND.random.fill(&mut bytes).unwrap();
    assert!(bytes.chunks(16).all(|chunk| chunk != [0; 16]));
}

#[test]
fn failures_leave_no_errors_behind_in_the_thread() {
    fn none(what: &str) {
        assert!(ErrorStack::get().errors().is_empty(), "{what}");
    }
    none("before");
    for mac in BACKEND.macs {
        let _ = mac.key(&[]);
        none(mac.name());
    }
    for aead in BACKEND.aeads {
        let _ = aead.key(&[]);
        let key = aead.key(&vec![0; aead.key_len()]).unwrap();
        let _ = key.open(&vec![0; aead.nonce_len()], &[], hostcrypt::InOut::InPlace(&mut [0; 9]), &[0; 16]);
        none(aead.name());
    }
    for cipher in BACKEND.ciphers {
        let key = cipher.key(&vec![0; cipher.key_len()]).unwrap();
        for len in [0, 15, 16] {
            let _ = key.decrypt(&[0; 16], &vec![0; len], &mut vec![0; len + 16]);
        }
        none(cipher.name());
    }
    let interrupt = Interrupt::default();
    interrupt.raise();
    for scheme in BACKEND.signatures {
        for bytes in [&[][..], &[0; 32], &[0xff; 48], &[2; 33], &[4; 65]] {
            let _ = scheme.signing_key(bytes);
            let _ = scheme.verifying_key(bytes);
        }
        if let Ok(key) = scheme.generate(&interrupt) {
            for signature in [vec![], vec![0; scheme.scheme().len], vec![0xff; scheme.scheme().len]] {
                let _ = key.verifying_key().verify(&[1; 32], &signature);
            }
        }
        none(scheme.scheme().name);
    }
    for agreement in BACKEND.agreements {
        for bytes in [&[][..], &[0; 32], &[0xff; 48], &[2; 33], &[4; 65]] {
            let _ = agreement.secret_key(bytes);
            let _ = agreement.public_key(bytes);
            let _ = agreement.generate().unwrap().agree(bytes);
        }
        none(agreement.name());
    }
    for kem in BACKEND.kems {
        for bytes in [&[][..], &[0xff; 1184], &[0xff; 1216], &[0xff; 1568]] {
            let _ = kem.decapsulation_key(bytes);
            let _ = kem.encapsulation_key(bytes);
            let _ = kem.generate().unwrap().decapsulate(bytes);
        }
        none(kem.name());
    }
}

#[test]
fn keys_work_in_several_threads_at_once() {
    let ed25519 = signature("Ed25519").generate(&Interrupt::default()).unwrap();
    let aead = BACKEND.aeads[0].key(&[7; 16]).unwrap();
    let mac = BACKEND.macs[0].key(&[7; 16]).unwrap();
    let cmac = BACKEND.macs[2].key(&[7; 16]).unwrap();
    let kem = BACKEND.kems[0].generate().unwrap();
    let rsa = signature("RSA_PSS_2048_SHA256").signing_key(rsa::key()).unwrap();
    let work = || {
        let (mut text, mut tag) = ([1; 100], [0; 16]);
        aead.seal(&[0; 12], b"data", hostcrypt::InOut::InPlace(&mut text), &mut tag).unwrap();
        let (mut hmac, mut cmac) = (mac.start(), cmac.start());
        hmac.update(&text);
        cmac.update(&text);
        let mut long = [0; 32];
        hmac.tag(&mut long);
        cmac.tag(&mut tag);
        let (shared, encapsulated) = kem.encapsulation_key().encapsulate().unwrap();
        assert_eq!(kem.decapsulate(&encapsulated).unwrap(), shared);
        rsa.verifying_key().verify(&long, &rsa.sign(&long).unwrap()).unwrap();
        (text, tag, long, ed25519.sign(&text).unwrap())
    };
    let expected = work();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), expected);
        }
    });
}
