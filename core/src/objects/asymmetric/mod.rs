//! Asymmetric keys: `keypair_*`, `publickey_*`, `secretkey_*`.

mod keypair;
mod publickey;
mod secretkey;

pub use self::{keypair::KeyPair, publickey::PublicKey, secretkey::SecretKey};
pub use crate::algorithm::asymmetric::{KeyEncoding, KeyPairAlgorithm};
