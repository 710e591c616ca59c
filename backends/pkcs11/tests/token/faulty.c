/*
 * A PKCS #11 module that forwards each call to another one, HOSTCRYPT_FAULTY_MODULE, and fails on demand.
 *
 * A file in the folder HOSTCRYPT_FAULTS that is named by a function, such as C_Sign, has its next calls fail: "instead
 * 0x32 2" has two of them return 0x32 and do nothing, "after 0x30 1" has one of them return 0x30 when it is done, "late
 * 0x82 1" has one of them begin after 0x82 seconds.
 * The file then has how many are left; with the code 0, it counts calls.
 */

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As wide as any argument of any function, of which none has more than eight. */
typedef unsigned long word;
typedef word (*function)(word, word, word, word, word, word, word, word);

/* In the order of the standard's list. */
#define EACH(X)                                                                                                        \
    X(C_Initialize) X(C_Finalize) X(C_GetInfo) X(C_GetFunctionList) X(C_GetSlotList) X(C_GetSlotInfo)                  \
    X(C_GetTokenInfo) X(C_GetMechanismList) X(C_GetMechanismInfo) X(C_InitToken) X(C_InitPIN) X(C_SetPIN)              \
    X(C_OpenSession) X(C_CloseSession) X(C_CloseAllSessions) X(C_GetSessionInfo) X(C_GetOperationState)                \
    X(C_SetOperationState) X(C_Login) X(C_Logout) X(C_CreateObject) X(C_CopyObject) X(C_DestroyObject)                 \
    X(C_GetObjectSize) X(C_GetAttributeValue) X(C_SetAttributeValue) X(C_FindObjectsInit) X(C_FindObjects)             \
    X(C_FindObjectsFinal) X(C_EncryptInit) X(C_Encrypt) X(C_EncryptUpdate) X(C_EncryptFinal) X(C_DecryptInit)          \
    X(C_Decrypt) X(C_DecryptUpdate) X(C_DecryptFinal) X(C_DigestInit) X(C_Digest) X(C_DigestUpdate) X(C_DigestKey)     \
    X(C_DigestFinal) X(C_SignInit) X(C_Sign) X(C_SignUpdate) X(C_SignFinal) X(C_SignRecoverInit) X(C_SignRecover)      \
    X(C_VerifyInit) X(C_Verify) X(C_VerifyUpdate) X(C_VerifyFinal) X(C_VerifyRecoverInit) X(C_VerifyRecover)           \
    X(C_DigestEncryptUpdate) X(C_DecryptDigestUpdate) X(C_SignEncryptUpdate) X(C_DecryptVerifyUpdate)                  \
    X(C_GenerateKey) X(C_GenerateKeyPair) X(C_WrapKey) X(C_UnwrapKey) X(C_DeriveKey) X(C_SeedRandom)                   \
    X(C_GenerateRandom) X(C_GetFunctionStatus) X(C_CancelFunction) X(C_WaitForSlotEvent)

#define NUMBER(name) number_##name,
enum { EACH(NUMBER) FUNCTIONS };

struct list {
    unsigned char version[2];
    function functions[FUNCTIONS];
};

static struct list *real, ours;

static word through(int number, const char *name, word a, word b, word c, word d, word e, word f, word g, word h) {
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    char path[4096], when[16] = "";
    word code = 0;
    long left = 0;
    pthread_mutex_lock(&mutex);
    snprintf(path, sizeof path, "%s/%s", getenv("HOSTCRYPT_FAULTS"), name);
    FILE *file = fopen(path, "r+");
    if (file) {
        if (fscanf(file, "%15s %lx %ld", when, &code, &left) != 3)
            abort();
        rewind(file);
        if (left > 0)
            fprintf(file, "%s 0x%lx %ld \n", when, code, left - 1);
        fclose(file);
    }
    pthread_mutex_unlock(&mutex);
    int fails = left > 0 && code;
    if (fails && !strcmp(when, "instead"))
        return code;
    if (fails && !strcmp(when, "late")) {
        sleep(code);
        fails = 0;
    }
    word done = real->functions[number](a, b, c, d, e, f, g, h);
    return fails && !done ? code : done;
}

#define WRAPPER(name)                                                                                                  \
    static word wrapped_##name(word a, word b, word c, word d, word e, word f, word g, word h) {                       \
        return through(number_##name, #name, a, b, c, d, e, f, g, h);                                                  \
    }
EACH(WRAPPER)

#define ENTRY(name) wrapped_##name,

word C_GetFunctionList(struct list **list) {
    if (!real) {
        void *library = dlopen(getenv("HOSTCRYPT_FAULTY_MODULE"), RTLD_NOW);
        word (*get)(struct list **) = library ? (word(*)(struct list **))dlsym(library, "C_GetFunctionList") : NULL;
        if (!get || get(&real))
            return 5;
        ours = (struct list){{2, 40}, {EACH(ENTRY)}};
    }
    *list = &ours;
    return 0;
}
