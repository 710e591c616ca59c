//! The probe in a store, and calls of it.

use std::{collections::HashMap, sync::OnceLock};

use hostcrypt_wasmtime::{
    Host,
    component::{WasiCryptoCtx, add_to_linker, raise_store_limits},
};
use wasmtime::{
    Engine, Store,
    component::{Component, Linker, TypedFunc},
};

use super::probe::{Imported, Probe};

/// The numbers of `crypto-errno`.
pub(crate) mod errno {
    pub(crate) const SUCCESS: u8 = 0;
    pub(crate) const GUEST_ERROR: u8 = 1;
    pub(crate) const UNSUPPORTED_FEATURE: u8 = 3;
    pub(crate) const PROHIBITED_OPERATION: u8 = 4;
    pub(crate) const UNSUPPORTED_ALGORITHM: u8 = 6;
    pub(crate) const UNSUPPORTED_OPTION: u8 = 7;
    pub(crate) const INVALID_LENGTH: u8 = 9;
    pub(crate) const VERIFICATION_FAILED: u8 = 10;
    pub(crate) const OVERFLOW: u8 = 16;
    pub(crate) const TOO_MANY_HANDLES: u8 = 18;
    pub(crate) const KEY_REQUIRED: u8 = 20;
    pub(crate) const INVALID_TAG: u8 = 21;
    pub(crate) const INVALID_OPERATION: u8 = 22;
    pub(crate) const NONCE_REQUIRED: u8 = 23;
    pub(crate) const OPTION_NOT_SET: u8 = 25;
    pub(crate) const NOT_FOUND: u8 = 26;
}

/// Numbers of enums.
pub(crate) const SIGNATURES: u64 = 0;
pub(crate) const SYMMETRIC: u64 = 1;
pub(crate) const KEY_EXCHANGE: u64 = 2;
pub(crate) const RAW: u64 = 0;
pub(crate) const LATEST: &[u64] = &[1, 0];

/// A compiled probe, and a linker.
pub(crate) struct Setup<T: 'static> {
    pub(crate) linker: Linker<T>,
    pub(crate) component: Component,
    functions: HashMap<String, Imported>,
}

impl<T: 'static> Setup<T> {
    pub(crate) fn new(engine: &Engine, probe: Probe, get: fn(&mut T) -> &mut WasiCryptoCtx) -> Self {
        let mut linker = Linker::new(engine);
        add_to_linker(&mut linker, get).unwrap();
        let component = Component::new(engine, &probe.component).unwrap();
        Self { linker, component, functions: probe.functions }
    }

    /// The number of a function for the probe's `invoke`.
    pub(crate) fn index(&self, function: &str) -> u32 {
        self.functions[function].index
    }
}

/// What a call answers: where its value lies in the guest's memory, or an error.
pub(crate) type Answer = Result<Value, u8>;

/// A value in the guest's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value(Vec<u8>);

impl Value {
    pub(crate) fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..][..4].try_into().unwrap())
    }

    pub(crate) fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.0[at..][..8].try_into().unwrap())
    }

    /// The handle that it is.
    pub(crate) fn handle(&self) -> u64 {
        self.u32(0).into()
    }
}

pub(crate) struct Guest {
    pub(crate) store: Store<WasiCryptoCtx>,
    functions: HashMap<String, Imported>,
    alloc: TypedFunc<(Vec<u8>,), (u32,)>,
    read: TypedFunc<(u32, u32), (Vec<u8>,)>,
    invoke: TypedFunc<(u32, Vec<u64>), ()>,
}

impl Guest {
    pub(crate) fn new(host: &Host) -> Self {
        static SETUP: OnceLock<Setup<WasiCryptoCtx>> = OnceLock::new();
        let setup = SETUP.get_or_init(|| Setup::new(&Engine::default(), Probe::new(|_| true), |crypto| crypto));
        Self::of(setup, host)
    }

    pub(crate) fn of(setup: &Setup<WasiCryptoCtx>, host: &Host) -> Self {
        let mut store = Store::new(setup.linker.engine(), WasiCryptoCtx::new(host));
        raise_store_limits(&mut store, host.limits());
        let instance = setup.linker.instantiate_pre(&setup.component).unwrap().instantiate(&mut store).unwrap();
        Self {
            alloc: instance.get_typed_func(&mut store, "alloc").unwrap(),
            read: instance.get_typed_func(&mut store, "read").unwrap(),
            invoke: instance.get_typed_func(&mut store, "invoke").unwrap(),
            functions: setup.functions.clone(),
            store,
        }
    }

    /// The pointer and the length of bytes that it has in its memory now.
    pub(crate) fn bytes(&mut self, bytes: impl AsRef<[u8]>) -> [u64; 2] {
        let bytes = bytes.as_ref().to_vec();
        let len = bytes.len() as u64;
        let (at,) = self.alloc.call(&mut self.store, (bytes,)).unwrap();
        [at.into(), len]
    }

    /// The same for the elements of a batch, integers of 32 bits each.
    pub(crate) fn elements(&mut self, elements: &[&[u64]]) -> [u64; 2] {
        let fields = elements.iter().flat_map(|element| element.iter());
        let bytes: Vec<_> = fields.flat_map(|field| u32::try_from(*field).unwrap().to_le_bytes()).collect();
        let [at, _] = self.bytes(bytes);
        [at, elements.len() as u64]
    }

