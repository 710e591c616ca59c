//! The interface's functions, as behaviours call them.

use hostcrypt::Revision;

use super::{AlgorithmType, Answer, Argument::Buffer, Encoding, Guest, Object, SYMMETRIC, Value};
use crate::Capability;

/// The interface's functions, by their own names. Each answers with the errno that the host gives.
#[allow(missing_docs, clippy::missing_errors_doc, reason = "the interface's own")]
impl Guest<'_> {
    pub fn options_open(&mut self, algorithm_type: impl Into<AlgorithmType>) -> Answer<Object> {
        self.opens("options_open", &[algorithm_type.into().into()])
    }

    pub fn options_set(&mut self, options: Object, name: &str, value: &[u8]) -> Answer {
        self.call("options_set", &[options.into(), name.into(), value.into()])
    }

    pub fn options_set_u64(&mut self, options: Object, name: &str, value: u64) -> Answer {
        self.call("options_set_u64", &[options.into(), name.into(), value.into()])
    }

    /// Only guests with a memory have buffers to be used later.
    pub fn options_set_guest_buffer(&mut self, options: Object, name: &str, ptr: i64, len: i64) -> Answer {
        let memory = self.memory();
        let [name, name_len] = memory.put(name.as_bytes());
        memory.call("options_set_guest_buffer", &[options.into(), name, name_len, ptr, len])
    }

    /// Grants a buffer of `len` bytes.
    pub fn options_set_buffer(&mut self, options: Object, name: &str, len: usize) -> Answer {
        self.call("options_set_guest_buffer", &[options.into(), name.into(), Buffer(len)])
    }

    /// Closes an object of any kind: `close("options", object)`.
    pub fn close(&mut self, kind: &str, object: Object) -> Answer {
        self.call(&format!("{kind}_close"), &[object.into()])
    }

    /// An option set with a nonce.
    ///
    /// # Panics
    ///
    /// If it cannot be made.
    pub fn nonce(&mut self, nonce: &[u8]) -> Object {
        let options = self.options_open(SYMMETRIC).expect("options open");
        self.options_set(options, "nonce", nonce).expect("a nonce is an option");
        options
    }

    pub fn array_output_len(&mut self, output: Object) -> Answer<u32> {
        self.length("array_output_len", &[output.into()])
    }

    pub fn array_output_pull(&mut self, output: Object, len: usize) -> Answer<Vec<u8>> {
        self.writes("array_output_pull", &[output.into(), Buffer(len)])
    }

    /// Everything that an output holds.
    pub fn pull(&mut self, output: Object) -> Answer<Vec<u8>> {
        let len = self.array_output_len(output)? as usize;
        self.array_output_pull(output, len)
    }

    pub fn symmetric_key_generate(&mut self, algorithm: &str, options: Option<Object>) -> Answer<Object> {
        self.opens("symmetric_key_generate", &[algorithm.into(), options.into()])
    }

    pub fn symmetric_key_import(&mut self, algorithm: &str, raw: &[u8]) -> Answer<Object> {
        self.opens("symmetric_key_import", &[algorithm.into(), raw.into()])
    }

    /// The output that holds the key.
    pub fn symmetric_key_output(&mut self, key: Object) -> Answer<Object> {
        self.opens("symmetric_key_export", &[key.into()])
    }

    pub fn symmetric_key_export(&mut self, key: Object) -> Answer<Vec<u8>> {
        let output = self.symmetric_key_output(key)?;
        self.pull(output)
    }

    pub fn symmetric_state_open(
        &mut self,
        algorithm: &str,
        key: Option<Object>,
        options: Option<Object>,
    ) -> Answer<Object> {
        self.opens("symmetric_state_open", &[algorithm.into(), key.into(), options.into()])
    }

    /// Opens a state from which `len` bytes are to be squeezed at a time. A guest without buffers says so with an option,
    /// for which it needs a set.
    pub fn symmetric_state_open_for(
        &mut self,
        len: usize,
        algorithm: &str,
        key: Option<Object>,
        options: Option<Object>,
    ) -> Answer<Object> {
        if self.has(Capability::Buffers) {
            return self.symmetric_state_open(algorithm, key, options);
        }
        let set = options.map_or_else(|| self.options_open(SYMMETRIC), Ok)?;
        self.options_set_u64(set, "output_len", len as u64)?;
        let state = self.symmetric_state_open(algorithm, key, Some(set));
        if options.is_none() {
            self.close("options", set)?;
        }
        state
    }

    pub fn symmetric_state_options_get(&mut self, state: Object, name: &str, len: usize) -> Answer<Vec<u8>> {
        self.writes("symmetric_state_options_get", &[state.into(), name.into(), Buffer(len)])
    }

    pub fn symmetric_state_options_get_u64(&mut self, state: Object, name: &str) -> Answer<u64> {
        self.numbers("symmetric_state_options_get_u64", &[state.into(), name.into()])
    }

    pub fn symmetric_state_clone(&mut self, state: Object) -> Answer<Object> {
        self.opens("symmetric_state_clone", &[state.into()])
    }

    pub fn symmetric_state_absorb(&mut self, state: Object, data: &[u8]) -> Answer {
        self.call("symmetric_state_absorb", &[state.into(), data.into()])
    }

    pub fn symmetric_state_squeeze(&mut self, state: Object, len: usize) -> Answer<Vec<u8>> {
        self.writes("symmetric_state_squeeze", &[state.into(), Buffer(len)])
    }

    pub fn symmetric_state_squeeze_tag(&mut self, state: Object) -> Answer<Object> {
        self.opens("symmetric_state_squeeze_tag", &[state.into()])
    }

    pub fn symmetric_state_squeeze_key(&mut self, state: Object, algorithm: &str) -> Answer<Object> {
        self.opens("symmetric_state_squeeze_key", &[state.into(), algorithm.into()])
    }

    pub fn symmetric_state_max_tag_len(&mut self, state: Object) -> Answer<u32> {
        self.length("symmetric_state_max_tag_len", &[state.into()])
    }

    /// Into a buffer of `out_len` bytes.
    pub fn symmetric_state_encrypt(&mut self, state: Object, out_len: usize, data: &[u8]) -> Answer<Vec<u8>> {
        self.writes("symmetric_state_encrypt", &[state.into(), Buffer(out_len), data.into()])
    }

    /// Into a buffer of `out_len` bytes; the ciphertext and the tag.
    pub fn symmetric_state_encrypt_detached(
        &mut self,
        state: Object,
        out_len: usize,
        data: &[u8],
    ) -> Answer<(Vec<u8>, Object)> {
        let function = "symmetric_state_encrypt_detached";
        match &mut self.invoke(function, &[state.into(), Buffer(out_len), data.into()])?[..] {
            [Value::Bytes(text), Value::Object(tag)] => Ok((std::mem::take(text), *tag)),
            values => panic!("{function} returned {values:?}"),
        }
    }

    /// Into a buffer of `out_len` bytes.
    pub fn symmetric_state_decrypt(&mut self, state: Object, out_len: usize, data: &[u8]) -> Answer<Vec<u8>> {
        self.writes("symmetric_state_decrypt", &[state.into(), Buffer(out_len), data.into()])
    }

    /// Into a buffer of `out_len` bytes.
    pub fn symmetric_state_decrypt_detached(
        &mut self,
        state: Object,
        out_len: usize,
        data: &[u8],
        tag: &[u8],
    ) -> Answer<Vec<u8>> {
        let arguments = [state.into(), Buffer(out_len), data.into(), tag.into()];
        self.writes("symmetric_state_decrypt_detached", &arguments)
    }

    pub fn symmetric_state_ratchet(&mut self, state: Object) -> Answer {
        self.call("symmetric_state_ratchet", &[state.into()])
    }

    pub fn symmetric_tag_len(&mut self, tag: Object) -> Answer<u32> {
        self.length("symmetric_tag_len", &[tag.into()])
    }

    pub fn symmetric_tag_pull(&mut self, tag: Object, len: usize) -> Answer<Vec<u8>> {
        self.writes("symmetric_tag_pull", &[tag.into(), Buffer(len)])
    }

    pub fn symmetric_tag_verify(&mut self, tag: Object, expected: &[u8]) -> Answer {
        self.call("symmetric_tag_verify", &[tag.into(), expected.into()])
    }

    pub fn keypair_generate(
        &mut self,
        kind: impl Into<AlgorithmType>,
        algorithm: &str,
        options: Option<Object>,
    ) -> Answer<Object> {
        self.opens("keypair_generate", &[kind.into().into(), algorithm.into(), options.into()])
    }

    /// Imports a key: `import("publickey", AlgorithmType::Signatures, "Ed25519", bytes, Encoding::Raw)`.
    pub fn import(
        &mut self,
        key: &str,
        kind: impl Into<AlgorithmType>,
        algorithm: &str,
        encoded: &[u8],
        encoding: impl Into<Encoding>,
    ) -> Answer<Object> {
        let arguments = [kind.into().into(), algorithm.into(), encoded.into(), encoding.into().into()];
        self.opens(&format!("{key}_import"), &arguments)
    }

    /// The output that holds an exported key or signature.
    pub fn export_output(&mut self, key: &str, object: Object, encoding: impl Into<Encoding>) -> Answer<Object> {
        self.opens(&format!("{key}_export"), &[object.into(), encoding.into().into()])
    }

    /// Exports a key or a signature: `export("publickey", object, Encoding::Raw)`.
    pub fn export(&mut self, key: &str, object: Object, encoding: impl Into<Encoding>) -> Answer<Vec<u8>> {
        let output = self.export_output(key, object, encoding)?;
        self.pull(output)
    }

    pub fn keypair_publickey(&mut self, pair: Object) -> Answer<Object> {
        self.opens("keypair_publickey", &[pair.into()])
    }

    pub fn keypair_secretkey(&mut self, pair: Object) -> Answer<Object> {
        self.opens("keypair_secretkey", &[pair.into()])
    }

    pub fn keypair_from_pk_and_sk(&mut self, public: Object, secret: Object) -> Answer<Object> {
        self.opens("keypair_from_pk_and_sk", &[public.into(), secret.into()])
    }

    pub fn publickey_verify(&mut self, public: Object) -> Answer {
        self.call("publickey_verify", &[public.into()])
    }

    pub fn publickey_from_secretkey(&mut self, secret: Object) -> Answer<Object> {
        self.opens("publickey_from_secretkey", &[secret.into()])
    }

    pub fn signature_import(
        &mut self,
        algorithm: &str,
        encoded: &[u8],
        encoding: impl Into<Encoding>,
    ) -> Answer<Object> {
        let (algorithm, encoded, encoding) = (algorithm.into(), encoded.into(), encoding.into().into());
        let arguments = match self.revision() {
            Revision::V2020_06 => [algorithm, encoding, encoded],
            Revision::V0_10 => [algorithm, encoded, encoding],
        };
        self.opens("signature_import", &arguments)
    }

    pub fn signature_state_open(&mut self, pair: Object) -> Answer<Object> {
        self.opens("signature_state_open", &[pair.into()])
    }

    pub fn signature_state_update(&mut self, state: Object, input: &[u8]) -> Answer {
        self.call("signature_state_update", &[state.into(), input.into()])
    }

    pub fn signature_state_sign(&mut self, state: Object) -> Answer<Object> {
        self.opens("signature_state_sign", &[state.into()])
    }

    pub fn signature_verification_state_open(&mut self, public: Object) -> Answer<Object> {
        self.opens("signature_verification_state_open", &[public.into()])
    }

    pub fn signature_verification_state_update(&mut self, state: Object, input: &[u8]) -> Answer {
        self.call("signature_verification_state_update", &[state.into(), input.into()])
    }

    pub fn signature_verification_state_verify(&mut self, state: Object, signature: Object) -> Answer {
        self.call("signature_verification_state_verify", &[state.into(), signature.into()])
    }

    /// Signs a message in one go; the signature.
    pub fn sign(&mut self, pair: Object, message: &[u8]) -> Answer<Object> {
        let state = self.signature_state_open(pair)?;
        self.signature_state_update(state, message)?;
        let signature = self.signature_state_sign(state)?;
        self.close("signature_state", state)?;
        Ok(signature)
    }

    /// Verifies a message in one go.
    pub fn verify(&mut self, public: Object, message: &[u8], signature: Object) -> Answer {
        let state = self.signature_verification_state_open(public)?;
        self.signature_verification_state_update(state, message)?;
        let verdict = self.signature_verification_state_verify(state, signature);
        self.close("signature_verification_state", state)?;
        verdict
    }

    /// The outputs that hold the secret and its encapsulation.
    pub fn kx_encapsulate_outputs(&mut self, public: Object) -> Answer<[Object; 2]> {
        match self.invoke("kx_encapsulate", &[public.into()])?[..] {
            [Value::Object(secret), Value::Object(encapsulated)] => Ok([secret, encapsulated]),
            ref values => panic!("kx_encapsulate returned {values:?}"),
        }
    }

    /// The secret and its encapsulation.
    pub fn kx_encapsulate(&mut self, public: Object) -> Answer<(Vec<u8>, Vec<u8>)> {
        let [secret, encapsulated] = self.kx_encapsulate_outputs(public)?;
        Ok((self.pull(secret)?, self.pull(encapsulated)?))
    }

    pub fn kx_decapsulate(&mut self, secret: Object, encapsulated: &[u8]) -> Answer<Vec<u8>> {
        let output = self.opens("kx_decapsulate", &[secret.into(), encapsulated.into()])?;
        self.pull(output)
    }

    /// The output that holds the secret.
    pub fn kx_dh_output(&mut self, public: Object, secret: Object) -> Answer<Object> {
        self.opens("kx_dh", &[public.into(), secret.into()])
    }

    pub fn kx_dh(&mut self, public: Object, secret: Object) -> Answer<Vec<u8>> {
        let output = self.kx_dh_output(public, secret)?;
        self.pull(output)
    }
}
