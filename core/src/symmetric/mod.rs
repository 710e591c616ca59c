//! Symmetric operations: keys, states and tags.

mod aead;
mod cipher;
mod construction;
mod hkdf;
mod key;
mod session;
mod state;
mod tag;

pub(crate) use construction::Construction;
pub(crate) use key::Key;
pub(crate) use state::State;
pub(crate) use tag::Tag;
