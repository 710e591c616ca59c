//! The workloads, and the calls that each of them is made of: the guest and the native subject both do what is said
//! here.

use crate::layout::{
    AES_256_GCM, BATCH_RESULT_LEN, BYTE, CHACHA20_POLY1305, DIGEST_LEN, ECDSA_P256, ED25519, ED25519_PAIR, HANDLE,
    HASH, HASHES, HMAC_SHA_256, IMPORTED, KEY, KEY_EXCHANGE, KEY_PAIR, LEN, ML_KEM_768, ML_KEM_ENCAPSULATED,
    ML_KEM_PUBLIC, ML_KEM_SEED, NONCE, NONCE_NAME, NONE, OPTIONS, OUT, OUTPUT, P256, P256_PEER, PKCS8, PRODUCT, PUBLIC,
    RAW, RAW_KEY, RSA_2048, RSA_KEY, Range, SEC, SECRET, SHA_256, SIGNATURE, SIGNATURES, STATE, SYMMETRIC, TAG_LEN,
    TEXT, X25519, X25519_PEER,
};

/// What a subject does again and again. A number is how long the text is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// A call that touches memory and nothing else.
    Empty,
    /// Absorbs nothing, on an open state.
    AbsorbNothing,
    /// Asks an open state for the length of its tags.
    MaxTagLen,
    /// Opens and closes options.
    Options,
    /// SHA-256.
    Hash(i32),
    /// HMAC with SHA-256, under an open key.
    Mac(i32),
    /// Encrypts under an open key.
    Aead(Cipher, i32),
    /// Encrypts with AES-256-GCM under a key that comes for it and goes.
    ImportedAead(i32),
    /// Signs with an open key pair.
    Sign(Scheme, i32),
    /// Verifies with an open public key.
    Verify(Scheme, i32),
    /// Diffie-Hellman with open keys.
    Agree(Curve),
    /// ML-KEM-768 for an open public key.
    Encapsulate,
    /// ML-KEM-768 with an open secret key.
    Decapsulate,
    /// Opens, uses and closes a state while so many others are open.
    Handles(u32),
    /// Squeezes 64 open states of SHA-256, with a call for each.
    SqueezeEach,
    /// The same with one call.
    SqueezeBatch,
}

/// A cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cipher {
    /// AES-256-GCM.
    Aes256Gcm,
    /// ChaCha20-Poly1305.
    ChaCha20Poly1305,
}

/// A signature scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Ed25519.
    Ed25519,
    /// ECDSA over P-256 with SHA-256.
    EcdsaP256,
    /// RSA with PKCS #1 v1.5, 2048 bits and SHA-256.
    Rsa2048,
}

/// A curve to agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// X25519.
    X25519,
    /// P-256.
    P256,
}

/// The lengths of texts: 64 bytes to 1 MiB.
pub const SIZES: [i32; 4] = [1 << 6, 1 << 10, 1 << 14, 1 << 20];

/// Every workload by its name, in the order of reports.
#[must_use]
pub fn workloads() -> Vec<(String, Workload)> {
    use Workload as W;
    let schemes = [("ed25519", Scheme::Ed25519), ("ecdsa-p256", Scheme::EcdsaP256), ("rsa-2048", Scheme::Rsa2048)];
    // Only Ed25519 goes over the text itself, and twice.
    let signed = schemes.map(|(name, scheme)| (name.to_owned(), scheme, 64));
    let signed: Vec<_> = signed.into_iter().chain([("ed25519-16384".to_owned(), Scheme::Ed25519, 1 << 14)]).collect();
    let bulk = |name: &'static str, workload: fn(i32) -> W| {
        SIZES.into_iter().map(move |len| (format!("bulk/{name}/{len}"), workload(len)))
    };
    let named = |(name, workload): (&str, W)| (name.to_owned(), workload);
    [
        ("call/empty", W::Empty),
        ("call/absorb-0", W::AbsorbNothing),
        ("call/max-tag-len", W::MaxTagLen),
        ("call/options", W::Options),
        ("life/sha-256-64", W::Hash(64)),
        ("life/aes-256-gcm-64", W::Aead(Cipher::Aes256Gcm, 64)),
        ("life/aes-256-gcm-64-import", W::ImportedAead(64)),
        ("handles/1", W::Handles(1)),
        ("handles/1000", W::Handles(1000)),
        ("handles/1000000", W::Handles(1_000_000)),
        ("squeeze/64-calls", W::SqueezeEach),
        ("squeeze/64-batch", W::SqueezeBatch),
    ]
    .into_iter()
    .map(named)
    .chain(bulk("sha-256", W::Hash))
    .chain(bulk("hmac-sha-256", W::Mac))
    .chain(bulk("aes-256-gcm", |len| W::Aead(Cipher::Aes256Gcm, len)))
    .chain(bulk("chacha20-poly1305", |len| W::Aead(Cipher::ChaCha20Poly1305, len)))
    .chain(signed.iter().map(|(name, scheme, len)| (format!("sign/{name}"), W::Sign(*scheme, *len))))
    .chain(signed.iter().map(|(name, scheme, len)| (format!("verify/{name}"), W::Verify(*scheme, *len))))
    .chain(
        [
            ("exchange/x25519", W::Agree(Curve::X25519)),
            ("exchange/p256", W::Agree(Curve::P256)),
            ("exchange/ml-kem-768-encapsulate", W::Encapsulate),
            ("exchange/ml-kem-768-decapsulate", W::Decapsulate),
        ]
        .map(named),
    )
    .collect()
}

