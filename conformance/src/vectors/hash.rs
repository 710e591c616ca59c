//! SHA-2 and BLAKE2b.
//!
//! The messages for SHA-2 are the examples of FIPS 180 and the empty one. NIST does not print every digest of every
//! message; the others are OpenSSL's. Those for BLAKE2b are the bytes 0, 1, 2 and so on; the digests of 64 bytes are in
//! `blake2-kat.json`, which its authors publish, and those of 32 bytes, which they do not print, are libsodium's, in
//! the `blake2b.vec` of Botan.

use super::{Verdict, hex, same, send};
use crate::{Guest, guest::Answer};

const TWO_BLOCKS: &str = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
const TWO_LONG_BLOCKS: &str = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn\
                               hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";

/// A message that is repeated, by a name.
const MESSAGES: [(&str, &str, usize); 5] = [
    ("the empty message", "", 1),
    ("abc", "abc", 1),
    ("448 bits", TWO_BLOCKS, 1),
    ("896 bits", TWO_LONG_BLOCKS, 1),
    ("a million times a", "a", 1_000_000),
];

pub(super) fn sha_256_digests_the_messages_of_fips_180(guest: &mut Guest<'_>) {
    let digests = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
    ];
    fips_180(guest, "SHA-256", digests);
}

pub(super) fn sha_384_digests_the_messages_of_fips_180(guest: &mut Guest<'_>) {
    let digests = [
        "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        "3391fdddfc8dc7393707a65b1b4709397cf8b1d162af05abfe8f450de5f36bc6b0455a8520bc4e6f5fe95b1fe3c8452b",
        "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039",
        "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985",
    ];
    fips_180(guest, "SHA-384", digests);
}

pub(super) fn sha_512_digests_the_messages_of_fips_180(guest: &mut Guest<'_>) {
    let digests = [
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce\
         47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
         2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c335\
         96fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445",
        "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018\
         501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909",
        "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb\
         de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b",
    ];
    fips_180(guest, "SHA-512", digests);
}

pub(super) fn sha_512_256_digests_the_messages_of_fips_180(guest: &mut Guest<'_>) {
    let digests = [
        "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a",
        "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
        "bde8e1f9f19bb9fd3406c90ec6bc47bd36d8ada9f11880dbc8a22a7078b6a461",
        "3928e184fb8690f840da3988121d31be65cb9d3ef83ee6146feac861e19b563a",
        "9a59a052930187a97038cae692f30708aa6491923ef5194394dc68d56c74fb21",
    ];
    fips_180(guest, "SHA-512/256", digests);
}

/// The digests are in the order of the messages.
fn fips_180(guest: &mut Guest<'_>, algorithm: &str, digests: [&str; MESSAGES.len()]) {
    let vectors = MESSAGES
        .into_iter()
        .zip(digests)
        .map(|((name, message, times), digest)| (name, (message.repeat(times), hex(digest))));
    send(guest, &format!("FIPS 180, {algorithm}"), &[algorithm], vectors, |guest, (message, digest)| {
        judge(guest, algorithm, message.as_bytes(), &digest)
    });
}

/// Where a message is cut must not matter.
fn judge(guest: &mut Guest<'_>, algorithm: &str, message: &[u8], digest: &[u8]) -> Verdict {
    for cuts in [3, 100, 1000] {
        let state = guest.symmetric_state_open(algorithm, None, None)?;
        for piece in message.chunks(message.len() / cuts + 1) {
            guest.symmetric_state_absorb(state, piece)?;
        }
        let squeezed = guest.symmetric_state_squeeze(state, digest.len())?;
        guest.close("symmetric_state", state)?;
        same("the digest", &squeezed, digest)?;
    }
    Ok(())
}

/// Appendix A.
pub(super) fn blake2b_512_agrees_with_rfc_7693(guest: &mut Guest<'_>) {
    let digest = "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1\
                  7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923";
    send(guest, "RFC 7693, BLAKE2B-512", &["BLAKE2B-512"], [("abc", hex(digest))], |guest, digest| {
        judge(guest, "BLAKE2B-512", b"abc", &digest)
    });
}

pub(super) fn blake2b_512_digests_as_its_authors_do(guest: &mut Guest<'_>) {
    blake2b(guest, "blake2-kat, BLAKE2B-512", "BLAKE2B-512", BLAKE2B_512);
}

pub(super) fn blake2b_512_digests_all_that_its_authors_do(guest: &mut Guest<'_>) {
    let digest = "edb6025a7aba90e4ad1d5ccfc7485d26f988929ca564b1897e33d43a901efba2";
    all_of_blake2b(guest, "blake2-kat, BLAKE2B-512", ("BLAKE2B-512", 64), 255, digest);
}

pub(super) fn blake2b_256_digests_as_libsodium_does(guest: &mut Guest<'_>) {
    blake2b(guest, "libsodium, BLAKE2B-256", "BLAKE2B-256", BLAKE2B_256);
}

