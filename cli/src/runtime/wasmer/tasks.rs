//! What WASIX does beside a guest: nothing.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
    thread,
    time::Duration,
};

use wasmer_wasix::{VirtualTaskManager, WasiThreadError, runtime::task_manager::TaskWasm};

/// Refuses every thread and every task, so that a guest has the thread that it runs on.
#[derive(Debug)]
pub(super) struct NoTasks;

impl VirtualTaskManager for NoTasks {
    fn sleep_now(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + Sync>> {
        let mut asked = false;
        Box::pin(poll_fn(move |context| {
            if asked {
                // What else is waited for was ready at once or never will be.
                thread::sleep(time);
                return Poll::Ready(());
            }
            asked = true;
            context.waker().wake_by_ref();
            Poll::Pending
        }))
    }

    fn task_shared(
        &self,
        _: Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>,
    ) -> Result<(), WasiThreadError> {
        Err(WasiThreadError::Unsupported)
    }

    fn task_wasm(&self, _: TaskWasm) -> Result<(), WasiThreadError> {
        Err(WasiThreadError::Unsupported)
    }

    fn task_dedicated(&self, _: Box<dyn FnOnce() + Send>) -> Result<(), WasiThreadError> {
        Err(WasiThreadError::Unsupported)
    }

    fn thread_parallelism(&self) -> Result<usize, WasiThreadError> {
        Ok(1)
    }
}
