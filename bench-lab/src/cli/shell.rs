//! `bench-lab completions` and `bench-lab man`: what a shell and `man` know of the command line.
//!
//! Both are made from the parser itself, so that neither can be out of date.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use super::error::CommandError;
use super::exit::ExitCode;
use super::{command, output};

#[derive(Args, Debug)]
#[command(after_help = "\
Install it for yourself:
  bench-lab completions bash > ~/.local/share/bash-completion/completions/bench-lab
  bench-lab completions zsh  > ~/.zfunc/_bench-lab       (with fpath+=~/.zfunc before compinit)
  bench-lab completions fish > ~/.config/fish/completions/bench-lab.fish")]
pub(super) struct CompletionArguments {
    /// Which shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Install them for yourself:
  bench-lab man --out ~/.local/share/man/man1 && man bench-lab-run")]
pub(super) struct ManArguments {
    /// The folder, which is made if need be
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(super) fn completions(arguments: &CompletionArguments) -> Result<ExitCode, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(), "bench-lab", &mut script);
    // clap_complete 4.6 calls a program with a hyphen in its name one way where it is typed and another where it is
    // looked up, in bash alone; without this nothing behind a subcommand is completed.
    let script = String::from_utf8_lossy(&script).replace("bench__subcmd__lab", "bench__lab");
    output::text(&script)?;
    Ok(ExitCode::Fine)
}

pub(super) fn man(arguments: &ManArguments) -> Result<ExitCode, CommandError> {
    let out = &arguments.out;
    let written = fs::create_dir_all(out).and_then(|()| clap_mangen::generate_to(command(), out));
    written.map_err(|error| {
        let message = format!("manual pages could not be written to {}: {error}", out.display());
        CommandError::text(ExitCode::Usage, message)
    })?;
    output::note(&format!("written to {}", out.display()));
    Ok(ExitCode::Fine)
}
