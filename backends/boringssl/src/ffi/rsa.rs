//! RSA of digests, which `boring` would make itself, and the making of keys that may be interrupted.

use std::ffi::{c_int, c_uint, c_void};

use boring::bn::{BigNum, BigNumContext, BigNumRef};
use boring::error::ErrorStack;
use boring::hash::MessageDigest;
use boring::pkey::{Private, Public};
use boring::rsa::{Rsa, RsaRef};
use boring_sys as sys;
use foreign_types::{ForeignType, ForeignTypeRef};
use hostcrypt::backend::Interrupt;

use super::check;

/// Makes a key with the public exponent 65537. Once the work is interrupted, it ends at the library's next look.
pub(crate) fn generate(bits: u32, interrupt: &Interrupt) -> Result<Rsa<Private>, ErrorStack> {
    let bits = c_int::try_from(bits).unwrap_or(c_int::MAX);
    let exponent = BigNum::from_u32(sys::RSA_F4 as u32)?;
    let mut callback = sys::BN_GENCB::default();
    // SAFETY: the callback is ours to write. What it calls looks at `interrupt` by a shared reference, while this
    // function has it lent.
    unsafe {
        sys::BN_GENCB_set(&mut callback, Some(goes_on), std::ptr::from_ref(interrupt).cast_mut().cast::<c_void>());
    }
    // SAFETY: what is returned is null or a key without numbers that is ours.
    let key: Rsa<Private> = unsafe {
        let key = sys::RSA_new();
        if key.is_null() {
            return Err(ErrorStack::get());
        }
        Rsa::from_ptr(key)
    };
    // SAFETY: the key is ours alone; the exponent and the callback outlive the call.
    check(unsafe { sys::RSA_generate_key_ex(key.as_ptr(), bits, exponent.as_ptr(), &mut callback) })?;
    Ok(key)
}

/// One, unless the work is interrupted; it cannot unwind into the library.
unsafe extern "C" fn goes_on(_: c_int, _: c_int, callback: *mut sys::BN_GENCB) -> c_int {
    // SAFETY: `generate` set the argument to its interrupt, which it has lent as long as the library may call.
    let interrupt = unsafe { &*sys::BN_GENCB_get_arg(callback).cast::<Interrupt>() };
    c_int::from(!interrupt.is_raised())
}

/// Whether an odd number above 3 has at least two different prime factors, by the enhanced Miller–Rabin test of FIPS
/// 186-5, B.3.2. Of numbers that have, hardly any needs a second round.
pub(crate) fn has_several_primes(number: &BigNumRef) -> Result<bool, ErrorStack> {
    let context = BigNumContext::new()?;
    let mut found = sys::bn_primality_result_t::bn_probably_prime;
    // SAFETY: the number and the context outlive the call, and no callback is set.
    check(unsafe {
        sys::BN_enhanced_miller_rabin_primality_test(
            &mut found,
            number.as_ptr(),
            sys::BN_prime_checks_for_generation,
            context.as_ptr(),
            std::ptr::null_mut(),
        )
    })?;
    Ok(found == sys::bn_primality_result_t::bn_non_prime_power_composite)
}

/// Signs a digest with the filling of PKCS #1 v1.5. One of another length than the hash function's is an error.
pub(crate) fn sign_pkcs1(key: &RsaRef<Private>, hash: MessageDigest, digest: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let mut signature = vec![0; key.size() as usize];
    let mut len: c_uint = 0;
    // SAFETY: the output has the room that the size of the key says, and the digest is as long as said. The key may be
    // used by several threads at once: the call counts as a reading one.
    check(unsafe {
        sys::RSA_sign(
            hash.type_().as_raw(),
            digest.as_ptr(),
            digest.len(),
            signature.as_mut_ptr(),
            &mut len,
            key.as_ptr(),
        )
    })?;
    signature.truncate(len as usize);
    Ok(signature)
}

/// Verifies a signature of [`sign_pkcs1`].
pub(crate) fn verify_pkcs1(
    key: &RsaRef<Public>,
    hash: MessageDigest,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), ErrorStack> {
    // SAFETY: digest and signature are as long as said; the key is only read.
    check(unsafe {
        sys::RSA_verify(
            hash.type_().as_raw(),
            digest.as_ptr(),
            digest.len(),
            signature.as_ptr(),
            signature.len(),
            key.as_ptr(),
        )
    })
}

/// Signs a digest with PSS, one hash function for everything, and a salt as long as the digest. A digest of another
/// length than the hash function's is an error.
pub(crate) fn sign_pss(key: &RsaRef<Private>, hash: MessageDigest, digest: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let mut signature = vec![0; key.size() as usize];
    let mut len = 0;
    // SAFETY: output and digest are as long as said, and the hash function is a static table. As for the key, see
    // `sign_pkcs1`.
    check(unsafe {
        sys::RSA_sign_pss_mgf1(
            key.as_ptr(),
            &mut len,
            signature.as_mut_ptr(),
            signature.len(),
            digest.as_ptr(),
            digest.len(),
            hash.as_ptr(),
            hash.as_ptr(),
            sys::RSA_PSS_SALTLEN_DIGEST,
        )
    })?;
    signature.truncate(len);
    Ok(signature)
}

/// Verifies a signature of [`sign_pss`]; a salt of another length is an error.
pub(crate) fn verify_pss(
    key: &RsaRef<Public>,
    hash: MessageDigest,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), ErrorStack> {
    // SAFETY: digest and signature are as long as said, the hash function is a static table, and the key only read.
    check(unsafe {
        sys::RSA_verify_pss_mgf1(
            key.as_ptr(),
            digest.as_ptr(),
            digest.len(),
            hash.as_ptr(),
            hash.as_ptr(),
            sys::RSA_PSS_SALTLEN_DIGEST,
            signature.as_ptr(),
            signature.len(),
        )
    })
}
