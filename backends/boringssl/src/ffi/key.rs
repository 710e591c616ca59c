//! Keys from raw bytes, and key encapsulation. Where `boring` has them, they leave copies on the stack; here BoringSSL
//! makes them where they stay.

use boring::error::ErrorStack;
use boring::pkey::{PKey, PKeyRef, Private, Public};
use boring_sys as sys;
use foreign_types::{ForeignType, ForeignTypeRef};
use hostcrypt::backend::Secret;

use super::check;

/// How BoringSSL takes a key from bytes of its own choosing.
type Import = unsafe extern "C" fn(*const sys::EVP_PKEY_ALG, *const u8, usize) -> *mut sys::EVP_PKEY;

/// The algorithm of a key.
#[derive(Clone, Copy)]
pub(crate) struct Algorithm(unsafe extern "C" fn() -> *const sys::EVP_PKEY_ALG);

impl Algorithm {
    pub(crate) const ED25519: Self = Self(sys::EVP_pkey_ed25519);
    pub(crate) const X25519: Self = Self(sys::EVP_pkey_x25519);
    pub(crate) const ML_DSA_44: Self = Self(sys::EVP_pkey_ml_dsa_44);
    pub(crate) const ML_DSA_65: Self = Self(sys::EVP_pkey_ml_dsa_65);
    pub(crate) const ML_DSA_87: Self = Self(sys::EVP_pkey_ml_dsa_87);
    pub(crate) const ML_KEM_768: Self = Self(sys::EVP_pkey_ml_kem_768);
    pub(crate) const ML_KEM_1024: Self = Self(sys::EVP_pkey_ml_kem_1024);
    pub(crate) const X_WING: Self = Self(sys::EVP_pkey_xwing);

    /// The secret key that is these bytes.
    pub(crate) fn secret(self, bytes: &[u8]) -> Result<PKey<Private>, ErrorStack> {
        self.import(sys::EVP_PKEY_from_raw_private_key, bytes)
    }

    /// The secret key that is made of this seed.
    pub(crate) fn seed(self, bytes: &[u8]) -> Result<PKey<Private>, ErrorStack> {
        self.import(sys::EVP_PKEY_from_private_seed, bytes)
    }

    /// The public key that is these bytes.
    pub(crate) fn public(self, bytes: &[u8]) -> Result<PKey<Public>, ErrorStack> {
        self.import(sys::EVP_PKEY_from_raw_public_key, bytes)
    }

    fn import<T>(self, import: Import, bytes: &[u8]) -> Result<PKey<T>, ErrorStack> {
        // SAFETY: the algorithm is a static table, and the bytes are as long as said; any bytes may come.
        owned(unsafe { import((self.0)(), bytes.as_ptr(), bytes.len()) })
    }
}

/// Takes over a key that a function returned.
fn owned<T>(key: *mut sys::EVP_PKEY) -> Result<PKey<T>, ErrorStack> {
    if key.is_null() {
        return Err(ErrorStack::get());
    }
    // SAFETY: the functions that are asked return a key that is the caller's, unless it is null.
    Ok(unsafe { PKey::from_ptr(key) })
}

/// Only the public half.
pub(crate) fn public_half(key: &PKeyRef<Private>) -> Result<PKey<Public>, ErrorStack> {
    // SAFETY: the key is one, and is only read.
    owned(unsafe { sys::EVP_PKEY_copy_public(key.as_ptr()) })
}

/// A key encapsulation mechanism. A key of another mechanism's is an error.
#[derive(Clone, Copy)]
pub(crate) struct Kem(unsafe extern "C" fn() -> *const sys::EVP_KEM);

impl Kem {
    pub(crate) const ML_KEM_768: Self = Self(sys::EVP_kem_ml_kem_768);
    pub(crate) const ML_KEM_1024: Self = Self(sys::EVP_kem_ml_kem_1024);
    pub(crate) const X_WING: Self = Self(sys::EVP_kem_xwing);

    fn table(self) -> *const sys::EVP_KEM {
        // SAFETY: the function returns a static table, and does nothing else.
        unsafe { (self.0)() }
    }

    /// The length of an encapsulated secret in bytes.
    pub(crate) fn encapsulated_len(self) -> usize {
        // SAFETY: the table is one.
        unsafe { sys::EVP_KEM_ciphertext_len(self.table()) }
    }

    /// A secret before it is known.
    fn room(self) -> Secret {
        // SAFETY: the table is one.
        vec![0; unsafe { sys::EVP_KEM_secret_len(self.table()) }].into()
    }

    /// A fresh secret, and its encapsulation for the owner of the key.
    pub(crate) fn encapsulate(self, key: &PKeyRef<Public>) -> Result<(Secret, Vec<u8>), ErrorStack> {
        let (mut secret, mut encapsulated) = (self.room(), vec![0; self.encapsulated_len()]);
        // SAFETY: both outputs are as long as said; the key is one, and is only read.
        check(unsafe {
            sys::EVP_KEM_encap(
                self.table(),
                encapsulated.as_mut_ptr(),
                encapsulated.len(),
                secret.as_mut_ptr(),
                secret.len(),
                key.as_ptr(),
            )
        })?;
        Ok((secret, encapsulated))
    }

    /// The secret in an encapsulated one.
    pub(crate) fn decapsulate(self, key: &PKeyRef<Private>, encapsulated: &[u8]) -> Result<Secret, ErrorStack> {
        let mut secret = self.room();
        // SAFETY: the output and the input are as long as said; the key is one, and is only read.
        check(unsafe {
            sys::EVP_KEM_decap(
                self.table(),
                secret.as_mut_ptr(),
                secret.len(),
                encapsulated.as_ptr(),
                encapsulated.len(),
                key.as_ptr(),
            )
        })?;
        Ok(secret)
    }
}
