//! The command line of `bench-lab-hostctl`.
//!
//! It is small so that it can be read before a sudoers rule is written: four verbs, knob names, CPU lists.

use std::io::{Write as _, stderr};

use lab_core::cpulist::CpuList;

use super::error::CommandError;
use super::exit::ExitCode;
use super::{output, tune};
use crate::host::guard::Reach;
use crate::host::session::{Program, Request};
use crate::host::{guard, knob};
use crate::runner::spawn::THIS_PROGRAM;

const USAGE: &str = "\
Sets the host for measuring and puts it back, for bench-lab.

  bench-lab-hostctl apply [--knobs NAMES] --bench-cpus LIST [--json]   set, and leave it so until restore or boot
  bench-lab-hostctl restore [--crashed] [--json]                       put everything back, or what a crash left
  bench-lab-hostctl status [--json]                                    before, now, wanted
  bench-lab-hostctl hold                                               set for a session on standard input and output
";

/// The verb that makes it a guard.
const HOLD: &str = "hold";

/// Parses the arguments, does it, and says how it ended.
pub fn hostctl_main() -> std::process::ExitCode {
    let words: Vec<String> =
        std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words == [HOLD] {
        return guard::main(knob::ALL);
    }
    let done = match parse(&words) {
        Ok(Order::Help) => output::text(USAGE).map(|()| ExitCode::Fine),
        Ok(Order::Apply { knobs, bench_cpus, is_json }) => {
            let program = Program { path: THIS_PROGRAM.into(), arguments: vec![HOLD.into()] };
            tune::apply(&program, knobs, Some(&bench_cpus), is_json)
        }
        Ok(Order::Restore { reach, is_json }) => tune::restore(reach, is_json),
        Ok(Order::Status { is_json }) => tune::show_status(None, is_json),
        Err(why) => {
            // A closed standard error leaves the exit code to speak.
            let _ = writeln!(stderr(), "{USAGE}");
            Err(CommandError::text(ExitCode::Usage, why))
        }
    };
    done.unwrap_or_else(CommandError::report).into()
}

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
enum Order {
    Help,
    Apply { knobs: Option<Vec<String>>, bench_cpus: CpuList, is_json: bool },
    Restore { reach: Reach, is_json: bool },
    Status { is_json: bool },
}

fn parse(words: &[&str]) -> Result<Order, String> {
    let Some((verb, rest)) = words.split_first() else { return Err("a verb is missing".into()) };
    let (mut knobs, mut bench_cpus, mut is_json, mut reach) = (None, None, false, Reach::Everything);
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| format!("{word} needs a value"));
        match (*verb, *word) {
            ("apply" | "restore" | "status", "--json") => is_json = true,
            ("restore", "--crashed") => reach = Reach::Crashed,
            ("apply", "--knobs") => {
                knobs = Some(value()?.split(',').map(known_knob).collect::<Result<_, _>>()?)
            }
            ("apply", "--bench-cpus") => bench_cpus = Some(Request::cpus(value()?)?),
            _ => return Err(format!("{word:?} does not belong to {verb:?}")),
        }
    }
    match *verb {
        "help" | "--help" | "-h" => Ok(Order::Help),
        "apply" => match bench_cpus {
            Some(bench_cpus) => Ok(Order::Apply { knobs, bench_cpus, is_json }),
            None => Err("apply needs --bench-cpus".into()),
        },
        "restore" => Ok(Order::Restore { reach, is_json }),
        "status" => Ok(Order::Status { is_json }),
        _ => Err(format!("there is no verb {verb:?}")),
    }
}

fn known_knob(name: &str) -> Result<String, String> {
    let known = || knob::ALL.iter().map(|knob| knob.id());
    if known().any(|known| known == name) {
        Ok(name.to_owned())
    } else {
        Err(format!("no knob is named {name:?}; there are: {}", known().collect::<Vec<_>>().join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_cpu_lists_are_taken_and_nothing_else() {
        let order = parse(&["apply", "--knobs", "governor,boost", "--bench-cpus", "1,2", "--json"]).unwrap();
        let knobs = Some(vec!["governor".to_owned(), "boost".to_owned()]);
        assert_eq!(order, Order::Apply { knobs, bench_cpus: "1-2".parse().unwrap(), is_json: true });
        for words in [
            &["apply", "--knobs", "/sys/kernel/x", "--bench-cpus", "1"][..],
            &["apply", "--knobs", "governor,", "--bench-cpus", "1"],
            &["apply", "--bench-cpus", ""],
            &["apply", "--bench-cpus", "1;reboot"],
            &["apply", "--bench-cpus"],
            &["apply", "--root", "/tmp"],
            &["apply"],
            &["restore", "--bench-cpus", "1"],
            &["apply", "--bench-cpus", "1", "--crashed"],
            &["hold", "--json"],
            &["exec", "sh"],
            &[],
        ] {
            assert!(parse(words).is_err(), "{words:?}");
        }
    }
}
