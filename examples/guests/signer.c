/*
 * A signer whose key stays with the host, revision 0.10: the first run makes a key, and every later one signs with it.
 *
 * usage: signer MESSAGE
 *
 * What the guest keeps is the key's identifier alone, in the file `signer.id` of its directory. That opens the key for
 * guests of the same namespace, and for nobody else. Prints the identifier, the public key and the signature.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasi_crypto.h"

enum { MAX_BYTES = 256, ID_BYTES = 16 };

static const char ID_FILE[] = "signer.id";
static const char ALGORITHM[] = "Ed25519";

/* ---- Helpers ---- */

/* Ends the program with a line on standard error. */
static _Noreturn void give_up(const char *what, const char *why)
{
    fputs("signer: ", stderr);
    fputs(what, stderr);
    fputs(": ", stderr);
    fputs(why, stderr);
    fputs("\n", stderr);
    exit(EXIT_FAILURE);
}

static const char *reason(crypto_errno_t error)
{
    switch (error) {
    case CRYPTO_ERRNO_UNSUPPORTED_FEATURE:
        return "this host keeps no keys: give it a key store";
    case CRYPTO_ERRNO_NOT_FOUND:
        return "the key is not there any more, or not in this namespace: remove signer.id for a new one";
    case CRYPTO_ERRNO_EXPIRED:
        return "the key has expired: remove signer.id for a new one";
    case CRYPTO_ERRNO_PROHIBITED_OPERATION:
        return "the operator forbids it";
    case CRYPTO_ERRNO_OVERFLOW:
        return "the namespace has as many keys as it may";
    default:
        return "the host refused";
    }
}

static void must(const char *call, crypto_errno_t error)
{
    if (error != CRYPTO_ERRNO_SUCCESS) {
        give_up(call, reason(error));
    }
}

#define MUST(call) must(#call, (call))

static void print_hex(const char *label, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    fputs(label, stdout);
    for (size_t i = 0; i < len; i++) {
        putchar(digits[bytes[i] >> 4]);
        putchar(digits[bytes[i] & 15]);
    }
    putchar('\n');
}

/* Reads an array output whole, which closes it, and prints it. */
static void print_output(const char *label, array_output_t output)
{
    uint8_t bytes[MAX_BYTES];
    crypto_size_t len;

    MUST(array_output_pull(output, bytes, sizeof bytes, &len));
    print_hex(label, bytes, len);
}

/* ---- The key ---- */

/* Opens the key of an earlier run, if there was one. */
static bool find_key(secrets_manager_t manager, keypair_t *pair)
{
    uint8_t id[ID_BYTES];
    FILE *file = fopen(ID_FILE, "rb");

    if (file == NULL) {
        return false;
    }
    if (fread(id, 1, sizeof id, file) != sizeof id) {
        give_up(ID_FILE, "is no identifier: remove it for a new key");
    }
    fclose(file);
    MUST(keypair_from_id(manager, id, sizeof id, VERSION_LATEST, pair));
    return true;
}

/* Makes a key in the host's store. Where that is a token, the key is made there, and never leaves it. */
static void make_key(secrets_manager_t manager, keypair_t *pair)
{
    uint8_t id[ID_BYTES];
    crypto_size_t len;
    version_t version;

    MUST(keypair_generate_managed(manager, ALGORITHM_TYPE_SIGNATURES, ALGORITHM, strlen(ALGORITHM), NO_OPTIONS, pair));
    MUST(keypair_id(*pair, id, sizeof id, &len, &version));
    FILE *file = fopen(ID_FILE, "wb");
    if (file == NULL || fwrite(id, 1, len, file) != len || fclose(file) != 0) {
        /* Nobody would find it again. */
        secrets_manager_invalidate(manager, id, len, version);
        give_up(ID_FILE, "cannot be written: run the guest with --dir .");
    }
}

/* ---- The signer ---- */

int main(int argc, char **argv)
{
    uint8_t id[ID_BYTES];
    crypto_size_t len;
    version_t version;
    secrets_manager_t manager;
    keypair_t pair;
    publickey_t public_key;
    signature_state_t state;
    signature_t signature;
    array_output_t output;

    if (argc != 2) {
        give_up("usage", "signer MESSAGE");
    }
    MUST(secrets_manager_open(NO_OPTIONS, &manager));
    const bool found = find_key(manager, &pair);
    if (!found) {
        make_key(manager, &pair);
    }

    MUST(keypair_id(pair, id, sizeof id, &len, &version));
    print_hex(found ? "found key   " : "new key     ", id, len);
    MUST(keypair_publickey(pair, &public_key));
    MUST(publickey_export(public_key, PUBLICKEY_ENCODING_RAW, &output));
    print_output("public key  ", output);

    MUST(signature_state_open(pair, &state));
    MUST(signature_state_update(state, (const uint8_t *)argv[1], strlen(argv[1])));
    MUST(signature_state_sign(state, &signature));
    MUST(signature_export(signature, SIGNATURE_ENCODING_RAW, &output));
    print_output("signature   ", output);

    MUST(signature_close(signature));
    MUST(signature_state_close(state));
    MUST(publickey_close(public_key));
    MUST(keypair_close(pair));
    MUST(secrets_manager_close(manager));
    return EXIT_SUCCESS;
}
