//! Criterion 0.3.4 to 0.8 and the forks that speak its protocol.
//!
//! It listens where cargo-criterion would listen, which gives raw samples, whole ids and the settings in force
//! without analysis, plots or files. It never trusts printed text where a message can be had.

mod count;
mod dialect;
mod dialogue;
mod duel;
mod files;
mod filter;
mod listing;
mod observation;
mod protocol;
mod settings;
mod sighting;
mod transcript;

use lab_core::model::{Calibration, Outcome, TargetId, Warning};

use super::ending::unreadable;
use super::{Answer, Countable, Duelist, Harness, Listing, ReadError, Request, Selection};
use crate::runner::command::{Captured, CommandSpec, Dialogue};
use crate::workspace::BenchTarget;
use dialect::{Dialect, Filtering};
use settings::Settings;
use transcript::Transcript;

/// Where Criterion writes its files: always into a directory of this process alone, for a `main` that reads no flags
/// would overwrite the user's own baselines.
const HOME_VARIABLE: &str = "CRITERION_HOME";

/// Measuring time of a pilot. Criterion plans every process by itself, so a pilot only shows that things work.
const PILOT_MS: u64 = 10;

/// The harness for Criterion.
#[derive(Clone, Copy, Debug)]
pub struct Criterion;

impl Harness for Criterion {
    fn id(&self) -> &'static str {
        "criterion"
    }

    fn markers(&self) -> &'static [&'static str] {
        &["CARGO_CRITERION_PORT", HOME_VARIABLE]
    }

    fn crate_names(&self) -> &'static [&'static str] {
        dialect::CRATES
    }

    fn list_commands(&self, target: &BenchTarget) -> Vec<CommandSpec> {
        // criterion2 takes `--list` for the opposite of `--bench`.
        let listing = match Dialect::of(&target.dependencies).filter {
            Filtering::Regex => vec!["--bench".into(), "--list".into()],
            Filtering::Text => vec!["--list".into()],
        };
        vec![
            spec(vec!["--bench".into(), filter::NOTHING.into()], Some(dialogue::LISTING)),
            spec(listing, None),
        ]
    }

    fn read_list(
        &self,
        target: &TargetId,
        attempt: usize,
        captured: &Captured,
    ) -> Result<Listing, ReadError> {
        match attempt {
            0 => listing::from_conversation(target, captured),
            _ => listing::from_text(target, captured),
        }
    }

    fn pilot_command(&self, request: &Request<'_>) -> CommandSpec {
        self.command(&pilot(request))
    }

    /// Criterion plans every process by itself, so there is nothing to keep.
    fn calibrate(&self, request: &Request<'_>, captured: &Captured) -> Result<Vec<Calibration>, ReadError> {
        let answer = self.read(&pilot(request), captured);
        if answer.observations.iter().any(|observation| observation.outcome == Outcome::Ok) {
            Ok(vec![Calibration::default(); request.benchmarks.len()])
        } else {
            Err(unreadable("the pilot measured no benchmark", captured))
        }
    }

    fn command(&self, request: &Request<'_>) -> CommandSpec {
        let dialect = Dialect::of(&request.target.dependencies);
        let mut arguments = vec!["--bench".into()];
        arguments.extend(asked(request).arguments());
        if dialect.filter == Filtering::Regex {
            // For a process that does not connect. criterion2 calls it `-n`, and exits on this name.
            arguments.push("--noplot".into());
        }
        if request.selection == Selection::Each {
            let paths: Vec<&str> = request.benchmarks.iter().map(|b| b.id.path.as_str()).collect();
            arguments.extend(filter::arguments(&paths, dialect.filter));
        }
        spec(arguments, Some(dialogue::MEASURING))
    }

    fn read(&self, request: &Request<'_>, captured: &Captured) -> Answer {
        let transcript = Transcript::read(&captured.frames);
        let mut warnings = Vec::new();
        let sightings = if transcript.hello.is_some() {
            transcript.begun
        } else {
            read_files(request, captured, &mut warnings)
        };
        if transcript.unread_count > 0 {
            let text = format!("{} of its messages could not be read", transcript.unread_count);
            warnings.push(Warning::new("unread_messages", &request.target.id, text));
        }
        let mut answer = observation::observe(request, &asked(request), captured, sightings);
        answer.warnings.append(&mut warnings);
        answer
    }

    fn countable(&self) -> Option<&dyn Countable> {
        Some(&count::UnderItsClock)
    }

    fn duelist(&self) -> Option<&dyn Duelist> {
        Some(&duel::InTurns)
    }
}

fn pilot<'a>(request: &Request<'a>) -> Request<'a> {
    Request { time_ms: PILOT_MS, ..*request }
}

fn asked(request: &Request<'_>) -> Settings {
    Settings::for_time(request.time_ms, Dialect::of(&request.target.dependencies).seconds)
}

fn spec(arguments: Vec<String>, dialogue: Option<Dialogue>) -> CommandSpec {
    CommandSpec { arguments, environment: Vec::new(), scratch_variable: Some(HOME_VARIABLE), dialogue }
}

/// What a process that did not connect left in its directory.
fn read_files(
    request: &Request<'_>,
    captured: &Captured,
    warnings: &mut Vec<Warning>,
) -> Vec<sighting::Sighting> {
    let found = captured.scratch.as_deref().map(files::read).unwrap_or_default();
    if !found.sightings.is_empty() {
        let text = "it did not connect, so its samples are read from files, which name neither the unit (taken for ns) nor the settings in force";
        warnings.push(Warning::new("file_fallback", &request.target.id, text));
    }
    for reason in found.unread {
        warnings.push(Warning::new("unread_file", &request.target.id, reason));
    }
    let mut sightings = found.sightings;
    sightings.extend(files::dropped(&captured.stdout_text()));
    sightings
}
