use super::*;
use crate::{
    Policy,
    algorithm::catalogue::Catalogue,
    backend::{Agreement, AgreementKey, Backend, KeyFormat, PublicKey, Random, Secret, SecretKey},
};

/// An agreement that answers this of each key.
struct Answers(&'static str, Result<u8>);

/// A key, told from others by its byte.
struct Key(u8);

impl Agreement for Answers {
    fn name(&self) -> &'static str {
        self.0
    }

    fn key_format(&self) -> KeyFormat {
        KeyFormat::X25519
    }

    fn generate(&self) -> Result<Box<dyn AgreementKey>> {
        self.secret_key(&[])
    }

    fn secret_key(&self, _: &[u8]) -> Result<Box<dyn AgreementKey>> {
        self.1.map(|byte| Box::new(Key(byte)) as _)
    }

    fn public_key(&self, _: &[u8]) -> Result<Box<dyn PublicKey>> {
        self.1.map(|byte| Box::new(Key(byte)) as _)
    }
}

impl SecretKey for Key {
    fn secret(&self) -> Secret {
        vec![self.0].into()
    }
}

impl AgreementKey for Key {
    fn public_key(&self) -> Box<dyn PublicKey> {
        Box::new(Self(self.0))
    }

    fn agree(&self, _: &[u8]) -> Result<Secret> {
        Ok(self.secret())
    }
}

impl PublicKey for Key {
    fn public(&self) -> Vec<u8> {
        vec![self.0]
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }
}

struct Zeros;

impl Random for Zeros {
    fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        bytes.fill(0);
        Ok(())
    }
}

const fn backend(agreements: &'static [&'static dyn Agreement]) -> Backend {
    Backend { name: "answers", agreements, random: &Zeros, ..Backend::EMPTY }
}

const UNREADABLE: Result<u8> = Err(Errno::UnsupportedEncoding);
const NO_KEY: Result<u8> = Err(Errno::InvalidKey);

/// By backend: what each answers of a key of A, B, C and D.
const FIRST: Backend =
    backend(&[&Answers("A", Ok(1)), &Answers("B", UNREADABLE), &Answers("C", NO_KEY), &Answers("D", UNREADABLE)]);
const SECOND: Backend = backend(&[&Answers("a", Ok(2)), &Answers("b", UNREADABLE), &Answers("C", Ok(2))]);
const THIRD: Backend =
    backend(&[&Answers("A", Ok(3)), &Answers("B", Ok(3)), &Answers("D", NO_KEY), &Answers("E", UNREADABLE)]);

fn key(scheme: AsymmetricAlgorithm) -> Result<u8> {
    scheme.secret(&[]).map(|half| half.key().secret().iter().sum())
}

/// What reading a key of an algorithm answers, and restoring a stored one.
fn answers(backend: Backend, name: &str) -> (Result<u8>, Result<u8>) {
    let catalogue = Catalogue::new(&backend, &Policy::new());
    let served = catalogue.asymmetric_of_any_type(name).unwrap();
    (served.read(key), served.restore(key))
}

#[test]
fn backends_are_asked_in_order_until_one_reads_the_key() {
    const UNSUPPORTED: Result<u8> = Err(Errno::UnsupportedAlgorithm);
    let all = FIRST.or(&SECOND).or(&THIRD);
    assert_eq!(answers(all, "A"), (Ok(1), Ok(1)));
    assert_eq!(answers(all, "B"), (Ok(3), Ok(3)));
    // What is no key to one is none, but for a key that was one to the host that stored it.
    assert_eq!(answers(all, "C"), (NO_KEY, Ok(2)));
    assert_eq!(answers(all, "D"), (NO_KEY, UNSUPPORTED));
    assert_eq!(answers(all, "E"), (UNREADABLE, UNSUPPORTED));
    assert_eq!(answers(SECOND.or(&FIRST), "C"), (Ok(2), Ok(2)));
    for (name, read) in [("A", Ok(1)), ("B", UNREADABLE), ("C", NO_KEY), ("D", UNREADABLE)] {
        assert_eq!(answers(FIRST, name), (read, if read.is_ok() { read } else { UNSUPPORTED }), "{name}");
    }
}

#[test]
fn what_is_no_matter_of_the_key_is_answered_at_once() {
    const FAILS: Backend = backend(&[&Answers("A", Err(Errno::RngError))]);
    assert_eq!(answers(FAILS.or(&FIRST), "A"), (Err(Errno::RngError), Err(Errno::RngError)));
}
