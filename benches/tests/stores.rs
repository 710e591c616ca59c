//! What is measured of stores works.

use std::process::Command;

#[test]
fn every_store_does_once_what_is_measured() {
    let ran = Command::new(env!("CARGO_BIN_EXE_stores")).arg("--once").output().unwrap();
    let [shown, told] = [&ran.stdout, &ran.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(ran.status.success(), "{shown}{told}");
    let cells = |row: &str| -> Vec<String> { row.split('|').map(|cell| cell.trim().to_owned()).collect() };
    let head = cells(shown.lines().next().unwrap());
    assert_eq!(head[1..5], ["per second", "unmanaged", "memory", "file"]);
    // It is left out where SoftHSM is not installed, which is told.
    assert!(head.iter().any(|name| name == "token") != told.contains("no token is measured"), "{shown}{told}");
    assert!(std::env::var_os("HOSTCRYPT_REQUIRE_SOFTHSM").is_none() || head.iter().any(|name| name == "token"));
    for name in
        ["generate", "open", "sign"].iter().flat_map(|name| [format!("{name}/ed25519"), format!("{name}/ecdsa-p256")])
    {
        let row = shown.lines().map(cells).find(|row| row.get(1) == Some(&format!("`{name}`"))).unwrap();
        assert_eq!(row.len(), head.len(), "{name}");
        assert!(row[2..row.len() - 1].iter().all(|figure| figure.parse::<f64>().is_ok()), "{shown}");
    }
    assert!(shown.contains("`FileStore::open`, ms"), "{shown}");
}
