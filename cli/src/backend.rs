//! The cryptography libraries that are compiled in.

use clap::{ValueEnum, builder::PossibleValue};
use hostcrypt::backend::Backend;

#[cfg(not(feature = "rustcrypto"))]
compile_error!("`hostcrypt` needs a backend: enable the feature `rustcrypto`");

/// A backend that the user can choose.
#[derive(Clone, Copy)]
pub(crate) struct Choice(pub(crate) Backend);

impl Choice {
    /// All of them, the default first. A further backend is a feature and an entry here.
    const ALL: &'static [Self] = &[
        #[cfg(feature = "rustcrypto")]
        Self(hostcrypt_rustcrypto::BACKEND),
    ];

    /// The name of the one that is used where the user names none.
    pub(crate) fn default_name() -> Option<&'static str> {
        Self::ALL.first().map(|choice| choice.0.name)
    }
}

impl ValueEnum for Choice {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name))
    }
}
