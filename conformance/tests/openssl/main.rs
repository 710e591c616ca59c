//! Keys and signatures go round with the `openssl` command, both ways.
//!
//! Where OpenSSL 3.0 or later is not installed, each test says that it is skipped; with `HOSTCRYPT_REQUIRE_OPENSSL` in
//! the environment, it fails instead.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod command;
mod families;
mod host;

// From OpenSSL to the host.
mod pss;
mod read;
mod refused;
mod text;

// From the host to OpenSSL, and between both.
mod agreed;
mod written;

/// What is signed.
const MESSAGE: &[u8] = b"a message that is longer than a block of any hash function that it is signed with, which is \
                         one hundred and twenty-eight bytes for the largest of them";
