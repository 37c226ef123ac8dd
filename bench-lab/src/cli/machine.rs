//! `bench-lab machine`: writes the definition of a machine, and compares a machine with one.
//!
//! It reads the host and changes nothing on it; a definition that is there already is never written over.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use lab_core::machine::{self, Finding, Found, Match, Origin, Role, Verification, shown};
use lab_core::machine_name::machine_name;
use lab_core::placement::Placement;
use lab_core::report::table;
use serde_json::{Value, json};

use super::env::value_as_json;
use super::error::CommandError;
use super::exit::ExitCode;
use super::pinned::{DefinitionFile, knob_ids};
use super::{output, surroundings};
use crate::host::knob;
use crate::host::sysfs::SysRoot;

/// Widest cell of a value in the table; kernel parameters can fill a page.
const VALUE_WIDTH_MAX: usize = 44;

/// Write down what a machine is, or see whether it still is that
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
    },
    /// Compare the machine at hand with a definition; exit code 3 when it is another one
    Check {
        /// The definition
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// One JSON object on standard output
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    let root = SysRoot::live();
    match &arguments.command {
        MachineCommand::Init { path, name } => init(&root, path.as_deref(), name.as_deref()),
        MachineCommand::Check { path, json } => {
            let file = DefinitionFile::read(path)?;
            let verification = machine::verify(&file.definition, &surroundings::host(&root));
            let placed = file.place(&root, &file.definition.seats);
            let checked = Checked { file: &file, verification: &verification, placed: placed.as_ref() };
            if *json {
                output::json(&checked.as_json())?;
            } else {
                output::text(&checked.as_text())?;
            }
            Ok(checked.exit_code())
        }
    }
}

fn init(root: &SysRoot, path: Option<&Path>, name: Option<&str>) -> Result<ExitCode, CommandError> {
    let environment = surroundings::host(root);
    let placement = surroundings::placement(root, None)
        .map_err(|error| CommandError::new(ExitCode::HostRefused, &error))?;
    let derived = machine_name(&environment);
    let name = name.unwrap_or(&derived);
    let knobs: Vec<(&str, &str)> = knob::ALL.iter().map(|knob| (knob.id(), knob.why())).collect();
    let today = Timestamp::now().strftime("%Y-%m-%d");
    let text = machine::write(&Origin {
        environment: &environment,
        placement: &placement,
        name,
        knobs: &knobs,
        head: &format!(
            "{name}, read from the machine by bench-lab {} on {today}.",
            env!("CARGO_PKG_VERSION")
        ),
    });
    // What cannot be read back, or would fit any machine, is no definition.
    machine::read(&text, &knob_ids()).map_err(|error| {
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

/// A machine beside a definition.
struct Checked<'a> {
    file: &'a DefinitionFile,
    verification: &'a Verification,
    placed: Result<&'a Placement, &'a CommandError>,
}

impl Checked<'_> {
    fn exit_code(&self) -> ExitCode {
        let is_fit = self.placed.is_ok() && self.verification.verdict() != Match::Other;
        if is_fit { ExitCode::Fine } else { ExitCode::HostRefused }
    }

    fn as_text(&self) -> String {
        let head = ["fact", "role", "expected", "found", "verdict"].map(str::to_owned);
        let rows: Vec<[String; 5]> =
            std::iter::once(head).chain(self.verification.findings.iter().map(row)).collect();
        let widths: Vec<usize> = (0..4)
            .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
            .collect();
        let mut text = String::new();
        for row in &rows {
            for (cell, width) in row.iter().zip(&widths) {
                text.push_str(&format!("{cell:width$}  "));
            }
            text.push_str(&format!("{}\n", row[4]));
        }
        text.push('\n');
        match self.placed {
            Ok(placed) => text.push_str(&format!(
                "benchmarks on CPU {}, threads on {}, the lab on {}\n",
                placed.cpus, placed.threaded_cpus, placed.housekeeping
            )),
            Err(error) => text.push_str(&format!("{}\n", error.message())),
        }
        text.push_str(&self.sentence());
        text
    }

    fn sentence(&self) -> String {
        let name = &self.file.definition.name;
        let differ = |findings: Vec<&Finding>, role: Role| {
            let of_role = |finding: &&Finding| finding.expectation.role == role;
            let total = self.verification.findings.iter().filter(of_role).count();
            format!("{} of {total} {} facts differ", findings.len(), role.id())
        };
        let required = differ(self.verification.mismatches(), Role::Required);
        let drift = differ(self.verification.drifts(), Role::Drift);
        match self.verification.verdict() {
            Match::Same => format!("this machine is {name}: {required}, {drift}\n"),
            Match::Drifted => format!("this machine is {name}, with drift: {required}, {drift}\n"),
            Match::Other => format!("this machine is not {name}: {required}, {drift}\n"),
        }
    }

    fn as_json(&self) -> Value {
        let facts: Vec<Value> = self.verification.findings.iter().map(finding_as_json).collect();
        let cpus = match self.placed {
            Ok(placed) => json!({
                "bench": placed.cpus.to_string(),
                "threaded": placed.threaded_cpus.to_string(),
                "housekeeping": placed.housekeeping.to_string(),
                "reason": null,
            }),
            Err(error) => {
                json!({"bench": null, "threaded": null, "housekeeping": null, "reason": error.message()})
            }
        };
        json!({
            "definition": self.file.definition.name,
            "path": self.file.path,
            "sha256": self.file.sha256,
            "verdict": self.verification.verdict().id(),
            "facts": facts,
            "cpus": cpus,
        })
    }
}

fn row(finding: &Finding) -> [String; 5] {
    let expected = shown(&finding.expectation.value);
    let found = match &finding.found {
        Found::Same => "the same".to_owned(),
        found => found.to_string(),
    };
    let cell = |text: &str| table::elide(text, VALUE_WIDTH_MAX);
    let role = finding.expectation.role.id().to_owned();
    [finding.expectation.fact.clone(), role, cell(&expected), cell(&found), verdict(finding).to_owned()]
}

fn verdict(finding: &Finding) -> &'static str {
    match (&finding.found, finding.expectation.role) {
        (Found::Same, _) => "ok",
        (_, Role::Drift) => "drift",
        (_, Role::Required) => "MISMATCH",
    }
}

fn finding_as_json(finding: &Finding) -> Value {
    let (found, reason) = match &finding.found {
        Found::Same => (value_as_json(&finding.expectation.value), None),
        Found::Other(value) => (value_as_json(value), None),
        Found::Unknown(reason) => (Value::Null, Some(reason)),
    };
    json!({
        "fact": finding.expectation.fact,
        "role": finding.expectation.role.id(),
        "expected": value_as_json(&finding.expectation.value),
        "found": found,
        "reason": reason,
        "verdict": verdict(finding).to_lowercase(),
    })
}
