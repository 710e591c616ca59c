//! The `openssl` command.

use std::{
    fs,
    process::{Command, Output},
    sync::LazyLock,
};

use tempfile::TempDir;

/// What makes the lack of OpenSSL a failure.
const REQUIRE: &str = "HOSTCRYPT_REQUIRE_OPENSSL";

static INSTALLED: LazyLock<bool> = LazyLock::new(|| {
    let Ok(output) = Command::new("openssl").arg("version").output() else { return false };
    let version = String::from_utf8_lossy(&output.stdout);
    // LibreSSL, which goes by the same command, says its own name.
    let major = version.strip_prefix("OpenSSL ").and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major >= 3)
});

/// The `openssl` command, which is there.
#[derive(Clone, Copy)]
pub(crate) struct OpenSsl(());

impl OpenSsl {
    /// The command, if it is installed; says so if not.
    pub(crate) fn installed() -> Option<Self> {
        if *INSTALLED {
            return Some(Self(()));
        }
        let missing = "there is no `openssl` command of version 3.0 or later: install OpenSSL (Debian's `openssl`)";
        assert!(std::env::var_os(REQUIRE).is_none(), "{missing}");
        println!("skipped: {missing}, or set {REQUIRE} to make this a failure");
        None
    }

    /// Runs a command on files, which lie in its working directory under the names given.
    fn output(self, arguments: &str, files: &[(&str, &[u8])]) -> Output {
        let folder = TempDir::new().unwrap();
        for (name, content) in files {
            fs::write(folder.path().join(name), content).unwrap();
        }
        Command::new("openssl").args(arguments.split_whitespace()).current_dir(&folder).output().unwrap()
    }

    /// What a command writes that succeeds.
    pub(crate) fn run(self, arguments: &str, files: &[(&str, &[u8])]) -> Vec<u8> {
        let output = self.output(arguments, files);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments}: {complaint}");
        output.stdout
    }

    /// What a command makes of the file `key`.
    pub(crate) fn convert(self, arguments: &str, key: &[u8]) -> Vec<u8> {
        self.run(&format!("{arguments} -in key"), &[("key", key)])
    }

    /// The same as text, with the lines of Unix on every system.
    pub(crate) fn pem(self, arguments: &str, key: &[u8]) -> Vec<u8> {
        let mut text = self.convert(arguments, key);
        text.retain(|&byte| byte != b'\r');
        text
    }

    /// The same, encrypted with a password.
    pub(crate) fn encrypt(self, arguments: &str, key: &[u8]) -> Vec<u8> {
        let arguments = format!("{arguments} -in key -passout file:password");
        self.run(&arguments, &[("key", key), ("password", b"correct horse battery staple")])
    }

    /// A key in PEM: PKCS#8.
    pub(crate) fn make(self, genpkey: &str) -> Vec<u8> {
        self.run(&format!("genpkey -algorithm {genpkey}"), &[])
    }

    /// A private key in DER: PKCS#8.
    pub(crate) fn private(self, key: &[u8]) -> Vec<u8> {
        // `openssl pkey` has older forms in DER.
        self.convert("pkcs8 -topk8 -nocrypt -outform DER", key)
    }

    /// The public half of a private key in DER: SubjectPublicKeyInfo.
    pub(crate) fn public(self, key: &[u8]) -> Vec<u8> {
        self.convert("pkey -pubout -outform DER", key)
    }

    /// Holds a private key to be valid.
    pub(crate) fn check(self, key: &[u8]) {
        let verdict = self.convert("pkey -check -noout", key);
        assert_eq!(String::from_utf8_lossy(&verdict).trim(), "Key is valid");
    }

    /// Holds a public key to be valid.
    pub(crate) fn check_public(self, key: &[u8]) {
        let verdict = self.convert("pkey -pubin -pubcheck -noout", key);
        assert_eq!(String::from_utf8_lossy(&verdict).trim(), "Key is valid");
    }

    /// Signs with a private key.
    pub(crate) fn sign(self, algorithm: &str, key: &[u8], message: &[u8]) -> Vec<u8> {
        let arguments = format!("pkeyutl -sign {} -inkey key -in message", options(algorithm));
        self.run(&arguments, &[("key", key), ("message", message)])
    }

    /// Whether a signature is of a message and a public key.
    pub(crate) fn verifies(self, algorithm: &str, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let arguments =
            format!("pkeyutl -verify {} -pubin -inkey key -in message -sigfile signature", options(algorithm));
        let output = self.output(&arguments, &[("key", key), ("message", message), ("signature", signature)]);
        match String::from_utf8_lossy(&output.stdout).trim() {
            "Signature Verified Successfully" => true,
            "Signature Verification Failure" => false,
            _ => panic!("openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr)),
        }
    }

    /// What a private key and the public key of a peer agree on.
    pub(crate) fn derive(self, key: &[u8], peer: &[u8]) -> Vec<u8> {
        self.run("pkeyutl -derive -inkey key -peerkey peer", &[("key", key), ("peer", peer)])
    }
}

/// How `openssl pkeyutl` is told of an algorithm that signs messages.
fn options(algorithm: &str) -> String {
    let mut options = "-rawin".to_owned();
    if let Some((_, bits)) = algorithm.rsplit_once("_SHA") {
        options += &format!(" -digest sha{bits}");
    }
    if algorithm.starts_with("RSA_PSS") {
        options += " -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest";
    }
    options
}
