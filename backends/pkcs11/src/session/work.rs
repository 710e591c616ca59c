//! Work in a session.

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

/// What can be done in a session.
pub(crate) struct Work<'a> {
    pub(super) session: &'a Session,
    pub(super) access: &'a Access,
    /// Handles of objects are of use as long as this is the same.
    pub(crate) generation: u64,
    /// Whether anything was changed, or may have been.
    pub(super) changed: Cell<bool>,
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
        if found.is_empty() {
            self.is_there()?;
        }
        Ok(found)
    }

    /// Whether the token is still there: to SoftHSM, one that is away is one without objects.
    pub(crate) fn is_there(&self) -> Result<(), Failure> {
        self.access.is_there()
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
            Err(failure) if failure.is_gone() => self.is_there(),
            done => done,
        }
    }

    /// Does what changes no object of the token.
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
