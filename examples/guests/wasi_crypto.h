/*
 * WASI-crypto, revision 0.10, for C guests on wasm32.
 *
 * Every function returns a crypto_errno_t and writes its results through the pointers at the end of its
 * parameter list, on success only. Functions and parameters have the interface's own names.
 *
 *  - A string is a pointer and a length without a terminator: CRYPTO_STR("SHA-256") passes both.
 *  - A handle is a number that means something to the host alone. Close what you open.
 *  - An optional handle is passed as a pointer: NO_OPTIONS, WITH_OPTIONS(handle), NO_KEY, WITH_KEY(handle).
 */

#ifndef WASI_CRYPTO_H
#define WASI_CRYPTO_H

#include <stdint.h>

/* The two arguments that a string parameter takes. */
#define CRYPTO_STR(literal) (literal), (uint32_t)(sizeof(literal) - 1)

/* ---- Numbers ---- */

/* What every function returns. */
typedef enum {
    CRYPTO_ERRNO_SUCCESS = 0,
    CRYPTO_ERRNO_GUEST_ERROR = 1,           /* a pointer leaves memory, or a string is not UTF-8 */
    CRYPTO_ERRNO_NOT_IMPLEMENTED = 2,
    CRYPTO_ERRNO_UNSUPPORTED_FEATURE = 3,
    CRYPTO_ERRNO_PROHIBITED_OPERATION = 4,  /* the host's operator forbids it */
    CRYPTO_ERRNO_UNSUPPORTED_ENCODING = 5,
    CRYPTO_ERRNO_UNSUPPORTED_ALGORITHM = 6,
    CRYPTO_ERRNO_UNSUPPORTED_OPTION = 7,
    CRYPTO_ERRNO_INVALID_KEY = 8,           /* wrong length, or not a key of the algorithm */
    CRYPTO_ERRNO_INVALID_LENGTH = 9,        /* more output wanted than there is */
    CRYPTO_ERRNO_VERIFICATION_FAILED = 10,  /* the signature is not of this message and key */
    CRYPTO_ERRNO_RNG_ERROR = 11,
    CRYPTO_ERRNO_ALGORITHM_FAILURE = 12,
    CRYPTO_ERRNO_INVALID_SIGNATURE = 13,    /* not a signature of the algorithm at all */
    CRYPTO_ERRNO_CLOSED = 14,               /* closed for the second time */
    CRYPTO_ERRNO_INVALID_HANDLE = 15,       /* unknown, closed, or of another kind */
    CRYPTO_ERRNO_OVERFLOW = 16,             /* the output buffer is too small, or the host would hold too much */
    CRYPTO_ERRNO_INTERNAL_ERROR = 17,
    CRYPTO_ERRNO_TOO_MANY_HANDLES = 18,
    CRYPTO_ERRNO_KEY_NOT_SUPPORTED = 19,    /* the algorithm takes no key */
    CRYPTO_ERRNO_KEY_REQUIRED = 20,
    CRYPTO_ERRNO_INVALID_TAG = 21,          /* what was encrypted or authenticated has been changed */
    CRYPTO_ERRNO_INVALID_OPERATION = 22,    /* the algorithm has no such operation */
    CRYPTO_ERRNO_NONCE_REQUIRED = 23,
    CRYPTO_ERRNO_INVALID_NONCE = 24,        /* wrong length */
    CRYPTO_ERRNO_OPTION_NOT_SET = 25,
    CRYPTO_ERRNO_NOT_FOUND = 26,
    CRYPTO_ERRNO_PARAMETERS_MISSING = 27,
    CRYPTO_ERRNO_IN_PROGRESS = 28,
    CRYPTO_ERRNO_INCOMPATIBLE_KEYS = 29,    /* of two algorithms */
    CRYPTO_ERRNO_EXPIRED = 30,
} crypto_errno_t;

/* Algorithms have names of their own in each category. */
typedef enum {
    ALGORITHM_TYPE_SIGNATURES = 0,
    ALGORITHM_TYPE_SYMMETRIC = 1,
    ALGORITHM_TYPE_KEY_EXCHANGE = 2,
} algorithm_type_t;

/* How a key pair is written. */
typedef enum {
    KEYPAIR_ENCODING_RAW = 0,
    KEYPAIR_ENCODING_PKCS8 = 1,
    KEYPAIR_ENCODING_PEM = 2,
    KEYPAIR_ENCODING_LOCAL = 3,
} keypair_encoding_t;