impl Workload {
    /// Whether it asks nothing of a library.
    #[must_use]
    pub const fn is_of_the_core_alone(self) -> bool {
        matches!(self, Self::Empty | Self::AbsorbNothing | Self::MaxTagLen | Self::Options | Self::Handles(_))
    }

    /// Whether it needs the keys of a key pair.
    #[must_use]
    pub const fn is_asymmetric(self) -> bool {
        matches!(self, Self::Sign(..) | Self::Verify(..) | Self::Agree(_) | Self::Encapsulate | Self::Decapsulate)
    }

    /// How much text it goes over.
    #[must_use]
    pub const fn text_len(self) -> Option<i32> {
        match self {
            Self::Hash(len) | Self::Mac(len) | Self::Aead(_, len) | Self::ImportedAead(len) => Some(len),
            _ => None,
        }
    }

    /// How many bytes at [`OUT`] must be the same on all subjects. Of what is random, none; and none of a verdict,
    /// without which a subject stops.
    #[must_use]
    pub const fn output_len(self) -> i32 {
        match self {
            Self::Hash(_) | Self::Mac(_) | Self::Agree(_) | Self::Decapsulate => DIGEST_LEN,
            Self::Aead(_, len) | Self::ImportedAead(len) => len + TAG_LEN,
            Self::Sign(Scheme::Ed25519, _) => 64,
            Self::Sign(Scheme::Rsa2048, _) => 256,
            Self::SqueezeEach => HASHES.len / HANDLE * DIGEST_LEN,
            Self::SqueezeBatch => HASHES.len / HANDLE * (DIGEST_LEN + BATCH_RESULT_LEN),
            _ => 0,
        }
    }
}

impl Scheme {
    pub(crate) const fn name(self) -> Range {
        match self {
            Self::Ed25519 => ED25519,
            Self::EcdsaP256 => ECDSA_P256,
            Self::Rsa2048 => RSA_2048,
        }
    }

    /// Where a signature lies while it is verified.
    #[must_use]
    pub const fn signature(self) -> Range {
        SIGNATURE.first(match self {
            Self::Ed25519 | Self::EcdsaP256 => 64,
            Self::Rsa2048 => 256,
        })
    }
}

impl Cipher {
    const fn name(self) -> Range {
        match self {
            Self::Aes256Gcm => AES_256_GCM,
            Self::ChaCha20Poly1305 => CHACHA20_POLY1305,
        }
    }
}

/// An argument of a call.
#[derive(Clone, Copy, Debug)]
pub enum Arg {
    /// A number, such as an address.
    Is(i32),
    /// The handle at an address.
    At(i32),
}
use Arg::{At, Is};

