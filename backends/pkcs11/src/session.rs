//! Sessions: a few that threads share, opened again where the token has lost them.

use std::{
    cell::Cell,
    sync::{Arc, Weak},
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error as TokenError, RvError},
    mechanism::Mechanism,
    object::{Attribute, AttributeType, ObjectHandle},
    session::{Session, SessionState, UserType},
    slot::Slot,
};
use parking_lot::{Condvar, Mutex, MutexGuard, RwLock};

use crate::{
    Error, Pin,
    error::{Failure, is_refused},
};

/// No more are open at the same time.
const MOST: usize = 16;
/// How often work begins anew that found an object gone.
const TRIES: usize = 4;

/// The PINs that a token has taken from stores of this process, as long as one of these is open. Where one is logged
/// in, so are all others, and the token does not look at their PINs.
pub(crate) type Taken = Arc<Mutex<Vec<Weak<Pin>>>>;

/// How to open sessions of one token.
pub(crate) struct Access {
    pub(crate) pkcs11: Pkcs11,
    pub(crate) slot: Slot,
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

/// The sessions of a store.
pub(crate) struct Sessions {
    access: Access,
    state: Mutex<State>,
    returned: Condvar,
}

struct State {
    /// Keeps the login, which ends with the last session. It does no work.
    anchor: Option<Session>,
    idle: Vec<Session>,
    /// How many are at work, and how many may be.
    out: usize,
    limit: usize,
    /// How often the token lost the sessions. Handles of objects are of use within one.
    generation: u64,
    /// Why the PIN is not tried again.
    refused: Option<fn() -> Error>,
}

/// Starts a module, if nobody in this process did. It is never ended, since who else uses it is not known.
pub(crate) fn start(pkcs11: &Pkcs11) -> Result<(), TokenError> {
    // Not every module is safe from threads here.
    static STARTING: Mutex<()> = Mutex::new(());
    let _starting = STARTING.lock();
    match pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Err(TokenError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        done => done,
    }
}

impl Access {
    /// Opens a session and logs in.
    fn log_in(&self) -> Result<Session, TokenError> {
        start(&self.pkcs11)?;
        let _files = self.files.as_ref().map(|files| files.write());
        let session = self.pkcs11.open_rw_session(self.slot)?;
        if self.login {
            let mut taken = self.taken.lock();
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
                        return Err(TokenError::Pkcs11(RvError::PinIncorrect, function));
                    }
                    *taken = known.iter().chain(&self.pin).map(Arc::downgrade).collect();
                }
                Err(error) => return Err(error),
            }
        }
        Ok(session)
    }
}

impl Sessions {
    /// Logs in.
    pub(crate) fn open(access: Access) -> Result<Self, Failure> {
        let anchor = Some(access.log_in()?);
        let limit = access.most.map_or(MOST, |most| most.saturating_sub(1).clamp(1, MOST));
        let state = State { anchor, idle: Vec::new(), out: 0, limit, generation: 0, refused: None };
        Ok(Self { access, state: Mutex::new(state), returned: Condvar::new() })
    }

    /// Does work in a session. It begins anew, once, where the token has lost the session, and a few times where an
    /// object is gone, as long as it has certainly changed nothing.
    ///
    /// Work must not wait for other work, which could wait for its session.
    pub(crate) fn run<T>(&self, work: impl Fn(&Work<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut losses = 0;
        for tries in 1.. {
            let mut lease = self.lease()?;
            let (done, changed) = lease.work(&work);
            let Err(failure) = &done else { return done };
            if failure.is_lost() {
                self.lose(lease.generation);
                losses += 1;
            }
            let again = failure.is_lost() && losses == 1 || failure.is_gone() && tries < TRIES;
            if changed || !again {
                return done;
            }
        }
        Err(Failure::Again)
    }

    /// Forgets the sessions of a generation, unless that was done.
    fn lose(&self, generation: u64) {
        let mut state = self.state.lock();
        if state.generation == generation {
            state.generation += 1;
            state.idle.clear();
            state.anchor = None;
            self.returned.notify_all();
        }
    }

    /// A session that is at no work; waits for one where there are too many.
    fn lease(&self) -> Result<Lease<'_>, Failure> {
        let leased = self.take(&mut self.state.lock());
        if leased.is_err() {
            // The call may have been woken up for a session that it does not return: others must not wait for that.
            self.returned.notify_all();
        }
        leased
    }

