//! A guest as behaviours see it: the interface's functions over a probe, and a place for their arguments.

use hostcrypt::{Errno, Revision};

use crate::{Door, Setup, Subject, functions};

/// Where arguments and outputs of one call lie; the rest of memory is the behaviour's own.
const SCRATCH: usize = 768 << 10;

/// An errno that a call answered, as the number that its revision gives it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    number: u16,
    revision: Revision,
}

impl PartialEq<Errno> for Refusal {
    fn eq(&self, errno: &Errno) -> bool {
        self.number == self.revision.number(*errno)
    }
}

impl std::fmt::Debug for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "errno {} of revision {}", self.number, self.revision)
    }
}

/// What a call answers.
pub type Answer<T = ()> = Result<T, Refusal>;

/// Holds a call to an errno.
macro_rules! refuses {
    ($answer:expr, $errno:ident $(, $($message:tt)+)?) => {
        match $answer {
            Err(refusal) if refusal == hostcrypt::Errno::$errno => {}
            other => panic!(
                "{} answered {:?}, not {} {}", stringify!($answer), other, hostcrypt::Errno::$errno,
                String::new() $(+ &format!($($message)+))?
            ),
        }
    };
}
pub(crate) use refuses;

/// A guest in a world of its own.
pub struct Guest<'a> {
    subject: &'a dyn Subject,
    door: Box<dyn Door>,
    used: usize,
}

/// The numbers of the interface that both revisions share.
pub(crate) const SIGNATURES: i64 = 0;
/// See [`SIGNATURES`].
pub(crate) const SYMMETRIC: i64 = 1;
/// Only in 0.10; see [`SIGNATURES`].
pub(crate) const KEY_EXCHANGE: i64 = 2;
/// The raw encoding of every kind of key, and of signatures.
pub(crate) const RAW: i64 = 0;
/// The DER encoding of signatures.
pub(crate) const SIGNATURE_DER: i64 = 1;

impl<'a> Guest<'a> {
    /// A guest of a subject as it is by default.
    #[must_use]
    pub fn new(subject: &'a dyn Subject) -> Self {
        Self::of(subject, Setup::default())
    }

    /// A guest of a subject that its embedder set up otherwise.
    #[must_use]
    pub fn of(subject: &'a dyn Subject, setup: impl Into<Setup>) -> Self {
        Self { subject, door: subject.open(&setup.into()), used: 0 }
    }

    /// Another guest of the same subject, in another world.
    #[must_use]
    pub fn neighbour(&self) -> Self {
        Self::new(self.subject)
    }

