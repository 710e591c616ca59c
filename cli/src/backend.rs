//! The cryptography libraries that are compiled in.

use clap::{ValueEnum, builder::PossibleValue};
use hostcrypt::backend::Backend;

#[cfg(not(any(feature = "rustcrypto", feature = "boringssl")))]
compile_error!("`hostcrypt` needs a backend: enable the feature `rustcrypto` or `boringssl`");

/// A backend that the user can choose.
#[derive(Clone, Copy)]
pub(crate) struct Choice {
    name: &'static str,
    pub(crate) backend: Backend,
}

impl Choice {
    /// All of them, the default first. A further backend is a feature and an entry here.
    const ALL: &'static [Self] = &[
        #[cfg(all(feature = "boringssl", feature = "rustcrypto"))]
        Self { name: "boringssl+rustcrypto", backend: hostcrypt_boringssl::BACKEND.or(&hostcrypt_rustcrypto::BACKEND) },
        #[cfg(feature = "boringssl")]
        Self { name: "boringssl", backend: hostcrypt_boringssl::BACKEND },
        #[cfg(feature = "rustcrypto")]
        Self { name: "rustcrypto", backend: hostcrypt_rustcrypto::BACKEND },
    ];

    /// The name of the default.
    pub(crate) fn default_name() -> Option<&'static str> {
        Self::ALL.first().map(|choice| choice.name)
    }
}

impl ValueEnum for Choice {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name))
    }
}
