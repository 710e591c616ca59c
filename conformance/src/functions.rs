//! The page of all functions: the errnos of each, and a behaviour that shows each errno.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use hostcrypt::{
    Errno, Revision,
    abi::{Function, functions},
};

use crate::{Behaviour, behaviours};

/// Which behaviours of a run saw which errno of a function.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<BTreeMap<(String, u16), BTreeSet<String>>>);

/// Errnos that a guest cannot cause: of a random number generator or a library that fails.
const BEYOND_GUESTS: [Errno; 2] = [Errno::RngError, Errno::AlgorithmFailure];

fn title(behaviour: &Behaviour) -> String {
    format!("{}::{}", behaviour.part, behaviour.name)
}

impl Seen {
    /// Records an errno that a function answered in 0.10; 2020-06 has fewer errnos.
    pub(crate) fn answered(&self, behaviour: &Behaviour, revision: Revision, function: &str, number: i32) {
        let Ok(number @ 1..) = u16::try_from(number) else { return };
        if revision == Revision::V0_10 {
            let key = (function.to_owned(), number);
            self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().insert(title(behaviour));
        }
    }
}

/// The parts of the suite with behaviours about a function.
fn parts(function: &Function) -> &'static [&'static str] {
    let managed = |name: &str| name.contains("_manage") || name.ends_with("_id");
    match function.module {
        "wasi_ephemeral_crypto_external_secrets" => &["managed"],
        _ if managed(function.name) => &["managed"],
        "wasi_ephemeral_crypto_common" => &["options", "array_output"],
        "wasi_ephemeral_crypto_asymmetric_common" => &["asymmetric", "encodings", "forms"],
        "wasi_ephemeral_crypto_signatures" => &["signatures"],
        "wasi_ephemeral_crypto_symmetric" => &["symmetric"],
        _ => &["kx"],
    }
}

/// The behaviour that shows an errno best: one about the function's own module before others, one that names the errno
/// before others, and random calls last.
fn best<'s>(function: &Function, errno: Errno, seen: &'s BTreeSet<String>) -> Option<&'s str> {
    let (own, errno) = (parts(function), errno.to_string());
    let place = |shown: &String| {
        let part = shown.split("::").next().unwrap_or_default();
        let order = behaviours::all().position(|behaviour| title(&behaviour) == *shown);
        (part == "hostile", !own.contains(&part), !shown.contains(&errno), order)
    };
    seen.iter().min_by_key(|shown| place(shown)).map(String::as_str)
}

fn signature(function: &Function) -> String {
    let typed = |name: &str, ty: &str| format!("{name}: {ty}");
    let parameters: Vec<_> =
        function.parameters.iter().map(|parameter| typed(parameter.names[0], parameter.ty.name())).collect();
    let outputs: Vec<_> = function.outputs.iter().map(|output| output.ty.name()).collect();
    match outputs[..] {
        [] => format!("({})", parameters.join(", ")),
        [output] => format!("({}) → {output}", parameters.join(", ")),
        _ => format!("({}) → ({})", parameters.join(", "), outputs.join(", ")),
    }
}

const HEAD: &str = "\
# Functions

This page lists every function of both revisions, the errnos that it may answer, and for each errno a behaviour of the
conformance suite that shows it. In signatures, `string`, `bytes` (which the host reads) and `buf` (which the host writes)
each stand for a pointer and a length. Each output is one more parameter: a pointer that the host writes to.

Errnos have the names of revision 0.10. Revision 2020-06 lacks `invalid_nonce` and `expired`, and answers `nonce_required`
and `key_not_found` instead. `internal_error` is not listed. Functions that use the key store, or a key that stays in it,
answer `internal_error` if the store fails (a full disk, a token that was pulled out) or a required audit log fails; the
guest may repeat the call. `audit::a_store_that_fails_is_an_internal_error_until_it_works_again` shows that. From any
other function, `internal_error` is a bug of the host.

This page is generated from the table of functions and a run of the suite: `UPDATE=1 cargo test -p hostcrypt-conformance
--test conformance`.
";

/// The page, and errors of the table of errnos: answers that it lacks, and entries that no behaviour shows.
pub(crate) fn page(seen: &Seen) -> (String, Vec<String>) {
    let seen = seen.0.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut page, mut wrong, mut module) = (HEAD.to_owned(), Vec::new(), "");
    for function in listed() {
        if function.module != module {
            module = function.module;
            page += &format!("\n## `{module}`\n");
        }
        let only = function.only_in.map(|revision| format!(" *{revision} only*")).unwrap_or_default();
        page += &format!("\n### `{}`{only}\n\n`{}`\n\n", function.name, signature(&function));
        let own: Vec<Errno> = function.errnos().collect();
        for errno in &own {
            let key = (function.name.to_owned(), Revision::V0_10.number(*errno));
            let shown = seen.get(&key).and_then(|seen| best(&function, *errno, seen));
            let shown = match shown {
                Some(shown) => format!("`{shown}`"),
                None if BEYOND_GUESTS.contains(errno) => "beyond what a guest can bring about".to_owned(),
                None if function.only_in == Some(Revision::V2020_06) => "by its counterpart in 0.10".to_owned(),
                None => {
                    wrong.push(format!("no behaviour shows {errno} of {}", function.name));
                    continue;
                }
            };
            page += &format!("- `{errno}`: {shown}\n");
        }
        let numbers: Vec<_> = own.iter().map(|errno| Revision::V0_10.number(*errno)).collect();
        for ((_, number), shown) in seen.iter().filter(|((name, _), _)| name == function.name) {
            // Behaviours that make the store or the log fail.
            let failing = *number == Revision::V0_10.number(Errno::InternalError)
                && shown.iter().all(|shown| shown.starts_with("audit::"));
            // Behaviours that use the object of an element that failed, which is of no function's making.
            let failed = *number == Revision::V0_10.number(Errno::InvalidOperation)
                && shown.iter().all(|shown| shown.starts_with("batch::"));
            if !(numbers.contains(number) || failing || failed) {
                wrong
                    .push(format!("{} answered errno {number}, which is not in its list, in {shown:?}", function.name));
            }
        }
    }
    (page, wrong)
}

/// The functions of both revisions, each once.
fn listed() -> Vec<Function> {
    let mut listed: Vec<Function> = Vec::new();
    for function in Revision::ALL.into_iter().rev().flat_map(functions) {
        if listed.iter().all(|known| known.name != function.name) {
            listed.push(function);
        }
    }
    let mut modules: Vec<&str> = Vec::new();
    for function in &listed {
        if !modules.contains(&function.module) {
            modules.push(function.module);
        }
    }
    listed.sort_by_key(|function| modules.iter().position(|module| *module == function.module));
    listed
}
