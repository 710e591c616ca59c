//! What every signature scheme has in common.

use hostcrypt::Errno;
use hostcrypt::backend::{Interrupt, SigningKey};

use super::{error, input};
use crate::BACKEND;

#[test]
fn fresh_keys_differ_and_sign_what_their_public_halves_verify() {
    // RSA has tests of its own, with a key that is made once.
    for signature in BACKEND.signatures.iter().filter(|signature| !signature.scheme().slow_to_generate) {
        let [one, other]: [Box<dyn SigningKey>; 2] =
            [(), ()].map(|()| signature.generate(&Interrupt::default()).unwrap());
        assert_ne!(one.secret(), other.secret());
        assert_eq!(Some(one.secret().len()), signature.scheme().key_format.raw_secret_len());

        let [message, altered] = [b"message", b"Message"].map(|message| input(*signature, message));
        let signed = one.sign(&message).unwrap();
        assert_eq!(signed.len(), signature.scheme().len);
        let public = signature.verifying_key(&one.verifying_key().public()).unwrap();
        public.check().unwrap();
        public.verify(&message, &signed).unwrap();
        assert_eq!(public.verify(&altered, &signed), Err(Errno::VerificationFailed));
        assert_eq!(public.verify(&message, &signed[1..]), Err(Errno::VerificationFailed));
        assert_eq!(other.verifying_key().verify(&message, &signed), Err(Errno::VerificationFailed));
        for at in [0, signed.len() / 2, signed.len() - 1] {
            let mut signed = signed.clone();
            signed[at] ^= 1;
            assert_eq!(public.verify(&message, &signed), Err(Errno::VerificationFailed), "{}", signature.scheme().name);
        }

        let again = signature.signing_key(&one.secret()).unwrap();
        assert_eq!(again.verifying_key().public(), one.verifying_key().public());
        assert_eq!(error(signature.signing_key(&[1; 31])), Errno::InvalidKey);
        assert_eq!(error(signature.verifying_key(&[2; 31])), Errno::InvalidKey);
        assert_eq!(error(signature.signing_key(&[])), Errno::InvalidKey);
        assert_eq!(error(signature.verifying_key(&[])), Errno::InvalidKey);
    }
}
