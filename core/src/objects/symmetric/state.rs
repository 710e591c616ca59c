//! Symmetric states: `symmetric_state_*`.

use std::sync::Arc;

use super::Tag;
use crate::{
    Errno, InOut, Operation, Result,
    algorithm::{
        AlgorithmType, AllowedAlgorithm,
        symmetric::{Constructed, Construction as _, Family as _, Key, Nonces, OutputLen, Served, TagPlacement},
    },
    backend::LONGEST_OUTPUT,
    objects::options::Options,
    secret::{Reservation, SecretBytes},
};

/// A state of symmetric operations: `symmetric_state`. It is wiped when it is dropped.
pub struct State(Box<Opened>);

struct Opened {
    /// The options that it was opened with; later changes of the set do not affect it. Without any, an empty set: the
    /// bytes of an absent value would be a piece of the stack, with whatever a library left there.
    options: Options,
    constructed: Constructed,
    /// The charge for the library's memory.
    reservation: Option<Reservation>,
}

/// Checks the key that a state is opened with.
///
/// # Errors
///
/// [`Errno::KeyNotSupported`] or [`Errno::KeyRequired`] for one too many or too few, [`Errno::InvalidKey`] for one of
/// another algorithm.
fn check_key(served: &Served, key: Option<&Key>) -> Result<()> {
    match key {
        Some(_) if served.key_lens.is_none() => Err(Errno::KeyNotSupported),
        Some(key) if !key.algorithm.is(&served.algorithm) => Err(Errno::InvalidKey),
        None if served.requires_key => Err(Errno::KeyRequired),
        _ => Ok(()),
    }
}

/// Draws a nonce if none was set and random nonces are safe.
///
/// # Errors
///
/// [`Errno::InvalidNonce`] for a nonce of the wrong length, [`Errno::NonceRequired`] if it must be set.
fn settle_nonce(operation: Operation<'_>, options: &mut Options, nonces: &Nonces) -> Result<()> {
    match (options.nonce(), nonces.drawn) {
        (Some(nonce), _) if nonces.lens.contains(&nonce.len()) => Ok(()),
        (Some(_), _) => Err(Errno::InvalidNonce),
        (None, Some(len)) => {
            let mut nonce = [0; LONGEST_OUTPUT];
            let nonce = nonce.get_mut(..len).ok_or(Errno::InternalError)?;
            operation.random().fill(nonce)?;
            options.set_nonce(nonce, operation.budget())
        }
        (None, None) => Err(Errno::NonceRequired),
    }
}

impl State {
    /// Opens a state that has absorbed nothing: `symmetric_state_open`. If no nonce is set, a random one is drawn, if
    /// the algorithm's nonces are long enough for that.
    ///
    /// # Errors
    ///
    /// [`Errno::KeyRequired`], [`Errno::KeyNotSupported`] or [`Errno::InvalidKey`] for a key that does not fit,
    /// [`Errno::Expired`] for a managed key that has expired, [`Errno::NonceRequired`] or [`Errno::InvalidNonce`] for a
    /// nonce that is missing or does not fit, [`Errno::RngError`] if none can be drawn, [`Errno::InvalidHandle`] for
    /// options of another type, [`Errno::Overflow`] if the state exceeds the guest's limit on bytes.
    pub fn open(
        operation: Operation<'_>,
        algorithm: AllowedAlgorithm<'_>,
        key: Option<Arc<Key>>,
        options: Option<&Options>,
    ) -> Result<Self> {
        options.map_or(Ok(()), |options| options.check_type(AlgorithmType::Symmetric))?;
        let mut options = options.map_or(const { Options::new(AlgorithmType::Symmetric) }, Options::clone);
        let served = algorithm.0;
        check_key(served, key.as_deref())?;
        if let Some(key) = &key {
            operation.store().check(&key.managed)?;
            if let Some(nonces) = &served.nonces {
                settle_nonce(operation, &mut options, nonces)?;
            }
        }
        let reservation = Reservation::take_any(served.memory, operation.budget())?;
        // Allocated first, so that the compiler can build the state in its place.
        let place = Box::new_uninit();
        let constructed = served.algorithm.open(key, options.nonce())?;
        Ok(Self(Box::write(place, Opened { options, constructed, reservation })))
    }

