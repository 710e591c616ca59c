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
    session::Work,
    token::Token,
};

/// A key in the token, in use.
pub(crate) struct TokenKey {
    token: Arc<Token>,
    id: KeyId,
    /// Its handle, and the generation of sessions in which the handle is valid.
    place: Mutex<(ObjectHandle, Option<u64>)>,
}

impl TokenKey {
    /// Makes a user of a key that was recorded as [in use](held::hold), once for each user.
    pub(crate) fn new(token: &Arc<Token>, id: KeyId, handle: ObjectHandle, work: &Work<'_>) -> Self {
        Self { token: Arc::clone(token), id, place: Mutex::new((handle, Some(work.generation))) }
    }

    /// Its handle in this session. It is found anew if sessions were lost since.
    pub(crate) fn handle(&self, work: &Work<'_>) -> std::result::Result<ObjectHandle, Failure> {
        let mut place = self.place.try_lock_for(WAIT).ok_or(Error::Busy("a key of the token"))?;
        if place.1 != Some(work.generation) {
            *place = (objects::key(work, self.id)?, Some(work.generation));
        }
        Ok(place.0)
    }

    /// Does work with the key. A failure goes to the operator by the host's callback for refused calls.
    fn run<T>(&self, work: impl Fn(&Work<'_>, ObjectHandle) -> std::result::Result<T, Failure>) -> Result<T> {
        let done = self.token.run(|at_work| {
            let done = work(at_work, self.handle(at_work)?);
            if done.as_ref().is_err_and(Failure::is_gone)
                && let Some(mut place) = self.place.try_lock_for(WAIT)
            {
                place.1 = None;
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
        work: impl Fn(&Work<'_>, ObjectHandle) -> std::result::Result<T, Failure>,
    ) -> Result<T> {
        let judged = self.run(|at_work, key| match work(at_work, key) {
            Ok(done) => Ok(Some(done)),
            Err(failure) => {
                let faulty = failure.value().is_some_and(|value| values.contains(&value));
                let answers = || at_work.read(key, &[AttributeType::Class]).is_ok();
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
            && let Err(failure) = self.token.run(|work| work.destroy(self.handle(work)?))
        {
            self.token.tell(failure);
        }
    }
}

/// Makes the resident key of a family for a key in the token.
pub(crate) fn kept(family: Family, key: TokenKey, public: Vec<u8>) -> ResidentKey {
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
