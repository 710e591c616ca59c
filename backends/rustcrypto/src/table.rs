//! The tables of a base point's multiples, which the curves' crates make when they first need them.
//!
//! Making one takes up to 180 KiB of stack, using it next to nothing. So each is made on a stack of its own, before
//! there is the first key that needs it.

use std::{hint::black_box, sync::OnceLock};

use hostcrypt::{Errno, Result, backend::on_own_stack};

macro_rules! table {
    ($curve:ident) => {
        /// Makes the curve's table, if there is none yet.
        ///
        /// # Errors
        ///
        /// [`Errno::InternalError`] where the system has no memory for a stack.
        pub(crate) fn $curve() -> Result<()> {
            static MADE: OnceLock<()> = OnceLock::new();
            if MADE.get().is_none() {
                on_own_stack(|| {
                    let mut one = ::$curve::FieldBytes::default();
                    *one.last_mut().ok_or(Errno::InternalError)? = 1;
                    let key = ::$curve::SecretKey::from_bytes(&one).map_err(|_| Errno::InternalError)?;
                    black_box(key.public_key());
                    Ok(())
                })?;
                // Another thread may have been faster.
                let _ = MADE.set(());
            }
            Ok(())
        }
    };
}

table!(p256);
table!(p384);
table!(k256);
