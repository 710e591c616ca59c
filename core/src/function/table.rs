//! The table of all functions.

/// Lists every function of both revisions once, by the interface's names, and passes the list to a macro.
///
/// `for_each_function!(callback, arguments…)` expands to `callback! { arguments… modules… }`, where each module
/// is `name { rows… }` and each row is
///
/// ```text
/// [both] fn name(handle: options, value value_len: bytes) -> (len: size)
///     ! UnsupportedOption Overflow;
/// ```
///
/// After `!` come the errnos of this function alone. Other errnos follow from its parameters: `guest_error` from any
/// pointer, `invalid_handle` from any handle, `too_many_handles` if it opens one, `closed` if it closes one, `overflow`
/// from any range that the host reads, and `prohibited_operation` for every function.
///
/// First the revision: `both`, `v2020_06`, `v0_10`. A parameter has one name for each of its integers: `string`,
/// `bytes` (which the host reads) and `buf` (which it writes) are a pointer and a length in bytes.
/// `core_type!` is the type of those integers. Each output is one more `i32`: a pointer that the host writes to on success.
/// The type `secrets_manager` of 0.10 is `key_manager` in 2020-06. The output of `signature_state_sign`, which both
/// revisions call an `array_output`, is a `signature`.
#[doc(hidden)]
#[macro_export]
macro_rules! for_each_function {
    ($callback:ident $(, $($arguments:tt)*)?) => {
        $callback! {
            $($($arguments)*)?
            wasi_ephemeral_crypto_common {
                [v2020_06] fn key_manager_open(options: opt_options) -> (opened: key_manager)
                    ! UnsupportedFeature;
                [v2020_06] fn key_manager_close(key_manager: key_manager) -> ()
                    ! UnsupportedFeature;
                [v2020_06] fn key_manager_invalidate(
                    key_manager: key_manager,
                    key_id key_id_len: bytes,
                    key_version: version
                ) -> ()
                    ! UnsupportedFeature NotFound;
                [both] fn options_open(algorithm_type: algorithm_type) -> (opened: options)
                    ! UnsupportedAlgorithm;
                [both] fn options_close(handle: options) -> ();
                [both] fn options_set(handle: options, name name_len: string, value value_len: bytes) -> ()
                    ! UnsupportedOption Overflow;
                [both] fn options_set_u64(handle: options, name name_len: string, value: u64) -> ()
                    ! UnsupportedOption;
                [both] fn options_set_guest_buffer(
                    handle: options,
                    name name_len: string,
                    buffer buffer_len: buf
                ) -> ()
                    ! UnsupportedOption;
                [both] fn array_output_len(array_output: array_output) -> (len: size);
                [both] fn array_output_pull(array_output: array_output, buf buf_len: buf) -> (len: size);
                [v0_10] fn secrets_manager_open(options: opt_options) -> (opened: secrets_manager)
                    ! UnsupportedFeature;
                [v0_10] fn secrets_manager_close(secrets_manager: secrets_manager) -> ()
                    ! UnsupportedFeature;
                [v0_10] fn secrets_manager_invalidate(
                    secrets_manager: secrets_manager,
                    key_id key_id_len: bytes,
                    key_version: version
                ) -> ()
                    ! UnsupportedFeature NotFound;
            }
            wasi_ephemeral_crypto_asymmetric_common {
                [both] fn keypair_generate(
                    algorithm_type: algorithm_type,
                    algorithm algorithm_len: string,
                    options: opt_options
                ) -> (opened: keypair)
                    ! UnsupportedAlgorithm RngError InProgress Overflow;
                [both] fn keypair_import(
                    algorithm_type: algorithm_type,
                    algorithm algorithm_len: string,
                    encoded encoded_len: bytes,
                    encoding: keypair_encoding
                ) -> (opened: keypair)
                    ! UnsupportedAlgorithm UnsupportedEncoding InvalidKey Overflow;
                [both] fn keypair_generate_managed(
                    secrets_manager: secrets_manager,
                    algorithm_type: algorithm_type,
                    algorithm algorithm_len: string,
                    options: opt_options
                ) -> (opened: keypair)
                    ! UnsupportedFeature UnsupportedAlgorithm RngError InProgress Overflow;
                [v0_10] fn keypair_store_managed(
                    secrets_manager: secrets_manager,
                    kp: keypair,
                    kp_id kp_id_max_len: buf
                ) -> ()
                    ! UnsupportedFeature InvalidOperation RngError Overflow;
                [v0_10] fn keypair_replace_managed(
                    secrets_manager: secrets_manager,
                    kp_old: keypair,
                    kp_new: keypair
                ) -> (version: version)
                    ! UnsupportedFeature IncompatibleKeys InvalidOperation NotFound Overflow;
                [both] fn keypair_id(kp: keypair, kp_id kp_id_max_len: buf) -> (len: size, version: version)
                    ! UnsupportedFeature Overflow;
                [both] fn keypair_from_id(
                    secrets_manager: secrets_manager,
                    kp_id kp_id_len: bytes,
                    kp_version: version
                ) -> (opened: keypair)
                    ! UnsupportedFeature NotFound Expired UnsupportedAlgorithm Overflow;
                [both] fn keypair_from_pk_and_sk(
                    publickey: publickey,
                    secretkey: secretkey
                ) -> (opened: keypair)
                    ! IncompatibleKeys InvalidKey;
                [both] fn keypair_export(kp: keypair, encoding: keypair_encoding) -> (opened: array_output)
                    ! UnsupportedEncoding Overflow;
                [both] fn keypair_publickey(kp: keypair) -> (opened: publickey);
                [both] fn keypair_secretkey(kp: keypair) -> (opened: secretkey);
                [both] fn keypair_close(kp: keypair) -> ();
                [both] fn publickey_import(
                    algorithm_type: algorithm_type,
                    algorithm algorithm_len: string,
                    encoded encoded_len: bytes,
                    encoding: publickey_encoding
                ) -> (opened: publickey)
                    ! UnsupportedAlgorithm UnsupportedEncoding InvalidKey Overflow;
                [both] fn publickey_export(
                    pk: publickey,
                    encoding: publickey_encoding
                ) -> (opened: array_output)
                    ! UnsupportedEncoding Overflow;
                [both] fn publickey_verify(pk: publickey) -> ()
                    ! InvalidKey;
                [both] fn publickey_from_secretkey(sk: secretkey) -> (opened: publickey)
                    ! Overflow;
                [both] fn publickey_close(pk: publickey) -> ();
                [both] fn secretkey_import(
                    algorithm_type: algorithm_type,
                    algorithm algorithm_len: string,
                    encoded encoded_len: bytes,
                    encoding: secretkey_encoding
                ) -> (opened: secretkey)
                    ! UnsupportedAlgorithm UnsupportedEncoding InvalidKey Overflow;
                [both] fn secretkey_export(
                    sk: secretkey,
                    encoding: secretkey_encoding
                ) -> (opened: array_output)
                    ! UnsupportedEncoding Overflow;
                [both] fn secretkey_close(sk: secretkey) -> ();
            }
            wasi_ephemeral_crypto_signatures {
                [both] fn signature_export(
                    signature: signature,
                    encoding: signature_encoding
                ) -> (opened: array_output)
                    ! UnsupportedEncoding Overflow;
                [both] fn signature_import(
                    algorithm algorithm_len: string,
                    encoded encoded_len: bytes,
                    encoding: signature_encoding
                ) -> (opened: signature)
                    ! UnsupportedAlgorithm UnsupportedEncoding InvalidSignature Overflow;
                [both] fn signature_state_open(kp: signature_keypair) -> (opened: signature_state)
                    ! InvalidOperation Expired;
                [both] fn signature_state_update(state: signature_state, input input_len: bytes) -> ()
                    ! Overflow;
                [both] fn signature_state_sign(state: signature_state) -> (opened: array_output)
                    ! RngError AlgorithmFailure Overflow;
                [both] fn signature_state_close(state: signature_state) -> ();
                [both] fn signature_verification_state_open(
                    kp: signature_publickey
                ) -> (opened: signature_verification_state)
                    ! InvalidOperation;
                [both] fn signature_verification_state_update(
                    state: signature_verification_state,
                    input input_len: bytes
                ) -> ()
                    ! Overflow;
                [both] fn signature_verification_state_verify(
                    state: signature_verification_state,
                    signature: signature
                ) -> ()
                    ! InvalidSignature VerificationFailed;
                [both] fn signature_verification_state_close(state: signature_verification_state) -> ();
                [both] fn signature_close(signature: signature) -> ();
            }
            wasi_ephemeral_crypto_symmetric {
                [both] fn symmetric_key_generate(
                    algorithm algorithm_len: string,
                    options: opt_options
                ) -> (opened: symmetric_key)
                    ! UnsupportedAlgorithm KeyNotSupported RngError;
                [both] fn symmetric_key_import(
                    algorithm algorithm_len: string,
                    raw raw_len: bytes
                ) -> (opened: symmetric_key)
                    ! UnsupportedAlgorithm KeyNotSupported InvalidKey Overflow;
                [both] fn symmetric_key_export(symmetric_key: symmetric_key) -> (opened: array_output)
                    ! Overflow;
                [both] fn symmetric_key_close(symmetric_key: symmetric_key) -> ();
                [both] fn symmetric_key_generate_managed(
                    secrets_manager: secrets_manager,
                    algorithm algorithm_len: string,
                    options: opt_options
                ) -> (opened: symmetric_key)
                    ! UnsupportedFeature UnsupportedAlgorithm KeyNotSupported RngError Overflow;
                [v0_10] fn symmetric_key_store_managed(
                    secrets_manager: secrets_manager,
                    symmetric_key: symmetric_key,
                    symmetric_key_id symmetric_key_id_max_len: buf
                ) -> ()
                    ! UnsupportedFeature InvalidOperation RngError Overflow;
                [v0_10] fn symmetric_key_replace_managed(
                    secrets_manager: secrets_manager,
                    symmetric_key_old: symmetric_key,
                    symmetric_key_new: symmetric_key
                ) -> (version: version)
                    ! UnsupportedFeature IncompatibleKeys InvalidOperation NotFound Overflow;
                [both] fn symmetric_key_id(
                    symmetric_key: symmetric_key,
                    symmetric_key_id symmetric_key_id_max_len: buf
                ) -> (len: size, version: version)
                    ! UnsupportedFeature Overflow;
                [both] fn symmetric_key_from_id(
                    secrets_manager: secrets_manager,
                    symmetric_key_id symmetric_key_id_len: bytes,
                    symmetric_key_version: version
                ) -> (opened: symmetric_key)
                    ! UnsupportedFeature NotFound Expired UnsupportedAlgorithm Overflow;
                [both] fn symmetric_state_open(
                    algorithm algorithm_len: string,
                    key: opt_symmetric_key,
                    options: opt_options
                ) -> (opened: symmetric_state)
                    ! UnsupportedAlgorithm KeyNotSupported KeyRequired InvalidKey NonceRequired InvalidNonce RngError
                    Expired;
                [both] fn symmetric_state_options_get(
                    handle: symmetric_state,
                    name name_len: string,
                    value value_max_len: buf
                ) -> (len: size)
                    ! UnsupportedOption OptionNotSet Overflow;
                [both] fn symmetric_state_options_get_u64(
                    handle: symmetric_state,
                    name name_len: string
                ) -> (value: u64)
                    ! UnsupportedOption OptionNotSet;
                [v0_10] fn symmetric_state_clone(handle: symmetric_state) -> (opened: symmetric_state)
                    ! Overflow;
                [both] fn symmetric_state_close(handle: symmetric_state) -> ();
                [both] fn symmetric_state_absorb(handle: symmetric_state, data data_len: bytes) -> ()
                    ! InvalidOperation Overflow;
                [both] fn symmetric_state_squeeze(handle: symmetric_state, out out_len: buf) -> ()
                    ! InvalidOperation InvalidLength Overflow;
                [both] fn symmetric_state_squeeze_tag(handle: symmetric_state) -> (opened: symmetric_tag)
                    ! InvalidOperation;
                [both] fn symmetric_state_squeeze_key(
                    handle: symmetric_state,
                    alg_str alg_str_len: string
                ) -> (opened: symmetric_key)
                    ! UnsupportedAlgorithm InvalidOperation;
                [both] fn symmetric_state_max_tag_len(handle: symmetric_state) -> (len: size)
                    ! InvalidOperation;
                [both] fn symmetric_state_encrypt(
                    handle: symmetric_state,
                    out out_len: buf,
                    data data_len: bytes
                ) -> (len: size)
                    ! InvalidOperation NonceRequired Overflow InvalidLength;
                [both] fn symmetric_state_encrypt_detached(
                    handle: symmetric_state,
                    out out_len: buf,
                    data data_len: bytes
                ) -> (opened: symmetric_tag)
                    ! InvalidOperation NonceRequired Overflow InvalidLength;
                [both] fn symmetric_state_decrypt(
                    handle: symmetric_state,
                    out out_len: buf,
                    data data_len: bytes
                ) -> (len: size)
                    ! InvalidOperation InvalidTag Overflow InvalidLength;
                [both] fn symmetric_state_decrypt_detached(
                    handle: symmetric_state,
                    out out_len: buf,
                    data data_len: bytes,
                    raw_tag raw_tag_len: bytes
                ) -> (len: size)
                    ! InvalidOperation InvalidTag Overflow InvalidLength;
                [both] fn symmetric_state_ratchet(handle: symmetric_state) -> ()
                    ! InvalidOperation;
                [both] fn symmetric_tag_len(symmetric_tag: symmetric_tag) -> (len: size);
                [both] fn symmetric_tag_pull(symmetric_tag: symmetric_tag, buf buf_len: buf) -> (len: size)
                    ! Overflow InvalidLength;
                [both] fn symmetric_tag_verify(
                    symmetric_tag: symmetric_tag,
                    expected_raw_tag_ptr expected_raw_tag_len: bytes
                ) -> ()
                    ! InvalidTag;
                [both] fn symmetric_tag_close(symmetric_tag: symmetric_tag) -> ();
            }
            wasi_ephemeral_crypto_kx {
                [v0_10] fn kx_dh(pk: publickey, sk: secretkey) -> (opened: array_output)
                    ! IncompatibleKeys InvalidOperation InvalidKey Expired;
                [v0_10] fn kx_encapsulate(
                    pk: publickey
                ) -> (secret: array_output, encapsulated_secret: array_output)
                    ! InvalidOperation RngError Overflow;
                [v0_10] fn kx_decapsulate(
                    sk: secretkey,
                    encapsulated_secret encapsulated_secret_len: bytes
                ) -> (opened: array_output)
                    ! InvalidOperation VerificationFailed Expired;
            }
            wasi_ephemeral_crypto_external_secrets {
                [v0_10] fn external_secret_store(
                    secrets_manager: secrets_manager,
                    secret secret_len: bytes,
                    expiration: timestamp,
                    secret_id secret_id_max_len: buf
                ) -> ()
                    ! UnsupportedFeature RngError Overflow;
                [v0_10] fn external_secret_replace(
                    secrets_manager: secrets_manager,
                    secret secret_len: bytes,
                    expiration: timestamp,
                    secret_id secret_id_len: bytes
                ) -> (version: version)
                    ! UnsupportedFeature NotFound Overflow;
                [v0_10] fn external_secret_from_id(
                    secrets_manager: secrets_manager,
                    secret_id secret_id_len: bytes,
                    secret_version: version
                ) -> (opened: array_output)
                    ! UnsupportedFeature NotFound Expired Overflow;
                [v0_10] fn external_secret_invalidate(
                    secrets_manager: secrets_manager,
                    secret_id secret_id_len: bytes,
                    secret_version: version
                ) -> ()
                    ! UnsupportedFeature NotFound;
                [v0_10] fn external_secret_encapsulate(
                    secrets_manager: secrets_manager,
                    secret secret_len: bytes,
                    expiration: timestamp
                ) -> (opened: array_output)
                    ! UnsupportedFeature RngError Overflow;
                [v0_10] fn external_secret_decapsulate(
                    secrets_manager: secrets_manager,
                    encrypted_secret encrypted_secret_len: bytes
                ) -> (opened: array_output)
                    ! UnsupportedFeature VerificationFailed Expired Overflow;
            }
        }
    };
}

/// The integer type of a parameter: `i64` or `i32`.
#[doc(hidden)]
#[macro_export]
macro_rules! core_type {
    (u64) => {
        i64
    };
    (version) => {
        i64
    };
    (timestamp) => {
        i64
    };
    ($other:ident) => {
        i32
    };
}
