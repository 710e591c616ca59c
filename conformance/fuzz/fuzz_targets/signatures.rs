#![no_main]

libfuzzer_sys::fuzz_target!(|input: hostcrypt_fuzz::signatures::Signature| hostcrypt_fuzz::signatures::import(&input));
