//! Modules that this process has loaded: how they are started, and ended where nothing else helps.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error as TokenError, RvError},
};
use parking_lot::{Mutex, MutexGuard, RwLock, RwLockReadGuard};

use crate::{Error, error::WAIT};

/// How long the end of a module waits for calls that are at work.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a module is started again while other stores use it.
const PAUSE: Duration = Duration::from_millis(250);

/// A module. It is never unloaded, since who else uses it is not known.
pub(crate) struct Module {
    pub(crate) pkcs11: Pkcs11,
    /// Whether it is SoftHSM.
    soft: bool,
    life: Mutex<Life>,
    /// Held by who calls it, and alone by who ends it: no call may be at work then.
    calls: RwLock<()>,
    /// How often it was started. Handles of its sessions and objects are of use within one life.
    lives: AtomicU64,
    /// How many stores use it.
    stores: AtomicUsize,
}

/// How a module runs.
#[derive(Default)]
pub(crate) struct Life {
    /// Whether it is this crate's to end: nobody else in this process has started or ended it, as far as it shows.
    own: bool,
    running: bool,
    /// When it was last ended.
    ended: Option<Instant>,
}

/// By their paths, without links: a library that is loaded twice is one.
static MODULES: Mutex<BTreeMap<PathBuf, Arc<Module>>> = Mutex::new(BTreeMap::new());

impl Module {
    /// The module at a path, started.
    pub(crate) fn load(path: &Path) -> Result<Arc<Self>, Error> {
        if !path.exists() {
            return Err(Error::ModuleNotFound(path.to_owned()));
        }
        let not_loaded = |reason: String| Error::ModuleNotLoaded { path: path.to_owned(), reason };
        let place = path.canonicalize().map_err(|error| not_loaded(error.to_string()))?;
        let mut modules = MODULES.try_lock_for(WAIT).ok_or(Error::Busy("the loading of modules"))?;
        if let Some(module) = modules.get(&place) {
            let module = Arc::clone(module);
            drop(modules);
            module.start(&mut *module.life()?).map_err(|error| not_loaded(Error::from(error).to_string()))?;
            return Ok(module);
        }
        let pkcs11 = Pkcs11::new(path).map_err(|error| not_loaded(error.to_string()))?;
        let mut module = Self {
            pkcs11,
            soft: false,
            life: Mutex::default(),
            calls: RwLock::default(),
            lives: AtomicU64::new(0),
            stores: AtomicUsize::new(0),
        };
        module.start(&mut *module.life()?).map_err(|error| not_loaded(Error::from(error).to_string()))?;
        let info = module.pkcs11.get_library_info();
        module.soft = info.is_ok_and(|info| info.manufacturer_id() == "SoftHSM");
        let module = Arc::new(module);
        modules.insert(place, Arc::clone(&module));
        Ok(module)
    }

    /// Whether it is SoftHSM, of which a process sees half of what another one is writing.
    pub(crate) fn is_soft(&self) -> bool {
        self.soft
    }

    /// Held while slots are listed, too: not every module is safe from threads there.
    pub(crate) fn life(&self) -> Result<MutexGuard<'_, Life>, Error> {
        self.life.try_lock_for(WAIT).ok_or(Error::Busy("the token's module"))
    }

    /// Starts it, if nobody in this process did.
    pub(crate) fn start(&self, life: &mut Life) -> Result<(), TokenError> {
        let started = match self.pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) => true,
            Err(TokenError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => false,
            Err(error) => return Err(error),
        };
        if started {
            self.lives.fetch_add(1, SeqCst);
        }
        // What ran before and had to be started again was ended by someone else.
        life.own = if life.running { life.own && !started } else { started };
        life.running = true;
        Ok(())
    }

    /// Ends it and starts it again, so that it looks anew at what tokens there are; says whether it did. That is this
    /// crate's to do only where nobody else has started or ended it. Other stores lose their sessions as well, and open
    /// them again.
    ///
    /// The caller does nothing else with the module meanwhile, and its own store counts as one of `stores`.
    pub(crate) fn restart(&self, stores: usize) -> Result<bool, Error> {
        let mut life = self.life()?;
        let recently = life.ended.is_some_and(|ended| ended.elapsed() < PAUSE);
        if !life.own || recently && self.stores.load(SeqCst) > stores {
            return Ok(false);
        }
        let Some(_alone) = self.calls.try_write_for(PATIENCE) else { return Ok(false) };
        match self.pkcs11.clone().finalize() {
            Ok(()) => life.running = false,
            // Someone else ended it.
            Err(TokenError::Pkcs11(RvError::CryptokiNotInitialized, _)) => {}
            Err(_) => return Ok(false),
        }
        life.ended = Some(Instant::now());
        self.start(&mut life)?;
        Ok(true)
    }

    /// As long as this is held, the module is not ended by this crate.
    pub(crate) fn calls(&self) -> Result<Calls<'_>, Error> {
        let held = self.calls.try_read_for(WAIT).ok_or(Error::Busy("the token's module"))?;
        Ok(Calls { _held: held, life: self.lives.load(SeqCst) })
    }

    pub(crate) fn enter(&self) {
        self.stores.fetch_add(1, SeqCst);
    }

    pub(crate) fn leave(&self) {
        self.stores.fetch_sub(1, SeqCst);
    }
}

/// Calls of a module in one of its lives.
pub(crate) struct Calls<'a> {
    _held: RwLockReadGuard<'a, ()>,
    pub(crate) life: u64,
}
