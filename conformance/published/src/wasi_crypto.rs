//! The crates `wasi-crypto` 0.1.16 and `wasi-crypto-wasmtime` 47.

use hostcrypt::{
    Revision,
    abi::{CoreType, functions},
};
use hostcrypt_conformance::{Instance as Opened, ProbeInstance, Setup, Subject, module};
use wasi_crypto_wasmtime::{WasiCryptoCtx, add_to_linker};
use wasmtime::{Engine, Instance, InstancePre, Linker, Memory, Module, Store, Val};

/// The revision whose functions the host has, all but the external secrets.
const REVISION: Revision = Revision::V0_10;

/// What its documentation lists.
const ALGORITHMS: &[&str] = &[
    "SHA-256",
    "SHA-384",
    "SHA-512",
    "SHA-512/256",
    "HMAC/SHA-256",
    "HMAC/SHA-512",
    "HKDF-EXTRACT/SHA-256",
    "HKDF-EXTRACT/SHA-512",
    "HKDF-EXPAND/SHA-256",
    "HKDF-EXPAND/SHA-512",
    "AES-128-GCM",
    "AES-256-GCM",
    "CHACHA20-POLY1305",
    "XCHACHA20-POLY1305",
    "XOODYAK-128",
    "XOODYAK-160",
    "ECDSA_P256_SHA256",
    "ECDSA_K256_SHA256",
    "ECDSA_P384_SHA384",
    "Ed25519",
    "RSA_PKCS1_2048_SHA256",
    "RSA_PKCS1_2048_SHA384",
    "RSA_PKCS1_2048_SHA512",
    "RSA_PKCS1_3072_SHA384",
    "RSA_PKCS1_3072_SHA512",
    "RSA_PKCS1_4096_SHA512",
    "RSA_PSS_2048_SHA256",
    "RSA_PSS_2048_SHA384",
    "RSA_PSS_2048_SHA512",
    "RSA_PSS_3072_SHA384",
    "RSA_PSS_3072_SHA512",
    "RSA_PSS_4096_SHA512",
    "X25519",
    "ML-KEM-512",
    "ML-KEM-768",
    "ML-KEM-1024",
    "X-WING",
];

pub struct WasiCrypto {
    probe: InstancePre<WasiCryptoCtx>,
    algorithms: Vec<String>,
}

impl WasiCrypto {
    pub fn new() -> Self {
        let engine = Engine::default();
        let module = Module::new(&engine, module(REVISION, false)).expect("the probe is a module");
        let mut linker = Linker::new(&engine);
        add_to_linker(&mut linker, |crypto: &mut WasiCryptoCtx| crypto).expect("nothing else is bound");
        linker.define_unknown_imports_as_traps(&module).expect("nothing else is bound");
        let probe = linker.instantiate_pre(&module).expect("every import is bound");
        Self { probe, algorithms: ALGORITHMS.iter().copied().map(str::to_owned).collect() }
    }
}

impl Subject for WasiCrypto {
    fn runtime(&self) -> &str {
        "wasmtime-47"
    }

    fn backend(&self) -> &str {
        "wasi-crypto-0.1.16"
    }

    fn revision(&self) -> Revision {
        REVISION
    }

    fn algorithms(&self) -> &[String] {
        &self.algorithms
    }

    fn open(&self, setup: &Setup) -> Result<Opened, String> {
        if !setup.is_default() {
            return Err(
                "the host has no limits, policy, key store, background work or shared memories to be set up".to_owned()
            );
        }
        let mut store = Store::new(self.probe.module().engine(), WasiCryptoCtx::new());
        let instance = self.probe.instantiate(&mut store).expect("the probe starts");
        let memory = instance.get_memory(&mut store, "memory").expect("the probe has a memory");
        Ok(Open { store, instance, memory }.into())
    }
}

struct Open {
    store: Store<WasiCryptoCtx>,
    instance: Instance,
    memory: Memory,
}

impl ProbeInstance for Open {
    fn call(&mut self, function: &str, integers: &[i64]) -> i32 {
        let wrapper = self.instance.get_func(&mut self.store, function).expect("the probe wraps every function");
        let function = functions(REVISION).find(|known| known.name == function).expect("the probe wraps it");
        let val = |(integer, core): (&i64, CoreType)| match core {
            CoreType::I32 => Val::I32(*integer as i32),
            CoreType::I64 => Val::I64(*integer),
        };
        let parameters: Vec<_> = integers.iter().zip(function.core()).map(val).collect();
        let mut results = [Val::I32(-1)];
        wrapper.call(&mut self.store, &parameters, &mut results).unwrap_or_else(|trap| panic!("{trap:#}"));
        results[0].unwrap_i32()
    }

    fn memory_len(&self) -> usize {
        self.memory.data_size(&self.store)
    }

    fn read(&self, ptr: usize, bytes: &mut [u8]) {
        self.memory.read(&self.store, ptr, bytes).expect("in memory");
    }

    fn write(&mut self, ptr: usize, bytes: &[u8]) {
        self.memory.write(&mut self.store, ptr, bytes).expect("in memory");
    }
}
