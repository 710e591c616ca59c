//! The integer entry points, one for each function of the table.

use super::{
    context::Call,
    value::{Lift, Outputs},
};
use crate::{FunctionId, Operation, Result};

/// Runs a call and returns the number of its errno; 0 is success.
///
/// Pointers to outputs are checked first and outputs are written last, so a refused call changes nothing.
/// [`Guest::call`](crate::Guest::call) catches a panic, which no input should cause, so it never unwinds into a
/// runtime.
fn answer<'a, P: Copy, O: Outputs<P>>(
    call: &mut Call<'a>,
    function: FunctionId,
    pointers: P,
    run: impl FnOnce(&mut Call<'a>, Operation<'_>) -> Result<O>,
) -> i32 {
    let (guest, revision) = (call.guest, call.revision);
    let answered = guest.call(function, |operation| {
        O::check(call, pointers)?;
        run(call, operation)?.write(call, pointers)?;
        call.memory.publish();
        Ok(())
    });
    match answered {
        Ok(()) => 0,
        Err(errno) => revision.number(errno).into(),
    }
}

macro_rules! entry_points {
    ($($module:ident { $(
        [$revision:ident] fn $name:ident($($($p:ident)+: $t:ident),*) -> ($($o:ident: $ot:ident),*)
            $(! $($errno:ident)+)?;
    )* })*) => {
        $($(
            #[doc = concat!("`", stringify!($module), ".", stringify!($name), "`; returns the errno's number.")]
            #[allow(clippy::too_many_arguments, reason = "as many as the interface has")]
            pub fn $name(call: &mut Call<'_>, $($($p: $crate::core_type!($t),)+)* $($o: i32),*) -> i32 {
                answer(call, FunctionId::$name, ($($o,)*), |call, operation| call.$name(operation, $(Lift::lift(($($p,)+))),*))
            }
        )*)*
    };
}

crate::for_each_function!(entry_points);
