//! The list of functions as data.

use super::Number;
use crate::{Errno, Revision, host::Call, memory::Bytes};

/// One function of the interface.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Function {
    /// The module that guests import it from.
    pub module: &'static str,
    /// The function's name.
    pub name: &'static str,
    /// The revision that alone has it, or `None` if both do.
    pub only_in: Option<Revision>,
    /// What the guest passes, in order.
    pub parameters: &'static [Parameter],
    /// What the guest gets, each through one more `i32` parameter: a pointer.
    pub outputs: &'static [Output],
    /// The errnos that are its own; see [`errnos`](Self::errnos) for all.
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
    /// What it is.
    pub name: &'static str,
    /// The output's type.
    pub ty: Type,
}

/// A type of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Type {
    /// The interface's name; `bytes` and `buf` are a pointer and a length.
    pub name: &'static str,
    /// The type of its integers.
    pub core: CoreType,
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
    /// Whether a revision has it.
    #[must_use]
    pub fn is_in(&self, revision: Revision) -> bool {
        self.only_in.is_none_or(|only| only == revision)
    }

    /// Every errno that it may answer, those that its parameters and outputs bring along first. `internal_error` is not
    /// among them: any function that uses the key store, or a key that stays in it, answers it where the store or a
    /// required audit log fails, and from any other function it is a defect of the host. Over a memory that threads
    /// share, any range may be an `overflow` too: there is no room to copy it.
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
        // More bytes than a call may go over.
        let too_long = types().any(|ty| ty.is_read()) && !self.own_errnos.contains(&Errno::Overflow);
        of_its_kind.chain(own).chain(too_long.then_some(Errno::Overflow))
    }

    /// The type of each integer that the guest passes, pointers to outputs included.
    pub fn core(&self) -> impl Iterator<Item = CoreType> {
        let parameters = self.parameters.iter().flat_map(|parameter| parameter.names.iter().map(|_| parameter.ty.core));
        parameters.chain(self.outputs.iter().map(|_| CoreType::I32))
    }
}

impl Type {
    /// Whether it stands for an object, or for one or none.
    #[must_use]
    pub fn is_handle(&self) -> bool {
        let value = matches!(
            self.name,
            "algorithm_type" | "string" | "bytes" | "buf" | "u64" | "version" | "timestamp" | "size"
        );
        !value && !self.name.ends_with("_encoding")
    }

    /// Whether it is a range that the host reads.
    fn is_read(&self) -> bool {
        matches!(self.name, "string" | "bytes")
    }

    /// Whether its first integer is a pointer.
    fn is_pointer(&self) -> bool {
        matches!(self.name, "string" | "bytes" | "buf") || self.name.starts_with("opt_")
    }
}

/// An integer of the guest's.
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

macro_rules! ty {
    ($t:ident) => {
        Type {
            name: stringify!($t),
            core: if size_of::<$crate::core_type!($t)>() == 8 { CoreType::I64 } else { CoreType::I32 },
        }
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
            parameters: &[$(Parameter { names: &[$(stringify!($p)),+], ty: ty!($t) }),*],
            outputs: &[$(Output { name: stringify!($o), ty: ty!($ot) }),*],
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

const ALL: &[Function] = crate::for_each_function!(data);

macro_rules! indices {
    ($($module:ident { $(
        [$revision:ident] fn $name:ident $parameters:tt -> $outputs:tt $(! $($errno:ident)+)?;
    )* })*) => {
        /// The functions' places in the list.
        #[allow(non_camel_case_types, reason = "the interface's own names")]
        #[derive(Clone, Copy)]
        pub(super) enum Index {
            $($($name),*),*
        }
    };
}

crate::for_each_function!(indices);

impl Index {
    pub(super) fn name(self) -> &'static str {
        ALL.get(self as usize).map_or("", |function| function.name)
    }
}

/// A set of functions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FunctionSet(u128);

const _: () = assert!(ALL.len() <= 128, "a bit for each function");

impl FunctionSet {
    pub(super) const fn contains(self, index: Index) -> bool {
        self.0 >> index as u32 & 1 != 0
    }

    /// Adds a function, and what the other revision calls it.
    pub(crate) fn insert(&mut self, name: &str) {
        let renamed = RENAMED.iter().find(|names| names.contains(&name));
        let names = renamed.copied().unwrap_or([name; 2]);
        for (index, _) in ALL.iter().enumerate().filter(|(_, function)| names.contains(&function.name)) {
            self.0 |= 1 << index;
        }
    }
}

/// What 2020-06 and 0.10 call functions that do the same.
const RENAMED: [[&str; 2]; 3] = [
    ["key_manager_open", "secrets_manager_open"],
    ["key_manager_close", "secrets_manager_close"],
    ["key_manager_invalidate", "secrets_manager_invalidate"],
];

/// The parameters of `signature_import` in revision 2020-06: the only ones that moved since.
const MOVED: &[Parameter] = &[
    Parameter { names: &["algorithm", "algorithm_len"], ty: ty!(string) },
    Parameter { names: &["encoding"], ty: ty!(signature_encoding) },
    Parameter { names: &["encoded", "encoded_len"], ty: ty!(bytes) },
];

/// Puts the last parameters of `signature_import` in the order of 0.10.
pub(crate) fn signature_import_parameters(revision: Revision, encoded: Bytes, encoding: Number) -> (Bytes, Number) {
    match revision {
        Revision::V2020_06 => (Bytes { ptr: encoded.len, len: encoding.0 }, Number(encoded.ptr)),
        Revision::V0_10 => (encoded, encoding),
    }
}

/// Every function of a revision, as that revision has it.
pub fn functions(revision: Revision) -> impl Iterator<Item = Function> {
    ALL.iter().filter(move |function| function.is_in(revision)).map(move |function| match (revision, function.name) {
        (Revision::V2020_06, "signature_import") => Function { parameters: MOVED, ..*function },
        _ => *function,
    })
}

/// The one revision that has a function of this name, if only one does.
pub(crate) fn only_in(name: &str) -> Option<Revision> {
    ALL.iter().find(|function| function.name == name).and_then(|function| function.only_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_older_revision_has_is_called_something_else_in_the_newer() {
        for function in functions(Revision::V2020_06).filter(|function| function.only_in.is_some()) {
            let [_, new] = RENAMED.iter().find(|[old, _]| *old == function.name).unwrap();
            let renamed = functions(Revision::V0_10).find(|function| function.name == *new).unwrap();
            assert_eq!(renamed.core().collect::<Vec<_>>(), function.core().collect::<Vec<_>>());
        }
    }
}
