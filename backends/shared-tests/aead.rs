//! AES-GCM, AES-GCM-SIV and ChaCha20-Poly1305.

use hostcrypt::backend::Aead;
use hostcrypt::{Errno, InOut};

use super::{error, hex};
use crate::BACKEND;

fn aead(name: &str) -> &'static dyn Aead {
    *BACKEND.aeads.iter().find(|aead| aead.name() == name).unwrap()
}

struct Sealed {
    name: &'static str,
    key: &'static str,
    nonce: &'static str,
    data: &'static str,
    text: &'static str,
    sealed: &'static str,
    tag: &'static str,
}

const SUNSCREEN: &str = "
    4c616469657320616e642047656e746c656d656e206f662074686520636c6173
    73206f66202739393a204966204920636f756c64206f6666657220796f75206f
    6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73
    637265656e20776f756c642062652069742e";

const SEALED: [Sealed; 6] = [
    // The proposal of GCM to NIST, test cases 4 and 16.
    Sealed {
        name: "AES-128-GCM",
        key: "feffe9928665731c6d6a8f9467308308",
        nonce: "cafebabefacedbaddecaf888",
        data: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        text: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
               1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        sealed: "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e
                 21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
        tag: "5bc94fbc3221a5db94fae95ae7121a47",
    },
    Sealed {
        name: "AES-256-GCM",
        key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        nonce: "cafebabefacedbaddecaf888",
        data: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        text: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
               1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        sealed: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa
                 8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        tag: "76fc6ece0f4e1768cddf8853bb2d551b",
    },
    // RFC 8452, appendix C.
    Sealed {
        name: "AES-128-GCM-SIV",
        key: "01000000000000000000000000000000",
        nonce: "030000000000000000000000",
        data: "010000000000000000000000000000000200",
        text: "0300000000000000000000000000000004000000",
        sealed: "6bb0fecf5ded9b77f902c7d5da236a4391dd0297",
        tag: "24afc9805e976f451e6d87f6fe106514",
    },
    Sealed {
        name: "AES-256-GCM-SIV",
        key: "0100000000000000000000000000000000000000000000000000000000000000",
        nonce: "030000000000000000000000",
        data: "010000000000000000000000000000000200",
        text: "0300000000000000000000000000000004000000",
        sealed: "43dd0163cdb48f9fe3212bf61b201976067f342b",
        tag: "b879ad976d8242acc188ab59cabfe307",
    },
    // RFC 8439, section 2.8.2.
    Sealed {
        name: "CHACHA20-POLY1305",
        key: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
        nonce: "070000004041424344454647",
        data: "50515253c0c1c2c3c4c5c6c7",
        text: SUNSCREEN,
        sealed: "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6
                 3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36
                 92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc
                 3ff4def08e4b7a9de576d26586cec64b6116",
        tag: "1ae10b594f09e26a7e902ecbd0600691",
    },
    // draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    Sealed {
        name: "XCHACHA20-POLY1305",
        key: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
        nonce: "404142434445464748494a4b4c4d4e4f5051525354555657",
        data: "50515253c0c1c2c3c4c5c6c7",
        text: SUNSCREEN,
        sealed: "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb
                 731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452
                 2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9
                 21f9664c97637da9768812f615c68b13b52e",
        tag: "c0875924c1c7987947deafd8780acf49",
    },
];

#[test]
fn ciphers_agree_with_published_vectors_apart_and_in_place() {
    for vector in SEALED {
        let (nonce, data) = (hex(vector.nonce), hex(vector.data));
        let (text, sealed, expected) = (hex(vector.text), hex(vector.sealed), hex(vector.tag));
        let aead = aead(vector.name);
        let key = aead.key(&hex(vector.key)).unwrap();

        let mut output = vec![0xff; text.len()];
        let mut tag = vec![0xff; aead.tag_len()];
        key.seal(&nonce, &data, InOut::Apart(&text, &mut output), &mut tag).unwrap();
        assert_eq!((&output, &tag), (&sealed, &expected), "{}", vector.name);
        key.open(&nonce, &data, InOut::InPlace(&mut output), &tag).unwrap();
        assert_eq!(output, text, "{}", vector.name);

        tag.fill(0xff);
        key.seal(&nonce, &data, InOut::InPlace(&mut output), &mut tag).unwrap();
        assert_eq!((&output, &tag), (&sealed, &expected), "{}", vector.name);
        let mut opened = vec![0xff; text.len()];
        key.open(&nonce, &data, InOut::Apart(&output, &mut opened), &tag).unwrap();
        assert_eq!(opened, text, "{}", vector.name);
    }
}

#[test]
fn whatever_is_changed_of_a_sealed_text_it_does_not_open() {
    for vector in SEALED {
        let aead = aead(vector.name);
        let key = aead.key(&hex(vector.key)).unwrap();
        let original = [hex(vector.nonce), hex(vector.data), hex(vector.sealed), hex(vector.tag)];
        for changed in 0..original.len() {
            let mut parts = original.clone();
            *parts[changed].last_mut().unwrap() ^= 1;
            let [nonce, data, text, tag] = &mut parts;
            let opened = key.open(nonce, data, InOut::InPlace(text), tag);
            assert_eq!(opened, Err(Errno::InvalidTag), "{}", vector.name);
        }
    }
}

#[test]
fn keys_of_another_length_are_refused() {
    for aead in BACKEND.aeads {
        assert_eq!(aead.tag_len(), 16);
        for len in [0, aead.key_len() - 1, aead.key_len() + 1] {
            assert_eq!(error(aead.key(&vec![0; len])), Errno::InvalidKey);
        }
    }
}

#[test]
fn a_nonce_or_a_tag_of_another_length_is_an_error_and_no_panic() {
    for aead in BACKEND.aeads {
        let key = aead.key(&vec![0; aead.key_len()]).unwrap();
        let nonce = vec![0; aead.nonce_len()];
        assert_eq!(key.seal(&[], &[], InOut::InPlace(&mut []), &mut [0; 16]), Err(Errno::InvalidNonce));
        assert_eq!(key.seal(&nonce, &[], InOut::InPlace(&mut []), &mut []), Err(Errno::InternalError));
        assert_eq!(key.open(&[], &[], InOut::InPlace(&mut []), &[0; 16]), Err(Errno::InvalidNonce));
        assert_eq!(key.open(&nonce, &[], InOut::InPlace(&mut []), &[]), Err(Errno::InvalidTag));
    }
}
