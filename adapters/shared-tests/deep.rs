//! A guest that calls from far down its own stack, for every adapter's tests.

use std::{env, process::Command};

/// `dig` calls itself so many times, and then makes calls of a kind, 0 to 3, with the algorithm of a name in memory; it
/// answers with all their errnos. Each algorithm's key is made, used, exported and imported.
const TEXT: &str = r#"(module
    (import "wasi_ephemeral_crypto_common" "options_open" (func $options (param i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_common" "array_output_len" (func $len (param i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_common" "array_output_pull" (func $pull (param i32 i32 i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_asymmetric_common" "keypair_generate"
        (func $generate (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_asymmetric_common" "keypair_import"
        (func $import (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_asymmetric_common" "keypair_export" (func $export (param i32 i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_asymmetric_common" "keypair_publickey" (func $public (param i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_asymmetric_common" "keypair_secretkey" (func $secret (param i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_asymmetric_common" "publickey_verify" (func $check (param i32) (result i32)))
    (import "wasi_ephemeral_crypto_asymmetric_common" "publickey_from_secretkey"
        (func $derive (param i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_signatures" "signature_state_open" (func $open (param i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_signatures" "signature_state_sign" (func $sign (param i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_signatures" "signature_verification_state_open"
        (func $reopen (param i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_signatures" "signature_verification_state_verify"
        (func $verify (param i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_kx" "kx_encapsulate" (func $encapsulate (param i32 i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_kx" "kx_decapsulate" (func $decapsulate (param i32 i32 i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_kx" "kx_dh" (func $dh (param i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) "\01")
    (func $work (param $kind i32) (param $name i32) (param $name_len i32) (result i32)
        (local $type i32) (local $errno i32)
        (if (i32.eqz (local.get $kind)) (then (return (call $options (i32.const 1) (i32.const 64)))))
        (local.set $type (select (i32.const 0) (i32.const 2) (i32.eq (local.get $kind) (i32.const 1))))
        ;; The pair at 64, exported and imported as PKCS #8.
        (call $generate
            (local.get $type) (local.get $name) (local.get $name_len) (i32.const 16) (i32.const 64))
        (i32.or (call $export (i32.load (i32.const 64)) (i32.const 1) (i32.const 68)))
        (i32.or (call $len (i32.load (i32.const 68)) (i32.const 72)))
        (i32.or (call $pull
            (i32.load (i32.const 68)) (i32.const 16384) (i32.load (i32.const 72)) (i32.const 76)))
        (i32.or (call $import (local.get $type) (local.get $name) (local.get $name_len)
            (i32.const 16384) (i32.load (i32.const 72)) (i32.const 1) (i32.const 64)))
        ;; The secret half at 84, the public half at 80, from the pair and from the secret half.
        (i32.or (call $public (i32.load (i32.const 64)) (i32.const 80)))
        (i32.or (call $secret (i32.load (i32.const 64)) (i32.const 84)))
        (i32.or (call $derive (i32.load (i32.const 84)) (i32.const 80)))
        (i32.or (call $check (i32.load (i32.const 80))))
        (local.set $errno)
        (if (i32.eq (local.get $kind) (i32.const 1)) (then
            (return (i32.or (local.get $errno) (i32.or
                (i32.or
                    (call $open (i32.load (i32.const 64)) (i32.const 88))
                    (call $sign (i32.load (i32.const 88)) (i32.const 92)))
                (i32.or
                    (call $reopen (i32.load (i32.const 80)) (i32.const 96))
                    (call $verify (i32.load (i32.const 96)) (i32.load (i32.const 92)))))))))
        (if (i32.eq (local.get $kind) (i32.const 2)) (then
            (return (i32.or (local.get $errno) (i32.or
                (i32.or
                    (call $encapsulate (i32.load (i32.const 80)) (i32.const 88) (i32.const 92))
                    (call $len (i32.load (i32.const 92)) (i32.const 72)))
                (i32.or
                    (call $pull
                        (i32.load (i32.const 92)) (i32.const 16384) (i32.load (i32.const 72)) (i32.const 76))
                    (call $decapsulate (i32.load (i32.const 84)) (i32.const 16384) (i32.load (i32.const 72))
                        (i32.const 96))))))))
        (i32.or (local.get $errno) (call $dh (i32.load (i32.const 80)) (i32.load (i32.const 84)) (i32.const 88))))
    (func $dig (export "dig") (param $depth i32) (param $kind i32) (param $name_len i32) (result i32)
        (if (i32.eqz (local.get $depth))
            (then (return (call $work (local.get $kind) (i32.const 1024) (local.get $name_len)))))
        (i32.xor (i32.const 0) (call $dig
            (i32.sub (local.get $depth) (i32.const 1)) (local.get $kind) (local.get $name_len)))))"#;

/// The text of the module, with an algorithm's name where `dig` looks for it.
pub(crate) fn text(algorithm: &str) -> String {
    let end = TEXT.rfind(')').unwrap_or_default();
    format!("{} (data (i32.const 1024) \"{algorithm}\"))", &TEXT[..end])
}

/// Algorithms with the kind of their calls: those that need much stack, and of those that do not the deepest.
pub(crate) const ALGORITHMS: [(&str, i32); 11] = [
    ("ML-DSA-44", 1),
    ("ML-DSA-65", 1),
    ("ML-DSA-87", 1),
    ("ML-KEM-512", 2),
    ("ML-KEM-768", 2),
    ("ML-KEM-1024", 2),
    ("X-WING", 2),
    ("P384-SHA384", 3),
    ("ECDSA_P384_SHA384", 1),
    ("Ed25519", 1),
    ("RSA_PKCS1_2048_SHA256", 1),
];

/// Runs a test in a process of its own: one that overflows a stack ends its process.
pub(crate) fn in_a_process_of_its_own(test: &str, run: impl FnOnce()) {
    const CHILD: &str = "HOSTCRYPT_TEST_CHILD";
    if env::var_os(CHILD).is_some() {
        return run();
    }
    let own = env::current_exe().expect("a test");
    let child = Command::new(own).args([test, "--exact", "--nocapture"]).env(CHILD, "1").output().expect("a process");
    let said = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{}: {said}", child.status);
    // Where no test has that name, none fails.
    assert!(String::from_utf8_lossy(&child.stdout).contains("1 passed"), "no test is called {test}");
}
