//! Sessions: a few that threads share, reopened if the token has lost them.

mod token_session;

use std::{cell::Cell, sync::Arc, time::Instant};

use cryptoki::{
    error::{Error as TokenError, RvError},
    session::Session,
};
use parking_lot::{Condvar, Mutex, MutexGuard};

pub(crate) use self::token_session::TokenSession;
use crate::{
    Error,
    access::{Access, Anchor, pause},
    error::{Failure, WAIT},
    module::Calls,
};

/// The maximal number of open sessions.
const MOST: usize = 16;
/// The maximal number of attempts if an object is gone, or half written by another process: one, and three retries.
const TRIES: usize = 4;
/// The maximal number of retries if the token was lost.
const LOSSES: usize = 2;

/// The sessions of a store.
pub(crate) struct Sessions {
    access: Access,
    state: Mutex<State>,
    /// Notified when a session comes back, and when an attempt to reach the token ends.
    changed: Condvar,
}

/// It is locked only briefly, never during a call of the module.
struct State {
    link: Link,
    idle: Vec<Session>,
    /// The number of sessions in use, and its maximum.
    out: usize,
    limit: usize,
    /// The generation: how often the token lost the sessions. Handles of objects are valid within one.
    generation: u64,
    /// The module's life to which the sessions belong.
    life: u64,
    /// The number of attempts to reach the token again, and the last error.
    attempts: u64,
    failed: Option<Arc<Error>>,
    /// Whether the module may have cached an outdated state of the token.
    stale: bool,
    /// Why the PIN is not tried again.
    refused: Option<fn() -> Error>,
}

/// The connection to the token.
enum Link {
    Down,
    /// A thread is trying to reach it; others wait for the result.
    Connecting,
    /// Connected, with the session that keeps the login, because a login ends with the last session. It does no work.
    Up(Session),
}

impl Sessions {
    /// Logs in.
    pub(crate) fn open(access: Access) -> Result<Self, Failure> {
        let Anchor { session, life } = access.log_in()?;
        let limit = access.most.map_or(MOST, |most| most.saturating_sub(1).clamp(1, MOST));
        let state = State {
            link: Link::Up(session),
            idle: Vec::new(),
            out: 0,
            limit,
            generation: 0,
            life,
            attempts: 0,
            failed: None,
            stale: false,
            refused: None,
        };
        access.module.enter();
        Ok(Self { access, state: Mutex::new(state), changed: Condvar::new() })
    }

