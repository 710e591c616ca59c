//! A medium that fails when a test wants it to.

use std::{
    io,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
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

/// From the so-manieth call of one kind on, all of that kind fail until the plan is called off.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    plan: Mutex<Option<(Asked, io::ErrorKind, usize)>>,
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

    /// Whether a call has failed as planned.
    pub(crate) fn were_met(&self) -> bool {
        self.met.load(Relaxed)
    }

    pub(crate) fn meet(&self, asked: Asked) -> io::Result<()> {
        match &mut *self.plan() {
            Some((planned, _, left)) if *planned == asked && *left > 0 => *left -= 1,
            Some((planned, kind, 0)) if *planned == asked => {
                self.met.store(true, Relaxed);
                return Err((*kind).into());
            }
            _ => {}
        }
        Ok(())
    }
}
