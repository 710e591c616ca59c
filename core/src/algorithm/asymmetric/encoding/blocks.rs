//! The blocks of a PEM text, by the lax grammar of RFC 7468, section 3.
//!
//! Any white space, line ends, line lengths and text around blocks are accepted; the base64 in blocks is strict. Each
//! byte is read a fixed number of times, for any number of boundaries.

use base64ct::{Base64, Encoding};
use der::{AnyRef, Decode};
use zeroize::Zeroizing;

use super::LONGEST;
use crate::{Errno, Result, backend::Secret};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// The maximal length of base64, which encodes [`LONGEST`] bytes of DER.
const LONGEST_BASE64: usize = LONGEST.div_ceil(3) * 4;

/// A block of a PEM text.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) label: &'a [u8],
    /// The text on the line of the first boundary.
    first_line: &'a [u8],
    /// The text between both boundaries; none if another block begins, or the text ends, before the block does.
    pub(super) text: Option<&'a [u8]>,
}

/// An iterator over the blocks of a text.
pub(super) struct Blocks<'a> {
    rest: &'a [u8],
    /// Whether there is only white space between the start of the line, or the last block, and the rest.
    at_start: bool,
    /// The label of a block that has begun, and the text behind its first boundary.
    open: Option<(&'a [u8], &'a [u8])>,
}

pub(super) fn blocks(text: &[u8]) -> Blocks<'_> {
    Blocks { rest: text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text), at_start: true, open: None }
}

impl<'a> Blocks<'a> {
    /// The next block between two lines that look like boundaries.
    fn advance(&mut self) -> Option<Block<'a>> {
        while let Some((&byte, after)) = self.rest.split_first() {
            if byte == b'-'
                && self.at_start
                && let Some((label, inside)) = begin(self.rest)
            {
                (self.rest, self.at_start) = (inside, false);
                if let Some((label, inside)) = self.open.replace((label, inside)) {
                    return Some(Block { label, first_line: split_line(inside).0, text: None });
                }
            } else if byte == b'-'
                && let Some((label, inside)) = self.open
                && let Some(behind) = end(self.rest, label)
            {
                let text = inside.get(..inside.len() - self.rest.len());
                (self.rest, self.at_start, self.open) = (behind, true, None);
                return Some(Block { label, first_line: split_line(text.unwrap_or_default()).0, text });
            } else {
                (self.rest, self.at_start) = (after, is_line_end(byte) || self.at_start && is_white(byte));
            }
        }
        self.open.take().map(|(label, inside)| Block { label, first_line: split_line(inside).0, text: None })
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Block<'a>> {
        loop {
            let block = self.advance()?;
            if block.is_bounded() {
                return Some(block);
            }
        }
    }
}

impl Block<'_> {
    /// Whether the first line is a boundary. A line with other text on it is not; but the line end between the boundary
    /// and base64 of DER may be missing.
    fn is_bounded(&self) -> bool {
        self.first_line.iter().all(|byte| is_white(*byte))
            || self.decode().is_ok_and(|der| AnyRef::from_der(&der).is_ok())
    }

    /// Decodes the text, in constant time for each length and layout.
    ///
    /// # Errors
    ///
    /// [`Errno::UnsupportedEncoding`] if headers say that it is encrypted, [`Errno::Overflow`] for more than
    /// [`LONGEST`], [`Errno::InvalidKey`] for text that is not base64, and for a block without an end.
    pub(super) fn decode(&self) -> Result<Secret> {
        let (text, is_encrypted) = without_headers(self.text.ok_or(Errno::InvalidKey)?);
        if is_encrypted {
            return Err(Errno::UnsupportedEncoding);
        }
        // The capacity is never exceeded, so the buffer never grows and leaves no copy behind.
        let mut base64 = Zeroizing::new(Vec::with_capacity(text.len().min(LONGEST_BASE64 + 1)));
        base64.extend(text.iter().filter(|byte| !is_white(**byte)).take(LONGEST_BASE64 + 1));
        if base64.len() > LONGEST_BASE64 {
            return Err(Errno::Overflow);
        }
        let mut der = Zeroizing::new(vec![0; base64.len() / 4 * 3]);
        let len = Base64::decode(&*base64, &mut der).map_err(|_| Errno::InvalidKey)?.len();
        der.truncate(len);
        if len > LONGEST { Err(Errno::Overflow) } else { Ok(der) }
    }
}

