//! `kx_*`.

use super::{
    algorithms::{Algorithm, served},
    behaviours,
};
use crate::{
    Encoding, Guest,
    guest::{KEY_EXCHANGE, PKCS8, RAW, SIGNATURES, refuses},
};

behaviours!("kx":
    two_sides_agree [needs kx_dh],
    keys_of_two_algorithms_are_incompatible [needs kx_dh],
    a_key_that_does_not_agree_is_an_invalid_operation [needs kx_dh],
    a_point_of_low_order_is_an_invalid_key [needs kx_dh],
    what_is_encapsulated_is_decapsulated_by_its_owner_alone [needs kx_encapsulate],
    two_encapsulations_differ [needs kx_encapsulate],
    an_imported_key_encapsulates_and_decapsulates [needs kx_encapsulate],
    an_encapsulated_secret_of_a_wrong_length_fails_to_verify [needs kx_decapsulate],
    a_key_that_does_not_encapsulate_is_an_invalid_operation [needs kx_encapsulate],
);

fn agreements(guest: &Guest<'_>) -> Vec<Algorithm> {
    let agrees = |algorithm: &Algorithm| algorithm.kind == KEY_EXCHANGE && !algorithm.encapsulates();
    served(guest).into_iter().filter(agrees).collect()
}

fn mechanisms(guest: &Guest<'_>) -> Vec<Algorithm> {
    served(guest).into_iter().filter(Algorithm::encapsulates).collect()
}

fn two_sides_agree(guest: &mut Guest<'_>) {
    for algorithm in agreements(guest) {
        let name = algorithm.name;
        let (one, other) = (algorithm.key(guest), algorithm.key(guest));
        let shared = guest.kx_dh(one.public, other.secret).unwrap();
        assert_eq!(shared.len(), algorithm.output, "{name}");
        assert_eq!(guest.kx_dh(other.public, one.secret).unwrap(), shared, "{name}");
        assert_ne!(guest.kx_dh(one.public, one.secret).unwrap(), shared, "{name}");
    }
}

fn keys_of_two_algorithms_are_incompatible(guest: &mut Guest<'_>) {
    let keys: Vec<_> = served(guest).into_iter().map(|algorithm| (algorithm, algorithm.key(guest))).collect();
    for (one, of_one) in keys.iter().filter(|(algorithm, _)| algorithm.kind == KEY_EXCHANGE) {
        for (other, of_other) in keys.iter().filter(|(other, _)| other.name != one.name) {
            let what = [one.name, other.name];
            refuses!(guest.kx_dh(of_one.public, of_other.secret), IncompatibleKeys, "{what:?}");
            refuses!(guest.kx_dh(of_other.public, of_one.secret), IncompatibleKeys, "{what:?}");
        }
    }
}

fn a_key_that_does_not_agree_is_an_invalid_operation(guest: &mut Guest<'_>) {
    for algorithm in served(guest) {
        if algorithm.kind == SIGNATURES || algorithm.encapsulates() {
            let keys = algorithm.key(guest);
            refuses!(guest.kx_dh(keys.public, keys.secret), InvalidOperation, "{}", algorithm.name);
        }
    }
}

fn a_point_of_low_order_is_an_invalid_key(guest: &mut Guest<'_>) {
    let Some(x25519) = agreements(guest).into_iter().find(|algorithm| algorithm.name == "X25519") else { return };
    let secret = x25519.key(guest).secret;
    let mut one = [0; 32];
    one[0] = 1;
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    // The prime itself, which is zero in another spelling.
    let mut prime = minus_one;
    prime[0] = 0xed;
    for point in [[0; 32], one, minus_one, prime] {
        let public = guest.import("publickey", KEY_EXCHANGE, "X25519", &point, RAW).unwrap();
        refuses!(guest.kx_dh(public, secret), InvalidKey, "{point:x?}");
        refuses!(guest.publickey_verify(public), InvalidKey, "{point:x?}");
    }
}

fn what_is_encapsulated_is_decapsulated_by_its_owner_alone(guest: &mut Guest<'_>) {
    for algorithm in mechanisms(guest) {
        let (name, len) = (algorithm.name, algorithm.output);
        let (owner, stranger) = (algorithm.key(guest), algorithm.key(guest));
        let (secret, mut encapsulated) = guest.kx_encapsulate(owner.public).unwrap();
        assert_eq!((secret.len(), encapsulated.len()), (32, len), "{name}");
        assert_eq!(guest.kx_decapsulate(owner.secret, &encapsulated).unwrap(), secret, "{name}");
        // Implicit rejection: another secret, the same at each time, and no errno to learn from.
        let rejected = guest.kx_decapsulate(stranger.secret, &encapsulated).unwrap();
        assert_ne!(rejected, secret, "{name}");
        assert_eq!(guest.kx_decapsulate(stranger.secret, &encapsulated).unwrap(), rejected, "{name}");
        encapsulated[len / 2] ^= 1;
        assert_ne!(guest.kx_decapsulate(owner.secret, &encapsulated).unwrap(), secret, "{name}");
    }
}

fn two_encapsulations_differ(guest: &mut Guest<'_>) {
    for algorithm in mechanisms(guest) {
        let public = algorithm.key(guest).public;
        let [one, other] = [0, 1].map(|_| guest.kx_encapsulate(public).unwrap());
        assert!(one.0 != other.0 && one.1 != other.1, "{}", algorithm.name);
    }
}

fn an_imported_key_encapsulates_and_decapsulates(guest: &mut Guest<'_>) {
    for algorithm in mechanisms(guest) {
        let Algorithm { name, kind, .. } = algorithm;
        let keys = algorithm.key(guest);
        for encoding in [RAW, PKCS8, Encoding::Pem] {
            let [public, secret] = [("publickey", keys.public), ("secretkey", keys.secret)].map(|(key, handle)| {
                let encoded = guest.export(key, handle, encoding).unwrap();
                guest.import(key, kind, name, &encoded, encoding).unwrap()
            });
            let (shared, encapsulated) = guest.kx_encapsulate(public).unwrap();
            for secret in [secret, keys.secret] {
                assert_eq!(guest.kx_decapsulate(secret, &encapsulated).unwrap(), shared, "{name} {encoding}");
            }
        }
    }
}

fn an_encapsulated_secret_of_a_wrong_length_fails_to_verify(guest: &mut Guest<'_>) {
    for algorithm in mechanisms(guest) {
        let secret = algorithm.key(guest).secret;
        for len in [0, 1, algorithm.output - 1, algorithm.output + 1, 2 * algorithm.output] {
            let answer = guest.kx_decapsulate(secret, &vec![3; len]);
            refuses!(answer, VerificationFailed, "{} {len}", algorithm.name);
        }
    }
}

fn a_key_that_does_not_encapsulate_is_an_invalid_operation(guest: &mut Guest<'_>) {
    for algorithm in served(guest).into_iter().filter(|algorithm| !algorithm.encapsulates()) {
        let keys = algorithm.key(guest);
        refuses!(guest.kx_encapsulate(keys.public), InvalidOperation, "{}", algorithm.name);
        refuses!(guest.kx_decapsulate(keys.secret, &[0; 1088]), InvalidOperation, "{}", algorithm.name);
    }
}