pub(super) fn blake2b_256_digests_all_that_libsodium_does(guest: &mut Guest<'_>) {
    let digest = "6dc2b8c2ced47f3025f7be7a3cab23ffd41a8171b08994179d3277bfd5ed4601";
    all_of_blake2b(guest, "libsodium, BLAKE2B-256", ("BLAKE2B-256", 32), 256, digest);
}

fn counting(len: usize) -> Vec<u8> {
    (0..=u8::MAX).cycle().take(len).collect()
}

fn blake2b<const N: usize>(guest: &mut Guest<'_>, set: &str, algorithm: &str, vectors: [(usize, &str); N]) {
    let vectors = vectors.map(|(len, digest)| (format!("{len} bytes"), (counting(len), hex(digest))));
    send(guest, set, &[algorithm], vectors, |guest, (message, digest)| judge(guest, algorithm, &message, &digest));
}

/// Holds the digest of all digests to what it should be, in the order of the lengths, up to the longest.
fn all_of_blake2b(guest: &mut Guest<'_>, set: &str, (algorithm, len): (&str, usize), longest: usize, digest: &str) {
    let (set, vectors) = (format!("{set}, by a digest"), [(format!("all {}", longest + 1), hex(digest))]);
    send(guest, &set, &[algorithm, "SHA-256"], vectors, |guest, expected| {
        let mut all = Vec::new();
        for message in 0..=longest {
            all.extend(digests(guest, (algorithm, len), &counting(message))?);
        }
        same("the digest", &digests(guest, ("SHA-256", 32), &all)?, &expected)
    });
}

fn digests(guest: &mut Guest<'_>, (algorithm, len): (&str, usize), message: &[u8]) -> Answer<Vec<u8>> {
    let state = guest.symmetric_state_open(algorithm, None, None)?;
    guest.symmetric_state_absorb(state, message)?;
    let digest = guest.symmetric_state_squeeze(state, len)?;
    guest.close("symmetric_state", state)?;
    Ok(digest)
}

/// The length of the message, and its digest; a block has 128 bytes.
const BLAKE2B_512: [(usize, &str); 8] = [
    (
        0,
        "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419\
         d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce",
    ),
    (
        1,
        "2fa3f686df876995167e7c2e5d74c4c7b6e48f8068fe0e44208344d480f7904c\
         36963e44115fe3eb2a3ac8694c28bcb4f5a0f3276f2e79487d8219057a506e4b",
    ),
    (
        64,
        "2fc6e69fa26a89a5ed269092cb9b2a449a4409a7a44011eecad13d7c4b045660\
         2d402fa5844f1a7a758136ce3d5d8d0e8b86921ffff4f692dd95bdc8e5ff0052",
    ),
    (
        127,
        "b6292669ccd38d5f01caae96ba272c76a879a45743afa0725d83b9ebb26665b7\
         31f1848c52f11972b6644f554c064fa90780dbbbf3a89d4fc31f67df3e5857ef",
    ),
    (
        128,
        "2319e3789c47e2daa5fe807f61bec2a1a6537fa03f19ff32e87eecbfd64b7e0e\
         8ccff439ac333b040f19b0c4ddd11a61e24ac1fe0f10a039806c5dcc0da3d115",
    ),
    (
        129,
        "f59711d44a031d5f97a9413c065d1e614c417ede998590325f49bad2fd444d3e\
         4418be19aec4e11449ac1a57207898bc57d76a1bcf3566292c20c683a5c4648f",
    ),
    (
        254,
        "ff0a015e98db9c99f03977710aac3e658c0d896f6d71d618ba79dc6cf72ac75b\
         7c038eb6862dede4543e145413a6368d69f5722c827ba3ef25b6ae6440d39276",
    ),
    (
        255,
        "5b21c5fd8868367612474fa2e70e9cfa2201ffeee8fafab5797ad58fefa17c9b\
         5b107da4a3db6320baaf2c8617d5a51df914ae88da3867c2d41f0cc14fa67928",
    ),
];

/// The same.
const BLAKE2B_256: [(usize, &str); 8] = [
    (0, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"),
    (1, "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314"),
    (64, "10d8e6d534b00939843fe9dcc4dae48cdf008f6b8b2b82b156f5404d874887f5"),
    (127, "f2fe67ff342e21b8f45e8f2e0bcd1d9243245d50ee6c78042e9c491388791c72"),
    (128, "c3582f71ebb2be66fa5dd750f80baae97554f3b015663c8be377cfcb2488c1d1"),
    (129, "f7f3c46ba2564ff4c4c162da1f5b605f9f1c4aa6a20652a9f9a337c1a2f5b9c9"),
    (255, "1d0850ee9bca0abc9601e9deabe1418fedec2fb6ac4150bd5302d2430f9be943"),
    (256, "39a7eb9fedc19aabc83425c6755dd90e6f9d0c804964a1f4aaeea3b9fb599835"),
];
