//! Changes: adding, moving and invalidating versions.

use std::time::Duration;

use hostcrypt::store::{Identifier, Kind, Name, Quotas, Record, StoreError, next_version};

use parking_lot::RwLockReadGuard;

use crate::{
    Error, TokenStore,
    admin::Counts,
    error::{Failure, WAIT},
    label,
    meta::{Meta, ObjectKind},
    objects::{self, Named, Object, counts},
    session::TokenSession,
    store::fresh_id,
};

impl TokenStore {
    /// Returns a guard. No version is moved until it is dropped.
    pub(crate) fn lock_moves(&self) -> Result<RwLockReadGuard<'_, ()>, StoreError> {
        let held = self.moving.try_read_for(WAIT).ok_or(Error::Busy("a version that is moved"));
        self.token.answer(held.map_err(Failure::from))
    }

    /// Does work that changes the store, and then updates the counts of the namespace.
    pub(crate) fn change<T>(
        &self,
        name: &Name<'_>,
        work: impl Fn(&TokenSession<'_>, &Counts) -> Result<(T, Counts), Failure>,
    ) -> Result<T, StoreError> {
        let held = self.changing.try_lock_for(WAIT).ok_or(Error::Busy("the turn to change something"));
        let mut all = self.token.answer(held.map_err(Failure::from))?;
        let before = all.get(name.namespace).copied().unwrap_or_default();
        let done = self.token.run(|session| work(session, &before));
        let (done, after) = self.token.answer(done)?;
        all.insert(name.namespace.to_owned(), after);
        Ok(done)
    }

    /// The counts of a namespace with one more version of a name, if its quotas allow that.
    pub(crate) fn with_one_more(
        &self,
        before: &Counts,
        kind: Kind,
        named: &Named,
        len: u64,
    ) -> Result<Counts, StoreError> {
        let mut after = *before;
        if counts(kind) {
            after.keys += u64::from(named.live.is_empty());
            after.bytes = after.bytes.saturating_add(Quotas::bytes_of(len));
        }
        let versions = named.live.len() as u64 + 1;
        let checked = if counts(kind) { after } else { Counts::default() };
        self.config.quotas.check(checked.keys, versions, checked.bytes)?;
        Ok(after)
    }

    /// Adds a version to a name. `put` creates the object. If it `replaces`, the name must have a version.
    pub(crate) fn add(
        &self,
        name: &Name<'_>,
        replaces: bool,
        meta: &Meta,
        put: impl Fn(&TokenSession<'_>, &Meta) -> Result<Object, Failure>,
    ) -> Result<u64, StoreError> {
        self.change(name, |session, before| {
            let named = objects::named(session, name)?;
            if replaces && named.live.is_empty() {
                return Err(StoreError::NotFound.into());
            }
            let after = self.with_one_more(before, name.kind, &named, meta.content_len())?;
            let meta = Meta { version: next_version(named.last)?, ..meta.clone() };
            let mut object = put(session, &meta)?;
            match settle(session, name, &mut object) {
                Ok(()) => Ok((object.meta.version, after)),
                Err(failure) => {
                    // The change is atomic, unless the token stops working in between.
                    session.destroy(object.handle)?;
                    Err(failure)
                }
            }
        })
    }

    pub(crate) fn add_bytes(&self, name: &Name<'_>, replaces: bool, record: &Record<'_>) -> Result<u64, StoreError> {
        if self.keys_only {
            return Err(StoreError::Prohibited);
        }
        let kind = ObjectKind::Bytes { algorithm: record.algorithm.to_owned(), len: record.content.len() as u64 };
        let meta = Meta { version: 0, expires: record.expires, id: fresh_id()?, revision: 0, kind };
        self.add(name, replaces, &meta, |session, meta| {
            let handle = objects::create(session, name, meta, record.content)?;
            Ok(Object { handle, label: label::of(name)?, meta: meta.clone() })
        })
    }

    /// Moves a version of one name to another.
    pub(crate) fn rename(&self, name: &Name<'_>, from: Identifier, version: u64) -> Result<u64, StoreError> {
        let former = Name { identifier: from, ..*name };
        let held = self.moving.try_write_for(WAIT).ok_or(Error::Busy("the turn to move a version"));
        let _moving = self.token.answer(held.map_err(Failure::from))?;
        self.change(name, |session, before| {
            let target = objects::named(session, name)?;
            if target.live.is_empty() || from == name.identifier {
                return Err(StoreError::NotFound.into());
            }
            let left = objects::named(session, &former)?;
            let object = left.version(Some(version)).ok_or(StoreError::NotFound)?;
            // The quotas count it before and after.
            self.config.quotas.check(0, target.live.len() as u64 + 1, 0)?;
            let meta = Meta { version: next_version(target.last)?, ..object.meta.clone() };
            let forgotten = left.live.len() == 1 && counts(name.kind);
            if !forgotten && version == left.last {
                objects::keep_numbers(session, &former, &left, left.last, left.invalid)?;
            }
            let mut moved = objects::amend(session, name, object, meta)?;
            if let Err(failure) = settle(session, name, &mut moved) {
                self.token.tell(failure);
            }
            let mut after = *before;
            if forgotten {
                after.keys = after.keys.saturating_sub(1);
                self.forget(session, &left);
            }
            Ok((moved.meta.version, after))
        })
    }

    /// Cleans up the objects of a name without versions. If it fails, the next store that opens the token does it.
    fn forget(&self, session: &TokenSession<'_>, named: &Named) {
        for object in named.dead.iter().chain(&named.numbers) {
            if let Err(failure) = objects::end(session, object) {
                self.token.tell(failure);
                return;
            }
        }
    }

    pub(crate) fn end(
        &self,
        session: &TokenSession<'_>,
        name: &Name<'_>,
        named: &Named,
        numbers: &[u64],
    ) -> Result<(), Failure> {
        let ended: Vec<&Object> = named.live.iter().filter(|object| numbers.contains(&object.meta.version)).collect();
        let all = ended.len() == named.live.len();
        let forgotten = all && counts(name.kind);
        let highest = numbers.last().copied().unwrap_or_default();
        if all && ended.len() > 1 {
            // This invalidates all of them in one step; the objects are destroyed afterwards.
            objects::keep_numbers(session, name, named, named.last, highest)?;
            for object in ended {
                if let Err(failure) = objects::end(session, object) {
                    self.token.tell(failure);
                    return Ok(());
                }
            }
        } else {
            if !forgotten && highest == named.last {
                objects::keep_numbers(session, name, named, named.last, named.invalid)?;
            }
            // One, unless two processes issued the same number.
            ended.iter().try_for_each(|object| objects::end(session, object))?;
        }
        if forgotten {
            // Including the object that keeps the numbers, which may be new.
            match objects::named(session, name) {
                Ok(named) if named.live.is_empty() => self.forget(session, &named),
                Ok(_) => {}
                Err(failure) => self.token.tell(failure),
            }
        }
        Ok(())
    }
}

/// Makes the number of a new object unique: while another process has issued the same number, the object gets another
/// one.
fn settle(session: &TokenSession<'_>, name: &Name<'_>, object: &mut Object) -> Result<(), Failure> {
    let taken = |object: &Object| -> Result<Option<u64>, Failure> {
        let named = objects::named(session, name)?;
        if !named.is_taken(object) {
            return Ok(None);
        }
        // Another process may have ended it together with the version that had its number.
        if named.has(object) { Ok(Some(named.last)) } else { Err(Failure::Again) }
    };
    while taken(object)?.is_some() {
        let mut pause = [0];
        getrandom::fill(&mut pause).map_err(|_| StoreError::Rng)?;
        std::thread::sleep(Duration::from_millis(u64::from(pause[0] % 32)));
        let Some(last) = taken(object)? else { break };
        let meta = Meta { version: next_version(last)?, ..object.meta.clone() };
        *object = objects::amend(session, name, object, meta)?;
    }
    Ok(())
}
