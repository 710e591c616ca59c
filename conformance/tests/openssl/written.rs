//! What the host writes, OpenSSL reads, and writes alike.

use hostcrypt_conformance::Object;
use std::collections::BTreeMap;

use crate::{
    MESSAGE,
    command::OpenSsl,
    families::{FAMILIES, Form},
    host::{
        Encoding::{self, CompressedSec, Der, Pem, Raw, Sec},
        Host,
    },
};

/// Each of what hosts write once, with who wrote it first.
#[derive(Default)]
struct Written(BTreeMap<Vec<u8>, (String, Encoding)>);

impl Written {
    fn by(&mut self, host: &mut Host, key: &str, handle: Object, encoding: Encoding) {
        for encoded in host.write(key, handle, encoding) {
            self.0.entry(encoded).or_insert_with(|| (format!("{key} in {encoding:?} by {}", host.what()), encoding));
        }
    }
}

#[test]
fn private_keys_are_valid_to_openssl_and_what_it_writes() {
    let Some(openssl) = OpenSsl::installed() else { return };
    let mut all = Written::default();
    for family in &FAMILIES {
        for mut host in family.hosts() {
            let pair = family.pair(&mut host);
            let secret = host.secret(pair);
            for (key, handle) in [("keypair", pair), ("secretkey", secret)] {
                all.by(&mut host, key, handle, Der);
                all.by(&mut host, key, handle, Pem);
            }
            if family.form == Form::Point {
                all.by(&mut host, "secretkey", secret, Sec);
                all.by(&mut host, "secretkey", secret, CompressedSec);
            }
        }
    }
    for (written, (what, encoding)) in all.0 {
        openssl.check(&written);
        let again = match encoding {
            Pem => openssl.pem("pkey", &written),
            Sec | CompressedSec => openssl.convert("ec -outform DER", &written),
            Raw | Der => openssl.private(&written),
        };
        assert!(again == written, "{what}");
    }
}

#[test]
fn public_keys_are_valid_to_openssl_and_what_it_writes() {
    let Some(openssl) = OpenSsl::installed() else { return };
    let mut all = Written::default();
    for family in &FAMILIES {
        for mut host in family.hosts() {
            let pair = family.pair(&mut host);
            let public = host.public("keypair", pair);
            all.by(&mut host, "publickey", public, Der);
            all.by(&mut host, "publickey", public, Pem);
            let derived = openssl.public(&host.der("keypair", pair));
            assert_eq!(host.der("publickey", public), derived, "{}", host.what());
        }
    }
    for (written, (what, encoding)) in all.0 {
        openssl.check_public(&written);
        let again = match encoding {
            Pem => openssl.pem("pkey -pubin", &written),
            _ => openssl.convert("pkey -pubin -outform DER", &written),
        };
        assert_eq!(again, written, "{what}");
    }
}

#[test]
fn raw_keys_are_what_the_keys_that_openssl_writes_hold() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in FAMILIES.iter().filter(|family| family.form != Form::Rsa) {
        for mut host in family.hosts() {
            let pair = family.pair(&mut host);
            let (secret, public) = (host.secret(pair), host.public("keypair", pair));
            let der = host.der("keypair", pair);
            let raw_pair = host.write("keypair", pair, Raw).remove(0);
            let raw_secret = host.write("secretkey", secret, Raw).remove(0);
            let raw_public = host.write("publickey", public, Raw).remove(0);
            let what = host.what();
            if family.form == Form::Octets {
                assert!(openssl.private(&der).ends_with(&raw_secret), "{what}");
                assert!(openssl.public(&der).ends_with(&raw_public), "{what}");
                assert_eq!(raw_pair, [raw_secret, raw_public].concat(), "{what}");
                continue;
            }
            // SEQUENCE, of a length in one byte or two, version 1, and the scalar; without a public half, nothing else
            // is as long.
            let alone = openssl.convert("ec -no_public -outform DER", &der);
            assert!(alone[5..].starts_with(&[&[4, raw_secret.len() as u8], &*raw_secret].concat()), "{what}");
            assert_eq!(raw_pair, raw_secret, "{what}");
            let points =
                ["compressed", "uncompressed"].map(|form| format!("ec -pubout -outform DER -conv_form {form}"));
            let [compressed, uncompressed] = points.map(|command| openssl.convert(&command, &der));
            assert!(compressed.ends_with(&raw_public), "{what}");
            for written in host.write("publickey", public, CompressedSec) {
                assert_eq!(written, raw_public, "{what}");
            }
            for written in host.write("publickey", public, Sec) {
                assert_eq!(written.len(), 2 * raw_public.len() - 1, "{what}");
                assert!(uncompressed.ends_with(&written), "{what}");
            }
        }
    }
}

#[test]
fn signatures_verify_with_openssl_and_of_another_message_do_not() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in &FAMILIES {
        for mut host in family.signers() {
            let pair = family.pair(&mut host);
            let public = host.public("keypair", pair);
            let public = host.der("publickey", public);
            let signature = host.sign(pair, MESSAGE);
            assert!(openssl.verifies(host.name, &public, MESSAGE, &signature), "{}", host.what());
            assert!(!openssl.verifies(host.name, &public, b"another message", &signature), "{}", host.what());
        }
    }
}
