//! Conversions from the integers of a call to values, and from values to outputs.

use std::marker::PhantomData;

use super::{
    context::Call,
    handles::Handle,
    memory::{Buf, Bytes, Str},
};
use crate::{Errno, Result};

/// A number of an enum, whose meaning depends on the revision.
#[derive(Clone, Copy)]
pub(crate) struct Number(pub(crate) u32);

/// A length in bytes that a call returns.
#[derive(Clone, Copy)]
pub(crate) struct Size(pub(crate) u32);

impl Size {
    pub(crate) fn of(len: usize) -> Result<Self> {
        u32::try_from(len).map(Self).map_err(|_| Errno::InternalError)
    }
}

/// A pointer to an optional handle: `opt_options`, `opt_symmetric_key`.
pub(crate) struct Optional<T> {
    pub(crate) ptr: u32,
    kind: PhantomData<fn() -> T>,
}

/// A value made from the integers of one parameter.
pub(super) trait Lift<Integers> {
    fn lift(integers: Integers) -> Self;
}

impl<T> Lift<(i32,)> for Handle<T> {
    fn lift((number,): (i32,)) -> Self {
        Self::new(number.cast_unsigned())
    }
}

impl Lift<(i32,)> for Number {
    fn lift((number,): (i32,)) -> Self {
        Self(number.cast_unsigned())
    }
}

impl Lift<(i64,)> for u64 {
    fn lift((integer,): (i64,)) -> Self {
        integer.cast_unsigned()
    }
}

impl<T> Lift<(i32,)> for Optional<T> {
    fn lift((ptr,): (i32,)) -> Self {
        Self { ptr: ptr.cast_unsigned(), kind: PhantomData }
    }
}

impl Lift<(i32, i32)> for Bytes {
    fn lift((ptr, len): (i32, i32)) -> Self {
        Self { ptr: ptr.cast_unsigned(), len: len.cast_unsigned() }
    }
}

impl Lift<(i32, i32)> for Buf {
    fn lift((ptr, len): (i32, i32)) -> Self {
        Self { ptr: ptr.cast_unsigned(), len: len.cast_unsigned() }
    }
}

impl Lift<(i32, i32)> for Str {
    fn lift(integers: (i32, i32)) -> Self {
        Self(Bytes::lift(integers))
    }
}

/// One output: the guest's pointer for it.
pub(super) trait Lower {
    /// The output's length in bytes.
    const LEN: u32;
    fn lower(self, call: &mut Call<'_>, ptr: u32) -> Result<()>;
}

impl<T> Lower for Handle<T> {
    const LEN: u32 = 4;
    fn lower(self, call: &mut Call<'_>, ptr: u32) -> Result<()> {
        call.memory.write(ptr, &self.number().to_le_bytes())
    }
}

impl Lower for Size {
    const LEN: u32 = 4;
    fn lower(self, call: &mut Call<'_>, ptr: u32) -> Result<()> {
        call.memory.write(ptr, &self.0.to_le_bytes())
    }
}

impl Lower for u64 {
    const LEN: u32 = 8;
    fn lower(self, call: &mut Call<'_>, ptr: u32) -> Result<()> {
        call.memory.write(ptr, &self.to_le_bytes())
    }
}

/// All outputs of a function, for the pointers that the guest gave.
pub(super) trait Outputs<Pointers> {
    /// Checks that all pointers are in memory before anything is done.
    fn check(call: &Call<'_>, pointers: Pointers) -> Result<()>;
    fn write(self, call: &mut Call<'_>, pointers: Pointers) -> Result<()>;
}

impl Outputs<()> for () {
    fn check(_: &Call<'_>, (): ()) -> Result<()> {
        Ok(())
    }

    fn write(self, _: &mut Call<'_>, (): ()) -> Result<()> {
        Ok(())
    }
}

impl<A: Lower> Outputs<(i32,)> for A {
    fn check(call: &Call<'_>, (ptr,): (i32,)) -> Result<()> {
        call.memory.check(ptr.cast_unsigned(), A::LEN)
    }

    fn write(self, call: &mut Call<'_>, (ptr,): (i32,)) -> Result<()> {
        self.lower(call, ptr.cast_unsigned())
    }
}

impl<A: Lower, B: Lower> Outputs<(i32, i32)> for (A, B) {
    fn check(call: &Call<'_>, (a, b): (i32, i32)) -> Result<()> {
        call.memory.check(a.cast_unsigned(), A::LEN)?;
        call.memory.check(b.cast_unsigned(), B::LEN)
    }

    fn write(self, call: &mut Call<'_>, (a, b): (i32, i32)) -> Result<()> {
        self.0.lower(call, a.cast_unsigned())?;
        self.1.lower(call, b.cast_unsigned())
    }
}
