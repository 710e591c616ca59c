//! The objects of the interface, and the rules for using them.
//!
//! Operations take slices, strings and enums, and return values. They know no handles, guest pointers or numbers of a
//! revision: those belong to a door.

pub mod array_output;
pub mod asymmetric;
pub mod kx;
pub mod managed;
pub mod options;
pub mod signatures;
pub mod symmetric;
