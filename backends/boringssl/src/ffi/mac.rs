//! HMAC, which `boring` cannot copy, and CMAC, which it does not have.

use std::{alloc, ffi::c_int, ptr, ptr::NonNull};

use boring::error::ErrorStack;
use boring::hash::MessageDigest;
use boring::symm::Cipher;
use boring_sys as sys;
use zeroize::Zeroizing;

use super::check;

/// Calls that cannot fail once a context was made, because they allocate nothing and choose no algorithm.
fn always(returned: c_int) {
    assert_eq!(returned, 1);
}

/// An HMAC under way, wiped when dropped. It stays where it was made, since nothing says that it may be moved.
pub(crate) struct Hmac(sys::HMAC_CTX);

// SAFETY: the context is plain memory and a pointer to a static table, bound to no thread; what takes it by a shared
// reference only reads it.
unsafe impl Send for Hmac {}
// SAFETY: as above.
unsafe impl Sync for Hmac {}

impl Hmac {
    /// An HMAC that has absorbed its key and nothing else.
    pub(crate) fn new(hash: MessageDigest, key: &[u8]) -> Result<Box<Self>, ErrorStack> {
        let mut hmac = Box::new(Self(sys::HMAC_CTX::default()));
        // SAFETY: the context may be written; it is initialised first. The hash function is a static table, and the
        // key, whose pointer is not null even if it is empty, is as long as said.
        check(unsafe {
            sys::HMAC_CTX_init(&mut hmac.0);
            sys::HMAC_Init_ex(&mut hmac.0, key.as_ptr().cast(), key.len(), hash.as_ptr(), ptr::null_mut())
        })?;
        Ok(hmac)
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        // SAFETY: the context has a key, since `new` and `copy` make no other; the data is as long as said.
        always(unsafe { sys::HMAC_Update(&mut self.0, data.as_ptr(), data.len()) });
    }

    /// Writes the tag of the data so far to `tag`, which is as long as the tag.
    pub(crate) fn tag(&self, tag: &mut [u8]) {
        let mut last = Self(sys::HMAC_CTX::default());
        last.copy_from(self);
        // SAFETY: the context has a key.
        assert_eq!(tag.len(), unsafe { sys::HMAC_size(&last.0) });
        // SAFETY: the context has a key, and the output room for the tag; its length is not asked for.
        always(unsafe { sys::HMAC_Final(&mut last.0, tag.as_mut_ptr(), ptr::null_mut()) });
    }

    pub(crate) fn copy(&self) -> Box<Self> {
        let mut copy = Box::new(Self(sys::HMAC_CTX::default()));
        copy.copy_from(self);
        copy
    }

    /// Fills a context that is still all zeros.
    fn copy_from(&mut self, other: &Self) {
        // SAFETY: this context may be written, and owns nothing yet; the other one has a key.
        always(unsafe { sys::HMAC_CTX_copy(&mut self.0, &other.0) });
    }
}

impl Drop for Hmac {
    fn drop(&mut self) {
        // SAFETY: the context may be written; it has a key or is all zeros, which owns nothing.
        unsafe { sys::HMAC_CTX_cleanse(&mut self.0) };
    }
}

/// The length of a tag of CMAC in bytes.
pub(crate) const CMAC_LEN: usize = sys::AES_BLOCK_SIZE as usize;

/// A CMAC under way, wiped when dropped.
pub(crate) struct Cmac(NonNull<sys::CMAC_CTX>);

// SAFETY: the context is bound to no thread; what takes it by a shared reference only reads it.
unsafe impl Send for Cmac {}
// SAFETY: as above.
unsafe impl Sync for Cmac {}

impl Cmac {
    /// A CMAC over AES that has absorbed nothing. A key of another length than the cipher's is an error.
    pub(crate) fn new(cipher: Cipher, key: &[u8]) -> Result<Box<Self>, ErrorStack> {
        let cmac = Self::empty().ok_or_else(ErrorStack::get)?;
        // SAFETY: the context is ours alone, the cipher a static table, and the key as long as said.
        check(unsafe {
            sys::CMAC_Init(cmac.0.as_ptr(), key.as_ptr().cast(), key.len(), cipher.as_ptr(), ptr::null_mut())
        })?;
        Ok(Box::new(cmac))
    }

    fn empty() -> Option<Self> {
        // SAFETY: what is returned is null or a context that is ours alone.
        NonNull::new(unsafe { sys::CMAC_CTX_new() }).map(Self)
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        // SAFETY: the context has a key, since `new` and `copy` make no other; the data is as long as said.
        always(unsafe { sys::CMAC_Update(self.0.as_ptr(), data.as_ptr(), data.len()) });
    }

    /// Writes the tag of the data so far to `tag`, which is as long as the tag.
    pub(crate) fn tag(&self, tag: &mut [u8]) {
        let (mut room, mut len) = (Zeroizing::new([0; CMAC_LEN]), 0);
        // SAFETY: the copy has a key, and the output room for a block, which is what the tag is.
        always(unsafe { sys::CMAC_Final(self.copy().0.as_ptr(), room.as_mut_ptr(), &mut len) });
        tag.copy_from_slice(&*room);
    }

    pub(crate) fn copy(&self) -> Box<Self> {
        let copy = Self::empty().filter(|copy| {
            // SAFETY: one context is ours alone and fresh, the other has a key.
            unsafe { sys::CMAC_CTX_copy(copy.0.as_ptr(), self.0.as_ptr()) == 1 }
        });
        // It allocates, and does what Rust does where there is no memory left.
        Box::new(copy.unwrap_or_else(|| alloc::handle_alloc_error(alloc::Layout::new::<Self>())))
    }
}

impl Drop for Cmac {
    fn drop(&mut self) {
        // SAFETY: the context is ours, and not used again.
        unsafe { sys::CMAC_CTX_free(self.0.as_ptr()) };
    }
}
