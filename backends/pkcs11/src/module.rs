//! Modules that this process has loaded: starting them, and restarting them as a last resort.

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

/// How long stopping a module waits for running calls.
const PATIENCE: Duration = Duration::from_secs(2);
/// The maximal number of restarts of a module while other stores use it.
const PAUSE: Duration = Duration::from_millis(250);

/// A module. It is never unloaded, because other code may use it.
pub(crate) struct Module {
    pub(crate) pkcs11: Pkcs11,
    /// Whether it is SoftHSM.
    soft: bool,
    life: Mutex<Life>,
    /// Locked shared during calls, and exclusively to stop the module: no call may be running then.
    calls: RwLock<()>,
    /// The number of starts. Handles of its sessions and objects are valid within one life.
    lives: AtomicU64,
    /// The number of stores that use it.
    stores: AtomicUsize,
}

/// The state of a module.
#[derive(Default)]
pub(crate) struct Life {
    /// Whether this crate may stop it: no other code in this process has started or stopped it, as far as is known.
    own: bool,
    running: bool,
    /// When it was last stopped.
    ended: Option<Instant>,
}

/// The modules by their canonical paths: a library that is loaded twice is one module.
static MODULES: Mutex<BTreeMap<PathBuf, Arc<Module>>> = Mutex::new(BTreeMap::new());

impl Module {
    /// Loads and starts the module at a path.
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

    /// Whether it is SoftHSM, where a process may read objects that another process has half written.
    pub(crate) fn is_soft(&self) -> bool {
        self.soft
    }

    /// Locked while slots are listed, too, because some modules are not thread-safe there.
    pub(crate) fn life(&self) -> Result<MutexGuard<'_, Life>, Error> {
        self.life.try_lock_for(WAIT).ok_or(Error::Busy("the token's module"))
    }

    /// Starts the module, unless other code in this process did.
    pub(crate) fn start(&self, life: &mut Life) -> Result<(), TokenError> {
        let started = match self.pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) => true,
            Err(TokenError::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => false,
            Err(error) => return Err(error),
        };
        if started {
            self.lives.fetch_add(1, SeqCst);
        }
        // If a module that ran before had to be started again, other code stopped it.
        life.own = if life.running { life.own && !started } else { started };
        life.running = true;
        Ok(())
    }

    /// Restarts the module, so that it detects its tokens anew; returns whether it did. It does so only if no other
    /// code has started or stopped the module. Other stores lose their sessions too, and open new ones.
    ///
    /// The caller must not use the module at the same time, and its own store counts as one of `stores`.
    pub(crate) fn restart(&self, stores: usize) -> Result<bool, Error> {
        let mut life = self.life()?;
        let recently = life.ended.is_some_and(|ended| ended.elapsed() < PAUSE);
        if !life.own || recently && self.stores.load(SeqCst) > stores {
            return Ok(false);
        }
        let Some(_alone) = self.calls.try_write_for(PATIENCE) else { return Ok(false) };
        match self.pkcs11.clone().finalize() {
            Ok(()) => life.running = false,
            // Other code stopped it.
            Err(TokenError::Pkcs11(RvError::CryptokiNotInitialized, _)) => {}
            Err(_) => return Ok(false),
        }
        life.ended = Some(Instant::now());
        self.start(&mut life)?;
        Ok(true)
    }

    /// While this is held, this crate does not stop the module.
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

/// A permit for calls of a module, in one of its lives.
pub(crate) struct Calls<'a> {
    _held: RwLockReadGuard<'a, ()>,
    pub(crate) life: u64,
}
