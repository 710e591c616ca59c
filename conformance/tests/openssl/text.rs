//! Keys in PEM with all that OpenSSL writes around them.

use hostcrypt::Errno;

use crate::{
    command::OpenSsl,
    families::{FAMILIES, Family, Form},
    host::Encoding::{Der, Pem},
    read::{is_read, is_read_as_public},
};

/// A self-signed certificate of a key that signs.
fn certificate(openssl: OpenSsl, key: &[u8]) -> Vec<u8> {
    let config = b"[req]\ndistinguished_name = name\n[name]\n";
    openssl.run("req -x509 -config config -subj /CN=test -key key", &[("config", config), ("key", key)])
}

/// What `openssl pkcs12` writes of a key and its certificate: attributes, the certificate, attributes, the key.
fn bags(openssl: OpenSsl, key: &[u8], certificate: &[u8]) -> Vec<u8> {
    let password: (&str, &[u8]) = ("password", b"correct horse battery staple");
    let sealed = openssl.run(
        "pkcs12 -export -inkey key -in certificate -name name -passout file:password",
        &[("key", key), ("certificate", certificate), password],
    );
    openssl.run("pkcs12 -in sealed -nodes -passin file:password", &[("sealed", &sealed), password])
}

fn signers() -> impl Iterator<Item = &'static Family> {
    FAMILIES.iter().filter(|family| !family.signs.is_empty())
}

#[test]
fn keys_with_their_numbers_in_words_are_read() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in &FAMILIES {
        let key = family.key(openssl);
        let text = openssl.pem("pkey -text", key);
        assert!(!text.ends_with(b"-----\n"), "the numbers are behind the key");
        is_read(openssl, family, &text, Pem);
        is_read_as_public(openssl, family, &openssl.pem("pkey -pubout -text", key), Pem);
        let command = match family.form {
            Form::Rsa => "rsa -text",
            Form::Point => "ec -text",
            Form::Octets => continue,
        };
        let text = openssl.pem(command, key);
        assert!(!text.starts_with(b"-----"), "the numbers are before the key");
        is_read(openssl, family, &text, Pem);
    }
}

#[test]
fn keys_beside_certificates_are_read() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in signers() {
        let key = family.key(openssl);
        let certificate = certificate(openssl, key);
        let bags = bags(openssl, key, &certificate);
        assert!(String::from_utf8_lossy(&bags).contains("Bag Attributes"));
        let public = openssl.pem("pkey -pubout", key);
        for text in [bags, [key, &certificate].concat(), [&certificate, key].concat(), [&*public, key].concat()] {
            is_read(openssl, family, &text, Pem);
        }
        is_read_as_public(openssl, family, &[&certificate, key, &*public].concat(), Pem);
        for mut host in family.hosts() {
            for key in ["secretkey", "keypair", "publickey"] {
                host.refuses(key, &certificate, Pem, Errno::InvalidKey);
            }
        }
    }
}

#[test]
fn of_several_keys_the_first_that_fits_is_read() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in &FAMILIES {
        let key = family.key(openssl);
        let others: Vec<_> = FAMILIES.iter().map(|other| other.key(openssl)).collect();
        is_read(openssl, family, &[key, &others.concat()].concat(), Pem);
        // A label that says the algorithm is passed over by all others.
        let others = FAMILIES.iter().filter(|other| other.form != family.form && other.form != Form::Octets);
        let named: Vec<_> = others.map(|other| openssl.pem("pkey -traditional", other.key(openssl))).collect();
        is_read(openssl, family, &[&named.concat(), key].concat(), Pem);
        let encrypted = openssl.encrypt("pkcs8 -topk8", key);
        is_read(openssl, family, &[&*encrypted, key].concat(), Pem);
        if family.form != Form::Octets {
            let encrypted = openssl.encrypt("pkey -traditional -aes256", key);
            is_read(openssl, family, &[&*encrypted, key].concat(), Pem);
        }
    }
}

#[test]
fn parameters_are_read_wherever_they_stand() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in FAMILIES.iter().filter(|family| family.form == Form::Point) {
        let (key, curve) = (family.key(openssl), family.curve().unwrap());
        let own = openssl.run(&format!("ecparam -name {curve}"), &[]);
        let dumped = openssl.run(&format!("ecparam -name {curve} -text"), &[]);
        let alone = openssl.pem("ec", key);
        for text in [[&*own, key].concat(), [&*alone, &own].concat(), [&*dumped, &alone].concat()] {
            is_read(openssl, family, &text, Pem);
        }
        is_read_as_public(openssl, family, &[own, openssl.pem("pkey -pubout", key)].concat(), Pem);
        let other = openssl.run("ecparam -name secp521r1", &[]);
        let spelled = openssl.run(&format!("ecparam -name {curve} -param_enc explicit"), &[]);
        for parameters in [other, spelled] {
            for mut host in family.hosts() {
                for key in ["secretkey", "keypair"] {
                    host.refuses(key, &[&*parameters, &alone].concat(), Pem, Errno::InvalidKey);
                    host.refuses(key, &[&*alone, &parameters].concat(), Pem, Errno::InvalidKey);
                }
            }
        }
    }
}

#[test]
fn public_keys_of_rsa_without_their_identifier_are_read_in_der() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in FAMILIES.iter().filter(|family| family.form == Form::Rsa) {
        let der = openssl.convert("rsa -RSAPublicKey_out -outform DER", family.key(openssl));
        is_read_as_public(openssl, family, &der, Der);
    }
}

#[test]
fn rsa_keys_beyond_the_bounds_are_an_invalid_key() {
    let Some(openssl) = OpenSsl::installed() else { return };
    let family = &FAMILIES[0];
    let short = openssl.make("RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3");
    for mut host in family.hosts() {
        host.read("secretkey", &short, Pem);
    }
    for other in ["rsa_keygen_pubexp:8589934593", "rsa_keygen_primes:3"] {
        let text = openssl.make(&format!("RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt {other}"));
        for mut host in family.hosts() {
            for key in ["secretkey", "keypair"] {
                host.refuses(key, &text, Pem, Errno::InvalidKey);
                host.refuses(key, &openssl.private(&text), Der, Errno::InvalidKey);
            }
        }
    }
}
