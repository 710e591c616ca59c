//! The token that a URI selects.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use cryptoki::{
    context::Pkcs11,
    error::RvError,
    slot::{Limit, Slot, TokenInfo},
};
use hostcrypt::store::StoreError;
use parking_lot::{Mutex, RwLock};

use crate::{
    Error, Pin, Uri,
    access::{AcceptedPins, Access, Identity, Patience, pause},
    algorithm::Algorithm,
    error::Failure,
    mechanisms::Mechanisms,
    module::Module,
    session::{Sessions, TokenSession},
};

/// A callback for failures.
type Callback = Arc<dyn Fn(&Error) + Send + Sync>;

/// A token with a login.
pub(crate) struct Token {
    sessions: Sessions,
    /// Its URI.
    name: String,
    mechanisms: Mechanisms,
    /// Names of algorithms whose mechanisms it has, but whose keys it cannot generate, for example for lack of the
    /// curve.
    unable: Mutex<BTreeSet<&'static str>>,
    /// The callback for failures that do not fail a call.
    pub(crate) cleanup_failed: RwLock<Option<Callback>>,
}

impl Token {
    /// Opens the token that a URI selects, and does the first work with it.
    ///
    /// SoftHSM writes the token's file at each login. A process that reads it at the same time finds no token, or a
    /// token without a PIN; so this is retried as long as [`Patience`] allows.
    pub(crate) fn open<T>(
        uri: &Uri,
        pin: Option<Pin>,
        first: impl Fn(&TokenSession<'_>) -> Result<T, Failure>,
    ) -> Result<(Self, T), Error> {
        let module = Module::load(uri.module_path().ok_or(Error::NoModule)?)?;
        let mut opening = Opening { uri, pin: pin.map(Arc::new), name: None };
        let mut patience = Patience::new();
        loop {
            let opened = opening.open(&module).and_then(|token| Ok((token.run(&first)?, token)));
            let failure = match opened {
                Ok((first, token)) => return Ok((token, first)),
                Err(failure) => failure,
            };
            if !module.is_soft() || !failure.may_pass(true) || !patience.lasts(&failure) {
                let error = Error::from(failure);
                return Err(match opening.name {
                    Some(name) => error.at(&name),
                    None => error,
                });
            }
            module.restart(0)?;
            pause();
        }
    }

    /// The algorithm of a name, if the token generates keys of it.
    pub(crate) fn algorithm(&self, name: &str) -> Option<Algorithm> {
        let algorithm = Algorithm::find(name)?;
        let able = self.mechanisms.serve(&algorithm) && !self.unable.lock().contains(algorithm.name);
        able.then_some(algorithm)
    }

    /// Records that the token cannot generate keys of an algorithm.
    pub(crate) fn is_unable(&self, algorithm: &Algorithm) {
        self.unable.lock().insert(algorithm.name);
    }

    /// See [`Sessions::run`].
    pub(crate) fn run<T>(&self, work: impl Fn(&TokenSession<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        self.sessions.run(work)
    }

    /// The store's answer to a failure.
    pub(crate) fn answer<T>(&self, done: Result<T, Failure>) -> Result<T, StoreError> {
        done.map_err(|failure| match failure {
            Failure::Refused(error) => error,
            Failure::Again => StoreError::NotFound,
            failure if matches!(failure.value(), Some(RvError::RandomNoRng)) => StoreError::Rng,
            failure => StoreError::failed(self.named(failure)),
        })
    }

    /// Reports a failure that does not fail a call.
    pub(crate) fn tell(&self, failure: Failure) {
        let callback = self.cleanup_failed.read().clone();
        if let Some(callback) = callback {
            let failure = self.named(failure);
            // A key may be dropped while another panic unwinds: a second one would end the process.
            let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| callback(&failure)));
            if let Err(panic) = told
                && !std::thread::panicking()
            {
                std::panic::resume_unwind(panic);
            }
        }
    }

