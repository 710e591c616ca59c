//! Keys in the encodings that other tools write.

use hostcrypt::Revision;

use super::behaviours;
use crate::{
    Encoding, Guest,
    guest::{KEY_EXCHANGE, RAW, SIGNATURES, refuses},
    vectors::hex,
};

behaviours!("encodings":
    secret_keys_that_openssl_wrote_are_read,
    public_keys_that_openssl_wrote_are_read,
    what_is_written_is_byte_for_byte_what_openssl_writes,
    keys_of_rfc_8410_are_read,
    rsa_keys_are_read_as_pkcs_8_and_as_pkcs_1_and_written_as_pkcs_8,
    points_are_read_in_either_form_and_written_in_the_one_asked_for,
    a_scalar_is_read_as_sec_and_written_with_its_curve_and_point,
    an_ec_private_key_is_read_where_pkcs_8_is_said,
    a_private_key_whose_public_half_is_another_ones_is_an_invalid_key,
    encrypted_keys_are_an_unsupported_encoding_and_other_labels_an_invalid_key,
);

pub(super) const PEM: Encoding = Encoding::Pem;
pub(super) const SEC: Encoding = Encoding::Sec;
/// The binary encoding that every kind of key has.
pub(super) const DER: Encoding = Encoding::Pkcs8;

pub(super) const P256: &str = "ECDSA_P256_SHA256";

pub(super) const SCALAR: &str = "7303a8d848114d61cc4de2f14ee98ff0d2e7c4ddf4eab896506784f51d6d65f2";
pub(super) const POINT: &str = "04b49aae8bf40494fc03e153f5f57925d5aee537b83f33d7c06d53d56fcb85579b\
                     e94f9d1f008a54f9eb16d83e75e2b8927506d1a557733ff67fff956dc05c0479";
pub(super) const COMPRESSED: &str = "03b49aae8bf40494fc03e153f5f57925d5aee537b83f33d7c06d53d56fcb85579b";

/// `openssl pkcs8 -topk8 -nocrypt`
pub(super) const PKCS8: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgcwOo2EgRTWHMTeLx
TumP8NLnxN306riWUGeE9R1tZfKhRANCAAS0mq6L9ASU/APhU/X1eSXVruU3uD8z
18BtU9Vvy4VXm+lPnR8AilT56xbYPnXiuJJ1BtGlV3M/9n//lW3AXAR5
-----END PRIVATE KEY-----
";

/// `openssl ecparam -genkey -noout`
pub(super) const SEC1: &str = "\
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIHMDqNhIEU1hzE3i8U7pj/DS58Td9Oq4llBnhPUdbWXyoAoGCCqGSM49
AwEHoUQDQgAEtJqui/QElPwD4VP19Xkl1a7lN7g/M9fAbVPVb8uFV5vpT50fAIpU
+esW2D514riSdQbRpVdzP/Z//5VtwFwEeQ==
-----END EC PRIVATE KEY-----
";

/// `openssl ec -no_public`
const SEC1_ALONE: &str = "\
-----BEGIN EC PRIVATE KEY-----
MDECAQEEIHMDqNhIEU1hzE3i8U7pj/DS58Td9Oq4llBnhPUdbWXyoAoGCCqGSM49
AwEH
-----END EC PRIVATE KEY-----
";

/// `openssl ec -pubout`
pub(super) const SPKI: &str = "\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtJqui/QElPwD4VP19Xkl1a7lN7g/
M9fAbVPVb8uFV5vpT50fAIpU+esW2D514riSdQbRpVdzP/Z//5VtwFwEeQ==
-----END PUBLIC KEY-----
";

/// `openssl ec -pubout -conv_form compressed -outform DER`
const SPKI_COMPRESSED: &str = "3039301306072a8648ce3d020106082a8648ce3d030107032200\
                               03b49aae8bf40494fc03e153f5f57925d5aee537b83f33d7c06d53d56fcb85579b";

/// `openssl pkcs8 -topk8`, with a password
pub(super) const ENCRYPTED: &str = "\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiz3GhZ7vCiGQICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEIWjJLfmK8VVT1c0J1vL2vMEgZAb
n+8JaDolBqQKZlmZjdcorWcdK4tQdEgek9AamVOGVHhPE0Ak/segfq/1IJIU+vy7
uONrBp2DBfa5h32VTixr+MQ7ocyjpRGxMxsn+C6Tzto1DGNwSvVBqAz9WVeP/Uf9
2BBlCGpYxl2ETKSnyAqk6xpUwGAKKiGezWV6IMvSpiCe3ZV1ZYEIhmTCQ3cNAZU=
-----END ENCRYPTED PRIVATE KEY-----
";

