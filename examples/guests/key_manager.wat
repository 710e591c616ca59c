;; A guest of revision 2020-06, which it shows to its host by importing key_manager_*.
;;
;; The modules and most names are those of 0.10, but some errors are numbered otherwise: 2020-06 has no
;; invalid_nonce, so everything from 24 on is one less than in 0.10. Each line printed is a situation and the
;; number that the call returned:
;;
;;                                          2020-06                   0.10
;;   open the key manager                   3 unsupported_feature     (has a secrets manager instead)
;;   open options of algorithm type 1       0 success                 0 success
;;   open options of algorithm type 2       6 unsupported_algorithm   0 success: key exchange
;;   open AES-256-GCM with 5-byte nonce    23 nonce_required         24 invalid_nonce
;;   read an option that is not set        24 option_not_set         25 option_not_set
;;
;; The first is that of a host without a key store; one with a key store opens it, returns 0, and the guest closes it
;; again.

(module
  (import "wasi_ephemeral_crypto_common" "key_manager_open"
    (func $key_manager_open (param $options i32) (param $key_manager i32) (result i32)))
  (import "wasi_ephemeral_crypto_common" "key_manager_close"
    (func $key_manager_close (param $key_manager i32) (result i32)))
  (import "wasi_ephemeral_crypto_common" "options_open"
    (func $options_open (param $algorithm_type i32) (param $handle i32) (result i32)))
  (import "wasi_ephemeral_crypto_common" "options_set"
    (func $options_set
      (param $handle i32) (param $name i32) (param $name_len i32) (param $value i32) (param $value_len i32)
      (result i32)))
  (import "wasi_ephemeral_crypto_common" "options_close"
    (func $options_close (param $handle i32) (result i32)))
  (import "wasi_ephemeral_crypto_symmetric" "symmetric_key_import"
    (func $symmetric_key_import
      (param $algorithm i32) (param $algorithm_len i32) (param $raw i32) (param $raw_len i32)
      (param $symmetric_key i32) (result i32)))
  (import "wasi_ephemeral_crypto_symmetric" "symmetric_key_close"
    (func $symmetric_key_close (param $symmetric_key i32) (result i32)))
  (import "wasi_ephemeral_crypto_symmetric" "symmetric_state_open"
    (func $symmetric_state_open
      (param $algorithm i32) (param $algorithm_len i32) (param $key i32) (param $options i32)
      (param $symmetric_state i32) (result i32)))
  (import "wasi_ephemeral_crypto_symmetric" "symmetric_state_options_get"
    (func $symmetric_state_options_get
      (param $handle i32) (param $name i32) (param $name_len i32) (param $value i32) (param $value_max_len i32)
      (param $len i32) (result i32)))
  (import "wasi_ephemeral_crypto_symmetric" "symmetric_state_close"
    (func $symmetric_state_close (param $handle i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $iovs i32) (param $iovs_len i32) (param $written i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param $code i32)))

  (memory (export "memory") 1)

  ;; Outputs of calls.
  (global $key_manager i32 (i32.const 0))
  (global $options i32 (i32.const 4))
  (global $key i32 (i32.const 8))
  (global $state i32 (i32.const 12))
  (global $refused i32 (i32.const 16))
  (global $len i32 (i32.const 20))
  (global $value i32 (i32.const 32)) ;; 32 bytes, zero: the key, and where an option's value would go

  ;; Optional handles: a byte that is 0 for some and 1 for none, and the handle four bytes on.
  (global $none i32 (i32.const 64))
  (global $some_options i32 (i32.const 72))
  (global $some_key i32 (i32.const 80))
  (data (i32.const 64) "\01\00\00\00\00\00\00\00")
  (data (i32.const 72) "\00\00\00\00\00\00\00\00")
  (data (i32.const 80) "\00\00\00\00\00\00\00\00")

  ;; Strings, each followed by its length.
  (data (i32.const 128) "AES-256-GCM") ;; 11
  (data (i32.const 144) "SHA-256")     ;; 7
  (data (i32.const 160) "nonce")       ;; 5

  ;; The lines to print: 40 bytes each, a label and blanks to the column of the number.
  (data (i32.const 256) "open the key manager:                   ")
  (data (i32.const 296) "close the key manager:                  ")
  (data (i32.const 336) "open options of algorithm type 1:       ")
  (data (i32.const 376) "open options of algorithm type 2:       ")
  (data (i32.const 416) "set a 5-byte nonce:                     ")
  (data (i32.const 456) "import a key of AES-256-GCM:            ")
  (data (i32.const 496) "open AES-256-GCM with 5-byte nonce:     ")
  (data (i32.const 536) "open SHA-256:                           ")
  (data (i32.const 576) "read an option that is not set:         ")

  ;; What is written: an iovec at 640, the line at 656 (40 of label, 2 of number, 1 of newline).
  (func $report (param $label i32) (param $number i32)
    (memory.copy (i32.const 656) (local.get $label) (i32.const 40))
    (i32.store8 (i32.const 696) (i32.const 32)) ;; a blank, unless there are tens
    (if (i32.ge_u (local.get $number) (i32.const 10))
      (then
        (i32.store8 (i32.const 696)
          (i32.add (i32.const 48) (i32.div_u (local.get $number) (i32.const 10))))))
    (i32.store8 (i32.const 697)
      (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10))))
    (i32.store8 (i32.const 698) (i32.const 10))
    (i32.store (i32.const 640) (i32.const 656))
    (i32.store (i32.const 644) (i32.const 43))
    (drop (call $fd_write (i32.const 1) (i32.const 640) (i32.const 1) (i32.const 648))))

  (func (export "_start")
    (local $error i32)

    ;; A host without a key store refuses.
    (local.set $error (call $key_manager_open (global.get $none) (global.get $key_manager)))
    (call $report (i32.const 256) (local.get $error))
    (if (i32.eqz (local.get $error))
      (then
        (call $report (i32.const 296) (call $key_manager_close (i32.load (global.get $key_manager))))))

    ;; 0 is signatures and 1 symmetric; key exchange came with 0.10.
    (call $report (i32.const 336) (call $options_open (i32.const 1) (global.get $options)))
    (call $report (i32.const 376) (call $options_open (i32.const 2) (global.get $refused)))

    ;; AES-256-GCM wants a nonce of 12 bytes. To a guest of 2020-06, another one is as good as none.
    (call $report (i32.const 416)
      (call $options_set (i32.load (global.get $options))
        (i32.const 160) (i32.const 5) (global.get $value) (i32.const 5)))
    (call $report (i32.const 456)
      (call $symmetric_key_import (i32.const 128) (i32.const 11) (global.get $value) (i32.const 32)
        (global.get $key)))
    (i32.store offset=4 (global.get $some_options) (i32.load (global.get $options)))
    (i32.store offset=4 (global.get $some_key) (i32.load (global.get $key)))
    (call $report (i32.const 496)
      (call $symmetric_state_open (i32.const 128) (i32.const 11)
        (global.get $some_key) (global.get $some_options) (global.get $state)))

    ;; The name is one that options have, but nothing was set under it.
    (call $report (i32.const 536)
      (call $symmetric_state_open (i32.const 144) (i32.const 7)
        (global.get $none) (global.get $none) (global.get $state)))
    (call $report (i32.const 576)
      (call $symmetric_state_options_get (i32.load (global.get $state))
        (i32.const 160) (i32.const 5) (global.get $value) (i32.const 32) (global.get $len)))

    (drop (call $symmetric_state_close (i32.load (global.get $state))))
    (drop (call $symmetric_key_close (i32.load (global.get $key))))
    (drop (call $options_close (i32.load (global.get $options))))
    (call $proc_exit (i32.const 0))))
