//! Option sets: `options_*`.

use std::sync::Arc;

use crate::{
    Errno, Operation, Result,
    algorithm::AlgorithmType,
    secret::{Budget, SecretBytes},
};

/// The options that the interface names, each with one kind of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Bytes(BytesOption),
    Integer(IntegerOption),
    Buffer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BytesOption {
    Context,
    Salt,
    Nonce,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IntegerOption {
    MemoryLimit,
    OpsLimit,
    Parallelism,
}

impl Name {
    /// # Errors
    ///
    /// [`Errno::UnsupportedOption`] for a name that no algorithm has.
    fn parse(name: &str) -> Result<Self> {
        const NAMES: [(&str, Name); 10] = [
            ("nonce", Name::Bytes(BytesOption::Nonce)),
            ("salt", Name::Bytes(BytesOption::Salt)),
            ("context", Name::Bytes(BytesOption::Context)),
            ("memory_limit", Name::Integer(IntegerOption::MemoryLimit)),
            ("ops_limit", Name::Integer(IntegerOption::OpsLimit)),
            ("opslimit", Name::Integer(IntegerOption::OpsLimit)),
            ("parallelism", Name::Integer(IntegerOption::Parallelism)),
            ("threads", Name::Integer(IntegerOption::Parallelism)),
            ("buffer", Name::Buffer),
            ("memory", Name::Buffer),
        ];
        let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map(|(_, name)| *name).ok_or(Errno::UnsupportedOption)
    }
}

/// An option set: `options`. A state keeps the values that the set had when the state was opened.
#[derive(Clone, Debug)]
pub struct Options {
    algorithm_type: AlgorithmType,
    nonce: Option<Nonce>,
    /// The options that most sets do not have.
    others: Option<Arc<Others>>,
}

/// A range of the guest's own memory, as scratch space for an algorithm. The door defines its positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestBuffer {
    /// Where the range begins.
    pub offset: u64,
    /// The length of the range in bytes.
    pub len: u64,
}

#[derive(Clone, Debug, Default)]
struct Others {
    context: Option<Arc<SecretBytes>>,
    salt: Option<Arc<SecretBytes>>,
    memory_limit: Option<u64>,
    ops_limit: Option<u64>,
    parallelism: Option<u64>,
    buffer: Option<GuestBuffer>,
}

/// A nonce, which is not secret. A nonce of a cipher needs no allocation.
#[derive(Clone, Debug)]
enum Nonce {
    Short([u8; SHORT], u8),
    Long(Arc<SecretBytes>),
}

/// The longest nonce that is stored inline, in bytes.
const SHORT: usize = 32;

impl Nonce {
    fn new(nonce: &[u8], budget: &Arc<Budget>) -> Result<Self> {
        let mut short = [0; SHORT];
        match (short.get_mut(..nonce.len()), u8::try_from(nonce.len())) {
            (Some(place), Ok(len)) => {
                place.copy_from_slice(nonce);
                Ok(Self::Short(short, len))
            }
            _ => Ok(Self::Long(Arc::new(SecretBytes::copy_of(nonce, budget)?))),
        }
    }
}

impl std::ops::Deref for Nonce {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Short(short, len) => short.get(..usize::from(*len)).unwrap_or_default(),
            Self::Long(long) => long,
        }
    }
}

impl Options {
    const fn new(algorithm_type: AlgorithmType) -> Self {
        Self { algorithm_type, nonce: None, others: None }
    }

    /// Makes an empty set for algorithms of a type: `options_open`.
    #[must_use]
    pub const fn open(_: Operation<'_>, algorithm_type: AlgorithmType) -> Self {
        Self::new(algorithm_type)
    }

    /// Sets an option whose value is a byte string: `options_set`.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedOption`] for a name that algorithms of the type do not use, or whose value is of another
    /// kind; [`Errno::Overflow`] if the value exceeds the guest's limit on bytes.
    pub fn set(&mut self, operation: Operation<'_>, name: &str, value: &[u8]) -> Result<()> {
        let Name::Bytes(name) = self.name(name)? else { return Err(Errno::UnsupportedOption) };
        let budget = operation.budget();
        let long = || SecretBytes::copy_of(value, budget).map(|value| Some(Arc::new(value)));
        match name {
            BytesOption::Nonce => self.nonce = Some(Nonce::new(value, budget)?),
            BytesOption::Context => self.others_mut().context = long()?,
            BytesOption::Salt => self.others_mut().salt = long()?,
        }
        Ok(())
    }

