//! The interface over the probe: arguments and outputs in its memory, objects as handles.

use hostcrypt::{
    Revision,
    abi::{Function, Type},
};

use super::{
    case::CaseContext,
    interface::{Answer, Argument, Interface, Object, Refusal, Value, function, opened},
};
use crate::ProbeInstance;

/// Where arguments and outputs of one call lie; the rest of memory is the behaviour's own.
const SCRATCH: usize = 768 << 10;

/// A guest that is the probe: its functions take integers, and its memory is there to be read and written.
///
/// Behaviours get at it by [`Guest::memory`](crate::Guest::memory), which holds them to having said so.
pub struct Probe {
    instance: Box<dyn ProbeInstance>,
    revision: Revision,
    case: CaseContext,
    /// Where this thread's arguments and outputs begin, how many bytes it has for them, and how many are used.
    scratch: (usize, usize),
    used: usize,
}

impl Probe {
    pub(super) fn new(instance: Box<dyn ProbeInstance>, revision: Revision, case: CaseContext) -> Self {
        Self { instance, revision, case, scratch: (0, SCRATCH), used: 0 }
    }

    /// So many threads of the guest, itself the last. Each has its own part of memory for arguments and outputs.
    ///
    /// # Errors
    ///
    /// Why it has no threads.
    pub(super) fn into_threads(mut self, count: usize) -> Result<Vec<Self>, String> {
        let mut instances = (1..count).map(|_| self.instance.thread()).collect::<Result<Vec<_>, _>>()?;
        instances.push(self.instance);
        let room = (SCRATCH / count) & !7;
        let thread = |(index, instance)| Self {
            instance,
            revision: self.revision,
            case: self.case.clone(),
            scratch: (index * room, room),
            used: 0,
        };
        Ok(instances.into_iter().enumerate().map(thread).collect())
    }

    /// The length of memory in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.instance.memory_len()
    }

    /// Whether there is no memory, which is never so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place in memory that no call's arguments are written to.
    #[must_use]
    pub const fn own(&self) -> i64 {
        SCRATCH as i64
    }

    /// Copies memory out.
    #[must_use]
    pub fn read(&self, ptr: i64, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.instance.read(usize::try_from(ptr).expect("in memory"), &mut bytes);
        bytes
    }

    /// Copies all of memory out.
    #[must_use]
    pub fn all(&self) -> Vec<u8> {
        self.read(0, self.len())
    }

    /// Copies into memory.
    pub fn write(&mut self, ptr: i64, bytes: &[u8]) {
        self.instance.write(usize::try_from(ptr).expect("in memory"), bytes);
    }

    /// Calls a function with bare integers.
    ///
    /// # Errors
    ///
    /// The errno that it answers.
    pub fn call(&mut self, function: &str, integers: &[i64]) -> Answer {
        match self.number(function, integers) {
            0 => Ok(()),
            number => {
                let number = u16::try_from(number).unwrap_or_else(|_| panic!("{function} answered {number}"));
                Err(Refusal::of_number(number, self.revision))
            }
        }
    }

    /// Calls a function with bare integers and returns the bare number that it answers.
    pub fn number(&mut self, function: &str, integers: &[i64]) -> i32 {
        self.used = 0;
        let number = self.instance.call(function, integers);
        self.case.answered(self.revision, function, number);
        number
    }

    /// Calls a function that opens an object as its only output, a pointer that is passed last.
    ///
    /// # Errors
    ///
    /// The errno that it answers.
    pub fn open(&mut self, name: &str, integers: &[i64]) -> Answer<Object> {
        let kind = opened(function(self.revision, name), 0, self.revision).expect("it opens an object");
        let out = self.room(4);
        let integers: Vec<_> = integers.iter().copied().chain([out]).collect();
        self.call(name, &integers)?;
        Ok(Object::new(kind, self.u32(out)))
    }

    /// Room among the arguments of the next call.
    pub fn room(&mut self, len: usize) -> i64 {
        // Eight bytes between, so that a write past the end shows.
        let (start, size) = self.scratch;
        let ptr = start + self.used;
        self.used = (self.used + len + 15) & !7;
        assert!(self.used <= size, "the arguments do not fit");
        ptr as i64
    }

    /// Bytes among the arguments of the next call: a pointer and a length.
    pub fn put(&mut self, bytes: &[u8]) -> [i64; 2] {
        let ptr = self.room(bytes.len());
        self.write(ptr, bytes);
        [ptr, bytes.len() as i64]
    }

    /// An optional handle among the arguments of the next call.
    pub fn optional(&mut self, object: Option<Object>) -> i64 {
        let mut union = [1, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa];
        if let Some(object) = object {
            union[0] = 0;
            union[4..].copy_from_slice(&object.number().to_le_bytes());
        }
        self.put(&union)[0]
    }

    /// A `size` or a handle in memory.
    #[must_use]
    pub fn u32(&self, ptr: i64) -> u32 {
        u32::from_le_bytes(self.read(ptr, 4).try_into().expect("four bytes"))
    }

    fn u64(&self, ptr: i64) -> u64 {
        u64::from_le_bytes(self.read(ptr, 8).try_into().expect("eight bytes"))
    }
}

impl Interface for Probe {
    fn invoke(&mut self, function: &Function, arguments: &[Argument<'_>]) -> Answer<Vec<Value>> {
        assert_eq!(arguments.len(), function.parameters.len(), "the arguments of {}", function.name);
        let (mut integers, mut buffer) = (Vec::new(), None);
        for (argument, parameter) in arguments.iter().zip(function.parameters) {
            match *argument {
                Argument::Object(object) => integers.push(object.into()),
                Argument::Optional(object) => integers.push(self.optional(object)),
                Argument::Text(text) => integers.extend(self.put(text.as_bytes())),
                Argument::Bytes(bytes) => integers.extend(self.put(bytes)),
                Argument::Buffer(len) => {
                    let ptr = self.room(len);
                    buffer = Some((ptr, len));
                    integers.extend([ptr, len as i64]);
                }
                Argument::AlgorithmType(of) => integers.push(of.number()),
                Argument::Encoding(encoding) => {
                    let kind = parameter.ty.name().trim_end_matches("_encoding");
                    let number = encoding.number(self.revision, kind);
                    integers.push(number.unwrap_or_else(|| panic!("no {encoding} of a {kind} has a number")));
                }
                Argument::Number(number) => integers.push(number.cast_signed()),
            }
        }
        let outs: Vec<_> = function.outputs.iter().map(|_| self.room(8)).collect();
        integers.extend(&outs);
        self.call(function.name, &integers)?;
        let (mut written, mut values) = (buffer.map(|(_, len)| len), Vec::new());
        for (index, (output, ptr)) in function.outputs.iter().zip(outs).enumerate() {
            match (output.ty, opened(function, index, self.revision)) {
                (_, Some(kind)) => values.push(Value::Object(Object::new(kind, self.u32(ptr)))),
                (Type::size, _) if buffer.is_some() => written = Some(self.u32(ptr) as usize),
                (Type::size, _) => values.push(Value::Number(self.u32(ptr).into())),
                _ => values.push(Value::Number(self.u64(ptr))),
            }
        }
        if let (Some((ptr, _)), Some(written)) = (buffer, written) {
            values.insert(0, Value::Bytes(self.read(ptr, written)));
        }
        Ok(values)
    }

    fn bytes_held(&self) -> Option<usize> {
        self.instance.bytes_held()
    }
}
