/*
 * A tour of WASI-crypto, revision 0.10: what each family of algorithms looks like from a guest.
 *
 * Read it from the top of "The tour" downwards. Each stop computes a value that an RFC or a NIST document
 * publishes, prints it, and compares it with the published one; what is random is only described, so that
 * every run prints the same. Exits with 1 if anything was not as expected.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasi_crypto.h"

/* ---- Helpers ---- */

enum { MAX_BYTES = 128, LABEL_WIDTH = 32 };

/* Bytes of a length that is known at run time. */
typedef struct {
    uint32_t len;
    uint8_t data[MAX_BYTES];
} bytes_t;

static bool all_as_expected = true;

static const char *errno_name(crypto_errno_t error)
{
    static const char *const names[] = {
        "success", "guest_error", "not_implemented", "unsupported_feature", "prohibited_operation",
        "unsupported_encoding", "unsupported_algorithm", "unsupported_option", "invalid_key", "invalid_length",
        "verification_failed", "rng_error", "algorithm_failure", "invalid_signature", "closed", "invalid_handle",
        "overflow", "internal_error", "too_many_handles", "key_not_supported", "key_required", "invalid_tag",
        "invalid_operation", "nonce_required", "invalid_nonce", "option_not_set", "not_found",
        "parameters_missing", "in_progress", "incompatible_keys", "expired",
    };
    return error < sizeof names / sizeof names[0] ? names[error] : "no errno";
}

/* printf would be half of the program. */
static void put(const char *text)
{
    fputs(text, stdout);
}

static void put_spaces(int count)
{
    while (count-- > 0) {
        putchar(' ');
    }
}

/* Writes a line to standard error. */
static void complain(const char *where, const char *verb, const char *what)
{
    const char *const parts[] = {"tour: ", where, ": ", verb, " ", what, "\n"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        fputs(parts[i], stderr);
    }
}

/* Ends the program unless a call succeeds: the rest makes no sense without it. */
static void must(const char *call, crypto_errno_t error)
{
    if (error != CRYPTO_ERRNO_SUCCESS) {
        complain(call, "returned", errno_name(error));
        exit(EXIT_FAILURE);
    }
}

#define MUST(call) must(#call, (call))

static void title(const char *text)
{
    put("\n");
    put(text);
    put("\n");
}

static void label(const char *text)
{
    put("  ");
    put(text);
    put(":");
    put_spaces(LABEL_WIDTH - (int)strlen(text));
}

/* Notes what was expected instead, and goes on. */
static void wrong(const char *what, const char *expected)
{
    all_as_expected = false;
    complain(what, "expected", expected);
}

/* Prints a finding, which holds if all is well. */
static void expect(const char *what, const char *finding, bool holds)
{
    label(what);
    put(holds ? finding : "no");
    put("\n");
    if (!holds) {
        wrong(what, finding);
    }
}

/* Prints which error a call returned. */
static void expect_errno(const char *what, crypto_errno_t error, crypto_errno_t expected)
{
    label(what);
    put(errno_name(error));
    put("\n");
    if (error != expected) {
        wrong(what, errno_name(expected));
    }
}

