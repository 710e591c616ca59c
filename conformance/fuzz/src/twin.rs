//! Two hosts as one, which are held to do the same.

use std::ops::Range;

use hostcrypt::{
    Revision,
    abi::{Type, functions},
};
use hostcrypt_conformance::{Instance, ProbeInstance, Setup, Subject};

/// A host over two backends at once: each call goes to both, which must answer and write the same.
pub(crate) struct Twin<'a>(pub(crate) &'a [Box<dyn Subject>; 2]);

impl Subject for Twin<'_> {
    fn runtime(&self) -> &str {
        "native"
    }

    fn backend(&self) -> &str {
        "twin"
    }

    fn revision(&self) -> Revision {
        self.0[0].revision()
    }

    fn algorithms(&self) -> &[String] {
        self.0[0].algorithms()
    }

    fn open(&self, setup: &Setup) -> Result<Instance, String> {
        let [one, other] = self.0;
        let [one, other] = [one.open(setup)?.probe()?, other.open(setup)?.probe()?];
        Ok(Probes { one, other, revision: self.revision() }.into())
    }
}

struct Probes {
    one: Box<dyn ProbeInstance>,
    other: Box<dyn ProbeInstance>,
    revision: Revision,
}

/// The longest value that a call returns, in bytes.
const LONGEST_VALUE: usize = 8;

impl Probes {
    /// The ranges that a call may write, as far as they are in memory.
    fn written(&self, function: &str, integers: &[i64]) -> Vec<Range<usize>> {
        let function = functions(self.revision).find(|of| of.name == function).expect("a function");
        let range = |ptr: i64, len: usize| {
            let start = (ptr as u32 as usize).min(self.memory_len());
            start..start.saturating_add(len).min(self.memory_len())
        };
        let (mut ranges, mut integers) = (Vec::new(), integers.iter());
        for parameter in function.parameters {
            let taken: Vec<_> = integers.by_ref().take(parameter.names.len()).collect();
            if let (Type::buf, [ptr, len]) = (parameter.ty, &taken[..]) {
                ranges.push(range(**ptr, **len as u32 as usize));
            }
        }
        ranges.extend(integers.map(|ptr| range(*ptr, LONGEST_VALUE)));
        ranges
    }
}

impl ProbeInstance for Probes {
    fn call(&mut self, function: &str, integers: &[i64]) -> i32 {
        let (one, other) = (self.one.call(function, integers), self.other.call(function, integers));
        let held = [&self.one, &self.other].map(|door| door.bytes_held());
        assert_eq!(one, other, "{function} {integers:?}, with {held:?} bytes held");
        for range in self.written(function, integers) {
            let [mine, theirs] = [&self.one, &self.other].map(|probe| {
                let mut bytes = vec![0; range.len()];
                probe.read(range.start, &mut bytes);
                bytes
            });
            assert_eq!(mine, theirs, "{function} {integers:?} writes two things at {}", range.start);
        }
        one
    }

    fn memory_len(&self) -> usize {
        self.one.memory_len()
    }

    fn read(&self, ptr: usize, bytes: &mut [u8]) {
        self.one.read(ptr, bytes);
    }

    fn write(&mut self, ptr: usize, bytes: &[u8]) {
        self.one.write(ptr, bytes);
        self.other.write(ptr, bytes);
    }
}
