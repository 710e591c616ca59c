//! Why a policy is refused.

use std::fmt;

/// The error of a pattern in a policy that cannot apply.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPolicy {
    /// The pattern matches no algorithm of the interface or the host.
    #[non_exhaustive]
    UnknownAlgorithm {
        /// The pattern as it was given.
        pattern: String,
        /// Similar names, the most similar first.
        nearest: Vec<String>,
    },
    /// The pattern sets a minimal key size, but matches only algorithms whose keys have no size in bits: hash
    /// functions, lattice algorithms.
    #[non_exhaustive]
    NoKeySize {
        /// The pattern as it was given.
        pattern: String,
    },
}

impl fmt::Display for InvalidPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownAlgorithm { pattern, nearest } => {
                write!(f, "no algorithm matches `{pattern}`")?;
                suggest(f, nearest)
            }
            Self::NoKeySize { pattern } => {
                write!(f, "no algorithm that matches `{pattern}` has keys with a size in bits")
            }
        }
    }
}

impl std::error::Error for InvalidPolicy {}

/// The error of a pattern that matches no function of either revision.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownFunction {
    /// The pattern as it was given.
    pub pattern: String,
    /// Similar names, the most similar first.
    pub nearest: Vec<String>,
}

impl fmt::Display for UnknownFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no function of the interface matches `{}`", self.pattern)?;
        suggest(f, &self.nearest)
    }
}

impl std::error::Error for UnknownFunction {}

fn suggest(f: &mut fmt::Formatter<'_>, nearest: &[String]) -> fmt::Result {
    let Some((last, others)) = nearest.split_last() else { return Ok(()) };
    f.write_str(": did you mean ")?;
    for (index, name) in others.iter().enumerate() {
        write!(f, "{}`{name}`", if index == 0 { "" } else { ", " })?;
    }
    write!(f, "{}`{last}`?", if others.is_empty() { "" } else { " or " })
}
