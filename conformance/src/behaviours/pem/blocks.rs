//! Which of several blocks is read, and as what.

use base64ct::{Base64, Encoding};
use hostcrypt::Errno;

use super::{CERTIFICATE, RSA, block, pem, samples};
use crate::{
    Guest,
    behaviours::encodings::{COMPRESSED, ENCRYPTED, P256, POINT, SCALAR},
    vectors::hex,
};

pub(super) fn the_first_block_whose_label_fits_is_read(guest: &mut Guest<'_>) {
    let samples = samples(guest);
    let dsa = pem("DSA PRIVATE KEY", b"\x30\x03\x02\x01\x00");
    let request = "-----BEGIN CERTIFICATE REQUEST-----\nno base64\n-----END CERTIFICATE REQUEST-----\n";
    for sample in &samples {
        let text = sample.text;
        for other in [dsa.as_str(), request, CERTIFICATE, "-----BEGIN X-----\n-----END X-----\n"] {
            sample.is_read(guest, format!("{other}{text}"), "a block that can be no key of the algorithm, before");
            sample.is_invalid(guest, other, "no other block");
        }
        for other in &samples {
            sample.is_read(guest, format!("{text}{}", other.text), "the first of two");
            if other.is_secret != sample.is_secret {
                sample.is_read(guest, format!("{}{text}", other.text), "the other half before it");
                sample.is_invalid(guest, other.text, "the other half alone");
            } else if other.algorithm != sample.algorithm {
                let both = format!("{}{text}", other.text);
                if other.label().starts_with(['E', 'R']) {
                    sample.is_read(guest, both, "behind a key of a label that is for another algorithm");
                } else {
                    sample.is_invalid(guest, both, "behind a key of another algorithm");
                }
                sample.is_invalid(guest, other.text, "another algorithm alone");
            }
        }
        for broken in ["", "no base64\n", "MAMCAQA=\n"] {
            let broken = sample.holding(broken);
            sample.is_invalid(guest, format!("{broken}{text}"), "behind a broken block");
            sample.is_read(guest, format!("{text}{broken}"), "before a broken block");
        }
    }
}

pub(super) fn an_encrypted_block_is_passed_over(guest: &mut Guest<'_>) {
    for sample in samples(guest) {
        let text = sample.text;
        if !sample.is_secret {
            sample.is_invalid(guest, ENCRYPTED, "a secret key");
            sample.is_read(guest, format!("{ENCRYPTED}{text}"), "behind a secret key");
            continue;
        }
        let relabelled = ENCRYPTED.replace("ENCRYPTED PRIVATE KEY", sample.label());
        let broken = block("ENCRYPTED PRIVATE KEY", "no base64\n");
        for encrypted in [ENCRYPTED, &relabelled, &broken] {
            sample.is_refused(guest, encrypted, Errno::UnsupportedEncoding, "an encrypted block");
            let with = format!("{encrypted}{CERTIFICATE}");
            sample.is_refused(guest, with, Errno::UnsupportedEncoding, "an encrypted block and a certificate");
            sample.is_read(guest, format!("{CERTIFICATE}{encrypted}{text}"), "behind an encrypted block");
            sample.is_read(guest, format!("{text}{encrypted}"), "before an encrypted block");
            let broken = format!("{encrypted}{}", sample.holding("no base64\n"));
            sample.is_invalid(guest, broken, "a broken block behind an encrypted one");
        }
        sample.is_read(guest, text.replace(sample.label(), "ENCRYPTED PRIVATE KEY"), "what is not encrypted after all");
    }
}

