//! Option sets: `options_*`.

use std::sync::Arc;

use crate::{
    Errno, Result,
    abi::Number,
    handles::Handle,
    host::Call,
    memory::{Buf, Bytes, Str},
    secret::{Budget, InlineBytes},
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

/// The values that a state is opened with, and keeps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    context: Option<Arc<InlineBytes>>,
    salt: Option<Arc<InlineBytes>>,
    nonce: Option<Arc<InlineBytes>>,
    memory_limit: Option<u64>,
    ops_limit: Option<u64>,
    parallelism: Option<u64>,
    buffer: Option<(u32, u32)>,
}

impl Values {
    pub(crate) fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_ref().map(|nonce| &***nonce)
    }

    pub(crate) fn set_nonce(&mut self, nonce: &[u8], budget: &Arc<Budget>) -> Result<()> {
        self.nonce = Some(Arc::new(InlineBytes::copy_of(nonce, budget)?));
        Ok(())
    }

    /// # Errors
    ///
    /// [`Errno::UnsupportedOption`] for an unknown name or one of another kind, [`Errno::OptionNotSet`] for a
    /// known one that is not set.
    pub(crate) fn bytes(&self, name: &str) -> Result<Arc<InlineBytes>> {
        let Name::Bytes(name) = Name::parse(name)? else { return Err(Errno::UnsupportedOption) };
        let value = match name {
            BytesOption::Context => &self.context,
            BytesOption::Salt => &self.salt,
            BytesOption::Nonce => &self.nonce,
        };
        value.clone().ok_or(Errno::OptionNotSet)
    }

    /// # Errors
    ///
    /// As for [`Values::bytes`].
    pub(crate) fn integer(&self, name: &str) -> Result<u64> {
        let Name::Integer(name) = Name::parse(name)? else { return Err(Errno::UnsupportedOption) };
        let value = match name {
            IntegerOption::MemoryLimit => self.memory_limit,
            IntegerOption::OpsLimit => self.ops_limit,
            IntegerOption::Parallelism => self.parallelism,
        };
        value.ok_or(Errno::OptionNotSet)
    }
}

/// An option set: `options`.
pub(crate) struct Options {
    algorithm_type: AlgorithmType,
    values: Values,
}

impl Options {
    /// The values for an algorithm of type `kind`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidHandle`] for a set that was opened for another type.
    fn values(&self, kind: AlgorithmType) -> Result<Values> {
        if self.algorithm_type == kind { Ok(self.values.clone()) } else { Err(Errno::InvalidHandle) }
    }

    /// The option of a name; only symmetric algorithms have any.
    fn name(&self, name: &str) -> Result<Name> {
        match self.algorithm_type {
            AlgorithmType::Symmetric => Name::parse(name),
            AlgorithmType::Signatures | AlgorithmType::KeyExchange => Err(Errno::UnsupportedOption),
        }
    }
}

impl Call<'_> {
    /// The values of an optional option set; none are the default.
    pub(crate) fn option_values(&mut self, options: Option<Handle<Options>>, kind: AlgorithmType) -> Result<Values> {
        match options {
            Some(options) => self.objects.with(options, |options: &mut Options| options.values(kind)),
            None => Ok(Values::default()),
        }
    }

    pub(crate) fn options_open(&mut self, algorithm_type: Number) -> Result<Handle<Options>> {
        let algorithm_type = self.revision.algorithm_type(algorithm_type.0)?;
        self.objects.open(|_| Ok(Options { algorithm_type, values: Values::default() }))
    }

    pub(crate) fn options_close(&mut self, handle: Handle<Options>) -> Result<()> {
        self.objects.close(handle)
    }

    pub(crate) fn options_set(&mut self, handle: Handle<Options>, name: Str, value: Bytes) -> Result<()> {
        let (name, value) = (self.memory.str(name)?, self.memory.bytes(value)?);
        let budget = self.budget;
        self.objects.with(handle, |options: &mut Options| {
            let Name::Bytes(name) = options.name(name)? else { return Err(Errno::UnsupportedOption) };
            let value = Some(Arc::new(InlineBytes::copy_of(value, budget)?));
            match name {
                BytesOption::Context => options.values.context = value,
                BytesOption::Salt => options.values.salt = value,
                BytesOption::Nonce => options.values.nonce = value,
            }
            Ok(())
        })
    }

    pub(crate) fn options_set_u64(&mut self, handle: Handle<Options>, name: Str, value: u64) -> Result<()> {
        let name = self.memory.str(name)?;
        self.objects.with(handle, |options: &mut Options| {
            let Name::Integer(name) = options.name(name)? else { return Err(Errno::UnsupportedOption) };
            match name {
                IntegerOption::MemoryLimit => options.values.memory_limit = Some(value),
                IntegerOption::OpsLimit => options.values.ops_limit = Some(value),
                IntegerOption::Parallelism => options.values.parallelism = Some(value),
            }
            Ok(())
        })
    }

    /// The range is checked now, and again by an algorithm that uses it: memory may have changed by then.
    pub(crate) fn options_set_guest_buffer(&mut self, handle: Handle<Options>, name: Str, buffer: Buf) -> Result<()> {
        self.memory.check(buffer.ptr, buffer.len)?;
        let name = self.memory.str(name)?;
        self.objects.with(handle, |options: &mut Options| {
            let Name::Buffer = options.name(name)? else { return Err(Errno::UnsupportedOption) };
            options.values.buffer = Some((buffer.ptr, buffer.len));
            Ok(())
        })
    }
}
