//! Keys in forms that one library reads and another does not. A host reads what any of its backends reads, and keys of
//! two backends work together.

use hostcrypt::Revision;

use super::behaviours;
use crate::{
    AlgorithmType, Capability, Encoding, Guest, Object,
    guest::{KEY_EXCHANGE, RAW, SIGNATURES, refuses},
};

behaviours!("forms":
    an_rsa_key_may_have_factors_of_any_two_lengths,
    a_composite_factor_is_found_when_the_key_signs,
    a_seed_with_its_expanded_key_is_read_as_the_seed,
    an_expanded_key_that_is_not_the_seeds_in_every_bit_is_an_invalid_key,
    an_expanded_key_alone_is_a_key_wherever_a_backend_works_with_it,
    an_expanded_key_whose_parts_do_not_belong_together_is_an_invalid_key,
    keys_that_two_backends_read_work_together,
);

/// `pkcs8` of pairs; `der` or `pkcs8` of the others.
const DER: Encoding = Encoding::Pkcs8;

/// Twelve keys; the factors of the eighth have one length.
const RSA_2048: &str = include_str!("../../keys/rsa-2048-unequal.pem");
const RSA_3072: &str = include_str!("../../keys/rsa-3072-unequal.pem");
const RSA_4096: &str = include_str!("../../keys/rsa-4096-unequal.pem");

/// A pair of each key in a file.
pub(super) fn rsa_pairs(guest: &mut Guest<'_>, name: &str, file: &str) -> Vec<Object> {
    let keys = file.split_inclusive("-----END PRIVATE KEY-----\n");
    keys.map(|key| guest.import("keypair", SIGNATURES, name, key.as_bytes(), Encoding::Pem).unwrap()).collect()
}

/// Some keys whose factors are not of the same length, with their algorithm.
pub(super) const UNEQUAL: [(&str, &str); 4] = [
    ("RSA_PKCS1_2048_SHA256", RSA_2048),
    ("RSA_PSS_2048_SHA384", RSA_2048),
    ("RSA_PKCS1_3072_SHA512", RSA_3072),
    ("RSA_PSS_4096_SHA512", RSA_4096),
];

fn an_rsa_key_may_have_factors_of_any_two_lengths(guest: &mut Guest<'_>) {
    for (name, file) in UNEQUAL {
        if guest.lacks(name) {
            continue;
        }
        for (index, pair) in rsa_pairs(guest, name, file).into_iter().enumerate() {
            let signature = guest.sign(pair, b"message").unwrap();
            let public = guest.keypair_publickey(pair).unwrap();
            guest.publickey_verify(public).unwrap();
            guest.verify(public, b"message", signature).unwrap();
            refuses!(guest.verify(public, b"Message", signature), VerificationFailed, "{name} {index}");
            let der = guest.export("keypair", pair, DER).unwrap();
            let secret = guest.import("secretkey", SIGNATURES, name, &der, DER).unwrap();
            assert_eq!(guest.export("secretkey", secret, DER).unwrap(), der, "{name} {index}");
            // A factor that is another one, and an exponent of the Chinese remainder theorem.
            for from_end in [der.len() / 5, der.len() / 2] {
                let mut altered = der.clone();
                altered[der.len() - from_end] ^= 4;
                refuses!(guest.import("keypair", SIGNATURES, name, &altered, DER), InvalidKey, "{name} {index}");
            }
            for (kind, handle) in [("keypair", pair), ("publickey", public), ("secretkey", secret)] {
                guest.close(kind, handle).unwrap();
            }
        }
    }
}

fn a_composite_factor_is_found_when_the_key_signs(guest: &mut Guest<'_>) {
    const EQUAL: &str = include_str!("../../keys/rsa-2048-composite.pem");
    const UNEQUAL: &str = include_str!("../../keys/rsa-2048-unequal-composite.pem");
    for name in ["RSA_PKCS1_2048_SHA256", "RSA_PSS_2048_SHA256"] {
        if guest.lacks(name) {
            continue;
        }
        for file in [EQUAL, UNEQUAL] {
            for pair in rsa_pairs(guest, name, file) {
                refuses!(guest.sign(pair, b"message"), AlgorithmFailure, "{name}");
            }
        }
    }
}

/// A seed and the key that it expands to, as `openssl genpkey` writes them.
pub(super) struct Lattice {
    pub(super) name: &'static str,
    pub(super) kind: AlgorithmType,
    der: &'static [u8],
    /// Lengths in bytes.
    seed: usize,
    expanded: usize,
}

macro_rules! lattices {
    ($($name:literal $file:literal $kind:ident $seed:literal $expanded:literal),*) => {
        [$(Lattice {
            name: $name,
            kind: $kind,
            der: include_bytes!(concat!("../../keys/", $file, ".der")),
            seed: $seed,
            expanded: $expanded,
        }),*]
    };
}

