//! The commands that look at a host, where there is none to look at: listed like the others, and refused in words.
//!
//! It stands in for the modules of the same names, and never reads what was typed behind them.

use std::ffi::OsString;
use std::path::Path;

use clap::Args;

use super::error::CommandError;
use super::exit::ExitCode;

/// Whatever was typed behind the command.
#[derive(Args, Debug)]
#[command(after_help = "\
This bench-lab only reads what was measured elsewhere. Measuring takes one for Linux, with the feature measure.")]
pub(super) struct Arguments {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

macro_rules! refused {
    ($($command:ident($($store:ty)?),)*) => {$(
        pub(super) mod $command {
            use super::*;

            pub(in crate::cli) use super::Arguments;

            pub(in crate::cli) fn run(_: &Arguments $(, _: $store)?) -> Result<ExitCode, CommandError> {
                Err(refusal(stringify!($command)))
            }
        }
    )*};
}

refused! {
    ab(Option<&Path>),
    bisect(Option<&Path>),
    doctor(),
    env(),
    list(),
    machine(),
    manifest(),
    profile(Option<&Path>),
    run(Option<&Path>),
    tune(),
    validate(Option<&Path>),
}

/// `power --pilot`, the part of `power` that measures.
pub(super) mod pilot {
    use super::*;
    use crate::cli::power;

    pub(in crate::cli) fn run(
        _: &power::Arguments,
        _: u32,
        _: Option<&Path>,
    ) -> Result<Result<power::Seen, ExitCode>, CommandError> {
        Err(refusal("power --pilot"))
    }
}

/// What is asked of the machine at hand.
pub(super) mod surroundings {
    use super::*;

    pub(in crate::cli) fn this_machine() -> Result<String, CommandError> {
        Err(refusal("naming this machine").hint("--machine says which one is meant"))
    }
}

/// Ends `bench-lab-hostctl`, which has no host to control.
pub fn hostctl_main() -> std::process::ExitCode {
    refusal("bench-lab-hostctl").report().into()
}

fn refusal(what: &str) -> CommandError {
    let needed = if cfg!(target_os = "linux") {
        "the feature measure, and this bench-lab was built without it".to_owned()
    } else {
        format!("a Linux host, and this is {}", std::env::consts::OS)
    };
    let message = format!("{what} needs {needed}: it only reads what was measured elsewhere");
    CommandError::text(ExitCode::HostRefused, message)
        .hint("measure on a Linux host, and read its folder .bench-lab here: bench-lab --store DIR show")
}
