//! A guest as behaviours see it: the interface's functions over a probe, and a place for their arguments.

mod calls;
mod managed;

use std::collections::HashSet;

use hostcrypt::{Errno, Revision};

use crate::{Door, Setup, Subject, functions, suite};

/// Where arguments and outputs of one call lie; the rest of memory is the behaviour's own.
const SCRATCH: usize = 768 << 10;

/// An errno that a call answered, as the number that its revision gives it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    number: u16,
    revision: Revision,
}

impl PartialEq<Errno> for Refusal {
    fn eq(&self, errno: &Errno) -> bool {
        self.number == self.revision.number(*errno)
    }
}

impl std::fmt::Debug for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "errno {} of revision {}", self.number, self.revision)
    }
}

/// What a call answers.
pub type Answer<T = ()> = Result<T, Refusal>;

/// Holds a call to an errno.
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

/// A guest in a world of its own.
pub struct Guest<'a> {
    subject: &'a dyn Subject,
    door: Box<dyn Door>,
    /// Where this thread's arguments and outputs begin, how many bytes it has for them, and how many are used.
    scratch: (usize, usize),
    used: usize,
    shared_memory: bool,
    /// Public keys that this guest has met.
    met: HashSet<Vec<u8>>,
}

pub(crate) use managed::{ALL, IDENTIFIER_LEN, LATEST, UNSPECIFIED};

/// The numbers of the interface that both revisions share.
pub(crate) const SIGNATURES: i64 = 0;
/// See [`SIGNATURES`].
pub(crate) const SYMMETRIC: i64 = 1;
/// Only in 0.10; see [`SIGNATURES`].
pub(crate) const KEY_EXCHANGE: i64 = 2;
/// The raw encoding of every kind of key, and of signatures.
pub(crate) const RAW: i64 = 0;
/// PKCS #8 of key pairs and secret keys, SubjectPublicKeyInfo of public keys.
pub(crate) const PKCS8: i64 = 1;
/// The DER encoding of signatures.
pub(crate) const SIGNATURE_DER: i64 = 1;

impl<'a> Guest<'a> {
    /// A guest of a subject as it is by default.
    #[must_use]
    pub fn new(subject: &'a dyn Subject) -> Self {
        Self::of(subject, Setup::default())
    }

    /// A guest of a subject that its embedder set up otherwise.
    #[must_use]
    pub fn of(subject: &'a dyn Subject, setup: impl Into<Setup>) -> Self {
        let setup = setup.into();
        let door = subject.open(&setup).unwrap_or_else(|reason| suite::skip(reason));
        Self { subject, door, scratch: (0, SCRATCH), used: 0, shared_memory: setup.shared_memory, met: HashSet::new() }
    }

    /// A guest whose memory is one that threads share.
    #[must_use]
    pub fn on_shared_memory(subject: &'a dyn Subject) -> Self {
        Self::of(subject, Setup { shared_memory: true, ..Setup::default() })
    }

    /// Another guest of the same subject, in another world.
    #[must_use]
    pub fn neighbour(&self) -> Self {
        self.set_up(Setup::default())
    }

    /// Another guest of the same subject, which its embedder set up otherwise.
    #[must_use]
    pub fn set_up(&self, setup: impl Into<Setup>) -> Self {
        let mut setup = setup.into();
        setup.shared_memory |= self.shared_memory;
        Self::of(self.subject, setup)
    }

    /// So many threads of this guest, itself the first. Each has its own part of memory for arguments and outputs.
    #[must_use]
    pub fn into_threads(mut self, count: usize) -> Vec<Self> {
        let mut doors: Vec<_> =
            (1..count).map(|_| self.door.thread().unwrap_or_else(|reason| suite::skip(reason))).collect();
        doors.push(self.door);
        let room = (SCRATCH / count) & !7;
        let thread = |(index, door)| Self {
            subject: self.subject,
            door,
            scratch: (index * room, room),
            used: 0,
            shared_memory: self.shared_memory,
            met: HashSet::new(),
        };
        doors.into_iter().enumerate().map(thread).collect()
    }

    /// The host that is judged.
    #[must_use]
    pub fn subject(&self) -> &'a dyn Subject {
        self.subject
    }

    /// Whether the host lacks an algorithm. If so, it is held to saying that, whatever the algorithm is asked for.
    pub fn lacks(&mut self, algorithm: &str) -> bool {
        if self.subject.serves(algorithm) {
            return false;
        }
        refuses!(self.symmetric_key_generate(algorithm, None), UnsupportedAlgorithm, "{algorithm}");
        refuses!(self.symmetric_state_open(algorithm, None, None), UnsupportedAlgorithm, "{algorithm}");
        for kind in [SIGNATURES, KEY_EXCHANGE] {
            refuses!(self.keypair_generate(kind, algorithm, None), UnsupportedAlgorithm, "{algorithm}");
        }
        suite::lacks(algorithm);
        true
    }

    /// The revision that the guest speaks.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.subject.revision()
    }

    /// What an errno is in this guest's revision.
    #[must_use]
    pub fn refusal(&self, errno: Errno) -> Refusal {
        Refusal { number: self.revision().number(errno), revision: self.revision() }
    }

    /// The length of memory in bytes.
    #[must_use]
    pub fn memory_len(&self) -> usize {
        self.door.memory_len()
    }

    /// How many bytes the host counts this guest's objects for, where it tells.
    #[must_use]
    pub fn bytes_held(&self) -> Option<usize> {
        self.door.bytes_held()
    }

    /// The place in memory that no call's arguments are written to.
    #[must_use]
    pub fn own(&self) -> i64 {
        SCRATCH as i64
    }

    /// Copies memory out.
    #[must_use]
    pub fn read(&self, ptr: i64, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.door.read(usize::try_from(ptr).expect("in memory"), &mut bytes);
        bytes
    }

    /// Copies into memory.
    pub fn write(&mut self, ptr: i64, bytes: &[u8]) {
        self.door.write(usize::try_from(ptr).expect("in memory"), bytes);
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
                Err(Refusal { number, revision: self.revision() })
            }
        }
    }

    /// Calls a function with bare integers and returns the bare number that it answers.
    pub fn number(&mut self, function: &str, integers: &[i64]) -> i32 {
        self.used = 0;
        let number = self.door.call(function, integers);
        functions::answered(self.revision(), function, number);
        number
    }

    /// Whether this guest meets a public key for the first time: what takes long is asked of a key once.
    pub(crate) fn meets(&mut self, key: &[u8]) -> bool {
        self.met.insert(key.to_vec())
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
    pub fn optional(&mut self, handle: Option<u32>) -> i64 {
        let mut union = [1, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa];
        if let Some(handle) = handle {
            union[0] = 0;
            union[4..].copy_from_slice(&handle.to_le_bytes());
        }
        self.put(&union)[0]
    }

    fn u32(&self, ptr: i64) -> u32 {
        u32::from_le_bytes(self.read(ptr, 4).try_into().expect("four bytes"))
    }

    /// Calls a function with one output of four bytes, which is passed last.
    ///
    /// # Errors
    ///
    /// The errno that it answers.
    pub fn call_u32(&mut self, function: &str, integers: &[i64]) -> Answer<u32> {
        let out = self.room(4);
        let integers: Vec<_> = integers.iter().copied().chain([out]).collect();
        self.call(function, &integers)?;
        Ok(self.u32(out))
    }
}
