//! The objects of the interface, and the rules of what can be done with them.
//!
//! Operations take slices, strings and enums, and return values. They know no handle, no pointer into a guest's memory and
//! no number of a revision: those are a door's.

pub mod array_output;
pub mod asymmetric;
pub mod kx;
pub mod managed;
pub mod options;
pub mod signatures;
pub mod symmetric;