static LATTICES: [Lattice; 6] = lattices! {
    "ML-DSA-44" "ml-dsa-44" SIGNATURES 32 2560,
    "ML-DSA-65" "ml-dsa-65" SIGNATURES 32 4032,
    "ML-DSA-87" "ml-dsa-87" SIGNATURES 32 4896,
    "ML-KEM-512" "ml-kem-512" KEY_EXCHANGE 64 1632,
    "ML-KEM-768" "ml-kem-768" KEY_EXCHANGE 64 2400,
    "ML-KEM-1024" "ml-kem-1024" KEY_EXCHANGE 64 3168
};

/// Those of them that a guest can use.
pub(super) fn lattices(guest: &Guest<'_>) -> impl Iterator<Item = &'static Lattice> + use<> {
    let (subject, revision) = (guest.subject(), guest.revision());
    let known = |kind| kind != KEY_EXCHANGE || revision == Revision::V0_10;
    let served: Vec<_> = LATTICES.iter().filter(|set| known(set.kind) && subject.serves(set.name)).collect();
    served.into_iter()
}

impl Lattice {
    pub(super) fn expanded(&self) -> &'static [u8] {
        &self.der[self.der.len() - self.expanded..]
    }

    fn seed(&self) -> &'static [u8] {
        // The header of the octets behind it has four bytes.
        let end = self.der.len() - self.expanded - 4;
        &self.der[end - self.seed..end]
    }

    /// PKCS #8 of an expanded key alone.
    fn alone(&self, expanded: &[u8]) -> Vec<u8> {
        let octets = |inner: &[u8]| [&[4, 0x82][..], &(inner.len() as u16).to_be_bytes(), inner].concat();
        // The version and the identifier of the algorithm are 16 bytes, behind four.
        let inner = [&self.der[4..20], &octets(&octets(expanded))].concat();
        [&[0x30, 0x82][..], &(inner.len() as u16).to_be_bytes(), &inner].concat()
    }

    fn import(&self, guest: &mut Guest<'_>, key: &str, encoded: &[u8], encoding: Encoding) -> crate::Answer<Object> {
        guest.import(key, self.kind, self.name, encoded, encoding)
    }

    /// The pair of the seed, and its public half.
    fn of_seed(&self, guest: &mut Guest<'_>) -> (Object, Object) {
        let secret = self.import(guest, "secretkey", self.seed(), RAW).unwrap();
        let public = guest.publickey_from_secretkey(secret).unwrap();
        (guest.keypair_from_pk_and_sk(public, secret).unwrap(), public)
    }

    /// Holds a pair to being that of a public half.
    pub(super) fn belongs(&self, guest: &mut Guest<'_>, pair: Object, public: Object) {
        if self.kind == SIGNATURES {
            let signature = guest.sign(pair, b"message").unwrap();
            guest.verify(public, b"message", signature).unwrap();
            refuses!(guest.verify(public, b"Message", signature), VerificationFailed, "{}", self.name);
        } else {
            let (shared, encapsulated) = guest.kx_encapsulate(public).unwrap();
            let secret = guest.keypair_secretkey(pair).unwrap();
            assert_eq!(guest.kx_decapsulate(secret, &encapsulated).unwrap(), shared, "{}", self.name);
        }
    }

    /// The public half, as the host's first backend imports it.
    pub(super) fn public(&self, guest: &mut Guest<'_>) -> Object {
        let (_, public) = self.of_seed(guest);
        let public = guest.export("publickey", public, RAW).unwrap();
        self.import(guest, "publickey", &public, RAW).unwrap()
    }
}

fn a_seed_with_its_expanded_key_is_read_as_the_seed(guest: &mut Guest<'_>) {
    for lattice in lattices(guest) {
        let (_, public) = lattice.of_seed(guest);
        for key in ["keypair", "secretkey"] {
            let imported = lattice.import(guest, key, lattice.der, DER).unwrap();
            let seed = lattice.import(guest, "secretkey", lattice.seed(), RAW).unwrap();
            assert_eq!(guest.export(key, imported, DER), guest.export("secretkey", seed, DER), "{}", lattice.name);
        }
        let pair = lattice.import(guest, "keypair", lattice.der, DER).unwrap();
        lattice.belongs(guest, pair, public);
    }
}