/* How a public key is written; PKCS8 means SubjectPublicKeyInfo here. */
typedef enum {
    PUBLICKEY_ENCODING_RAW = 0,
    PUBLICKEY_ENCODING_PKCS8 = 1,
    PUBLICKEY_ENCODING_PEM = 2,
    PUBLICKEY_ENCODING_SEC = 3,
    PUBLICKEY_ENCODING_LOCAL = 4,
} publickey_encoding_t;

/* How a secret key is written. */
typedef enum {
    SECRETKEY_ENCODING_RAW = 0,
    SECRETKEY_ENCODING_PKCS8 = 1,
    SECRETKEY_ENCODING_PEM = 2,
    SECRETKEY_ENCODING_SEC = 3,
    SECRETKEY_ENCODING_LOCAL = 4,
} secretkey_encoding_t;

/* How a signature is written. */
typedef enum {
    SIGNATURE_ENCODING_RAW = 0,
    SIGNATURE_ENCODING_DER = 1,
} signature_encoding_t;

/* The version of a managed key or secret: a number, or one of three reserved ones. */
typedef uint64_t version_t;
#define VERSION_UNSPECIFIED UINT64_C(0xff00000000000000) /* not versioned */
#define VERSION_LATEST      UINT64_C(0xff00000000000001)
#define VERSION_ALL         UINT64_C(0xff00000000000002)

typedef uint32_t crypto_size_t;      /* a length in bytes */
typedef uint64_t crypto_timestamp_t; /* seconds since 1970 */

/* ---- Handles ---- */

typedef uint32_t array_output_t;                 /* bytes that the host holds until they are pulled */
typedef uint32_t options_t;                      /* settings for opening or generating something */
typedef uint32_t secrets_manager_t;              /* the host's key store */
typedef uint32_t keypair_t;
typedef uint32_t publickey_t;
typedef uint32_t secretkey_t;
typedef uint32_t signature_t;
typedef uint32_t signature_state_t;              /* absorbs what is to be signed */
typedef uint32_t signature_verification_state_t; /* absorbs what is to be verified */
typedef uint32_t symmetric_key_t;
typedef uint32_t symmetric_state_t;              /* a hash, MAC, cipher, key derivation or session at work */
typedef uint32_t symmetric_tag_t;                /* an authentication tag */

/* Whether an optional handle is there. */
enum { OPT_SOME = 0, OPT_NONE = 1 };

typedef struct {
    uint8_t tag;
    options_t handle;
} opt_options_t;

typedef struct {
    uint8_t tag;
    symmetric_key_t handle;
} opt_symmetric_key_t;

#define NO_OPTIONS           (&(const opt_options_t){OPT_NONE, 0})
#define WITH_OPTIONS(handle) (&(const opt_options_t){OPT_SOME, (handle)})
#define NO_KEY               (&(const opt_symmetric_key_t){OPT_NONE, 0})
#define WITH_KEY(handle)     (&(const opt_symmetric_key_t){OPT_SOME, (handle)})

/* ---- Functions ---- */

