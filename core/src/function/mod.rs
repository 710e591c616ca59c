//! The functions of the interface: their table, and sets of them.

mod table;

macro_rules! ids {
    ($($module:ident { $(
        [$revision:ident] fn $name:ident $parameters:tt -> $outputs:tt $(! $($errno:ident)+)?;
    )* })*) => {
        /// A function of the interface, of either revision.
        ///
        /// A [`Policy`](crate::Policy) admits each operation of a [`Guest`](crate::Guest) by its function.
        #[allow(missing_docs, non_camel_case_types, reason = "the interface's own names")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum FunctionId {
            $($($name),*),*
        }

        impl FunctionId {
            /// Every function of both revisions, in the order of the table.
            pub const ALL: &[Self] = &[$($(Self::$name),*),*];

            /// The interface's name, such as `symmetric_state_open`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $($(Self::$name => stringify!($name)),*),*
                }
            }
        }
    };
}

crate::for_each_function!(ids);

/// Functions that have different names in 2020-06 and 0.10.
pub(crate) const RENAMED: [[FunctionId; 2]; 3] = [
    [FunctionId::key_manager_open, FunctionId::secrets_manager_open],
    [FunctionId::key_manager_close, FunctionId::secrets_manager_close],
    [FunctionId::key_manager_invalidate, FunctionId::secrets_manager_invalidate],
];

/// A set of functions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FunctionSet(u128);

const _: () = assert!(FunctionId::ALL.len() <= 128, "a bit for each function");

impl FunctionSet {
    pub(crate) const fn contains(self, function: FunctionId) -> bool {
        self.0 >> function as u32 & 1 != 0
    }

    /// Adds a function, and the same function under the other revision's name.
    pub(crate) fn insert(&mut self, function: FunctionId) {
        let renamed = RENAMED.iter().find(|names| names.contains(&function));
        for function in renamed.copied().unwrap_or([function; 2]) {
            self.0 |= 1 << function as u32;
        }
    }
}
