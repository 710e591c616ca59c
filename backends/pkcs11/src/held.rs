//! The keys that this process has open, by what they are known by whatever name they have.

use std::collections::BTreeMap;

use parking_lot::Mutex;

/// What a key in a token is known by for ever, drawn at random.
pub(crate) type KeyId = [u8; 16];

#[derive(Default)]
struct Holders {
    count: usize,
    /// No more can hold it: it lost its name, or is being destroyed.
    ended: bool,
}

/// Several stores of a process may be at one token.
static HELD: Mutex<BTreeMap<KeyId, Holders>> = Mutex::new(BTreeMap::new());

/// Notes that a key is in use, unless it has ended.
pub(crate) fn hold(id: KeyId) -> bool {
    let mut held = HELD.lock();
    let holders = held.entry(id).or_default();
    if holders.ended {
        return false;
    }
    holders.count += 1;
    true
}

/// Notes that one user of a key is done, and says whether it was the last of one that has ended.
pub(crate) fn release(id: KeyId) -> bool {
    let mut held = HELD.lock();
    let Some(holders) = held.get_mut(&id) else { return false };
    holders.count = holders.count.saturating_sub(1);
    if holders.count > 0 {
        return false;
    }
    let ended = holders.ended;
    held.remove(&id);
    ended
}

/// Notes that a key has ended, and says whether it is in use.
pub(crate) fn end(id: KeyId) -> bool {
    let mut held = HELD.lock();
    let holders = held.entry(id).or_default();
    holders.ended = true;
    holders.count > 0
}

/// Notes that a key that nobody uses is destroyed, or could not be.
pub(crate) fn forget(id: KeyId) {
    let mut held = HELD.lock();
    if held.get(&id).is_some_and(|holders| holders.count == 0) {
        held.remove(&id);
    }
}

/// Notes that a key has not ended after all.
pub(crate) fn revive(id: KeyId) {
    if let Some(holders) = HELD.lock().get_mut(&id) {
        holders.ended = false;
    }
    forget(id);
}

/// Whether a key is in use.
pub(crate) fn is_held(id: KeyId) -> bool {
    HELD.lock().get(&id).is_some_and(|holders| holders.count > 0)
}
