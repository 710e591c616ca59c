//! Through the traits as the core sees them: what every backend must do, and what this one alone does.

#[path = "../../../shared-tests/mod.rs"]
mod shared;

mod aead_failures;
mod ecdsa;
mod ed25519;
mod kem;
mod ml_dsa;
mod rsa;

use boring::error::ErrorStack;
use hostcrypt::backend::Interrupt;

use self::shared::signature;
use crate::BACKEND;

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
    let rsa = signature("RSA_PSS_2048_SHA256").signing_key(shared::rsa::key()).unwrap();
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