    /// Does work in a session. It retries if the token was lost and is back, and a few times if an object is gone, as
    /// long as it has certainly changed nothing.
    ///
    /// Work must not wait for other work, which could be waiting for this session.
    pub(crate) fn run<T>(&self, work: impl Fn(&TokenSession<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        let (mut losses, mut lost_by) = (0, None);
        for tries in 1.. {
            let Tried { done, changed, there, generation } = self.attempt(&work);
            let failure = match done {
                Ok(done) => return Ok(done),
                Err(Failure::Other(Error::Away { lost: None, again })) => {
                    return Err(Error::Away { lost: lost_by, again }.into());
                }
                Err(failure) => failure,
            };
            let lost = failure.is_lost() || failure.is_vague() && !there;
            if lost {
                self.lose(generation, false);
                losses += 1;
            }
            if changed {
                return Err(if lost || failure.is_vague() { failure.unsure() } else { failure });
            }
            // An object that another process is just writing does not mean that the token is lost.
            let passes = failure.is_gone() || failure.is_vague() && self.access.module.is_soft();
            if !(lost && losses <= LOSSES || !lost && passes && tries < TRIES) {
                if !lost && passes && failure.is_vague() {
                    // A lasting error: the module may have another token under this name.
                    self.lose(generation, true);
                }
                return Err(failure);
            }
            if lost {
                lost_by = Some(Error::from(failure).to_string());
            } else if failure.is_vague() {
                pause();
            }
        }
        Err(Failure::Again)
    }

    fn attempt<T>(&self, work: impl Fn(&TokenSession<'_>) -> Result<T, Failure>) -> Tried<T> {
        match self.lease() {
            Ok(mut lease) => lease.run(work),
            Err((failure, generation)) => Tried { done: Err(failure), changed: false, there: false, generation },
        }
    }

    /// Drops the sessions of a generation, unless that was done before.
    fn lose(&self, generation: Option<u64>, stale: bool) {
        let mut state = self.state.lock();
        if generation != Some(state.generation) {
            return;
        }
        state.generation += 1;
        state.stale |= stale;
        let mut sessions = std::mem::take(&mut state.idle);
        if let Link::Up(anchor) = std::mem::replace(&mut state.link, Link::Down) {
            sessions.push(anchor);
        }
        let life = state.life;
        drop(state);
        self.changed.notify_all();
        self.access.close(sessions, life);
    }

    /// Takes an idle session, or waits for one if all are in use. If it fails, the generation says which sessions must
    /// be dropped.
    fn lease(&self) -> Result<Lease<'_>, (Failure, Option<u64>)> {
        let until = Instant::now() + WAIT;
        loop {
            let (idle, generation, life) = self.take(until).map_err(|failure| (failure, None))?;
            let permit = Permit { sessions: self, generation };
            let calls = self.access.module.calls().map_err(|error| (error.into(), None))?;
            if calls.life != life {
                drop((permit, calls));
                self.lose(Some(generation), false);
                continue;
            }
            let session = match idle.map_or_else(|| self.access.session(), Ok) {
                Ok(session) => session,
                Err(TokenError::Pkcs11(RvError::SessionCount, _)) if permit.limit() => continue,
                Err(error) => return Err((error.into(), Some(generation))),
            };
            return Ok(Lease { permit, session: Some(session), _calls: calls, sound: true });
        }
    }

    /// Takes a permit to use one more session, with an idle session if there is one.
    fn take(&self, until: Instant) -> Result<(Option<Session>, u64, u64), Failure> {
        let mut state = self.state.lock();
        loop {
            match state.link {
                Link::Up(_) if !state.idle.is_empty() || state.out < state.limit => {
                    state.out += 1;
                    return Ok((state.idle.pop(), state.generation, state.life));
                }
                Link::Up(_) => self.wait(&mut state, until)?,
                Link::Connecting => {
                    let attempts = state.attempts;
                    while state.attempts == attempts {
                        self.wait(&mut state, until)?;
                    }
                    // The waiting threads do not each try again.
                    if let Some(again) = &state.failed {
                        return Err(Error::Away { lost: None, again: Arc::clone(again) }.into());
                    }
                }
                Link::Down => self.reconnect(&mut state)?,
            }
        }
    }

    fn wait(&self, state: &mut MutexGuard<'_, State>, until: Instant) -> Result<(), Error> {
        match self.changed.wait_until(state, until).timed_out() {
            true => Err(Error::Busy("a session of the token")),
            false => Ok(()),
        }
    }

    /// Tries to reach a token that was lost.
    fn reconnect(&self, state: &mut MutexGuard<'_, State>) -> Result<(), Failure> {
        if let Some(refused) = state.refused {
            return Err(refused().into());
        }
        let attempt = Attempt::new(state, &self.changed);
        let stale = attempt.state.stale;
        let connected = MutexGuard::unlocked(attempt.state, || self.access.connect(stale));
        let state = &mut *attempt.state;
        match connected {
            Ok(Anchor { session, life }) => {
                (state.link, state.life, state.failed, state.stale) = (Link::Up(session), life, None, false);
                Ok(())
            }
            Err(failure) => {
                let error = Error::from(failure);
                // A token locks its PIN after a few wrong ones.
                state.refused = match error {
                    Error::PinWrong => Some(|| Error::PinWrong),
                    Error::PinLocked => Some(|| Error::PinLocked),
                    Error::PinNotSet => Some(|| Error::PinNotSet),
                    _ => None,
                };
                let again = Arc::new(error);
                (state.link, state.failed, state.stale) = (Link::Down, Some(Arc::clone(&again)), true);
                Err(Error::Away { lost: None, again }.into())
            }
        }
    }
}

/// A thread's attempt to reach the token. Waiting threads continue however it ends, even with a panic.
struct Attempt<'a, 'b> {
    state: &'a mut MutexGuard<'b, State>,
    changed: &'a Condvar,
}

impl<'a, 'b> Attempt<'a, 'b> {
    fn new(state: &'a mut MutexGuard<'b, State>, changed: &'a Condvar) -> Self {
        state.link = Link::Connecting;
        Self { state, changed }
    }
}

impl Drop for Attempt<'_, '_> {
    fn drop(&mut self) {
        if matches!(self.state.link, Link::Connecting) {
            (self.state.link, self.state.stale) = (Link::Down, true);
        }
        self.state.attempts += 1;
        self.changed.notify_all();
    }
}

impl Drop for Sessions {
    fn drop(&mut self) {
        let state = self.state.get_mut();
        let mut sessions = std::mem::take(&mut state.idle);
        if let Link::Up(anchor) = std::mem::replace(&mut state.link, Link::Down) {
            sessions.push(anchor);
        }
        self.access.close(sessions, state.life);
        self.access.module.leave();
    }
}

/// The result of work: also whether it changed anything, or may have; whether the token is still there, if that is
/// uncertain; and its generation.
struct Tried<T> {
    done: Result<T, Failure>,
    changed: bool,
    there: bool,
    generation: Option<u64>,
}

/// The permit to use one more session.
struct Permit<'a> {
    sessions: &'a Sessions,
    generation: u64,
}