    fn take(&self, state: &mut MutexGuard<'_, State>) -> Result<Lease<'_>, Failure> {
        loop {
            if state.anchor.is_none() {
                self.log_in_again(state)?;
            }
            let generation = state.generation;
            let session = match state.idle.pop() {
                Some(session) => session,
                None if state.out < state.limit => match self.access.pkcs11.open_rw_session(self.access.slot) {
                    Ok(session) => session,
                    Err(TokenError::Pkcs11(RvError::SessionCount, _)) if state.out > 0 => {
                        state.limit = state.out;
                        continue;
                    }
                    Err(error) => return Err(error.into()),
                },
                None => {
                    self.returned.wait(state);
                    continue;
                }
            };
            state.out += 1;
            return Ok(Lease { sessions: self, session: Some(session), generation, sound: true });
        }
    }

    fn log_in_again(&self, state: &mut State) -> Result<(), Failure> {
        if let Some(refused) = state.refused {
            return Err(refused().into());
        }
        match self.access.log_in().map_err(Error::from) {
            Ok(session) => state.anchor = Some(session),
            Err(error) => {
                // A token locks its PIN after a few that are wrong.
                state.refused = match error {
                    Error::PinWrong => Some(|| Error::PinWrong),
                    Error::PinLocked => Some(|| Error::PinLocked),
                    Error::PinNotSet => Some(|| Error::PinNotSet),
                    _ => None,
                };
                return Err(error.into());
            }
        }
        Ok(())
    }
}

/// A session that is at work, which goes back when it is done.
struct Lease<'a> {
    sessions: &'a Sessions,
    session: Option<Session>,
    generation: u64,
    /// Whether nothing failed that could have left something undone.
    sound: bool,
}

impl Lease<'_> {
    /// What work returns, and whether it changed anything, or may have.
    fn work<T>(&mut self, work: impl Fn(&Work<'_>) -> Result<T, Failure>) -> (Result<T, Failure>, bool) {
        let Some(session) = &self.session else { return (Err(Failure::Again), false) };
        let at_work =
            Work { session, access: &self.sessions.access, generation: self.generation, changed: Cell::new(false) };
        let done = work(&at_work);
        let changed = at_work.changed.get();
        self.sound = !matches!(done, Err(Failure::Token(_)));
        (done, changed)
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut state = self.sessions.state.lock();
        state.out = state.out.saturating_sub(1);
        if self.sound && self.generation == state.generation {
            state.idle.extend(self.session.take());
        }
        drop(state);
        self.sessions.returned.notify_one();
    }
}

/// What can be done in a session.
pub(crate) struct Work<'a> {
    session: &'a Session,
    access: &'a Access,
    /// Handles of objects are of use as long as this is the same.
    pub(crate) generation: u64,
    /// Whether anything was changed, or may have been.
    changed: Cell<bool>,
}

impl Work<'_> {
    /// Private objects of the token with these attributes. What is not private could be anyone's, without a PIN.
    pub(crate) fn find(&self, attributes: &[Attribute]) -> Result<Vec<ObjectHandle>, Failure> {
        let template = [&[Attribute::Token(true), Attribute::Private(true)], attributes].concat();
        let found = self.with(|session| session.find_objects(&template))?;
        // To who is not logged in, a token has no private objects.
        if self.access.login && self.session.get_session_info()?.session_state() != SessionState::RwUser {
            return Err(Failure::LoggedOut);
        }
        Ok(found)
    }

    /// Those attributes that an object has.
    pub(crate) fn read(&self, object: ObjectHandle, types: &[AttributeType]) -> Result<Vec<Attribute>, Failure> {
        self.with(|session| session.get_attributes(object, types))
    }

    pub(crate) fn create(&self, template: &[Attribute]) -> Result<ObjectHandle, Failure> {
        self.change(|session| session.create_object(template))
    }

    pub(crate) fn generate(&self, mechanism: &Mechanism<'_>, key: &[Attribute]) -> Result<ObjectHandle, Failure> {
        self.change(|session| session.generate_key(mechanism, key))
    }

    /// The public and the private half.
    pub(crate) fn generate_pair(
        &self,
        mechanism: &Mechanism<'_>,
        public: &[Attribute],
        private: &[Attribute],
    ) -> Result<(ObjectHandle, ObjectHandle), Failure> {
        self.change(|session| session.generate_key_pair(mechanism, public, private))
    }

    pub(crate) fn update(&self, object: ObjectHandle, attributes: &[Attribute]) -> Result<(), Failure> {
        self.change(|session| session.update_attributes(object, attributes))
    }

    /// Destroys an object, unless that was done.
    pub(crate) fn destroy(&self, object: ObjectHandle) -> Result<(), Failure> {
        match self.change(|session| session.destroy_object(object)) {
            Err(failure) if failure.is_gone() => Ok(()),
            done => done,
        }
    }

    /// Does what changes no object of the token.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&Session) -> Result<T, TokenError>) -> Result<T, Failure> {
        let _files = self.access.files.as_ref().map(|files| files.read());
        Ok(work(self.session)?)
    }

    fn change<T>(&self, change: impl FnOnce(&Session) -> Result<T, TokenError>) -> Result<T, Failure> {
        let _files = self.access.files.as_ref().map(|files| files.write());
        let done = change(self.session);
        if !done.as_ref().is_err_and(is_refused) {
            self.changed.set(true);
        }
        Ok(done?)
    }
}
