//! The mechanisms of a token.

use cryptoki::{
    context::Pkcs11,
    mechanism::{MechanismInfo, MechanismType},
    slot::Slot,
};

use crate::{algorithm::Algorithm, error::Failure};

/// The mechanisms of a token.
pub(crate) struct Mechanisms(Vec<(MechanismType, MechanismInfo)>);

/// A mechanism that an algorithm needs, with its use and the size of its keys in bits.
pub(crate) struct RequiredMechanism {
    pub(crate) mechanism: MechanismType,
    pub(crate) able: fn(&MechanismInfo) -> bool,
    pub(crate) bits: usize,
}

impl Mechanisms {
    pub(crate) fn of(pkcs11: &Pkcs11, slot: Slot) -> Result<Self, Failure> {
        let info = |mechanism| Ok((mechanism, pkcs11.get_mechanism_info(slot, mechanism)?));
        pkcs11.get_mechanism_list(slot)?.into_iter().map(info).collect::<Result<_, Failure>>().map(Self)
    }

    /// Whether the token has all mechanisms that an algorithm needs.
    pub(crate) fn serve(&self, algorithm: &Algorithm) -> bool {
        algorithm.needs().iter().all(|need| self.has(need))
    }

    fn has(&self, need: &RequiredMechanism) -> bool {
        self.0
            .iter()
            .any(|(mechanism, info)| *mechanism == need.mechanism && (need.able)(info) && takes(info, need.bits))
    }
}

/// Whether a mechanism accepts keys of this size in bits. Tokens report sizes in bits, in bytes, or not at all.
fn takes(info: &MechanismInfo, bits: usize) -> bool {
    let range = info.min_key_size()..=info.max_key_size();
    info.max_key_size() == 0 || range.contains(&bits) || range.contains(&(bits / 8))
}
