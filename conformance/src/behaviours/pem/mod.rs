//! Keys in PEM as people have it: text that is lax around strict base64.

mod blocks;

use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding};
use hostcrypt::Errno;

use self::blocks::{
    an_encrypted_block_is_passed_over, parameters_name_the_curve_of_a_key_that_names_none,
    the_content_of_a_block_decides_and_not_its_label, the_first_block_whose_label_fits_is_read,
};
use super::{
    behaviours,
    encodings::{DER, P256, PEM, PKCS8, SEC1, SPKI},
};
use crate::{
    Guest,
    guest::{Answer, SIGNATURES},
};

behaviours!("pem":
    white_space_line_ends_and_line_lengths_are_free,
    text_around_a_block_is_passed_over,
    what_is_no_boundary_is_text,
    base64_is_strict,
    headers_are_skipped_unless_they_say_that_the_block_is_encrypted,
    the_first_block_whose_label_fits_is_read,
    an_encrypted_block_is_passed_over,
    the_content_of_a_block_decides_and_not_its_label,
    parameters_name_the_curve_of_a_key_that_names_none,
    hostile_text_is_read_in_linear_time,
);

const RSA: &str = "RSA_PKCS1_2048_SHA256";
const RSA_SECRET: &str = include_str!("../../../keys/rsa-2048-a.pem");
const RSA_SECRET_ALONE: &str = include_str!("../../../keys/rsa-2048-a.pkcs1.pem");
const RSA_PUBLIC_ALONE: &str = include_str!("../../../keys/rsa-2048-a.pkcs1.pub.pem");

/// `openssl genpkey -algorithm ED25519`
const ED25519: &str = "\
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";

/// A block that nobody reads, behind attributes as `openssl pkcs12` writes them.
const CERTIFICATE: &str = "\
Bag Attributes
    friendlyName: my key: the first
    localKeyID: 54 69 6D 65 20 31 36 30
subject=CN = x

issuer=CN = x

-----BEGIN CERTIFICATE-----
MIIBczCCARmgAwIBAgIUbase64+that/is/no/certificate==
-----END CERTIFICATE-----
";

/// A key in PEM, and what it is.
#[derive(Clone)]
struct Sample {
    text: &'static str,
    algorithm: &'static str,
    is_secret: bool,
    /// The key in DER, as the host writes it.
    key: Vec<u8>,
}

/// The samples that the host has algorithms for. There are keys of the first two, secret and public.
fn samples(guest: &mut Guest<'_>) -> Vec<Sample> {
    let samples = [
        (PKCS8, P256, true),
        (SEC1, P256, true),
        (SPKI, P256, false),
        (ED25519, "Ed25519", true),
        (RSA_SECRET, RSA, true),
        (RSA_SECRET_ALONE, RSA, true),
        (RSA_PUBLIC_ALONE, RSA, false),
    ];
    let served = samples.into_iter().filter(|(_, algorithm, _)| guest.subject().serves(algorithm));
    let served: Vec<_> =
        served.map(|(text, algorithm, is_secret)| Sample { text, algorithm, is_secret, key: Vec::new() }).collect();
    let read =
        |sample: Sample| Sample { key: sample.import(guest, sample.text.as_bytes()).remove(0).unwrap(), ..sample };
    served.into_iter().map(read).collect()
}