macro_rules! functions {
    ($($module:ident { $(
        [$revision:ident] fn $name:ident($($($p:ident)+: $t:ident),*) -> ($($o:ident: $ot:ident),*)
            $(! $($errno:ident)+)?;
    )* })*) => {
        /// Every function of the interface, each call of which must succeed.
        #[allow(clippy::too_many_arguments, reason = "the interface's functions have as many")]
        pub trait Calls {
            /// Changes the byte at an address.
            fn touch(&mut self, at: Arg);

            /// Squeezes a list of states by one call, to a range. Only components have batches.
            fn squeeze_batch(&mut self, states: Arg, count: Arg, out: Arg, len: Arg) {
                unreachable!("a batch of {count:?} at {states:?} to {len:?} at {out:?}, which is for components");
            }

            $($(
                /// The function of this name.
                fn $name(&mut self, $($($p: Arg,)+)* $($o: Arg),*);
            )*)*
        }
    };
}
hostcrypt::for_each_function!(functions);

/// Does something so many times.
pub type Body<C> = Box<dyn Fn(&mut C, u64)>;

pub(crate) fn body<C>(run: impl Fn(&mut C) + 'static) -> Body<C> {
    Box::new(move |calls, times| (0..times).for_each(|_| run(calls)))
}

/// Where the keys of key pairs are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// From memory, so that subjects compute the same.
    Given,
    /// Made for it: the published host does not import all of them.
    Made,
}

/// Opens what a workload finds open.
pub fn prepare<C: Calls>(calls: &mut C, workload: Workload, keys: Keys) {
    match workload {
        Workload::AbsorbNothing => open(calls, SHA_256, NONE, NONE, HASH),
        Workload::MaxTagLen => {
            import(calls, AES_256_GCM, KEY);
            open_sealing(calls, AES_256_GCM, KEY);
        }
        Workload::SqueezeEach | Workload::SqueezeBatch => {
            for state in handles(HASHES) {
                open(calls, SHA_256, NONE, NONE, state);
                absorb(calls, state, 64);
            }
        }
        Workload::Mac(_) => import(calls, HMAC_SHA_256, KEY),
        Workload::Aead(cipher, _) => import(calls, cipher.name(), KEY),
        Workload::Sign(scheme, _) => open_pair(calls, scheme, keys),
        Workload::Verify(scheme, len) => {
            open_pair(calls, scheme, keys);
            calls.keypair_publickey(At(KEY_PAIR), Is(PUBLIC));
            sign(calls, len, scheme.signature());
        }
        Workload::Agree(curve) => {
            let (name, peer, encoding) = match curve {
                Curve::X25519 => (X25519, X25519_PEER, RAW),
                Curve::P256 => (P256, P256_PEER, SEC),
            };
            match keys {
                Keys::Given => {
                    import_secret(calls, name, RAW_KEY);
                    import_public(calls, name, peer, encoding);
                }
                Keys::Made => make_halves(calls, name),
            }
        }
        Workload::Encapsulate | Workload::Decapsulate => match keys {
            Keys::Given => {
                import_secret(calls, ML_KEM_768, ML_KEM_SEED);
                import_public(calls, ML_KEM_768, ML_KEM_PUBLIC, RAW);
            }
            Keys::Made => {
                make_halves(calls, ML_KEM_768);
                calls.kx_encapsulate(At(PUBLIC), Is(OUTPUT), Is(PRODUCT));
                pull(calls, OUTPUT, OUT);
                pull(calls, PRODUCT, ML_KEM_ENCAPSULATED);
            }
        },
        Workload::Handles(count) => {
            (0..count).for_each(|_| calls.options_open(Is(SYMMETRIC), Is(OPTIONS + HANDLE)));
        }
        Workload::Empty | Workload::Options | Workload::Hash(_) | Workload::ImportedAead(_) => {}
    }
}

