//! Policies as operators write them.

use hostcrypt::Host;
use hostcrypt_rustcrypto::BACKEND;

use crate::file::File;

/// A text is a policy or an error, and an algorithm that it forbids by name is forbidden.
pub fn policy(text: &str) {
    let Ok(file) = File::parse(text) else { return };
    let _ = file.store();
    let Ok(Ok(host)) = file.policy().map(|policy| Host::builder(BACKEND).policy(policy)) else { return };
    let host = host.build();
    let serves = |name: &str| host.algorithms().any(|info| info.name.eq_ignore_ascii_case(name) && !info.forbidden);
    let table: toml::Table = toml::from_str(text).expect("it was parsed before");
    let named = table.get("algorithms").and_then(|algorithms| algorithms.get("forbid")).and_then(toml::Value::as_array);
    for name in named.into_iter().flatten().filter_map(toml::Value::as_str) {
        assert!(!serves(name), "{name} is served");
    }
}
