//! Tokens of SoftHSM for tests, in a folder of their own that ends with the tests.
//!
//! SoftHSM reads where its folder is from the environment, so a test begins its own program anew with that set.

#![allow(dead_code, reason = "not every test needs all of it")]

mod module;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::{Mutex, MutexGuard},
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    session::UserType,
    slot::Slot,
    types::AuthPin,
};
use hostcrypt_pkcs11::{Error, Pin, TokenStore, Uri};

pub(crate) use self::module::module;

pub(crate) const PIN: &str = "735-user";

/// What the program began anew knows its folder by.
const FOLDER: &str = "HOSTCRYPT_SOFTHSM_FOLDER";

/// What a process knows by that the module is to be left alone, but for stores that it opens.
pub(crate) const UNTOUCHED: &str = "HOSTCRYPT_SOFTHSM_UNTOUCHED";

/// SoftHSM, with tokens of this test's own.
pub(crate) struct SoftHsm {
    pub(crate) module: PathBuf,
    pub(crate) folder: PathBuf,
    pkcs11: Pkcs11,
    /// By the labels of their tokens. Held while slots change or are listed: SoftHSM is not safe from threads there.
    slots: Mutex<BTreeMap<String, Slot>>,
}

/// Runs tests over SoftHSM. Without the library they pass, and say so, unless `HOSTCRYPT_REQUIRE_SOFTHSM` is set.
pub(crate) fn with_softhsm(tests: impl FnOnce(SoftHsm) -> ExitCode) -> ExitCode {
    let Some(module) = module() else {
        println!("SoftHSM is not installed: nothing was tested. On Debian: apt-get install softhsm2");
        return if env::var_os("HOSTCRYPT_REQUIRE_SOFTHSM").is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    };
    if let Some(folder) = env::var_os(FOLDER) {
        let pkcs11 = Pkcs11::new(&module).unwrap();
        if env::var_os(UNTOUCHED).is_none() {
            pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
        }
        return tests(SoftHsm { module, folder: folder.into(), pkcs11, slots: Mutex::default() });
    }
    // In memory where that is to be had: SoftHSM writes a file several times for each change.
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
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
    pub(crate) fn pkcs11(&self) -> &Pkcs11 {
        &self.pkcs11
    }

    fn slots(&self) -> MutexGuard<'_, BTreeMap<String, Slot>> {
        self.slots.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The slot of a token that was made here.
    pub(crate) fn slot(&self, label: &str) -> Slot {
        self.slots()[label]
    }

    /// A fresh token.
    pub(crate) fn token(&self, label: &str) -> Uri {
        let mut slots = self.slots();
        let so_pin = AuthPin::new("735-officer".into());
        // Other tokens are not looked at: a thread may just be logging in there.
        let unknown = |slots: &BTreeMap<String, Slot>, initialized: bool| {
            let present = self.pkcs11.get_slots_with_token().unwrap().into_iter();
            let mut unknown = present.filter(|slot| slots.values().all(|known| known != slot));
            let is = |slot: &Slot| self.pkcs11.get_token_info(*slot).unwrap().token_initialized() == initialized;
            unknown.find(is).unwrap()
        };
        self.pkcs11.init_token(unknown(&slots, false), &so_pin, label).unwrap();
        let slot = unknown(&slots, true);
        slots.insert(label.to_owned(), slot);
        let session = self.pkcs11.open_rw_session(slot).unwrap();
        session.login(UserType::So, Some(&so_pin)).unwrap();
        session.init_pin(&AuthPin::new(PIN.into())).unwrap();
        let module = self.module.display();
        format!("pkcs11:token={label};slot-id={}?module-path={module}", slot.id()).parse().unwrap()
    }

    /// The URI of a token that another process made.
    pub(crate) fn uri(&self, label: &str) -> Uri {
        format!("pkcs11:token={label}?module-path={}", self.module.display()).parse().unwrap()
    }

    pub(crate) fn open(&self, uri: &Uri, pin: Option<Pin>) -> Result<TokenStore, Error> {
        let _slots = self.slots();
        TokenStore::open(uri, pin)
    }

    /// A store over a token.
    pub(crate) fn store(&self, uri: &Uri) -> TokenStore {
        self.open(uri, Some(Pin::new(PIN))).unwrap().on_cleanup_failure(|error| eprintln!("{error}"))
    }

    /// This program once more, with the same tokens.
    pub(crate) fn again(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(arguments);
        command
    }
}
