#![no_main]

libfuzzer_sys::fuzz_target!(|input: hostcrypt_fuzz::calls::Life| hostcrypt_fuzz::calls::differential(&input));
