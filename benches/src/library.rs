//! Subject `library`: the cryptography library alone, as a Rust program would use it.

use std::hint::black_box;

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use sha2::{Digest, Sha256};

use crate::layout::{NONCE_BYTES, RAW_KEY_BYTES, TEXT_BYTES};
use crate::{Run, Subject};

/// The last output.
#[derive(Debug, Default)]
pub struct Library(Vec<u8>);

impl Subject for Library {
    fn name(&self) -> &'static str {
        "library"
    }

    fn workload(&mut self, name: &str) -> Option<Run<'_>> {
        let out = &mut self.0;
        Some(match name {
            "life/sha-256-64" => {
                out.resize(32, 0);
                Box::new(|n| (0..n).for_each(|_| hash(black_box(&TEXT_BYTES), out)))
            }
            "life/aes-256-gcm-64" => {
                out.resize(80, 0);
                let cipher = Aes256Gcm::new(&RAW_KEY_BYTES.into());
                Box::new(move |n| (0..n).for_each(|_| encrypt(black_box(&cipher), black_box(&TEXT_BYTES), out)))
            }
            "life/aes-256-gcm-64-import" => {
                out.resize(80, 0);
                Box::new(|n| {
                    for _ in 0..n {
                        let cipher = Aes256Gcm::new(black_box(&RAW_KEY_BYTES).into());
                        encrypt(&cipher, black_box(&TEXT_BYTES), out);
                    }
                })
            }
            _ => return None,
        })
    }

    fn output(&mut self) -> Vec<u8> {
        self.0.clone()
    }
}

fn hash(text: &[u8], out: &mut [u8]) {
    let mut state = Sha256::new();
    state.update(text);
    out.copy_from_slice(&state.finalize());
}

fn encrypt(cipher: &Aes256Gcm, text: &[u8], out: &mut [u8]) {
    let (out, tag) = out.split_at_mut(text.len());
    let text = InOutBuf::new(text, out).unwrap();
    let made = cipher.encrypt_inout_detached(black_box(&NONCE_BYTES).into(), &[], text).unwrap();
    tag.copy_from_slice(&made);
}