/// `openssl genpkey -algorithm x25519`, and `openssl pkey -pubout`
const X25519: [&str; 2] = [
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIHD+eTONj26v4fI62wY9GczEFeuaZGfmgQx1lMbnPjtE\n\
     -----END PRIVATE KEY-----\n",
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEAP9C73hrgZAhfzdf766Ckhdve1u57nmj7f9zDOPhZzwo=\n\
     -----END PUBLIC KEY-----\n",
];
const X25519_PUBLIC: &str = "3fd0bbde1ae064085fcdd7fbeba0a485dbded6ee7b9e68fb7fdcc338f859cf0a";

fn secret_keys_that_openssl_wrote_are_read(guest: &mut Guest<'_>) {
    for text in [PKCS8, SEC1, SEC1_ALONE] {
        let secret = guest.import("secretkey", SIGNATURES, P256, text.as_bytes(), PEM).unwrap();
        assert_eq!(guest.export("secretkey", secret, RAW).unwrap(), hex(SCALAR));
        let public = guest.publickey_from_secretkey(secret).unwrap();
        assert_eq!(guest.export("publickey", public, SEC).unwrap(), hex(POINT));
        let pair = guest.import("keypair", SIGNATURES, P256, text.as_bytes(), PEM).unwrap();
        assert_eq!(guest.export("keypair", pair, RAW).unwrap(), hex(SCALAR));
        // Windows writes lines of its own.
        let text = text.replace('\n', "\r\n");
        guest.import("secretkey", SIGNATURES, P256, text.as_bytes(), PEM).unwrap();
    }
    if guest.revision() == Revision::V0_10 {
        let secret = guest.import("secretkey", KEY_EXCHANGE, "X25519", X25519[0].as_bytes(), PEM).unwrap();
        let public = guest.publickey_from_secretkey(secret).unwrap();
        assert_eq!(guest.export("publickey", public, RAW).unwrap(), hex(X25519_PUBLIC));
    }
}

fn public_keys_that_openssl_wrote_are_read(guest: &mut Guest<'_>) {
    for (encoded, encoding) in [(SPKI.as_bytes().to_vec(), PEM), (hex(SPKI_COMPRESSED), DER)] {
        let public = guest.import("publickey", SIGNATURES, P256, &encoded, encoding).unwrap();
        assert_eq!(guest.export("publickey", public, SEC).unwrap(), hex(POINT));
    }
    if guest.revision() == Revision::V0_10 {
        let public = guest.import("publickey", KEY_EXCHANGE, "X25519", X25519[1].as_bytes(), PEM).unwrap();
        assert_eq!(guest.export("publickey", public, RAW).unwrap(), hex(X25519_PUBLIC));
    }
}

fn what_is_written_is_byte_for_byte_what_openssl_writes(guest: &mut Guest<'_>) {
    let secret = guest.import("secretkey", SIGNATURES, P256, &hex(SCALAR), RAW).unwrap();
    let public = guest.publickey_from_secretkey(secret).unwrap();
    assert_eq!(guest.export("secretkey", secret, PEM).unwrap(), PKCS8.as_bytes());
    assert_eq!(guest.export("publickey", public, PEM).unwrap(), SPKI.as_bytes());
    if guest.revision() == Revision::V0_10 {
        let secret = guest.import("secretkey", KEY_EXCHANGE, "X25519", X25519[0].as_bytes(), PEM).unwrap();
        let public = guest.publickey_from_secretkey(secret).unwrap();
        assert_eq!(guest.export("secretkey", secret, PEM).unwrap(), X25519[0].as_bytes());
        assert_eq!(guest.export("publickey", public, PEM).unwrap(), X25519[1].as_bytes());
    }
}

