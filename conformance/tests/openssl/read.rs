//! What OpenSSL writes, the host reads.

use crate::{
    MESSAGE,
    command::OpenSsl,
    families::{FAMILIES, Family, Form},
    host::Encoding::{self, CompressedSec, Der, Pem, Raw, Sec},
};

/// Holds every host to read a private key, alone and as a pair, and to find the same public half.
pub(crate) fn is_read(openssl: OpenSsl, family: &Family, encoded: &[u8], encoding: Encoding) {
    let (private, public) = (openssl.private(family.key(openssl)), openssl.public(family.key(openssl)));
    for mut host in family.hosts() {
        for key in ["secretkey", "keypair"] {
            for handle in host.read(key, encoded, encoding) {
                assert!(host.der(key, handle) == private, "{}: {encoding:?} is read as another key", host.what());
                let half = host.public(key, handle);
                assert!(host.der("publickey", half) == public, "{}: {encoding:?} has another half", host.what());
            }
        }
    }
}

/// Holds every host to read a public key.
pub(crate) fn is_read_as_public(openssl: OpenSsl, family: &Family, encoded: &[u8], encoding: Encoding) {
    let public = openssl.public(family.key(openssl));
    for mut host in family.hosts() {
        for handle in host.read("publickey", encoded, encoding) {
            assert!(host.der("publickey", handle) == public, "{}: {encoding:?} is read as another key", host.what());
        }
    }
}

/// As Windows writes lines.
fn crlf(text: &[u8]) -> Vec<u8> {
    String::from_utf8(text.to_vec()).unwrap().replace('\n', "\r\n").into_bytes()
}

fn points() -> impl Iterator<Item = &'static Family> {
    FAMILIES.iter().filter(|family| family.form == Form::Point)
}

#[test]
fn private_keys_in_pkcs8_are_read() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in &FAMILIES {
        let key = family.key(openssl);
        is_read(openssl, family, &openssl.private(key), Der);
        let text = openssl.pem("pkey", key);
        is_read(openssl, family, &text, Pem);
        is_read(openssl, family, &crlf(&text), Pem);
    }
}

#[test]
fn private_keys_in_the_forms_before_pkcs8_are_read() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in FAMILIES.iter().filter(|family| family.form != Form::Octets) {
        let text = openssl.pem("pkey -traditional", family.key(openssl));
        let label: &[u8] = if family.form == Form::Rsa { b"-----BEGIN RSA PRIV" } else { b"-----BEGIN EC PRIV" };
        assert!(text.starts_with(label));
        is_read(openssl, family, &text, Pem);
        is_read(openssl, family, &crlf(&text), Pem);
    }
    // In DER, those of curves are `sec`; of RSA, what other hosts write for PKCS#8.
    for (form, encoding) in [(Form::Rsa, Der), (Form::Point, Sec)] {
        for family in FAMILIES.iter().filter(|family| family.form == form) {
            let der = openssl.convert("pkey -traditional -outform DER", family.key(openssl));
            assert_ne!(der, openssl.private(family.key(openssl)));
            is_read(openssl, family, &der, encoding);
        }
    }
}

#[test]
fn private_keys_with_their_parameters_before_them_are_read() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in points() {
        let text = openssl.run(&format!("ecparam -genkey -name {}", family.curve().unwrap()), &[]);
        assert!(text.starts_with(b"-----BEGIN EC PARAMETERS-----"));
        let (private, public) = (openssl.private(&text), openssl.public(&text));
        for mut host in family.hosts() {
            for text in [&text, &crlf(&text)] {
                for handle in host.read("secretkey", text, Pem) {
                    assert_eq!(host.der("secretkey", handle), private, "{}", host.what());
                }
                for handle in host.read("keypair", text, Pem) {
                    let half = host.public("keypair", handle);
                    assert_eq!(host.der("publickey", half), public, "{}", host.what());
                }
            }
        }
    }
}

#[test]
fn private_keys_without_their_public_half_are_read() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in points() {
        let key = family.key(openssl);
        let [whole, alone] =
            ["ec -outform DER", "ec -no_public -outform DER"].map(|command| openssl.convert(command, key));
        assert!(alone.len() < whole.len());
        is_read(openssl, family, &alone, Sec);
        let text = openssl.pem("ec -no_public", key);
        is_read(openssl, family, &text, Pem);
        is_read(openssl, family, &openssl.private(&text), Der);
    }
}

#[test]
fn private_keys_with_a_compressed_public_half_are_read() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in points() {
        let key = family.key(openssl);
        let compressed = openssl.pem("pkey -ec_conv_form compressed", key);
        is_read(openssl, family, &compressed, Pem);
        let compressed = openssl.private(&compressed);
        assert!(compressed.len() < openssl.private(key).len());
        is_read(openssl, family, &compressed, Der);
        is_read(openssl, family, &openssl.pem("ec -conv_form compressed", key), Pem);
        is_read(openssl, family, &openssl.convert("ec -outform DER -conv_form compressed", key), Sec);
    }
}

#[test]
fn public_keys_are_read() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in &FAMILIES {
        let key = family.key(openssl);
        is_read_as_public(openssl, family, &openssl.public(key), Der);
        let text = openssl.pem("pkey -pubout", key);
        is_read_as_public(openssl, family, &text, Pem);
        is_read_as_public(openssl, family, &crlf(&text), Pem);
    }
}

#[test]
fn public_keys_of_rsa_without_their_identifier_are_read() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in FAMILIES.iter().filter(|family| family.form == Form::Rsa) {
        let text = openssl.pem("rsa -RSAPublicKey_out", family.key(openssl));
        assert!(text.starts_with(b"-----BEGIN RSA PUBLIC KEY-----"));
        is_read_as_public(openssl, family, &text, Pem);
        is_read_as_public(openssl, family, &crlf(&text), Pem);
    }
}

#[test]
fn points_are_read_compressed_and_not() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in points() {
        let key = family.key(openssl);
        let scalar = if family.curve() == Some("secp384r1") { 48 } else { 32 };
        for (form, len) in [("uncompressed", 1 + 2 * scalar), ("compressed", 1 + scalar)] {
            let der = openssl.convert(&format!("ec -pubout -outform DER -conv_form {form}"), key);
            is_read_as_public(openssl, family, &der, Der);
            let text = openssl.pem(&format!("ec -pubout -conv_form {form}"), key);
            is_read_as_public(openssl, family, &text, Pem);
            // The point is what a public key ends with.
            for encoding in [Raw, Sec, CompressedSec] {
                is_read_as_public(openssl, family, &der[der.len() - len..], encoding);
            }
        }
    }
}

#[test]
fn signatures_verify_and_of_another_message_do_not() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in &FAMILIES {
        let key = family.key(openssl);
        let public = openssl.public(key);
        for mut host in family.signers() {
            let signature = openssl.sign(host.name, key, MESSAGE);
            let public = host.read("publickey", &public, Der).remove(0);
            assert!(host.verifies(public, MESSAGE, &signature), "{}", host.what());
            assert!(!host.verifies(public, b"another message", &signature), "{}", host.what());
        }
    }
}

#[test]
fn signatures_on_curves_verify_in_whichever_half_of_the_numbers_they_are() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in points() {
        let key = family.key(openssl);
        let public = openssl.public(key);
        for mut host in family.signers() {
            let public = host.read("publickey", &public, Der).remove(0);
            // Some libraries make and take one half alone; OpenSSL's are in either, by chance.
            for _ in 0..10 {
                let signature = openssl.sign(host.name, key, MESSAGE);
                assert!(host.verifies(public, MESSAGE, &signature), "{}", host.what());
            }
        }
    }
}
