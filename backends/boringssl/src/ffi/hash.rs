//! Hash functions. Those of `boring` are not wiped, or may fail where a hash cannot.

use boring_sys as sys;

/// A hash function with a context without pointers, which may be copied and moved.
pub(crate) trait Function: 'static {
    type Context: Copy + Default + Send;
    const OUTPUT_LEN: usize;

    fn init(context: &mut Self::Context);
    fn update(context: &mut Self::Context, data: &[u8]);
    fn finish(context: &mut Self::Context, digest: &mut [u8]);
}

macro_rules! function {
    ($function:ident $context:ident $len:ident $init:ident $update:ident $finish:ident) => {
        pub(crate) struct $function;

        impl Function for $function {
            type Context = sys::$context;
            const OUTPUT_LEN: usize = sys::$len as usize;

            fn init(context: &mut Self::Context) {
                // SAFETY: the context may be written, whatever was in it.
                unsafe { sys::$init(context) };
            }

            fn update(context: &mut Self::Context, data: &[u8]) {
                // SAFETY: the context is initialised, since `Digest` makes no other; the data is as long as said.
                unsafe { sys::$update(context, data.as_ptr().cast(), data.len()) };
            }

            fn finish(context: &mut Self::Context, digest: &mut [u8]) {
                assert_eq!(digest.len(), Self::OUTPUT_LEN);
                // SAFETY: the context is initialised, as above; the output has room for the digest.
                unsafe { sys::$finish(digest.as_mut_ptr(), context) };
            }
        }
    };
}

function!(Sha256 SHA256_CTX SHA256_DIGEST_LENGTH SHA256_Init SHA256_Update SHA256_Final);
function!(Sha384 SHA512_CTX SHA384_DIGEST_LENGTH SHA384_Init SHA384_Update SHA384_Final);
function!(Sha512 SHA512_CTX SHA512_DIGEST_LENGTH SHA512_Init SHA512_Update SHA512_Final);
function!(Sha512_256 SHA512_CTX SHA512_256_DIGEST_LENGTH SHA512_256_Init SHA512_256_Update SHA512_256_Final);
function!(Blake2b256 BLAKE2B_CTX BLAKE2B256_DIGEST_LENGTH BLAKE2B256_Init BLAKE2B256_Update BLAKE2B256_Final);

/// A digest under way, wiped when dropped.
pub(crate) struct Digest<F: Function>(F::Context);

impl<F: Function> Digest<F> {
    pub(crate) fn new() -> Self {
        let mut digest = Self(F::Context::default());
        F::init(&mut digest.0);
        digest
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        F::update(&mut self.0, data);
    }

    /// Writes the digest of the data so far to `digest`, which is as long as the output.
    pub(crate) fn digest(&self, digest: &mut [u8]) {
        F::finish(&mut self.clone().0, digest);
    }
}

// By hand: the derived one asks the same of the function.
impl<F: Function> Clone for Digest<F> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<F: Function> Drop for Digest<F> {
    fn drop(&mut self) {
        // SAFETY: the context may be written, and is all zeros before `init` as well.
        unsafe { sys::OPENSSL_cleanse((&raw mut self.0).cast(), size_of::<F::Context>()) };
    }
}
