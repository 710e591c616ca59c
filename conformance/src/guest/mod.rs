//! The guest that behaviours use: the typed functions of the interface, over any kind of guest.

mod calls;
mod case;
mod interface;
mod managed;
mod probe;

use std::collections::HashSet;

use hostcrypt::{Errno, Revision};

pub(crate) use self::{
    case::CaseContext,
    interface::{function, kind, manager, opened},
    managed::{ALL, IDENTIFIER_LEN, LATEST, UNSPECIFIED},
};
pub use self::{
    interface::{AlgorithmType, Answer, Argument, Element, Encoding, Interface, Object, Refusal, Value},
    probe::Probe,
};
use crate::{Behaviour, Capability, Instance, Setup, Subject, suite};

/// Asserts that a call answers an errno.
macro_rules! refuses {
    ($answer:expr, $errno:ident $(, $($message:tt)+)?) => {
        match $answer {
            Err(refusal) if refusal == hostcrypt::Errno::$errno => {}
            other => panic!(
                "{} answered {:?}, not {} {}", stringify!($answer), other, hostcrypt::Errno::$errno,
                String::new() $(+ &format!($($message)+))?
            ),
        }
    };
}
pub(crate) use refuses;

pub(crate) const SIGNATURES: AlgorithmType = AlgorithmType::Signatures;
pub(crate) const SYMMETRIC: AlgorithmType = AlgorithmType::Symmetric;
/// Only in 0.10.
pub(crate) const KEY_EXCHANGE: AlgorithmType = AlgorithmType::KeyExchange;
pub(crate) const RAW: Encoding = Encoding::Raw;
pub(crate) const PKCS8: Encoding = Encoding::Pkcs8;
/// The DER encoding of signatures.
pub(crate) const SIGNATURE_DER: Encoding = Encoding::Der;

/// A guest with objects of its own.
pub struct Guest<'a> {
    subject: &'a dyn Subject,
    case: CaseContext,
    binding: Binding,
    shared_memory: bool,
    /// Objects that this guest closed.
    closed: HashSet<Object>,
    /// Public keys that this guest has met.
    met: HashSet<Vec<u8>>,
}

/// The guest's kind of interface.
enum Binding {
    Probe(Box<Probe>),
    Typed(Box<dyn Interface>),
}

impl<'a> Guest<'a> {
    /// Opens a guest of a subject with the default setup. It belongs to no case.
    #[must_use]
    pub fn new(subject: &'a dyn Subject) -> Self {
        Self::of(subject, Setup::default())
    }

    /// Opens a guest of a subject with another setup. It belongs to no case.
    #[must_use]
    pub fn of(subject: &'a dyn Subject, setup: impl Into<Setup>) -> Self {
        Self::in_case(subject, setup, CaseContext::none())
    }

    /// Opens a guest of a case. If the host cannot have the setup, the case is skipped.
    pub(crate) fn in_case(subject: &'a dyn Subject, setup: impl Into<Setup>, case: CaseContext) -> Self {
        let setup = setup.into();
        let binding = match subject.open(&setup).unwrap_or_else(|reason| suite::skip(reason)) {
            Instance::Probe(probe) => Binding::Probe(Box::new(Probe::new(probe, subject.revision(), case.clone()))),
            Instance::Typed(interface) => Binding::Typed(interface),
        };
        Self::with(subject, case, binding, setup.shared_memory)
    }

    fn with(subject: &'a dyn Subject, case: CaseContext, binding: Binding, shared_memory: bool) -> Self {
        Self { subject, case, binding, shared_memory, closed: HashSet::new(), met: HashSet::new() }
    }

    /// Opens another guest of the same subject and the same case.
    #[must_use]
    pub fn neighbour(&self) -> Self {
        self.set_up(Setup::default())
    }

    /// Opens another guest of the same subject and the same case, with another setup.
    #[must_use]
    pub fn set_up(&self, setup: impl Into<Setup>) -> Self {
        let mut setup = setup.into();
        setup.shared_memory |= self.shared_memory;
        Self::in_case(self.subject, setup, self.case.clone())
    }

