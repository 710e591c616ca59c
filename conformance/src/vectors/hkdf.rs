//! HKDF: `EXTRACT`, a squeezed key, `EXPAND`.

use hostcrypt::Errno;

use super::{Verdict, hex, refused, same, send, tests};
use crate::Guest;

/// What is derived from what.
struct Derivation<'a> {
    /// The hash function, as the interface spells it.
    hash: &'a str,
    ikm: &'a [u8],
    salt: &'a [u8],
    info: &'a [u8],
    len: usize,
    /// The key between the two steps, where the set gives it.
    prk: Option<&'a [u8]>,
    /// None for more than can be had.
    okm: Option<&'a [u8]>,
}

pub(super) fn hkdf_sha256_derives_the_keys_of_wycheproof(guest: &mut Guest<'_>) {
    wycheproof(guest, "hkdf_sha256", "SHA-256");
}

pub(super) fn hkdf_sha512_derives_the_keys_of_wycheproof(guest: &mut Guest<'_>) {
    wycheproof(guest, "hkdf_sha512", "SHA-512");
}

fn steps(hash: &str) -> [String; 2] {
    [format!("HKDF-EXTRACT/{hash}"), format!("HKDF-EXPAND/{hash}")]
}

fn wycheproof(guest: &mut Guest<'_>, file: &str, hash: &str) {
    let [extract, expand] = steps(hash);
    send(guest, &format!("Wycheproof {file}"), &[&extract, &expand], tests!(hkdf, file), |guest, (_, test)| {
        let okm = (!test.result.must_fail()).then_some(&**test.okm);
        let (ikm, salt, info) = (&test.ikm, &test.salt, &test.info);
        judge(guest, &Derivation { hash, ikm, salt, info, len: test.size, prk: None, okm })
    });
}

fn judge(guest: &mut Guest<'_>, derivation: &Derivation<'_>) -> Verdict {
    let [extract, expand] = steps(derivation.hash);
    let input = guest.symmetric_key_import(&extract, derivation.ikm)?;
    let extracting = guest.symmetric_state_open(&extract, Some(input), None)?;
    guest.symmetric_state_absorb(extracting, derivation.salt)?;
    let key = guest.symmetric_state_squeeze_key(extracting, &expand)?;
    if let Some(prk) = derivation.prk {
        same("the pseudorandom key", &guest.symmetric_key_export(key)?, prk)?;
    }
    let expanding = guest.symmetric_state_open_for(derivation.len, &expand, Some(key), None)?;
    guest.symmetric_state_absorb(expanding, derivation.info)?;
    let output = guest.symmetric_state_squeeze(expanding, derivation.len);
    for state in [extracting, expanding] {
        guest.close("symmetric_state", state)?;
    }
    for key in [input, key] {
        guest.close("symmetric_key", key)?;
    }
    match derivation.okm {
        Some(okm) => same("the keying material", &output?, okm),
        None => refused(&output, Errno::InvalidLength),
    }
}

/// Appendices A.1 to A.3.
pub(super) fn hkdf_sha256_agrees_with_rfc_5869(guest: &mut Guest<'_>) {
    let vectors = [
        (
            "A.1",
            [vec![0x0b; 22], (0x00..=0x0c).collect(), (0xf0..=0xf9).collect()],
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            "A.2",
            [(0x00..=0x4f).collect(), (0x60..=0xaf).collect(), (0xb0..=0xff).collect()],
            "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c\
             59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71\
             cc30c58179ec3e87c14c01d5c1f3434f1d87",
        ),
        (
            "A.3",
            [vec![0x0b; 22], vec![], vec![]],
            "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ];
    let vectors = vectors.map(|(section, inputs, prk, okm)| (section, (inputs, hex(prk), hex(okm))));
    let [extract, expand] = steps("SHA-256");
    send(guest, "RFC 5869, HKDF/SHA-256", &[&extract, &expand], vectors, |guest, ([ikm, salt, info], prk, okm)| {
        let (len, prk, okm) = (okm.len(), Some(&*prk), Some(&*okm));
        judge(guest, &Derivation { hash: "SHA-256", ikm: &ikm, salt: &salt, info: &info, len, prk, okm })
    });
}
