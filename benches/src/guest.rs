//! The guest: one module, which every subject that is a host of guests runs.
//!
//! Each workload is an export of its name, and takes how many times to do it: the loop is in the guest, so that
//! entering it costs nothing. An errno other than 0 traps.

use std::fmt::Write;

use crate::layout::{
    AES_256_GCM, BYTE, DATA, DIGEST_LEN, HANDLE, HASH, IMPORTED, KEY, LEN, NONCE, NONCE_NAME, NONE, OPTIONS, OUT,
    RAW_KEY, Range, SHA_256, STATE, SYMMETRIC, TEXT,
};

/// The function of the empty call: takes an address, changes the byte there and answers 0.
pub const TOUCH: (&str, &str) = ("bench", "touch");

/// The export that opens what stays open.
pub const PREPARE: &str = "prepare";

/// What the guest imports, each with the number of its parameters; all are `i32`.
const IMPORTS: [(&str, &str, usize); 11] = [
    (TOUCH.0, TOUCH.1, 1),
    ("wasi_ephemeral_crypto_common", "options_open", 2),
    ("wasi_ephemeral_crypto_common", "options_set", 5),
    ("wasi_ephemeral_crypto_common", "options_close", 1),
    ("wasi_ephemeral_crypto_symmetric", "symmetric_key_import", 5),
    ("wasi_ephemeral_crypto_symmetric", "symmetric_key_close", 1),
    ("wasi_ephemeral_crypto_symmetric", "symmetric_state_open", 5),
    ("wasi_ephemeral_crypto_symmetric", "symmetric_state_absorb", 3),
    ("wasi_ephemeral_crypto_symmetric", "symmetric_state_squeeze", 3),
    ("wasi_ephemeral_crypto_symmetric", "symmetric_state_encrypt", 6),
    ("wasi_ephemeral_crypto_symmetric", "symmetric_state_close", 1),
];

/// An argument of a call.
enum Arg {
    /// A number, such as an address.
    Is(i32),
    /// The handle at an address.
    At(i32),
}
use Arg::{At, Is};

/// A call that must succeed.
fn call(function: &str, args: impl IntoIterator<Item = Arg>) -> String {
    let mut text = format!("    (if (call ${function}");
    for arg in args {
        match arg {
            Is(number) => write!(text, " (i32.const {number})"),
            At(address) => write!(text, " (i32.load (i32.const {address}))"),
        }
        .unwrap();
    }
    text + ") (then (unreachable)))\n"
}

fn of(range: Range) -> [Arg; 2] {
    [Is(range.at), Is(range.len)]
}

fn absorb(state: i32, len: i32) -> String {
    call("symmetric_state_absorb", [At(state), Is(TEXT.at), Is(len)])
}

fn open(algorithm: Range, key: i32, options: i32, state: i32) -> String {
    call("symmetric_state_open", of(algorithm).into_iter().chain([Is(key), Is(options), Is(state)]))
}

fn import(key: i32) -> String {
    call("symmetric_key_import", of(AES_256_GCM).into_iter().chain(of(RAW_KEY)).chain([Is(key + HANDLE)]))
}

fn open_options() -> String {
    call("options_open", [Is(SYMMETRIC), Is(OPTIONS + HANDLE)])
}

fn close_options() -> String {
    call("options_close", [At(OPTIONS + HANDLE)])
}

fn close() -> String {
    call("symmetric_state_close", [At(STATE)])
}

fn sha_256() -> String {
    let squeeze = call("symmetric_state_squeeze", [At(STATE), Is(OUT.at), Is(DIGEST_LEN)]);
    [open(SHA_256, NONE, NONE, STATE), absorb(STATE, TEXT.len), squeeze, close()].concat()
}

fn aes_256_gcm(key: i32) -> String {
    let nonce = [At(OPTIONS + HANDLE)].into_iter().chain(of(NONCE_NAME)).chain(of(NONCE));
    let texts = [At(STATE)].into_iter().chain(of(OUT)).chain(of(TEXT)).chain([Is(LEN)]);
    [
        open_options(),
        call("options_set", nonce),
        open(AES_256_GCM, key, OPTIONS, STATE),
        call("symmetric_state_encrypt", texts),
        close(),
        close_options(),
    ]
    .concat()
}

fn aes_256_gcm_import() -> String {
    [import(IMPORTED), aes_256_gcm(IMPORTED), call("symmetric_key_close", [At(IMPORTED + HANDLE)])].concat()
}

/// The module as text.
///
/// # Panics
///
/// Never: writing to a string succeeds.
#[must_use]
pub fn text() -> String {
    let mut text = String::from("(module\n");
    for (module, name, parameters) in IMPORTS {
        let parameters = "i32 ".repeat(parameters);
        let function = format!("(func ${name} (param {parameters}) (result i32))");
        writeln!(text, "  (import \"{module}\" \"{name}\" {function})").unwrap();
    }
    text += "  (memory (export \"memory\") 1)\n";
    for (address, bytes) in DATA {
        let bytes: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
        writeln!(text, "  (data (i32.const {address}) \"{bytes}\")").unwrap();
    }
    let prepare = [import(KEY), open(SHA_256, NONE, NONE, HASH)].concat();
    writeln!(text, "  (func (export \"{PREPARE}\")\n{prepare}  )").unwrap();
    let workloads = [
        ("call/empty", call(TOUCH.1, [Is(BYTE)])),
        ("call/absorb-0", absorb(HASH, 0)),
        ("call/options", [open_options(), close_options()].concat()),
        ("life/sha-256-64", sha_256()),
        ("life/aes-256-gcm-64", aes_256_gcm(KEY)),
        ("life/aes-256-gcm-64-import", aes_256_gcm_import()),
    ];
    for (name, body) in workloads {
        let next = "(br_if $again (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0)))";
        let times = format!("(if (i64.ne (local.get $n) (i64.const 0)) (then (loop $again\n{body}    {next})))");
        writeln!(text, "  (func (export \"{name}\") (param $n i64)\n    {times})").unwrap();
    }
    text + ")\n"
}

/// The module as WebAssembly.
///
/// # Panics
///
/// If the text is wrong.
#[must_use]
pub fn binary() -> Vec<u8> {
    wat::parse_str(text()).unwrap()
}
