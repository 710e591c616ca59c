//! HMAC and CMAC.

use boring::hash::MessageDigest;
use boring::symm::Cipher;
use hostcrypt::backend::{Mac, MacKey, MacState};
use hostcrypt::{Errno, Result};

use crate::ffi::mac;

pub(crate) const ALL: &[&dyn Mac] = &[
    &Hmac("HMAC/SHA-256", "SHA-256", MessageDigest::sha256),
    &Hmac("HMAC/SHA-512", "SHA-512", MessageDigest::sha512),
    &Cmac("AES-128-CMAC", Cipher::aes_128_cbc),
    &Cmac("AES-256-CMAC", Cipher::aes_256_cbc),
];

/// HMAC with a hash function, under the interface's names of both.
struct Hmac(&'static str, &'static str, fn() -> MessageDigest);

/// CMAC with a block cipher, under the interface's name. The library names a cipher by its mode too, here CBC.
struct Cmac(&'static str, fn() -> Cipher);

impl Mac for Hmac {
    fn name(&self) -> &'static str {
        self.0
    }

    fn tag_len(&self) -> usize {
        (self.2)().size()
    }

    // RFC 2104, section 3: shorter weakens HMAC, longer adds little.
    fn key_len(&self) -> usize {
        (self.2)().size()
    }

    fn hmac_hash(&self) -> Option<&'static str> {
        Some(self.1)
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn MacKey>> {
        let keyed = mac::Hmac::new((self.2)(), key).map_err(|_| Errno::AlgorithmFailure)?;
        Ok(keyed)
    }
}

impl Mac for Cmac {
    fn name(&self) -> &'static str {
        self.0
    }

    fn tag_len(&self) -> usize {
        mac::CMAC_LEN
    }

    fn key_len(&self) -> usize {
        (self.1)().key_len()
    }

    fn has_fixed_keys(&self) -> bool {
        true
    }

    fn key(&self, key: &[u8]) -> Result<Box<dyn MacKey>> {
        let keyed = mac::Cmac::new((self.1)(), key).map_err(|_| Errno::InvalidKey)?;
        Ok(keyed)
    }
}

/// A code of the library's, which is a key while it has absorbed nothing else.
macro_rules! code {
    ($code:ident) => {
        impl MacKey for mac::$code {
            fn start(&self) -> Box<dyn MacState> {
                self.copy()
            }
        }

        impl MacState for mac::$code {
            fn update(&mut self, data: &[u8]) {
                self.update(data);
            }

            fn tag(&self, tag: &mut [u8]) {
                self.tag(tag);
            }

            fn copy(&self) -> Box<dyn MacState> {
                self.copy()
            }
        }
    };
}

code!(Hmac);
code!(Cmac);
