//! Instructions counted by valgrind's callgrind, for hosts whose processors' counters cannot be had.
//!
//! Nothing is timed here: a simulated process is fifty times as slow, and its count is the same on a busy host.

use std::env;
use std::path::PathBuf;

use lab_core::counting::{self, Tallied};
use lab_core::model::{CALLGRIND, Counted, Side, Testimony};

use super::contender::{Contender, Context, Pair, Settings, Stopped, about};
use super::sitting::{Sitting, Through};
use crate::host::search_path::find_program;

/// What callgrind says of the process it ran: `==4711== Collected : 160273707`.
const COLLECTED: &str = "Collected : ";

/// The program that counting takes.
#[derive(Clone, Debug)]
pub struct Callgrind {
    valgrind: PathBuf,
}

/// Valgrind is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("valgrind is not installed: it is not in PATH")]
pub struct NotInstalled;

/// Why a side has no count: the person stopped it, or the second half of a sentence about it.
enum Uncounted {
    Stopped,
    Because(String),
}

impl Callgrind {
    /// Looks for it in `PATH`.
    ///
    /// # Errors
    /// [`NotInstalled`].
    pub fn find() -> Result<Self, NotInstalled> {
        let path = env::var_os("PATH").unwrap_or_default();
        Ok(Self { valgrind: find_program("valgrind", &path).ok_or(NotInstalled)? })
    }

    /// Counts both sides.
    ///
    /// # Errors
    /// [`Stopped`] when the person stopped it.
    pub fn count(
        &self,
        context: &Context<'_>,
        pair: &Pair<'_>,
        settings: &Settings,
    ) -> Result<Testimony, Stopped> {
        let mut sides = Vec::new();
        for which in Side::BOTH {
            match self.side(context, pair.side(which), settings) {
                Ok(counted) => sides.push(counted),
                Err(Uncounted::Stopped) => return Err(Stopped),
                Err(Uncounted::Because(why)) => {
                    return Ok(Testimony { source: CALLGRIND.into(), counted: Err(about(which, why)) });
                }
            }
        }
        let both: Result<[Counted; 2], _> = sides.try_into();
        let counted = both.map_err(|_| "was not counted on both sides".to_owned());
        Ok(Testimony { source: CALLGRIND.into(), counted })
    }

    /// Counts one benchmark; the inner error says why there is no count, as the second half of a sentence about it.
    ///
    /// # Errors
    /// [`Stopped`] when the person stopped it.
    pub fn count_sitting(
        &self,
        context: &Context<'_>,
        sitting: &Sitting<'_>,
    ) -> Result<Result<Counted, String>, Stopped> {
        match three_times(sitting, context, &self.through()) {
            Ok(counted) => Ok(Ok(counted)),
            Err(Uncounted::Stopped) => Err(Stopped),
            Err(Uncounted::Because(why)) => Ok(Err(why)),
        }
    }

    /// How a process is started in the simulator.
    fn through(&self) -> Through<'_> {
        Through {
            program: &self.valgrind,
            name: "callgrind",
            arguments: vec!["--tool=callgrind".into(), "--callgrind-out-file=/dev/null".into()],
            is_simulated: true,
        }
    }

    fn side(
        &self,
        context: &Context<'_>,
        contender: &Contender<'_>,
        settings: &Settings,
    ) -> Result<Counted, Uncounted> {
        let sitting = Sitting::begin(context, contender, settings).map_err(|Stopped| Uncounted::Stopped)?;
        let sitting = sitting.map_err(Uncounted::Because)?;
        three_times(&sitting, context, &self.through())
    }
}

fn three_times(
    sitting: &Sitting<'_>,
    context: &Context<'_>,
    through: &Through<'_>,
) -> Result<Counted, Uncounted> {
    let mut tallied = [Tallied { iterations: 0, instructions: 0 }; 3];
    for (tallied, multiple) in tallied.iter_mut().zip(1..) {
        let end = sitting.order(context, through, multiple).map_err(|Stopped| Uncounted::Stopped)?;
        let done = end.map_err(Uncounted::Because)?;
        let instructions = collected(&done.completed.captured.stderr_text());
        let instructions = instructions
            .ok_or_else(|| Uncounted::Because("ran, and callgrind printed no count for it".into()))?;
        *tallied = Tallied { iterations: done.iterations, instructions };
    }
    counting::per_iteration(tallied).map_err(|why| Uncounted::Because(why.to_string()))
}

/// The count of the first process that callgrind speaks of; programs that it starts have theirs.
fn collected(stderr: &str) -> Option<u64> {
    let own = stderr.lines().find(|line| line.starts_with("==") && line.contains("== Callgrind"))?;
    let mark = &own[..own.find("== ")? + "== ".len()];
    let mut counts = stderr.lines().filter_map(|line| line.strip_prefix(mark)?.strip_prefix(COLLECTED));
    counts.next_back()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Criterion's process forks to look for gnuplot; valgrind 3.19 said this.
    const SAID: &str = "\
==17306== Callgrind, a call-graph generating cache profiler
==17306== Copyright (C) 2002-2017, and GNU GPL'd, by Josef Weidendorfer et al.
==17314== 
==17314== Events    : Ir
==17314== Collected : 612716
==17306== 
==17306== Events    : Ir
==17306== Collected : 19036361
==17314== I   refs:      612,716
";

    #[test]
    fn a_program_that_the_benchmark_starts_is_not_taken_for_it() {
        assert_eq!(collected(SAID), Some(19_036_361));
        assert_eq!(collected(&SAID[..SAID.len() / 2]), None, "it did not come to its end");
        assert_eq!(collected("Collected : 12\n"), None, "anybody can print that");
    }
}
