//! What OpenSSL writes and the interface has no form for.

use hostcrypt::Errno;

use crate::{
    command::OpenSsl,
    families::{FAMILIES, Family, Form},
    host::Encoding::{self, Der, Pem, Sec},
};

/// Holds every host to refuse a private key.
fn is_refused(family: &Family, encoded: &[u8], encoding: Encoding, errno: Errno) {
    for mut host in family.hosts() {
        for key in ["secretkey", "keypair"] {
            host.refuses(key, encoded, encoding, errno);
        }
    }
}

#[test]
fn encrypted_keys_are_an_unsupported_encoding() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in &FAMILIES {
        let key = family.key(openssl);
        let der = openssl.encrypt("pkcs8 -topk8 -outform DER", key);
        is_refused(family, &der, Der, Errno::UnsupportedEncoding);
        let text = openssl.encrypt("pkcs8 -topk8", key);
        assert!(text.starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY-----"));
        is_refused(family, &text, Pem, Errno::UnsupportedEncoding);
        if family.form != Form::Octets {
            let text = openssl.encrypt("pkey -traditional -aes256", key);
            assert!(String::from_utf8_lossy(&text).contains("PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"));
            is_refused(family, &text, Pem, Errno::UnsupportedEncoding);
        }
    }
}

#[test]
fn keys_that_spell_out_their_curve_are_an_invalid_key() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in FAMILIES.iter().filter(|family| family.form == Form::Point) {
        let key = family.key(openssl);
        let spelled = |command: &str| openssl.convert(&format!("{command} -param_enc explicit"), key);
        let text = openssl.convert("pkey -ec_param_enc explicit", key);
        is_refused(family, &text, Pem, Errno::InvalidKey);
        is_refused(family, &openssl.private(&text), Der, Errno::InvalidKey);
        is_refused(family, &spelled("ec"), Pem, Errno::InvalidKey);
        is_refused(family, &spelled("ec -outform DER"), Sec, Errno::InvalidKey);
        let (der, text) = (spelled("ec -pubout -outform DER"), spelled("ec -pubout"));
        for mut host in family.hosts() {
            host.refuses("publickey", &der, Der, Errno::InvalidKey);
            host.refuses("publickey", &text, Pem, Errno::InvalidKey);
        }
    }
}

#[test]
fn points_in_hybrid_form_are_an_invalid_key() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in FAMILIES.iter().filter(|family| family.form == Form::Point) {
        let key = family.key(openssl);
        let private = openssl.convert("pkey -ec_conv_form hybrid", key);
        is_refused(family, &private, Pem, Errno::InvalidKey);
        let public = openssl.convert("ec -pubout -outform DER -conv_form hybrid", key);
        for mut host in family.hosts() {
            host.refuses("publickey", &public, Der, Errno::InvalidKey);
        }
    }
}
