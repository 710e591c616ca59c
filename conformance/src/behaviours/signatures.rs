//! `signature_*`: states that stream, and signatures in their encodings.

use super::{
    algorithms::{Algorithm, Form, Keys, served},
    behaviours,
};
use crate::{
    Capability, Encoding, Guest, Object,
    guest::{KEY_EXCHANGE, RAW, SIGNATURE_DER, SIGNATURES, refuses},
};

behaviours!("signatures":
    what_is_signed_verifies_and_nothing_else_does,
    a_signing_state_signs_all_that_it_absorbed_so_far,
    a_verification_state_goes_on_after_a_verdict,
    signing_is_deterministic_but_for_schemes_with_a_salt,
    a_signature_of_another_algorithm_is_an_invalid_signature,
    a_raw_signature_of_a_wrong_length_is_an_invalid_signature,
    an_ecdsa_signature_goes_round_through_der,
    malformed_der_is_an_invalid_signature,
    an_encoding_that_a_scheme_or_the_interface_lacks_is_unsupported,
    a_number_that_is_no_encoding_is_unsupported [needs Numbers],
    an_algorithm_that_does_not_sign_has_no_signatures,
    a_key_that_agrees_does_not_sign [needs kx_dh],
    a_key_that_is_none_never_signs,
    a_message_longer_than_the_host_keeps_is_an_overflow,
);

fn schemes(guest: &Guest<'_>) -> Vec<Algorithm> {
    served(guest).into_iter().filter(|algorithm| algorithm.kind == SIGNATURES).collect()
}

fn pair(guest: &mut Guest<'_>, name: &str) -> (Object, Object) {
    let pair = guest.keypair_generate(SIGNATURES, name, None).unwrap();
    (pair, guest.keypair_publickey(pair).unwrap())
}

fn what_is_signed_verifies_and_nothing_else_does(guest: &mut Guest<'_>) {
    for algorithm in schemes(guest) {
        let Algorithm { name, output: len, .. } = algorithm;
        let Keys { pair: secret, public, .. } = algorithm.keys(guest, 0);
        let stranger = algorithm.keys(guest, 1).public;
        for message in [&b""[..], b"message", &[0xa5; 100_000]] {
            let signature = guest.sign(secret, message).unwrap();
            guest.verify(public, message, signature).unwrap();
            refuses!(guest.verify(public, b"another", signature), VerificationFailed, "{name}");
            refuses!(guest.verify(stranger, message, signature), VerificationFailed, "{name}");
            let mut raw = guest.export("signature", signature, RAW).unwrap();
            assert_eq!(raw.len(), len, "{name}");
            raw[len / 2] ^= 1;
            let altered = guest.signature_import(name, &raw, RAW).unwrap();
            refuses!(guest.verify(public, message, altered), VerificationFailed, "{name}");
        }
    }
}

fn a_signing_state_signs_all_that_it_absorbed_so_far(guest: &mut Guest<'_>) {
    for algorithm in schemes(guest) {
        let Keys { pair: secret, public, .. } = algorithm.key(guest);
        let state = guest.signature_state_open(secret).unwrap();
        let empty = guest.signature_state_sign(state).unwrap();
        guest.signature_state_update(state, b"one ").unwrap();
        let first = guest.signature_state_sign(state).unwrap();
        guest.signature_state_update(state, b"two").unwrap();
        let second = guest.signature_state_sign(state).unwrap();
        let again = guest.signature_state_sign(state).unwrap();
        guest.close("signature_state", state).unwrap();
        guest.verify(public, b"", empty).unwrap();
        guest.verify(public, b"one ", first).unwrap();
        guest.verify(public, b"one two", second).unwrap();
        guest.verify(public, b"one two", again).unwrap();
    }
}

fn a_verification_state_goes_on_after_a_verdict(guest: &mut Guest<'_>) {
    for algorithm in schemes(guest) {
        let name = algorithm.name;
        let Keys { pair: secret, public, .. } = algorithm.key(guest);
        let [short, long] = [&b"one "[..], b"one two"].map(|message| guest.sign(secret, message).unwrap());
        let state = guest.signature_verification_state_open(public).unwrap();
        guest.signature_verification_state_update(state, b"one ").unwrap();
        refuses!(guest.signature_verification_state_verify(state, long), VerificationFailed, "{name}");
        guest.signature_verification_state_verify(state, short).unwrap();
        guest.signature_verification_state_update(state, b"two").unwrap();
        guest.signature_verification_state_verify(state, long).unwrap();
    }
}

