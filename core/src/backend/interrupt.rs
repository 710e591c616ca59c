//! How long work learns that nobody waits for it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Tells work that takes seconds whether it is still wanted. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Whether the work is to end; what it answers then is not looked at.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Asks the work to end.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