    /// The host that is judged.
    #[must_use]
    pub fn subject(&self) -> &'a dyn Subject {
        self.subject
    }

    /// The revision that the guest speaks.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.subject.revision()
    }

    /// The length of memory in bytes.
    #[must_use]
    pub fn memory_len(&self) -> usize {
        self.door.memory_len()
    }

    /// The place in memory that no call's arguments are written to.
    #[must_use]
    pub fn own(&self) -> i64 {
        SCRATCH as i64
    }

    /// Copies memory out.
    #[must_use]
    pub fn read(&self, ptr: i64, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.door.read(usize::try_from(ptr).expect("in memory"), &mut bytes);
        bytes
    }

    /// Copies into memory.
    pub fn write(&mut self, ptr: i64, bytes: &[u8]) {
        self.door.write(usize::try_from(ptr).expect("in memory"), bytes);
    }

    /// Calls a function with bare integers.
    ///
    /// # Errors
    ///
    /// The errno that it answers.
    pub fn call(&mut self, function: &str, integers: &[i64]) -> Answer {
        match self.number(function, integers) {
            0 => Ok(()),
            number => {
                let number = u16::try_from(number).unwrap_or_else(|_| panic!("{function} answered {number}"));
                Err(Refusal { number, revision: self.revision() })
            }
        }
    }

    /// Calls a function with bare integers and returns the bare number that it answers.
    pub fn number(&mut self, function: &str, integers: &[i64]) -> i32 {
        self.used = 0;
        let number = self.door.call(function, integers);
        functions::answered(self.revision(), function, number);
        number
    }

    /// Room among the arguments of the next call.
    pub fn room(&mut self, len: usize) -> i64 {
        // Eight bytes between, so that a write past the end shows.
        let ptr = self.used;
        self.used = (ptr + len + 15) & !7;
        assert!(self.used <= SCRATCH, "the arguments do not fit");
        ptr as i64
    }

    /// Bytes among the arguments of the next call: a pointer and a length.
    pub fn put(&mut self, bytes: &[u8]) -> [i64; 2] {
        let ptr = self.room(bytes.len());
        self.write(ptr, bytes);
        [ptr, bytes.len() as i64]
    }

    /// An optional handle among the arguments of the next call.
    pub fn optional(&mut self, handle: Option<u32>) -> i64 {
        let mut union = [1, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa];
        if let Some(handle) = handle {
            union[0] = 0;
            union[4..].copy_from_slice(&handle.to_le_bytes());
        }
        self.put(&union)[0]
    }

    fn u32(&self, ptr: i64) -> u32 {
        u32::from_le_bytes(self.read(ptr, 4).try_into().expect("four bytes"))
    }

    /// Calls a function with one output of four bytes, which is passed last.
    ///
    /// # Errors
    ///
    /// The errno that it answers.
    pub fn call_u32(&mut self, function: &str, integers: &[i64]) -> Answer<u32> {
        let out = self.room(4);
        let integers: Vec<_> = integers.iter().copied().chain([out]).collect();
        self.call(function, &integers)?;
        Ok(self.u32(out))
    }
}

