//! Checks of points of edwards25519 that the library does not offer, with its big numbers. All values are public: this
//! module checks public keys, and computes nothing else with them. See CONTRIBUTING.md.

use boring::bn::{BigNum, BigNumContext, BigNumRef};
use boring::error::ErrorStack;

/// 2²⁵⁵ − 19.
const P: &str = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";
/// The curve's constant, −121665/121666.
const D: &str = "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3";
/// The prime order of the group that the base point makes.
const ORDER: &str = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";

/// The integers modulo [`P`].
struct Field {
    p: BigNum,
    context: BigNumContext,
}

impl Field {
    fn new() -> Result<Self, ErrorStack> {
        Ok(Self { p: BigNum::from_hex_str(P)?, context: BigNumContext::new()? })
    }

    fn add(&mut self, a: &BigNumRef, b: &BigNumRef) -> Result<BigNum, ErrorStack> {
        let mut sum = BigNum::new()?;
        sum.mod_add(a, b, &self.p, &mut self.context)?;
        Ok(sum)
    }

    fn sub(&mut self, a: &BigNumRef, b: &BigNumRef) -> Result<BigNum, ErrorStack> {
        let mut difference = BigNum::new()?;
        difference.mod_sub(a, b, &self.p, &mut self.context)?;
        Ok(difference)
    }

    fn mul(&mut self, a: &BigNumRef, b: &BigNumRef) -> Result<BigNum, ErrorStack> {
        let mut product = BigNum::new()?;
        product.mod_mul(a, b, &self.p, &mut self.context)?;
        Ok(product)
    }

    /// The root of a square, and an error for any other number.
    fn root(&mut self, a: &BigNumRef) -> Result<BigNum, ErrorStack> {
        let mut root = BigNum::new()?;
        root.mod_sqrt(a, &self.p, &mut self.context)?;
        Ok(root)
    }
}

/// The coordinate that a point is encoded by. It may be unreduced; the highest bit is the sign of the other one.
fn y(encoded: &[u8]) -> Result<BigNum, ErrorStack> {
    let mut bytes: Vec<u8> = encoded.iter().rev().copied().collect();
    if let Some(highest) = bytes.first_mut() {
        *highest &= 0x7f;
    }
    BigNum::from_slice(&bytes)
}

/// Whether 32 bytes are a point (RFC 8032, section 5.1.3), the coordinate of which need not be reduced.
pub(crate) fn is_point(encoded: &[u8]) -> bool {
    let root = || {
        let mut field = Field::new()?;
        let (y, one) = (y(encoded)?, BigNum::from_u32(1)?);
        // x² = (y² − 1) / (dy² + 1); a quotient is a square where the product is.
        let square = field.mul(&y, &y)?;
        let above = field.sub(&square, &one)?;
        let below = field.mul(&square, &*BigNum::from_hex_str(D)?)?;
        let below = field.add(&below, &one)?;
        let product = field.mul(&above, &below)?;
        field.root(&product)
    };
    encoded.len() == 32 && root().is_ok()
}

/// Whether a point is in the group of prime order, and not its identity.
pub(crate) fn is_of_prime_order(encoded: &[u8]) -> bool {
    is_in_prime_order_group(encoded).unwrap_or(false)
}

/// The order of the group sends its points, and no others, to the identity. On the curve's Montgomery form one
/// coordinate is enough to see that, u = (1 + y) / (1 − y), kept as a fraction (RFC 7748, sections 4.1 and 5).
fn is_in_prime_order_group(encoded: &[u8]) -> Result<bool, ErrorStack> {
    let mut field = Field::new()?;
    let (y, one) = (y(encoded)?, BigNum::from_u32(1)?);
    let point = (field.add(&one, &y)?, field.sub(&one, &y)?);
    if is_zero(&point.0) || is_zero(&point.1) {
        // The point of order 2, where the ladder does not hold, and the identity.
        return Ok(false);
    }
    let order = BigNum::from_hex_str(ORDER)?;
    let mut low = (one, BigNum::new()?);
    let mut high = (point.0.to_owned()?, point.1.to_owned()?);
    for bit in (0..order.num_bits()).rev() {
        let sum = sum(&mut field, &low, &high, &point)?;
        if order.is_bit_set(bit) {
            (low, high) = (sum, double(&mut field, &high)?);
        } else {
            (low, high) = (double(&mut field, &low)?, sum);
        }
    }
    Ok(is_zero(&low.1))
}

fn is_zero(number: &BigNumRef) -> bool {
    number.num_bits() == 0
}

/// The sum of two points that differ by a third.
fn sum(
    field: &mut Field,
    one: &(BigNum, BigNum),
    other: &(BigNum, BigNum),
    difference: &(BigNum, BigNum),
) -> Result<(BigNum, BigNum), ErrorStack> {
    let (plus, minus) = (field.add(&one.0, &one.1)?, field.sub(&one.0, &one.1)?);
    let (other_plus, other_minus) = (field.add(&other.0, &other.1)?, field.sub(&other.0, &other.1)?);
    let (left, right) = (field.mul(&minus, &other_plus)?, field.mul(&plus, &other_minus)?);
    let (above, below) = (field.add(&left, &right)?, field.sub(&left, &right)?);
    let (above, below) = (field.mul(&above, &above)?, field.mul(&below, &below)?);
    Ok((field.mul(&difference.1, &above)?, field.mul(&difference.0, &below)?))
}

/// Twice a point.
fn double(field: &mut Field, point: &(BigNum, BigNum)) -> Result<(BigNum, BigNum), ErrorStack> {
    let (plus, minus) = (field.add(&point.0, &point.1)?, field.sub(&point.0, &point.1)?);
    let (plus, minus) = (field.mul(&plus, &plus)?, field.mul(&minus, &minus)?);
    let four = field.sub(&plus, &minus)?;
    let scaled = field.mul(&four, &*BigNum::from_u32(121_665)?)?;
    let below = field.add(&plus, &scaled)?;
    Ok((field.mul(&plus, &minus)?, field.mul(&four, &below)?))
}
