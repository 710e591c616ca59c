use super::*;
use crate::{Errno, Host, InvalidPolicy, Policy};

/// A generator, told from others by the byte that it makes.
struct Bytes(u8);

impl Random for Bytes {
    fn fill(&self, bytes: &mut [u8]) -> Result<()> {
        bytes.fill(self.0);
        Ok(())
    }
}

/// A hash function by name alone.
struct Named(&'static str);

impl Hash for Named {
    fn name(&self) -> &'static str {
        self.0
    }

    fn output_len(&self) -> usize {
        32
    }

    fn start(&self) -> Box<dyn HashState> {
        panic!("only names are asked for here")
    }
}

const fn backend(name: &'static str, hashes: &'static [&'static dyn Hash], random: &'static dyn Random) -> Backend {
    Backend { name, hashes, random, ..Backend::EMPTY }
}

const ONE: Backend = backend("one", &[&Named("A"), &Named("B")], &Bytes(1));
const TWO: Backend = backend("two", &[&Named("b"), &Named("C")], &Bytes(2));
const THREE: Backend = backend("three", &[&Named("A"), &Named("C"), &Named("D")], &Bytes(3));
const TWO_THREE: Backend = TWO.or(&THREE);

/// Who serves what, in the order of the list.
fn served(backend: Backend) -> Vec<(String, &'static str)> {
    Host::new(backend).algorithms().map(|info| (info.name, info.backend)).collect()
}

#[test]
fn of_each_algorithm_the_first_that_has_it_serves_it() {
    let of =
        |pairs: &[(&str, &'static str)]| pairs.iter().map(|(name, part)| ((*name).into(), *part)).collect::<Vec<_>>();
    assert_eq!(served(ONE.or(&TWO)), of(&[("A", "one"), ("B", "one"), ("C", "two")]));
    assert_eq!(served(TWO.or(&ONE)), of(&[("b", "two"), ("C", "two"), ("A", "one")]));
    let all = of(&[("A", "one"), ("B", "one"), ("C", "two"), ("D", "three")]);
    assert_eq!(served(ONE.or(&TWO).or(&THREE)), all);
    assert_eq!(served(ONE.or(&TWO_THREE)), all);
}

#[test]
fn random_numbers_are_the_first_ones() {
    let mut bytes = [0; 4];
    ONE.or(&TWO).random.fill(&mut bytes).unwrap();
    assert_eq!((bytes, TWO_THREE.random.fill(&mut bytes)), ([1; 4], Ok::<(), Errno>(())));
    assert_eq!(bytes, [2; 4]);
}

#[test]
fn a_composed_backend_has_the_names_of_its_parts() {
    assert_eq!(ONE.to_string(), "one");
    assert_eq!(ONE.or(&TWO_THREE).to_string(), "one+two+three");
}

#[test]
#[should_panic(expected = "at most three")]
fn a_fourth_other_is_refused() {
    let _ = ONE.or(&TWO).or(&THREE).or(&TWO).or(&THREE);
}

#[test]
fn a_policy_may_name_what_any_part_serves() {
    let held_to = |policy| Host::builder(ONE.or(&TWO_THREE)).policy(policy).map(|_| ());
    assert_eq!(held_to(Policy::new().forbid_algorithms(["a", "C"]).allow_only(["d"])), Ok(()));
    let unknown = held_to(Policy::new().forbid_algorithms(["E"]));
    assert!(matches!(unknown, Err(InvalidPolicy::UnknownAlgorithm { pattern, .. }) if pattern == "E"));
    let without_keys = held_to(Policy::new().require_key_bits("A", 1));
    assert!(matches!(without_keys, Err(InvalidPolicy::NoKeySize { pattern }) if pattern == "A"));
}
