//! Access to a token: finding its slot, and logging in.

use std::{
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
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

/// How often in a row, and for how long, SoftHSM must fail in the same way until the failure counts as lasting.
const ALIKE: usize = 12;
const SETTLED: Duration = Duration::from_millis(750);
/// The maximal time of retries.
const LONGEST: Duration = Duration::from_secs(5);

/// The PINs that a token has accepted from stores of this process, while one of these is open. A login applies to all
/// stores, and the token does not check the PINs of the others.
pub(crate) type AcceptedPins = Arc<Mutex<Vec<Weak<Pin>>>>;

/// The identity of a token, in any slot.
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

/// Opens sessions of one token.
pub(crate) struct Access {
    pub(crate) module: Arc<Module>,
    /// The slot where it was last.
    pub(crate) slot: Mutex<Slot>,
    pub(crate) identity: Identity,
    /// Its URI.
    pub(crate) name: String,
    /// `None` if the token has a keypad of its own.
    pub(crate) pin: Option<Arc<Pin>>,
    /// Whether a login is required.
    pub(crate) login: bool,
    /// The PINs that the token has accepted from this process.
    pub(crate) accepted: AcceptedPins,
    /// The token's maximal number of sessions, if it reports one.
    pub(crate) most: Option<usize>,
    /// For SoftHSM, whose files are not thread-safe: a thread that reads a file while another one writes it takes it
    /// for corrupt. Locked shared to use a token's objects, and exclusively to change one.
    pub(crate) files: Option<Arc<RwLock<()>>>,
}

/// A session that keeps the login, in one life of the module.
pub(crate) struct Anchor {
    pub(crate) session: Session,
    pub(crate) life: u64,
}

/// Waits a short random time, so that processes do not retry in step.
pub(crate) fn pause() {
    let mut byte = [0];
    let _ = getrandom::fill(&mut byte);
    thread::sleep(Duration::from_millis(5 + u64::from(byte[0] % 48)));
}

/// Decides how long SoftHSM is asked again while another process may be writing. If the failures differ, for example in
/// the list of tokens, a process is writing; for a token that does not exist, they stay the same.
pub(crate) struct Patience {
    begun: Instant,
    /// The last failure, since when it is the same, and how often it occurred.
    last: String,
    since: Instant,
    alike: usize,
}

impl Patience {
    pub(crate) fn new() -> Self {
        let begun = Instant::now();
        Self { begun, last: String::new(), since: begun, alike: 0 }
    }

    /// Whether to try again after a failure.
    pub(crate) fn lasts(&mut self, failure: &Failure) -> bool {
        self.lasts_at(format!("{failure:?}"), Instant::now())
    }

    fn lasts_at(&mut self, failure: String, now: Instant) -> bool {
        if failure != self.last {
            (self.last, self.since, self.alike) = (failure, now, 0);
        }
        self.alike += 1;
        let settled = self.alike >= ALIKE && now.duration_since(self.since) >= SETTLED;
        !settled && now.duration_since(self.begun) < LONGEST
    }
}

impl Access {
    /// Tries to reach a token that was lost. If the module still reports it as away, the module is restarted, if this
    /// crate may do that; at once if SoftHSM may have cached the files of another token.
    pub(crate) fn connect(&self, stale: bool) -> Result<Anchor, Failure> {
        let soft = self.module.is_soft();
        if stale && soft {
            self.module.restart(1)?;
        }
        let (mut tries, mut patience) = (1, Patience::new());
        loop {
            let failure = match self.log_in() {
                Ok(anchor) => return Ok(anchor),
                Err(failure) => failure,
            };
            let again = if soft { patience.lasts(&failure) } else { tries < 2 };
            if !again || !failure.may_pass(soft) {
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

    /// Finds the token, opens a session and logs in.
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
        let mut accepted = self.accepted.try_lock_for(WAIT).ok_or(Error::Busy("the login to the token"))?;
        let known: Vec<_> = accepted.iter().filter_map(Weak::upgrade).collect();
        let same = |pin: &Arc<Pin>| self.pin.as_ref().is_none_or(|own| own.is(pin));
        match session.login(UserType::User, self.pin.as_ref().map(|pin| &pin.0)) {
            Ok(()) => {
                // If other PINs were accepted, the PIN was changed since.
                *accepted = known.iter().filter(|pin| same(pin)).chain(&self.pin).map(Arc::downgrade).collect();
            }
            Err(TokenError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) if known.is_empty() => {}
            Err(TokenError::Pkcs11(RvError::UserAlreadyLoggedIn, function)) => {
                if !known.iter().any(same) {
                    return Err(TokenError::Pkcs11(RvError::PinIncorrect, function).into());
                }
                *accepted = known.iter().chain(&self.pin).map(Arc::downgrade).collect();
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Finds the slot of the token. The PIN never goes to another token.
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

    /// Opens another session.
    pub(crate) fn session(&self) -> Result<Session, TokenError> {
        // Not closed on drop: its handle may belong to another session by then.
        self.module.pkcs11.open_rw_session_no_drop(*self.slot.lock())
    }

    /// Closes sessions of one life of the module, unless that life is over.
    pub(crate) fn close(&self, sessions: Vec<Session>, life: u64) {
        if let Ok(calls) = self.module.calls()
            && calls.life == life
        {
            for session in sessions {
                let _ = session.close();
            }
        }
    }

    /// Whether the token is still in its slot.
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

    /// Locks shared, to use objects.
    pub(crate) fn reading(&self) -> Result<Option<RwLockReadGuard<'_, ()>>, Error> {
        let held = self.files.as_ref().map(|files| files.try_read_for(WAIT).ok_or(Error::Busy("the token")));
        held.transpose()
    }

    /// Locks exclusively, to change an object.
    pub(crate) fn writing(&self) -> Result<Option<RwLockWriteGuard<'_, ()>>, Error> {
        let held = self.files.as_ref().map(|files| files.try_write_for(WAIT).ok_or(Error::Busy("the token")));
        held.transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many milliseconds it lasts, with a try each 50 of them.
    fn lasted(failure: impl Fn(u64) -> &'static str) -> u64 {
        let mut patience = Patience::new();
        let begun = patience.begun;
        let ends = |at: &u64| !patience.lasts_at(failure(*at).to_owned(), begun + Duration::from_millis(*at));
        (0..).step_by(50).find(ends).unwrap()
    }

    #[test]
    fn what_fails_in_one_way_is_given_up_soon() {
        assert_eq!(lasted(|_| "absent"), 750);
        assert_eq!(lasted(|at| if at < 400 { "half written" } else { "absent" }), 400 + 750);
        assert_eq!(lasted(|at| if at % 500 == 0 { "half written" } else { "absent" }), 5000);
    }
}