    /// Returns an independent copy: `symmetric_state_clone`. A copy of a state with a nonce only decrypts.
    ///
    /// # Errors
    ///
    /// [`Errno::Overflow`] if it exceeds the guest's limit on bytes.
    pub fn copy(&self, operation: Operation<'_>) -> Result<Self> {
        let budget = operation.budget();
        let Opened { options, constructed, reservation } = &*self.0;
        let reservation = Reservation::take_any(reservation.as_ref().map_or(0, Reservation::bytes), budget)?;
        Ok(Self(Box::new(Opened { options: options.clone(), constructed: constructed.copy(budget)?, reservation })))
    }

    /// Returns the byte string of an option that the state was opened with: `symmetric_state_options_get`.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedOption`] for an unknown name or one of another kind, [`Errno::OptionNotSet`] for a known one
    /// that is not set.
    pub fn option(&self, name: &str) -> Result<&[u8]> {
        self.0.options.get(name)
    }

    /// Returns the integer of an option that the state was opened with: `symmetric_state_options_get_u64`.
    ///
    /// # Errors
    ///
    /// As for [`option`](Self::option).
    pub fn option_u64(&self, name: &str) -> Result<u64> {
        self.0.options.get_u64(name)
    }

    pub(crate) const fn options(&self) -> &Options {
        &self.0.options
    }

    /// Whether an output may take longer than its own bytes do: it goes over absorbed data once more, such as additional
    /// data, or a store computes it.
    #[must_use]
    pub fn may_take_long(&self) -> bool {
        self.0.constructed.may_take_long()
    }

    /// Absorbs data: `symmetric_state_absorb`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for a cipher without authentication, [`Errno::Overflow`] for more data than the
    /// guest's limit on bytes or the algorithm allows.
    pub fn absorb(&mut self, operation: Operation<'_>, data: &[u8]) -> Result<()> {
        self.0.constructed.absorb(data, operation.budget())
    }

    /// Checks that the algorithm can give an output of `len` bytes.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidLength`] for more output than the algorithm can give, [`Errno::InvalidOperation`] for an
    /// algorithm without output.
    pub fn check_squeeze(&self, len: usize) -> Result<()> {
        if len > self.0.constructed.longest_squeeze()? { Err(Errno::InvalidLength) } else { Ok(()) }
    }

    /// The length in bytes of an output for which the call names none: that of a digest; else the option `output_len` that
    /// the state was opened with, or the algorithm's default.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidLength`] for more output than there can be, [`Errno::InvalidOperation`] for an algorithm that is
    /// not squeezed.
    pub fn squeeze_len(&self) -> Result<usize> {
        let len = self.0.constructed.squeeze_len(self.0.options.output_len())?;
        self.check_squeeze(len)?;
        Ok(len)
    }

    /// Fills an output of any length up to the algorithm's longest: `symmetric_state_squeeze`.
    ///
    /// # Errors
    ///
    /// As for [`check_squeeze`](Self::check_squeeze); [`Errno::InternalError`] if the key is in a store that fails.
    pub fn squeeze(&mut self, _: Operation<'_>, out: &mut [u8]) -> Result<()> {
        self.check_squeeze(out.len())?;
        self.0.constructed.squeeze(out)
    }

    /// Returns the tag of the data so far: `symmetric_state_squeeze_tag`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for an algorithm without such tags, [`Errno::InternalError`] if the key is in a
    /// store that fails.
    pub fn squeeze_tag(&mut self, operation: Operation<'_>) -> Result<Tag> {
        self.0.constructed.squeeze_tag(operation.budget()).map(Tag)
    }

    /// Derives a key for an algorithm from the data so far: `symmetric_state_squeeze_key`.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedAlgorithm`] or [`Errno::ProhibitedOperation`] for an algorithm that is not served or is
    /// forbidden, [`Errno::InvalidOperation`] if its keys cannot be derived so.
    pub fn squeeze_key(&mut self, operation: Operation<'_>, algorithm: &str) -> Result<Key> {
        self.0.constructed.squeeze_key(operation.symmetric(algorithm)?, operation.budget())
    }

    /// Returns the most bytes that encryption adds to a text, as a tag or padding: `symmetric_state_max_tag_len`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for an algorithm that does not encrypt.
    pub fn max_tag_len(&self) -> Result<usize> {
        self.0.constructed.max_tag_len()
    }