/// Every part of it differs once, and many a place within.
fn an_expanded_key_that_is_not_the_seeds_in_every_bit_is_an_invalid_key(guest: &mut Guest<'_>) {
    for lattice in lattices(guest) {
        let start = lattice.der.len() - lattice.expanded;
        for at in (0..lattice.expanded).step_by(61).chain([lattice.expanded - 1]) {
            let mut altered = lattice.der.to_vec();
            altered[start + at] ^= 1 << (at % 8);
            refuses!(lattice.import(guest, "keypair", &altered, DER), InvalidKey, "{} {at}", lattice.name);
        }
        // One that is right, but another seed's.
        let mut altered = lattice.der.to_vec();
        altered[start - 5] ^= 1;
        for key in ["keypair", "secretkey"] {
            refuses!(lattice.import(guest, key, &altered, DER), InvalidKey, "{} {key}", lattice.name);
        }
    }
}

fn an_expanded_key_alone_is_a_key_wherever_a_backend_works_with_it(guest: &mut Guest<'_>) {
    for lattice in lattices(guest) {
        let name = lattice.name;
        let alone = lattice.alone(lattice.expanded());
        if !guest.subject().has(Capability::ExpandedKeys(name)) {
            for (key, encoded, encoding) in
                [("keypair", &alone[..], DER), ("secretkey", &alone, DER), ("secretkey", lattice.expanded(), RAW)]
            {
                refuses!(lattice.import(guest, key, encoded, encoding), UnsupportedEncoding, "{name} {key}");
            }
            continue;
        }
        let public = lattice.public(guest);
        let pair = lattice.import(guest, "keypair", &alone, DER).unwrap();
        lattice.belongs(guest, pair, public);
        assert_eq!(guest.export("keypair", pair, DER).unwrap(), alone, "{name}");
        let secret = lattice.import(guest, "secretkey", lattice.expanded(), RAW).unwrap();
        assert_eq!(guest.export("secretkey", secret, RAW).unwrap(), lattice.expanded(), "{name}");
    }
}

fn an_expanded_key_whose_parts_do_not_belong_together_is_an_invalid_key(guest: &mut Guest<'_>) {
    for lattice in lattices(guest) {
        // ML-DSA: the public seed, the hash of the public key, a coefficient. ML-KEM: the public half and its hash.
        let len = lattice.expanded;
        let places =
            if lattice.kind == SIGNATURES { [0, 64, 130, 200] } else { [len - 65, len - 64, len - 33, len / 2] };
        for at in places {
            let mut altered = lattice.expanded().to_vec();
            altered[at] ^= 1;
            let alone = lattice.alone(&altered);
            for (key, encoded, encoding) in [("keypair", &alone, DER), ("secretkey", &altered, RAW)] {
                refuses!(lattice.import(guest, key, encoded, encoding), InvalidKey, "{} {key} {at}", lattice.name);
            }
        }
    }
}

/// The first backend reads the public half; where it does not read the secret one, another does.
fn keys_that_two_backends_read_work_together(guest: &mut Guest<'_>) {
    for lattice in lattices(guest) {
        let name = lattice.name;
        if !guest.subject().has(Capability::ExpandedKeys(name)) {
            continue;
        }
        let (of_seed, _) = lattice.of_seed(guest);
        let public = lattice.public(guest);
        let secret = lattice.import(guest, "secretkey", lattice.expanded(), RAW).unwrap();
        let own = guest.publickey_from_secretkey(secret).unwrap();
        let pair = guest.keypair_from_pk_and_sk(public, secret).unwrap();
        let again = guest.keypair_publickey(pair).unwrap();
        for public in [public, own, again] {
            for pair in [pair, of_seed] {
                lattice.belongs(guest, pair, public);
            }
        }
        let raw = guest.export("publickey", public, RAW).unwrap();
        assert_eq!(guest.export("keypair", pair, RAW).unwrap(), [lattice.expanded(), &raw].concat(), "{name}");
        let whole = lattice.import(guest, "keypair", &[lattice.expanded(), &raw].concat(), RAW).unwrap();
        lattice.belongs(guest, whole, public);
        if lattice.kind == SIGNATURES {
            let signature = guest.sign(pair, b"message").unwrap();
            let raw = guest.export("signature", signature, RAW).unwrap();
            let imported = guest.signature_import(name, &raw, RAW).unwrap();
            guest.verify(public, b"message", imported).unwrap();
        }
        let stranger = guest.keypair_generate(lattice.kind, name, None).unwrap();
        let other_public = guest.keypair_publickey(stranger).unwrap();
        refuses!(guest.keypair_from_pk_and_sk(other_public, secret), InvalidKey, "{name}");
        let other_secret = guest.keypair_secretkey(stranger).unwrap();
        refuses!(guest.keypair_from_pk_and_sk(own, other_secret), InvalidKey, "{name}");
        let other_raw = guest.export("publickey", other_public, RAW).unwrap();
        let mixed = [lattice.expanded(), &other_raw].concat();
        refuses!(lattice.import(guest, "keypair", &mixed, RAW), InvalidKey, "{name}");
    }
}
