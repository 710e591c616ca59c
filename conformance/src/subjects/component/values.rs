//! Typed arguments and results as they lie in a component's memory.

use std::{collections::HashMap, sync::LazyLock};

use hostcrypt::{Revision, abi::functions};
use wit_parser::{Int, Resolve, SizeAlign, Type, TypeDefKind};

use super::probe::{ALIGNMENT, Imported, PAYLOAD, RESULT_LEN};
use crate::{
    Answer, Argument, Element, Object, Refusal, Value,
    guest::{ALL, LATEST, UNSPECIFIED, opened},
};

/// The revision whose names, numbers of errnos and numbers of encodings the component form has.
pub(crate) const REVISION: Revision = Revision::V0_10;

/// The kinds of objects, by their names.
static KINDS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let opened = |function| move |output| opened(&function, output, REVISION);
    let kinds = functions(REVISION).flat_map(|function| (0..function.outputs.len()).filter_map(opened(function)));
    kinds.map(|kind| (kind, kind)).collect()
});

/// The types of the WIT, and where their parts are in memory.
pub(super) struct Types {
    wit: Resolve,
    sizes: SizeAlign,
}

impl Types {
    pub(super) fn new(wit: Resolve) -> Self {
        let mut sizes = SizeAlign::default();
        sizes.fill(&wit);
        Self { wit, sizes }
    }

    /// The type that a name stands for.
    fn named(&self, mut ty: Type) -> Type {
        while let Type::Id(id) = ty
            && let TypeDefKind::Type(of) = self.wit.types[id].kind
        {
            ty = of;
        }
        ty
    }

    /// The definition of a type, or none for a primitive one.
    fn definition(&self, ty: Type) -> Option<(&TypeDefKind, &str)> {
        let Type::Id(id) = self.named(ty) else { return None };
        let definition = &self.wit.types[id];
        Some((&definition.kind, definition.name.as_deref().unwrap_or_default()))
    }
}

/// A call's part of the component's memory.
pub(super) struct Payload {
    integers: Vec<u64>,
    /// The address of the data behind the integers.
    start: usize,
    data: Vec<u8>,
}

impl Payload {
    fn before(function: &Imported) -> Self {
        Self { integers: Vec::new(), start: PAYLOAD + 8 * function.integers, data: Vec::new() }
    }

