//! Keys of OpenSSL that are for RSASSA-PSS alone (RFC 4055).

use hostcrypt::Errno;

use crate::{
    MESSAGE,
    command::OpenSsl,
    host::{
        Encoding::{Der, Pem},
        Host, hosts,
    },
};

/// An algorithm, its modulus and its hash.
const ALGORITHMS: [(&[&str], u32, u32); 6] = [
    (&["RSA_PSS_2048_SHA256"], 2048, 256),
    (&["RSA_PSS_2048_SHA384"], 2048, 384),
    (&["RSA_PSS_2048_SHA512"], 2048, 512),
    (&["RSA_PSS_3072_SHA384"], 3072, 384),
    (&["RSA_PSS_3072_SHA512"], 3072, 512),
    (&["RSA_PSS_4096_SHA512"], 4096, 512),
];

/// Those that no such key is for.
const OTHERS: [(&[&str], u32); 3] = [
    (&["RSA_PKCS1_2048_SHA256", "RSA_PKCS1_2048_SHA384", "RSA_PKCS1_2048_SHA512"], 2048),
    (&["RSA_PKCS1_3072_SHA384", "RSA_PKCS1_3072_SHA512"], 3072),
    (&["RSA_PKCS1_4096_SHA512"], 4096),
];

/// A key for PSS alone, in all its forms.
struct Key {
    openssl: OpenSsl,
    private: [Vec<u8>; 2],
    public: [Vec<u8>; 2],
    /// `RSAPublicKey`.
    bare: Vec<u8>,
}

impl Key {
    fn new(openssl: OpenSsl, bits: u32, bounds: &str) -> Self {
        let private = openssl.make(&format!("RSA-PSS -pkeyopt rsa_keygen_bits:{bits} {bounds}"));
        Self {
            openssl,
            public: [openssl.public(&private), openssl.pem("pkey -pubout", &private)],
            bare: openssl.convert("rsa -RSAPublicKey_out -outform DER", &private),
            private: [openssl.private(&private), openssl.pem("pkey", &private)],
        }
    }

    /// A key that is bound to one hash function, one mask and a shortest salt.
    fn bound(openssl: OpenSsl, bits: u32, hash: u32, mask: u32, salt: u32) -> Self {
        let bounds = format!(
            "-pkeyopt rsa_pss_keygen_md:sha{hash} -pkeyopt rsa_pss_keygen_mgf1_md:sha{mask} \
             -pkeyopt rsa_pss_keygen_saltlen:{salt}"
        );
        Self::new(openssl, bits, &bounds)
    }

    /// Holds a host to read it, and to verify with it what OpenSSL signs, and the other way about.
    fn serves(&self, host: &mut Host) {
        let (what, openssl) = (host.what(), self.openssl);
        let signature = openssl.sign(host.name, &self.private[0], MESSAGE);
        for (encoding, at) in [(Der, 0), (Pem, 1)] {
            for public in host.read("publickey", &self.public[at], encoding) {
                assert!(host.der("publickey", public).ends_with(&self.bare), "{what}: another key");
                assert!(host.verifies(public, MESSAGE, &signature), "{what}");
            }
            for secret in host.read("secretkey", &self.private[at], encoding) {
                let public = host.public("secretkey", secret);
                assert!(host.der("publickey", public).ends_with(&self.bare), "{what}: another half");
            }
            for pair in host.read("keypair", &self.private[at], encoding) {
                let signature = host.sign(pair, MESSAGE);
                assert!(openssl.verifies(host.name, &self.public[at], MESSAGE, &signature), "{what}");
            }
        }
    }

    /// Holds a host to refuse it.
    fn is_refused(&self, host: &mut Host) {
        for (encoding, at) in [(Der, 0), (Pem, 1)] {
            host.refuses("publickey", &self.public[at], encoding, Errno::InvalidKey);
            for key in ["secretkey", "keypair"] {
                host.refuses(key, &self.private[at], encoding, Errno::InvalidKey);
            }
        }
    }
}

#[test]
fn a_key_for_pss_alone_is_read_by_pss_alone() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for (others, bits) in OTHERS {
        let key = Key::new(openssl, bits, "");
        for (names, ..) in ALGORITHMS.into_iter().filter(|(_, of, _)| *of == bits) {
            hosts(names, true).iter_mut().for_each(|host| key.serves(host));
        }
        hosts(others, true).iter_mut().for_each(|host| key.is_refused(host));
    }
}

#[test]
fn a_key_for_one_hash_is_read_by_the_algorithm_of_that_hash_alone() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for (_, bits, hash) in ALGORITHMS {
        let key = Key::bound(openssl, bits, hash, hash, hash / 8);
        for (names, _, other) in ALGORITHMS.into_iter().filter(|(_, of, _)| *of == bits) {
            for mut host in hosts(names, true) {
                if other == hash { key.serves(&mut host) } else { key.is_refused(&mut host) }
            }
        }
        for (names, _) in OTHERS.into_iter().filter(|(_, of)| *of == bits) {
            hosts(names, true).iter_mut().for_each(|host| key.is_refused(host));
        }
    }
}

#[test]
fn a_key_that_allows_a_shorter_salt_is_read() {
    let Some(openssl) = OpenSsl::installed() else { return };
    let (names, bits, hash) = ALGORITHMS[0];
    let key = Key::bound(openssl, bits, hash, hash, 20);
    hosts(names, true).iter_mut().for_each(|host| key.serves(host));
}

#[test]
fn a_key_for_another_hash_or_mask_or_a_longer_salt_is_an_invalid_key() {
    let Some(openssl) = OpenSsl::installed() else { return };
    let (names, bits, hash) = ALGORITHMS[0];
    for (hash, mask, salt) in [(512, hash, 32), (hash, 512, 32), (hash, hash, 33)] {
        let key = Key::bound(openssl, bits, hash, mask, salt);
        hosts(names, true).iter_mut().for_each(|host| key.is_refused(host));
    }
}
