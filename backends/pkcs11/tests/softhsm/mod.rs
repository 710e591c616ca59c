//! Tokens of SoftHSM for tests, in a folder of their own that ends with the tests.
//!
//! SoftHSM reads where its folder is from the environment, so a test begins its own program anew with that set.

#![allow(dead_code, reason = "not every test needs all of it")]

use std::{
    env, fs,
    path::PathBuf,
    process::{Command, ExitCode},
    sync::Mutex,
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    session::UserType,
    slot::Slot,
    types::AuthPin,
};
use hostcrypt_pkcs11::{Pin, TokenStore, Uri};

/// Where distributions have the library, after the path that is set.
const PLACES: [&str; 6] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

pub(crate) const PIN: &str = "735-user";

/// What the program began anew knows its folder by.
const FOLDER: &str = "HOSTCRYPT_SOFTHSM_FOLDER";

/// SoftHSM, with tokens of this test's own.
pub(crate) struct SoftHsm {
    pub(crate) module: PathBuf,
    pub(crate) folder: PathBuf,
    making: Mutex<()>,
}

/// Where the library is, if it is installed.
pub(crate) fn module() -> Option<PathBuf> {
    let set = env::var_os("HOSTCRYPT_SOFTHSM").map(PathBuf::from);
    set.into_iter().chain(PLACES.map(PathBuf::from)).find(|path| path.exists())
}

/// Runs tests over SoftHSM. Without the library they pass, and say so, unless `HOSTCRYPT_REQUIRE_SOFTHSM` is set.
pub(crate) fn with_softhsm(tests: impl FnOnce(SoftHsm) -> ExitCode) -> ExitCode {
    let Some(module) = module() else {
        println!("SoftHSM is not installed: nothing was tested. On Debian: apt-get install softhsm2");
        return if env::var_os("HOSTCRYPT_REQUIRE_SOFTHSM").is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    };
    if let Some(folder) = env::var_os(FOLDER) {
        return tests(SoftHsm { module, folder: folder.into(), making: Mutex::new(()) });
    }
    let folder = tempfile::tempdir().unwrap();
    let (tokens, config) = (folder.path().join("tokens"), folder.path().join("softhsm2.conf"));
    fs::create_dir(&tokens).unwrap();
    let text = format!("directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n", tokens.display());
    fs::write(&config, text).unwrap();
    fs::write(folder.path().join("pin"), format!("{PIN}\n")).unwrap();
    let mut again = Command::new(env::current_exe().unwrap());
    again.args(env::args_os().skip(1)).env("SOFTHSM2_CONF", config).env(FOLDER, folder.path());
    if again.status().unwrap().success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl SoftHsm {
    pub(crate) fn pkcs11(&self) -> Pkcs11 {
        let pkcs11 = Pkcs11::new(&self.module).unwrap();
        // A store may have done it.
        let _ = pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK));
        pkcs11
    }

    /// The slot of a token.
    pub(crate) fn slot(&self, label: &str) -> Slot {
        let pkcs11 = self.pkcs11();
        let slots = pkcs11.get_slots_with_initialized_token().unwrap();
        slots.into_iter().find(|slot| pkcs11.get_token_info(*slot).unwrap().label() == label).unwrap()
    }

    /// A fresh token.
    pub(crate) fn token(&self, label: &str) -> Uri {
        let _making = self.making.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let pkcs11 = self.pkcs11();
        let so_pin = AuthPin::new("735-officer".into());
        let blank = |slot: &Slot| !pkcs11.get_token_info(*slot).unwrap().token_initialized();
        let slot = pkcs11.get_slots_with_token().unwrap().into_iter().find(blank).unwrap();
        pkcs11.init_token(slot, &so_pin, label).unwrap();
        let session = pkcs11.open_rw_session(self.slot(label)).unwrap();
        session.login(UserType::So, Some(&so_pin)).unwrap();
        session.init_pin(&AuthPin::new(PIN.into())).unwrap();
        self.uri(label)
    }

    /// The URI of a token.
    pub(crate) fn uri(&self, label: &str) -> Uri {
        format!("pkcs11:token={label}?module-path={}", self.module.display()).parse().unwrap()
    }

    /// A store over a token. What goes wrong with it shows.
    pub(crate) fn store(&self, uri: &Uri) -> TokenStore {
        let store = TokenStore::open(uri, Some(Pin::new(PIN))).unwrap();
        store.with_report(|error| eprintln!("{error}"))
    }

    /// This program once more, with the same tokens.
    pub(crate) fn again(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(arguments);
        command
    }
}
