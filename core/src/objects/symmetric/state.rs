//! Symmetric states: `symmetric_state_*`.

use std::sync::Arc;

use super::Tag;
use crate::{
    Errno, InOut, Operation, Result,
    algorithm::{
        AlgorithmType, AllowedAlgorithm,
        symmetric::{Constructed, Key, Nonces, OutputLen, SymmetricAlgorithm, TagPlacement},
    },
    backend::LONGEST_OUTPUT,
    objects::options::Options,
    secret::{Reservation, SecretBytes},
};

/// A state of symmetric operations: `symmetric_state`. It is wiped when it is dropped.
pub struct State {
    /// The options that it was opened with; later changes of the set do not reach it.
    options: Option<Options>,
    constructed: Constructed,
    /// For the bytes that a library holds.
    reservation: Option<Reservation>,
}

/// Checks the key that a state is opened with.
///
/// # Errors
///
/// [`Errno::KeyNotSupported`] or [`Errno::KeyRequired`] for one too many or too few, [`Errno::InvalidKey`] for one of
/// another algorithm.
fn check_key(algorithm: SymmetricAlgorithm, key: Option<&Key>) -> Result<()> {
    match key {
        Some(_) if algorithm.key_lens().is_none() => Err(Errno::KeyNotSupported),
        Some(key) if !key.algorithm.is(algorithm) => Err(Errno::InvalidKey),
        None if algorithm.requires_key() => Err(Errno::KeyRequired),
        _ => Ok(()),
    }
}

/// Draws a nonce where none was set and that is safe.
///
/// # Errors
///
/// [`Errno::InvalidNonce`] for one of the wrong length, [`Errno::NonceRequired`] where it must be set.
fn settle_nonce(operation: Operation<'_>, options: &mut Option<Options>, nonces: &Nonces) -> Result<()> {
    match (options.as_ref().and_then(Options::nonce), nonces.drawn) {
        (Some(nonce), _) if nonces.lens.contains(&nonce.len()) => Ok(()),
        (Some(_), _) => Err(Errno::InvalidNonce),
        (None, Some(len)) => {
            let mut nonce = [0; LONGEST_OUTPUT];
            let nonce = nonce.get_mut(..len).ok_or(Errno::InternalError)?;
            operation.random().fill(nonce)?;
            Options::set_nonce(options, nonce, operation.budget())
        }
        (None, None) => Err(Errno::NonceRequired),
    }
}

impl State {
    /// A state that has absorbed nothing: `symmetric_state_open`. A nonce is drawn where none is set, if nonces of the
    /// algorithm are long enough for that.
    ///
    /// # Errors
    ///
    /// [`Errno::KeyRequired`], [`Errno::KeyNotSupported`] or [`Errno::InvalidKey`] for a key that does not fit,
    /// [`Errno::Expired`] for a managed one that has expired, [`Errno::NonceRequired`] or [`Errno::InvalidNonce`] for a
    /// nonce that is missing or does not fit, [`Errno::RngError`] where none can be drawn, [`Errno::InvalidHandle`] for
    /// options of another type, [`Errno::Overflow`] where the guest may not hold the state.
    pub fn open(
        operation: Operation<'_>,
        algorithm: AllowedAlgorithm<'_>,
        key: Option<Arc<Key>>,
        options: Option<Options>,
    ) -> Result<Self> {
        let mut options = options.map(|options| options.of_type(AlgorithmType::Symmetric)).transpose()?;
        let algorithm = algorithm.algorithm;
        check_key(algorithm, key.as_deref())?;
        if let Some(key) = &key {
            operation.store().check(&key.managed)?;
            if let Some(nonces) = algorithm.nonces() {
                settle_nonce(operation, &mut options, &nonces)?;
            }
        }
        let reservation = Reservation::take_any(algorithm.held(), operation.budget())?;
        let constructed = algorithm.open(key, options.as_ref().and_then(Options::nonce))?;
        Ok(Self { options, constructed, reservation })
    }

    /// An independent copy: `symmetric_state_clone`. A copy of a state with a nonce decrypts, and does not encrypt.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] where the guest may not hold it.
    pub fn copy(&self, operation: Operation<'_>) -> Result<Self> {
        let budget = operation.budget();
        let reservation = Reservation::take_any(self.reservation.as_ref().map_or(0, Reservation::bytes), budget)?;
        Ok(Self { options: self.options.clone(), constructed: self.constructed.copy(budget)?, reservation })
    }

