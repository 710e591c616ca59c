//! SHA-2.
//!
//! The messages are the examples of FIPS 180 and the empty one. NIST does not print every digest of every message; the
//! others are OpenSSL's.

use super::{Verdict, hex, same, send};
use crate::Guest;

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
