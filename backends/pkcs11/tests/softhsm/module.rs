//! Where SoftHSM is.

use std::{env, path::PathBuf};

/// Where distributions have the library, after the path that is set.
const PLACES: [&str; 6] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

/// Where the library is, if it is installed.
pub(crate) fn module() -> Option<PathBuf> {
    let set = env::var_os("HOSTCRYPT_SOFTHSM").map(PathBuf::from);
    set.into_iter().chain(PLACES.map(PathBuf::from)).find(|path| path.exists())
}
