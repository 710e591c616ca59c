//! Keys that compute inside the token.

mod aead;
mod agreement;
mod cipher;
mod mac;
mod make;
mod signing;

use std::sync::Arc;

use cryptoki::{
    error::RvError,
    object::{AttributeType, ObjectHandle},
};
use hostcrypt::{
    Errno, Result,
    backend::{PublicKey, VerifyingKey},
    store::{ResidentKey, StoreError},
};
use parking_lot::Mutex;

pub(crate) use self::make::{make, public};
use crate::{
    Error,
    algorithm::Family,
    error::{Failure, WAIT},
    held::{self, KeyId},
    objects,
    session::TokenSession,
    token::Token,
};

/// A key in the token, in use.
pub(crate) struct TokenKey {
    token: Arc<Token>,
    id: KeyId,
    /// Its handle, and the generation of sessions in which the handle is valid.
    handle: Mutex<(ObjectHandle, Option<u64>)>,
}

impl TokenKey {
    /// Makes a user of a key that was recorded as [in use](held::hold), once for each user.
    pub(crate) fn new(token: &Arc<Token>, id: KeyId, handle: ObjectHandle, session: &TokenSession<'_>) -> Self {
        Self { token: Arc::clone(token), id, handle: Mutex::new((handle, Some(session.generation))) }
    }

    /// Its handle in this session. It is found anew if sessions were lost since.
    pub(crate) fn handle(&self, session: &TokenSession<'_>) -> std::result::Result<ObjectHandle, Failure> {
        let mut handle = self.handle.try_lock_for(WAIT).ok_or(Error::Busy("a key of the token"))?;
        if handle.1 != Some(session.generation) {
            *handle = (objects::key(session, self.id)?, Some(session.generation));
        }
        Ok(handle.0)
    }

    /// Does work with the key. A failure goes to the operator by the host's callback for refused calls.
    fn run<T>(&self, work: impl Fn(&TokenSession<'_>, ObjectHandle) -> std::result::Result<T, Failure>) -> Result<T> {
        let done = self.token.run(|session| {
            let done = work(session, self.handle(session)?);
            if done.as_ref().is_err_and(Failure::is_gone)
                && let Some(mut handle) = self.handle.try_lock_for(WAIT)
            {
                handle.1 = None;
            }
            done
        });
        self.token.answer(done).map_err(StoreError::refuse)
    }

    /// Does work with the key and an input that may be invalid. It returns `errno` if the token returns one of
    /// `values`, or a vague error although it still has the key and answers.
    fn judge<T>(
        &self,
        errno: Errno,
        values: &[RvError],
        work: impl Fn(&TokenSession<'_>, ObjectHandle) -> std::result::Result<T, Failure>,
    ) -> Result<T> {
        let judged = self.run(|session, key| match work(session, key) {
            Ok(done) => Ok(Some(done)),
            Err(failure) => {
                let faulty = failure.value().is_some_and(|value| values.contains(&value));
                let answers = || session.read(key, &[AttributeType::Class]).is_ok();
                if faulty || failure.is_vague() && answers() { Ok(None) } else { Err(failure) }
            }
        });
        judged?.ok_or(errno)
    }

    /// Makes the key be destroyed when it is not in use any more.
    pub(crate) fn discard(self) {
        held::end(self.id);
    }
}

impl Drop for TokenKey {
    fn drop(&mut self) {
        if held::release(self.id)
            && let Err(failure) = self.token.run(|session| session.destroy(self.handle(session)?))
        {
            self.token.tell(failure);
        }
    }
}

/// Makes the resident key of a family for a key in the token.
pub(crate) fn resident_key(family: Family, key: TokenKey, public: Vec<u8>) -> ResidentKey {
    match family {
        Family::Ecdsa(_) | Family::Ed25519 | Family::Rsa(..) => {
            ResidentKey::Signing(Box::new(signing::Signing { key, family, public }))
        }
        Family::Agreement(format) => ResidentKey::Agreement(Box::new(agreement::Agreement { key, format, public })),
        Family::Gcm(_) => ResidentKey::Aead(Box::new(aead::Gcm(key))),
        Family::Cbc(_) => ResidentKey::Cipher(Box::new(cipher::Cbc(key))),
        Family::Mac(_) => ResidentKey::Mac(Box::new(mac::Mac { key, family })),
    }
}

/// The public half of a key: only bytes, because the backend verifies.
struct Public(Vec<u8>);

impl PublicKey for Public {
    fn public(&self) -> Vec<u8> {
        self.0.clone()
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }
}

impl VerifyingKey for Public {
    fn verify(&self, _: &[u8], _: &[u8]) -> Result<()> {
        Err(Errno::VerificationFailed)
    }
}