/// What is measured, without a look at the workload in each turn.
#[must_use]
pub fn run<C: Calls + 'static>(workload: Workload) -> Body<C> {
    match workload {
        Workload::Empty => body(|calls: &mut C| calls.touch(Is(BYTE))),
        Workload::AbsorbNothing => body(|calls: &mut C| absorb(calls, HASH, 0)),
        Workload::MaxTagLen => body(|calls: &mut C| calls.symmetric_state_max_tag_len(At(STATE), Is(LEN))),
        Workload::Options => body(|calls: &mut C| {
            calls.options_open(Is(SYMMETRIC), Is(OPTIONS + HANDLE));
            calls.options_close(At(OPTIONS + HANDLE));
        }),
        Workload::Hash(len) => body(move |calls: &mut C| {
            open(calls, SHA_256, NONE, NONE, STATE);
            absorb(calls, STATE, len);
            calls.symmetric_state_squeeze(At(STATE), Is(OUT.at), Is(DIGEST_LEN));
            calls.symmetric_state_close(At(STATE));
        }),
        Workload::Mac(len) => body(move |calls: &mut C| {
            open(calls, HMAC_SHA_256, KEY, NONE, STATE);
            absorb(calls, STATE, len);
            calls.symmetric_state_squeeze_tag(At(STATE), Is(PRODUCT));
            // Which closes the tag.
            calls.symmetric_tag_pull(At(PRODUCT), Is(OUT.at), Is(DIGEST_LEN), Is(LEN));
            calls.symmetric_state_close(At(STATE));
        }),
        Workload::Aead(cipher, len) => body(move |calls: &mut C| seal(calls, cipher.name(), KEY, len)),
        Workload::ImportedAead(len) => body(move |calls: &mut C| {
            import(calls, AES_256_GCM, IMPORTED);
            seal(calls, AES_256_GCM, IMPORTED, len);
            calls.symmetric_key_close(At(IMPORTED + HANDLE));
        }),
        Workload::Sign(_, len) => body(move |calls: &mut C| sign(calls, len, OUT)),
        Workload::Verify(scheme, len) => body(move |calls: &mut C| {
            let (name, signature) = (scheme.name(), scheme.signature());
            calls.signature_import(
                Is(name.at),
                Is(name.len),
                Is(signature.at),
                Is(signature.len),
                Is(RAW),
                Is(PRODUCT),
            );
            calls.signature_verification_state_open(At(PUBLIC), Is(STATE));
            calls.signature_verification_state_update(At(STATE), Is(TEXT.at), Is(len));
            calls.signature_verification_state_verify(At(STATE), At(PRODUCT));
            calls.signature_verification_state_close(At(STATE));
            calls.signature_close(At(PRODUCT));
        }),
        Workload::Agree(_) => body(|calls: &mut C| {
            calls.kx_dh(At(PUBLIC), At(SECRET), Is(OUTPUT));
            pull(calls, OUTPUT, OUT);
        }),
        Workload::Encapsulate => body(|calls: &mut C| {
            calls.kx_encapsulate(At(PUBLIC), Is(OUTPUT), Is(PRODUCT));
            pull(calls, OUTPUT, OUT.first(DIGEST_LEN));
            pull(calls, PRODUCT, OUT);
        }),
        Workload::Decapsulate => body(|calls: &mut C| {
            let encapsulated = ML_KEM_ENCAPSULATED;
            calls.kx_decapsulate(At(SECRET), Is(encapsulated.at), Is(encapsulated.len), Is(OUTPUT));
            pull(calls, OUTPUT, OUT);
        }),
        Workload::Handles(_) => body(|calls: &mut C| {
            open(calls, SHA_256, NONE, NONE, STATE);
            absorb(calls, STATE, 0);
            calls.symmetric_state_close(At(STATE));
        }),
        Workload::SqueezeEach => body(|calls: &mut C| {
            for (state, out) in handles(HASHES).zip((OUT.at..).step_by(DIGEST_LEN as usize)) {
                calls.symmetric_state_squeeze(At(state), Is(out), Is(DIGEST_LEN));
            }
        }),
        Workload::SqueezeBatch => {
            body(|calls: &mut C| calls.squeeze_batch(Is(HASHES.at), Is(HASHES.len / HANDLE), Is(OUT.at), Is(OUT.len)))
        }
    }
}

/// The addresses of a list of handles.
fn handles(list: Range) -> impl Iterator<Item = i32> {
    (list.at..list.at + list.len).step_by(HANDLE as usize)
}

#[inline]
fn open<C: Calls>(calls: &mut C, algorithm: Range, key: i32, options: i32, state: i32) {
    calls.symmetric_state_open(Is(algorithm.at), Is(algorithm.len), Is(key), Is(options), Is(state));
}

#[inline]
fn absorb<C: Calls>(calls: &mut C, state: i32, len: i32) {
    calls.symmetric_state_absorb(At(state), Is(TEXT.at), Is(len));
}