    /// Sets an option whose value is an integer: `options_set_u64`.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedOption`] for a name that algorithms of the type do not use, or whose value is of another
    /// kind.
    pub fn set_u64(&mut self, _: Operation<'_>, name: &str, value: u64) -> Result<()> {
        let Name::Integer(name) = self.name(name)? else { return Err(Errno::UnsupportedOption) };
        let others = self.others_mut();
        match name {
            IntegerOption::MemoryLimit => others.memory_limit = Some(value),
            IntegerOption::OpsLimit => others.ops_limit = Some(value),
            IntegerOption::Parallelism => others.parallelism = Some(value),
        }
        Ok(())
    }

    /// Sets an option whose value is a range of the guest's memory: `options_set_guest_buffer`. The door checks the range
    /// now, and an algorithm that uses it has it checked again.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedOption`] for a name that algorithms of the type do not use, or whose value is of another
    /// kind.
    pub fn set_guest_buffer(&mut self, _: Operation<'_>, name: &str, buffer: GuestBuffer) -> Result<()> {
        let Name::Buffer = self.name(name)? else { return Err(Errno::UnsupportedOption) };
        self.others_mut().buffer = Some(buffer);
        Ok(())
    }

    /// Returns the set if it is for algorithms of this type.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidHandle`] for a set that was opened for another type.
    pub(crate) fn of_type(self, algorithm_type: AlgorithmType) -> Result<Self> {
        if self.algorithm_type == algorithm_type { Ok(self) } else { Err(Errno::InvalidHandle) }
    }

    pub(crate) fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// Sets the nonce of a set, or of a new empty set if there is none.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] if it exceeds the guest's limit on bytes.
    pub(crate) fn set_nonce(options: &mut Option<Self>, nonce: &[u8], budget: &Arc<Budget>) -> Result<()> {
        let options = options.get_or_insert(const { Self::new(AlgorithmType::Symmetric) });
        options.nonce = Some(Nonce::new(nonce, budget)?);
        Ok(())
    }

    fn others_mut(&mut self) -> &mut Others {
        Arc::make_mut(self.others.get_or_insert_default())
    }

    /// Returns the option of a name; only symmetric algorithms have options.
    fn name(&self, name: &str) -> Result<Name> {
        match self.algorithm_type {
            AlgorithmType::Symmetric => Name::parse(name),
            AlgorithmType::Signatures | AlgorithmType::KeyExchange => Err(Errno::UnsupportedOption),
        }
    }
}

impl Options {
    /// Returns the bytes of an option that a state was opened with.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedOption`] for an unknown name or one of another kind, [`Errno::OptionNotSet`] for a known one
    /// that is not set.
    pub(crate) fn get<'o>(options: Option<&'o Self>, name: &str) -> Result<&'o [u8]> {
        let Name::Bytes(name) = Name::parse(name)? else { return Err(Errno::UnsupportedOption) };
        let options = options.ok_or(Errno::OptionNotSet)?;
        let others = options.others.as_deref();
        let found = match name {
            BytesOption::Nonce => options.nonce(),
            BytesOption::Context => others.and_then(|others| others.context.as_ref()).map(|value| &***value),
            BytesOption::Salt => others.and_then(|others| others.salt.as_ref()).map(|value| &***value),
        };
        found.ok_or(Errno::OptionNotSet)
    }

    /// Returns the integer of an option that a state was opened with.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub(crate) fn get_u64(options: Option<&Self>, name: &str) -> Result<u64> {
        let Name::Integer(name) = Name::parse(name)? else { return Err(Errno::UnsupportedOption) };
        let others = options.and_then(|options| options.others.as_deref()).ok_or(Errno::OptionNotSet)?;
        let found = match name {
            IntegerOption::MemoryLimit => others.memory_limit,
            IntegerOption::OpsLimit => others.ops_limit,
            IntegerOption::Parallelism => others.parallelism,
        };
        found.ok_or(Errno::OptionNotSet)
    }
}
