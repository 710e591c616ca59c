//! What the interface's names of algorithms stand for.
//!
//! [`symmetric`] has one file for each family of symmetric constructions, [`asymmetric`] the three families of key pairs
//! and the encodings of their keys; the [`catalogue`] finds an algorithm by its name. Nothing here knows a guest's
//! objects, or a guest at all but for its budget of bytes.

pub(crate) mod asymmetric;
pub(crate) mod catalogue;
mod info;
pub(crate) mod symmetric;

pub use info::{AlgorithmInfo, AlgorithmType};
pub use symmetric::AllowedAlgorithm;
