//! The algorithms of the interface.
//!
//! [`symmetric`] has one file for each family of symmetric constructions. [`asymmetric`] has the three families of key
//! pairs, and the encodings of their keys. The [`catalogue`] finds an algorithm by its name. Nothing here knows a
//! guest's objects, and of a guest only its budget of bytes.

pub(crate) mod asymmetric;
pub(crate) mod catalogue;
mod info;
pub(crate) mod symmetric;

pub use info::{AlgorithmInfo, AlgorithmType};
pub use symmetric::AllowedAlgorithm;