    /// The byte string of an option that the state was opened with: `symmetric_state_options_get`.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedOption`] for an unknown name or one of another kind, [`Errno::OptionNotSet`] for a known one
    /// that is not set.
    pub fn option(&self, name: &str) -> Result<&[u8]> {
        Options::get(self.options.as_ref(), name)
    }

    /// The integer of an option that the state was opened with: `symmetric_state_options_get_u64`.
    ///
    /// # Errors
    ///
    /// As for [`option`](Self::option).
    pub fn option_u64(&self, name: &str) -> Result<u64> {
        Options::get_u64(self.options.as_ref(), name)
    }

    pub(crate) const fn options(&self) -> Option<&Options> {
        self.options.as_ref()
    }

    /// Absorbs data: `symmetric_state_absorb`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for a cipher without authentication, [`Errno::Overflow`] for more than the guest may
    /// hold or the algorithm takes.
    pub fn absorb(&mut self, operation: Operation<'_>, data: &[u8]) -> Result<()> {
        self.constructed.absorb(data, operation.budget())
    }

    /// Checks that there is an output of `len` bytes.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidLength`] for more output than there can be, [`Errno::InvalidOperation`] for an algorithm that is
    /// not squeezed.
    pub fn check_squeeze(&self, len: usize) -> Result<()> {
        if len > self.constructed.longest_squeeze()? { Err(Errno::InvalidLength) } else { Ok(()) }
    }

    /// The length in bytes of an output for which the call names none: that of a digest; else the option `output_len` that
    /// the state was opened with, or the algorithm's default.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidLength`] for more output than there can be, [`Errno::InvalidOperation`] for an algorithm that is
    /// not squeezed.
    pub fn squeeze_len(&self) -> Result<usize> {
        let len = self.constructed.squeeze_len(self.options.as_ref().and_then(Options::output_len))?;
        self.check_squeeze(len)?;
        Ok(len)
    }

    /// Fills an output of any length up to the algorithm's longest: `symmetric_state_squeeze`.
    ///
    /// # Errors
    ///
    /// As for [`check_squeeze`](Self::check_squeeze); [`Errno::InternalError`] where the key is in a store that fails.
    pub fn squeeze(&mut self, _: Operation<'_>, out: &mut [u8]) -> Result<()> {
        self.check_squeeze(out.len())?;
        self.constructed.squeeze(out)
    }

    /// The tag of what was absorbed: `symmetric_state_squeeze_tag`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for an algorithm without such tags, [`Errno::InternalError`] where the key is in a
    /// store that fails.
    pub fn squeeze_tag(&mut self, operation: Operation<'_>) -> Result<Tag> {
        self.constructed.squeeze_tag(operation.budget()).map(Tag)
    }

    /// A key for an algorithm, derived of what was absorbed: `symmetric_state_squeeze_key`.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedAlgorithm`] or [`Errno::ProhibitedOperation`] for an algorithm that is not served or is
    /// forbidden, [`Errno::InvalidOperation`] where its keys cannot be derived so.
    pub fn squeeze_key(&mut self, operation: Operation<'_>, algorithm: &str) -> Result<Key> {
        self.constructed.squeeze_key(operation.symmetric(algorithm)?, operation.budget())
    }

    /// The most bytes that encryption adds to a text, a tag or padding: `symmetric_state_max_tag_len`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for an algorithm that does not encrypt.
    pub fn max_tag_len(&self) -> Result<usize> {
        self.constructed.max_tag_len()
    }

    /// The nonce; empty for a state without one.
    fn nonce(options: Option<&Options>) -> &[u8] {
        options.and_then(Options::nonce).unwrap_or_default()
    }

    /// A tag of zeros, for [`encrypt`](Self::encrypt) to write a detached one.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for an algorithm that does not encrypt, [`Errno::Overflow`] where the guest may not hold
    /// the tag.
    pub fn blank_tag(&self, operation: Operation<'_>) -> Result<Tag> {
        SecretBytes::zeroed(self.max_tag_len()?, operation.budget()).map(Tag)
    }

