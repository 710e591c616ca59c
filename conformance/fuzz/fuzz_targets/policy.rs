#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| hostcrypt_fuzz::policy::policy(text));
