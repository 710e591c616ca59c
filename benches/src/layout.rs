//! What lies where in the memory of a guest, and what is there at the beginning.

use std::sync::LazyLock;

use ed25519_dalek::SigningKey;
use ml_kem::kem::{KeyExport, KeyInit};
use ml_kem::{DecapsulationKey, MlKem768};
use p256::elliptic_curve::sec1::ToSec1Point;
use x25519_dalek::StaticSecret;

/// A range of memory: its address and its length in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// The address.
    pub at: i32,
    /// The length.
    pub len: i32,
}

const fn range(at: i32, len: usize) -> Range {
    Range { at, len: len as i32 }
}

impl Range {
    /// The first so many bytes of it.
    #[must_use]
    pub const fn first(self, len: i32) -> Self {
        Self { at: self.at, len }
    }

    /// The bytes there.
    ///
    /// # Panics
    ///
    /// If they leave memory.
    #[must_use]
    pub fn of(self, memory: &[u8]) -> &[u8] {
        &memory[self.at as usize..][..self.len as usize]
    }
}

/// A byte that the empty call changes.
pub const BYTE: i32 = 0;
/// The handle of the hash state that stays open.
pub const HASH: i32 = 4;
/// The handle of the state that a life opens.
pub const STATE: i32 = 8;
/// A length that a call returns.
pub const LEN: i32 = 12;
/// An optional handle that is none.
pub const NONE: i32 = 16;
/// An optional handle: the symmetric key that stays open.
pub const KEY: i32 = 24;
/// An optional handle: the key that a life imports.
pub const IMPORTED: i32 = 32;
/// An optional handle: the option set that a life opens.
pub const OPTIONS: i32 = 40;
/// How far into an optional handle the handle is. The byte before, which tells some from none, is 0 for some.
pub const HANDLE: i32 = 4;
/// The handle of the key pair that stays open.
pub const KEY_PAIR: i32 = 48;
/// The handle of the public key that stays open.
pub const PUBLIC: i32 = 52;
/// The handle of the secret key that stays open.
pub const SECRET: i32 = 56;
/// The handle of what a life produces: a tag, a signature, a secret.
pub const PRODUCT: i32 = 60;
/// The handle of an output that is to be pulled.
pub const OUTPUT: i32 = 64;
/// The handle of what managed keys are reached by.
pub const MANAGER: i32 = 68;
/// The number of a version that a call returns, 8 bytes.
pub const VERSION: i32 = 72;
/// The handle of a key pair that comes and goes.
pub const PASSING: i32 = 80;
/// What a function of a component answers.
pub const ANSWER: Range = range(0x80, 48);

const SHA_256_BYTES: &[u8] = b"SHA-256";
const HMAC_SHA_256_BYTES: &[u8] = b"HMAC/SHA-256";
const AES_256_GCM_BYTES: &[u8] = b"AES-256-GCM";
const CHACHA20_POLY1305_BYTES: &[u8] = b"CHACHA20-POLY1305";
const ED25519_BYTES: &[u8] = b"Ed25519";
const ECDSA_P256_BYTES: &[u8] = b"ECDSA_P256_SHA256";
const RSA_2048_BYTES: &[u8] = b"RSA_PKCS1_2048_SHA256";
const X25519_BYTES: &[u8] = b"X25519";
const P256_BYTES: &[u8] = b"P256-SHA256";
const ML_KEM_768_BYTES: &[u8] = b"ML-KEM-768";
const NONCE_NAME_BYTES: &[u8] = b"nonce";