    /// Returns the nonce; empty for a state without one.
    fn nonce(options: &Options) -> &[u8] {
        options.nonce().unwrap_or_default()
    }

    /// Returns a tag of zeros, into which [`encrypt`](Self::encrypt) writes a detached tag.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for an algorithm that does not encrypt, [`Errno::Overflow`] if the guest may not hold
    /// the tag.
    pub fn blank_tag(&self, operation: Operation<'_>) -> Result<Tag> {
        SecretBytes::zeroed(self.max_tag_len()?, operation.budget()).map(Tag)
    }

    /// Returns the encrypted length of a text of `text_len` bytes.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for a state that does not encrypt so, [`Errno::Overflow`] for a length beyond any
    /// memory.
    pub fn encrypted_len(&self, text_len: usize, tag: TagPlacement) -> Result<OutputLen> {
        self.0.constructed.encrypted_len(text_len, tag)
    }

    /// Checks that the nonce has not been used.
    ///
    /// # Errors
    ///
    /// [`Errno::NonceRequired`].
    pub fn check_nonce(&self) -> Result<()> {
        self.0.constructed.check_nonce()
    }

    /// Encrypts a text whose [encrypted length](Self::encrypted_len) is exact: `symmetric_state_encrypt`,
    /// `symmetric_state_encrypt_detached`. `tag` is as long as [`max_tag_len`](Self::max_tag_len) says.
    ///
    /// # Errors
    ///
    /// [`Errno::NonceRequired`] if the nonce has been used, [`Errno::InvalidOperation`] for a state that does not
    /// encrypt so, [`Errno::InvalidLength`] for a tag of another length, for two ranges of different lengths, or for
    /// more text than the algorithm takes.
    pub fn encrypt(&mut self, _: Operation<'_>, text: InOut<'_>, tag: &mut [u8]) -> Result<()> {
        self.check_nonce()?;
        text.check()?;
        if tag.len() != self.max_tag_len()? {
            return Err(Errno::InvalidLength);
        }
        self.0.constructed.encrypt(Self::nonce(&self.0.options), text, tag)
    }

    /// Encrypts a text whose [encrypted length](Self::encrypted_len) requires a buffer: `symmetric_state_encrypt`.
    ///
    /// # Errors
    ///
    /// As for [`encrypt`](Self::encrypt), and [`Errno::Overflow`] if the buffer exceeds the guest's limit on bytes.
    pub fn encrypt_buffered(&mut self, operation: Operation<'_>, text: &[u8]) -> Result<SecretBytes> {
        self.check_nonce()?;
        self.0.constructed.encrypt_buffered(Self::nonce(&self.0.options), text, operation.budget())
    }

    /// Returns the length of the text in a ciphertext of `encrypted_len` bytes.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for a state that does not decrypt so, [`Errno::InvalidTag`] for a length shorter
    /// than a tag.
    pub fn decrypted_len(&self, encrypted_len: usize, tag: TagPlacement) -> Result<OutputLen> {
        self.0.constructed.decrypted_len(encrypted_len, tag)
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
        let nonce = Self::nonce(&self.0.options);
        let decrypted = self.0.constructed.decrypt(nonce, text.reborrow(), tag);
        if decrypted.is_err() {
            text.clear();
        }
        decrypted
    }

    /// Decrypts a text whose [decrypted length](Self::decrypted_len) requires a buffer: `symmetric_state_decrypt`. The
    /// text has at most `longest` bytes.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidTag`] for an invalid length or padding, [`Errno::InvalidOperation`] for a state that does
    /// not decrypt so, [`Errno::Overflow`] for a longer text, or if the buffer exceeds the guest's limit on bytes.
    pub fn decrypt_buffered(&mut self, operation: Operation<'_>, text: &[u8], longest: usize) -> Result<SecretBytes> {
        let nonce = Self::nonce(&self.0.options);
        self.0.constructed.decrypt_buffered(nonce, text, longest, operation.budget())
    }

    /// Ratchets the state, so that earlier states cannot be computed from it: `symmetric_state_ratchet`.
    ///
    /// # Errors
    ///
    /// [`Errno::InvalidOperation`] for an algorithm without a ratchet.
    pub fn ratchet(&mut self, _: Operation<'_>) -> Result<()> {
        self.0.constructed.ratchet()
    }
}

/// Does not show the data.
impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}
