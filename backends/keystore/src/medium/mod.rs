//! The file of a store: its identity, its locks, and failures of its medium.

mod backend;
#[cfg(test)]
mod faults;
mod holders;
mod identity;
mod place;
mod turn;
mod waits;

#[cfg(test)]
pub(crate) use self::faults::{Asked, Faults};
pub(crate) use self::{
    backend::{Access, Medium},
    holders::{Held, holder},
    identity::FileId,
    place::{PATIENCE, Place, builder},
    turn::Turn,
    waits::Waits,
};