impl Sample {
    fn lines(&self) -> Vec<&'static str> {
        self.text.lines().collect()
    }

    fn label(&self) -> &'static str {
        self.lines()[0].trim_start_matches("-----BEGIN ").trim_end_matches('-')
    }

    /// Its base64, without line ends.
    fn base64(&self) -> String {
        let lines = self.lines();
        lines[1..lines.len() - 1].concat()
    }

    /// A text in which something takes the place of the base64, its line ends included.
    fn holding(&self, inside: &str) -> String {
        block(self.label(), inside)
    }

    /// A text with something behind the first boundary.
    fn with_headers(&self, headers: &str) -> String {
        self.text.replacen('\n', &format!("\n{headers}"), 1)
    }

    /// Imports a text, as each kind of key that may hold the half; RSA keys, which take a while, as one of them.
    fn import(&self, guest: &mut Guest<'_>, text: &[u8]) -> Vec<Answer<Vec<u8>>> {
        let kinds: &[&str] = match (self.is_secret, self.algorithm) {
            (true, RSA) => &["keypair"],
            (true, _) => &["keypair", "secretkey"],
            (false, _) => &["publickey"],
        };
        let import = |kind: &&str| {
            let key = guest.import(kind, SIGNATURES, self.algorithm, text, PEM)?;
            let der = guest.export(kind, key, DER)?;
            guest.close(kind, key)?;
            Ok(der)
        };
        kinds.iter().map(import).collect()
    }

    /// Holds the host to reading the same key in a text.
    fn is_read(&self, guest: &mut Guest<'_>, text: impl AsRef<[u8]>, what: &str) {
        for read in self.import(guest, text.as_ref()) {
            match read {
                Ok(key) => assert!(key == self.key, "{} {}: {what} is another key", self.algorithm, self.label()),
                Err(refusal) => panic!("{} {}: {what} is {refusal:?}", self.algorithm, self.label()),
            }
        }
    }

    /// Holds the host to refusing a text.
    fn is_refused(&self, guest: &mut Guest<'_>, text: impl AsRef<[u8]>, errno: Errno, what: &str) {
        for read in self.import(guest, text.as_ref()) {
            let is_refused = read.as_ref().is_err_and(|refusal| *refusal == errno);
            assert!(is_refused, "{} {}: {what} is {read:?}, not {errno}", self.algorithm, self.label());
        }
    }

    fn is_invalid(&self, guest: &mut Guest<'_>, text: impl AsRef<[u8]>, what: &str) {
        self.is_refused(guest, text, Errno::InvalidKey, what);
    }
}

fn block(label: &str, inside: &str) -> String {
    format!("-----BEGIN {label}-----\n{inside}-----END {label}-----\n")
}

/// Bytes in PEM.
fn pem(label: &str, der: &[u8]) -> String {
    block(label, &wrapped(&Base64::encode_string(der), 64))
}

/// Lines of a length.
fn wrapped(text: &str, width: usize) -> String {
    let lines = text.as_bytes().chunks(width).map(|line| String::from_utf8_lossy(line) + "\n");
    lines.collect()
}

fn white_space_line_ends_and_line_lengths_are_free(guest: &mut Guest<'_>) {
    for sample in samples(guest) {
        let (text, base64) = (sample.text, sample.base64());
        for end in ["\r\n", "\r", "\n\n", "\r\n\r\n", "  \n", "\t\n", " \x0b\x0c\r\n", "\n\t ", "\n \x0c\n\x0b", " "] {
            sample.is_read(guest, text.replace('\n', end), &format!("lines that end with {end:?}"));
        }
        for before in ["\u{feff}", "\n \t\r\n", "\x0b\x0c ", "\u{feff}\r\n"] {
            sample.is_read(guest, format!("{before}{text}"), &format!("{before:?} at the start"));
        }
        for width in [1, 2, 3, 5, 63, 65, 76, 77, 100, 255, 10_000] {
            let text = sample.holding(&wrapped(&base64, width));
            sample.is_read(guest, text, &format!("lines of {width} characters"));
        }
        sample.is_read(guest, text.trim_end(), "no line end at the end");
        sample.is_read(guest, sample.holding(&format!("\n\n{base64}\n\n")), "blank lines inside");
        sample.is_read(guest, text.replace('\n', ""), "everything on one line");
        sample.is_read(guest, text.replacen('\n', "", 1), "no line end behind the first boundary");
        sample.is_read(guest, sample.holding(&base64), "no line end before the last boundary");
        let spaced: String = base64.chars().flat_map(|char| [char, ' ']).collect();
        sample.is_read(guest, sample.holding(&spaced), "spaces between all characters");
    }
}

