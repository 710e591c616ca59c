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
        let first = |is_named: fn(&str, &str) -> bool| NAMES.iter().find(|(known, _)| is_named(known, name));
        let known = first(|one, other| one == other).or_else(|| first(str::eq_ignore_ascii_case));
        known.map(|(_, name)| *name).ok_or(Errno::UnsupportedOption)
    }
}

/// An option set: `options`. A state keeps the values that the set had when the state was opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The options that most sets do not have.
    others: Option<Arc<Others>>,
    /// A short nonce, which is not secret and needs no allocation.
    short_nonce: [u8; SHORT],
    /// Its length in bytes, if it is set and short.
    short_nonce_len: Option<u8>,
    algorithm_type: AlgorithmType,
}

/// The longest nonce that is stored inline, in bytes.
const SHORT: usize = 32;

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
    long_nonce: Option<Arc<SecretBytes>>,
    context: Option<Arc<SecretBytes>>,
    salt: Option<Arc<SecretBytes>>,
    memory_limit: Option<u64>,
    ops_limit: Option<u64>,
    parallelism: Option<u64>,
    output_len: Option<u64>,
    buffer: Option<GuestBuffer>,
}

impl Options {
    pub(crate) const fn new(algorithm_type: AlgorithmType) -> Self {
        Self { others: None, short_nonce: [0; SHORT], short_nonce_len: None, algorithm_type }
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
            BytesOption::Nonce => self.set_nonce(value, budget)?,
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
            IntegerOption::OutputLen => others.output_len = Some(value),
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

    /// Checks that the set is for algorithms of this type.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidHandle`] for a set that was opened for another type.
    pub fn check_type(&self, algorithm_type: AlgorithmType) -> Result<()> {
        if self.algorithm_type == algorithm_type { Ok(()) } else { Err(Errno::InvalidHandle) }
    }

    /// How many bytes a squeeze gives that names no length, where that is set.
    pub(crate) fn output_len(&self) -> Option<u64> {
        self.others.as_deref().and_then(|others| others.output_len)
    }

    pub(crate) fn nonce(&self) -> Option<&[u8]> {
        match self.short_nonce_len {
            Some(len) => self.short_nonce.get(..usize::from(len)),
            None => self.others.as_ref()?.long_nonce.as_ref().map(|nonce| &***nonce),
        }
    }

    /// # Errors
    ///
    /// [`Errno::Overflow`] if it exceeds the guest's limit on bytes.
    pub(crate) fn set_nonce(&mut self, nonce: &[u8], budget: &Arc<Budget>) -> Result<()> {
        if let (Some(place), Ok(len)) = (self.short_nonce.get_mut(..nonce.len()), u8::try_from(nonce.len())) {
            place.copy_from_slice(nonce);
            self.short_nonce_len = Some(len);
            if self.others.as_ref().is_some_and(|others| others.long_nonce.is_some()) {
                self.others_mut().long_nonce = None;
            }
        } else {
            self.others_mut().long_nonce = Some(Arc::new(SecretBytes::copy_of(nonce, budget)?));
            self.short_nonce_len = None;
        }
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
    pub(crate) fn get(&self, name: &str) -> Result<&[u8]> {
        let Name::Bytes(name) = Name::parse(name)? else { return Err(Errno::UnsupportedOption) };
        let others = self.others.as_deref();
        let found = match name {
            BytesOption::Nonce => self.nonce(),
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
    pub(crate) fn get_u64(&self, name: &str) -> Result<u64> {
        let Name::Integer(name) = Name::parse(name)? else { return Err(Errno::UnsupportedOption) };
        let others = self.others.as_deref().ok_or(Errno::OptionNotSet)?;
        let found = match name {
            IntegerOption::MemoryLimit => others.memory_limit,
            IntegerOption::OpsLimit => others.ops_limit,
            IntegerOption::Parallelism => others.parallelism,
            IntegerOption::OutputLen => others.output_len,
        };
        found.ok_or(Errno::OptionNotSet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FunctionId, Host, backend::Backend};

    #[test]
    fn a_nonce_of_any_length_takes_the_place_of_the_one_before() {
        let guest = Host::builder(Backend::EMPTY).build().guest();
        let mut options = Options::new(AlgorithmType::Symmetric);
        for len in [12, 1000, SHORT + 1, SHORT, 0, 500] {
            let nonce = vec![7; len];
            guest.call(FunctionId::options_set, |op| options.set(op, "nonce", &nonce)).unwrap();
            assert_eq!(options.nonce(), Some(&*nonce));
        }
        assert!(guest.bytes_held() >= 500);
        guest.call(FunctionId::options_set, |op| options.set(op, "nonce", &[8; SHORT])).unwrap();
        assert_eq!((options.nonce(), guest.bytes_held()), (Some(&[8; SHORT][..]), 0));
    }
}
