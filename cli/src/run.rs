//! `hostcrypt run`: runs a guest.

use std::{
    ffi::OsString,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use anyhow::{Result, anyhow, bail};
use clap::{Args, ValueEnum, builder::PossibleValue};
use hostcrypt::{LongWork, Revision};
use hostcrypt_keystore::read_whole;

use crate::{
    host::{HostArgs, POLICY},
    runtime::{Guest, Runtime, is_component},
    store::{AuditArgs, OptionalStoreArgs, watch},
};

const EXAMPLES: &str = "\
Examples:
  hostcrypt run guest.wasm
  hostcrypt run guest.wasm --verbose input.txt      # arguments after the guest go to the guest
  hostcrypt run --dir . --env KEY=value guest.wasm  # the guest's `.` is the host's
  hostcrypt run --dir /srv/data::/data guest.wasm   # the guest's `/data` is the host's `/srv/data`
  hostcrypt run --policy policy.toml guest.wasm     # forbidden calls answer `prohibited_operation`
  hostcrypt run --key-store keys --kek-file kek guest.wasm   # stored keys are there in the next run
  hostcrypt run --key-store keys --audit log --audit-required guest.wasm   # logs each change first
  hostcrypt run --revision 2020-06 old.wasm";

/// Runs a guest: a WASI preview 1 command, or a component that is a WASI 0.2 command
///
/// The guest gets the standard streams, its arguments, and the variables and directories of --env and --dir; nothing
/// else of the host. The exit code is the guest's; 1 if the guest cannot run or traps; 2 for wrong usage.
#[derive(Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{POLICY}"), override_usage = "hostcrypt run [OPTIONS] GUEST [ARGUMENT]...")]
pub(crate) struct Run {
    /// The runtime; for guests that you do not trust, wasmtime
    ///
    /// WASI sandboxing is only as strong as the runtime's own implementation. WASIX, Wasmer's WASI, panics on some calls,
    /// and WasmEdge does not limit the call stack; SECURITY.md has the details.
    #[arg(long, value_enum, default_value = Runtime::default_name())]
    runtime: Runtime,

    #[command(flatten)]
    host: HostArgs,

    #[command(flatten)]
    store: OptionalStoreArgs,

    #[command(flatten)]
    audit: AuditArgs,

    /// Calls that take longer answer `in_progress`, and their work continues in a thread; without it, calls block
    ///
    /// The guest repeats such a call until it gets the result. Only generating an RSA key takes long. There are as many
    /// threads as the machine has cores.
    #[arg(long, value_name = "MILLISECONDS")]
    in_progress_after: Option<u64>,

    /// The revision of WASI-crypto that a core module uses; `auto` detects it from the guest's imports
    #[arg(long, value_enum, default_value = AUTO)]
    revision: RevisionArg,

    /// Gives the guest a directory of the host, to read and write, under the same or another name
    #[arg(long = "dir", value_name = "HOST[::GUEST]", value_parser = dir)]
    dirs: Vec<(PathBuf, String)>,

    /// Sets an environment variable of the guest, which inherits none
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,

    /// The guest, a .wasm or .wat file, and its arguments
    // One list, since an option after a guest on its own would be taken for the command's.
    #[arg(required = true, trailing_var_arg = true, value_names = ["GUEST", "ARGUMENT"], num_args = 1..)]
    command: Vec<OsString>,
}

impl Run {
    pub(crate) fn execute(self) -> Result<u8> {
        let setup = self.host.set_up()?;
        let mut host = setup.host;
        if let Some(milliseconds) = self.in_progress_after {
            let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
            let patience = Duration::from_millis(milliseconds);
            host = host.long_work(LongWork::Background { patience, threads, per_guest: threads });
        }
        let mut command = self.command.into_iter();
        let path = PathBuf::from(command.next().unwrap_or_default());
        let wasm = read(&path)?;
        if is_component(&wasm) && !self.runtime.runs_components {
            let hint = "run it with `--runtime wasmtime`, or build it for wasm32-wasip1";
            bail!("`{}` is a component, and only Wasmtime runs components: {hint}", path.display());
        }

        let mut args = vec![path.file_name().unwrap_or_default().to_string_lossy().into_owned()];
        for arg in command {
            let utf8 = arg.into_string();
            args.push(utf8.map_err(|arg| anyhow!("the argument {} is not UTF-8, as WASI requires", arg.display()))?);
        }
        if let Some((host, _)) = self.dirs.iter().find(|(host, _)| !host.is_dir()) {
            bail!("--dir: `{}` is not a directory: name one that exists", host.display());
        }

        let who = format!("guest {}", path.display());
        let log = self.audit.open(&who)?.map(Arc::new);
        let host = self.store.set_up(host, setup.store)?;
        let host = if let Some(log) = &log { log.attach(host) } else { host };
        let host = watch(host, log.clone());
        let host = host.build().in_namespace(&self.store.namespace);
        let guest = Guest { wasm, args, env: self.env, dirs: self.dirs, revision: self.revision.0 };
        let ended = (self.runtime.run)(&guest, &host);
        if let Some(log) = log {
            log.finish(host.namespace());
        }
        ended.map_err(|error| anyhow!("`{}` {error}", path.display()))
    }
}

/// The maximal length of a guest, in bytes.
const MOST: u64 = 512 << 20;

/// Reads a core module or a component, in the binary or the text format.
fn read(path: &Path) -> Result<Vec<u8>> {
    let name = path.display();
    let mut bytes = Vec::new();
    let read = read_whole(path, MOST, &mut bytes);
    read.map_err(|error| anyhow!("cannot read `{name}`: {error}: name a .wasm or .wat file"))?;
    let wasm = wat::parse_bytes(&bytes).map_err(|error| {
        let error = error.to_string();
        // What, where, and an excerpt of the source.
        let mut lines = error.lines().map(str::trim);
        let what = lines.next().unwrap_or_default();
        let place = lines.next().and_then(|line| line.strip_prefix("--> <anon>:"));
        let place = place.map(|place| format!(" at {place}")).unwrap_or_default();
        anyhow!("`{name}` is neither a WebAssembly module nor the text of one: {what}{place}")
    })?;
    Ok(wasm.into_owned())
}

fn dir(text: &str) -> Result<(PathBuf, String), &'static str> {
    match text.split_once("::").unwrap_or((text, text)) {
        ("", _) | (_, "") => Err("expected HOST or HOST::GUEST, neither of them empty"),
        (host, guest) => Ok((host.into(), guest.to_owned())),
    }
}

fn variable(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        None | Some(("", _)) => Err("expected NAME=VALUE"),
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
    }
}

const AUTO: &str = "auto";

/// The revision that the user sets for the guest; `None` is `auto`.
#[derive(Clone, Copy)]
struct RevisionArg(Option<Revision>);

impl ValueEnum for RevisionArg {
    fn value_variants<'a>() -> &'a [Self] {
        const { &[Self(None), Self(Some(Revision::V2020_06)), Self(Some(Revision::V0_10))] }
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.map_or(AUTO, Revision::name)))
    }
}
