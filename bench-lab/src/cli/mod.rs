//! The command line: what was typed, turned into what is meant, one file per command.
//!
//! Only this module prints, adds hints to errors and chooses exit codes.

mod ab;
mod accept;
mod across;
mod arguments;
mod baseline;
mod benches;
mod bisect;
mod check;
mod compare;
mod doctor;
mod duration;
mod ending;
mod entrants;
mod entry;
mod env;
mod error;
mod exit;
mod format;
mod fresh;
mod hints;
mod history;
mod hostctl;
mod ids;
mod judgement;
mod keeper;
mod lab;
mod list;
mod machine;
mod manifest;
mod matched;
mod measure;
mod origin;
mod output;
mod pinned;
mod places;
mod power;
mod profile;
mod recheck;
mod rehearse;
mod rematch;
mod report;
mod resume;
mod rules;
mod run;
mod runs;
mod shared_keeper;
mod shell;
mod show;
mod side;
mod spend;
mod surroundings;
mod trend;
mod tune;
mod unit;
mod validate;

use std::path::{Path, PathBuf};

use clap::{CommandFactory, Parser, Subcommand};

pub use error::CommandError;
pub use exit::ExitCode;
pub use hostctl::hostctl_main;

use crate::store::{Location, Store, StoreError};

/// Measures the divan and Criterion benches of any Cargo workspace, and keeps what it measured.
#[derive(Debug, Parser)]
#[command(name = "bench-lab", version, about, max_term_width = 100, after_help = exit::TABLE)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Folder that keeps the Runs [default: .bench-lab in the workspace root]
    #[arg(long, global = true, value_name = "DIR", env = "BENCH_LAB_STORE")]
    store: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<run::Arguments>),
    Ab(Box<ab::Arguments>),
    List(list::Arguments),
    Manifest(Box<manifest::Arguments>),
    Show(show::Arguments),
    Runs(runs::Arguments),
    Compare(compare::Arguments),
    Trend(trend::Arguments),
    Accept(accept::Arguments),
    Bisect(Box<bisect::Arguments>),
    Report(report::Arguments),
    Baseline(baseline::Arguments),
    Power(power::Arguments),
    Profile(Box<profile::Arguments>),
    Env(env::Arguments),
    Tune(tune::Arguments),
    Doctor(doctor::Arguments),
    Validate(validate::Arguments),
    Machine(machine::Arguments),
    Completions(shell::CompletionArguments),
    Man(shell::ManArguments),
}

/// The command line as the parser knows it, so that files which name commands can be checked against it.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Parses the arguments of this process, runs the command, and says how it ended.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return exit::usage(&error),
    };
    let store = arguments.store.as_deref();
    let ended = match arguments.command {
        Command::Run(arguments) => run::run(&arguments, store),
        Command::Ab(arguments) => ab::run(&arguments, store),
        Command::List(arguments) => list::run(&arguments),
        Command::Manifest(arguments) => manifest::run(&arguments),
        Command::Show(arguments) => show::run(&arguments, store),
        Command::Runs(arguments) => runs::run(&arguments, store),
        Command::Compare(arguments) => compare::run(&arguments, store),
        Command::Trend(arguments) => trend::run(&arguments, store),
        Command::Accept(arguments) => accept::run(&arguments, store),
        Command::Bisect(arguments) => bisect::run(&arguments, store),
        Command::Report(arguments) => report::run(&arguments, store),
        Command::Baseline(arguments) => baseline::run(&arguments, store),
        Command::Power(arguments) => power::run(&arguments, store),
        Command::Profile(arguments) => profile::run(&arguments, store),
        Command::Env(arguments) => env::run(&arguments),
        Command::Tune(arguments) => tune::run(&arguments),
        Command::Validate(arguments) => validate::run(&arguments, store),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Machine(arguments) => machine::run(&arguments),
        Command::Completions(arguments) => shell::completions(&arguments),
        Command::Man(arguments) => shell::man(&arguments),
    };
    ended.unwrap_or_else(|error| error.report())
}

/// A store that is to be read: `--store`, the variable, else the nearest one from `manifest` or the current
/// directory up.
fn existing_store(store: Option<&Path>, manifest: Option<&Path>) -> Result<Store, CommandError> {
    let begin = std::path::absolute(manifest.unwrap_or(Path::new("")))
        .or_else(|_| std::env::current_dir())
        .map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
    let here = if begin.is_file() { begin.parent().unwrap_or(&begin) } else { &begin };
    let root =
        here.ancestors().find(|folder| folder.join(crate::store::STORE_FOLDER).is_dir()).unwrap_or(here);
    Store::open(&Location::of(store, root)).map_err(store_error)
}

/// An error of the store; its texts already say what to do.
#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn store_error(error: StoreError) -> CommandError {
    CommandError::new(ExitCode::Usage, &error)
}
