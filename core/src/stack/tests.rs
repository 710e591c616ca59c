//! Each way to a stack of its own.

use std::{
    hint::black_box,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
};

use super::*;

type Work = dyn Fn() -> usize + Send + Sync;

const WAYS: [fn(&Work) -> io::Result<usize>; 2] = [|work| switch(work), |work| in_thread(work)];

/// Touches at least so many KiB of the stack.
fn touch(kibibytes: usize) -> usize {
    let frame = [1_u8; 1024];
    if kibibytes == 0 { 0 } else { usize::from(black_box(&frame)[kibibytes % 1024]) + touch(kibibytes - 1) }
}

#[test]
fn work_has_its_whole_stack_wherever_it_is_called_from() {
    for way in WAYS {
        let small = std::thread::Builder::new().stack_size(64 << 10);
        let called = small.spawn(move || way(&|| touch(1024)).unwrap()).unwrap();
        assert_eq!(called.join().unwrap(), 1024);
    }
}

#[test]
fn work_of_work_has_a_stack_again() {
    for way in WAYS {
        assert_eq!(way(&|| WAYS.iter().map(|inner| inner(&|| touch(64)).unwrap()).sum()).unwrap(), 128);
    }
}

#[test]
fn a_panic_of_the_work_is_the_callers() {
    for way in WAYS {
        let panic = catch_unwind(AssertUnwindSafe(|| way(&|| panic!("as expected")))).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"as expected"));
        assert_eq!(way(&|| 7).unwrap(), 7);
    }
}

#[test]
fn an_errno_of_the_work_is_the_callers() {
    assert_eq!(on_own_stack(|| Err::<(), _>(Errno::InvalidKey)), Err(Errno::InvalidKey));
    assert_eq!(on_own_stack(|| Ok(7)), Ok(7));
    assert_eq!(must_on_own_stack(|| 7), 7);
}
