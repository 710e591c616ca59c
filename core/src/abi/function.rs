//! The table of functions as data.

use super::{MODULE_PREFIX, context::Call, memory::Bytes, revision::Revision, value::Number};
use crate::Errno;

/// One function of the interface.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Function {
    /// The module that guests import it from.
    pub module: &'static str,
    /// The function's name.
    pub name: &'static str,
    /// The only revision that has the function, or `None` if both do.
    pub only_in: Option<Revision>,
    /// The parameters, in order.
    pub parameters: &'static [Parameter],
    /// The outputs; each is one more `i32` parameter, a pointer.
    pub outputs: &'static [Output],
    /// The errnos of this function alone; see [`errnos`](Self::errnos) for all.
    own_errnos: &'static [Errno],
    /// Calls the function with integers, in the order of the core parameters. `None` if there are too few.
    pub call: fn(&mut Call<'_>, &[i64]) -> Option<i32>,
}

/// One parameter: one or two integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// The names of the integers.
    pub names: &'static [&'static str],
    /// The parameter's type.
    pub ty: Type,
}

/// One output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Output {
    /// The output's name.
    pub name: &'static str,
    /// The output's type.
    pub ty: Type,
}

/// The integers of a type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// A pointer and a length: a range that the host reads.
    Read,
    /// A pointer and a length: a range that the host writes.
    Written,
    Number,
    Encoding,
    Handle,
    /// A pointer to a handle, or to none.
    Optional,
}

macro_rules! types {
    ($($class:ident { $($name:ident)+ })*) => {
        /// A type of the interface.
        #[allow(missing_docs, non_camel_case_types, reason = "the interface's own names")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Type {
            $($($name),+),*
        }

        impl Type {
            /// The interface's name; `string`, `bytes` and `buf` are a pointer and a length.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $($(Self::$name => stringify!($name)),+),*
                }
            }

            /// The type of its integers.
            #[must_use]
            pub const fn core(self) -> CoreType {
                let len = match self {
                    $($(Self::$name => size_of::<$crate::core_type!($name)>()),+),*
                };
                if len == 8 { CoreType::I64 } else { CoreType::I32 }
            }

            const fn class(self) -> Class {
                match self {
                    $($(Self::$name)|+ => Class::$class),*
                }
            }
        }
    };
}

types! {
    Read { string bytes }
    Written { buf }
    Number { algorithm_type u64 version timestamp size }
    Encoding { keypair_encoding publickey_encoding secretkey_encoding signature_encoding }
    Handle {
        options array_output key_manager secrets_manager keypair publickey secretkey signature_keypair
        signature_publickey signature signature_state signature_verification_state symmetric_key symmetric_state
        symmetric_tag
    }
    Optional { opt_options opt_symmetric_key }
}

/// A type of the integers of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoreType {
    /// `i32`
    I32,
    /// `i64`
    I64,
}

impl Function {
    /// Returns whether a revision has the function.
    #[must_use]
    pub fn is_in(&self, revision: Revision) -> bool {
        self.only_in.is_none_or(|only| only == revision)
    }

    /// Returns every errno that the function may answer, those of its parameters and outputs first. `internal_error` is
    /// not among them: a function that uses the key store, or a key that stays in it, answers it if the store or a
    /// required audit log fails; from any other function it is a bug of the host. With a memory that threads share, any
    /// range may also answer `overflow`, if its copy would exceed the guest's limit on bytes.
    pub fn errnos(&self) -> impl Iterator<Item = Errno> {
        let types = || self.parameters.iter().map(|parameter| parameter.ty);
        let opens = self.outputs.iter().any(|output| output.ty.is_handle());
        let of_its_kind = [
            (true, Errno::ProhibitedOperation),
            (!self.outputs.is_empty() || types().any(|ty| ty.is_pointer()), Errno::GuestError),
            (types().any(|ty| ty.is_handle()), Errno::InvalidHandle),
            (self.name.ends_with("_close"), Errno::Closed),
            (opens, Errno::TooManyHandles),
        ];
        let of_its_kind = of_its_kind.into_iter().filter(|(has, _)| *has).map(|(_, errno)| errno);
        let own = self.own_errnos.iter().copied();
        // For more bytes than one call may process.
        let too_long = types().any(|ty| ty.is_read()) && !self.own_errnos.contains(&Errno::Overflow);
        of_its_kind.chain(own).chain(too_long.then_some(Errno::Overflow))
    }

    /// Returns the type of each integer that the guest passes, including pointers to outputs.
    pub fn core(&self) -> impl Iterator<Item = CoreType> {
        let parameters =
            self.parameters.iter().flat_map(|parameter| parameter.names.iter().map(|_| parameter.ty.core()));
        parameters.chain(self.outputs.iter().map(|_| CoreType::I32))
    }
}

impl Type {
    /// Returns whether it is a handle, or an optional handle.
    #[must_use]
    pub fn is_handle(self) -> bool {
        matches!(self.class(), Class::Handle | Class::Optional)
    }

