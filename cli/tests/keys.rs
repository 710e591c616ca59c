//! Managed keys as the operator sees them: `hostcrypt run --key-store` and `hostcrypt keys`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "a test")]

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use tempfile::TempDir;

/// A guest that makes a key on its first run, and signs with it on every one.
const SIGNER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/guests/signer.wasm");

const RUNTIMES: &[&str] = &[
    #[cfg(feature = "wasmtime")]
    "wasmtime",
    #[cfg(feature = "wasmer")]
    "wasmer",
    #[cfg(feature = "wasmedge")]
    "wasmedge",
];

/// A folder that the command runs in, with a key-encryption key and a passphrase.
struct Operator {
    folder: TempDir,
    /// `--key-store …` and what opens it.
    store: Vec<String>,
    env: Vec<(&'static str, PathBuf)>,
}

impl Operator {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let secrets: [(&str, &[u8]); 3] =
            [("kek", &[7; 32]), ("other.kek", &[8; 32]), ("passphrase", b"correct horse\nnot this\n")];
        for (name, secret) in secrets {
            let path = folder.path().join(name);
            fs::write(&path, secret).unwrap();
            #[cfg(unix)]
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        }
        let store = ["--key-store", "keys", "--kek-file", "kek"].map(str::to_owned).to_vec();
        Self { folder, store, env: Vec::new() }
    }

    fn command(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hostcrypt"));
        command.current_dir(&self.folder).args(arguments).env("USER", "olga").envs(self.env.iter().cloned());
        command.output().unwrap()
    }

    /// A command about keys, with the store.
    fn keys(&self, command: &str, arguments: &[&str]) -> Output {
        let store: Vec<&str> = self.store.iter().map(String::as_str).collect();
        self.command(&[&["keys", command], &store[..], arguments].concat())
    }

    /// What a command prints that succeeds.
    fn printed(&self, command: &str, arguments: &[&str]) -> String {
        let output = self.keys(command, arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The one line of a command that fails.
    fn refused(&self, command: &str, arguments: &[&str]) -> String {
        let output = self.keys(command, arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!(line.lines().count(), 1, "{line}");
        line
    }

    fn list(&self) -> Vec<serde_json::Value> {
        serde_json::from_str(&self.printed("list", &["--json"])).unwrap()
    }

    fn sign(&self, runtime: &str, arguments: &[&str]) -> Output {
        let store: Vec<&str> = self.store.iter().map(String::as_str).collect();
        let run = ["run", "--runtime", runtime, "--dir", "."];
        self.command(&[&run[..], &store, arguments, &[SIGNER, "a message"]].concat())
    }

    /// What the guest prints: whether the key is new, its identifier, the public key, the signature.
    fn signed(&self, runtime: &str, arguments: &[&str]) -> [String; 4] {
        let output = self.sign(runtime, arguments);
        assert!(output.status.success(), "{output:?}");
        let printed = String::from_utf8(output.stdout).unwrap();
        let mut words = printed.split_whitespace();
        let found = words.next().unwrap().to_owned();
        let last = || printed.lines().map(|line| line.rsplit(' ').next().unwrap().to_owned());
        let values: Vec<_> = last().collect();
        [found, values[0].clone(), values[1].clone(), values[2].clone()]
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(name)).unwrap()
    }

    fn forget(&self) {
        fs::remove_file(self.folder.path().join("signer.id")).unwrap();
    }
}

#[test]
fn what_a_guest_stored_is_there_on_its_next_run_in_any_runtime() {
    let operator = Operator::new();
    let [made, id, key, signature] = operator.signed(RUNTIMES[0], &[]);
    assert_eq!(made, "new");
    for runtime in RUNTIMES {
        assert_eq!(operator.signed(runtime, &[]), ["found".to_owned(), id.clone(), key.clone(), signature.clone()]);
    }
    let listed = operator.list();
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0]["identifier"], &listed[0]["algorithm"]), (&id.into(), &"Ed25519".into()));
    assert_eq!((&listed[0]["expires"], &listed[0]["in_store_only"]), (&serde_json::Value::Null, &false.into()));
}