fn signing_is_deterministic_but_for_schemes_with_a_salt(guest: &mut Guest<'_>) {
    for algorithm in schemes(guest) {
        let name = algorithm.name;
        let secret = algorithm.key(guest).pair;
        let [one, other] = [0, 1].map(|_| {
            let signature = guest.sign(secret, b"message").unwrap();
            guest.export("signature", signature, RAW).unwrap()
        });
        // PSS has a salt, ML-DSA is hedged, and not every host signs as RFC 6979 says.
        let random = name.starts_with("ECDSA") && !guest.subject().has(Capability::DeterministicEcdsa(name));
        let salted = random || name.starts_with("RSA_PSS") || name.starts_with("ML-DSA");
        assert_eq!(one == other, !salted, "{name}");
    }
}

fn a_signature_of_another_algorithm_is_an_invalid_signature(guest: &mut Guest<'_>) {
    let (ed, ed_public) = pair(guest, "Ed25519");
    let (ec, ec_public) = pair(guest, "ECDSA_P256_SHA256");
    let [of_ed, of_ec] = [ed, ec].map(|secret| guest.sign(secret, b"message").unwrap());
    refuses!(guest.verify(ed_public, b"message", of_ec), InvalidSignature);
    refuses!(guest.verify(ec_public, b"message", of_ed), InvalidSignature);
    let raw = guest.export("signature", of_ed, RAW).unwrap();
    let relabelled = guest.signature_import("ECDSA_P256_SHA256", &raw, RAW).unwrap();
    refuses!(guest.verify(ed_public, b"message", relabelled), InvalidSignature);
}

fn a_raw_signature_of_a_wrong_length_is_an_invalid_signature(guest: &mut Guest<'_>) {
    for Algorithm { name, output: len, .. } in schemes(guest) {
        for wrong in [0, 1, len - 1, len + 1, 2 * len] {
            refuses!(guest.signature_import(name, &vec![1; wrong], RAW), InvalidSignature, "{name} {wrong}");
        }
    }
}

fn an_ecdsa_signature_goes_round_through_der(guest: &mut Guest<'_>) {
    let name = "ECDSA_P256_SHA256";
    let (secret, public) = pair(guest, name);
    for counter in 0..40_u8 {
        let signature = guest.sign(secret, &[counter]).unwrap();
        let raw = guest.export("signature", signature, RAW).unwrap();
        let der = guest.export("signature", signature, SIGNATURE_DER).unwrap();
        assert!(der[0] == 0x30 && der.len() <= 72, "{der:x?}");
        let back = guest.signature_import(name, &der, SIGNATURE_DER).unwrap();
        assert_eq!(guest.export("signature", back, RAW).unwrap(), raw);
        guest.verify(public, &[counter], back).unwrap();
    }
}

fn malformed_der_is_an_invalid_signature(guest: &mut Guest<'_>) {
    let name = "ECDSA_P256_SHA256";
    let (secret, _) = pair(guest, name);
    let signature = guest.sign(secret, b"message").unwrap();
    let der = guest.export("signature", signature, SIGNATURE_DER).unwrap();
    for len in 0..der.len() {
        refuses!(guest.signature_import(name, &der[..len], SIGNATURE_DER), InvalidSignature, "{len} bytes");
    }
    let trailing = [&der[..], &[0]].concat();
    let negative = [0x30, 6, 2, 1, 0x80, 2, 1, 1];
    let padded = [0x30, 8, 2, 2, 0, 1, 2, 2, 0, 1];
    let long_form = [0x30, 0x81, 6, 2, 1, 1, 2, 1, 1];
    let huge = [&[0x30, 40, 2, 34][..], &[1; 34], &[2, 2, 1, 1]].concat();
    for malformed in [&trailing[..], &negative, &padded, &long_form, &huge, b"", b"junk"] {
        refuses!(guest.signature_import(name, malformed, SIGNATURE_DER), InvalidSignature, "{malformed:x?}");
    }
    guest.signature_import(name, &[0x30, 6, 2, 1, 1, 2, 1, 1], SIGNATURE_DER).unwrap();
}

fn an_encoding_that_a_scheme_or_the_interface_lacks_is_unsupported(guest: &mut Guest<'_>) {
    // Only ECDSA has signatures of two integers.
    for algorithm in schemes(guest).into_iter().filter(|algorithm| algorithm.form != Form::Point) {
        let Algorithm { name, output: len, .. } = algorithm;
        let secret = algorithm.key(guest).pair;
        let signature = guest.sign(secret, b"message").unwrap();
        refuses!(guest.export("signature", signature, SIGNATURE_DER), UnsupportedEncoding, "{name}");
        refuses!(guest.signature_import(name, &vec![1; len], SIGNATURE_DER), UnsupportedEncoding, "{name}");
    }
}

