//! Work that takes seconds: done within a call, or in a thread while calls answer `in_progress`.

use std::{
    io,
    sync::mpsc::{self, Receiver, RecvTimeoutError, TryRecvError},
    thread,
    time::Duration,
};

use parking_lot::Mutex;

use super::threads::{ThreadPermit, Threads};
use crate::{
    Errno, RefusalCause, Result,
    algorithm::asymmetric::{AsymmetricAlgorithm, SecretHalf},
    backend::Interrupt,
    refusal,
};

/// Whether work that may take seconds, the generation of an RSA key, blocks the call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LongWork {
    /// The call returns when the work is done.
    #[default]
    Block,
    /// The call waits for `patience`, then answers `in_progress`. The work continues in a thread, and the guest fetches
    /// the key by the same call. If no thread is free, the call answers `in_progress` and nothing is begun. A key that
    /// the guest has not fetched is dropped if the guest starts other work.
    ///
    /// Dropping the guest ends its work when the backend next draws a random number, within about a second. Threads go
    /// to the first guest that asks. If there are fewer threads than all guests may use together, some may wait long.
    Background {
        /// How long a call waits.
        patience: Duration,
        /// The number of threads for all guests of the host together; at least one.
        threads: usize,
        /// The number of jobs of one guest, including keys that it has not fetched; at least one.
        per_guest: usize,
    },
}

impl LongWork {
    /// The number of threads for all guests.
    pub(super) fn threads(self) -> usize {
        match self {
            Self::Block => 0,
            Self::Background { threads, .. } => threads.max(1),
        }
    }
}

/// One guest's background work, which ends when this is dropped.
#[derive(Default)]
pub(crate) struct Jobs(Mutex<RunningJobs>);

#[derive(Default)]
struct RunningJobs {
    /// Jobs that no call waits for now.
    jobs: Vec<Job>,
    /// The number of jobs that a call waits for.
    awaited: usize,
}

/// The generation of one key.
struct Job {
    algorithm: AsymmetricAlgorithm,
    outcome: Receiver<Result<SecretHalf>>,
    interrupt: Interrupt,
}

impl Drop for Job {
    fn drop(&mut self) {
        self.interrupt.raise();
    }
}

impl Job {
    /// Begins the work in a thread of its own.
    fn begin(algorithm: AsymmetricAlgorithm, permit: ThreadPermit) -> io::Result<Self> {
        let (sender, outcome) = mpsc::sync_channel(1);
        let interrupt = Interrupt::default();
        let watched = interrupt.clone();
        let work = move || {
            let made = algorithm.generate(&watched);
            drop(permit);
            // This fails if nobody waits for the key any more.
            let _ = sender.send(made);
        };
        let name = format!("hostcrypt {}", algorithm.name());
        thread::Builder::new().name(name).spawn(work).map(|_| Self { algorithm, outcome, interrupt })
    }

    fn is_done(&self) -> bool {
        // This takes the outcome out of the channel, so call it only for a job that is about to be dropped.
        !matches!(self.outcome.try_recv(), Err(TryRecvError::Empty))
    }
}

impl Jobs {
    /// Generates a secret key.
    ///
    /// # Errors
    ///
    /// [`Errno::InProgress`] while the key is being generated, or if too many keys are; otherwise those of the
    /// algorithm.
    pub(crate) fn generate(
        &self,
        work: LongWork,
        threads: &Threads,
        algorithm: AsymmetricAlgorithm,
    ) -> Result<SecretHalf> {
        let LongWork::Background { patience, per_guest, .. } = work else {
            return algorithm.generate(&Interrupt::default());
        };
        if !algorithm.generates_slowly() {
            return algorithm.generate(&Interrupt::default());
        }
        let Some(job) = self.0.lock().take(algorithm, threads, per_guest.max(1))? else {
            // The system has no thread for it.
            return algorithm.generate(&Interrupt::default());
        };
        let outcome = job.outcome.recv_timeout(patience);
        let mut running = self.0.lock();
        running.awaited -= 1;
        match outcome {
            Ok(made) => made,
            Err(RecvTimeoutError::Timeout) => {
                running.jobs.push(job);
                Err(Errno::InProgress)
            }
            // The library panicked, which no input should cause.
            Err(RecvTimeoutError::Disconnected) => Err(refusal::note(Errno::InternalError, RefusalCause::Panic, None)),
        }
    }
}

impl RunningJobs {
    /// The running job of an algorithm, or a new one; `None` if the system has no thread for it.
    fn take(&mut self, algorithm: AsymmetricAlgorithm, threads: &Threads, per_guest: usize) -> Result<Option<Job>> {
        let job = match self.jobs.iter().position(|job| job.algorithm.is(algorithm)) {
            Some(index) => self.jobs.swap_remove(index),
            None => {
                // The thread first, so that no key is dropped in vain.
                let permit = threads.take().ok_or(Errno::InProgress)?;
                if self.jobs.len() + self.awaited >= per_guest {
                    // A finished key that the guest did not fetch makes room.
                    let done = self.jobs.iter().position(Job::is_done).ok_or(Errno::InProgress)?;
                    self.jobs.swap_remove(done);
                }
                let Ok(job) = Job::begin(algorithm, permit) else { return Ok(None) };
                job
            }
        };
        self.awaited += 1;
        Ok(Some(job))
    }
}

#[cfg(test)]
mod tests;