/// The label of a boundary that begins a block, and the text behind it.
fn begin(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = text.strip_prefix(BEGIN)?;
    let len = rest.iter().position(|byte| *byte == b'-' || is_line_end(*byte))?;
    let (label, rest) = rest.split_at_checked(len)?;
    Some((label, rest.strip_prefix(DASHES)?))
}

/// The text behind the boundary that ends a block.
fn end<'a>(text: &'a [u8], label: &[u8]) -> Option<&'a [u8]> {
    text.strip_prefix(END)?.strip_prefix(label)?.strip_prefix(DASHES)
}

/// The text of a block behind its headers (RFC 1421), and whether these say that it is encrypted.
fn without_headers(mut text: &[u8]) -> (&[u8], bool) {
    let mut is_encrypted = false;
    loop {
        let start = text.iter().position(|byte| !is_white(*byte)).unwrap_or(text.len());
        text = text.get(start..).unwrap_or_default();
        let (mut line, mut rest) = split_line(text);
        if !line.contains(&b':') {
            return (text, is_encrypted);
        }
        // A blank line ends the headers; lines without a colon among them continue one.
        while !line.iter().all(|byte| is_white(*byte)) {
            is_encrypted |= says_encrypted(line);
            (line, rest) = split_line(rest);
        }
        text = rest;
    }
}

fn says_encrypted(header: &[u8]) -> bool {
    let mut parts = header.splitn(2, |byte| *byte == b':').map(<[u8]>::trim_ascii);
    let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let is_encrypted = |part: &[u8]| part.trim_ascii().eq_ignore_ascii_case(b"ENCRYPTED");
    name.eq_ignore_ascii_case(b"DEK-Info")
        || name.eq_ignore_ascii_case(b"Proc-Type") && value.split(|byte| *byte == b',').any(is_encrypted)
}

/// A line without its end, CR, LF or both, and the text behind it.
fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let len = text.iter().position(|byte| is_line_end(*byte)).unwrap_or(text.len());
    let (line, rest) = text.split_at_checked(len).unwrap_or((text, &[]));
    (line, rest.strip_prefix(b"\r\n").or_else(|| rest.get(1..)).unwrap_or_default())
}

const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Space, tabs of both directions, form feed and line ends: `W` of the lax grammar.
const fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\x0b' | b'\x0c' | b'\r' | b'\n')
}

#[cfg(test)]
mod tests {
    use der::{Encode, asn1::OctetString};
    use proptest::prelude::*;

    use super::*;

    /// What a text is made of, and what nearly is.
    const PIECES: [&[u8]; 12] = [
        b"-----BEGIN A-----",
        b"-----END A-----",
        b"-----BEGIN B C-----",
        b"-----END B C-----",
        b"-----",
        b"MAA=",
        b"A: b",
        b"Proc-Type: 4,ENCRYPTED",
        b"\n",
        b"\r\n",
        b" ",
        BYTE_ORDER_MARK,
    ];

    fn texts() -> impl Strategy<Value = Vec<u8>> {
        let piece =
            prop_oneof![(0..PIECES.len()).prop_map(|at| PIECES[at].to_vec()), any::<[u8; 2]>().prop_map(Vec::from)];
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn blocks_of_any_text_stand_apart_and_in_order(text in texts()) {
            let mut rest = &text[..];
            for block in blocks(&text) {
                drop(block.decode());
                let Some(inside) = block.text else { continue };
                // Each is a part of the text behind the one before it.
                let start = inside.as_ptr().addr() - text.as_ptr().addr();
                prop_assert!(start >= text.len() - rest.len());
                let end = [END, block.label, DASHES].concat();
                rest = &text[start + inside.len()..];
                prop_assert!(rest.starts_with(&end));
                let before = [BEGIN, block.label, DASHES].concat();
                prop_assert!(text[..start].ends_with(&before));
            }
        }

        #[test]
        fn a_block_in_any_layout_is_read(
            content in prop::collection::vec(any::<u8>(), 0..200),
            white in prop::collection::vec(prop::sample::select(&b" \t\r\n\x0b\x0c"[..]), 1..40),
        ) {
            let content = OctetString::new(content).unwrap().to_der().unwrap();
            let mut white = white.into_iter().cycle();
            let mut text = b"\n-----BEGIN A B-----".to_vec();
            for digit in Base64::encode_string(&content).bytes() {
                text.extend([digit, white.next().unwrap()]);
            }
            text.extend(b"-----END A B-----");
            let found: Vec<_> = blocks(&text).collect();
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(found[0].label, b"A B");
            prop_assert_eq!(&*found[0].decode().unwrap(), &content);
        }
    }
}