    /// Lowers the arguments of a call of the core form. What the component form does not take is left out.
    pub(super) fn of_call(types: &Types, function: &Imported, arguments: &[Argument<'_>]) -> Vec<u8> {
        let mut payload = Self::before(function);
        let buffer = arguments.iter().find(|argument| matches!(argument, Argument::Buffer(_)));
        let mut read = arguments.iter().filter(|argument| !matches!(argument, Argument::Buffer(_)));
        for (name, ty) in &function.parameters {
            // What the guest lets the host write has become the length, or a list.
            let argument = if matches!(&**name, "out-len" | "buffer") { buffer } else { read.next() };
            payload.lower(types, *ty, argument.unwrap_or_else(|| panic!("no argument for {name}")));
        }
        payload.finish(function)
    }

    /// Lowers the elements of a batch, whose fields are integers of 32 bits.
    pub(super) fn of_batch(types: &Types, function: &Imported, elements: &[Vec<Argument<'_>>]) -> Vec<u8> {
        let mut payload = Self::before(function);
        let [(_, list)] = &function.parameters[..] else { panic!("a batch has one parameter") };
        for argument in elements.iter().flatten() {
            payload.lower(types, *list, argument);
        }
        let fields = std::mem::take(&mut payload.integers);
        let fields: Vec<u8> = fields.iter().flat_map(|field| (*field as u32).to_le_bytes()).collect();
        let address = payload.put(&fields);
        payload.integers.extend([address, elements.len() as u64]);
        payload.finish(function)
    }

    /// Appends data, and returns its address.
    fn put(&mut self, bytes: &[u8]) -> u64 {
        let address = self.start + self.data.len();
        self.data.extend(bytes);
        self.data.resize(self.data.len().next_multiple_of(8), 0);
        address as u64
    }

    fn lower(&mut self, types: &Types, ty: Type, argument: &Argument<'_>) {
        let definition = types.definition(ty);
        match (*argument, definition) {
            (Argument::Text(text), _) => {
                let address = self.put(text.as_bytes());
                self.integers.extend([address, text.len() as u64]);
            }
            (Argument::Bytes(bytes), _) => {
                let address = self.put(bytes);
                self.integers.extend([address, bytes.len() as u64]);
            }
            (Argument::Buffer(len), Some((TypeDefKind::List(_), _))) => {
                let address = self.put(&vec![0; len]);
                self.integers.extend([address, len as u64]);
            }
            (Argument::Buffer(len), _) => self.integers.push(u32::try_from(len).unwrap_or(u32::MAX).into()),
            (Argument::Object(object), _) => self.integers.push(object.number().into()),
            (Argument::Optional(object), _) => {
                let number = object.map_or(0, Object::number);
                self.integers.extend([u64::from(object.is_some()), number.into()]);
            }
            (Argument::Number(number), Some((TypeDefKind::Variant(_), _))) => {
                let version = match number {
                    UNSPECIFIED => [0, 0],
                    LATEST => [1, 0],
                    ALL => [2, 0],
                    number => [3, number],
                };
                self.integers.extend(version);
            }
            (Argument::Number(number), _) => self.integers.push(number),
            (Argument::AlgorithmType(of), _) => self.integers.push(of.number().cast_unsigned()),
            (Argument::Encoding(encoding), definition) => {
                let kind = definition.map(|(_, name)| name.trim_end_matches("-encoding")).unwrap_or_default();
                let number = encoding.number(REVISION, kind);
                let number = number.unwrap_or_else(|| panic!("no {encoding} of a {kind} has a number"));
                self.integers.push(number.cast_unsigned());
            }
        }
    }

    fn finish(mut self, function: &Imported) -> Vec<u8> {
        let len = 8 * function.integers + self.data.len() + RESULT_LEN;
        let len = len.next_multiple_of(ALIGNMENT);
        self.integers.push((PAYLOAD + len - RESULT_LEN) as u64);
        assert_eq!(self.integers.len(), function.integers, "the parameters of a function, and its result");
        let mut payload: Vec<u8> = self.integers.iter().flat_map(|integer| integer.to_le_bytes()).collect();
        payload.extend(self.data);
        payload.resize(len, 0);
        payload
    }
}

/// The component's memory from the result of a call on.
pub(super) struct Returned<'a> {
    pub(super) types: &'a Types,
    /// The address of the result.
    pub(super) start: usize,
    pub(super) memory: &'a [u8],
}

impl Returned<'_> {
    fn bytes(&self, at: usize, len: usize) -> &[u8] {
        &self.memory[at..][..len]
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.bytes(at, 4).try_into().expect("four bytes"))
    }

    fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.bytes(at, 8).try_into().expect("eight bytes"))
    }

    /// Lifts the result of a call.
    pub(super) fn result(&self, ty: Type) -> Answer<Vec<Value>> {
        let mut values = Vec::new();
        if let (Some(ty), at) = self.granted(ty)? {
            self.lift(ty, at, &mut values);
        }
        Ok(values)
    }

    /// Lifts the results of a batch: each is an errno, or a tuple that ends in one.
    pub(super) fn results(&self, ty: Type) -> Answer<Vec<Element>> {
        let (Some(ty), at) = self.granted(ty)? else { panic!("{ty:?} is no list") };
        let Some((TypeDefKind::List(ty), _)) = self.types.definition(ty) else { panic!("{ty:?} is no list") };
        let [address, len] = [self.u32(at), self.u32(at + 4)].map(|integer| integer as usize);
        let size = self.types.sizes.size(ty).size_wasm32();
        let element = |index| {
            let (at, mut values) = (address - self.start + index * size, Vec::new());
            let errno = match self.types.definition(*ty) {
                Some((TypeDefKind::Tuple(tuple), _)) => {
                    let mut fields = self.types.sizes.field_offsets(&tuple.types);
                    let (errno, _) = fields.pop().expect("a tuple has an errno");
                    fields.iter().for_each(|(offset, ty)| self.lift(**ty, at + offset.size_wasm32(), &mut values));
                    at + errno.size_wasm32()
                }
                _ => at,
            };
            let answer = match self.memory[errno] {
                0 => Ok(()),
                number => Err(Refusal::of_number(number.into(), REVISION)),
            };
            Element { values, answer }
        };
        Ok((0..len).map(element).collect())
    }

    /// The type of what a call that was granted returned, and where that is.
    fn granted(&self, ty: Type) -> Answer<(Option<Type>, usize)> {
        let Some((TypeDefKind::Result(result), _)) = self.types.definition(ty) else { panic!("{ty:?} is no result") };
        let cases = [result.ok.as_ref(), result.err.as_ref()];
        let payload = self.types.sizes.payload_offset(Int::U8, cases).size_wasm32();
        match self.memory[0] {
            0 => Ok((result.ok, payload)),
            _ => Err(Refusal::of_number(self.memory[payload].into(), REVISION)),
        }
    }

    fn lift(&self, ty: Type, at: usize, values: &mut Vec<Value>) {
        match (self.types.named(ty), self.types.definition(ty)) {
            (Type::U32, _) => values.push(Value::Number(self.u32(at).into())),
            (Type::U64, _) => values.push(Value::Number(self.u64(at))),
            (_, Some((TypeDefKind::Handle(handle), _))) => {
                let (wit_parser::Handle::Own(of) | wit_parser::Handle::Borrow(of)) = handle;
                let (_, name) = self.types.definition(Type::Id(*of)).expect("a resource");
                let kind = KINDS[&*name.replace('-', "_")];
                values.push(Value::Object(Object::new(kind, self.u32(at))));
            }
            (_, Some((TypeDefKind::Tuple(tuple), _))) => {
                for (offset, ty) in self.types.sizes.field_offsets(&tuple.types) {
                    self.lift(*ty, at + offset.size_wasm32(), values);
                }
            }
            (_, Some((TypeDefKind::List(of), _))) => {
                assert_eq!(self.types.named(*of), Type::U8, "a list of bytes");
                let [address, len] = [self.u32(at), self.u32(at + 4)].map(|integer| integer as usize);
                let bytes = if len == 0 { &[] } else { self.bytes(address - self.start, len) };
                values.push(Value::Bytes(bytes.to_vec()));
            }
            (_, Some((TypeDefKind::Variant(_), "version"))) => {
                assert_eq!(self.memory[at], 3, "a version that is returned is specified");
                values.push(Value::Number(self.u64(at + 8)));
            }
            (_, definition) => panic!("{ty:?} is {definition:?}"),
        }
    }
}