#[inline]
fn import<C: Calls>(calls: &mut C, algorithm: Range, key: i32) {
    calls.symmetric_key_import(Is(algorithm.at), Is(algorithm.len), Is(RAW_KEY.at), Is(RAW_KEY.len), Is(key + HANDLE));
}

#[inline]
fn seal<C: Calls>(calls: &mut C, algorithm: Range, key: i32, len: i32) {
    open_sealing(calls, algorithm, key);
    calls.symmetric_state_encrypt(At(STATE), Is(OUT.at), Is(len + TAG_LEN), Is(TEXT.at), Is(len), Is(LEN));
    calls.symmetric_state_close(At(STATE));
    calls.options_close(At(OPTIONS + HANDLE));
}

/// Opens a state with a nonce, and the options for that.
#[inline]
fn open_sealing<C: Calls>(calls: &mut C, algorithm: Range, key: i32) {
    let (name, nonce) = (NONCE_NAME, NONCE);
    calls.options_open(Is(SYMMETRIC), Is(OPTIONS + HANDLE));
    calls.options_set(At(OPTIONS + HANDLE), Is(name.at), Is(name.len), Is(nonce.at), Is(nonce.len));
    open(calls, algorithm, key, OPTIONS, STATE);
}

fn open_pair<C: Calls>(calls: &mut C, scheme: Scheme, keys: Keys) {
    match keys {
        Keys::Given => import_pair(calls, scheme, KEY_PAIR),
        Keys::Made => make_pair(calls, scheme, KEY_PAIR),
    }
}

#[inline]
pub(crate) fn import_pair<C: Calls>(calls: &mut C, scheme: Scheme, pair: i32) {
    let (key, encoding) = match scheme {
        Scheme::Ed25519 => (ED25519_PAIR, RAW),
        Scheme::EcdsaP256 => (RAW_KEY, RAW),
        Scheme::Rsa2048 => (RSA_KEY, PKCS8),
    };
    let (kind, name) = (Is(SIGNATURES), scheme.name());
    calls.keypair_import(kind, Is(name.at), Is(name.len), Is(key.at), Is(key.len), Is(encoding), Is(pair));
}

#[inline]
pub(crate) fn make_pair<C: Calls>(calls: &mut C, scheme: Scheme, pair: i32) {
    let name = scheme.name();
    calls.keypair_generate(Is(SIGNATURES), Is(name.at), Is(name.len), Is(NONE), Is(pair));
}

/// Makes a key pair and opens both halves, so that it is its own peer.
fn make_halves<C: Calls>(calls: &mut C, name: Range) {
    calls.keypair_generate(Is(KEY_EXCHANGE), Is(name.at), Is(name.len), Is(NONE), Is(KEY_PAIR));
    calls.keypair_publickey(At(KEY_PAIR), Is(PUBLIC));
    calls.keypair_secretkey(At(KEY_PAIR), Is(SECRET));
}

fn import_secret<C: Calls>(calls: &mut C, name: Range, key: Range) {
    let kind = Is(KEY_EXCHANGE);
    calls.secretkey_import(kind, Is(name.at), Is(name.len), Is(key.at), Is(key.len), Is(RAW), Is(SECRET));
}

fn import_public<C: Calls>(calls: &mut C, name: Range, key: Range, encoding: i32) {
    let kind = Is(KEY_EXCHANGE);
    calls.publickey_import(kind, Is(name.at), Is(name.len), Is(key.at), Is(key.len), Is(encoding), Is(PUBLIC));
}

/// Signs, and pulls the signature to a range.
#[inline]
pub(crate) fn sign<C: Calls>(calls: &mut C, len: i32, to: Range) {
    calls.signature_state_open(At(KEY_PAIR), Is(STATE));
    calls.signature_state_update(At(STATE), Is(TEXT.at), Is(len));
    calls.signature_state_sign(At(STATE), Is(PRODUCT));
    calls.signature_export(At(PRODUCT), Is(RAW), Is(OUTPUT));
    pull(calls, OUTPUT, to);
    calls.signature_close(At(PRODUCT));
    calls.signature_state_close(At(STATE));
}

/// Pulls all of an output, which closes it.
#[inline]
fn pull<C: Calls>(calls: &mut C, output: i32, to: Range) {
    calls.array_output_pull(At(output), Is(to.at), Is(to.len), Is(LEN));
}
