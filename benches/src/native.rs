//! Subject `native`: calls straight into the core's entry points.

use std::hint::black_box;

use hostcrypt::{Call, Context, Host, Limits, Memory, Revision, abi};
use hostcrypt_rustcrypto::BACKEND;

use crate::layout::{
    AES_256_GCM, BYTE, DATA, DIGEST_LEN, HANDLE, HASH, IMPORTED, KEY, LEN, NONCE, NONCE_NAME, NONE, OPTIONS, OUT,
    RAW_KEY, SHA_256, STATE, SYMMETRIC, TEXT,
};
use crate::{Run, Subject};

/// A context, and a memory with the bytes of [`DATA`] as a guest would have it.
#[derive(Debug)]
pub struct Native {
    context: Context,
    memory: Vec<u8>,
}

impl Default for Native {
    fn default() -> Self {
        Self::new()
    }
}

impl Native {
    /// With a key and a hash state open.
    #[must_use]
    pub fn new() -> Self {
        let mut limits = Limits::default();
        limits.handles = u32::MAX;
        let context = Host::builder(BACKEND).limits(limits).build().context(Revision::V0_10);
        let mut native = Self { context, memory: vec![0; 1 << 16] };
        for (at, bytes) in DATA {
            native.bytes(at, bytes.len()).copy_from_slice(bytes);
        }
        native.call(|call| {
            abi::symmetric_key_import(call, AES_256_GCM.at, AES_256_GCM.len, RAW_KEY.at, RAW_KEY.len, KEY + HANDLE)
        });
        native.call(|call| abi::symmetric_state_open(call, SHA_256.at, SHA_256.len, NONE, NONE, HASH));
        native
    }

    /// With other handles open besides.
    fn with_handles(count: u64) -> Self {
        let mut native = Self::new();
        for _ in 0..count {
            native.call(|call| abi::options_open(call, SYMMETRIC, OPTIONS + HANDLE));
        }
        native
    }

    /// The bytes at an address.
    ///
    /// # Panics
    ///
    /// If they leave memory.
    pub fn bytes(&mut self, at: i32, len: usize) -> &mut [u8] {
        &mut self.memory[at as usize..][..len]
    }

    /// The handle at an address.
    #[inline]
    #[must_use]
    pub fn handle(&self, at: i32) -> i32 {
        let bytes = &self.memory[at as usize..][..4];
        i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }

    /// Makes one call, which must succeed.
    ///
    /// # Panics
    ///
    /// If it does not.
    #[inline]
    pub fn call(&mut self, run: impl FnOnce(&mut Call<'_>) -> i32) {
        assert_eq!(run(&mut self.context.call(Memory::new(&mut self.memory))), 0);
    }

    fn absorb_0(&mut self) {
        let state = self.handle(HASH);
        self.call(|call| abi::symmetric_state_absorb(call, state, TEXT.at, 0));
    }

    fn options(&mut self) {
        self.call(|call| abi::options_open(call, SYMMETRIC, OPTIONS + HANDLE));
        let options = self.handle(OPTIONS + HANDLE);
        self.call(|call| abi::options_close(call, options));
    }

    fn sha_256(&mut self) {
        self.call(|call| abi::symmetric_state_open(call, SHA_256.at, SHA_256.len, NONE, NONE, STATE));
        let state = self.handle(STATE);
        self.call(|call| abi::symmetric_state_absorb(call, state, TEXT.at, TEXT.len));
        self.call(|call| abi::symmetric_state_squeeze(call, state, OUT.at, DIGEST_LEN));
        self.call(|call| abi::symmetric_state_close(call, state));
    }

    fn aes_256_gcm(&mut self, key: i32) {
        self.call(|call| abi::options_open(call, SYMMETRIC, OPTIONS + HANDLE));
        let options = self.handle(OPTIONS + HANDLE);
        self.call(|call| abi::options_set(call, options, NONCE_NAME.at, NONCE_NAME.len, NONCE.at, NONCE.len));
        self.call(|call| abi::symmetric_state_open(call, AES_256_GCM.at, AES_256_GCM.len, key, OPTIONS, STATE));
        let state = self.handle(STATE);
        self.call(|call| abi::symmetric_state_encrypt(call, state, OUT.at, OUT.len, TEXT.at, TEXT.len, LEN));
        self.call(|call| abi::symmetric_state_close(call, state));
        self.call(|call| abi::options_close(call, options));
    }

    fn aes_256_gcm_import(&mut self) {
        self.call(|call| {
            let handle = IMPORTED + HANDLE;
            abi::symmetric_key_import(call, AES_256_GCM.at, AES_256_GCM.len, RAW_KEY.at, RAW_KEY.len, handle)
        });
        self.aes_256_gcm(IMPORTED);
        let key = self.handle(IMPORTED + HANDLE);
        self.call(|call| abi::symmetric_key_close(call, key));
    }

    fn open_use_close(&mut self) {
        self.call(|call| abi::symmetric_state_open(call, SHA_256.at, SHA_256.len, NONE, NONE, STATE));
        let state = self.handle(STATE);
        self.call(|call| abi::symmetric_state_absorb(call, state, TEXT.at, 0));
        self.call(|call| abi::symmetric_state_close(call, state));
    }
}

impl Subject for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn workload(&mut self, name: &str) -> Option<Run<'_>> {
        Some(match name {
            "call/empty" => Box::new(|n| (0..n).for_each(|_| assert_eq!(touch(&mut self.memory, BYTE), 0))),
            "call/absorb-0" => Box::new(|n| (0..n).for_each(|_| self.absorb_0())),
            "call/options" => Box::new(|n| (0..n).for_each(|_| self.options())),
            "life/sha-256-64" => Box::new(|n| (0..n).for_each(|_| self.sha_256())),
            "life/aes-256-gcm-64" => Box::new(|n| (0..n).for_each(|_| self.aes_256_gcm(KEY))),
            "life/aes-256-gcm-64-import" => Box::new(|n| (0..n).for_each(|_| self.aes_256_gcm_import())),
            _ => {
                let mut native = Self::with_handles(name.strip_prefix("handles/")?.parse().unwrap());
                Box::new(move |n| (0..n).for_each(|_| native.open_use_close()))
            }
        })
    }

    fn output(&mut self) -> Vec<u8> {
        self.bytes(OUT.at, OUT.len as usize).to_vec()
    }
}

/// The empty call: an address is checked and the byte there changed.
#[inline(never)]
fn touch(memory: &mut [u8], at: i32) -> i32 {
    let Some(byte) = memory.get_mut(black_box(at) as usize) else { return 1 };
    *byte = byte.wrapping_add(1);
    0
}
