//! The command line: what was typed, turned into what is meant, one file per command.
//!
//! Only this module prints, adds hints to errors and chooses exit codes.

mod accept;
mod across;
mod arguments;
mod baseline;
mod compare;
mod duration;
mod error;
mod exit;
mod format;
mod hints;
mod history;
mod matched;
mod output;
mod percentage;
mod places;
mod power;
mod report;
mod rules;
mod runs;
mod shell;
mod show;
mod side;
mod trend;
mod tuning;

cfg_if::cfg_if! {
    if #[cfg(measure)] {
        mod ab;
        mod benches;
        mod bisect;
        mod check;
        mod doctor;
        mod ending;
        mod entrants;
        mod entry;
        mod env;
        mod finish;
        mod fresh;
        mod hostctl;
        mod ids;
        mod judgement;
        mod keeper;
        mod lab;
        mod list;
        mod machine;
        mod manifest;
        mod measure;
        mod origin;
        mod pinned;
        mod profile;
        mod recheck;
        mod rehearse;
        mod rematch;
        mod resume;
        mod run;
        mod shared_keeper;
        mod source;
        mod spend;
        mod surroundings;
        mod tune;
        mod unit;
        mod validate;

        pub use hostctl::hostctl_main;
    } else {
        mod elsewhere;

        pub use elsewhere::hostctl_main;
        use elsewhere::{ab, bisect, doctor, env, list, machine, manifest, profile, run, surroundings, tune, validate};
    }
}

use std::path::{Path, PathBuf};

use clap::{CommandFactory, Parser, Subcommand};

pub use error::CommandError;
pub use exit::ExitCode;

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
    /// Build the benches of a workspace, measure them and keep the Run
    Run(Box<run::Arguments>),
    /// Compare two revisions live: both are built, and their benchmarks take turns on one CPU
    Ab(Box<ab::Arguments>),
    /// List every benchmark of a workspace: id, harness, target
    List(list::Arguments),
    /// Build benches and pack them with a manifest, to be run where no cargo is
    Manifest(Box<manifest::Arguments>),
    /// Show one stored Run as a table, or one match with its verdicts
    Show(show::Arguments),
    /// List the stored Runs and matches, newest last
    Runs(runs::Arguments),
    /// Compare a Run with a baseline, or any two of them
    Compare(compare::Arguments),
    /// How benchmarks went over commits: steps with their commits, slow creep, drift
    Trend(trend::Arguments),
    /// Explain a step in a benchmark's history, so that it is no longer open
    Accept(accept::Arguments),
    /// Find the commit that made a benchmark slower or faster
    Bisect(Box<bisect::Arguments>),
    /// Write a comparison, a match or a Run as one HTML file that opens anywhere, offline
    Report(report::Arguments),
    /// Name Runs, so that later ones can be compared with them
    Baseline(baseline::Arguments),
    /// Show the smallest change each benchmark can show, and what a smaller one would take
    Power(power::Arguments),
    /// Show where the time of one benchmark goes: flame graph, hot functions, system calls, heap, instructions
    Profile(Box<profile::Arguments>),
    /// Show what this machine is, as it would be recorded with a Run
    Env(env::Arguments),
    /// Set the host for measuring by hand, look how it is set, put it back
    Tune(tune::Arguments),
    /// Find out whether this host is fit to measure, and what to do where it is not
    Doctor(doctor::Arguments),
    /// Examine the lab itself on this host: false alarms where nothing changed, planted slowdowns found
    Validate(validate::Arguments),
    /// Write down what a machine is, or see whether it still is that
    Machine(machine::Arguments),
    /// Print a script that completes bench-lab's commands, flags and formats
    Completions(shell::CompletionArguments),
    /// Write the manual pages, one per command
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
