//! Work that takes seconds: done within a call, or going on while calls answer `in_progress`.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, TryRecvError},
    },
    thread,
    time::Duration,
};

use parking_lot::Mutex;

use crate::{
    Errno, RefusalCause, Result,
    algorithm::asymmetric::{AsymmetricAlgorithm, SecretHalf},
    backend::Interrupt,
    refusal,
};

/// How calls do work that may take seconds: making an RSA key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LongWork {
    /// The call returns when the work is done.
    #[default]
    Block,
    /// The call waits a little, then answers `in_progress`; the work goes on in a thread of its own until the guest
    /// makes the same call again. Where there is no thread left, it answers `in_progress` before it has begun. What a
    /// guest has not fetched gives way to other work of its own.
    ///
    /// Work ends with its guest, at the latest when the backend next draws a random number: within about a second.
    /// Threads go to whoever asks first: with fewer than all guests may have together, some may wait for long.
    Background {
        /// How long a call waits.
        patience: Duration,
        /// How many threads all guests of the host have together; at least one.
        threads: usize,
        /// How many of them one guest may have, at least one; what it has not fetched counts as well.
        per_guest: usize,
    },
}

/// The threads of a host that are free.
#[derive(Debug)]
pub(crate) struct Threads(Arc<AtomicUsize>);

/// A thread that is taken, until dropped.
struct Taken(Arc<AtomicUsize>);

impl Threads {
    pub(crate) fn new(work: LongWork) -> Self {
        let count = match work {
            LongWork::Block => 0,
            LongWork::Background { threads, .. } => threads.max(1),
        };
        Self(Arc::new(AtomicUsize::new(count)))
    }

    fn take(&self) -> Option<Taken> {
        let less = |free: usize| free.checked_sub(1);
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.is_ok().then(|| Taken(Arc::clone(&self.0)))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// One guest's work that goes on. It ends when this is dropped.
#[derive(Default)]
pub(crate) struct Jobs(Mutex<Going>);

#[derive(Default)]
struct Going {
    /// Work that no call waits for now.
    jobs: Vec<Job>,
    /// How many a call waits for.
    awaited: usize,
}

/// A key that is being made.
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
    fn begin(algorithm: AsymmetricAlgorithm, taken: Taken) -> io::Result<Self> {
        let (sender, outcome) = mpsc::sync_channel(1);
        let interrupt = Interrupt::default();
        let watched = interrupt.clone();
        let work = move || {
            let made = algorithm.generate(&watched);
            drop(taken);
            // Nobody waits for it any more, if this fails.
            let _ = sender.send(made);
        };
        let name = format!("hostcrypt {}", algorithm.name());
        thread::Builder::new().name(name).spawn(work).map(|_| Self { algorithm, outcome, interrupt })
    }

    fn is_done(&self) -> bool {
        // Looking takes the outcome away, so this is only asked of jobs that are about to be dropped.
        !matches!(self.outcome.try_recv(), Err(TryRecvError::Empty))
    }
}

impl Jobs {
    /// Makes a secret key.
    ///
    /// # Errors
    ///
    /// [`Errno::InProgress`] while it is being made, or where too much is under way; else those of the algorithm.
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
        let mut going = self.0.lock();
        going.awaited -= 1;
        match outcome {
            Ok(made) => made,
            Err(RecvTimeoutError::Timeout) => {
                going.jobs.push(job);
                Err(Errno::InProgress)
            }
            // The library panicked, which no input should make it do.
            Err(RecvTimeoutError::Disconnected) => Err(refusal::note(Errno::InternalError, RefusalCause::Panic, None)),
        }
    }
}

impl Going {
    /// The job of an algorithm that goes on, or a new one, unless the system has no thread for that.
    fn take(&mut self, algorithm: AsymmetricAlgorithm, threads: &Threads, per_guest: usize) -> Result<Option<Job>> {
        let job = match self.jobs.iter().position(|job| job.algorithm.is(algorithm)) {
            Some(index) => self.jobs.swap_remove(index),
            None => {
                // First a thread, so that nothing is given up in vain.
                let taken = threads.take().ok_or(Errno::InProgress)?;
                if self.jobs.len() + self.awaited >= per_guest {
                    // A key that the guest did not come back for makes room.
                    let done = self.jobs.iter().position(Job::is_done).ok_or(Errno::InProgress)?;
                    self.jobs.swap_remove(done);
                }
                let Ok(job) = Job::begin(algorithm, taken) else { return Ok(None) };
                job
            }
        };
        self.awaited += 1;
        Ok(Some(job))
    }
}

#[cfg(test)]
mod tests;