    fn named(&self, failure: Failure) -> Error {
        Error::from(failure).at(&self.name)
    }
}

/// A token to be opened.
struct Opening<'a> {
    uri: &'a Uri,
    /// The PIN that was given, or read from the file that the URI names.
    pin: Option<Arc<Pin>>,
    /// The URI of the token that was found.
    name: Option<String>,
}

impl Opening<'_> {
    fn open(&mut self, module: &Arc<Module>) -> Result<Token, Failure> {
        self.name = None;
        let (slot, info, mechanisms) = {
            let mut life = module.life()?;
            module.start(&mut life)?;
            let _calls = module.calls()?;
            let (slot, info) = select(&module.pkcs11, self.uri)?;
            (slot, info, Mechanisms::of(&module.pkcs11, slot)?)
        };
        let name = Uri::of_token(info.label(), info.serial_number()).to_string();
        self.name = Some(name.clone());
        if info.write_protected() {
            return Err(Error::WriteProtected(name).into());
        }
        if info.user_pin_locked() {
            return Err(Error::PinLocked.into());
        }
        let login = info.login_required();
        if login && !info.user_pin_initialized() {
            return Err(Error::PinNotSet.into());
        }
        if self.pin.is_none() {
            self.pin = self.uri.pin()?.map(Arc::new);
        }
        if login && self.pin.is_none() && !info.protected_authentication_path() {
            return Err(Error::PinNeeded.into());
        }
        let most = match info.max_rw_session_count() {
            Limit::Max(most) => usize::try_from(most).ok(),
            Limit::Unavailable | Limit::Infinite => None,
        };
        let files = (info.manufacturer_id() == "SoftHSM project").then(|| files(info.serial_number()));
        let access = Access {
            module: Arc::clone(module),
            slot: Mutex::new(slot),
            identity: Identity::of(&info),
            name: name.clone(),
            pin: self.pin.clone(),
            login,
            accepted: accepted_pins(&info),
            most,
            files,
        };
        let sessions = Sessions::open(access)?;
        Ok(Token { sessions, name, mechanisms, unable: Mutex::default(), cleanup_failed: RwLock::new(None) })
    }
}

/// The lock that serialises changes of this process at one SoftHSM token, for all stores.
fn files(serial: &str) -> Arc<RwLock<()>> {
    static FILES: Mutex<BTreeMap<String, Arc<RwLock<()>>>> = Mutex::new(BTreeMap::new());
    Arc::clone(FILES.lock().entry(serial.to_owned()).or_default())
}

/// The PINs that a token has accepted from this process.
fn accepted_pins(info: &TokenInfo) -> AcceptedPins {
    static ACCEPTED: Mutex<BTreeMap<Identity, AcceptedPins>> = Mutex::new(BTreeMap::new());
    Arc::clone(ACCEPTED.lock().entry(Identity::of(info)).or_default())
}

/// The one token that a URI selects.
fn select(pkcs11: &Pkcs11, uri: &Uri) -> Result<(Slot, TokenInfo), Failure> {
    let mut present = Vec::new();
    let slots = pkcs11.get_slots_with_token()?.into_iter();
    for slot in slots.filter(|slot| uri.slot_id.is_none_or(|id| id == slot.id())) {
        // A token may be pulled out at any time.
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
            Err(Error::SeveralTokens { wanted, matching: uris(&matching) }.into())
        }
        (None, _) if blank.iter().any(|(_, info)| selects(uri, info)) => Err(Error::NotInitialized(wanted).into()),
        (None, _) => Err(Error::NoSuchToken { wanted, present: uris(&others) }.into()),
    }
}

fn selects(uri: &Uri, info: &TokenInfo) -> bool {
    let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
    is(&uri.token, info.label())
        && is(&uri.manufacturer, info.manufacturer_id())
        && is(&uri.serial, info.serial_number())
        && is(&uri.model, info.model())
}
