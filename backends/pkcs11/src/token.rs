//! The token that a URI selects.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use cryptoki::{
    context::Pkcs11,
    error::{Error as TokenError, RvError},
    slot::{Limit, Slot, TokenInfo},
};
use hostcrypt::Errno;
use parking_lot::{Mutex, RwLock};

use crate::{
    Error, Pin, Uri,
    algorithm::Algorithm,
    error::Failure,
    mechanisms::Mechanisms,
    session::{Access, Sessions, Taken, Work, start},
};

/// What is told of failures.
type Report = Arc<dyn Fn(&Error) + Send + Sync>;

/// A token that is logged in to.
pub(crate) struct Token {
    sessions: Sessions,
    mechanisms: Mechanisms,
    /// Names of algorithms that it has the mechanisms of, and makes no keys of all the same: not on that curve.
    unable: Mutex<BTreeSet<&'static str>>,
    pub(crate) report: RwLock<Option<Report>>,
}

impl Token {
    pub(crate) fn open(uri: &Uri, pin: Option<Pin>) -> Result<Self, Error> {
        let (pkcs11, slot, info) = {
            let mut modules = MODULES.lock();
            let pkcs11 = module(uri, &mut modules)?;
            let (slot, info) = select(&pkcs11, uri)?;
            (pkcs11, slot, info)
        };
        if info.write_protected() {
            return Err(Error::WriteProtected(Uri::of_token(info.label(), info.serial_number()).to_string()));
        }
        if info.user_pin_locked() {
            return Err(Error::PinLocked);
        }
        let login = info.login_required();
        if login && !info.user_pin_initialized() {
            return Err(Error::PinNotSet);
        }
        let pin = pin.map_or_else(|| uri.pin(), |pin| Ok(Some(pin)))?;
        if login && pin.is_none() && !info.protected_authentication_path() {
            return Err(Error::PinNeeded);
        }
        let mechanisms = Mechanisms::of(&pkcs11, slot)?;
        let most = match info.max_rw_session_count() {
            Limit::Max(most) => usize::try_from(most).ok(),
            Limit::Unavailable | Limit::Infinite => None,
        };
        let files = (info.manufacturer_id() == "SoftHSM project").then(|| files(info.serial_number()));
        let pin = pin.map(Arc::new);
        let taken = taken(&info);
        let sessions = Sessions::open(Access { pkcs11, slot, pin, login, taken, most, files })?;
        Ok(Self { sessions, mechanisms, unable: Mutex::default(), report: RwLock::new(None) })
    }

    /// The algorithm of a name, if the token makes keys of it.
    pub(crate) fn algorithm(&self, name: &str) -> Option<Algorithm> {
        let algorithm = Algorithm::find(name)?;
        let able = self.mechanisms.serve(&algorithm) && !self.unable.lock().contains(algorithm.name);
        able.then_some(algorithm)
    }

    /// Notes that the token makes no keys of an algorithm.
    pub(crate) fn is_unable(&self, algorithm: &Algorithm) {
        self.unable.lock().insert(algorithm.name);
    }

    /// See [`Sessions::run`].
    pub(crate) fn run<T>(&self, work: impl Fn(&Work<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        self.sessions.run(work)
    }

    /// What the core is answered. What goes wrong is told to the operator.
    pub(crate) fn answer<T>(&self, done: Result<T, Failure>) -> hostcrypt::Result<T> {
        done.map_err(|failure| match failure {
            Failure::Errno(errno) => errno,
            Failure::Again => Errno::NotFound,
            Failure::Token(_) | Failure::Other(_) | Failure::LoggedOut => {
                let errno = match failure.value() {
                    Some(RvError::RandomNoRng) => Errno::RngError,
                    _ => Errno::InternalError,
                };
                self.tell(failure);
                errno
            }
        })
    }

    /// Tells the operator of what no caller can be told of.
    pub(crate) fn tell(&self, failure: Failure) {
        let report = self.report.read().clone();
        if let Some(report) = report {
            report(&failure.into());
        }
    }
}

/// The modules that this process has loaded. They stay, since who else uses them is not known. It is held while slots
/// are listed, too: not every module is safe from threads there.
static MODULES: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());

/// What keeps the threads of this process apart at one token of SoftHSM, for all stores.
fn files(serial: &str) -> Arc<RwLock<()>> {
    static FILES: Mutex<BTreeMap<String, Arc<RwLock<()>>>> = Mutex::new(BTreeMap::new());
    Arc::clone(FILES.lock().entry(serial.to_owned()).or_default())
}

/// The PINs that a token has taken from this process.
fn taken(info: &TokenInfo) -> Taken {
    static TAKEN: Mutex<BTreeMap<[String; 3], Taken>> = Mutex::new(BTreeMap::new());
    let token = [info.manufacturer_id(), info.model(), info.serial_number()].map(str::to_owned);
    Arc::clone(TAKEN.lock().entry(token).or_default())
}

/// The module that a URI names, started.
fn module(uri: &Uri, modules: &mut BTreeMap<PathBuf, Pkcs11>) -> Result<Pkcs11, Error> {
    let path = uri.module_path().ok_or(Error::NoModule)?;
    if !path.exists() {
        return Err(Error::ModuleNotFound(path.to_owned()));
    }
    let not_loaded = |error: TokenError| Error::ModuleNotLoaded { path: path.to_owned(), reason: error.to_string() };
    let pkcs11 = match modules.get(path) {
        Some(pkcs11) => pkcs11.clone(),
        None => Pkcs11::new(path).map_err(not_loaded)?,
    };
    start(&pkcs11).map_err(not_loaded)?;
    modules.insert(path.to_owned(), pkcs11.clone());
    Ok(pkcs11)
}

/// The one token that a URI selects.
fn select(pkcs11: &Pkcs11, uri: &Uri) -> Result<(Slot, TokenInfo), Error> {
    let mut present = Vec::new();
    let slots = pkcs11.get_slots_with_token()?.into_iter();
    for slot in slots.filter(|slot| uri.slot_id.is_none_or(|id| id == slot.id())) {
        // A token that is pulled out meanwhile is not there.
        if let Ok(info) = pkcs11.get_token_info(slot) {
            present.push((slot, info));
        }
    }
    let uris = |of: &[(Slot, TokenInfo)]| {
        of.iter().map(|(_, info)| Uri::of_token(info.label(), info.serial_number()).to_string()).collect()
    };
    let (initialized, blank): (Vec<_>, Vec<_>) = present.into_iter().partition(|(_, info)| info.token_initialized());
    let (mut matching, others): (Vec<_>, Vec<_>) = initialized.into_iter().partition(|(_, info)| selects(uri, info));
    let wanted = uri.selection().to_string();
    match (matching.pop(), matching.is_empty()) {
        (Some(found), true) => Ok(found),
        (Some(another), false) => {
            matching.push(another);
            Err(Error::SeveralTokens { wanted, matching: uris(&matching) })
        }
        (None, _) if blank.iter().any(|(_, info)| selects(uri, info)) => Err(Error::NotInitialized(wanted)),
        (None, _) => Err(Error::NoSuchToken { wanted, present: uris(&others) }),
    }
}

fn selects(uri: &Uri, info: &TokenInfo) -> bool {
    let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
    is(&uri.token, info.label())
        && is(&uri.manufacturer, info.manufacturer_id())
        && is(&uri.serial, info.serial_number())
        && is(&uri.model, info.model())
}
