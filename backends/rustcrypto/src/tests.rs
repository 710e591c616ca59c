//! One published vector or more for every algorithm, through the traits as the core sees them.

use hostcrypt::backend::{
    Aead, Agreement, Hash, HashState, Interrupt, Mac, MacState, Signature, SignatureFormat, SignatureInput, SigningKey,
};
use hostcrypt::{Errno, InOut};

use crate::BACKEND;

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    let pairs = (0..digits.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn hash(name: &str) -> &'static dyn Hash {
    *BACKEND.hashes.iter().find(|hash| hash.name() == name).unwrap()
}

fn mac(name: &str) -> &'static dyn Mac {
    *BACKEND.macs.iter().find(|mac| mac.name() == name).unwrap()
}

fn aead(name: &str) -> &'static dyn Aead {
    *BACKEND.aeads.iter().find(|aead| aead.name() == name).unwrap()
}

fn signature(name: &str) -> &'static dyn Signature {
    *BACKEND.signatures.iter().find(|signature| signature.name() == name).unwrap()
}

fn agreement(name: &str) -> &'static dyn Agreement {
    *BACKEND.agreements.iter().find(|agreement| agreement.name() == name).unwrap()
}

fn digest(hash: &dyn Hash, state: &dyn HashState) -> Vec<u8> {
    let mut digest = vec![0; hash.output_len()];
    state.digest(&mut digest);
    digest
}

fn tag(mac: &dyn Mac, state: &dyn MacState) -> Vec<u8> {
    let mut tag = vec![0; mac.tag_len()];
    state.tag(&mut tag);
    tag
}

/// The error of a call whose success has no `Debug`.
fn error<T>(result: hostcrypt::Result<T>) -> Errno {
    result.err().unwrap()
}