    /// Opens another guest with a shared memory.
    #[must_use]
    pub fn on_shared_memory(&self) -> Self {
        self.set_up(Setup { shared_memory: true, ..Setup::default() })
    }

    /// Opens another guest with a shared memory, for a behaviour that this case runs.
    pub(crate) fn running(&self, inner: &Behaviour) -> Self {
        let setup = Setup { shared_memory: true, ..Setup::default() };
        Self::in_case(self.subject, setup, self.case.running(inner))
    }

    /// Makes `count` threads of this guest. Each has its own part of memory for arguments and outputs.
    #[must_use]
    pub fn into_threads(self, count: usize) -> Vec<Self> {
        self.case.require(Capability::Memory, "has threads on one memory");
        let Binding::Probe(probe) = self.binding else { suite::skip("its guests have no memory".to_owned()) };
        let probes = probe.into_threads(count).unwrap_or_else(|reason| suite::skip(reason));
        let thread =
            |probe| Self::with(self.subject, self.case.clone(), Binding::Probe(Box::new(probe)), self.shared_memory);
        probes.into_iter().map(thread).collect()
    }

    /// The host that is judged.
    #[must_use]
    pub fn subject(&self) -> &'a dyn Subject {
        self.subject
    }

    /// The case that the guest belongs to.
    pub(crate) const fn case(&self) -> &CaseContext {
        &self.case
    }

    /// Returns whether the host lacks an algorithm. If so, checks that every use of it answers `unsupported_algorithm`.
    pub fn lacks(&mut self, algorithm: &str) -> bool {
        if self.subject.serves(algorithm) {
            return false;
        }
        refuses!(self.symmetric_key_generate(algorithm, None), UnsupportedAlgorithm, "{algorithm}");
        refuses!(self.symmetric_state_open(algorithm, None, None), UnsupportedAlgorithm, "{algorithm}");
        for kind in [SIGNATURES, KEY_EXCHANGE] {
            refuses!(self.keypair_generate(kind, algorithm, None), UnsupportedAlgorithm, "{algorithm}");
        }
        self.case.lacks(algorithm);
        true
    }

    /// Returns whether the host has a capability.
    #[must_use]
    pub fn has(&self, capability: Capability<'_>) -> bool {
        self.subject.has(capability)
    }

    /// Returns the guest's revision.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.subject.revision()
    }

    /// Returns an errno as this guest's revision answers it.
    #[must_use]
    pub fn refusal(&self, errno: Errno) -> Refusal {
        Refusal::new(errno, self.revision())
    }

    /// Returns the bytes that the host counts for this guest's objects, if the host reports them.
    #[must_use]
    pub fn bytes_held(&self) -> Option<usize> {
        match &self.binding {
            Binding::Probe(probe) => probe.bytes_held(),
            Binding::Typed(interface) => interface.bytes_held(),
        }
    }

    /// The guest's memory, and its functions as they take integers.
    ///
    /// # Panics
    ///
    /// If the behaviour does not declare that it needs them.
    pub fn memory(&mut self) -> &mut Probe {
        self.case.require(Capability::Memory, "passes pointers");
        match &mut self.binding {
            Binding::Probe(probe) => probe,
            Binding::Typed(_) => suite::skip("its guests have no memory".to_owned()),
        }
    }

    /// The length of the guest's memory in bytes.
    ///
    /// # Panics
    ///
    /// If the behaviour does not declare that it needs memory.
    #[must_use]
    pub fn memory_len(&self) -> usize {
        self.case.require(Capability::Memory, "passes pointers");
        match &self.binding {
            Binding::Probe(probe) => probe.len(),
            Binding::Typed(_) => suite::skip("its guests have no memory".to_owned()),
        }
    }

    /// Returns whether this guest sees a public key for the first time: slow checks run once for each key.
    pub(crate) fn meets(&mut self, key: &[u8]) -> bool {
        self.met.insert(key.to_vec())
    }

    /// Calls a function by its name. The arguments are in the order of the function's parameters.
    ///
    /// # Errors
    ///
    /// The errno that it answers.
    ///
    /// # Panics
    ///
    /// If the behaviour passes something that only some guests can, without declaring that need.
    pub fn invoke(&mut self, name: &str, arguments: &[Argument<'_>]) -> Answer<Vec<Value>> {
        let function = function(self.revision(), name);
        for (argument, parameter) in arguments.iter().zip(function.parameters) {
            let taken = kind(parameter.ty, self.revision());
            match argument {
                Argument::Object(object) | Argument::Optional(Some(object)) => self.hold(*object, taken),
                Argument::AlgorithmType(AlgorithmType::Number(_)) | Argument::Encoding(Encoding::Number(_)) => {
                    self.case.require(Capability::Numbers, "passes a bare number");
                }
                _ => {}
            }
        }
        let result = match &mut self.binding {
            Binding::Probe(probe) => probe.invoke(function, arguments),
            Binding::Typed(interface) => {
                let result = interface.invoke(function, arguments);
                let number = result.as_ref().err().map_or(0, |refusal| i32::from(refusal.number()));
                self.case.answered(self.subject.revision(), name, number);
                result
            }
        };
        for value in result.iter().flatten() {
            if let Value::Object(object) = value {
                self.closed.remove(object);
            }
        }
        if let (Ok(_), true, [Argument::Object(object)]) = (&result, name.ends_with("_close"), arguments) {
            self.closed.insert(*object);
        }
        result
    }

    /// Calls a function of a batch interface by its name. `elements` are the arguments of each.
    ///
    /// # Errors
    ///
    /// The errno that it answers for the call as a whole.
    ///
    /// # Panics
    ///
    /// If the behaviour does not declare that it needs batches.
    pub fn batch(&mut self, name: &str, elements: &[Vec<Argument<'_>>]) -> Answer<Vec<Element>> {
        self.case.require(Capability::Batches, "calls a batch");
        match &mut self.binding {
            Binding::Probe(_) => suite::skip(Capability::Batches.lacking().to_owned()),
            Binding::Typed(interface) => interface.invoke_batch(name, elements),
        }
    }

    /// Panics if the behaviour passes a number that is not an object of the kind, without declaring that need.
    fn hold(&self, object: Object, taken: &str) {
        if object.kind() != taken {
            self.case.require(Capability::Handles, "passes an object of another kind");
        }
        if self.closed.contains(&object) {
            self.case.require(Capability::Handles, "passes an object that was closed");
        }
    }

    fn call(&mut self, name: &str, arguments: &[Argument<'_>]) -> Answer {
        self.invoke(name, arguments).map(drop)
    }

    fn opens(&mut self, name: &str, arguments: &[Argument<'_>]) -> Answer<Object> {
        match self.invoke(name, arguments)?[..] {
            [Value::Object(object)] => Ok(object),
            ref values => panic!("{name} returned {values:?}, not one object"),
        }
    }

    fn numbers(&mut self, name: &str, arguments: &[Argument<'_>]) -> Answer<u64> {
        match self.invoke(name, arguments)?[..] {
            [Value::Number(number)] => Ok(number),
            ref values => panic!("{name} returned {values:?}, not one number"),
        }
    }

    fn writes(&mut self, name: &str, arguments: &[Argument<'_>]) -> Answer<Vec<u8>> {
        match &mut self.invoke(name, arguments)?[..] {
            [Value::Bytes(bytes)] => Ok(std::mem::take(bytes)),
            values => panic!("{name} returned {values:?}, not bytes alone"),
        }
    }

    /// The length that a function returns in bytes.
    fn length(&mut self, name: &str, arguments: &[Argument<'_>]) -> Answer<u32> {
        self.numbers(name, arguments).map(|len| u32::try_from(len).expect("a size has 32 bits"))
    }
}