    /// Whether it stands for an object or none.
    #[must_use]
    pub fn is_optional(self) -> bool {
        self.class() == Class::Optional
    }

    /// Whether it is the number of an encoding.
    #[must_use]
    pub fn is_encoding(self) -> bool {
        self.class() == Class::Encoding
    }

    /// Returns whether it is a range that the host reads.
    fn is_read(self) -> bool {
        self.class() == Class::Read
    }

    /// Returns whether its first integer is a pointer.
    fn is_pointer(self) -> bool {
        matches!(self.class(), Class::Read | Class::Written | Class::Optional)
    }
}

/// An integer of the guest.
trait Integer {
    fn of(integer: i64) -> Self;
}

impl Integer for i32 {
    #[allow(clippy::cast_possible_truncation, reason = "an i32 was widened")]
    fn of(integer: i64) -> Self {
        integer as Self
    }
}

impl Integer for i64 {
    fn of(integer: i64) -> Self {
        integer
    }
}

macro_rules! revision {
    (both) => {
        None
    };
    (v2020_06) => {
        Some(Revision::V2020_06)
    };
    (v0_10) => {
        Some(Revision::V0_10)
    };
}

macro_rules! data {
    ($($module:ident { $(
        [$revision:ident] fn $name:ident($($($p:ident)+: $t:ident),*) -> ($($o:ident: $ot:ident),*)
            $(! $($errno:ident)+)?;
    )* })*) => {
        &[$($(Function {
            module: stringify!($module),
            name: stringify!($name),
            only_in: revision!($revision),
            parameters: &[$(Parameter { names: &[$(stringify!($p)),+], ty: Type::$t }),*],
            outputs: &[$(Output { name: stringify!($o), ty: Type::$ot }),*],
            own_errnos: &[$($(Errno::$errno),+)?],
            call: |call, integers| {
                let mut integers = integers.iter().copied();
                $($(let $p = Integer::of(integers.next()?);)+)*
                $(let $o = Integer::of(integers.next()?);)*
                Some(super::entry::$name(call, $($($p,)+)* $($o),*))
            },
        }),*),*]
    };
}

pub(super) const ALL: &[Function] = crate::for_each_function!(data);

/// The parameters of `signature_import` in revision 2020-06, the only ones whose order changed.
const MOVED: &[Parameter] = &[
    Parameter { names: &["algorithm", "algorithm_len"], ty: Type::string },
    Parameter { names: &["encoding"], ty: Type::signature_encoding },
    Parameter { names: &["encoded", "encoded_len"], ty: Type::bytes },
];

/// Puts the last parameters of `signature_import` in the order of 0.10.
pub(crate) fn signature_import_parameters(revision: Revision, encoded: Bytes, encoding: Number) -> (Bytes, Number) {
    match revision {
        Revision::V2020_06 => (Bytes { ptr: encoded.len, len: encoding.0 }, Number(encoded.ptr)),
        Revision::V0_10 => (encoded, encoding),
    }
}

/// Returns every function of a revision, with the parameters of that revision.
pub fn functions(revision: Revision) -> impl Iterator<Item = Function> {
    ALL.iter().filter(move |function| function.is_in(revision)).map(move |function| match (revision, function.name) {
        (Revision::V2020_06, "signature_import") => Function { parameters: MOVED, ..*function },
        _ => *function,
    })
}

/// The only revision that has a function of this name, if one lacks it.
fn only_in(name: &str) -> Option<Revision> {
    ALL.iter().find(|function| function.name == name).and_then(|function| function.only_in)
}

impl Revision {
    /// Detects a guest's revision from the functions that it imports.
    ///
    /// A name that only one revision has decides. Without such a name, or with names of both revisions, the revision is
    /// 0.10. Pass the module and the name of each import; only imports from `wasi_ephemeral_crypto_*` count.
    #[must_use]
    pub fn of_imports<M: AsRef<str>, N: AsRef<str>>(imports: impl IntoIterator<Item = (M, N)>) -> Self {
        let mut found = Self::V0_10;
        let ours = |(module, _): &(M, N)| module.as_ref().starts_with(MODULE_PREFIX);
        for (_, name) in imports.into_iter().filter(ours) {
            match only_in(name.as_ref()) {
                Some(Self::V0_10) => return Self::V0_10,
                Some(Self::V2020_06) => found = Self::V2020_06,
                None => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::RENAMED;

    #[test]
    fn what_only_the_older_revision_has_is_called_something_else_in_the_newer() {
        for function in functions(Revision::V2020_06).filter(|function| function.only_in.is_some()) {
            let [_, new] = RENAMED.iter().find(|[old, _]| old.name() == function.name).unwrap();
            let renamed = functions(Revision::V0_10).find(|function| function.name == new.name()).unwrap();
            assert_eq!(renamed.core().collect::<Vec<_>>(), function.core().collect::<Vec<_>>());
        }
    }
}