#[test]
fn hashes_agree_with_fips_180_4() {
    for (name, expected) in [
        ("SHA-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("SHA-384", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"),
        (
            "SHA-512",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
        ("SHA-512/256", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),
    ] {
        let hash = hash(name);
        let mut state = hash.start();
        state.update(b"abc");
        assert_eq!(digest(hash, &*state), hex(expected), "{name}");
    }
}

#[test]
fn a_hash_goes_on_after_its_digest_and_its_copy_is_independent() {
    for hash in BACKEND.hashes {
        let mut once = hash.start();
        once.update(b"abcdef");

        let mut state = hash.start();
        state.update(b"abc");
        let before = digest(*hash, &*state);
        let mut copy = state.copy();
        state.update(b"def");
        assert_eq!(digest(*hash, &*state), digest(*hash, &*once));
        assert_eq!(digest(*hash, &*copy), before);
        copy.update(b"def");
        assert_eq!(digest(*hash, &*copy), digest(*hash, &*once));
    }
}

#[test]
fn macs_agree_with_rfc_4231() {
    let long = [0xaa; 131];
    let cases: [(&[u8], &[u8], &str, &str); 2] = [
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554
             9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
        (
            &long,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352
             6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
        ),
    ];
    for (key, text, sha256, sha512) in cases {
        for (name, expected) in [("HMAC/SHA-256", sha256), ("HMAC/SHA-512", sha512)] {
            let mac = mac(name);
            let mut state = mac.key(key).unwrap().start();
            state.update(text);
            assert_eq!(tag(mac, &*state), hex(expected), "{name}");
        }
    }
}

#[test]
fn a_mac_key_starts_fresh_states_and_their_copies_are_independent() {
    for mac in BACKEND.macs {
        let key = mac.key(&[]).unwrap();
        let empty = tag(*mac, &*key.start());

        let mut state = key.start();
        state.update(b"abc");
        let copy = state.copy();
        let before = tag(*mac, &*state);
        state.update(b"def");
        assert_ne!(tag(*mac, &*state), before);
        assert_eq!(tag(*mac, &*copy), before);
        assert_eq!(tag(*mac, &*key.start()), empty);
    }
}

#[test]
fn generated_mac_keys_are_as_long_as_the_digest() {
    assert_eq!(mac("HMAC/SHA-256").key_len(), 32);
    assert_eq!(mac("HMAC/SHA-512").key_len(), 64);
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

const SEALED: [Sealed; 4] = [
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
fn only_the_extended_nonce_is_drawn_at_random_and_keys_of_another_length_are_refused() {
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

#[test]
fn ed25519_agrees_with_rfc_8032() {
    // Section 7.1, test 3.
    let public = hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
    let expected = hex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac
         18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
    let ed25519 = signature("Ed25519");
    let secret = hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
    let key = ed25519.signing_key(&secret).unwrap();
    assert_eq!(*key.secret(), secret);
    assert_eq!(key.verifying_key().public(), public);
    assert_eq!(key.sign(&[0xaf, 0x82]).unwrap(), expected);
    let key = ed25519.verifying_key(&public).unwrap();
    key.check().unwrap();
    key.verify(&[0xaf, 0x82], &expected).unwrap();
    assert!(matches!(ed25519.input(), SignatureInput::Message));
    assert_eq!(ed25519.signature_format(), SignatureFormat::Raw);
}

#[test]
fn ed25519_refuses_a_scalar_that_is_not_reduced() {
    // The signature of RFC 8032, section 7.1, test 1, and the same with the order of the group added to `S`.
    let key = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    let key = signature("Ed25519").verifying_key(&key).unwrap();
    let r = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155";
    let s = "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
    let s_plus_l = "4c8c7872aa064e049dbb3013fbf29380d25bf5f0595bbe24655141438e7a101b";
    key.verify(b"", &hex(&format!("{r}{s}"))).unwrap();
    assert_eq!(key.verify(b"", &hex(&format!("{r}{s_plus_l}"))), Err(Errno::VerificationFailed));
}

#[test]
fn ed25519_takes_any_point_and_checks_its_order_only_when_asked() {
    let ed25519 = signature("Ed25519");
    let identity = "0100000000000000000000000000000000000000000000000000000000000000";
    let order_2 = "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    let order_4 = "0000000000000000000000000000000000000000000000000000000000000000";
    let order_8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
    // The identity, not reduced.
    let identity_plus_p = "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    // The base point, and its sum with the point of order 2.
    let prime_order = "5866666666666666666666666666666666666666666666666666666666666666";
    let mixed_order = "9599999999999999999999999999999999999999999999999999999999999999";
    for bytes in [identity, order_2, order_4, order_8, identity_plus_p, prime_order, mixed_order] {
        let key = ed25519.verifying_key(&hex(bytes)).unwrap();
        assert_eq!(key.public(), hex(bytes));
        let expected = if bytes == prime_order { Ok(()) } else { Err(Errno::InvalidKey) };
        assert_eq!(key.check(), expected, "{bytes}");
    }
    let off_curve = hex("0200000000000000000000000000000000000000000000000000000000000000");
    assert_eq!(error(ed25519.verifying_key(&off_curve)), Errno::InvalidKey);
}

const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const P256_SECRET: &str = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const P256_X: &str = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const P256_Y: &str = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

fn p256() -> &'static dyn Signature {
    signature("ECDSA_P256_SHA256")
}

#[test]
fn ecdsa_agrees_with_rfc_6979() {
    // Appendix A.2.5, with SHA-256.
    let key = p256().signing_key(&hex(P256_SECRET)).unwrap();
    let SignatureInput::Digest(hash) = p256().input() else { panic!("signs a digest") };
    let mut state = hash.start();
    state.update(b"sample");
    let digest = digest(hash, &*state);
    let expected = hex("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716
         f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
    assert_eq!(hash.name(), "SHA-256");
    assert_eq!(*key.secret(), hex(P256_SECRET));
    assert_eq!(key.sign(&digest).unwrap(), expected);
    key.verifying_key().verify(&digest, &expected).unwrap();
    let zero = [0; 64];
    assert_eq!(key.verifying_key().verify(&digest, &zero), Err(Errno::VerificationFailed));
    assert_eq!(p256().signature_format(), SignatureFormat::Ecdsa);
}

#[test]
fn ecdsa_takes_both_forms_of_a_point_and_gives_the_uncompressed_one() {
    let canonical = hex(&format!("04{P256_X}{P256_Y}"));
    assert_eq!(p256().signing_key(&hex(P256_SECRET)).unwrap().verifying_key().public(), canonical);
    for form in [format!("04{P256_X}{P256_Y}"), format!("03{P256_X}")] {
        let key = p256().verifying_key(&hex(&form)).unwrap();
        assert_eq!(key.public(), canonical);
        key.check().unwrap();
    }
}

#[test]
fn ecdsa_refuses_points_that_are_none() {
    let off_curve = format!("04{P256_X}{P256_X}");
    let compact = format!("05{P256_X}");
    let hybrid = format!("07{P256_X}{P256_Y}");
    let long = format!("04{P256_X}{P256_Y}00");
    for bytes in ["", "00", "02", "04", &off_curve, &compact, &hybrid, &long] {
        assert_eq!(error(p256().verifying_key(&hex(bytes))), Errno::InvalidKey, "{bytes}");
    }
}

#[test]
fn ecdsa_refuses_secrets_out_of_range_or_of_another_length() {
    let zero = "00".repeat(32);
    let short = &P256_SECRET[2..];
    let long = format!("00{P256_SECRET}");
    let highest = P256_ORDER.replace("632551", "632550");
    for bytes in ["", &zero, P256_ORDER, short, &long] {
        assert_eq!(error(p256().signing_key(&hex(bytes))), Errno::InvalidKey, "{bytes}");
    }
    p256().signing_key(&hex(&highest)).unwrap();
}

#[test]
fn fresh_keys_differ_and_sign_what_their_public_halves_verify() {
    for signature in BACKEND.signatures {
        let [one, other]: [Box<dyn SigningKey>; 2] =
            [(), ()].map(|()| signature.generate(&Interrupt::default()).unwrap());
        assert_ne!(one.secret(), other.secret());
        assert_eq!(Some(one.secret().len()), signature.key_format().raw_secret_len());

        let signed = one.sign(&[7; 32]).unwrap();
        assert_eq!(signed.len(), signature.signature_len());
        let public = signature.verifying_key(&one.verifying_key().public()).unwrap();
        public.check().unwrap();
        public.verify(&[7; 32], &signed).unwrap();
        assert_eq!(public.verify(&[8; 32], &signed), Err(Errno::VerificationFailed));
        assert_eq!(public.verify(&[7; 32], &signed[1..]), Err(Errno::VerificationFailed));
        assert_eq!(other.verifying_key().verify(&[7; 32], &signed), Err(Errno::VerificationFailed));

        let again = signature.signing_key(&one.secret()).unwrap();
        assert_eq!(again.verifying_key().public(), one.verifying_key().public());
        assert_eq!(error(signature.signing_key(&[1; 31])), Errno::InvalidKey);
        assert_eq!(error(signature.verifying_key(&[2; 31])), Errno::InvalidKey);
    }
}

#[test]
fn x25519_agrees_with_rfc_7748() {
    // Section 6.1; neither scalar is clamped.
    let alice = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
    let alice_public = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
    let bob = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
    let bob_public = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
    let shared = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    for (secret, public, theirs) in [(alice, alice_public, bob_public), (bob, bob_public, alice_public)] {
        let key = agreement("X25519").secret_key(&hex(secret)).unwrap();
        assert_eq!(*key.secret(), hex(secret));
        assert_eq!(key.public_key().public(), hex(public));
        assert_eq!(*key.agree(&hex(theirs)).unwrap(), shared);
    }
}

#[test]
fn x25519_takes_any_coordinate_and_refuses_low_order_at_use_and_when_asked() {
    let x25519 = agreement("X25519");
    let key = x25519.generate().unwrap();
    for low in [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        // Zero and one, not reduced.
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        // Zero and one, with the bit that is to be ignored.
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000080",
    ] {
        let public = x25519.public_key(&hex(low)).unwrap();
        assert_eq!(public.public(), hex(low));
        assert_eq!(public.check(), Err(Errno::InvalidKey), "{low}");
        assert_eq!(error(key.agree(&hex(low))), Errno::InvalidKey, "{low}");
    }
    key.public_key().check().unwrap();
    // On the twist, of high order.
    x25519.public_key(&hex(&format!("02{}", "00".repeat(31)))).unwrap().check().unwrap();
}

#[test]
fn fresh_keys_agree_and_keys_of_another_length_are_refused() {
    for agreement in BACKEND.agreements {
        let (one, other) = (agreement.generate().unwrap(), agreement.generate().unwrap());
        assert_ne!(one.secret(), other.secret());
        let shared = one.agree(&other.public_key().public()).unwrap();
        assert_eq!(other.agree(&one.public_key().public()).unwrap(), shared);
        for len in [0, 31, 33] {
            assert_eq!(error(agreement.secret_key(&vec![1; len])), Errno::InvalidKey);
            assert_eq!(error(agreement.public_key(&vec![9; len])), Errno::InvalidKey);
            assert_eq!(error(one.agree(&vec![9; len])), Errno::InvalidKey);
        }
    }
}

#[test]
fn random_numbers_fill_the_whole_buffer() {
    let mut bytes = [0; 1024];
    BACKEND.random.fill(&mut bytes).unwrap();
    assert!(bytes.chunks(16).all(|chunk| chunk != [0; 16]));
}

#[test]
fn keys_and_states_wipe_themselves() {
    // A feature of each library, off by default in most: without it this does not compile. HMAC is made of two
    // hash states. Nothing tells of Poly1305.
    fn wiped<T: zeroize::ZeroizeOnDrop>() {}
    wiped::<aes_gcm::Aes128Gcm>();
    wiped::<aes_gcm::Aes256Gcm>();
    wiped::<chacha20poly1305::ChaCha20Poly1305>();
    wiped::<chacha20poly1305::XChaCha20Poly1305>();
    wiped::<sha2::Sha256>();
    wiped::<sha2::Sha512>();
    wiped::<ed25519_dalek::SigningKey>();
    wiped::<p256::ecdsa::SigningKey>();
    wiped::<x25519_dalek::StaticSecret>();
    wiped::<x25519_dalek::SharedSecret>();
}
