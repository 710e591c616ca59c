//! The guest: one module for each workload, which every subject that is a host of guests runs.
//!
//! It exports `prepare`, which opens what stays open, and `run`, which takes how many times to do the workload: the
//! loop is in the guest, so that entering it costs nothing. An errno other than 0 traps.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::layout::PAGES;
use crate::workload::{self, Arg, Calls, Keys, Workload};

/// The function of the empty call: takes an address, changes the byte there and answers 0.
pub const TOUCH: (&str, &str) = ("bench", "touch");

/// The export that opens what stays open.
pub const PREPARE: &str = "prepare";

/// The export that is measured.
pub const RUN: &str = "run";

/// The value of an argument.
pub(crate) fn value(arg: Arg) -> String {
    match arg {
        Arg::Is(number) => format!("(i32.const {number})"),
        Arg::At(address) => format!("(i32.load (i32.const {address}))"),
    }
}

/// Text of a function's body, with the functions that it calls.
#[derive(Debug, Default)]
struct Text {
    body: String,
    /// By name: the module, and how many parameters, all `i32`. The workloads call no function that has others.
    imports: BTreeMap<&'static str, (&'static str, usize)>,
}

impl Text {
    /// A call that must succeed.
    fn call(&mut self, module: &'static str, name: &'static str, args: &[Arg]) {
        self.imports.insert(name, (module, args.len()));
        write!(self.body, "    (if (call ${name}").unwrap();
        for arg in args {
            write!(self.body, " {}", value(*arg)).unwrap();
        }
        self.body += ") (then (unreachable)))\n";
    }
}

macro_rules! calls {
    ($($module:ident { $(
        [$revision:ident] fn $name:ident($($($p:ident)+: $t:ident),*) -> ($($o:ident: $ot:ident),*)
            $(! $($errno:ident)+)?;
    )* })*) => {
        impl Calls for Text {
            fn touch(&mut self, at: Arg) {
                self.call(TOUCH.0, TOUCH.1, &[at]);
            }

            $($(fn $name(&mut self, $($($p: Arg,)+)* $($o: Arg),*) {
                self.call(stringify!($module), stringify!($name), &[$($($p,)+)* $($o),*]);
            })*)*
        }
    };
}
hostcrypt::for_each_function!(calls);

/// The module as text.
///
/// # Panics
///
/// Never: writing to a string succeeds.
#[must_use]
pub fn text(workload: Workload, keys: Keys) -> String {
    let mut text = Text::default();
    workload::prepare(&mut text, workload, keys);
    let prepare = std::mem::take(&mut text.body);
    workload::run(workload)(&mut text, 1);
    let mut module = String::from("(module\n");
    for (name, (from, parameters)) in text.imports {
        let parameters = "i32 ".repeat(parameters);
        let function = format!("(func ${name} (param {parameters}) (result i32))");
        writeln!(module, "  (import \"{from}\" \"{name}\" {function})").unwrap();
    }
    writeln!(module, "  (memory (export \"memory\") {PAGES})").unwrap();
    writeln!(module, "  (func (export \"{PREPARE}\")\n{prepare}  )").unwrap();
    let times = repeated(&text.body);
    writeln!(module, "  (func (export \"{RUN}\") (param $n i64)\n    {times})").unwrap();
    module + ")\n"
}

/// Repeats a body as often as the local `$n` says.
pub(crate) fn repeated(body: &str) -> String {
    let next = "(br_if $again (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0)))";
    format!("(if (i64.ne (local.get $n) (i64.const 0)) (then (loop $again\n{body}    {next})))")
}

/// The module as WebAssembly.
///
/// # Panics
///
/// If the text is wrong.
#[must_use]
pub fn binary(workload: Workload, keys: Keys) -> Vec<u8> {
    wat::parse_str(text(workload, keys)).unwrap()
}
