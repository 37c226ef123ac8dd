//! The command line: what was typed, turned into what is meant, one file per command.
//!
//! Only this module prints, adds hints to errors and chooses exit codes.

mod arguments;
mod duration;
mod env;
mod error;
mod exit;
mod list;
mod run;
mod runs;
mod show;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use error::CommandError;
pub use exit::ExitCode;

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
    Run(run::Arguments),
    List(list::Arguments),
    Show(show::Arguments),
    Runs(runs::Arguments),
    Env(env::Arguments),
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
        Command::List(arguments) => list::run(&arguments),
        Command::Show(arguments) => show::run(&arguments, store),
        Command::Runs(arguments) => runs::run(&arguments, store),
        Command::Env(arguments) => env::run(&arguments),
    };
    ended.unwrap_or_else(|error| error.report())
}