/* Declares an imported function: NAME of the module wasi_ephemeral_crypto_MODULE. */
#define CRYPTO_FUNCTION(module, name)                                                           \
    __attribute__((import_module("wasi_ephemeral_crypto_" module), import_name(#name)))         \
    crypto_errno_t name

/* -- Options, outputs, the key store -- */

#define COMMON(name) CRYPTO_FUNCTION("common", name)

/* Options are set before something is opened or generated from them, and may be closed right after. */
COMMON(options_open)(algorithm_type_t algorithm_type, options_t *handle);
COMMON(options_close)(options_t handle);

/* Bytes: "nonce", "salt", "context". */
COMMON(options_set)(options_t handle, const char *name, crypto_size_t name_len,
    const uint8_t *value, crypto_size_t value_len);

/* Numbers: "memory_limit", "ops_limit", "parallelism". */
COMMON(options_set_u64)(options_t handle, const char *name, crypto_size_t name_len, uint64_t value);

/* Memory that the host may use for scratch: "buffer". */
COMMON(options_set_guest_buffer)(options_t handle, const char *name, crypto_size_t name_len,
    uint8_t *buffer, crypto_size_t buffer_len);

/* An output may be pulled in pieces; the handle closes by itself when all of it has been read. */
COMMON(array_output_len)(array_output_t array_output, crypto_size_t *len);
COMMON(array_output_pull)(array_output_t array_output, uint8_t *buf, crypto_size_t buf_len,
    crypto_size_t *len);

/* A host without a key store refuses these and all *_managed functions. */
COMMON(secrets_manager_open)(const opt_options_t *options, secrets_manager_t *secrets_manager);
COMMON(secrets_manager_close)(secrets_manager_t secrets_manager);
COMMON(secrets_manager_invalidate)(secrets_manager_t secrets_manager, const uint8_t *key_id,
    crypto_size_t key_id_len, version_t key_version);

#undef COMMON

/* -- Key pairs, public and secret keys -- */

#define ASYMMETRIC(name) CRYPTO_FUNCTION("asymmetric_common", name)

/* Key pairs. The algorithm type is one of signatures or of key exchange. */
ASYMMETRIC(keypair_generate)(algorithm_type_t algorithm_type, const char *algorithm,
    crypto_size_t algorithm_len, const opt_options_t *options, keypair_t *kp);
ASYMMETRIC(keypair_import)(algorithm_type_t algorithm_type, const char *algorithm,
    crypto_size_t algorithm_len, const uint8_t *encoded, crypto_size_t encoded_len,
    keypair_encoding_t encoding, keypair_t *kp);

/* Key pairs in the key store. */
ASYMMETRIC(keypair_generate_managed)(secrets_manager_t secrets_manager,
    algorithm_type_t algorithm_type, const char *algorithm, crypto_size_t algorithm_len,
    const opt_options_t *options, keypair_t *kp);
ASYMMETRIC(keypair_store_managed)(secrets_manager_t secrets_manager, keypair_t kp, uint8_t *kp_id,
    crypto_size_t kp_id_max_len);
ASYMMETRIC(keypair_replace_managed)(secrets_manager_t secrets_manager, keypair_t kp_old,
    keypair_t kp_new, version_t *version);
ASYMMETRIC(keypair_id)(keypair_t kp, uint8_t *kp_id, crypto_size_t kp_id_max_len,
    crypto_size_t *len, version_t *version);
ASYMMETRIC(keypair_from_id)(secrets_manager_t secrets_manager, const uint8_t *kp_id,
    crypto_size_t kp_id_len, version_t kp_version, keypair_t *kp);

/* A pair, its halves, and the pair as bytes. */
ASYMMETRIC(keypair_from_pk_and_sk)(publickey_t publickey, secretkey_t secretkey, keypair_t *kp);
ASYMMETRIC(keypair_export)(keypair_t kp, keypair_encoding_t encoding, array_output_t *encoded);
ASYMMETRIC(keypair_publickey)(keypair_t kp, publickey_t *pk);
ASYMMETRIC(keypair_secretkey)(keypair_t kp, secretkey_t *sk);
ASYMMETRIC(keypair_close)(keypair_t kp);

/* Public keys. */
ASYMMETRIC(publickey_import)(algorithm_type_t algorithm_type, const char *algorithm,
    crypto_size_t algorithm_len, const uint8_t *encoded, crypto_size_t encoded_len,
    publickey_encoding_t encoding, publickey_t *pk);
ASYMMETRIC(publickey_export)(publickey_t pk, publickey_encoding_t encoding,
    array_output_t *encoded);

/* Whether the key is a sound one: on the curve, in the right subgroup. */
ASYMMETRIC(publickey_verify)(publickey_t pk);
ASYMMETRIC(publickey_from_secretkey)(secretkey_t sk, publickey_t *pk);
ASYMMETRIC(publickey_close)(publickey_t pk);

/* Secret keys. */
ASYMMETRIC(secretkey_import)(algorithm_type_t algorithm_type, const char *algorithm,
    crypto_size_t algorithm_len, const uint8_t *encoded, crypto_size_t encoded_len,
    secretkey_encoding_t encoding, secretkey_t *sk);
ASYMMETRIC(secretkey_export)(secretkey_t sk, secretkey_encoding_t encoding,
    array_output_t *encoded);
ASYMMETRIC(secretkey_close)(secretkey_t sk);

#undef ASYMMETRIC

/* -- Signatures -- */

#define SIGNATURES(name) CRYPTO_FUNCTION("signatures", name)

/* Signatures as bytes. */
SIGNATURES(signature_export)(signature_t signature, signature_encoding_t encoding,
    array_output_t *encoded);
SIGNATURES(signature_import)(const char *algorithm, crypto_size_t algorithm_len,
    const uint8_t *encoded, crypto_size_t encoded_len, signature_encoding_t encoding,
    signature_t *signature);

/* Signing: open, update as often as needed, sign. */
SIGNATURES(signature_state_open)(keypair_t kp, signature_state_t *state);
SIGNATURES(signature_state_update)(signature_state_t state, const uint8_t *input,
    crypto_size_t input_len);

/* The result is a signature: export it, or hand it to verify. */
SIGNATURES(signature_state_sign)(signature_state_t state, signature_t *signature);
SIGNATURES(signature_state_close)(signature_state_t state);

/* Verifying: open, update, verify. */
SIGNATURES(signature_verification_state_open)(publickey_t kp,
    signature_verification_state_t *state);
SIGNATURES(signature_verification_state_update)(signature_verification_state_t state,
    const uint8_t *input, crypto_size_t input_len);
SIGNATURES(signature_verification_state_verify)(signature_verification_state_t state,
    signature_t signature);
SIGNATURES(signature_verification_state_close)(signature_verification_state_t state);
SIGNATURES(signature_close)(signature_t signature);

#undef SIGNATURES

/* -- Symmetric algorithms -- */

#define SYMMETRIC(name) CRYPTO_FUNCTION("symmetric", name)

/* Keys. */
SYMMETRIC(symmetric_key_generate)(const char *algorithm, crypto_size_t algorithm_len,
    const opt_options_t *options, symmetric_key_t *symmetric_key);
SYMMETRIC(symmetric_key_import)(const char *algorithm, crypto_size_t algorithm_len,
    const uint8_t *raw, crypto_size_t raw_len, symmetric_key_t *symmetric_key);
SYMMETRIC(symmetric_key_export)(symmetric_key_t symmetric_key, array_output_t *encoded);
SYMMETRIC(symmetric_key_close)(symmetric_key_t symmetric_key);

/* Keys in the key store. */
SYMMETRIC(symmetric_key_generate_managed)(secrets_manager_t secrets_manager, const char *algorithm,
    crypto_size_t algorithm_len, const opt_options_t *options, symmetric_key_t *symmetric_key);
SYMMETRIC(symmetric_key_store_managed)(secrets_manager_t secrets_manager,
    symmetric_key_t symmetric_key, uint8_t *symmetric_key_id,
    crypto_size_t symmetric_key_id_max_len);
SYMMETRIC(symmetric_key_replace_managed)(secrets_manager_t secrets_manager,
    symmetric_key_t symmetric_key_old, symmetric_key_t symmetric_key_new, version_t *version);
SYMMETRIC(symmetric_key_id)(symmetric_key_t symmetric_key, uint8_t *symmetric_key_id,
    crypto_size_t symmetric_key_id_max_len, crypto_size_t *len, version_t *version);
SYMMETRIC(symmetric_key_from_id)(secrets_manager_t secrets_manager, const uint8_t *symmetric_key_id,
    crypto_size_t symmetric_key_id_len, version_t symmetric_key_version,
    symmetric_key_t *symmetric_key);

/* States. Which of the operations one has depends on its algorithm. */
SYMMETRIC(symmetric_state_open)(const char *algorithm, crypto_size_t algorithm_len,
    const opt_symmetric_key_t *key, const opt_options_t *options, symmetric_state_t *handle);
SYMMETRIC(symmetric_state_options_get)(symmetric_state_t handle, const char *name,
    crypto_size_t name_len, uint8_t *value, crypto_size_t value_max_len, crypto_size_t *len);
SYMMETRIC(symmetric_state_options_get_u64)(symmetric_state_t handle, const char *name,
    crypto_size_t name_len, uint64_t *value);
SYMMETRIC(symmetric_state_clone)(symmetric_state_t handle, symmetric_state_t *clone);
SYMMETRIC(symmetric_state_close)(symmetric_state_t handle);

/* Input: data to hash or authenticate, additional data of a cipher, salt or info of a key derivation. */
SYMMETRIC(symmetric_state_absorb)(symmetric_state_t handle, const uint8_t *data,
    crypto_size_t data_len);

/* Output: a digest or derived bytes, a MAC, a derived key. */
SYMMETRIC(symmetric_state_squeeze)(symmetric_state_t handle, uint8_t *out, crypto_size_t out_len);
SYMMETRIC(symmetric_state_squeeze_tag)(symmetric_state_t handle, symmetric_tag_t *symmetric_tag);
SYMMETRIC(symmetric_state_squeeze_key)(symmetric_state_t handle, const char *alg_str,
    crypto_size_t alg_str_len, symmetric_key_t *key);

/* Ciphers. `out` is exactly as long as what is written to it: with an attached tag, data and tag. */
SYMMETRIC(symmetric_state_max_tag_len)(symmetric_state_t handle, crypto_size_t *len);
SYMMETRIC(symmetric_state_encrypt)(symmetric_state_t handle, uint8_t *out, crypto_size_t out_len,
    const uint8_t *data, crypto_size_t data_len, crypto_size_t *len);
SYMMETRIC(symmetric_state_encrypt_detached)(symmetric_state_t handle, uint8_t *out,
    crypto_size_t out_len, const uint8_t *data, crypto_size_t data_len,
    symmetric_tag_t *symmetric_tag);
SYMMETRIC(symmetric_state_decrypt)(symmetric_state_t handle, uint8_t *out, crypto_size_t out_len,
    const uint8_t *data, crypto_size_t data_len, crypto_size_t *len);
SYMMETRIC(symmetric_state_decrypt_detached)(symmetric_state_t handle, uint8_t *out,
    crypto_size_t out_len, const uint8_t *data, crypto_size_t data_len, const uint8_t *raw_tag,
    crypto_size_t raw_tag_len, crypto_size_t *len);

/* Makes earlier states impossible to get back to (sessions). */
SYMMETRIC(symmetric_state_ratchet)(symmetric_state_t handle);

/* Tags. Pulling one closes it; verifying compares in constant time. */
SYMMETRIC(symmetric_tag_len)(symmetric_tag_t symmetric_tag, crypto_size_t *len);
SYMMETRIC(symmetric_tag_pull)(symmetric_tag_t symmetric_tag, uint8_t *buf, crypto_size_t buf_len,
    crypto_size_t *len);
SYMMETRIC(symmetric_tag_verify)(symmetric_tag_t symmetric_tag, const uint8_t *expected_raw_tag_ptr,
    crypto_size_t expected_raw_tag_len);
SYMMETRIC(symmetric_tag_close)(symmetric_tag_t symmetric_tag);

#undef SYMMETRIC

/* -- Key exchange -- */

#define KX(name) CRYPTO_FUNCTION("kx", name)

/* The secret that is shared by the owners of two keys. */
KX(kx_dh)(publickey_t pk, secretkey_t sk, array_output_t *shared_secret);

/* A fresh secret, and the message by which the owner of the key gets the same one. */
KX(kx_encapsulate)(publickey_t pk, array_output_t *secret, array_output_t *encapsulated_secret);
KX(kx_decapsulate)(secretkey_t sk, const uint8_t *encapsulated_secret,
    crypto_size_t encapsulated_secret_len, array_output_t *secret);

#undef KX

/* -- Secrets of the guest's own in the key store -- */

#define EXTERNAL(name) CRYPTO_FUNCTION("external_secrets", name)

/* Stored under an identifier, or encrypted by the host and kept by the guest. */
EXTERNAL(external_secret_store)(secrets_manager_t secrets_manager, const uint8_t *secret,
    crypto_size_t secret_len, crypto_timestamp_t expiration, uint8_t *secret_id,
    crypto_size_t secret_id_max_len);
EXTERNAL(external_secret_replace)(secrets_manager_t secrets_manager, const uint8_t *secret,
    crypto_size_t secret_len, crypto_timestamp_t expiration, const uint8_t *secret_id,
    crypto_size_t secret_id_len, version_t *version);
EXTERNAL(external_secret_from_id)(secrets_manager_t secrets_manager, const uint8_t *secret_id,
    crypto_size_t secret_id_len, version_t secret_version, array_output_t *secret);
EXTERNAL(external_secret_invalidate)(secrets_manager_t secrets_manager, const uint8_t *secret_id,
    crypto_size_t secret_id_len, version_t secret_version);
EXTERNAL(external_secret_encapsulate)(secrets_manager_t secrets_manager, const uint8_t *secret,
    crypto_size_t secret_len, crypto_timestamp_t expiration, array_output_t *encrypted_secret);
EXTERNAL(external_secret_decapsulate)(secrets_manager_t secrets_manager,
    const uint8_t *encrypted_secret, crypto_size_t encrypted_secret_len, array_output_t *secret);

#undef EXTERNAL
#undef CRYPTO_FUNCTION

#endif