/// The interface's functions, by their own names. Each answers with the errno that the host gives.
#[allow(missing_docs, clippy::missing_errors_doc, reason = "the interface's own")]
impl Guest<'_> {
    pub fn options_open(&mut self, algorithm_type: i64) -> Answer<u32> {
        self.call_u32("options_open", &[algorithm_type])
    }

    pub fn options_set(&mut self, handle: u32, name: &str, value: &[u8]) -> Answer {
        let ([name, name_len], [value, value_len]) = (self.put(name.as_bytes()), self.put(value));
        self.call("options_set", &[handle.into(), name, name_len, value, value_len])
    }

    pub fn options_set_u64(&mut self, handle: u32, name: &str, value: u64) -> Answer {
        let [name, name_len] = self.put(name.as_bytes());
        self.call("options_set_u64", &[handle.into(), name, name_len, value.cast_signed()])
    }

    pub fn options_set_guest_buffer(&mut self, handle: u32, name: &str, ptr: i64, len: i64) -> Answer {
        let [name, name_len] = self.put(name.as_bytes());
        self.call("options_set_guest_buffer", &[handle.into(), name, name_len, ptr, len])
    }

    /// Closes a handle of any kind: `close("options", handle)`.
    pub fn close(&mut self, kind: &str, handle: u32) -> Answer {
        self.call(&format!("{kind}_close"), &[handle.into()])
    }

    /// An option set with a nonce.
    pub fn nonce(&mut self, nonce: &[u8]) -> u32 {
        let options = self.options_open(SYMMETRIC).expect("options open");
        self.options_set(options, "nonce", nonce).expect("a nonce is an option");
        options
    }

    pub fn array_output_len(&mut self, handle: u32) -> Answer<u32> {
        self.call_u32("array_output_len", &[handle.into()])
    }

    pub fn array_output_pull(&mut self, handle: u32, len: usize) -> Answer<Vec<u8>> {
        let buf = self.room(len);
        let pulled = self.call_u32("array_output_pull", &[handle.into(), buf, len as i64])?;
        Ok(self.read(buf, pulled as usize))
    }

    /// Everything that an output holds.
    pub fn pull(&mut self, handle: u32) -> Answer<Vec<u8>> {
        let len = self.array_output_len(handle)? as usize;
        self.array_output_pull(handle, len)
    }

    pub fn symmetric_key_generate(&mut self, algorithm: &str, options: Option<u32>) -> Answer<u32> {
        let ([name, name_len], options) = (self.put(algorithm.as_bytes()), self.optional(options));
        self.call_u32("symmetric_key_generate", &[name, name_len, options])
    }

    pub fn symmetric_key_import(&mut self, algorithm: &str, raw: &[u8]) -> Answer<u32> {
        let ([name, name_len], [raw, raw_len]) = (self.put(algorithm.as_bytes()), self.put(raw));
        self.call_u32("symmetric_key_import", &[name, name_len, raw, raw_len])
    }

    pub fn symmetric_key_export(&mut self, key: u32) -> Answer<Vec<u8>> {
        let array = self.call_u32("symmetric_key_export", &[key.into()])?;
        self.pull(array)
    }

    pub fn symmetric_state_open(&mut self, algorithm: &str, key: Option<u32>, options: Option<u32>) -> Answer<u32> {
        let [name, name_len] = self.put(algorithm.as_bytes());
        let (key, options) = (self.optional(key), self.optional(options));
        self.call_u32("symmetric_state_open", &[name, name_len, key, options])
    }

    pub fn symmetric_state_options_get(&mut self, state: u32, name: &str, len: usize) -> Answer<Vec<u8>> {
        let ([name, name_len], value) = (self.put(name.as_bytes()), self.room(len));
        let len = self.call_u32("symmetric_state_options_get", &[state.into(), name, name_len, value, len as i64])?;
        Ok(self.read(value, len as usize))
    }

    pub fn symmetric_state_options_get_u64(&mut self, state: u32, name: &str) -> Answer<u64> {
        let ([name, name_len], value) = (self.put(name.as_bytes()), self.room(8));
        self.call("symmetric_state_options_get_u64", &[state.into(), name, name_len, value])?;
        Ok(u64::from_le_bytes(self.read(value, 8).try_into().expect("eight bytes")))
    }

    pub fn symmetric_state_clone(&mut self, state: u32) -> Answer<u32> {
        self.call_u32("symmetric_state_clone", &[state.into()])
    }

    pub fn symmetric_state_absorb(&mut self, state: u32, data: &[u8]) -> Answer {
        let [data, data_len] = self.put(data);
        self.call("symmetric_state_absorb", &[state.into(), data, data_len])
    }

    pub fn symmetric_state_squeeze(&mut self, state: u32, len: usize) -> Answer<Vec<u8>> {
        let out = self.room(len);
        self.call("symmetric_state_squeeze", &[state.into(), out, len as i64])?;
        Ok(self.read(out, len))
    }

    pub fn symmetric_state_squeeze_tag(&mut self, state: u32) -> Answer<u32> {
        self.call_u32("symmetric_state_squeeze_tag", &[state.into()])
    }

    pub fn symmetric_state_squeeze_key(&mut self, state: u32, algorithm: &str) -> Answer<u32> {
        let [name, name_len] = self.put(algorithm.as_bytes());
        self.call_u32("symmetric_state_squeeze_key", &[state.into(), name, name_len])
    }

    pub fn symmetric_state_max_tag_len(&mut self, state: u32) -> Answer<u32> {
        self.call_u32("symmetric_state_max_tag_len", &[state.into()])
    }

    /// Into a buffer of `out_len` bytes.
    pub fn symmetric_state_encrypt(&mut self, state: u32, out_len: usize, data: &[u8]) -> Answer<Vec<u8>> {
        let (out, [data, data_len]) = (self.room(out_len), self.put(data));
        let len = self.call_u32("symmetric_state_encrypt", &[state.into(), out, out_len as i64, data, data_len])?;
        Ok(self.read(out, len as usize))
    }

    /// Into a buffer of `out_len` bytes; the ciphertext and the handle of the tag.
    pub fn symmetric_state_encrypt_detached(
        &mut self,
        state: u32,
        out_len: usize,
        data: &[u8],
    ) -> Answer<(Vec<u8>, u32)> {
        let (out, [data, data_len]) = (self.room(out_len), self.put(data));
        let integers = [state.into(), out, out_len as i64, data, data_len];
        let tag = self.call_u32("symmetric_state_encrypt_detached", &integers)?;
        Ok((self.read(out, out_len), tag))
    }

    /// Into a buffer of `out_len` bytes.
    pub fn symmetric_state_decrypt(&mut self, state: u32, out_len: usize, data: &[u8]) -> Answer<Vec<u8>> {
        let (out, [data, data_len]) = (self.room(out_len), self.put(data));
        let len = self.call_u32("symmetric_state_decrypt", &[state.into(), out, out_len as i64, data, data_len])?;
        Ok(self.read(out, len as usize))
    }

    /// Into a buffer of `out_len` bytes.
    pub fn symmetric_state_decrypt_detached(
        &mut self,
        state: u32,
        out_len: usize,
        data: &[u8],
        tag: &[u8],
    ) -> Answer<Vec<u8>> {
        let (out, [data, data_len], [tag, tag_len]) = (self.room(out_len), self.put(data), self.put(tag));
        let integers = [state.into(), out, out_len as i64, data, data_len, tag, tag_len];
        let len = self.call_u32("symmetric_state_decrypt_detached", &integers)?;
        Ok(self.read(out, len as usize))
    }

    pub fn symmetric_state_ratchet(&mut self, state: u32) -> Answer {
        self.call("symmetric_state_ratchet", &[state.into()])
    }

    pub fn symmetric_tag_len(&mut self, tag: u32) -> Answer<u32> {
        self.call_u32("symmetric_tag_len", &[tag.into()])
    }

    pub fn symmetric_tag_pull(&mut self, tag: u32, len: usize) -> Answer<Vec<u8>> {
        let buf = self.room(len);
        let pulled = self.call_u32("symmetric_tag_pull", &[tag.into(), buf, len as i64])?;
        Ok(self.read(buf, pulled as usize))
    }

    pub fn symmetric_tag_verify(&mut self, tag: u32, expected: &[u8]) -> Answer {
        let [expected, expected_len] = self.put(expected);
        self.call("symmetric_tag_verify", &[tag.into(), expected, expected_len])
    }

    pub fn keypair_generate(&mut self, kind: i64, algorithm: &str, options: Option<u32>) -> Answer<u32> {
        let ([name, name_len], options) = (self.put(algorithm.as_bytes()), self.optional(options));
        self.call_u32("keypair_generate", &[kind, name, name_len, options])
    }

    /// Imports a key: `import("publickey", SIGNATURES, "Ed25519", bytes, RAW)`.
    pub fn import(&mut self, key: &str, kind: i64, algorithm: &str, encoded: &[u8], encoding: i64) -> Answer<u32> {
        let ([name, name_len], [encoded, encoded_len]) = (self.put(algorithm.as_bytes()), self.put(encoded));
        self.call_u32(&format!("{key}_import"), &[kind, name, name_len, encoded, encoded_len, encoding])
    }

    /// Exports a key or a signature: `export("publickey", handle, RAW)`.
    pub fn export(&mut self, key: &str, handle: u32, encoding: i64) -> Answer<Vec<u8>> {
        let array = self.call_u32(&format!("{key}_export"), &[handle.into(), encoding])?;
        self.pull(array)
    }

    pub fn keypair_publickey(&mut self, pair: u32) -> Answer<u32> {
        self.call_u32("keypair_publickey", &[pair.into()])
    }

    pub fn keypair_secretkey(&mut self, pair: u32) -> Answer<u32> {
        self.call_u32("keypair_secretkey", &[pair.into()])
    }

    pub fn keypair_from_pk_and_sk(&mut self, public: u32, secret: u32) -> Answer<u32> {
        self.call_u32("keypair_from_pk_and_sk", &[public.into(), secret.into()])
    }

    pub fn publickey_verify(&mut self, public: u32) -> Answer {
        self.call("publickey_verify", &[public.into()])
    }

    pub fn publickey_from_secretkey(&mut self, secret: u32) -> Answer<u32> {
        self.call_u32("publickey_from_secretkey", &[secret.into()])
    }

    pub fn signature_import(&mut self, algorithm: &str, encoded: &[u8], encoding: i64) -> Answer<u32> {
        let ([name, name_len], [encoded, encoded_len]) = (self.put(algorithm.as_bytes()), self.put(encoded));
        let integers = match self.revision() {
            Revision::V2020_06 => [name, name_len, encoding, encoded, encoded_len],
            Revision::V0_10 => [name, name_len, encoded, encoded_len, encoding],
        };
        self.call_u32("signature_import", &integers)
    }

    pub fn signature_state_open(&mut self, pair: u32) -> Answer<u32> {
        self.call_u32("signature_state_open", &[pair.into()])
    }

    pub fn signature_state_update(&mut self, state: u32, input: &[u8]) -> Answer {
        let [input, input_len] = self.put(input);
        self.call("signature_state_update", &[state.into(), input, input_len])
    }

    pub fn signature_state_sign(&mut self, state: u32) -> Answer<u32> {
        self.call_u32("signature_state_sign", &[state.into()])
    }

    pub fn signature_verification_state_open(&mut self, public: u32) -> Answer<u32> {
        self.call_u32("signature_verification_state_open", &[public.into()])
    }

    pub fn signature_verification_state_update(&mut self, state: u32, input: &[u8]) -> Answer {
        let [input, input_len] = self.put(input);
        self.call("signature_verification_state_update", &[state.into(), input, input_len])
    }

    pub fn signature_verification_state_verify(&mut self, state: u32, signature: u32) -> Answer {
        self.call("signature_verification_state_verify", &[state.into(), signature.into()])
    }

    /// Signs a message in one go; the signature's handle.
    pub fn sign(&mut self, pair: u32, message: &[u8]) -> Answer<u32> {
        let state = self.signature_state_open(pair)?;
        self.signature_state_update(state, message)?;
        let signature = self.signature_state_sign(state)?;
        self.close("signature_state", state)?;
        Ok(signature)
    }

    /// Verifies a message in one go.
    pub fn verify(&mut self, public: u32, message: &[u8], signature: u32) -> Answer {
        let state = self.signature_verification_state_open(public)?;
        self.signature_verification_state_update(state, message)?;
        let verdict = self.signature_verification_state_verify(state, signature);
        self.close("signature_verification_state", state)?;
        verdict
    }

    /// The secret and its encapsulation.
    pub fn kx_encapsulate(&mut self, public: u32) -> Answer<(Vec<u8>, Vec<u8>)> {
        let (secret, encapsulated) = (self.room(4), self.room(4));
        self.call("kx_encapsulate", &[public.into(), secret, encapsulated])?;
        let [secret, encapsulated] = [secret, encapsulated].map(|out| self.u32(out));
        Ok((self.pull(secret)?, self.pull(encapsulated)?))
    }

    pub fn kx_decapsulate(&mut self, secret: u32, encapsulated: &[u8]) -> Answer<Vec<u8>> {
        let [encapsulated, len] = self.put(encapsulated);
        let array = self.call_u32("kx_decapsulate", &[secret.into(), encapsulated, len])?;
        self.pull(array)
    }

    pub fn kx_dh(&mut self, public: u32, secret: u32) -> Answer<Vec<u8>> {
        let array = self.call_u32("kx_dh", &[public.into(), secret.into()])?;
        self.pull(array)
    }
}
