//! Instructions counted by valgrind's callgrind, for hosts whose processors' counters cannot be had.
//!
//! Nothing is timed here: a simulated process is fifty times as slow, and its count is the same on a busy host.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lab_core::counting::{self, Tallied};
use lab_core::model::{BenchmarkRecord, CALLGRIND, Counted, Exit, Outcome, Side, Testimony};
use turnstile::listener::Pattern;
use turnstile::{MAPPING_VARIABLE, SIDE_VARIABLE};

use super::contender::{Contender, Context, Pair, Place, Settings, Stopped, about};
use super::library::Library;
use super::obstacle;
use super::pilot::{Piloted, pilot};
use super::shared::Shared;
use crate::harness::countable::{Countable, Order};
use crate::harness::duelist::{Score, Trial};
use crate::runner::command::{Captured, CommandSpec};
use crate::runner::spawn::Metering;
use crate::workspace::BenchTarget;

/// How much longer than a native process a simulated one may live.
const PATIENCE: u32 = 10;

/// No process is shortened by more than this for its set-up: with too few iterations they drown in the rest of it.
const STRAIN_MAX: f64 = 4.0;

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
        let mut files = env::split_paths(&path).map(|folder| folder.join("valgrind"));
        Ok(Self { valgrind: files.find(|file| file.is_file()).ok_or(NotInstalled)? })
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

    fn side(
        &self,
        context: &Context<'_>,
        contender: &Contender<'_>,
        settings: &Settings,
    ) -> Result<Counted, Uncounted> {
        let harness = contender.harness;
        let countable = harness.countable().ok_or_else(|| {
            Uncounted::Because(format!("is driven by {}, which goes by the clock alone", harness.id()))
        })?;
        let place = Place {
            image: None,
            cpus: settings.cpus(contender.is_threaded == Some(true)),
            aslr: settings.aslr,
            padding_bytes: 0,
            limit: settings.timeout,
            metering: Metering::Off,
            has_counters: false,
        };
        let piloted =
            pilot(context, contender, place, settings.time_ms).map_err(|Stopped| Uncounted::Stopped)?;
        let piloted = piloted.map_err(|outcome| Uncounted::Because(failure(&outcome)))?;
        let place = Place { limit: settings.timeout * PATIENCE, ..place };
        let process = Process { callgrind: self, context, contender, countable, piloted: &piloted, place };
        let counted = process.three_times(settings.time_ms);
        piloted.captured.clear_scratch();
        counted
    }
}

/// How one side is counted.
struct Process<'a> {
    callgrind: &'a Callgrind,
    context: &'a Context<'a>,
    contender: &'a Contender<'a>,
    countable: &'a dyn Countable,
    piloted: &'a Piloted,
    place: Place<'a>,
}

impl Process<'_> {
    fn three_times(&self, time_ms: u64) -> Result<Counted, Uncounted> {
        // Set-up is simulated too. The strain of a short pilot is mostly the process's own start.
        let strain = self.piloted.strain_max.min(STRAIN_MAX);
        let lived_ns = self.piloted.iteration_ns.unwrap_or(0.0) * strain;
        let iterations = counting::iterations_wanted(lived_ns);
        let request = self.contender.request(&self.piloted.record, time_ms);
        let trial = Trial { request, pilot: &self.piloted.captured };
        let mut tallied = [Tallied { iterations: 0, instructions: 0 }; 3];
        for (tallied, multiple) in tallied.iter_mut().zip(1..) {
            let order = self.countable.order(&trial, iterations, multiple);
            let order = order.map_err(|unfit| Uncounted::Because(unfit.0))?;
            *tallied = self.tally(&self.piloted.record, &order, time_ms)?;
        }
        counting::per_iteration(tallied).map_err(|why| Uncounted::Because(why.to_string()))
    }

    /// One process in the simulator.
    fn tally(&self, record: &BenchmarkRecord, order: &Order, time_ms: u64) -> Result<Tallied, Uncounted> {
        let warm_up = if order.warm_up_step_ns == 0 {
            None
        } else {
            let executable = &self.contender.target.executable;
            Some(WarmUp::prepare(executable, order.warm_up_step_ns).map_err(Uncounted::Because)?)
        };
        let target =
            BenchTarget { executable: self.callgrind.valgrind.clone(), ..self.contender.target.clone() };
        let spec = self.callgrind.command(&self.contender.target.executable, &order.spec, warm_up.as_ref());
        let simulated = Contender { target: &target, ..*self.contender };
        let end = self.context.run(&simulated, &spec, self.place, self.context.stop);
        let completed = end.map_err(|Stopped| Uncounted::Stopped)?;
        let completed =
            completed.map_err(|error| Uncounted::Because(format!("could not be started: {error}")))?;
        let captured = completed.captured;
        let read = self.read(record, &captured, time_ms);
        captured.clear_scratch();
        read.map_err(Uncounted::Because)
    }

    fn read(&self, record: &BenchmarkRecord, captured: &Captured, time_ms: u64) -> Result<Tallied, String> {
        match captured.exit {
            Exit::Code(0) => {}
            Exit::TimedOut { limit_ms } => {
                return Err(format!("did not end within {} s in callgrind", limit_ms / 1000));
            }
            other => {
                return Err(format!(
                    "fails in callgrind ({other:?}): {}",
                    last_line(&captured.stderr_text())
                ));
            }
        }
        let request = self.contender.request(record, time_ms);
        let iterations = self.countable.done(&request, captured).map_err(|unfit| unfit.0)?;
        let instructions = collected(&captured.stderr_text())
            .ok_or_else(|| "ran, and callgrind printed no count for it".to_owned())?;
        Ok(Tallied { iterations, instructions })
    }
}