fn text_around_a_block_is_passed_over(guest: &mut Guest<'_>) {
    for sample in samples(guest) {
        let text = sample.text;
        let dump = "Private-Key: (256 bit)\npriv:\n    73:03:a8:d8:48\npub:\n    04:b4:9a\nASN1 OID: prime256v1\n";
        let line = "x".repeat(70_000);
        for other in ["one line\n", dump, "Bag Attributes: <No Attributes>\n\n", "-----\n", "---- BEGIN\n", &line] {
            sample.is_read(guest, format!("{text}{other}"), &format!("text behind it: {:.20}", other));
            sample.is_read(guest, format!("{other}\n{text}"), &format!("text before it: {:.20}", other));
        }
        sample.is_read(guest, [b"\0\xff\xfe\x01\n", text.as_bytes(), b"\0\xff\n"].concat(), "bytes around it");
        sample.is_read(guest, format!("{} and more\n", text.trim_end()), "text behind the last boundary on its line");
        sample.is_read(guest, format!("{text}{CERTIFICATE}"), "a certificate behind it");
        sample.is_read(guest, format!("{CERTIFICATE}{text}"), "a certificate before it");
        sample.is_read(guest, format!("{CERTIFICATE}{CERTIFICATE}\n\n{dump}{text}\n{CERTIFICATE}"), "all of this");
    }
}

fn what_is_no_boundary_is_text(guest: &mut Guest<'_>) {
    for sample in samples(guest) {
        let (text, label) = (sample.text, sample.label());
        let (first, last) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
        let lower = label.to_lowercase();
        let no_boundary = [
            text.replace(&first, &format!("{first} more text")),
            text.replace(&first, &format!("{first}-")),
            text.replace(&first, &format!("-{first}")),
            text.replace(&first, &format!("key: {first}")),
            text.replace(&first, &format!("-----BEGIN {lower}-----")),
            text.replace(&first, &format!("-----BEGIN  {label}-----")),
            text.replace(&first, &format!("-----BEGIN {label} -----")),
            text.replace(&first, &format!("-----BEGIN {label}----")),
            text.replace(&first, &format!("----BEGIN {label}-----")),
            text.replace(&first, ""),
            text.replace(&last, ""),
            text.replace(&last, "-----END CERTIFICATE-----"),
            text.replace(&last, &format!("-----END {lower}-----")),
            text.replace(&last, &format!("-----END {label}----")),
            text.lines().fold(String::new(), |text, line| text + "# " + line + "\n"),
            format!("A key begins with {first}, as everyone knows.\n"),
            format!("{last}\n"),
            format!("{first}\n"),
            "-----BEGIN CERTIFICATE-----\nMIIB\n".to_owned(),
            "-----BEGIN EC PARAMETERS----- as OpenSSL writes them\n".to_owned(),
        ];
        for other in no_boundary {
            sample.is_invalid(guest, &other, &format!("no block in {:.80}", other));
            sample.is_read(guest, format!("{other}{text}"), &format!("a key behind {:.80}", other));
        }
        let misplaced = text.replace(&last, &format!("-----END CERTIFICATE-----\n{last}"));
        sample.is_invalid(guest, misplaced, "another end within it");
    }
    let sample = &samples(guest)[0];
    for nothing in ["", " \n", "-----BEGIN", "-----BEGIN -----", "-----BEGIN PRIVATE KEY-----", CERTIFICATE] {
        sample.is_invalid(guest, nothing, &format!("{nothing:?}"));
    }
}

