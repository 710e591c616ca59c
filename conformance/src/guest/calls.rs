//! The interface's functions, as behaviours call them.

use hostcrypt::Revision;

use super::{Answer, Guest, SYMMETRIC};

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