fn a_number_that_is_no_encoding_is_unsupported(guest: &mut Guest<'_>) {
    for algorithm in schemes(guest) {
        let name = algorithm.name;
        let secret = algorithm.key(guest).pair;
        let signature = guest.sign(secret, b"message").unwrap();
        for number in [2, 3, 255, 65_536, -1] {
            refuses!(guest.export("signature", signature, number), UnsupportedEncoding, "{name} {number}");
            refuses!(guest.signature_import(name, &[1; 64], number), UnsupportedEncoding, "{name} {number}");
        }
    }
}

fn an_algorithm_that_does_not_sign_has_no_signatures(guest: &mut Guest<'_>) {
    for name in ["X25519", "SHA-256", "HMAC/SHA-256", "no such thing", ""] {
        refuses!(guest.signature_import(name, &[1; 64], RAW), UnsupportedAlgorithm, "{name}");
    }
}

fn a_key_that_agrees_does_not_sign(guest: &mut Guest<'_>) {
    let pair = guest.keypair_generate(KEY_EXCHANGE, "X25519", None).unwrap();
    let public = guest.keypair_publickey(pair).unwrap();
    refuses!(guest.signature_state_open(pair), InvalidOperation);
    refuses!(guest.signature_verification_state_open(public), InvalidOperation);
}

/// A library sees that when it takes the key, or when the signature comes out wrong.
fn a_key_that_is_none_never_signs(guest: &mut Guest<'_>) {
    const COMPOSITE: &str = include_str!("../../keys/rsa-2048-composite.pem");
    for name in ["RSA_PKCS1_2048_SHA256", "RSA_PSS_2048_SHA256"] {
        if guest.lacks(name) {
            continue;
        }
        match guest.import("keypair", SIGNATURES, name, COMPOSITE.as_bytes(), Encoding::Pem) {
            Ok(pair) => refuses!(guest.sign(pair, b"message"), AlgorithmFailure, "{name}"),
            refused => refuses!(refused, InvalidKey, "{name}"),
        }
    }
}

fn a_message_longer_than_the_host_keeps_is_an_overflow(guest: &mut Guest<'_>) {
    let mut limits = hostcrypt::Limits::default();
    limits.bytes = 1 << 20;
    for algorithm in schemes(guest).into_iter().filter(|algorithm| algorithm.name.starts_with("ML-DSA")) {
        let mut guest = guest.set_up(limits);
        let keys = algorithm.key(&mut guest);
        let signing = guest.signature_state_open(keys.pair).unwrap();
        let verifying = guest.signature_verification_state_open(keys.public).unwrap();
        let absorbed = (0..100).take_while(|_| guest.signature_state_update(signing, &[7; 100_000]).is_ok()).count();
        assert!(absorbed < 11, "{}: {absorbed} times 100,000 bytes", algorithm.name);
        guest.close("signature_state", signing).unwrap();
        while guest.signature_verification_state_update(verifying, &[7; 100_000]).is_ok() {}
        refuses!(guest.signature_verification_state_update(verifying, &[7; 100_000]), Overflow, "{}", algorithm.name);
    }
    let mut guest = guest.set_up(limits);
    let (secret, public) = pair(&mut guest, "Ed25519");
    let state = guest.signature_state_open(secret).unwrap();
    let chunk = [7; 100_000];
    let mut absorbed = 0;
    while guest.signature_state_update(state, &chunk).is_ok() {
        absorbed += chunk.len();
        assert!(absorbed <= limits.bytes, "the limit was passed");
    }
    refuses!(guest.signature_state_update(state, &chunk), Overflow);
    // The refused part is not in the message.
    let signature = guest.signature_state_sign(state).unwrap();
    guest.close("signature_state", state).unwrap();
    guest.verify(public, &chunk, signature).unwrap_err();
    let verifier = guest.signature_verification_state_open(public).unwrap();
    for _ in 0..absorbed / chunk.len() {
        guest.signature_verification_state_update(verifier, &chunk).unwrap();
    }
    guest.signature_verification_state_verify(verifier, signature).unwrap();
    // A scheme that signs a digest keeps no message.
    let (secret, _) = pair(&mut guest, "ECDSA_P256_SHA256");
    let state = guest.signature_state_open(secret).unwrap();
    for _ in 0..20 {
        guest.signature_state_update(state, &chunk).unwrap();
    }
    guest.signature_state_sign(state).unwrap();
}
