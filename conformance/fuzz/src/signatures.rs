//! Signatures of every scheme in every encoding.

use arbitrary::{Arbitrary, Result, Unstructured};
use hostcrypt_conformance::{Answer, Guest, Subject};

use crate::{keys, subjects};

/// The encodings of a signature: `raw`, `der`, and one that there is not.
const ENCODINGS: i64 = 3;
const SIGNATURES: i64 = 0;
const MESSAGE: &[u8] = b"message";

/// A signature to import: one byte for the scheme, one for the encoding, and the rest is the signature.
#[derive(Debug)]
pub struct Signature {
    scheme: usize,
    encoding: i64,
    encoded: Vec<u8>,
}

impl<'a> Arbitrary<'a> for Signature {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let (scheme, encoding) = (u.arbitrary::<u8>()?, u.arbitrary::<u8>()?);
        let encoded = u.bytes(u.len())?.to_vec();
        Ok(Self { scheme: scheme.into(), encoding: i64::from(encoding) % ENCODINGS, encoded })
    }
}

/// The signature in both encodings, and whether it verifies.
fn round(guest: &mut Guest<'_>, name: &str, signature: &Signature) -> Answer<(Vec<Answer<Vec<u8>>>, Answer)> {
    let handle = guest.signature_import(name, &signature.encoded, signature.encoding)?;
    let mut exported = Vec::new();
    for encoding in 0..ENCODINGS {
        let bytes = guest.export("signature", handle, encoding);
        if let Ok(bytes) = &bytes {
            let again = guest.signature_import(name, bytes, encoding).expect("an exported signature is imported");
            assert_eq!(guest.export("signature", again, encoding).as_ref(), Ok(bytes), "{name} {encoding}");
            guest.close("signature", again).unwrap();
        }
        exported.push(bytes);
    }
    let public = guest.import("publickey", SIGNATURES, name, &keys::good(name, "publickey", 1), 1).unwrap();
    let verified = guest.verify(public, MESSAGE, handle);
    Ok((exported, verified))
}

/// Both backends read the same signature or refuse it alike, write what they read, and judge it alike.
pub fn import(signature: &Signature) {
    let hosts = subjects::pair(true);
    let names: Vec<_> = keys::asymmetric(&*hosts[0] as &dyn Subject)
        .into_iter()
        .filter(|name| keys::algorithm_type(name) == SIGNATURES)
        .collect();
    let name = names[signature.scheme % names.len()];
    let [one, other] = hosts.each_ref().map(|host| round(&mut Guest::new(&**host), name, signature));
    assert_eq!(one, other, "{name}");
}
