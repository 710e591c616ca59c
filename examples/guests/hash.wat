;; Hashes "abc" to address 32 and returns an errno, 0 if all was granted: the guest of the adapters' examples.
;;
;; At 0 the algorithm, at 8 the message, at 16 "no key" and "no options", at 24 the state, at 32 the digest.
(module
    (import "wasi_ephemeral_crypto_symmetric" "symmetric_state_open"
        (func $open (param $name i32) (param $name_len i32) (param $key i32) (param $options i32) (param $state i32)
            (result i32)))
    (import "wasi_ephemeral_crypto_symmetric" "symmetric_state_absorb"
        (func $absorb (param $state i32) (param $data i32) (param $data_len i32) (result i32)))
    (import "wasi_ephemeral_crypto_symmetric" "symmetric_state_squeeze"
        (func $squeeze (param $state i32) (param $out i32) (param $out_len i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "SHA-256\00abc\00\00\00\00\00\01")
    (func (export "hash") (result i32)
        (call $open (i32.const 0) (i32.const 7) (i32.const 16) (i32.const 16) (i32.const 24))
        (i32.or (call $absorb (i32.load (i32.const 24)) (i32.const 8) (i32.const 3)))
        (i32.or (call $squeeze (i32.load (i32.const 24)) (i32.const 32) (i32.const 32)))))
