#![no_main]

libfuzzer_sys::fuzz_target!(|input: hostcrypt_fuzz::keys::Key| hostcrypt_fuzz::keys::import(&input));
