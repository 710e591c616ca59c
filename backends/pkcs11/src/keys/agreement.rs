//! Keys for key agreement.

use cryptoki::{
    error::RvError,
    mechanism::{
        Mechanism,
        elliptic_curve::{EcKdf, Ecdh1DeriveParams},
    },
    object::{Attribute, AttributeType, KeyType, ObjectClass},
};
use hostcrypt::{
    Errno, Result,
    backend::{AgreementKey, KeyFormat, PublicKey, Secret, SecretKey},
};
use zeroize::Zeroizing;

use super::{Public, TokenKey};
use crate::Error;

/// The values that a token returns for an invalid public key.
const NO_KEY: [RvError; 6] = [
    RvError::MechanismParamInvalid,
    RvError::PublicKeyInvalid,
    RvError::DomainParamsInvalid,
    RvError::DataInvalid,
    RvError::DataLenRange,
    RvError::ArgumentsBad,
];

pub(super) struct Agreement {
    pub(super) key: TokenKey,
    pub(super) format: KeyFormat,
    pub(super) public: Vec<u8>,
}

impl SecretKey for Agreement {
    fn secret(&self) -> Secret {
        unreachable!("a key never leaves its token")
    }
}

impl AgreementKey for Agreement {
    fn public_key(&self) -> Box<dyn PublicKey> {
        Box::new(Public(self.public.clone()))
    }

    fn agree(&self, public: &[u8]) -> Result<Secret> {
        if public.len() != self.public.len() || public.is_empty() {
            return Err(Errno::InvalidKey);
        }
        let shared = self.key.judge(Errno::InvalidKey, &NO_KEY, |session, key| {
            let len = self.format.raw_secret_len().unwrap_or_default();
            let template = [
                Attribute::Class(ObjectClass::SECRET_KEY),
                Attribute::KeyType(KeyType::GENERIC_SECRET),
                Attribute::Token(false),
                Attribute::Private(true),
                Attribute::Sensitive(false),
                Attribute::Extractable(true),
                Attribute::ValueLen(len.try_into()?),
            ];
            let mechanism = Mechanism::Ecdh1Derive(Ecdh1DeriveParams::new(EcKdf::null(), public));
            let derived = session.with(|session| session.derive_key(&mechanism, key, &template))?;
            let read = session.read(derived, &[AttributeType::Value]).map(|attributes| {
                let mut values = attributes.into_iter().filter_map(|attribute| match attribute {
                    Attribute::Value(value) => Some(Zeroizing::new(value)),
                    _ => None,
                });
                values.next().unwrap_or_default()
            });
            let destroyed = session.with(|session| session.destroy_object(derived));
            // If the session is lost, the first failure says so.
            let shared = read?;
            destroyed?;
            if shared.len() == len { Ok(shared) } else { Err(Error::Deviates("the length of a shared secret").into()) }
        })?;
        // From a point of low order on Curve25519 (RFC 7748, section 6.1). The other curves have no such points.
        let low = matches!(self.format, KeyFormat::Octets { .. }) && shared.iter().fold(0, |all, byte| all | byte) == 0;
        if low { Err(Errno::InvalidKey) } else { Ok(shared) }
    }
}
