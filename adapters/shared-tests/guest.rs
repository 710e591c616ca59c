//! The guest of every adapter's tests.

/// `hash` opens SHA-256 and squeezes a digest of nothing to the address it is given; `squeeze` does so once more. Each answers with the
/// errno of its last call.
const BODY: &str = r#"
    (func $hash (export "hash") (param $out i32) (result i32)
        (drop (call $open (i32.const 0) (i32.const 7) (i32.const 16) (i32.const 16) (i32.const 24)))
        (call $squeeze (i32.load (i32.const 24)) (local.get $out) (i32.const 32)))
    (func (export "squeeze") (param $out i32) (result i32)
        (call $squeeze (i32.load (i32.const 24)) (local.get $out) (i32.const 32)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "options") (param $out i32) (result i32) (call $options (i32.const 1) (local.get $out)))"#;

const IMPORTS: &str = r#"
    (import "wasi_ephemeral_crypto_symmetric" "symmetric_state_open"
        (func $open (param i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_symmetric" "symmetric_state_squeeze" (func $squeeze (param i32 i32 i32) (result i32)))
    (import "wasi_ephemeral_crypto_common" "options_open" (func $options (param i32 i32) (result i32)))"#;

/// What the functions expect in memory: the algorithm at 0, and at 16 "no key" and "no options".
pub(crate) const DATA: &str = r#"(data (i32.const 0) "SHA-256") (data (i32.const 16) "\01")"#;

/// What a memory error answers, in both revisions.
pub(crate) const GUEST_ERROR: i32 = 1;

/// The text of a module that has a memory, or none, and whatever else `parts` bring.
pub(crate) fn text(parts: &str) -> String {
    format!("(module {IMPORTS} {parts} {BODY})")
}