impl Callgrind {
    /// The command line of valgrind. A library is preloaded by the benchmark's loader, as by `LD_PRELOAD` it would be by
    /// valgrind's own programs (ld.so(8); `--preload` since glibc 2.30).
    fn command(&self, executable: &Path, spec: &CommandSpec, warm_up: Option<&WarmUp>) -> CommandSpec {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut arguments = vec!["--tool=callgrind".to_owned(), "--callgrind-out-file=/dev/null".to_owned()];
        if let Some(warm_up) = warm_up {
            arguments.extend([text(&warm_up.loader), "--preload".to_owned(), text(&warm_up.library.path())]);
        }
        arguments.push(text(executable));
        arguments.extend(spec.arguments.iter().cloned());
        let mut environment = spec.environment.clone();
        if let Some(warm_up) = warm_up {
            environment.push((MAPPING_VARIABLE.to_owned(), text(&warm_up.shared.path())));
            environment.push((SIDE_VARIABLE.to_owned(), "0".to_owned()));
        }
        CommandSpec { arguments, environment, ..spec.clone() }
    }
}

/// What gives a process the clock of a duel in its warm-up.
struct WarmUp {
    loader: PathBuf,
    library: Library,
    shared: Shared,
}

impl WarmUp {
    fn prepare(executable: &Path, step_ns: u64) -> Result<Self, String> {
        let loader = obstacle::loader(executable).flatten();
        let loader = loader.ok_or("is linked statically, so that its warm-up cannot be kept to one call")?;
        let library = Library::lay_down()?;
        let folder = library.path();
        let shared = Shared::for_survey(folder.parent().unwrap_or(&folder))
            .map_err(|error| format!("cannot be given a clock for its warm-up: {error}"))?;
        let pattern = Pattern { warm_up_step_ns: step_ns, ..Pattern::default() };
        shared.set_score(Side::Baseline, &Score { pattern, pairs: Vec::new(), iterations: Vec::new() });
        Ok(Self { loader, library, shared })
    }
}

/// The count of the first process that callgrind speaks of; programs that it starts have theirs.
fn collected(stderr: &str) -> Option<u64> {
    let own = stderr.lines().find(|line| line.starts_with("==") && line.contains("== Callgrind"))?;
    let mark = &own[..own.find("== ")? + "== ".len()];
    let mut counts = stderr.lines().filter_map(|line| line.strip_prefix(mark)?.strip_prefix(COLLECTED));
    counts.next_back()?.trim().parse().ok()
}

fn last_line(text: &str) -> &str {
    text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("it says nothing")
}

fn failure(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed { reason, .. } | Outcome::Missing { reason } => format!("does not work: {reason}"),
        Outcome::TimedOut { limit_ms, .. } => format!("does not end within {}", shown(*limit_ms)),
        Outcome::Ok => "does not work".into(),
    }
}

fn shown(limit_ms: u64) -> String {
    format!("{:?}", Duration::from_millis(limit_ms))
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
