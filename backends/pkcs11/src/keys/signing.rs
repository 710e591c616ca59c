//! Keys that sign.

use hostcrypt::{
    Result,
    backend::{Secret, SecretKey, SigningKey, VerifyingKey},
};

use super::{Public, TokenKey};
use crate::{
    Error,
    algorithm::{Family, Padding},
};

pub(super) struct Signing {
    pub(super) key: TokenKey,
    pub(super) family: Family,
    pub(super) public: Vec<u8>,
}

impl SecretKey for Signing {
    fn secret(&self) -> Secret {
        unreachable!("a key never leaves its token")
    }
}

impl SigningKey for Signing {
    fn verifying_key(&self) -> Box<dyn VerifyingKey> {
        Box::new(Public(self.public.clone()))
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>> {
        let info = match self.family {
            Family::Rsa(_, Padding::Pkcs1, hash) => Some([&hash.digest_info(), input].concat()),
            _ => None,
        };
        self.key.run(|session, key| {
            let (mechanism, len) = self.family.signature().ok_or(Error::Deviates("the key does not sign"))?;
            let signature = session.with(|session| session.sign(&mechanism, key, info.as_deref().unwrap_or(input)))?;
            if signature.len() == len { Ok(signature) } else { Err(Error::Deviates("a signature's length").into()) }
        })
    }
}
