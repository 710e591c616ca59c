//! How a token is reached: where it is, and how its user logs in.

use std::{
    sync::{Arc, Weak},
    thread,
    time::Duration,
};

use cryptoki::{
    error::{Error as TokenError, RvError},
    session::{Session, UserType},
    slot::{Slot, TokenInfo},
};
use parking_lot::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::{
    Error, Pin, Uri,
    error::{Failure, WAIT},
    module::Module,
};

/// How often SoftHSM is asked anew for what another process is just writing.
pub(crate) const CONNECTS: usize = 12;

/// The PINs that a token has taken from stores of this process, as long as one of these is open. Where one is logged
/// in, so are all others, and the token does not look at their PINs.
pub(crate) type Taken = Arc<Mutex<Vec<Weak<Pin>>>>;

/// What a token is known by, wherever it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    manufacturer: String,
    model: String,
    serial: String,
}

impl Identity {
    pub(crate) fn of(info: &TokenInfo) -> Self {
        let [manufacturer, model, serial] =
            [info.manufacturer_id(), info.model(), info.serial_number()].map(str::to_owned);
        Self { manufacturer, model, serial }
    }
}

/// How to open sessions of one token.
pub(crate) struct Access {
    pub(crate) module: Arc<Module>,
    /// Where it was last.
    pub(crate) slot: Mutex<Slot>,
    pub(crate) identity: Identity,
    /// Its URI.
    pub(crate) name: String,
    /// None where the token has a keypad of its own.
    pub(crate) pin: Option<Arc<Pin>>,
    /// Whether its user must log in at all.
    pub(crate) login: bool,
    /// The PINs that the token has taken from this process.
    pub(crate) taken: Taken,
    /// How many sessions the token has at most, if it says so.
    pub(crate) most: Option<usize>,
    /// Of SoftHSM, whose files are not safe from threads: what reads one while another thread writes it takes it to be
    /// corrupt. Held by who uses a token's objects, and alone by who changes one.
    pub(crate) files: Option<Arc<RwLock<()>>>,
}

/// A session that keeps the login, of one life of the module.
pub(crate) struct Anchor {
    pub(crate) session: Session,
    pub(crate) life: u64,
}

/// Waits a moment, not as long as others do.
pub(crate) fn pause() {
    let mut byte = [0];
    let _ = getrandom::fill(&mut byte);
    thread::sleep(Duration::from_millis(5 + u64::from(byte[0] % 48)));
}

impl Access {
    /// Reaches a token that was lost. Where the module still takes it to be away, the module is started again, if that
    /// is this crate's to do; at once where what SoftHSM has read of the token may be of a former one.
    pub(crate) fn connect(&self, stale: bool) -> Result<Anchor, Failure> {
        let soft = self.module.is_soft();
        if stale && soft {
            self.module.restart(1)?;
        }
        let mut tries = 1;
        loop {
            let failure = match self.log_in() {
                Ok(anchor) => return Ok(anchor),
                Err(failure) => failure,
            };
            if !failure.may_pass(soft) || tries >= if soft { CONNECTS } else { 2 } {
                return Err(failure);
            }
            tries += 1;
            if !self.module.restart(1)? && !soft {
                return Err(failure);
            }
            if tries > 2 {
                pause();
            }
        }
    }

    /// Looks where the token is, opens a session and logs in.
    pub(crate) fn log_in(&self) -> Result<Anchor, Failure> {
        let mut life = self.module.life()?;
        self.module.start(&mut life)?;
        let calls = self.module.calls()?;
        self.locate()?;
        drop(life);
        let _files = self.writing()?;
        let session = self.session()?;
        match self.log_in_with(&session) {
            Ok(()) => Ok(Anchor { session, life: calls.life }),
            Err(failure) => {
                let _ = session.close();
                Err(failure)
            }
        }
    }

    fn log_in_with(&self, session: &Session) -> Result<(), Failure> {
        if !self.login {
            return Ok(());
        }
        let mut taken = self.taken.try_lock_for(WAIT).ok_or(Error::Busy("the login to the token"))?;
        let known: Vec<_> = taken.iter().filter_map(Weak::upgrade).collect();
        let same = |pin: &Arc<Pin>| self.pin.as_ref().is_none_or(|own| own.is(pin));
        match session.login(UserType::User, self.pin.as_ref().map(|pin| &pin.0)) {
            Ok(()) => {
                // If there are others, the PIN was changed since.
                *taken = known.iter().filter(|pin| same(pin)).chain(&self.pin).map(Arc::downgrade).collect();
            }
            Err(TokenError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) if known.is_empty() => {}
            Err(TokenError::Pkcs11(RvError::UserAlreadyLoggedIn, function)) => {
                if !known.iter().any(same) {
                    return Err(TokenError::Pkcs11(RvError::PinIncorrect, function).into());
                }
                *taken = known.iter().chain(&self.pin).map(Arc::downgrade).collect();
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Finds the slot that the token is in. A PIN is never given to another token.
    fn locate(&self) -> Result<(), Failure> {
        let pkcs11 = &self.module.pkcs11;
        let former = *self.slot.lock();
        if pkcs11.get_token_info(former).is_ok_and(|info| self.identity == Identity::of(&info)) {
            return Ok(());
        }
        let mut present = Vec::new();
        for slot in pkcs11.get_slots_with_token()? {
            let Ok(info) = pkcs11.get_token_info(slot) else { continue };
            if self.identity == Identity::of(&info) {
                *self.slot.lock() = slot;
                return Ok(());
            }
            if info.token_initialized() {
                present.push(Uri::of_token(info.label(), info.serial_number()).to_string());
            }
        }
        Err(Error::NoSuchToken { wanted: self.name.clone(), present }.into())
    }

    /// Another session.
    pub(crate) fn session(&self) -> Result<Session, TokenError> {
        // It is not closed by itself: its handle may be another one's by then.
        self.module.pkcs11.open_rw_session_no_drop(*self.slot.lock())
    }

    /// Closes sessions of one life of the module, unless that is over.
    pub(crate) fn close(&self, sessions: Vec<Session>, life: u64) {
        if let Ok(calls) = self.module.calls()
            && calls.life == life
        {
            for session in sessions {
                let _ = session.close();
            }
        }
    }

    /// Whether the token is where it was.
    pub(crate) fn is_there(&self) -> Result<(), Failure> {
        let _files = self.reading()?;
        let slot = *self.slot.lock();
        match self.module.pkcs11.get_token_info(slot) {
            Ok(info) if self.identity == Identity::of(&info) => Ok(()),
            Ok(info) => {
                let present = Uri::of_token(info.label(), info.serial_number()).to_string();
                Err(Failure::Lost(Error::AnotherToken { present }))
            }
            Err(error) => Err(Failure::Lost(error.into())),
        }
    }

    /// Held by who uses objects.
    pub(crate) fn reading(&self) -> Result<Option<RwLockReadGuard<'_, ()>>, Error> {
        let held = self.files.as_ref().map(|files| files.try_read_for(WAIT).ok_or(Error::Busy("the token")));
        held.transpose()
    }

    /// Held by who changes one.
    pub(crate) fn writing(&self) -> Result<Option<RwLockWriteGuard<'_, ()>>, Error> {
        let held = self.files.as_ref().map(|files| files.try_write_for(WAIT).ok_or(Error::Busy("the token")));
        held.transpose()
    }
}
