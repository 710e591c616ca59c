//! Option sets: `options_*`.

use std::sync::Arc;

use crate::{
    Errno, Operation, Result,
    algorithm::AlgorithmType,
    secret::{Budget, SecretBytes},
};

/// The options that the interface reserves names for, each of one kind of value.
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
    OutputLen,
}

impl Name {
    /// # Errors
    ///
    /// [`Errno::UnsupportedOption`] for a name that no algorithm has.
    fn parse(name: &str) -> Result<Self> {
        const NAMES: [(&str, Name); 11] = [
            ("nonce", Name::Bytes(BytesOption::Nonce)),
            ("salt", Name::Bytes(BytesOption::Salt)),
            ("context", Name::Bytes(BytesOption::Context)),
            ("memory_limit", Name::Integer(IntegerOption::MemoryLimit)),
            ("ops_limit", Name::Integer(IntegerOption::OpsLimit)),
            ("opslimit", Name::Integer(IntegerOption::OpsLimit)),
            ("parallelism", Name::Integer(IntegerOption::Parallelism)),
            ("threads", Name::Integer(IntegerOption::Parallelism)),
            ("output_len", Name::Integer(IntegerOption::OutputLen)),
            ("buffer", Name::Buffer),
            ("memory", Name::Buffer),
        ];
        let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map(|(_, name)| *name).ok_or(Errno::UnsupportedOption)
    }
}

/// An option set: `options`. A state keeps the set as it was when it was opened from it.
#[derive(Clone, Debug)]
pub struct Options {
    algorithm_type: AlgorithmType,
    nonce: Option<Nonce>,
    /// Options that most sets do not have.
    others: Option<Arc<Others>>,
}

/// A range of the guest's own memory, as its door counts: scratch space for an algorithm.
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
    output_len: Option<u64>,
    buffer: Option<GuestBuffer>,
}

/// A nonce, which is no secret; one of a cipher's costs no allocation.
#[derive(Clone, Debug)]
enum Nonce {
    Short([u8; SHORT], u8),
    Long(Arc<SecretBytes>),
}

/// The longest nonce that is held in place, in bytes.
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

    /// An empty set for algorithms of a type: `options_open`.
    #[must_use]
    pub const fn open(_: Operation<'_>, algorithm_type: AlgorithmType) -> Self {
        Self::new(algorithm_type)
    }

    /// Sets an option whose value is a byte string: `options_set`.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedOption`] for a name that algorithms of the type do not have, or one of another kind of value;
    /// [`Errno::Overflow`] where the guest may not hold the value.
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
    /// [`Errno::UnsupportedOption`] for a name that algorithms of the type do not have, or one of another kind of value.
    pub fn set_u64(&mut self, _: Operation<'_>, name: &str, value: u64) -> Result<()> {
        let Name::Integer(name) = self.name(name)? else { return Err(Errno::UnsupportedOption) };
        let others = self.others_mut();
        match name {
            IntegerOption::MemoryLimit => others.memory_limit = Some(value),
            IntegerOption::OpsLimit => others.ops_limit = Some(value),
            IntegerOption::Parallelism => others.parallelism = Some(value),
            IntegerOption::OutputLen => others.output_len = Some(value),
        }
        Ok(())
    }

    /// Sets an option whose value is a range of the guest's memory: `options_set_guest_buffer`. The door checks the range
    /// now, and an algorithm that uses it has it checked again.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedOption`] for a name that algorithms of the type do not have, or one of another kind of value.
    pub fn set_guest_buffer(&mut self, _: Operation<'_>, name: &str, buffer: GuestBuffer) -> Result<()> {
        let Name::Buffer = self.name(name)? else { return Err(Errno::UnsupportedOption) };
        self.others_mut().buffer = Some(buffer);
        Ok(())
    }

    /// The set, if it is for algorithms of a type.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidHandle`] for a set that was opened for another type.
    pub fn of_type(self, algorithm_type: AlgorithmType) -> Result<Self> {
        if self.algorithm_type == algorithm_type { Ok(self) } else { Err(Errno::InvalidHandle) }
    }

    /// How many bytes a squeeze gives that names no length, where that is set.
    pub(crate) fn output_len(&self) -> Option<u64> {
        self.others.as_deref().and_then(|others| others.output_len)
    }

    pub(crate) fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// Sets the nonce of a set, which is an empty one if there is none.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] where the guest may not hold it.
    pub(crate) fn set_nonce(options: &mut Option<Self>, nonce: &[u8], budget: &Arc<Budget>) -> Result<()> {
        let options = options.get_or_insert(const { Self::new(AlgorithmType::Symmetric) });
        options.nonce = Some(Nonce::new(nonce, budget)?);
        Ok(())
    }

    fn others_mut(&mut self) -> &mut Others {
        Arc::make_mut(self.others.get_or_insert_default())
    }

    /// The option of a name; only symmetric algorithms have any.
    fn name(&self, name: &str) -> Result<Name> {
        match self.algorithm_type {
            AlgorithmType::Symmetric => Name::parse(name),
            AlgorithmType::Signatures | AlgorithmType::KeyExchange => Err(Errno::UnsupportedOption),
        }
    }
}

impl Options {
    /// The bytes that a state was opened with.
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

    /// The integer that a state was opened with.
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
            IntegerOption::OutputLen => others.output_len,
        };
        found.ok_or(Errno::OptionNotSet)
    }
}
