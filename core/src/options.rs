//! Option sets: `options_*`.

use std::sync::Arc;

use crate::{
    Errno, Result,
    abi::{Number, Optional},
    handles::Handle,
    host::Call,
    memory::{Buf, Bytes, Str},
    secret::{Budget, SecretBytes},
};

/// The categories under which guests name algorithms: `algorithm_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlgorithmType {
    /// Signature schemes.
    Signatures,
    /// Hash functions, codes, ciphers and key derivation.
    Symmetric,
    /// Key agreement and encapsulation; only in revision 0.10.
    KeyExchange,
}

impl AlgorithmType {
    /// The interface's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signatures => "signatures",
            Self::Symmetric => "symmetric",
            Self::KeyExchange => "key_exchange",
        }
    }
}

/// The options that the interface reserves names for, each of one kind of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Bytes(BytesOption),
    Integer(IntegerOption),
    Buffer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BytesOption {
    Context,
    Salt,
    Nonce,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IntegerOption {
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

/// An option set: `options`. A state keeps the set as it was when it was opened from it.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    algorithm_type: AlgorithmType,
    nonce: Option<Nonce>,
    /// What most sets do not have.
    others: Option<Box<Others>>,
}

#[derive(Clone, Debug, Default)]
struct Others {
    context: Option<Arc<SecretBytes>>,
    salt: Option<Arc<SecretBytes>>,
    memory_limit: Option<u64>,
    ops_limit: Option<u64>,
    parallelism: Option<u64>,
    buffer: Option<(u32, u32)>,
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

    pub(crate) fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// The same set with a nonce; an empty set if there is none.
    pub(crate) fn with_nonce(options: Option<&Self>, nonce: &[u8], budget: &Arc<Budget>) -> Result<Self> {
        let mut options = options.cloned().unwrap_or(const { Self::new(AlgorithmType::Symmetric) });
        options.nonce = Some(Nonce::new(nonce, budget)?);
        Ok(options)
    }

    fn others_mut(&mut self) -> &mut Others {
        self.others.get_or_insert_default()
    }

    /// The option of a name; only symmetric algorithms have any.
    fn name(&self, name: &str) -> Result<Name> {
        match self.algorithm_type {
            AlgorithmType::Symmetric => Name::parse(name),
            AlgorithmType::Signatures | AlgorithmType::KeyExchange => Err(Errno::UnsupportedOption),
        }
    }
}

/// The bytes that a state was opened with.
///
/// # Errors
///
/// [`Errno::UnsupportedOption`] for an unknown name or one of another kind, [`Errno::OptionNotSet`] for a known one
/// that is not set.
pub(crate) fn read_bytes<'o>(options: Option<&'o Options>, name: &str) -> Result<&'o [u8]> {
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
/// As for [`read_bytes`].
pub(crate) fn read_integer(options: Option<&Options>, name: &str) -> Result<u64> {
    let Name::Integer(name) = Name::parse(name)? else { return Err(Errno::UnsupportedOption) };
    let others = options.and_then(|options| options.others.as_deref()).ok_or(Errno::OptionNotSet)?;
    let found = match name {
        IntegerOption::MemoryLimit => others.memory_limit,
        IntegerOption::OpsLimit => others.ops_limit,
        IntegerOption::Parallelism => others.parallelism,
    };
    found.ok_or(Errno::OptionNotSet)
}

impl Call<'_> {
    /// The set behind an optional parameter, for an algorithm of type `kind`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidHandle`] for a set that was opened for another type.
    pub(crate) fn option_set(&self, options: Optional<Options>, kind: AlgorithmType) -> Result<Option<Arc<Options>>> {
        let Some(options) = self.optional(options)? else { return Ok(None) };
        let options = self.objects.get(options)?;
        if options.algorithm_type == kind { Ok(Some(options)) } else { Err(Errno::InvalidHandle) }
    }

    pub(crate) fn options_open(&mut self, algorithm_type: Number) -> Result<Handle<Options>> {
        let algorithm_type = self.revision.algorithm_type(algorithm_type.0)?;
        self.objects.open(|_| Ok(Options::new(algorithm_type)))
    }

    pub(crate) fn options_close(&mut self, handle: Handle<Options>) -> Result<()> {
        self.objects.close(handle)
    }

    pub(crate) fn options_set(&mut self, handle: Handle<Options>, name: Str, value: Bytes) -> Result<()> {
        let (name, value) = (self.memory.str(name)?, self.memory.bytes(value)?);
        let budget = self.budget;
        self.objects.revise(handle, |options| {
            let Name::Bytes(name) = options.name(name)? else { return Err(Errno::UnsupportedOption) };
            let long = || SecretBytes::copy_of(value, budget).map(|value| Some(Arc::new(value)));
            match name {
                BytesOption::Nonce => options.nonce = Some(Nonce::new(value, budget)?),
                BytesOption::Context => options.others_mut().context = long()?,
                BytesOption::Salt => options.others_mut().salt = long()?,
            }
            Ok(())
        })
    }

    pub(crate) fn options_set_u64(&mut self, handle: Handle<Options>, name: Str, value: u64) -> Result<()> {
        let name = self.memory.str(name)?;
        self.objects.revise(handle, |options| {
            let Name::Integer(name) = options.name(name)? else { return Err(Errno::UnsupportedOption) };
            let others = options.others_mut();
            match name {
                IntegerOption::MemoryLimit => others.memory_limit = Some(value),
                IntegerOption::OpsLimit => others.ops_limit = Some(value),
                IntegerOption::Parallelism => others.parallelism = Some(value),
            }
            Ok(())
        })
    }

    /// The range is checked now, and again by an algorithm that uses it: memory may have changed by then.
    pub(crate) fn options_set_guest_buffer(&mut self, handle: Handle<Options>, name: Str, buffer: Buf) -> Result<()> {
        self.memory.check(buffer.ptr, buffer.len)?;
        let name = self.memory.str(name)?;
        self.objects.revise(handle, |options| {
            let Name::Buffer = options.name(name)? else { return Err(Errno::UnsupportedOption) };
            options.others_mut().buffer = Some((buffer.ptr, buffer.len));
            Ok(())
        })
    }
}