fn base64_is_strict(guest: &mut Guest<'_>) {
    for sample in samples(guest) {
        let base64 = sample.base64();
        let digits = base64.trim_end_matches('=');
        let padding = &base64[digits.len()..];
        let mut malformed = vec![
            format!("{base64}="),
            format!("{base64}===="),
            format!("{base64}A"),
            format!("{base64}AAAA"),
            format!("={base64}"),
            format!("{}===={}", &base64[..8], &base64[8..]),
            format!("{base64}\n# comment"),
            format!("comment: none\n{base64}"),
            format!("{base64}\n=abcd"),
            digits[1..].to_owned(),
            String::new(),
            "\n \n".to_owned(),
        ];
        for other in ["!", "-", "_", "\0", "\u{a0}", ":", ",", "\\n"] {
            malformed.push(format!("{}{other}{}", &base64[..10], &base64[10..]));
            malformed.push(format!("{}{other}{}", &base64[..10], &base64[11..]));
        }
        if !padding.is_empty() {
            malformed.push(digits.to_owned());
            // A bit that encodes nothing.
            let last = digits.as_bytes()[digits.len() - 1] + 1;
            malformed.push(format!("{}{}{padding}", &digits[..digits.len() - 1], char::from(last)));
            for between in ["\n", " ", "\r\n\t"] {
                let spread = padding.replace('=', &format!("{between}="));
                sample.is_read(guest, sample.holding(&format!("{digits}{spread}\n")), "padding on lines of its own");
            }
        }
        for inside in malformed {
            sample.is_invalid(guest, sample.holding(&(inside.clone() + "\n")), &format!("{inside:?}"));
        }
    }
}

fn headers_are_skipped_unless_they_say_that_the_block_is_encrypted(guest: &mut Guest<'_>) {
    for sample in samples(guest) {
        let plain = [
            "Comment: a key of mine\n\n",
            "Comment:\n\n",
            "Comment: one\n that goes on\nX-Other: two\n\n",
            "\nComment: behind a blank line\n\n",
            "Comment: before a line of blanks\n \t\n",
            "Proc-Type: 4,MIC-CLEAR\nContent-Domain: RFC822\n\n",
        ];
        for headers in plain {
            let text = sample.with_headers(headers);
            sample.is_read(guest, &text, headers);
            sample.is_read(guest, text.replace('\n', "\r\n"), headers);
        }
        sample.is_read(guest, format!("Proc-Type: 4,ENCRYPTED\n\n{}", sample.text), "a header outside");
        sample.is_invalid(guest, sample.with_headers("Comment: no blank line behind\n"), "headers without an end");
        let dek = "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n";
        for proc_type in ["Proc-Type: 4,ENCRYPTED\n", "proc-type:4 , encrypted\n", "X: y\nProc-Type: 4,ENCRYPTED\n", ""]
        {
            let text = sample.with_headers(&format!("{proc_type}{dek}"));
            for text in [text.replace('\n', "\r\n"), text] {
                sample.is_refused(guest, &text, Errno::UnsupportedEncoding, proc_type);
                sample.is_read(guest, format!("{text}{}", sample.text), proc_type);
            }
        }
    }
}

/// In time that grows with the square of the length, reading would take minutes.
fn hostile_text_is_read_in_linear_time(guest: &mut Guest<'_>) {
    const LEN: usize = 700_000;
    let begin = "-----BEGIN PRIVATE KEY-----\n";
    let label = format!("-----BEGIN {}", "A".repeat(LEN / 2));
    let blanks = " ".repeat(LEN / 2);
    let parts = [
        ("", begin),
        (blanks.as_str(), begin.trim_end()),
        ("", "-----BEGIN EC PARAMETERS-----\n"),
        (begin, "-----BEGIN EC PARAMETERS-----\nBggq\n"),
        (label.as_str(), "-----BEGIN A"),
        (begin, "-"),
        (begin, "-----END "),
        (begin, "A: B\n\n"),
        (begin, "\n"),
        ("", "-----BEGIN X-----AA-----END X-----"),
        ("", "-----BEGIN PRIVATE KEY-----AA-----END PRIVATE KEY-----"),
    ];
    let start = Instant::now();
    for (before, part) in parts {
        let text = before.to_owned() + &part.repeat((LEN - before.len()) / part.len()) + "-----END PRIVATE KEY-----";
        assert!(guest.import("secretkey", SIGNATURES, P256, text.as_bytes(), PEM).is_err(), "{part:?} is a key");
    }
    let took = start.elapsed();
    assert!(took < Duration::from_secs(60), "it took {took:?}");
}