impl Permit<'_> {
    /// Limits the sessions in use to the present number without this one; `false` if there is no other.
    fn limit(&self) -> bool {
        let mut state = self.sessions.state.lock();
        let others = state.out.saturating_sub(1);
        if others > 0 {
            state.limit = others;
        }
        others > 0
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.sessions.state.lock();
        state.out = state.out.saturating_sub(1);
        drop(state);
        self.sessions.changed.notify_all();
    }
}

/// A session in use, which is returned when it is done.
struct Lease<'a> {
    permit: Permit<'a>,
    session: Option<Session>,
    /// Held until the session is closed: its handle stays valid as long as the module is not stopped.
    _calls: Calls<'a>,
    /// Whether no failure could have left the session in an unclear state.
    sound: bool,
}

impl Lease<'_> {
    fn run<T>(&mut self, work: impl Fn(&TokenSession<'_>) -> Result<T, Failure>) -> Tried<T> {
        let generation = self.permit.generation;
        let tried = |done, changed, there| Tried { done, changed, there, generation: Some(generation) };
        let Some(session) = &self.session else { return tried(Err(Failure::Again), false, true) };
        let access = &self.permit.sessions.access;
        let session = TokenSession { session, access, generation, changed: Cell::new(false) };
        let done = work(&session);
        self.sound = !matches!(done, Err(Failure::Token(_)));
        let vague = done.as_ref().is_err_and(Failure::is_vague);
        let there = !vague || session.is_there().is_ok();
        tried(done, session.changed.get(), there)
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let Permit { sessions, generation } = self.permit;
        let mut state = sessions.state.lock();
        if self.sound && generation == state.generation {
            state.idle.extend(self.session.take());
        }
        drop(state);
        if let Some(session) = self.session.take() {
            let _ = session.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_for_an_attempt_that_panicked() {
        let state = Mutex::new(State {
            link: Link::Down,
            idle: Vec::new(),
            out: 0,
            limit: MOST,
            generation: 0,
            life: 0,
            attempts: 0,
            failed: None,
            stale: false,
            refused: None,
        });
        let changed = Condvar::new();
        let panicked = std::thread::scope(|scope| {
            let attempt = || {
                let mut guard = state.lock();
                let attempt = Attempt::new(&mut guard, &changed);
                MutexGuard::unlocked(attempt.state, || panic!("in the module"))
            };
            scope.spawn(attempt).join().is_err()
        });
        let state = state.try_lock().unwrap();
        assert!(panicked && matches!(state.link, Link::Down) && state.stale);
        assert_eq!(state.attempts, 1);
    }
}
