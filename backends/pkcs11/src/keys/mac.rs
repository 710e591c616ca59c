//! Keys of message authentication codes.

use hostcrypt::{Result, store::ResidentMac};
use zeroize::Zeroizing;

use super::TokenKey;
use crate::{Error, algorithm::Family};

pub(super) struct Mac {
    pub(super) key: TokenKey,
    pub(super) family: Family,
}

impl ResidentMac for Mac {
    fn tag(&self, message: &[u8], tag: &mut [u8]) -> Result<()> {
        let len = tag.len();
        let made = self.key.run(|session, key| {
            let (mechanism, _) = self.family.signature().ok_or(Error::Deviates("the key makes no tags"))?;
            let made = Zeroizing::new(session.with(|session| session.sign(&mechanism, key, message))?);
            if made.len() == len { Ok(made) } else { Err(Error::Deviates("a tag's length").into()) }
        })?;
        tag.copy_from_slice(&made);
        Ok(())
    }
}