    /// The length of a text of `text_len` bytes once it is encrypted.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for a state that does not encrypt so, [`Errno::Overflow`] for a length that no memory
    /// has.
    pub fn encrypted_len(&self, text_len: usize, tag: TagPlacement) -> Result<OutputLen> {
        self.constructed.encrypted_len(text_len, tag)
    }

    /// Refuses to encrypt with a nonce that is spent.
    ///
    /// # Errors
    ///
    /// [`Errno::NonceRequired`].
    pub fn check_nonce(&self) -> Result<()> {
        self.constructed.check_nonce()
    }

    /// Encrypts a text whose [encrypted length](Self::encrypted_len) is exact: `symmetric_state_encrypt`,
    /// `symmetric_state_encrypt_detached`. `tag` is as long as [`max_tag_len`](Self::max_tag_len) says.
    ///
    /// # Errors
    ///
    /// [`Errno::NonceRequired`] once the nonce is spent, [`Errno::InvalidOperation`] for a state that does not encrypt so,
    /// [`Errno::InvalidLength`] for a tag of another length, for two ranges of different lengths, or for more text than the
    /// algorithm takes.
    pub fn encrypt(&mut self, _: Operation<'_>, text: InOut<'_>, tag: &mut [u8]) -> Result<()> {
        self.check_nonce()?;
        text.check()?;
        if tag.len() != self.max_tag_len()? {
            return Err(Errno::InvalidLength);
        }
        self.constructed.encrypt(Self::nonce(self.options.as_ref()), text, tag)
    }

    /// Encrypts a text whose [encrypted length](Self::encrypted_len) asks for a buffer: `symmetric_state_encrypt`.
    ///
    /// # Errors
    ///
    /// As for [`encrypt`](Self::encrypt), and [`Errno::Overflow`] where the guest may not hold the buffer.
    pub fn encrypt_buffered(&mut self, operation: Operation<'_>, text: &[u8]) -> Result<SecretBytes> {
        self.check_nonce()?;
        self.constructed.encrypt_buffered(Self::nonce(self.options.as_ref()), text, operation.budget())
    }

    /// The length of a text of `encrypted_len` bytes once it is decrypted.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for a state that does not decrypt so, [`Errno::InvalidTag`] for less than a tag.
    pub fn decrypted_len(&self, encrypted_len: usize, tag: TagPlacement) -> Result<OutputLen> {
        self.constructed.decrypted_len(encrypted_len, tag)
    }

    /// Decrypts a text whose [decrypted length](Self::decrypted_len) is exact: `symmetric_state_decrypt`,
    /// `symmetric_state_decrypt_detached`. After a failure the output is zeros.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidTag`] for a tag that does not match, [`Errno::InvalidOperation`] for a state that does not decrypt
    /// so, [`Errno::InvalidLength`] for two ranges of different lengths.
    pub fn decrypt(&mut self, _: Operation<'_>, mut text: InOut<'_>, tag: &[u8]) -> Result<()> {
        text.check()?;
        let nonce = Self::nonce(self.options.as_ref());
        let decrypted = self.constructed.decrypt(nonce, text.reborrow(), tag);
        if decrypted.is_err() {
            text.clear();
        }
        decrypted
    }

    /// Decrypts a text whose [decrypted length](Self::decrypted_len) asks for a buffer: `symmetric_state_decrypt`. The text
    /// is `longest` bytes at most.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidTag`] for a length or a padding that no text has, [`Errno::InvalidOperation`] for a state that does
    /// not decrypt so, [`Errno::Overflow`] for a longer text, or where the guest may not hold the buffer.
    pub fn decrypt_buffered(&mut self, operation: Operation<'_>, text: &[u8], longest: usize) -> Result<SecretBytes> {
        let nonce = Self::nonce(self.options.as_ref());
        self.constructed.decrypt_buffered(nonce, text, longest, operation.budget())
    }

    /// Ratchets: earlier states can no longer be computed from this one: `symmetric_state_ratchet`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for an algorithm without a ratchet.
    pub fn ratchet(&mut self, _: Operation<'_>) -> Result<()> {
        self.constructed.ratchet()
    }
}

/// Shows nothing of what it absorbed.
impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}
