//! What lies where in the memory of a guest.

/// A range of memory: its address and its length in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// The address.
    pub at: i32,
    /// The length.
    pub len: i32,
}

const fn range(at: i32, len: i32) -> Range {
    Range { at, len }
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
/// An optional handle: the key that stays open.
pub const KEY: i32 = 24;
/// An optional handle: the key that a life imports.
pub const IMPORTED: i32 = 32;
/// An optional handle: the option set that a life opens.
pub const OPTIONS: i32 = 40;
/// How far into an optional handle the handle is. The byte before, which tells some from none, is 0 for some.
pub const HANDLE: i32 = 4;

/// The name of the option.
pub const NONCE_NAME: Range = range(48, NONCE_NAME_BYTES.len() as i32);
/// The hash function's name.
pub const SHA_256: Range = range(64, SHA_256_BYTES.len() as i32);
/// The cipher's name.
pub const AES_256_GCM: Range = range(80, AES_256_GCM_BYTES.len() as i32);
/// The nonce.
pub const NONCE: Range = range(96, NONCE_BYTES.len() as i32);
/// The key.
pub const RAW_KEY: Range = range(128, RAW_KEY_BYTES.len() as i32);
/// The text that is hashed or encrypted.
pub const TEXT: Range = range(192, TEXT_BYTES.len() as i32);
/// The longest output: encrypted text and a tag of 16 bytes.
pub const OUT: Range = range(256, TEXT_BYTES.len() as i32 + 16);
/// The length of a digest.
pub const DIGEST_LEN: i32 = 32;

/// The number of the algorithm type `symmetric`.
pub const SYMMETRIC: i32 = 1;

const NONCE_NAME_BYTES: &[u8] = b"nonce";
const SHA_256_BYTES: &[u8] = b"SHA-256";
const AES_256_GCM_BYTES: &[u8] = b"AES-256-GCM";
/// The bytes at [`NONCE`].
pub const NONCE_BYTES: [u8; 12] = [0x24; 12];
/// The bytes at [`RAW_KEY`].
pub const RAW_KEY_BYTES: [u8; 32] = [0x42; 32];
/// The bytes at [`TEXT`].
pub const TEXT_BYTES: [u8; 64] = [0x61; 64];

/// What memory holds at the beginning, by address; the rest is zero.
pub const DATA: [(i32, &[u8]); 7] = [
    (NONE, &[1]),
    (NONCE_NAME.at, NONCE_NAME_BYTES),
    (SHA_256.at, SHA_256_BYTES),
    (AES_256_GCM.at, AES_256_GCM_BYTES),
    (NONCE.at, &NONCE_BYTES),
    (RAW_KEY.at, &RAW_KEY_BYTES),
    (TEXT.at, &TEXT_BYTES),
];
