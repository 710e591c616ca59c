//! Reports changes of the store to the embedder's audit log: after each change, or before it as well.

use super::namespaced_store::NamespacedStore;
use crate::{
    Errno, RefusalCause, Result,
    host::RequiredLog,
    refusal,
    store::{Action, AuditEntry, AuditStep, Change, Name, StoreError, Versions},
};

/// A change of one name. A change of the store has one part, or two if a version moves.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) name: Name<'a>,
    /// The versions to change; `None` for a new one.
    pub(super) versions: Option<Versions>,
    pub(super) action: Action,
}

impl Part<'_> {
    fn entry(&self, change: u64, step: AuditStep<'_>, when: u64, log: &RequiredLog) -> Result<(), String> {
        let Self { name: Name { namespace, kind, identifier }, versions, action } = *self;
        log(&AuditEntry { change, step, namespace, kind, identifier, versions, action, when })
    }
}

impl NamespacedStore<'_> {
    /// Makes a change in the store, and reports it to the audit log: the intents before it, the outcomes and the
    /// completed changes after it. `versions` returns the changed versions of each part.
    ///
    /// # Errors
    ///
    /// [`Errno::InternalError`] if the audit log is required and does not take an intent: nothing was changed.
    /// Otherwise those of the store.
    pub(super) fn change<T, const PARTS: usize>(
        &self,
        parts: [Part<'_>; PARTS],
        make: impl FnOnce() -> Result<T>,
        versions: impl FnOnce(&T) -> [Vec<u64>; PARTS],
    ) -> Result<T> {
        let intents = self.intend(&parts)?;
        let made = make();
        match &made {
            Ok(made) => {
                let numbers = versions(made);
                self.conclude(&parts, &intents, |part| AuditStep::Done(numbers.get(part).map_or(&[], Vec::as_slice)));
                for (part, numbers) in parts.iter().zip(&numbers) {
                    numbers.iter().for_each(|version| self.tell_done(part, *version));
                }
            }
            Err(Errno::InternalError) => self.conclude(&parts, &intents, |_| AuditStep::Failed),
            Err(errno) => self.conclude(&parts, &intents, |_| AuditStep::Refused(*errno)),
        }
        made
    }

    /// Logs the intent of each part, if that is required, and returns the numbers for the outcomes.
    fn intend(&self, parts: &[Part<'_>]) -> Result<Vec<u64>> {
        let (mut intents, setup) = (Vec::new(), &self.host.store);
        let Some(log) = &setup.audit.required else { return Ok(intents) };
        for part in parts {
            let logged = self
                .draw()
                .and_then(|change| part.entry(change, AuditStep::Intended, setup.clock.now(), &**log).map(|()| change));
            match logged {
                Ok(change) => intents.push(change),
                Err(reason) => {
                    self.conclude(parts, &intents, |_| AuditStep::Refused(Errno::InternalError));
                    return Err(refusal::note(Errno::InternalError, RefusalCause::Audit, Some(reason)));
                }
            }
        }
        Ok(intents)
    }

    /// A number that no other change has.
    fn draw(&self) -> Result<u64, String> {
        let mut number = [0; 8];
        let drawn = self.host.backend.random.fill(&mut number);
        drawn.map(|()| u64::from_le_bytes(number)).map_err(|errno| errno.to_string())
    }

    /// Logs the outcome of each part whose intent was logged.
    ///
    /// If the log fails now, the change stands, and the guest's call succeeds: the intent is in the log. The next
    /// change is refused if the log does not take its intent.
    fn conclude<'s>(&self, parts: &[Part<'_>], intents: &[u64], step: impl Fn(usize) -> AuditStep<'s>) {
        let setup = &self.host.store;
        let Some(log) = &setup.audit.required else { return };
        for (index, (part, change)) in parts.iter().zip(intents).enumerate() {
            let _ = part.entry(*change, step(index), setup.clock.now(), &**log);
        }
    }

    fn tell_done(&self, part: &Part<'_>, version: u64) {
        let setup = &self.host.store;
        if let Some(done) = &setup.audit.done {
            let Name { namespace, kind, identifier } = part.name;
            done(&Change { namespace, kind, identifier, version, action: part.action, when: setup.clock.now() });
        }
    }

    /// Refuses to change a version that does not exist before the required log gets an entry: guests could fill the log
    /// by guessing identifiers.
    ///
    /// # Errors
    ///
    /// [`Errno::NotFound`].
    pub(super) fn demand(&self, name: &Name<'_>, version: Option<u64>) -> Result<()> {
        let required = self.host.store.audit.required.is_some();
        // The store decides about a version that exists but cannot be opened.
        let missing = required && matches!(self.store.open(name, version), Err(StoreError::NotFound));
        if missing { Err(Errno::NotFound) } else { Ok(()) }
    }
}