/// The name SHA-256.
pub const SHA_256: Range = range(0x100, SHA_256_BYTES.len());
/// The name of HMAC with SHA-256.
pub const HMAC_SHA_256: Range = range(0x120, HMAC_SHA_256_BYTES.len());
/// The name AES-256-GCM.
pub const AES_256_GCM: Range = range(0x140, AES_256_GCM_BYTES.len());
/// The name ChaCha20-Poly1305.
pub const CHACHA20_POLY1305: Range = range(0x160, CHACHA20_POLY1305_BYTES.len());
/// The name Ed25519.
pub const ED25519: Range = range(0x180, ED25519_BYTES.len());
/// The name of ECDSA over P-256.
pub const ECDSA_P256: Range = range(0x1a0, ECDSA_P256_BYTES.len());
/// The name of RSA with PKCS #1 v1.5 and 2048 bits.
pub const RSA_2048: Range = range(0x1c0, RSA_2048_BYTES.len());
/// The name X25519.
pub const X25519: Range = range(0x1e0, X25519_BYTES.len());
/// The name of Diffie-Hellman over P-256.
pub const P256: Range = range(0x200, P256_BYTES.len());
/// The name ML-KEM-768.
pub const ML_KEM_768: Range = range(0x220, ML_KEM_768_BYTES.len());
/// The name of the option.
pub const NONCE_NAME: Range = range(0x240, NONCE_NAME_BYTES.len());

/// The nonce.
pub const NONCE: Range = range(0x300, NONCE_BYTES.len());
/// 32 bytes that are a key: of ciphers and codes, of X25519, and a scalar of P-256.
pub const RAW_KEY: Range = range(0x340, RAW_KEY_BYTES.len());
/// A pair of Ed25519: a seed, which is [`RAW_KEY_BYTES`], and its public half.
pub const ED25519_PAIR: Range = range(0x380, 64);
/// Another one's public key of X25519.
pub const X25519_PEER: Range = range(0x400, 32);
/// Another one's public key of P-256, in SEC 1's uncompressed form.
pub const P256_PEER: Range = range(0x440, 65);
/// A secret key of ML-KEM-768: a seed.
pub const ML_KEM_SEED: Range = range(0x4c0, 64);
/// A secret key of RSA, in PKCS #8.
pub const RSA_KEY: Range = range(0x1000, RSA_KEY_BYTES.len());
/// The public half of [`ML_KEM_SEED`].
pub const ML_KEM_PUBLIC: Range = range(0x2000, 1184);
/// A secret that is encapsulated for it.
pub const ML_KEM_ENCAPSULATED: Range = range(0x3000, 1088);
/// The signature that is verified, as long as the longest.
pub const SIGNATURE: Range = range(0x4000, 256);

/// The handles of 64 hash states that stay open.
pub const HASHES: Range = range(0x5000, 64 * 4);
/// The length of an element's result of a batch, beside its output: where that is and how long, and an error code.
pub const BATCH_RESULT_LEN: i32 = 12;

/// Where the identifiers of managed keys lie, one after the other.
pub const IDENTIFIERS: Range = range(0x10000, 10_000 * IDENTIFIER_LEN as usize);
/// The length of an identifier.
pub const IDENTIFIER_LEN: i32 = 16;

/// The longest text.
pub const TEXT: Range = range(1 << 20, 1 << 20);
/// The longest output: encrypted text and a tag. Not a multiple of 4 KiB from the text, since a CPU that takes the
/// low bits of an address for all of it would let reads wait for writes.
pub const OUT: Range = range((2 << 20) + 0x840, (1 << 20) + TAG_LEN as usize);
/// The length of a tag of the ciphers.
pub const TAG_LEN: i32 = 16;
/// The length of a digest, of a tag of HMAC, and of a shared secret.
pub const DIGEST_LEN: i32 = 32;
/// How long memory is, in pages of 64 KiB.
pub const PAGES: usize = 64;

/// The number of the algorithm type `signatures`.
pub const SIGNATURES: i32 = 0;
/// The number of the algorithm type `symmetric`.
pub const SYMMETRIC: i32 = 1;
/// The number of the algorithm type `key_exchange`.
pub const KEY_EXCHANGE: i32 = 2;
/// The number of the encoding `raw`, of keys and signatures.
pub const RAW: i32 = 0;
/// The number of the encoding `pkcs8`.
pub const PKCS8: i32 = 1;
/// The number of the encoding `sec`.
pub const SEC: i32 = 3;

