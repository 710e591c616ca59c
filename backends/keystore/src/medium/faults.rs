//! A medium that fails when a test wants it to.

use std::{
    io,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

/// What a medium is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Read,
    Write,
    SetLen,
    Sync,
    Lock,
}

/// All calls of one kind fail, from some call on, until that is called off.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    plan: Mutex<Option<(Asked, io::ErrorKind, usize)>>,
    /// How long a call takes to fail.
    pause: Mutex<Duration>,
    met: AtomicBool,
}

impl Faults {
    fn plan(&self) -> MutexGuard<'_, Option<(Asked, io::ErrorKind, usize)>> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, plan: Option<(Asked, io::ErrorKind, usize)>) {
        self.met.store(false, Relaxed);
        *self.plan() = plan;
    }

    pub(crate) fn take_their_time(&self, pause: Duration) {
        *self.pause.lock().unwrap_or_else(PoisonError::into_inner) = pause;
    }

    /// Whether a call has failed as planned.
    pub(crate) fn were_met(&self) -> bool {
        self.met.load(Relaxed)
    }

    pub(crate) fn meet(&self, asked: Asked) -> io::Result<()> {
        let kind = match &mut *self.plan() {
            Some((planned, _, left)) if *planned == asked && *left > 0 => {
                *left -= 1;
                return Ok(());
            }
            Some((planned, kind, 0)) if *planned == asked => *kind,
            _ => return Ok(()),
        };
        self.met.store(true, Relaxed);
        let pause = *self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        thread::sleep(pause);
        Err(kind.into())
    }
}