pub(super) fn the_content_of_a_block_decides_and_not_its_label(guest: &mut Guest<'_>) {
    for sample in samples(guest) {
        let half = if sample.is_secret { "PRIVATE KEY" } else { "PUBLIC KEY" };
        let other_half = if sample.is_secret { "PUBLIC KEY" } else { "PRIVATE KEY" };
        let own = match sample.algorithm {
            RSA => "RSA ",
            P256 => "EC ",
            _ => "",
        };
        for label in [half.to_owned(), format!("{own}{half}")] {
            sample.is_read(guest, sample.text.replace(sample.label(), &label), &label);
        }
        let mut others: Vec<_> = ["RSA ", "EC ", "DSA ", "ED25519 ", "ANY ", "OPENSSH ", "rsa "]
            .into_iter()
            .filter(|family| *family != own)
            .map(|family| format!("{family}{half}"))
            .collect();
        others.extend([other_half, "CERTIFICATE", "KEY", ""].map(str::to_owned));
        for label in others {
            sample.is_invalid(guest, sample.text.replace(sample.label(), &label), &label);
        }
        let der = Base64::decode_vec(&sample.base64()).unwrap();
        let trailing = [&der[..], &[0]].concat();
        for der in [&trailing[..], &der[..der.len() - 1], &der[1..]] {
            sample.is_invalid(guest, pem(sample.label(), der), "DER that is too long or too short");
        }
    }
}

pub(super) fn parameters_name_the_curve_of_a_key_that_names_none(guest: &mut Guest<'_>) {
    let parameters = |der: &[u8]| pem("EC PARAMETERS", der);
    let own = parameters(&hex("06082a8648ce3d030107"));
    let p384 = parameters(&hex("06052b81040022"));
    let null = parameters(&[5, 0]);
    // The curve spelled out, something else, and what is no DER.
    let unreadable = [
        parameters(&hex("3003020101")),
        parameters(&hex("020101")),
        parameters(&hex("06082a8648ce3d03010700")),
        parameters(&[]),
        block("EC PARAMETERS", "no base64\n"),
    ];
    // A sequence of the version and the scalar; and with the point behind it.
    let scalar = [&[2, 1, 1, 4, 32][..], &hex(SCALAR)].concat();
    let point = [&[0xa1, 68, 3, 66, 0][..], &hex(POINT)].concat();
    let nameless = [
        pem("EC PRIVATE KEY", &[&[0x30, 37][..], &scalar].concat()),
        pem("PRIVATE KEY", &[&[0x30, 37 + 70][..], &scalar, &point].concat()),
    ];
    let samples = samples(guest);
    let key = &samples[1];
    for name in &nameless {
        key.is_invalid(guest, name, "a key without a curve");
        for text in [
            format!("{own}{name}"),
            format!("{name}{own}"),
            format!("text\n{CERTIFICATE}{own}text\n{CERTIFICATE}{name}"),
            format!("{null}{own}{name}{own}"),
        ] {
            key.is_read(guest, text, "a key whose curve is named beside it");
        }
        for text in [format!("{null}{name}"), format!("{p384}{name}"), format!("{own}{name}{p384}")] {
            key.is_invalid(guest, text, "a key whose curve is not named, or twice");
        }
        for other in &unreadable {
            key.is_invalid(guest, format!("{other}{name}"), other);
        }
    }
    for sample in samples.iter().filter(|sample| sample.algorithm == P256) {
        let text = sample.text;
        for fine in [&own, &null] {
            sample.is_read(guest, format!("{fine}{text}"), "its own parameters before it");
            sample.is_read(guest, format!("{text}{fine}"), "its own parameters behind it");
        }
        for other in unreadable.iter().chain([&p384]) {
            sample.is_invalid(guest, format!("{other}{text}"), "other parameters before it");
            sample.is_invalid(guest, format!("{text}{other}"), "other parameters behind it");
        }
        sample.is_invalid(guest, format!("-----BEGIN EC PARAMETERS-----\nBggq\n{text}"), "parameters without an end");
        sample.is_invalid(guest, &own, "parameters alone");
    }
    for sample in samples.iter().filter(|sample| sample.algorithm != P256) {
        for other in unreadable.iter().chain([&own, &p384]) {
            sample.is_read(guest, format!("{other}{}", sample.text), "parameters of no matter");
        }
    }
    // A point in the other form is the same.
    let spki = format!("3039301306072a8648ce3d020106082a8648ce3d030107032200{COMPRESSED}");
    let compressed = pem("PUBLIC KEY", &hex(&spki));
    samples[2].is_read(guest, format!("{own}{compressed}"), "a compressed point");
}