#[test]
fn a_guest_reaches_the_keys_of_its_namespace_alone() {
    let operator = Operator::new();
    let [_, id, ..] = operator.signed(RUNTIMES[0], &["--namespace", "one"]);
    let output = operator.sign(RUNTIMES[0], &["--namespace", "two"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("not in this namespace"));
    assert!(operator.printed("list", &["--namespace", "one"]).contains(&id));
    assert!(!operator.printed("list", &["--namespace", "two"]).contains(&id));
    assert!(operator.refused("show", &[&id]).contains("`default`"), "the namespace that is meant is named");
    assert!(operator.printed("show", &["--namespace", "one", &id]).contains("BEGIN PUBLIC KEY"));
}

#[test]
fn a_version_that_is_invalidated_or_expired_opens_no_more() {
    let operator = Operator::new();
    let [_, id, ..] = operator.signed(RUNTIMES[0], &[]);
    operator.printed("expire", &["--at", "now", "--version", "latest", &id]);
    assert!(operator.printed("list", &[]).contains(", expired"));
    let output = operator.sign(RUNTIMES[0], &[]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("has expired"));
    operator.printed("expire", &["--at", "2100-01-01T00:00:00Z", "--version", "all", &id]);
    assert_eq!(operator.list()[0]["expires"], "2100-01-01T00:00:00Z");
    assert_eq!(operator.signed(RUNTIMES[0], &[])[0], "found");

    assert!(operator.refused("invalidate", &["--version", "2", &id]).contains("no such version"));
    let done: serde_json::Value =
        serde_json::from_str(&operator.printed("invalidate", &["--version", "1", "--json", &id])).unwrap();
    assert_eq!((&done["versions"][0], &done["what"]), (&1.into(), &"invalidated".into()));
    assert!(operator.list().is_empty());
    assert!(operator.refused("invalidate", &["--version", "all", &id]).contains(&id));
    assert_eq!(operator.sign(RUNTIMES[0], &[]).status.code(), Some(1));
    operator.forget();
    assert_eq!(operator.signed(RUNTIMES[0], &[])[0], "new");
}

#[test]
fn an_identifier_is_known_by_its_first_digits() {
    let operator = Operator::new();
    let [_, one, ..] = operator.signed(RUNTIMES[0], &[]);
    operator.forget();
    let [_, other, ..] = operator.signed(RUNTIMES[0], &[]);
    for beginning in [&one[..8], &one[..31], &one.to_uppercase()[..12], &format!("{}…", &one[..9])] {
        let shown = operator.printed("show", &[beginning]);
        assert!(shown.contains(&one) && !shown.contains(&other), "{beginning}: {shown}");
    }
    assert!(operator.refused("show", &["0123456789abcdef"]).contains("0123456789abcdef"));
    operator.printed("invalidate", &["--version", "all", &one[..10]]);
    let left: Vec<_> = operator.list().iter().map(|row| row["identifier"].as_str().unwrap().to_owned()).collect();
    assert_eq!(left, [other]);
    for malformed in ["0123456", "0123456g", "0123456789abcdef0123456789abcdef0", "…", "é123456789", ""] {
        assert_eq!(operator.keys("show", &[malformed]).status.code(), Some(2), "{malformed}");
    }
}

#[test]
fn every_time_at_which_a_key_may_expire_is_shown_as_it_is() {
    let operator = Operator::new();
    let [_, id, ..] = operator.signed(RUNTIMES[0], &[]);
    for (at, shown) in [
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("+10000-01-01T00:00:00+01:00", "9999-12-31T23:00:00Z"),
        ("+10000-02-29T00:00:00Z", "+10000-02-29T00:00:00Z"),
        ("+584554051223-11-09T07:00:15Z", "+584554051223-11-09T07:00:15Z"),
    ] {
        operator.printed("expire", &["--at", at, "--version", "all", &id]);
        assert_eq!((&operator.list()[0]["expires"], &operator.list()[0]["expired"]), (&shown.into(), &false.into()));
        for command in [&["list"][..], &["show", &id]] {
            assert!(operator.printed(command[0], &command[1..]).contains(shown), "{command:?} {shown}");
        }
        assert_eq!(operator.signed(RUNTIMES[0], &[])[0], "found");
    }
    operator.printed("expire", &["--at", "4000000d", "--version", "all", &id]);
    assert!(operator.list()[0]["expires"].as_str().unwrap().starts_with("+1"), "more than 10,000 years");
    let beyond = operator.keys("expire", &["--at", "+584554051223-11-09T07:00:16Z", "--version", "all", &id]);
    assert_eq!(beyond.status.code(), Some(2));
}

#[test]
fn the_store_is_sealed_under_what_the_operator_gives() {
    let mut operator = Operator::new();
    let [_, id, ..] = operator.signed(RUNTIMES[0], &[]);
    operator.store[3] = "other.kek".to_owned();
    assert!(operator.refused("list", &[]).contains("another key"));
    operator.store[3] = "kek".to_owned();
    operator.printed("rotate-kek", &["--new-passphrase-file", "passphrase"]);
    assert!(operator.refused("list", &[]).contains("sealed under a passphrase"));
    operator.store.truncate(2);
    // Nobody is asked where nobody sits.
    assert!(operator.refused("list", &[]).contains("--passphrase-file"));
    operator.store.extend(["--passphrase-file", "passphrase"].map(str::to_owned));
    assert!(operator.printed("list", &[]).contains(&id));
    assert_eq!(operator.signed(RUNTIMES[0], &[])[0], "found");
    operator.printed("rotate-kek", &["--new-kek-file", "other.kek"]);
    operator.store.truncate(2);
    operator.store.extend(["--kek-file", "other.kek"].map(str::to_owned));
    assert!(operator.printed("list", &[]).contains(&id));
}

#[test]
fn a_policy_says_how_many_keys_there_may_be_and_how_long() {
    let operator = Operator::new();
    let policy = "quotas.keys = 1\nkeys.lifetime_days = 10\n";
    fs::write(operator.folder.path().join("policy.toml"), policy).unwrap();
    operator.signed(RUNTIMES[0], &["--policy", "policy.toml"]);
    assert!(operator.list()[0]["expires"].is_string());
    operator.forget();
    let output = operator.sign(RUNTIMES[0], &["--policy", "policy.toml"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("as many keys as it may"));
    fs::write(operator.folder.path().join("policy.toml"), "keys.lifetime = 1").unwrap();
    assert!(operator.sign(RUNTIMES[0], &["--policy", "policy.toml"]).stderr.starts_with(b"hostcrypt: --policy:"));
}

/// The secret half of an Ed25519 key in PKCS #8.
fn secret(pem: &str) -> Vec<u8> {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let line = pem.lines().nth(1).unwrap().trim_end_matches('=');
    let bits = line.bytes().map(|digit| digits.iter().position(|known| *known == digit).unwrap());
    let (mut bytes, mut held, mut count) = (Vec::new(), 0, 0);
    for six in bits {
        (held, count) = ((held << 6 | six) & 0xffff, count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((held >> count & 0xff) as u8);
        }
    }
    bytes[16..48].to_vec()
}

#[test]
fn a_key_is_exported_by_a_policy_alone_and_its_bytes_are_nowhere_else() {
    let operator = Operator::new();
    let audit = ["--audit", "log"];
    let [_, id, public, _] = operator.signed(RUNTIMES[0], &audit);
    let mut shown = operator.keys("export", &["--version", "1", "--output", "-", &id]).stderr;
    assert!(shown.starts_with(b"hostcrypt: keys are not exported"));
    fs::write(operator.folder.path().join("policy.toml"), "keys.exportable = true\n").unwrap();
    let export = ["--version", "latest", "--policy", "policy.toml", "--output", "key.pem", "--audit", "log", &id];
    operator.printed("export", &export);
    assert!(operator.refused("export", &export).contains("key.pem"), "nothing is overwritten");
    let key = secret(&String::from_utf8(operator.read("key.pem")).unwrap());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(operator.folder.path().join("key.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    // Every change is a line, and so is what was taken out.
    operator.printed("expire", &["--at", "90d", "--version", "1", "--audit", "log", &id]);
    operator.printed("rotate-kek", &["--new-passphrase-file", "passphrase", "--audit", "log"]);
    shown.extend(operator.keys("list", &[]).stderr);
    let store = ["keys", "invalidate", "--key-store", "keys", "--passphrase-file", "passphrase"];
    let output = operator.command(&[&store[..], &["--version", "all", "--audit", "log", &id]].concat());
    shown.extend([output.stdout, output.stderr].concat());
    let log = String::from_utf8(operator.read("log")).unwrap();
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let what: Vec<_> = lines.iter().map(|line| line["what"].as_str().unwrap()).collect();
    let rotated = "sealed under the new key-encryption key";
    let rotating = "sealing under the new key-encryption key";
    assert_eq!(what, ["generated", "exported", "expiring", rotating, rotated, "invalidated"]);
    assert_eq!(lines[0]["who"], format!("guest {SIGNER}"));
    for line in lines[1..].iter().filter(|line| line["store"].is_null()) {
        let known = [&line["namespace"], &line["kind"], &line["identifier"]];
        let who = line["who"].as_str().unwrap();
        assert!(who.starts_with("operator olga"), "{who}");
        assert_eq!(known.map(|part| part.as_str().unwrap()), ["default", "keypair", &id]);
        assert_eq!(line["version"], 1);
        assert!(line["when"].as_str().unwrap().ends_with('Z'));
    }

    // The search finds what is there: the public key, once it is said.
    let contains = |text: &[u8], part: &[u8]| text.windows(part.len()).any(|window| window == part);
    assert!(contains(format!("… {public}").as_bytes(), &public.as_bytes()[8..24]));
    for text in [operator.read("keys"), log.into_bytes(), shown] {
        for part in key.windows(6) {
            assert!(
                !contains(&text, part) && !contains(&text, base16ct::lower::encode_string(part).as_bytes()),
                "a part of the key is there"
            );
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_noted_is_not_exported_and_fails_the_command() {
    let operator = Operator::new();
    let [_, id, ..] = operator.signed(RUNTIMES[0], &[]);
    fs::write(operator.folder.path().join("policy.toml"), "keys.exportable = true\n").unwrap();
    let full = ["--version", "1", "--audit", "/dev/full", &id];
    let export = [&["--policy", "policy.toml", "--output", "key.pem"], &full[..]].concat();
    assert!(operator.refused("export", &export).contains("/dev/full"));
    assert!(!operator.folder.path().join("key.pem").exists());
    assert!(operator.refused("invalidate", &full).contains("/dev/full"));
    assert!(operator.list().is_empty(), "it is done all the same");
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_may_read_is_told() {
    let operator = Operator::new();
    let path = operator.folder.path().join("kek");
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let output = operator.sign(RUNTIMES[0], &[]);
    assert!(output.status.success() && String::from_utf8(output.stderr).unwrap().contains("chmod 600"));
}

#[test]
fn wrong_usage_is_told_in_one_line() {
    let mut operator = Operator::new();
    assert!(operator.refused("list", &[]).contains("`hostcrypt run` and `hostcrypt keys import` create one"));
    operator.signed(RUNTIMES[0], &[]);
    for arguments in [
        &["invalidate", "--version", "some", "00112233445566778899aabbccddeeff"][..],
        &["invalidate", "--version", "1", "0011"],
        &["expire", "--version", "1", "--at", "soon", "00112233445566778899aabbccddeeff"],
        &["invalidate", "00112233445566778899aabbccddeeff"],
    ] {
        assert_eq!(operator.keys(arguments[0], &arguments[1..]).status.code(), Some(2), "{arguments:?}");
    }
    operator.store[3] = "missing".to_owned();
    assert!(operator.refused("list", &[]).contains("missing"));
    operator.store[3] = "passphrase".to_owned();
    assert!(operator.refused("list", &[]).contains("32 random bytes"));
    operator.store[3] = "kek".to_owned();
    let bytes = operator.read("keys");
    fs::write(operator.folder.path().join("keys"), &bytes[..bytes.len() / 2]).unwrap();
    assert!(operator.refused("list", &[]).contains("is damaged"));
    let namespace = operator.command(&["run", "--namespace", "one", SIGNER]);
    assert_eq!(namespace.status.code(), Some(2), "a namespace without a store");
}

#[cfg(feature = "pkcs11")]
#[path = "../../backends/pkcs11/tests/softhsm/module.rs"]
mod module;

#[cfg(feature = "pkcs11")]
mod token {
    use super::*;

    /// An operator with a fresh token; none where SoftHSM is not installed.
    fn operator() -> Option<Operator> {
        let Some(module) = module::module() else {
            assert!(std::env::var_os("HOSTCRYPT_REQUIRE_SOFTHSM").is_none(), "SoftHSM is not installed");
            println!("SoftHSM is not installed: nothing was tested. On Debian: apt-get install softhsm2");
            return None;
        };
        let mut operator = Operator::new();
        let folder = operator.folder.path().to_owned();
        fs::create_dir(folder.join("tokens")).unwrap();
        let config = folder.join("softhsm2.conf");
        fs::write(&config, format!("directories.tokendir = {}\n", folder.join("tokens").display())).unwrap();
        fs::write(folder.join("pin"), "1234\n").unwrap();
        let mut make = Command::new("softhsm2-util");
        make.env("SOFTHSM2_CONF", &config).args(["--init-token", "--free", "--label", "guests"]);
        let made = make.args(["--so-pin", "5678", "--pin", "1234"]).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        operator.env.push(("SOFTHSM2_CONF", config));
        let uri = format!(
            "pkcs11:token=guests?module-path={}&pin-source=file:{}",
            module.display(),
            folder.join("pin").display()
        );
        operator.store = vec!["--key-store".to_owned(), uri];
        Some(operator)
    }

    #[test]
    fn a_key_is_made_in_a_token_and_never_leaves_it() {
        let Some(operator) = operator() else { return };
        let [made, id, key, _] = operator.signed(RUNTIMES[0], &["--audit", "log"]);
        assert_eq!(made, "new");
        for runtime in RUNTIMES {
            assert_eq!(operator.signed(runtime, &[])[..3], ["found".to_owned(), id.clone(), key.clone()]);
        }
        assert_eq!(operator.list()[0]["in_store_only"], true);
        assert!(operator.printed("show", &[&id]).contains("which generated it"));
        fs::write(operator.folder.path().join("policy.toml"), "keys.exportable = true\n").unwrap();
        let export = ["--version", "1", "--policy", "policy.toml", "--output", "-", &id];
        assert!(operator.refused("export", &export).contains("cannot leave its store"));
        assert!(operator.refused("rotate-kek", &["--new-kek-file", "kek"]).contains("PIN"));
        operator.printed("expire", &["--at", "now", "--version", "1", "--audit", "log", &id]);
        assert_eq!(operator.sign(RUNTIMES[0], &[]).status.code(), Some(1));
        operator.printed("invalidate", &["--version", "1", "--audit", "log", &id]);
        assert!(operator.list().is_empty());
        assert_eq!(String::from_utf8(operator.read("log")).unwrap().lines().count(), 3);

        // Of a key that the token makes, too, the intent is noted first.
        operator.forget();
        let required = ["--audit", "required", "--audit-required"];
        let [_, id, ..] = operator.signed(RUNTIMES[0], &required);
        operator.printed("invalidate", &[&["--version", "1"], &required[..], &[&id]].concat());
        let log = String::from_utf8(operator.read("required")).unwrap();
        let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told: Vec<_> = lines.iter().map(|line| [&line["state"], &line["what"]]).collect();
        let changes = ["generated", "invalidated"];
        let expected: Vec<_> = changes.iter().flat_map(|what| [["intended", what], ["done", what]]).collect();
        assert_eq!(told, expected);
        assert!(lines.iter().all(|line| line["identifier"] == id.as_str()), "{log}");
    }

    #[test]
    fn a_token_is_named_by_a_uri_without_a_pin() {
        let Some(mut operator) = operator() else { return };
        let uri = operator.store[1].clone();
        operator.store[1] = uri.replace("token=guests", "token=others");
        assert!(operator.refused("list", &[]).contains("guests"), "those that there are");
        operator.store[1] = uri.split_once("&pin-source").unwrap().0.to_owned();
        assert!(operator.refused("list", &[]).contains("pin-source"), "nobody is asked where nobody sits");
        operator.store[1] = format!("{}&pin-value=1234", operator.store[1]);
        let output = operator.keys("list", &[]);
        assert_eq!(output.status.code(), Some(2));
        operator.store[1] = uri.clone();
        operator.store.extend(["--kek-file", "kek"].map(str::to_owned));
        assert!(operator.refused("list", &[]).contains("PIN"));
        operator.store.truncate(2);
        fs::write(operator.folder.path().join("pin"), "4321\n").unwrap();
        let line = operator.refused("list", &[]);
        assert!(line.contains("refuses the PIN") && !line.contains("4321"), "{line}");
    }

    #[test]
    fn a_pin_in_an_argument_is_not_printed() {
        let Some(mut operator) = operator() else { return };
        let uri = operator.store[1].split_once("&pin-source").unwrap().0.to_owned();
        let scheme = |uri: &str| uri.replace("pkcs11:", "pkcs12:");
        for place in [
            format!("{uri}&pin-value=73577357"),
            format!("{uri}&PIN-VALUE=73577357"),
            format!("{uri}&pin%2dvalue=73577357&pin-value=73577357"),
            format!("{uri}?pin-value=73577357"),
            format!("  {uri}&pin-value=73577357"),
            format!("{}&pin-value=73577357", scheme(&uri)),
            format!("{uri}&pin=73577357"),
            format!("{uri}&73577357"),
            format!("{uri}&pin-source=73577357"),
            format!("{uri}&pin-source=/x&73577357=x"),
            uri.replace("token=", "pin-value=73577357;tokem="),
            uri.replace("token=guests", "token=guests&pin-value=73577357"),
            uri.replace("token=guests", "slot-id=73577357x"),
            "pkcs12:token=a;pin=73577357".to_owned(),
            format!("{}?pin_value=73577357", uri.replace("pkcs11:", "pksc11:")),
            "token=a;pin=73577357".to_owned(),
        ] {
            let equals = format!("--key-store={place}");
            for arguments in [
                &["keys", "list", "--key-store", &place][..],
                &["keys", "list", &equals],
                &["run", &equals, SIGNER],
                &["keys", "list", "--key-stor", &place],
                &["keys", "list", "--key-store", "keys", &place],
                &["run", "--audit", &place, &equals, SIGNER],
            ] {
                let output = operator.command(arguments);
                assert_eq!(output.status.code(), Some(2), "{arguments:?} {output:?}");
                let printed = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
                // Elsewhere, what is not named as a PIN is an argument like others.
                let named = ["value=7", "pin=7"].iter().any(|name| place.to_lowercase().contains(name));
                let hidden = named || arguments.contains(&&*equals) || arguments.ends_with(&["--key-store", &place]);
                assert!(!hidden || !printed.concat().contains("73577357"), "{arguments:?} {printed:?}");
            }
        }
        for place in [&format!("{uri}&pin-value=73577357"), "pksc11:?pin_value=73577357", "token=a;pin=73577357"] {
            for arguments in [&["run", place][..], &["keys", "list", "--key-store", "keys", "--kek-file", place]] {
                let output = operator.command(arguments);
                assert!(!output.status.success());
                assert!(!format!("{output:?}").contains("73577357"), "{output:?}");
            }
        }
        // What is neither a PIN of a token nor shown hides nothing.
        let output = operator.command(&["keys", "list", "--key-store", "pinboard/keys"]);
        assert!(String::from_utf8_lossy(&output.stderr).contains("no key store `pinboard/keys`"), "{output:?}");
        let output = operator.command(&["run", "--env", "PIN=73577357", "--unknown", SIGNER]);
        assert!(String::from_utf8_lossy(&output.stderr).contains("unexpected argument"), "{output:?}");
        let names: Vec<_> = fs::read_dir(&operator.folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!format!("{names:?}").contains("73577357"), "{names:?}");
        operator.store[1] = format!("{uri}&pin-source=/dev/zero");
        assert!(operator.refused("list", &[]).contains("longer than 1024 bytes"));
    }
}
