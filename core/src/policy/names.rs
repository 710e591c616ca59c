//! The names of all algorithms in the specifications of the interface, whether a host serves them or not.

/// Algorithms whose keys have a size in bits.
const SIZED: &[&str] = &[
    "HMAC/SHA-256",
    "HMAC/SHA-512",
    "HKDF-EXTRACT/SHA-256",
    "HKDF-EXTRACT/SHA-512",
    "HKDF-EXPAND/SHA-256",
    "HKDF-EXPAND/SHA-512",
    "AES-128-GCM",
    "AES-256-GCM",
    "AES-128-GCM-SIV",
    "AES-256-GCM-SIV",
    "AES-128-SIV",
    "AES-256-SIV",
    "AES-128-CMAC",
    "AES-256-CMAC",
    "AES-128-CBC",
    "AES-256-CBC",
    "AES-128-CTR",
    "AES-256-CTR",
    "CHACHA20-POLY1305",
    "XCHACHA20-POLY1305",
    "AEGIS-128L",
    "AEGIS-128X2",
    "AEGIS-128X4",
    "AEGIS-256",
    "AEGIS-256X2",
    "AEGIS-256X4",
    "ASCON-AEAD",
    "XOODYAK-128",
    "XOODYAK-256",
    "BLAKE3",
    "KMAC-128",
    "KMAC-256",
    "Ed25519",
    "Ed25519ph",
    "Ed448",
    "ECDSA_P256_SHA256",
    "ECDSA_P384_SHA384",
    "ECDSA_P521_SHA512",
    "ECDSA_K256_SHA256",
    "RSA_PKCS1_2048_SHA256",
    "RSA_PKCS1_2048_SHA384",
    "RSA_PKCS1_2048_SHA512",
    "RSA_PKCS1_3072_SHA384",
    "RSA_PKCS1_3072_SHA512",
    "RSA_PKCS1_4096_SHA512",
    "RSA_PSS_2048_SHA256",
    "RSA_PSS_2048_SHA384",
    "RSA_PSS_2048_SHA512",
    "RSA_PSS_3072_SHA384",
    "RSA_PSS_3072_SHA512",
    "RSA_PSS_4096_SHA512",
    "X25519",
    "X448",
    "P256-SHA256",
    "P384-SHA384",
    "P521-SHA512",
];

/// Algorithms without keys, and algorithms that are named by a parameter set.
const UNSIZED: &[&str] = &[
    "SHA-256",
    "SHA-384",
    "SHA-512",
    "SHA-512/256",
    "BLAKE2B-256",
    "BLAKE2B-512",
    "ASCON-HASH",
    "SHAKE-128",
    "SHAKE-256",
    "CSHAKE-128",
    "CSHAKE-256",
    "TURBOSHAKE-128",
    "TURBOSHAKE-256",
    "KT128",
    "KT256",
    "TUPLEHASHXOF-128",
    "TUPLEHASHXOF-256",
    "TupleHashXOF128",
    "TupleHashXOF256",
    "ARGON2-ID-13",
    "ARGON2-I-13",
    "SCRYPT",
    "BCRYPT",
    "PBKDF2/SHA-256",
    "PBKDF2/SHA-512",
    "ML-DSA-44",
    "ML-DSA-65",
    "ML-DSA-87",
    "SLH-DSA-SHA2-128S",
    "SLH-DSA-SHAKE-256F",
    "ML-KEM-512",
    "ML-KEM-768",
    "ML-KEM-1024",
    "X-WING",
];

/// Every name of the interface, and whether the keys of that algorithm have a size in bits.
pub(super) fn all<'a>() -> impl Iterator<Item = (&'a str, bool)> {
    let of = |names: &'a [&'a str], sized| names.iter().map(move |name| (*name, sized));
    of(SIZED, true).chain(of(UNSIZED, false))
}

/// The minimal similarity of a suggested name, from 0 to 1.
const ALIKE: f64 = 0.8;
/// The maximal number of suggested names.
const SUGGESTED: usize = 3;

/// The names most similar to a pattern, the most similar first.
pub(super) fn nearest<'a>(pattern: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let meant = pattern.trim().replace('*', "").to_ascii_lowercase();
    // A star leaves the end open.
    let len = if pattern.trim().ends_with('*') { meant.chars().count() } else { usize::MAX };
    let alike = |name: &str| {
        let name: String = name.to_ascii_lowercase().chars().take(len).collect();
        strsim::jaro_winkler(&meant, &name)
    };
    let mut scored: Vec<_> = names.map(|name| (alike(name), name)).filter(|(alike, _)| *alike >= ALIKE).collect();
    scored.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let mut nearest: Vec<String> = Vec::new();
    for (_, name) in scored {
        if nearest.len() < SUGGESTED && nearest.iter().all(|known| !known.eq_ignore_ascii_case(name)) {
            nearest.push(name.to_owned());
        }
    }
    nearest
}
