//! What a failure leaves: the library wipes it, before the core does.

use hostcrypt::{Errno, InOut};

use crate::BACKEND;

#[test]
fn texts_and_data_of_any_length_go_round_and_no_failure_leaves_text() {
    for aead in BACKEND.aeads {
        let key = aead.key(&vec![7; aead.key_len()]).unwrap();
        let nonce = vec![3; aead.nonce_len()];
        for len in (0..70).chain([1000, 100_000]) {
            let text: Vec<u8> = (0..len).map(|at| at as u8 | 1).collect();
            for data in [&b""[..], b"data"] {
                let (mut sealed, mut tag, mut opened) = (vec![0xff; len], [0xff; 16], vec![0xff; len]);
                key.seal(&nonce, data, InOut::Apart(&text, &mut sealed), &mut tag).unwrap();
                key.open(&nonce, data, InOut::Apart(&sealed, &mut opened), &tag).unwrap();
                assert_eq!(opened, text, "{} {len}", aead.name());
                for cut in 0..16 {
                    let refused = key.open(&nonce, data, InOut::Apart(&sealed, &mut opened), &tag[..cut]);
                    assert_eq!(refused, Err(Errno::InvalidTag), "{} {len}", aead.name());
                    assert_eq!(opened, vec![0; len]);
                }
                let mut altered = [0; 16];
                altered.copy_from_slice(&tag);
                altered[15] ^= 0x80;
                let refused = key.open(&nonce, data, InOut::InPlace(&mut sealed), &altered);
                assert_eq!(refused, Err(Errno::InvalidTag));
                assert_eq!(sealed, vec![0; len]);
            }
        }
        assert_eq!(key.seal(&nonce, &[], InOut::Apart(&[1], &mut []), &mut [0; 16]), Err(Errno::InternalError));
        assert_eq!(key.open(&nonce, &[], InOut::Apart(&[], &mut [1]), &[0; 16]), Err(Errno::InternalError));
    }
}