static bool equal(const bytes_t *a, const bytes_t *b)
{
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static bytes_t text(const char *string)
{
    bytes_t bytes = {.len = strlen(string)};
    memcpy(bytes.data, string, bytes.len);
    return bytes;
}

static uint8_t nibble(char digit)
{
    return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/* The bytes of published hexadecimal digits. */
static bytes_t hex(const char *digits)
{
    bytes_t bytes = {.len = strlen(digits) / 2};
    for (uint32_t i = 0; i < bytes.len; i++) {
        bytes.data[i] = (uint8_t)(nibble(digits[2 * i]) << 4 | nibble(digits[2 * i + 1]));
    }
    return bytes;
}

/* Prints bytes, 32 to a line, and compares them with the published ones. */
static void expect_bytes(const char *what, const bytes_t *bytes, const char *published)
{
    static const char digits[] = "0123456789abcdef";
    label(what);
    for (uint32_t i = 0; i < bytes->len; i++) {
        if (i > 0 && i % 32 == 0) {
            put("\n");
            put_spaces(LABEL_WIDTH + 3);
        }
        putchar(digits[bytes->data[i] >> 4]);
        putchar(digits[bytes->data[i] & 15]);
    }
    put("\n");
    const bytes_t expected = hex(published);
    if (!equal(bytes, &expected)) {
        wrong(what, published);
    }
}

/*
 * Reads an output of a length that is not known in advance: the shape of every export.
 * The host closes the handle with the last byte.
 */
static bytes_t pull(array_output_t output)
{
    bytes_t bytes = {0};
    crypto_size_t len;
    MUST(array_output_len(output, &len));
    if (len > sizeof bytes.data) {
        complain("output", "is longer than", "anything expected");
        exit(EXIT_FAILURE);
    }
    MUST(array_output_pull(output, bytes.data, sizeof bytes.data, &bytes.len));
    return bytes;
}

/* ---- The tour ---- */

/* A hash: open a state, absorb in as many pieces as you like, squeeze. */
static bytes_t digest(const char *algorithm, const char *message, uint32_t len)
{
    symmetric_state_t state;
    bytes_t result = {.len = len};
    MUST(symmetric_state_open(algorithm, strlen(algorithm), NO_KEY, NO_OPTIONS, &state));
    MUST(symmetric_state_absorb(state, (const uint8_t *)message, strlen(message)));
    MUST(symmetric_state_squeeze(state, result.data, result.len));
    MUST(symmetric_state_close(state));
    return result;
}

/* FIPS 180-4, as in NIST's examples. */
static void hashing(void)
{
    title("Hashing \"abc\"");
    bytes_t value = digest("SHA-256", "abc", 32);
    expect_bytes("SHA-256", &value, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    value = digest("SHA-512/256", "abc", 32);
    expect_bytes("SHA-512/256", &value, "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23");
}

/* A MAC: a hash with a key, which gives a tag. RFC 4231, test case 2. */
static void authentication(void)
{
    title("Authenticating with HMAC/SHA-256");
    const bytes_t raw_key = text("Jefe"), message = text("what do ya want for nothing?");
    symmetric_key_t key;
    symmetric_state_t state;
    MUST(symmetric_key_import(CRYPTO_STR("HMAC/SHA-256"), raw_key.data, raw_key.len, &key));
    MUST(symmetric_state_open(CRYPTO_STR("HMAC/SHA-256"), WITH_KEY(key), NO_OPTIONS, &state));
    MUST(symmetric_state_absorb(state, message.data, message.len));

    /* The sender pulls the tag to send it; that closes the tag's handle. */
    symmetric_tag_t tag;
    bytes_t sent;
    MUST(symmetric_state_squeeze_tag(state, &tag));
    MUST(symmetric_tag_len(tag, &sent.len));
    MUST(symmetric_tag_pull(tag, sent.data, sent.len, &sent.len));
    expect_bytes("tag", &sent, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");

    /* The receiver computes it afresh and lets the host compare, in constant time. */
    MUST(symmetric_state_squeeze_tag(state, &tag));
    expect_errno("verified", symmetric_tag_verify(tag, sent.data, sent.len), CRYPTO_ERRNO_SUCCESS);
    sent.data[0] ^= 1;
    expect_errno("verified with one bit changed", symmetric_tag_verify(tag, sent.data, sent.len),
        CRYPTO_ERRNO_INVALID_TAG);

    MUST(symmetric_tag_close(tag));
    MUST(symmetric_state_close(state));
    MUST(symmetric_key_close(key));
}

/* HKDF in its two steps: a key of the first gives a key for the second. RFC 5869, test case 1. */
static void key_derivation(void)
{
    title("Deriving keys with HKDF over SHA-256");
    const bytes_t input = hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
    const bytes_t salt = hex("000102030405060708090a0b0c"), info = hex("f0f1f2f3f4f5f6f7f8f9");
    symmetric_key_t key, derived;
    symmetric_state_t extract, expand;

    /* Extract: the input is the key, the salt is absorbed. */
    MUST(symmetric_key_import(CRYPTO_STR("HKDF-EXTRACT/SHA-256"), input.data, input.len, &key));
    MUST(symmetric_state_open(CRYPTO_STR("HKDF-EXTRACT/SHA-256"), WITH_KEY(key), NO_OPTIONS, &extract));
    MUST(symmetric_state_absorb(extract, salt.data, salt.len));
    MUST(symmetric_state_squeeze_key(extract, CRYPTO_STR("HKDF-EXPAND/SHA-256"), &derived));

    /* The derived key can stay in the host; here it is exported to be seen. */
    array_output_t exported;
    MUST(symmetric_key_export(derived, &exported));
    const bytes_t prk = pull(exported);
    expect_bytes("pseudorandom key", &prk, "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");

    /* Expand: the info is absorbed, and as much as is needed is squeezed. */
    bytes_t output = {.len = 42};
    MUST(symmetric_state_open(CRYPTO_STR("HKDF-EXPAND/SHA-256"), WITH_KEY(derived), NO_OPTIONS, &expand));
    MUST(symmetric_state_absorb(expand, info.data, info.len));
    MUST(symmetric_state_squeeze(expand, output.data, output.len));
    expect_bytes("output", &output,
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");

    MUST(symmetric_state_close(expand));
    MUST(symmetric_state_close(extract));
    MUST(symmetric_key_close(derived));
    MUST(symmetric_key_close(key));
}

/*
 * A cipher, ready to encrypt or decrypt one message: options carry the nonce, additional data is absorbed.
 * Without a nonce the host draws one, if the algorithm's nonces are long enough for that. (No options would do
 * as well; some hosts want the set even if it is empty.)
 */
static symmetric_state_t open_cipher(
    const char *algorithm, symmetric_key_t key, const bytes_t *nonce, const bytes_t *additional)
{
    options_t options;
    symmetric_state_t state;
    MUST(options_open(ALGORITHM_TYPE_SYMMETRIC, &options));
    if (nonce != NULL) {
        MUST(options_set(options, CRYPTO_STR("nonce"), nonce->data, nonce->len));
    }
    MUST(symmetric_state_open(algorithm, strlen(algorithm), WITH_KEY(key), WITH_OPTIONS(options), &state));
    MUST(options_close(options));
    MUST(symmetric_state_absorb(state, additional->data, additional->len));
    return state;
}

/* McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16. */
static void encryption_with_given_nonce(void)
{
    title("Encrypting with AES-256-GCM");
    const bytes_t raw_key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    const bytes_t nonce = hex("cafebabefacedbaddecaf888");
    const bytes_t additional = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    const bytes_t plaintext = hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    symmetric_key_t key;
    MUST(symmetric_key_import(CRYPTO_STR("AES-256-GCM"), raw_key.data, raw_key.len, &key));

    /* Detached: text and tag apart. */
    bytes_t ciphertext = {.len = plaintext.len}, tag;
    symmetric_tag_t tag_handle;
    symmetric_state_t state = open_cipher("AES-256-GCM", key, &nonce, &additional);
    MUST(symmetric_state_encrypt_detached(
        state, ciphertext.data, ciphertext.len, plaintext.data, plaintext.len, &tag_handle));
    MUST(symmetric_tag_pull(tag_handle, tag.data, 16, &tag.len));
    MUST(symmetric_state_close(state));
    expect_bytes("ciphertext", &ciphertext,
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662");
    expect_bytes("tag", &tag, "76fc6ece0f4e1768cddf8853bb2d551b");

    /* Attached: the tag is the end of the message. One state decrypts as often as you like. */
    bytes_t message = ciphertext, decrypted = {.len = plaintext.len};
    memcpy(message.data + message.len, tag.data, tag.len);
    message.len += tag.len;
    crypto_size_t len;
    state = open_cipher("AES-256-GCM", key, &nonce, &additional);
    MUST(symmetric_state_decrypt(state, decrypted.data, decrypted.len, message.data, message.len, &len));
    expect("decrypted", "equal to the plaintext", len == plaintext.len && equal(&decrypted, &plaintext));
    message.data[5] ^= 1;
    expect_errno("decrypted with one bit changed",
        symmetric_state_decrypt(state, decrypted.data, decrypted.len, message.data, message.len, &len),
        CRYPTO_ERRNO_INVALID_TAG);

    MUST(symmetric_state_close(state));
    MUST(symmetric_key_close(key));
}

static void encryption_with_drawn_nonce(void)
{
    title("Encrypting with XCHACHA20-POLY1305");
    const bytes_t additional = text("version 1"), plaintext = text("attack at dawn");
    symmetric_key_t key;
    MUST(symmetric_key_generate(CRYPTO_STR("XCHACHA20-POLY1305"), NO_OPTIONS, &key));

    /* The sender asks for the nonce, which the receiver needs too. */
    bytes_t nonce, message = {0};
    crypto_size_t tag_len;
    symmetric_state_t state = open_cipher("XCHACHA20-POLY1305", key, NULL, &additional);
    MUST(symmetric_state_options_get(state, CRYPTO_STR("nonce"), nonce.data, sizeof nonce.data, &nonce.len));
    expect("nonce drawn by the host", "24 bytes", nonce.len == 24);
    MUST(symmetric_state_max_tag_len(state, &tag_len));
    MUST(symmetric_state_encrypt(
        state, message.data, plaintext.len + tag_len, plaintext.data, plaintext.len, &message.len));
    MUST(symmetric_state_close(state));
    expect("ciphertext with its tag", "14 + 16 bytes", message.len == 14 + 16);

    bytes_t decrypted = {.len = message.len - tag_len};
    crypto_size_t len;
    state = open_cipher("XCHACHA20-POLY1305", key, &nonce, &additional);
    MUST(symmetric_state_decrypt(state, decrypted.data, decrypted.len, message.data, message.len, &len));
    expect("decrypted", "equal to the plaintext", len == plaintext.len && equal(&decrypted, &plaintext));

    MUST(symmetric_state_close(state));
    MUST(symmetric_key_close(key));
}

static signature_t sign(keypair_t pair, const bytes_t *message)
{
    signature_state_t state;
    signature_t signature;
    MUST(signature_state_open(pair, &state));
    MUST(signature_state_update(state, message->data, message->len));
    MUST(signature_state_sign(state, &signature));
    MUST(signature_state_close(state));
    return signature;
}

static crypto_errno_t verify(publickey_t key, const bytes_t *message, signature_t signature)
{
    signature_verification_state_t state;
    MUST(signature_verification_state_open(key, &state));
    MUST(signature_verification_state_update(state, message->data, message->len));
    const crypto_errno_t error = signature_verification_state_verify(state, signature);
    MUST(signature_verification_state_close(state));
    return error;
}

static bytes_t signature_bytes(signature_t signature, signature_encoding_t encoding)
{
    array_output_t exported;
    MUST(signature_export(signature, encoding, &exported));
    return pull(exported);
}

static bytes_t publickey_bytes(publickey_t key, publickey_encoding_t encoding)
{
    array_output_t exported;
    MUST(publickey_export(key, encoding, &exported));
    return pull(exported);
}

/* RFC 8032, section 7.1, test 2. A raw pair is the seed and the public key. */
static void signatures_with_known_key(void)
{
    title("Signing with Ed25519");
    const bytes_t raw_pair = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
                                 "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    const bytes_t message = hex("72"), other_message = hex("73");
    keypair_t pair;
    publickey_t key;
    MUST(keypair_import(ALGORITHM_TYPE_SIGNATURES, CRYPTO_STR("Ed25519"), raw_pair.data, raw_pair.len,
        KEYPAIR_ENCODING_RAW, &pair));
    const signature_t signature = sign(pair, &message);
    const bytes_t raw = signature_bytes(signature, SIGNATURE_ENCODING_RAW);
    expect_bytes("signature", &raw,
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");

    MUST(keypair_publickey(pair, &key));
    expect_errno("verified", verify(key, &message, signature), CRYPTO_ERRNO_SUCCESS);
    expect_errno("verified of another message", verify(key, &other_message, signature),
        CRYPTO_ERRNO_VERIFICATION_FAILED);

    MUST(publickey_close(key));
    MUST(signature_close(signature));
    MUST(keypair_close(pair));
}

static void signatures_with_generated_key(void)
{
    title("Signing with ECDSA_P256_SHA256");
    const bytes_t message = text("attack at dawn");
    keypair_t pair;
    publickey_t key;
    MUST(keypair_generate(ALGORITHM_TYPE_SIGNATURES, CRYPTO_STR("ECDSA_P256_SHA256"), NO_OPTIONS, &pair));
    MUST(keypair_publickey(pair, &key));
    expect_errno("public key is sound", publickey_verify(key), CRYPTO_ERRNO_SUCCESS);
    const bytes_t compressed = publickey_bytes(key, PUBLICKEY_ENCODING_RAW);
    expect("public key, raw", "33 bytes, a compressed point", compressed.len == 33 && compressed.data[0] <= 3);
    const bytes_t point = publickey_bytes(key, PUBLICKEY_ENCODING_SEC);
    expect("public key, SEC", "65 bytes, a point", point.len == 65 && point.data[0] == 4);

    const signature_t signature = sign(pair, &message);
    const bytes_t raw = signature_bytes(signature, SIGNATURE_ENCODING_RAW);
    expect("signature, raw", "64 bytes, r and s", raw.len == 64);
    const bytes_t der = signature_bytes(signature, SIGNATURE_ENCODING_DER);
    expect("signature, DER", "at most 72 bytes, a SEQUENCE",
        der.len <= 72 && der.data[0] == 0x30 && der.data[1] == der.len - 2);
    MUST(signature_close(signature));

    /* What was exported is all that the receiver needs. */
    publickey_t received_key;
    signature_t received;
    MUST(publickey_import(ALGORITHM_TYPE_SIGNATURES, CRYPTO_STR("ECDSA_P256_SHA256"), point.data, point.len,
        PUBLICKEY_ENCODING_SEC, &received_key));
    MUST(signature_import(
        CRYPTO_STR("ECDSA_P256_SHA256"), der.data, der.len, SIGNATURE_ENCODING_DER, &received));
    expect_errno("imported and verified", verify(received_key, &message, received), CRYPTO_ERRNO_SUCCESS);

    MUST(signature_close(received));
    MUST(publickey_close(received_key));
    MUST(publickey_close(key));
    MUST(keypair_close(pair));
}

static bytes_t agree(publickey_t theirs, secretkey_t ours)
{
    array_output_t shared;
    MUST(kx_dh(theirs, ours, &shared));
    return pull(shared);
}

static secretkey_t import_x25519(const char *digits)
{
    const bytes_t raw = hex(digits);
    secretkey_t key;
    MUST(secretkey_import(ALGORITHM_TYPE_KEY_EXCHANGE, CRYPTO_STR("X25519"), raw.data, raw.len,
        SECRETKEY_ENCODING_RAW, &key));
    return key;
}

/* RFC 7748, section 6.1. */
static void key_exchange_with_known_keys(void)
{
    title("Agreeing on a secret with X25519");
    const secretkey_t alice = import_x25519("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    const secretkey_t bob = import_x25519("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    publickey_t alice_public, bob_public;
    MUST(publickey_from_secretkey(alice, &alice_public));
    MUST(publickey_from_secretkey(bob, &bob_public));
    bytes_t value = publickey_bytes(alice_public, PUBLICKEY_ENCODING_RAW);
    expect_bytes("Alice's public key", &value, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    value = publickey_bytes(bob_public, PUBLICKEY_ENCODING_RAW);
    expect_bytes("Bob's public key", &value, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");

    const char *const published = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
    value = agree(bob_public, alice);
    expect_bytes("Alice's shared secret", &value, published);
    value = agree(alice_public, bob);
    expect_bytes("Bob's shared secret", &value, published);

    MUST(publickey_close(bob_public));
    MUST(publickey_close(alice_public));
    MUST(secretkey_close(bob));
    MUST(secretkey_close(alice));
}

static void key_exchange_with_generated_keys(void)
{
    bytes_t secrets[2];
    publickey_t publics[2];
    secretkey_t privates[2];
    for (int i = 0; i < 2; i++) {
        keypair_t pair;
        MUST(keypair_generate(ALGORITHM_TYPE_KEY_EXCHANGE, CRYPTO_STR("X25519"), NO_OPTIONS, &pair));
        MUST(keypair_publickey(pair, &publics[i]));
        MUST(keypair_secretkey(pair, &privates[i]));
        MUST(keypair_close(pair));
    }
    for (int i = 0; i < 2; i++) {
        secrets[i] = agree(publics[1 - i], privates[i]);
        MUST(secretkey_close(privates[i]));
    }
    for (int i = 0; i < 2; i++) {
        MUST(publickey_close(publics[i]));
    }
    expect("secrets of generated keys", "equal", equal(&secrets[0], &secrets[1]));
}

/* A refused call changes nothing: handles stay open, and no result is written. */
static void errors(void)
{
    title("Errors");
    const bytes_t raw_key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    const bytes_t nonce = hex("cafebabefacedbaddecaf888"), plaintext = text("attack at dawn"), nothing = {0};
    bytes_t out = {0};
    crypto_size_t len;
    symmetric_key_t key;
    symmetric_state_t state;
    options_t options;

    expect_errno("unknown algorithm",
        symmetric_state_open(CRYPTO_STR("SHA-257"), NO_KEY, NO_OPTIONS, &state),
        CRYPTO_ERRNO_UNSUPPORTED_ALGORITHM);
    expect_errno("key of a wrong length",
        symmetric_key_import(CRYPTO_STR("AES-256-GCM"), raw_key.data, 5, &key),
        CRYPTO_ERRNO_INVALID_KEY);
    expect_errno("MAC without a key",
        symmetric_state_open(CRYPTO_STR("HMAC/SHA-256"), NO_KEY, NO_OPTIONS, &state),
        CRYPTO_ERRNO_KEY_REQUIRED);

    MUST(symmetric_key_import(CRYPTO_STR("AES-256-GCM"), raw_key.data, raw_key.len, &key));
    expect_errno("cipher without a nonce",
        symmetric_state_open(CRYPTO_STR("AES-256-GCM"), WITH_KEY(key), NO_OPTIONS, &state),
        CRYPTO_ERRNO_NONCE_REQUIRED);

    MUST(options_open(ALGORITHM_TYPE_SYMMETRIC, &options));
    MUST(options_set(options, CRYPTO_STR("nonce"), nonce.data, 5));
    expect_errno("nonce of a wrong length",
        symmetric_state_open(CRYPTO_STR("AES-256-GCM"), WITH_KEY(key), WITH_OPTIONS(options), &state),
        CRYPTO_ERRNO_INVALID_NONCE);
    expect_errno("option that nobody has",
        options_set(options, CRYPTO_STR("colour"), nonce.data, nonce.len),
        CRYPTO_ERRNO_UNSUPPORTED_OPTION);
    MUST(options_close(options));

    /* With an attached tag, the output is 16 bytes longer than the input: no more, no less. */
    state = open_cipher("AES-256-GCM", key, &nonce, &nothing);
    expect_errno("output buffer too small",
        symmetric_state_encrypt(state, out.data, plaintext.len + 15, plaintext.data, plaintext.len, &len),
        CRYPTO_ERRNO_OVERFLOW);
    expect_errno("output buffer too large",
        symmetric_state_encrypt(state, out.data, plaintext.len + 17, plaintext.data, plaintext.len, &len),
        CRYPTO_ERRNO_INVALID_LENGTH);
    MUST(symmetric_state_encrypt(state, out.data, plaintext.len + 16, plaintext.data, plaintext.len, &len));
    expect_errno("second message with one nonce",
        symmetric_state_encrypt(state, out.data, plaintext.len + 16, plaintext.data, plaintext.len, &len),
        CRYPTO_ERRNO_NONCE_REQUIRED);
    expect_errno("operation that a cipher lacks",
        symmetric_state_squeeze(state, out.data, 32),
        CRYPTO_ERRNO_INVALID_OPERATION);

    const uint8_t *const end_of_memory = (const uint8_t *)(__builtin_wasm_memory_size(0) * 65536);
    expect_errno("pointer out of memory",
        symmetric_state_absorb(state, end_of_memory, 1),
        CRYPTO_ERRNO_GUEST_ERROR);

    expect_errno("handle of another kind",
        symmetric_state_absorb(key, plaintext.data, plaintext.len),
        CRYPTO_ERRNO_INVALID_HANDLE);
    MUST(symmetric_state_close(state));
    expect_errno("closed handle",
        symmetric_state_absorb(state, plaintext.data, plaintext.len),
        CRYPTO_ERRNO_INVALID_HANDLE);
    expect_errno("handle closed twice", symmetric_state_close(state), CRYPTO_ERRNO_CLOSED);
    MUST(symmetric_key_close(key));
}

int main(void)
{
    put("A tour of WASI-crypto 0.10\n");
    hashing();
    authentication();
    key_derivation();
    encryption_with_given_nonce();
    encryption_with_drawn_nonce();
    signatures_with_known_key();
    signatures_with_generated_key();
    key_exchange_with_known_keys();
    key_exchange_with_generated_keys();
    errors();
    return all_as_expected ? EXIT_SUCCESS : EXIT_FAILURE;
}
