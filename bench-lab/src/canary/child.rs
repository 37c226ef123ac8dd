//! The process that runs the canaries: `bench-lab __canary PLACE PASSES KERNEL=UNITS...`.
//!
//! It is started like any bench process, by the runner alone. It writes lines for the runner and nothing for people.

use std::env;
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::line::{Line, Said};
use super::{CanaryError, Primed, find};

/// First argument that makes the program this process; `main` looks for it before it reads a command line.
pub const VERB: &str = "__canary";

/// What is to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// Where a kernel may make files.
    pub(super) place: PathBuf,
    /// Passes that are timed; one more comes before them.
    pub(super) pass_count: usize,
    /// Ids and units, in order.
    pub(super) kernels: Vec<(String, u64)>,
}

impl Order {
    /// The command line, [`VERB`] first.
    pub(super) fn to_arguments(&self) -> Vec<String> {
        let kernels = self.kernels.iter().map(|(id, units)| format!("{id}={units}"));
        let head = [VERB.to_owned(), self.place.display().to_string(), self.pass_count.to_string()];
        head.into_iter().chain(kernels).collect()
    }

    /// Reads the words behind [`VERB`].
    fn parse(mut words: impl Iterator<Item = OsString>) -> Option<Self> {
        let place = words.next()?.into();
        let pass_count = words.next()?.to_str()?.parse().ok()?;
        let kernel = |word: OsString| {
            let (id, units) = word.to_str()?.split_once('=')?;
            Some((id.to_owned(), units.parse().ok()?))
        };
        Some(Self { place, pass_count, kernels: words.map(kernel).collect::<Option<_>>()? })
    }
}

/// Whether the program was started to run canaries: `first` is its first argument.
pub fn is_canary(first: Option<&OsStr>) -> bool {
    first.is_some_and(|first| first == VERB)
}

/// Runs the kernels that the program's own arguments name.
pub fn main() -> ExitCode {
    let Some(order) = Order::parse(env::args_os().skip(2)) else { return ExitCode::from(2) };
    let mut out = io::stdout().lock();
    for (kernel, units) in &order.kernels {
        let said = run(kernel, *units, &order);
        let line = serde_json::to_string(&Line { kernel: kernel.clone(), said }).unwrap_or_default();
        // Without a reader there is nobody left to tell.
        if writeln!(out, "{line}").is_err() {
            return ExitCode::from(1);
        }
    }
    ExitCode::SUCCESS
}

fn run(id: &str, units: u64, order: &Order) -> Said {
    let Some(kernel) = find(id) else {
        return Said::Absent(format!("this bench-lab has no kernel {id}"));
    };
    let timed = Primed::new(kernel, Path::new(&order.place)).and_then(|mut primed| {
        primed.pass(units)?;
        primed.time(units, order.pass_count)
    });
    match timed {
        Ok(times) => Said::PassesNs(times),
        Err(CanaryError::Absent { reason, .. }) => Said::Absent(reason),
        Err(error) => {
            let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
            Said::Failed(format!("{error}{cause}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_survives_the_command_line() {
        let order = Order {
            place: "/a b".into(),
            pass_count: 3,
            kernels: vec![("integer_v1".into(), 500), ("odd=name".into(), 1)],
        };
        let words = |order: &Order| order.to_arguments().into_iter().skip(1).map(OsString::from);
        assert_eq!(Order::parse(words(&order)), None, "the equals sign parts id and units");
        let order = Order { kernels: order.kernels[..1].to_vec(), ..order };
        assert_eq!(Order::parse(words(&order)), Some(order));
    }

    #[test]
    fn a_kernel_of_another_version_is_absent_and_stops_no_other() {
        let order = Order { place: "/".into(), pass_count: 1, kernels: Vec::new() };
        assert!(matches!(run("integer_v0", 1, &order), Said::Absent(why) if why.contains("integer_v0")));
    }
}
