//! `bench-lab machine`: writes the definition of a machine, and compares a machine with one.
//!
//! It reads the host and changes nothing on it; a definition that is there already is never written over.

mod checked;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::builder::FalseyValueParser;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use lab_core::machine::{self, Origin};
use lab_core::machine_name::machine_name;
use lab_core::model::CanaryExtract;
use lab_core::placement::Placement;

use checked::Checked;

use super::error::CommandError;
use super::exit::ExitCode;
use super::pinned::{DefinitionFile, known_knobs};
use super::{output, surroundings};
use crate::canary;
use crate::host::lock::{self, Waiting};
use crate::host::sysfs::SysRoot;
use crate::runner::affinity;

/// Processes of canaries for a new definition: half a second, and enough for their spread.
const INIT_PROCESSES: usize = 12;

/// Processes of canaries for a comparison.
const CHECK_PROCESSES: usize = 6;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: MachineCommand,
}

#[derive(Debug, Subcommand)]
enum MachineCommand {
    /// Write a definition of the machine at hand, to be looked through and kept in git
    Init {
        /// Where to [default: the machine's name with .toml, here]; - for standard output
        #[arg(value_name = "PATH")]
        path: Option<PathBuf>,
        /// What to call the machine [default: from processor, cores and memory]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        canaries: CanaryArguments,
    },
    /// Compare the machine at hand with a definition; exit code 3 when it is another one
    Check {
        /// The definition
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// One JSON object on standard output
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        canaries: CanaryArguments,
    },
}

#[derive(Args, Clone, Copy, Debug)]
struct CanaryArguments {
    /// Do not measure the canaries, which takes about a second
    #[arg(long, env = "BENCH_LAB_NO_CANARY", value_parser = FalseyValueParser::new())]
    no_canary: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let root = SysRoot::live();
    match &arguments.command {
        MachineCommand::Init { path, name, canaries } => {
            init(&root, path.as_deref(), name.as_deref(), *canaries)
        }
        MachineCommand::Check { path, json, canaries } => {
            let file = DefinitionFile::read(path)?;
            let verification = machine::verify(&file.definition, &surroundings::host(&root));
            let placed = file.place(&root, &file.definition.seats);
            let expected = &file.definition.canaries;
            let measured = match &placed {
                Ok(_) if expected.is_empty() => Err("nothing is expected".to_owned()),
                Ok(placed) => canaries.measure(&root, placed, CHECK_PROCESSES),
                Err(_) => Err("there is no CPU to measure on".to_owned()),
            };
            let canaries = machine::verify_canaries(expected, measured.as_ref().map_err(String::as_str));
            let placed = placed.as_ref();
            let checked = Checked { file: &file, verification: &verification, placed, canaries: &canaries };
            if *json {
                output::json(&checked.as_json())?;
            } else {
                output::text(&checked.as_text())?;
            }
            Ok(checked.exit_code())
        }
    }
}

impl CanaryArguments {
    /// What the canaries take now on the CPUs for benchmarks, or why that is not known.
    fn measure(
        self,
        root: &SysRoot,
        placement: &Placement,
        process_count: usize,
    ) -> Result<CanaryExtract, String> {
        if self.no_canary {
            return Err("--no-canary".into());
        }
        let place = std::env::current_dir().map_err(|error| format!("the current directory: {error}"))?;
        let _lock = lock::acquire(Waiting::Refuse).map_err(|error| error.to_string())?;
        let cpus: Vec<u32> = placement.cpus.iter().take(1).collect();
        let housekeeping: Vec<u32> = placement.housekeeping.iter().collect();
        // Where the lab cannot move away it disturbs, and the tolerance covers that or names it.
        let _ = affinity::keep_off(&cpus, Some(&housekeeping));
        canary::survey(root, &cpus, &place, process_count).map_err(|error| error.to_string())
    }
}

fn init(
    root: &SysRoot,
    path: Option<&Path>,
    name: Option<&str>,
    canaries: CanaryArguments,
) -> Result<ExitCode, CommandError> {
    let environment = surroundings::host(root);
    let placement = surroundings::placement(root, None)
        .map_err(|error| CommandError::new(ExitCode::HostRefused, &error))?;
    let derived = machine_name(&environment);
    let name = name.unwrap_or(&derived);
    let knobs = known_knobs();
    let today = Timestamp::now().strftime("%Y-%m-%d");
    let canaries = canaries.measure(root, &placement, INIT_PROCESSES);
    let text = machine::write(&Origin {
        environment: &environment,
        placement: &placement,
        name,
        knobs: &knobs,
        canaries: canaries.as_ref().map_err(String::as_str),
        head: &format!(
            "{name}, read from the machine by bench-lab {} on {today}.",
            env!("CARGO_PKG_VERSION")
        ),
    });
    // What cannot be read back, or would fit any machine, is no definition.
    machine::read(&text, &knobs).map_err(|error| {
        CommandError::new(ExitCode::Usage, &error).hint(format!("the definition would have been:\n{text}"))
    })?;
    let path = path.map_or_else(|| PathBuf::from(format!("{name}.toml")), Path::to_owned);
    if path.as_os_str() == "-" {
        output::text(&text)?;
        return Ok(ExitCode::Fine);
    }
    create(&path, &text)?;
    output::note(&format!(
        "{} is written; look it through, then: bench-lab run --machine {}",
        path.display(),
        path.display()
    ));
    Ok(ExitCode::Fine)
}

fn create(path: &Path, text: &str) -> Result<(), CommandError> {
    let created = OpenOptions::new().write(true).create_new(true).open(path);
    created.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        let message = format!("{} could not be written: {error}", path.display());
        let shown = CommandError::text(ExitCode::Usage, message);
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                shown.hint("name another PATH, or look at the differences: bench-lab machine check PATH")
            }
            _ => shown,
        }
    })
}
