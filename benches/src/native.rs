//! Subjects `native/…`: calls straight into the core's entry points.

use std::hint::black_box;

use hostcrypt::backend::Backend;
use hostcrypt::{Call, Context, Host, HostBuilder, Limits, Memory, Revision, abi};

use crate::layout::{OUT, memory};
use crate::workload::{self, Arg, Calls, Keys, Workload};
use crate::{Run, Subject};

/// A context, and a memory as a guest would have it.
#[derive(Debug)]
pub struct Native {
    name: &'static str,
    host: Host,
    context: Context,
    memory: &'static mut [u8],
}

impl Native {
    /// With nothing open.
    #[must_use]
    pub fn new(name: &'static str, backend: Backend) -> Self {
        Self::of(name, Host::builder(backend))
    }

    /// With nothing open, of a host that is set up, but for its limits.
    #[must_use]
    pub fn of(name: &'static str, host: HostBuilder) -> Self {
        let mut limits = Limits::default();
        limits.handles = u32::MAX;
        let host = host.limits(limits).build();
        let context = host.context(Revision::V0_10);
        Self { name, host, context, memory: memory() }
    }

    /// The bytes at an address.
    ///
    /// # Panics
    ///
    /// If they leave memory.
    pub fn bytes(&mut self, at: i32, len: usize) -> &mut [u8] {
        &mut self.memory[at as usize..][..len]
    }

    /// The handle at an address.
    #[inline]
    #[must_use]
    pub fn handle(&self, at: i32) -> i32 {
        let bytes = &self.memory[at as usize..][..4];
        i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
    }

    /// Makes one call, which must succeed.
    ///
    /// # Panics
    ///
    /// If it does not.
    #[inline]
    pub fn call(&mut self, run: impl FnOnce(&mut Call<'_>) -> i32) {
        assert_eq!(run(&mut self.context.call(Memory::new(self.memory))), 0);
    }

    #[inline]
    fn value(&self, arg: Arg) -> i32 {
        match arg {
            Arg::Is(number) => number,
            Arg::At(address) => self.handle(address),
        }
    }
}

macro_rules! calls {
    ($($module:ident { $(
        [$revision:ident] fn $name:ident($($($p:ident)+: $t:ident),*) -> ($($o:ident: $ot:ident),*)
            $(! $($errno:ident)+)?;
    )* })*) => {
        #[allow(clippy::useless_conversion, reason = "few parameters are 64 bits wide")]
        impl Calls for Native {
            #[inline]
            fn touch(&mut self, at: Arg) {
                let at = self.value(at);
                assert_eq!(touch(self.memory, at), 0);
            }

            $($(#[inline]
            fn $name(&mut self, $($($p: Arg,)+)* $($o: Arg),*) {
                $($(let $p = self.value($p).into();)+)*
                $(let $o = self.value($o);)*
                self.call(|call| abi::$name(call, $($($p,)+)* $($o),*));
            })*)*
        }
    };
}
hostcrypt::for_each_function!(calls);

impl Subject for Native {
    fn name(&self) -> &'static str {
        self.name
    }

    fn workload(&mut self, workload: Workload) -> Option<Run<'_>> {
        if workload == Workload::SqueezeBatch {
            return None;
        }
        self.context = self.host.context(Revision::V0_10);
        workload::prepare(self, workload, Keys::Given);
        let run = workload::run(workload);
        Some(Box::new(move |times| run(self, times)))
    }

    fn output(&mut self) -> &[u8] {
        OUT.of(self.memory)
    }
}

/// The empty call: an address is checked and the byte there changed.
#[inline(never)]
fn touch(memory: &mut [u8], at: i32) -> i32 {
    let Some(byte) = memory.get_mut(black_box(at) as usize) else { return 1 };
    *byte = byte.wrapping_add(1);
    0
}