/// The bytes at [`NONCE`].
pub const NONCE_BYTES: [u8; 12] = [0x24; 12];
/// The bytes at [`RAW_KEY`].
pub const RAW_KEY_BYTES: [u8; 32] = [0x42; 32];
/// The bytes at [`RSA_KEY`], of a key that is for nothing else.
pub const RSA_KEY_BYTES: &[u8] = include_bytes!("../keys/rsa-2048.der");
/// The bytes at [`ML_KEM_SEED`].
pub const ML_KEM_SEED_BYTES: [u8; 64] = [0x42; 64];
/// What the other one's secret keys are.
const PEER_BYTES: [u8; 32] = [0x17; 32];
/// Every byte at [`TEXT`].
const TEXT_BYTE: u8 = 0x61;

/// What belongs to the secret keys.
struct Derived {
    ed25519: [u8; 64],
    x25519: [u8; 32],
    p256: Vec<u8>,
    ml_kem: Vec<u8>,
    encapsulated: Vec<u8>,
}

static DERIVED: LazyLock<Derived> = LazyLock::new(|| {
    let ml_kem = DecapsulationKey::<MlKem768>::new_from_slice(&ML_KEM_SEED_BYTES).unwrap();
    let ml_kem = ml_kem.encapsulation_key();
    Derived {
        ed25519: SigningKey::from_bytes(&RAW_KEY_BYTES).to_keypair_bytes(),
        x25519: x25519_dalek::PublicKey::from(&StaticSecret::from(PEER_BYTES)).to_bytes(),
        p256: p256::SecretKey::from_bytes(&PEER_BYTES.into())
            .unwrap()
            .public_key()
            .to_sec1_point(false)
            .as_bytes()
            .into(),
        ml_kem: ml_kem.to_bytes().to_vec(),
        encapsulated: ml_kem.encapsulate_deterministic(&PEER_BYTES.into()).0.to_vec(),
    }
});

/// Writes what memory holds at the beginning.
///
/// # Panics
///
/// If memory is too short.
pub fn fill(memory: &mut [u8]) {
    memory[NONE as usize] = 1;
    let derived = &*DERIVED;
    let data: [(Range, &[u8]); 19] = [
        (SHA_256, SHA_256_BYTES),
        (HMAC_SHA_256, HMAC_SHA_256_BYTES),
        (AES_256_GCM, AES_256_GCM_BYTES),
        (CHACHA20_POLY1305, CHACHA20_POLY1305_BYTES),
        (ED25519, ED25519_BYTES),
        (ECDSA_P256, ECDSA_P256_BYTES),
        (RSA_2048, RSA_2048_BYTES),
        (X25519, X25519_BYTES),
        (P256, P256_BYTES),
        (ML_KEM_768, ML_KEM_768_BYTES),
        (NONCE_NAME, NONCE_NAME_BYTES),
        (NONCE, &NONCE_BYTES),
        (RAW_KEY, &RAW_KEY_BYTES),
        (ED25519_PAIR, &derived.ed25519),
        (X25519_PEER, &derived.x25519),
        (P256_PEER, &derived.p256),
        (ML_KEM_SEED, &ML_KEM_SEED_BYTES),
        (RSA_KEY, RSA_KEY_BYTES),
        (ML_KEM_PUBLIC, &derived.ml_kem),
    ];
    for (range, bytes) in data.into_iter().chain([(ML_KEM_ENCAPSULATED, &*derived.encapsulated)]) {
        memory[range.at as usize..][..range.len as usize].copy_from_slice(bytes);
    }
    memory[TEXT.at as usize..][..TEXT.len as usize].fill(TEXT_BYTE);
}

/// A memory as a guest has it, on a page boundary like a guest's. It is never given back.
#[must_use]
pub fn memory() -> &'static mut [u8] {
    const PAGE: usize = 4096;
    let len = PAGES << 16;
    let bytes = vec![0; len + PAGE].leak();
    let start = bytes.as_ptr().align_offset(PAGE);
    let memory = &mut bytes[start..][..len];
    fill(memory);
    memory
}
