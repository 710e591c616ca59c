//! Symmetric operations: `symmetric_*`.

mod key;
mod state;
mod tag;

pub use self::{state::State, tag::Tag};
pub use crate::algorithm::{
    AllowedAlgorithm,
    symmetric::{Key, OutputLen, TagPlacement},
};
