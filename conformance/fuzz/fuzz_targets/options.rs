#![no_main]

libfuzzer_sys::fuzz_target!(|input: hostcrypt_fuzz::options::Options| hostcrypt_fuzz::options::options(&input));