/// Section 10.3: the second has attributes and a public half.
fn keys_of_rfc_8410_are_read(guest: &mut Guest<'_>) {
    let texts = [
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
         -----END PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nMHICAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
         oB8wHQYKKoZIhvcNAQkJFDEPDA1DdXJkbGUgQ2hhaXJzgSEAGb9ECWmEzf6FQbrB\nZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
         -----END PRIVATE KEY-----\n",
    ];
    let public = hex("19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
    for text in texts {
        let secret = guest.import("secretkey", SIGNATURES, "Ed25519", text.as_bytes(), PEM).unwrap();
        let derived = guest.publickey_from_secretkey(secret).unwrap();
        assert_eq!(guest.export("publickey", derived, RAW).unwrap(), public);
    }
}

/// `RSAPrivateKey` goes where it is named, and where other hosts write it for PKCS#8.
fn rsa_keys_are_read_as_pkcs_8_and_as_pkcs_1_and_written_as_pkcs_8(guest: &mut Guest<'_>) {
    const PKCS8: &str = include_str!("../../keys/rsa-2048-a.pem");
    const PKCS1: &str = include_str!("../../keys/rsa-2048-a.pkcs1.pem");
    const PUBLIC: &str = include_str!("../../keys/rsa-2048-a.pkcs1.pub.pem");
    for name in ["RSA_PKCS1_2048_SHA256", "RSA_PSS_2048_SHA512"] {
        if guest.lacks(name) {
            continue;
        }
        for key in ["keypair", "secretkey"] {
            let imported = guest.import(key, SIGNATURES, name, PKCS8.as_bytes(), PEM).unwrap();
            assert_eq!(guest.export(key, imported, PEM).unwrap(), PKCS8.as_bytes(), "{name} {key}");
            let der = guest.export(key, imported, DER).unwrap();
            let same = guest.import(key, SIGNATURES, name, PKCS1.as_bytes(), PEM).unwrap();
            assert_eq!(guest.export(key, same, DER).unwrap(), der, "{name} {key}");
            // A sequence, the version, the algorithm, and an octet string that is the rest.
            let same = guest.import(key, SIGNATURES, name, &der[26..], DER).unwrap();
            assert_eq!(guest.export(key, same, DER).unwrap(), der, "{name} {key}");
        }
        let secret = guest.import("secretkey", SIGNATURES, name, PKCS8.as_bytes(), PEM).unwrap();
        let derived = guest.publickey_from_secretkey(secret).unwrap();
        let public = guest.import("publickey", SIGNATURES, name, PUBLIC.as_bytes(), PEM).unwrap();
        assert_eq!(guest.export("publickey", public, DER), guest.export("publickey", derived, DER), "{name}");
    }
    if guest.subject().serves("RSA_PKCS1_3072_SHA384") {
        for (key, text) in [("keypair", PKCS1), ("publickey", PUBLIC)] {
            let answer = guest.import(key, SIGNATURES, "RSA_PKCS1_3072_SHA384", text.as_bytes(), PEM);
            refuses!(answer, InvalidKey, "{key} of 2048 bits");
        }
        refuses!(guest.import("publickey", SIGNATURES, P256, PUBLIC.as_bytes(), PEM), InvalidKey);
        refuses!(guest.import("secretkey", SIGNATURES, P256, PKCS1.as_bytes(), PEM), InvalidKey);
    }
}

fn points_are_read_in_either_form_and_written_in_the_one_asked_for(guest: &mut Guest<'_>) {
    for encoding in [RAW, SEC] {
        for point in [POINT, COMPRESSED] {
            let public = guest.import("publickey", SIGNATURES, P256, &hex(point), encoding).unwrap();
            assert_eq!(guest.export("publickey", public, RAW).unwrap(), hex(COMPRESSED));
            assert_eq!(guest.export("publickey", public, SEC).unwrap(), hex(POINT));
            if guest.revision() == Revision::V2020_06 {
                assert_eq!(
                    guest.export("publickey", public, Encoding::CompressedSec).unwrap(),
                    hex(COMPRESSED),
                    "compressed_sec"
                );
            }
        }
    }
}

fn a_scalar_is_read_as_sec_and_written_with_its_curve_and_point(guest: &mut Guest<'_>) {
    let secret = guest.import("secretkey", SIGNATURES, P256, &hex(SCALAR), SEC).unwrap();
    let written = guest.export("secretkey", secret, SEC).unwrap();
    let structure = guest.import("secretkey", SIGNATURES, P256, SEC1.as_bytes(), PEM).unwrap();
    assert_eq!(guest.export("secretkey", structure, SEC).unwrap(), written);
    // SEQUENCE, version 1, the scalar, [0] the curve, [1] the point.
    assert_eq!(written[..7], [0x30, 0x77, 2, 1, 1, 4, 32]);
    assert_eq!(written[7..39], hex(SCALAR));
    assert!(written.ends_with(&hex(POINT)));
}

/// As OpenSSL 3.0 writes DER of a key on a curve.
fn an_ec_private_key_is_read_where_pkcs_8_is_said(guest: &mut Guest<'_>) {
    let secret = guest.import("secretkey", SIGNATURES, P256, &hex(SCALAR), RAW).unwrap();
    let structure = guest.export("secretkey", secret, SEC).unwrap();
    for key in ["keypair", "secretkey"] {
        let imported = guest.import(key, SIGNATURES, P256, &structure, DER).unwrap();
        assert_eq!(guest.export(key, imported, DER), guest.export("secretkey", secret, DER), "{key}");
        let other = "ECDSA_K256_SHA256";
        if guest.subject().serves(other) {
            refuses!(guest.import(key, SIGNATURES, other, &structure, DER), InvalidKey, "{key}");
        }
    }
}

fn a_private_key_whose_public_half_is_another_ones_is_an_invalid_key(guest: &mut Guest<'_>) {
    let secret = guest.import("secretkey", SIGNATURES, P256, &hex(SCALAR), RAW).unwrap();
    let mut der = guest.export("secretkey", secret, DER).unwrap();
    let scalar = der.windows(32).position(|window| window == hex(SCALAR)).unwrap();
    der[scalar + 31] ^= 1;
    for key in ["secretkey", "keypair"] {
        refuses!(guest.import(key, SIGNATURES, P256, &der, DER), InvalidKey);
    }
    // A public half in each of two places: the inner one is another's.
    der[scalar + 31] ^= 1;
    let inner = der.windows(65).position(|window| window == hex(POINT)).unwrap();
    let other = guest.keypair_generate(SIGNATURES, P256, None).unwrap();
    let other = guest.keypair_publickey(other).unwrap();
    let other = guest.export("publickey", other, SEC).unwrap();
    // Version 2, and `[1]` with a bit string of 65 bytes at the end.
    let twice = |inner_point: &[u8], outer_point: &[u8]| {
        let mut twice = [&der[..], &[0x81, 66, 0], outer_point].concat();
        twice[inner..inner + 65].copy_from_slice(inner_point);
        let len = (twice.len() - 3) as u8;
        // The length had one byte, and has two.
        twice.splice(0..3, [0x30, 0x81, len]);
        twice[5] = 1;
        twice
    };
    let point = hex(POINT);
    for key in ["secretkey", "keypair"] {
        guest.import(key, SIGNATURES, P256, &twice(&point, &point), DER).unwrap();
        refuses!(guest.import(key, SIGNATURES, P256, &twice(&other, &point), DER), InvalidKey, "{key}");
        refuses!(guest.import(key, SIGNATURES, P256, &twice(&point, &other), DER), InvalidKey, "{key}");
    }
}

fn encrypted_keys_are_an_unsupported_encoding_and_other_labels_an_invalid_key(guest: &mut Guest<'_>) {
    for key in ["secretkey", "keypair"] {
        refuses!(guest.import(key, SIGNATURES, P256, ENCRYPTED.as_bytes(), PEM), UnsupportedEncoding);
        refuses!(guest.import(key, SIGNATURES, P256, SPKI.as_bytes(), PEM), InvalidKey);
        let certificate = SPKI.replace("PUBLIC KEY", "CERTIFICATE");
        refuses!(guest.import(key, SIGNATURES, P256, certificate.as_bytes(), PEM), InvalidKey);
        refuses!(guest.import(key, SIGNATURES, P256, b"-----BEGIN PRIVATE KEY-----", PEM), InvalidKey);
        refuses!(guest.import(key, SIGNATURES, P256, b"", PEM), InvalidKey);
        // By the headers of RFC 1421.
        let lines: Vec<_> = SEC1.lines().collect();
        let headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n";
        let traditional = format!("{}\n{headers}{}\n", lines[0], lines[1..].join("\n"));
        refuses!(guest.import(key, SIGNATURES, P256, traditional.as_bytes(), PEM), UnsupportedEncoding);
        // `EncryptedPrivateKeyInfo`: the name of PBES2, and octets.
        let encrypted = hex("3011300b06092a864886f70d01050d0402abcd");
        refuses!(guest.import(key, SIGNATURES, P256, &encrypted, DER), UnsupportedEncoding);
    }
    refuses!(guest.import("publickey", SIGNATURES, P256, PKCS8.as_bytes(), PEM), InvalidKey);
}
