#![no_main]

libfuzzer_sys::fuzz_target!(|input: hostcrypt_fuzz::store::Damage| hostcrypt_fuzz::store::damage(&input));
