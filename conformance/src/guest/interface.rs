//! A guest's interface: typed arguments and results, without pointers.

use std::{collections::HashMap, fmt, sync::LazyLock};

use hostcrypt::{
    Errno, Revision,
    abi::{Function, Type, functions},
};

/// A guest's calls of the functions of the interface.
///
/// A core module calls them with integers and a linear memory, a component with resources and lists. Behaviours call
/// the methods of [`Guest`](crate::Guest), which all use this one method.
pub trait Interface: Send {
    /// Calls a function.
    ///
    /// `arguments` are in the order of the function's parameters, one for each. The results are the contents of its
    /// buffer, if it has one, and then its outputs. The length of those contents is not an output of its own.
    ///
    /// Panic if the host traps or panics: it has then failed.
    ///
    /// # Errors
    ///
    /// The errno that the host answers.
    fn invoke(&mut self, function: &Function, arguments: &[Argument<'_>]) -> Answer<Vec<Value>>;

    /// Calls a function for many elements at once, such as `batch_symmetric_state_squeeze`. `elements` are the arguments of
    /// each.
    ///
    /// # Errors
    ///
    /// The errno that the host answers for the call as a whole.
    fn invoke_batch(&mut self, function: &str, _elements: &[Vec<Argument<'_>>]) -> Answer<Vec<Element>> {
        panic!("the host has batches, and {function} is not there to be called")
    }

    /// Returns the bytes that the host counts for the guest's objects, if the host reports them.
    fn bytes_held(&self) -> Option<usize> {
        None
    }
}

/// The result of one element of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The results; of an element that failed, what is in their place.
    pub values: Vec<Value>,
    /// The errno of an element that failed.
    pub answer: Answer,
}

/// An argument of a call.
#[derive(Clone, Copy, Debug)]
pub enum Argument<'a> {
    /// An object.
    Object(Object),
    /// An object or none.
    Optional(Option<Object>),
    /// A name.
    Text(&'a str),
    /// Bytes that the host reads.
    Bytes(&'a [u8]),
    /// The length in bytes of a buffer that the host writes.
    Buffer(usize),
    /// A type of algorithms.
    AlgorithmType(AlgorithmType),
    /// An encoding of a key or a signature.
    Encoding(Encoding),
    /// The value of an option, a version, or a timestamp.
    Number(u64),
}

/// A result of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An object that the call opened.
    Object(Object),
    /// The bytes that the host wrote to the buffer.
    Bytes(Vec<u8>),
    /// A length, a version, or the value of an option.
    Number(u64),
}

/// An object that a guest has open: a handle of a core module, a resource of a component.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Object {
    kind: &'static str,
    number: u32,
}

impl Object {
    /// Makes an object of a kind, such as `keypair`, from the guest's number of it.
    #[must_use]
    pub const fn new(kind: &'static str, number: u32) -> Self {
        Self { kind, number }
    }

    /// The kind of the object.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        self.kind
    }

    /// Returns the guest's number of the object: in a core module, the handle.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.number
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.number)
    }
}

/// A handle among the integers of a call.
impl From<Object> for i64 {
    fn from(object: Object) -> Self {
        object.number.into()
    }
}

/// A type of algorithms: `algorithm_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlgorithmType {
    /// `signatures`
    Signatures,
    /// `symmetric`
    Symmetric,
    /// `key_exchange`, only in revision 0.10.
    KeyExchange,
    /// A bare number, which may be invalid.
    Number(i64),
}

impl AlgorithmType {
    /// The number of the type, in both revisions.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Signatures => 0,
            Self::Symmetric => 1,
            Self::KeyExchange => 2,
            Self::Number(number) => number,
        }
    }
}

impl From<i64> for AlgorithmType {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl fmt::Display for AlgorithmType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// An encoding of a key or a signature: `keypair_encoding` and its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `raw`, of keys and signatures.
    Raw,
    /// PKCS #8 of key pairs and secret keys, SubjectPublicKeyInfo of public keys. Revision 2020-06 calls it `pkcs8` of
    /// pairs, and `der` of their halves.
    Pkcs8,
    /// `der` of signatures, and of key pairs in revision 2020-06.
    Der,
    /// `pem`
    Pem,
    /// `sec` of public and secret keys.
    Sec,
    /// `compressed_sec` of public and secret keys, only in revision 2020-06.
    CompressedSec,
    /// `local`, the host's own encoding of a key.
    Local,
    /// A bare number, which may be invalid.
    Number(i64),
}

