//! AES-CBC and AES-CTR.

use boring::symm::{self, Crypter, Mode};
use hostcrypt::backend::{Cipher, CipherKey, Secret};
use hostcrypt::{Errno, Result};

pub(crate) const ALL: &[&dyn Cipher] = &[
    &Aes("AES-128-CBC", symm::Cipher::aes_128_cbc, BLOCK),
    &Aes("AES-256-CBC", symm::Cipher::aes_256_cbc, BLOCK),
    &Aes("AES-128-CTR", symm::Cipher::aes_128_ctr, 0),
    &Aes("AES-256-CTR", symm::Cipher::aes_256_ctr, 0),
];

/// The length of a block in bytes, and of an initial vector.
const BLOCK: usize = 16;

/// How much is transformed at a time in bytes: the library counts in `int`.
const PIECE: usize = 1 << 30;

/// A mode of the library's, under the interface's name, with the length of its padding.
struct Aes(&'static str, fn() -> symm::Cipher, usize);

/// A key. It is expanded at each use, which costs no more than a copy of an expanded one.
struct Key {
    cipher: symm::Cipher,
    key: Secret,
    padding_len: usize,
}

impl Cipher for Aes {
    fn name(&self) -> &'static str {
        self.0
    }

    fn key_len(&self) -> usize {
        (self.1)().key_len()
    }

    fn iv_len(&self) -> usize {
        BLOCK
    }

    fn padding_len(&self) -> usize {
        self.2
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn CipherKey>> {
        if key.len() != self.key_len() {
            return Err(Errno::InvalidKey);
        }
        Ok(Box::new(Key { cipher: (self.1)(), key: key.to_vec().into(), padding_len: self.2 }))
    }
}

impl Key {
    /// Transforms all of the input, of which the last piece fails with `last`, and returns how much was written.
    fn transform(&self, mode: Mode, iv: &[u8], input: &[u8], output: &mut [u8], last: Errno) -> Result<usize> {
        if iv.len() != BLOCK {
            return Err(Errno::InvalidNonce);
        }
        let mut crypter = Crypter::new(self.cipher, mode, &self.key, Some(iv)).map_err(|_| Errno::AlgorithmFailure)?;
        let mut written = 0;
        // The library panics where it finds less room than this.
        for piece in input.chunks(PIECE) {
            let room = output.get_mut(written..).and_then(|rest| rest.get_mut(..piece.len() + self.padding_len));
            written += crypter.update(piece, room.ok_or(Errno::InternalError)?).map_err(|_| Errno::AlgorithmFailure)?;
        }
        let room = output.get_mut(written..).filter(|rest| rest.len() >= self.padding_len);
        written += crypter.finalize(room.ok_or(Errno::InternalError)?).map_err(|_| last)?;
        Ok(written)
    }
}

impl CipherKey for Key {
    fn encrypt(&self, iv: &[u8], text: &[u8], output: &mut [u8]) -> Result<usize> {
        self.transform(Mode::Encrypt, iv, text, output, Errno::AlgorithmFailure)
    }

    fn decrypt(&self, iv: &[u8], encrypted: &[u8], output: &mut [u8]) -> Result<usize> {
        // The last block shows by its padding, or by being none.
        self.transform(Mode::Decrypt, iv, encrypted, output, Errno::InvalidTag)
    }
}
