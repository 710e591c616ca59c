//! `hostcrypt algorithms`: lists the algorithms of a backend.

use anyhow::Result;
use clap::Args;
use hostcrypt::AlgorithmInfo;
use serde::Serialize;

use crate::{
    host::{HostArgs, POLICY},
    output::{json, print},
    table::Table,
};

const EXAMPLES: &str = "\
Examples:
  hostcrypt algorithms
  hostcrypt algorithms --json | jq -r '.[] | select(.kind == \"aead\").name'";

/// Lists the algorithms that guests can use
///
/// Lengths are in bytes: of generated keys in the raw encoding, of nonces, of tags, of the longest output, of raw
/// signatures, and of encapsulated secrets. Algorithms that the policy forbids are left out.
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{POLICY}"))]
pub(crate) struct Algorithms {
    #[command(flatten)]
    host: HostArgs,

    /// Prints a JSON array of objects; a length that does not apply is null
    #[arg(long)]
    json: bool,
}

impl Algorithms {
    pub(crate) fn execute(&self) -> Result<u8> {
        let host = self.host.set_up()?.host.build();
        let mut rows: Vec<Row> = host.algorithms().filter(|info| !info.forbidden).map(Row::from).collect();
        // Each kind together, whichever backends serve it.
        let mut kinds: Vec<_> = rows.iter().map(|row| row.kind).collect();
        let mut seen = std::collections::HashSet::new();
        kinds.retain(|kind| seen.insert(*kind));
        rows.sort_by_key(|row| kinds.iter().position(|kind| *kind == row.kind));
        print(if self.json { json(&rows)? } else { table(&rows).lines() })
    }
}

/// One algorithm, as JSON has it.
#[derive(Serialize)]
struct Row {
    name: String,
    kind: &'static str,
    algorithm_type: &'static str,
    backend: &'static str,
    key_len: Option<usize>,
    public_key_len: Option<usize>,
    secret_key_len: Option<usize>,
    nonce_len: Option<usize>,
    tag_len: Option<usize>,
    output_len: Option<usize>,
    signature_len: Option<usize>,
    encapsulated_len: Option<usize>,
    key_bits: Option<usize>,
}

impl From<AlgorithmInfo> for Row {
    fn from(info: AlgorithmInfo) -> Self {
        Self {
            name: info.name,
            kind: info.kind,
            algorithm_type: info.algorithm_type.name(),
            backend: info.backend,
            key_len: info.key_len,
            public_key_len: info.public_key_len,
            secret_key_len: info.secret_key_len,
            nonce_len: info.nonce_len,
            tag_len: info.tag_len,
            output_len: info.output_len,
            signature_len: info.signature_len,
            encapsulated_len: info.encapsulated_len,
            key_bits: info.key_bits,
        }
    }
}

/// How many of the columns are texts.
const TEXTS: usize = 3;
const HEADS: [&str; 11] = [
    "ALGORITHM",
    "KIND",
    "BACKEND",
    "KEY",
    "PUBLIC KEY",
    "SECRET KEY",
    "NONCE",
    "TAG",
    "OUTPUT",
    "SIGNATURE",
    "ENCAPSULATED",
];

fn table(rows: &[Row]) -> Table<11> {
    let number = |len: Option<usize>| len.map(|len| len.to_string()).unwrap_or_default();
    let cells = rows.iter().map(|row| {
        let keys = [row.key_len, row.public_key_len, row.secret_key_len];
        let numbers = [row.nonce_len, row.tag_len, row.output_len, row.signature_len, row.encapsulated_len];
        let ([key, public, secret], numbers) = (keys.map(number), numbers.map(number));
        let [nonce, tag, output, signature, encapsulated] = numbers;
        let texts = [row.name.clone(), row.kind.into(), row.backend.into()];
        let [name, kind, backend] = texts;
        [name, kind, backend, key, public, secret, nonce, tag, output, signature, encapsulated]
    });
    Table::new(HEADS, cells, TEXTS)
}
