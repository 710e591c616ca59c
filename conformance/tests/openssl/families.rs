//! The keys that both sides know, and the algorithms that each serves.

use hostcrypt_conformance::Object;
use std::sync::OnceLock;

use crate::{
    command::OpenSsl,
    host::{Encoding, Host, hosts},
};

/// How keys are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Rsa,
    Point,
    Octets,
}

/// Keys of one kind.
pub(crate) struct Family {
    pub(crate) form: Form,
    /// What `openssl genpkey -algorithm` makes a key by.
    genpkey: &'static str,
    pub(crate) signs: &'static [&'static str],
    pub(crate) agrees: &'static [&'static str],
    /// RSA keys take a while to be made, and are made once.
    of_openssl: OnceLock<Vec<u8>>,
    of_host: OnceLock<Vec<u8>>,
}

const fn family(
    form: Form,
    genpkey: &'static str,
    signs: &'static [&'static str],
    agrees: &'static [&'static str],
) -> Family {
    Family { form, genpkey, signs, agrees, of_openssl: OnceLock::new(), of_host: OnceLock::new() }
}

/// Every family that OpenSSL 3.0 has.
pub(crate) static FAMILIES: [Family; 8] = [
    family(
        Form::Rsa,
        "RSA -pkeyopt rsa_keygen_bits:2048",
        &[
            "RSA_PKCS1_2048_SHA256",
            "RSA_PKCS1_2048_SHA384",
            "RSA_PKCS1_2048_SHA512",
            "RSA_PSS_2048_SHA256",
            "RSA_PSS_2048_SHA384",
            "RSA_PSS_2048_SHA512",
        ],
        &[],
    ),
    family(
        Form::Rsa,
        "RSA -pkeyopt rsa_keygen_bits:3072",
        &["RSA_PKCS1_3072_SHA384", "RSA_PKCS1_3072_SHA512", "RSA_PSS_3072_SHA384", "RSA_PSS_3072_SHA512"],
        &[],
    ),
    family(Form::Rsa, "RSA -pkeyopt rsa_keygen_bits:4096", &["RSA_PKCS1_4096_SHA512", "RSA_PSS_4096_SHA512"], &[]),
    family(Form::Point, "EC -pkeyopt ec_paramgen_curve:prime256v1", &["ECDSA_P256_SHA256"], &["P256-SHA256"]),
    family(Form::Point, "EC -pkeyopt ec_paramgen_curve:secp384r1", &["ECDSA_P384_SHA384"], &["P384-SHA384"]),
    family(Form::Point, "EC -pkeyopt ec_paramgen_curve:secp256k1", &["ECDSA_K256_SHA256"], &[]),
    family(Form::Octets, "ED25519", &["Ed25519"], &[]),
    family(Form::Octets, "X25519", &[], &["X25519"]),
];

impl Family {
    /// The curve, by OpenSSL's name.
    pub(crate) fn curve(&self) -> Option<&'static str> {
        self.genpkey.strip_prefix("EC -pkeyopt ec_paramgen_curve:")
    }

    /// A private key that OpenSSL makes.
    pub(crate) fn key(&self, openssl: OpenSsl) -> &[u8] {
        self.of_openssl.get_or_init(|| openssl.make(self.genpkey))
    }

    /// A pair that the host makes; RSA keys, one for all that use them.
    pub(crate) fn pair(&self, host: &mut Host) -> Object {
        if self.form != Form::Rsa {
            return host.generate();
        }
        let made = self.of_host.get_or_init(|| {
            let pair = host.generate();
            host.write("keypair", pair, Encoding::Der).remove(0)
        });
        host.read("keypair", made, Encoding::Der).remove(0)
    }

    /// The algorithms of the family, in every host that serves them.
    pub(crate) fn hosts(&self) -> Vec<Host> {
        [self.signers(), hosts(self.agrees, false)].into_iter().flatten().collect()
    }

    /// The same of those that sign.
    pub(crate) fn signers(&self) -> Vec<Host> {
        hosts(self.signs, true)
    }

    /// The same of those that agree.
    pub(crate) fn peers(&self) -> Vec<Host> {
        hosts(self.agrees, false)
    }
}
