//! The operations in a session.

use std::cell::Cell;

use cryptoki::{
    error::Error as TokenError,
    mechanism::Mechanism,
    object::{Attribute, AttributeType, ObjectHandle},
    session::{Session, SessionState},
};

use crate::{
    access::Access,
    error::{Failure, is_refused},
};

/// The operations in a session.
pub(crate) struct TokenSession<'a> {
    pub(super) session: &'a Session,
    pub(super) access: &'a Access,
    /// The generation, within which handles of objects are valid.
    pub(crate) generation: u64,
    /// Whether anything was changed, or may have been.
    pub(super) changed: Cell<bool>,
}

impl TokenSession<'_> {
    /// Finds private objects of the token with these attributes. Objects that are not private could be written without
    /// the PIN.
    pub(crate) fn find(&self, attributes: &[Attribute]) -> Result<Vec<ObjectHandle>, Failure> {
        let template = [&[Attribute::Token(true), Attribute::Private(true)], attributes].concat();
        let found = self.with(|session| session.find_objects(&template))?;
        // A token hides private objects from a session that is not logged in.
        if self.access.login && self.session.get_session_info()?.session_state() != SessionState::RwUser {
            return Err(Failure::LoggedOut);
        }
        if found.is_empty() {
            self.is_there()?;
        }
        Ok(found)
    }

    /// Whether the token is still there: SoftHSM shows a token that is away without objects.
    pub(crate) fn is_there(&self) -> Result<(), Failure> {
        self.access.is_there()
    }

    /// Returns the attributes that an object has.
    pub(crate) fn read(&self, object: ObjectHandle, types: &[AttributeType]) -> Result<Vec<Attribute>, Failure> {
        self.with(|session| session.get_attributes(object, types))
    }

    pub(crate) fn create(&self, template: &[Attribute]) -> Result<ObjectHandle, Failure> {
        self.change(|session| session.create_object(template))
    }

    pub(crate) fn generate(&self, mechanism: &Mechanism<'_>, key: &[Attribute]) -> Result<ObjectHandle, Failure> {
        self.change(|session| session.generate_key(mechanism, key))
    }

    /// Generates a pair; returns the public and the private half.
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

    /// Destroys an object, unless it is gone already.
    pub(crate) fn destroy(&self, object: ObjectHandle) -> Result<(), Failure> {
        match self.change(|session| session.destroy_object(object)) {
            Err(failure) if failure.is_gone() => self.is_there(),
            done => done,
        }
    }

    /// Makes a call that changes no object of the token.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&Session) -> Result<T, TokenError>) -> Result<T, Failure> {
        let _files = self.access.reading()?;
        Ok(work(self.session)?)
    }

    fn change<T>(&self, change: impl FnOnce(&Session) -> Result<T, TokenError>) -> Result<T, Failure> {
        let _files = self.access.writing()?;
        let done = change(self.session);
        if !done.as_ref().is_err_and(is_refused) {
            self.changed.set(true);
        }
        Ok(done?)
    }
}
