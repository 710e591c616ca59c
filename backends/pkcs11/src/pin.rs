//! PINs.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use cryptoki::types::AuthPin;
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::Error;

/// How long a pipe with a PIN may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The user PIN of a token. It is never shown, and wiped when it is dropped.
#[derive(Clone)]
pub struct Pin(pub(crate) AuthPin);

impl Pin {
    /// The maximal length of a file with a PIN, in bytes and with line breaks. PINs of tokens have some dozen bytes, in
    /// SoftHSM at most 255.
    pub const LONGEST: usize = 1024;

    /// Makes a PIN from a text.
    #[must_use]
    pub fn new(pin: impl Into<String>) -> Self {
        // A text with room to spare would be copied, and left behind, if it became the PIN itself.
        let pin = Zeroizing::new(pin.into());
        Self(AuthPin::new(pin.as_str().into()))
    }

    /// Reads a PIN from a file, without trailing line breaks.
    ///
    /// The file may have at most [`Pin::LONGEST`] bytes. A pipe must be written within ten seconds.
    ///
    /// # Errors
    ///
    /// [`Error::PinFile`] if the file cannot be read, is empty or too long.
    pub fn of_file(path: &Path) -> Result<Self, Error> {
        let unreadable = |source| Error::PinFile { path: path.to_owned(), source };
        let bytes = read(path).map_err(unreadable)?;
        let text = str::from_utf8(&bytes).map_err(|_| unreadable(io::Error::other("it is not UTF-8")))?;
        match text.trim_end_matches(['\r', '\n']) {
            "" => Err(unreadable(io::Error::other("it is empty"))),
            pin => Ok(Self::new(pin)),
        }
    }

    /// Whether another one is the same, in a time that tells nothing but their lengths.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.0.expose_secret().as_bytes().ct_eq(other.0.expose_secret().as_bytes()).into()
    }
}

/// Reads a file, but not for ever: who opens a pipe that nobody writes to waits.
fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    if fs::metadata(path)?.is_file() {
        return bounded(path);
    }
    let (sender, receiver) = mpsc::channel();
    let pipe = PathBuf::from(path);
    thread::Builder::new().spawn(move || sender.send(bounded(&pipe)))?;
    let late = format!("nothing came from it within {} seconds", PATIENCE.as_secs());
    receiver.recv_timeout(PATIENCE).map_err(|_| io::Error::new(io::ErrorKind::TimedOut, late))?
}

fn bounded(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // With room to spare, so that it is not moved, which would leave a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * Pin::LONGEST));
    File::open(path)?.take(Pin::LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > Pin::LONGEST {
        return Err(io::Error::other(format!("it is longer than {} bytes, and no PIN", Pin::LONGEST)));
    }
    Ok(bytes)
}

impl From<String> for Pin {
    fn from(pin: String) -> Self {
        Self::new(pin)
    }
}

/// Never shows it.
impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_the_same_as_its_own_text_alone() {
        let mut roomy = String::with_capacity(100);
        roomy.push_str("735");
        let pin = Pin::new(roomy);
        assert!(pin.is(&Pin::new("735")) && pin.is(&pin.clone()));
        for other in ["", "73", "7351", "736"] {
            assert!(!pin.is(&Pin::new(other)), "{other}");
        }
    }

    #[test]
    fn a_file_is_read_up_to_its_bound_and_loses_its_line_breaks() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pin");
        let longest = "7".repeat(Pin::LONGEST);
        for (text, pin) in [("735", "735"), ("735\n", "735"), ("7 5\r\n\n", "7 5"), (&longest, &longest)] {
            fs::write(&path, text).unwrap();
            assert!(Pin::of_file(&path).unwrap().is(&Pin::new(pin)));
        }
        for (text, reason) in [("", "empty"), ("\r\n", "empty"), (&format!("{longest}\n"), "longer than 1024 bytes")] {
            fs::write(&path, text).unwrap();
            let error = Pin::of_file(&path).unwrap_err().to_string();
            assert!(error.contains(reason) && !error.contains("777"), "{error}");
        }
        fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert!(Pin::of_file(&path).unwrap_err().to_string().contains("longer"));
        assert!(Pin::of_file(folder.path()).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_without_an_end_and_a_pipe_without_a_writer_are_given_up() {
        let error = Pin::of_file(Path::new("/dev/zero")).unwrap_err().to_string();
        assert!(error.contains("longer than 1024 bytes"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let begun = std::time::Instant::now();
        let error = Pin::of_file(&pipe).unwrap_err().to_string();
        assert!(error.contains("within 10 seconds") && begun.elapsed() < 3 * PATIENCE, "{error}");
        let writer = {
            let pipe = pipe.clone();
            thread::spawn(move || fs::write(pipe, "735\n"))
        };
        // The thread that gave up may have taken the first writer's text.
        let pin = Pin::of_file(&pipe);
        writer.join().unwrap().unwrap();
        assert!(pin.is_err() || pin.unwrap().is(&Pin::new("735")));
    }
}
