//! The keys that this process has open, by their permanent ids.

use std::collections::BTreeMap;

use parking_lot::Mutex;

/// The permanent id of a key in a token, drawn at random; it does not change with the key's name.
pub(crate) type KeyId = [u8; 16];

#[derive(Default)]
struct Holders {
    count: usize,
    /// Whether no more users can open it: it lost its name, or is being destroyed.
    ended: bool,
}

/// Several stores of a process may use one token.
static HELD: Mutex<BTreeMap<KeyId, Holders>> = Mutex::new(BTreeMap::new());

/// Records a user of a key, unless the key has ended.
pub(crate) fn hold(id: KeyId) -> bool {
    let mut held = HELD.lock();
    let holders = held.entry(id).or_default();
    if holders.ended {
        return false;
    }
    holders.count += 1;
    true
}

/// Removes a user of a key, and returns whether it was the last user of a key that has ended.
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

/// Records that a key has ended, and returns whether it is in use.
pub(crate) fn end(id: KeyId) -> bool {
    let mut held = HELD.lock();
    let holders = held.entry(id).or_default();
    holders.ended = true;
    holders.count > 0
}

/// Records that an unused key was destroyed, or could not be.
pub(crate) fn forget(id: KeyId) {
    let mut held = HELD.lock();
    if held.get(&id).is_some_and(|holders| holders.count == 0) {
        held.remove(&id);
    }
}

/// Records that a key has not ended after all.
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
