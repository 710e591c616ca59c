//! Asymmetric keys: what key pairs, public keys and secret keys have in common.

mod deep;
mod encoding;
mod format;
mod keypair;
mod publickey;
mod scheme;
mod secretkey;
mod served;

pub(crate) use encoding::Encoding;
pub use format::{KeyFormat, PssHash};
pub(crate) use keypair::KeyPair;
pub(crate) use publickey::{PublicHalf, PublicKey};
pub(crate) use scheme::Scheme;
pub(crate) use secretkey::{SecretHalf, SecretKey};
pub(crate) use served::Served;
