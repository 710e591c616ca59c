//! Secrets that the host and OpenSSL agree on.

use crate::{command::OpenSsl, families::FAMILIES, host::Encoding::Der};

#[test]
fn both_sides_agree_on_a_secret_whoever_has_which_key() {
    let Some(openssl) = OpenSsl::installed() else { return };
    for family in FAMILIES.iter().filter(|family| !family.agrees.is_empty()) {
        let theirs = family.key(openssl);
        for mut host in family.peers() {
            let pair = family.pair(&mut host);
            let (our_secret, our_public) = (host.secret(pair), host.public("keypair", pair));
            let their_secret = host.read("secretkey", &openssl.private(theirs), Der).remove(0);
            let their_public = host.read("publickey", &openssl.public(theirs), Der).remove(0);
            let agreed = host.agree(their_public, our_secret);
            assert_eq!(host.agree(our_public, their_secret), agreed, "{}", host.what());
            let (private, public) = (host.der("keypair", pair), host.der("publickey", our_public));
            assert_eq!(openssl.derive(theirs, &public), agreed, "{}", host.what());
            assert_eq!(openssl.derive(&private, &openssl.public(theirs)), agreed, "{}", host.what());
        }
    }
}