    pub(crate) fn read(&mut self, at: u32, len: u32) -> Vec<u8> {
        self.read.call(&mut self.store, (at, len)).unwrap().0
    }

    /// The list at a place of a value.
    pub(crate) fn list(&mut self, value: &Value, at: usize) -> Vec<u8> {
        self.read(value.u32(at), value.u32(at + 4))
    }

    /// Calls a function with the integers that its parameters are made of.
    pub(crate) fn try_call(&mut self, function: &str, arguments: &[&[u64]]) -> wasmtime::Result<Answer> {
        let Imported { index, payload } = self.functions[function];
        let mut arguments = arguments.concat();
        let [at, _] = self.bytes([0xaa; 48]);
        arguments.push(at);
        self.invoke.call(&mut self.store, (index, arguments))?;
        let answered = self.read(u32::try_from(at).unwrap(), 48);
        let value = answered[payload as usize..].to_vec();
        Ok(match answered[0] {
            0 => Ok(Value(value)),
            1 => Err(value[0]),
            other => panic!("{function}: {other}"),
        })
    }

    pub(crate) fn call(&mut self, function: &str, arguments: &[&[u64]]) -> Answer {
        self.try_call(function, arguments).unwrap_or_else(|error| panic!("{function}: {error:?}"))
    }

    /// Calls a function again and again, and looks at no answer.
    pub(crate) fn repeat(&mut self, times: u32, function: &str, arguments: &[u64]) {
        let [at, _] = self.bytes([0; 48]);
        let (index, arguments) = (self.functions[function].index, [arguments, &[at]].concat());
        for _ in 0..times {
            self.invoke.call(&mut self.store, (index, arguments.clone())).unwrap();
        }
    }

    /// Calls a function that opens a resource.
    pub(crate) fn open(&mut self, function: &str, arguments: &[&[u64]]) -> u64 {
        let opened = self.call(function, arguments);
        opened.unwrap_or_else(|errno| panic!("{function}: {errno}")).handle()
    }

    /// Calls a function that returns a list.
    pub(crate) fn get(&mut self, function: &str, arguments: &[&[u64]]) -> Result<Vec<u8>, u8> {
        self.call(function, arguments).map(|value| self.list(&value, 0))
    }

    /// The results of a batch, each of so many bytes.
    pub(crate) fn results(&mut self, function: &str, arguments: &[&[u64]], len: u32) -> Result<Vec<Value>, u8> {
        let value = self.call(function, arguments)?;
        let bytes = self.read(value.u32(0), value.u32(4) * len);
        Ok(bytes.chunks(len as usize).map(|result| Value(result.to_vec())).collect())
    }

    pub(crate) fn drop(&mut self, resource: &str, handle: u64) {
        let index = self.functions[&format!("drop {resource}")].index;
        self.invoke.call(&mut self.store, (index, vec![handle])).unwrap();
    }

    /// Opens a state, by its key and its options.
    pub(crate) fn state(&mut self, algorithm: &str, key: Option<u64>, options: Option<u64>) -> Answer {
        let name = self.bytes(algorithm);
        self.call("symmetric-state-open", &[&name, &optional(key), &optional(options)])
    }

    pub(crate) fn hash(&mut self, data: impl AsRef<[u8]>) -> u64 {
        let state = self.state("SHA-256", None, None).unwrap().handle();
        let data = self.bytes(data);
        self.call("symmetric-state-absorb", &[&[state], &data]).unwrap();
        state
    }

    pub(crate) fn key(&mut self, algorithm: &str, raw: &[u8]) -> u64 {
        let (name, raw) = (self.bytes(algorithm), self.bytes(raw));
        self.open("symmetric-key-import", &[&name, &raw])
    }

    pub(crate) fn options(&mut self, options: &[(&str, &[u8])]) -> u64 {
        let set = self.open("options-open", &[&[SYMMETRIC]]);
        for (name, value) in options {
            let (name, value) = (self.bytes(name), self.bytes(value));
            self.call("options-set", &[&[set], &name, &value]).unwrap();
        }
        set
    }

    /// A state of AES-256-GCM.
    pub(crate) fn aead(&mut self, nonce: u8) -> u64 {
        let key = self.key("AES-256-GCM", &[7; 32]);
        let options = self.options(&[("nonce", &[nonce; 12])]);
        let state = self.state("AES-256-GCM", Some(key), Some(options)).unwrap().handle();
        self.drop("options", options);
        self.drop("symmetric-key", key);
        state
    }

    pub(crate) fn key_pair(&mut self, algorithm_type: u64, algorithm: &str) -> u64 {
        let name = self.bytes(algorithm);
        self.open("keypair-generate", &[&[algorithm_type], &name, &optional(None)])
    }

    /// Bytes that an output has.
    pub(crate) fn pull(&mut self, array: u64) -> Vec<u8> {
        self.get("array-output-pull", &[&[array]]).unwrap()
    }
}

pub(crate) fn optional(handle: Option<u64>) -> [u64; 2] {
    handle.map_or([0, 0], |handle| [1, handle])
}
