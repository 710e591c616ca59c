//! Key-encryption keys and where they come from.

use std::{fmt, fs, io, path::Path};

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use crate::{Error, read::read_whole};

/// The length of a key-encryption key in bytes.
pub(crate) const KEK_LEN: usize = 32;
/// The length of the salt of a passphrase in bytes.
pub(crate) const SALT_LEN: usize = 16;

/// The maximal length of a passphrase's file, in bytes.
const MOST_PASSPHRASE: usize = 64 << 10;

/// The bytes of a key-encryption key.
pub(crate) type KekBytes = Zeroizing<[u8; KEK_LEN]>;

/// A key-encryption key, or the passphrase that it is derived from. Wiped when dropped.
pub struct Kek(Source);

enum Source {
    Key(KekBytes),
    Passphrase(Zeroizing<Vec<u8>>, Cost),
}

/// The cost of trying a passphrase: the parameters of Argon2id (RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Cost {
    /// 64 MiB, 3 passes, 4 lanes: the second choice of RFC 9106, section 4, for where memory is scarce.
    fn default() -> Self {
        Self { memory_kib: 64 << 10, passes: 3, lanes: 4 }
    }
}

/// How a file's key-encryption key is made, as the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Making {
    /// From the key itself.
    Key,
    /// From a passphrase.
    Passphrase { salt: [u8; SALT_LEN], cost: Cost },
}

impl Making {
    /// The kind of secret that the operator has to give.
    pub(crate) fn needs(&self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Passphrase { .. } => "passphrase",
        }
    }
}

impl Kek {
    /// Makes a key from 32 random bytes of the embedder.
    #[must_use]
    pub fn from_bytes(key: [u8; KEK_LEN]) -> Self {
        Self(Source::Key(Zeroizing::new(key)))
    }

    /// Reads a key from a file of 32 random bytes.
    ///
    /// # Errors
    ///
    /// [`Error::KekFile`], [`Error::KekLen`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let mut key = Zeroizing::new([0; KEK_LEN]);
        // One byte more is read if the file has it.
        let mut bytes = Zeroizing::new(Vec::with_capacity(KEK_LEN + 1));
        let len = match read_whole(path, KEK_LEN as u64, &mut bytes) {
            Ok(()) => bytes.len() as u64,
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                // A file without an end has no length either.
                fs::metadata(path).map_or(0, |file| file.len()).max(KEK_LEN as u64 + 1)
            }
            Err(source) => return Err(Error::KekFile { path: path.to_owned(), source }),
        };
        if len != KEK_LEN as u64 {
            return Err(Error::KekLen { path: path.to_owned(), len });
        }
        key.copy_from_slice(&bytes);
        Ok(Self(Source::Key(key)))
    }

    /// Derives a key with Argon2id from the first line of a file, which may be up to 64 KiB long.
    ///
    /// # Errors
    ///
    /// [`Error::PassphraseFile`], [`Error::EmptyPassphrase`].
    pub fn from_passphrase_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let named = |source| Error::PassphraseFile { path: path.to_owned(), source };
        let mut bytes = Zeroizing::new(Vec::with_capacity(MOST_PASSPHRASE + 1));
        read_whole(path, MOST_PASSPHRASE as u64, &mut bytes).map_err(named)?;
        let text = str::from_utf8(&bytes).map_err(|_| named(io::Error::other("it is not UTF-8")))?;
        Self::from_passphrase(text.lines().next().unwrap_or_default())
    }

    /// Derives a key with Argon2id from a passphrase, at the default cost if the file is new.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyPassphrase`].
    pub fn from_passphrase(passphrase: &str) -> Result<Self, Error> {
        if passphrase.is_empty() {
            return Err(Error::EmptyPassphrase);
        }
        Ok(Self(Source::Passphrase(Zeroizing::new(passphrase.as_bytes().to_vec()), Cost::default())))
    }

    /// Sets the cost of a passphrase that seals a new file, or becomes the new one of a file. An existing file has its
    /// own cost.
    #[must_use]
    pub fn with_cost(mut self, new: Cost) -> Self {
        if let Source::Passphrase(_, cost) = &mut self.0 {
            *cost = new;
        }
        self
    }

    /// How a file that it will seal makes the key.
    pub(crate) fn making(&self) -> Result<Making, Error> {
        Ok(match self.0 {
            Source::Key(_) => Making::Key,
            Source::Passphrase(_, cost) => {
                let mut salt = [0; SALT_LEN];
                getrandom::fill(&mut salt).map_err(|_| Error::Random)?;
                Making::Passphrase { salt, cost }
            }
        })
    }

    /// The key as a file makes it; `None` if the file needs the other kind of secret.
    pub(crate) fn make(&self, making: &Making) -> Result<Option<KekBytes>, Error> {
        match (&self.0, making) {
            (Source::Key(key), Making::Key) => Ok(Some(key.clone())),
            (Source::Passphrase(passphrase, _), Making::Passphrase { salt, cost }) => {
                let refused = |error: argon2::Error| Error::Cost(error.to_string());
                let work = u64::from(cost.memory_kib) * u64::from(cost.passes);
                if cost.memory_kib > MOST_MEMORY_KIB || work > MOST_WORK_KIB {
                    return Err(Error::Cost(format!("{} KiB, {} passes", cost.memory_kib, cost.passes)));
                }
                let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(KEK_LEN)).map_err(refused)?;
                let mut key = Zeroizing::new([0; KEK_LEN]);
                let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
                argon2.hash_password_into(passphrase, salt, &mut *key).map_err(refused)?;
                Ok(Some(key))
            }
            _ => Ok(None),
        }
    }
}

// No file may make its opener compute for longer than this allows: some seconds.
const MOST_MEMORY_KIB: u32 = 2 << 20;
const MOST_WORK_KIB: u64 = 4 << 20;

/// Never shows the key.
impl fmt::Debug for Kek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Key(_) => "Kek(key)",
            Source::Passphrase(..) => "Kek(passphrase)",
        })
    }
}
