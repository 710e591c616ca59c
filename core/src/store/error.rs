//! Errors of key stores.

use std::error::Error;

use crate::{Errno, RefusalCause, refusal};

/// Why a store did not do an operation.
///
/// The guest gets the [`errno`](Self::errno). The operator gets the [`report`](Self::report), by
/// [`HostBuilder::on_refusal`](crate::HostBuilder::on_refusal).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The name has no such version: it never had, or the version was invalidated. The guest gets `not_found`.
    #[error("there is no such version")]
    NotFound,

    /// The namespace would exceed its [`Quotas`](super::Quotas), or the name has no number left for another version.
    /// Nothing was changed. The guest gets `overflow`.
    #[error("the namespace has reached its quotas")]
    Quota,

    /// The store takes no keys that were made elsewhere. Nothing was changed. The guest gets `prohibited_operation`.
    #[error("the store takes no keys that were made elsewhere")]
    Prohibited,

    /// The store needs random numbers and gets none. Nothing was changed. The guest gets `rng_error`.
    #[error("the store gets no random numbers")]
    Rng,

    /// The store or its medium failed, for this reason. A change may have been made nevertheless. The guest gets
    /// `internal_error`.
    #[error(transparent)]
    Failed(Box<dyn Error + Send + Sync>),
}

impl StoreError {
    /// Makes an error for a failure of the store or its medium.
    #[must_use]
    pub fn failed(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(reason.into())
    }

    /// Returns the errno for the guest.
    #[must_use]
    pub fn errno(&self) -> Errno {
        match self {
            Self::NotFound => Errno::NotFound,
            Self::Quota => Errno::Overflow,
            Self::Prohibited => Errno::ProhibitedOperation,
            Self::Rng => Errno::RngError,
            Self::Failed(_) => Errno::InternalError,
        }
    }

    /// Returns the texts of the error and of its sources, separated by `: `. It omits a source whose text is part of
    /// the text before it.
    ///
    /// ```
    /// use std::io;
    /// use hostcrypt::store::StoreError;
    ///
    /// #[derive(Debug, thiserror::Error)]
    /// #[error("the bucket `keys` cannot be written")]
    /// struct Unwritable(#[source] io::Error);
    ///
    /// let error = StoreError::failed(Unwritable(io::ErrorKind::StorageFull.into()));
    /// assert_eq!(error.report(), "the bucket `keys` cannot be written: no storage space");
    /// ```
    #[must_use]
    pub fn report(&self) -> String {
        let (mut report, mut source) = (self.to_string(), self.source());
        while let Some(error) = source {
            let text = error.to_string();
            if !report.contains(&text) {
                report = format!("{report}: {text}");
            }
            source = error.source();
        }
        report
    }

    /// Turns the error into the errno for the guest, and records the [`report`](Self::report) for the thread:
    /// [`HostBuilder::on_refusal`](crate::HostBuilder::on_refusal) gets it when the current call is refused.
    ///
    /// The core does this with the errors of [`KeyStore`](super::KeyStore). A [resident key](super::ResidentKey) does
    /// it itself if its store fails, since its methods return an errno:
    ///
    /// ```
    /// use hostcrypt::{Result, store::{ResidentMac, StoreError}};
    /// # struct Token;
    /// # impl Token {
    /// #     fn sign(&self, _: &[u8]) -> std::io::Result<[u8; 32]> { Err(std::io::ErrorKind::TimedOut.into()) }
    /// # }
    ///
    /// struct TokenMac { token: Token }
    ///
    /// impl ResidentMac for TokenMac {
    ///     fn tag(&self, message: &[u8], tag: &mut [u8]) -> Result<()> {
    ///         let made = self.token.sign(message).map_err(|error| StoreError::failed(error).refuse())?;
    ///         tag.copy_from_slice(&made);
    ///         Ok(())
    ///     }
    /// }
    /// # assert_eq!(TokenMac { token: Token }.tag(b"", &mut [0; 32]), Err(hostcrypt::Errno::InternalError));
    /// # assert_eq!(StoreError::last_report().as_deref(), Some("timed out"));
    /// ```
    #[must_use]
    pub fn refuse(self) -> Errno {
        let cause = match self {
            // The guest's own mistake.
            Self::NotFound => return self.errno(),
            Self::Quota => RefusalCause::Quota,
            Self::Prohibited => RefusalCause::Prohibited,
            Self::Rng | Self::Failed(_) => RefusalCause::Store,
        };
        refusal::note(self.errno(), cause, Some(self.report()))
    }

    /// Takes the report that [`refuse`](Self::refuse) last recorded in this thread. Tests of a store use it to check
    /// the reports of resident keys.
    #[must_use]
    pub fn last_report() -> Option<String> {
        refusal::take().and_then(|recorded| recorded.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Medium {
        #[error("the file: {0}: make room")]
        Shown(#[source] std::io::Error),
        #[error("the bucket")]
        Hidden(#[source] Box<Medium>),
    }

    #[test]
    fn a_report_has_the_text_of_each_source_once() {
        let full = || Medium::Shown(std::io::ErrorKind::StorageFull.into());
        assert_eq!(StoreError::failed(full()).report(), "the file: no storage space: make room");
        let hidden = StoreError::failed(Medium::Hidden(Box::new(full())));
        assert_eq!(hidden.report(), "the bucket: the file: no storage space: make room");
        assert_eq!(StoreError::failed("the disk is gone").report(), "the disk is gone");
        assert_eq!(StoreError::NotFound.report(), "there is no such version");
    }

    #[test]
    fn all_but_a_guests_own_mistake_is_reported_to_the_operator() {
        let refusals = [
            (StoreError::Quota, Errno::Overflow, "the namespace has reached its quotas"),
            (StoreError::Prohibited, Errno::ProhibitedOperation, "the store takes no keys that were made elsewhere"),
            (StoreError::Rng, Errno::RngError, "the store gets no random numbers"),
            (StoreError::failed("the disk is gone"), Errno::InternalError, "the disk is gone"),
        ];
        for (error, errno, report) in refusals {
            assert_eq!(error.refuse(), errno);
            assert_eq!(StoreError::last_report().as_deref(), Some(report));
        }
        assert_eq!(StoreError::NotFound.refuse(), Errno::NotFound);
        assert_eq!(StoreError::last_report(), None);
    }
}
