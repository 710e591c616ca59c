//! Keys on the NIST curves.

use boring::bn::{BigNum, BigNumContext};
use boring::ec::{EcGroup, EcKey, EcPoint, EcPointRef, PointConversionForm};
use boring::error::ErrorStack;
use boring::nid::Nid;
use boring::pkey::{PKey, Private};
use hostcrypt::backend::{KeyFormat, Secret};
use hostcrypt::{Errno, Result};

use crate::key::{Pair, Public};

/// A curve of prime order.
pub(crate) struct Curve {
    nid: Nid,
    /// The canonical form of its keys.
    pub(crate) format: KeyFormat,
    /// The length of a scalar and of a coordinate in bytes.
    pub(crate) len: usize,
}

pub(crate) const P256: Curve = Curve { nid: Nid::X9_62_PRIME256V1, format: KeyFormat::P256, len: 32 };
pub(crate) const P384: Curve = Curve { nid: Nid::SECP384R1, format: KeyFormat::P384, len: 48 };

impl Curve {
    /// Makes a fresh key.
    pub(crate) fn generate(&self) -> Result<Pair> {
        let made = || {
            let key = EcKey::generate(&*self.group()?)?;
            let secret = key.private_key().to_vec_padded(self.len)?.into();
            self.pair(key, secret)
        };
        made().map_err(|_| Errno::AlgorithmFailure)
    }

    /// The key of a scalar from 1 to the order of the group, exclusive.
    pub(crate) fn secret(&self, secret: &[u8]) -> Result<Pair> {
        if secret.len() != self.len {
            return Err(Errno::InvalidKey);
        }
        let made = || {
            let (group, scalar) = (self.group()?, BigNum::from_slice(secret)?);
            let mut point = EcPoint::new(&group)?;
            point.mul_generator(&group, &scalar, &mut *BigNumContext::new()?)?;
            // The library checks that the scalar is in range.
            self.pair(EcKey::from_private_components(&group, &scalar, &point)?, secret.to_vec().into())
        };
        made().map_err(|_| Errno::InvalidKey)
    }

    /// The key of a point, compressed or not. The library refuses the identity and all other forms.
    pub(crate) fn public(&self, public: &[u8]) -> Result<Public> {
        let made = || {
            let group = self.group()?;
            let point = EcPoint::from_bytes(&group, public, &mut *BigNumContext::new()?)?;
            match public {
                // To encode a point takes as long as a tenth of an agreement, and here it is encoded.
                [4, ..] => Ok(Public {
                    key: PKey::from_ec_key(EcKey::from_public_key(&group, &point)?)?,
                    encoded: public.to_vec(),
                }),
                _ => self.half(&point),
            }
        };
        made().map_err(|_| Errno::InvalidKey)
    }

    fn group(&self) -> Result<EcGroup, ErrorStack> {
        EcGroup::from_curve_name(self.nid)
    }

    fn pair(&self, key: EcKey<Private>, secret: Secret) -> Result<Pair, ErrorStack> {
        let public = self.half(key.public_key())?;
        Ok(Pair { key: PKey::from_ec_key(key)?, secret, public })
    }

    fn half(&self, point: &EcPointRef) -> Result<Public, ErrorStack> {
        let group = self.group()?;
        let encoded = point.to_bytes(&group, PointConversionForm::UNCOMPRESSED, &mut *BigNumContext::new()?)?;
        Ok(Public { key: PKey::from_ec_key(EcKey::from_public_key(&group, point)?)?, encoded })
    }
}