impl Encoding {
    /// The number of the encoding for objects of a kind, or none if the revision does not have the encoding.
    #[must_use]
    pub fn number(self, revision: Revision, kind: &str) -> Option<i64> {
        let (pair, older) = (kind == "keypair", revision == Revision::V2020_06);
        let number = match self {
            Self::Number(number) => number,
            Self::Raw => 0,
            _ if kind == "signature" => return (self == Self::Der).then_some(1),
            Self::Pkcs8 => 1,
            Self::Der if older && pair => 2,
            Self::Pem if older && pair => 3,
            Self::Local if older && pair => 4,
            Self::Pem => 2,
            Self::Local if pair => 3,
            Self::Sec if !pair => 3,
            Self::CompressedSec if older && !pair => 4,
            Self::Local => return Some(if older { 5 } else { 4 }),
            Self::Der | Self::Sec | Self::CompressedSec => return None,
        };
        Some(number)
    }
}

impl From<i64> for Encoding {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

macro_rules! arguments {
    ($($from:ty => $variant:ident),* $(,)?) => {
        $(impl<'a> From<$from> for Argument<'a> {
            fn from(argument: $from) -> Self {
                Self::$variant(argument)
            }
        })*
    };
}

arguments! {
    Object => Object,
    Option<Object> => Optional,
    &'a str => Text,
    &'a [u8] => Bytes,
    AlgorithmType => AlgorithmType,
    Encoding => Encoding,
    u64 => Number,
}

/// An errno that a call answered, as the number that its revision gives it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    number: u16,
    revision: Revision,
}

impl Refusal {
    /// An errno, as a revision answers it.
    #[must_use]
    pub const fn new(errno: Errno, revision: Revision) -> Self {
        Self { number: revision.number(errno), revision }
    }

    pub(crate) const fn of_number(number: u16, revision: Revision) -> Self {
        Self { number, revision }
    }

    pub(super) const fn number(self) -> u16 {
        self.number
    }
}

impl PartialEq<Errno> for Refusal {
    fn eq(&self, errno: &Errno) -> bool {
        self.number == self.revision.number(*errno)
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "errno {} of revision {}", self.number, self.revision)
    }
}

/// The result of a call.
pub type Answer<T = ()> = Result<T, Refusal>;

/// The functions of each revision by name: looking one up is a part of every call.
static FUNCTIONS: LazyLock<[HashMap<&'static str, Function>; 2]> = LazyLock::new(|| {
    Revision::ALL.map(|revision| functions(revision).map(|function| (function.name, function)).collect())
});

/// A function of a revision.
pub(crate) fn function(revision: Revision, name: &str) -> &'static Function {
    let index = usize::from(revision == Revision::ALL[1]);
    FUNCTIONS[index].get(name).unwrap_or_else(|| panic!("revision {revision} has no {name}"))
}

/// The kind of object that a type of handles stands for, in a revision.
pub(crate) fn kind(ty: Type, revision: Revision) -> &'static str {
    match ty {
        Type::signature_keypair => "keypair",
        Type::signature_publickey => "publickey",
        Type::opt_options => "options",
        Type::opt_symmetric_key => "symmetric_key",
        // The list has the name of the newer revision in functions of both.
        Type::secrets_manager | Type::key_manager => manager(revision),
        kind => kind.name(),
    }
}

/// A revision's name of a manager.
pub(crate) const fn manager(revision: Revision) -> &'static str {
    match revision {
        Revision::V2020_06 => "key_manager",
        Revision::V0_10 => "secrets_manager",
    }
}

/// The kind of object that an output of a function is, or none if it is a value.
pub(crate) fn opened(function: &Function, output: usize, revision: Revision) -> Option<&'static str> {
    let ty = function.outputs[output].ty;
    // The list has the published type of the output, which is not what it means.
    let signs = function.name == "signature_state_sign";
    ty.is_handle().then(|| if signs { "signature" } else { kind(ty, revision) })
}
