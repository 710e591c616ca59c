//! Properties of algorithms, for guests and for people.

/// The types under which guests name algorithms: `algorithm_type`.
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

/// The properties of an algorithm that a host serves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlgorithmInfo {
    /// The interface's name.
    pub name: String,
    /// The family, such as `hash` or `signature`.
    pub kind: &'static str,
    /// The type under which guests name it.
    pub algorithm_type: AlgorithmType,
    /// The name of the backend that serves it.
    pub backend: &'static str,
    /// The length in bytes of a generated symmetric key.
    pub key_len: Option<usize>,
    /// The length in bytes of a public key in raw encoding.
    pub public_key_len: Option<usize>,
    /// The length in bytes of a secret key in raw encoding.
    pub secret_key_len: Option<usize>,
    /// The length in bytes of a nonce.
    pub nonce_len: Option<usize>,
    /// The length in bytes of a tag.
    pub tag_len: Option<usize>,
    /// The length in bytes of the longest output.
    pub output_len: Option<usize>,
    /// The length in bytes of a raw signature.
    pub signature_len: Option<usize>,
    /// The length in bytes of an encapsulated secret.
    pub encapsulated_len: Option<usize>,
    /// The size in bits by which a key's strength is known: of the modulus, the curve, or the shortest symmetric key
    /// that the algorithm and the policy allow.
    pub key_bits: Option<usize>,
    /// Whether the host's policy forbids it; guests get `prohibited_operation`.
    pub forbidden: bool,
}
