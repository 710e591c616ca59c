//! The file of a store: its identity, its locks, and failures of its medium.

mod backend;
mod fair_mutex;
#[cfg(test)]
mod faults;
mod holders;
mod identity;
mod store_file;
mod waits;

#[cfg(test)]
pub(crate) use self::faults::{Asked, Faults};
pub(crate) use self::{
    backend::{Access, Medium},
    fair_mutex::FairMutex,
    holders::{LockedBy, holder},
    identity::FileId,
    store_file::{PATIENCE, StoreFile, builder},
    waits::Waits,
};
