//! One benchmark at a time, started through another program: a simulator, a counter, a sampler.
//!
//! Processes are ordered by their number of iterations, so that what an iteration costs can be told from what a process
//! costs; whoever reads the program's own output does that elsewhere.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lab_core::counting;
use lab_core::model::{BenchmarkRecord, Exit, Outcome, Side};
use turnstile::listener::Pattern;
use turnstile::{MAPPING_VARIABLE, SIDE_VARIABLE};

use super::contender::{Contender, Context, Place, Settings, Stopped};
use super::library::Library;
use super::obstacle;
use super::pilot::{Piloted, pilot};
use super::shared::Shared;
use crate::harness::Answer;
use crate::harness::countable::Countable;
use crate::harness::duelist::{Score, Trial};
use crate::runner::command::{Captured, CommandSpec};
use crate::runner::spawn::{Completed, Metering};
use crate::workspace::BenchTarget;

/// How much longer than a native process a simulated one may live.
const PATIENCE: u32 = 10;

/// No process is shortened by more than this for its set-up: with too few iterations they drown in the rest of it.
const STRAIN_MAX: f64 = 4.0;

/// The program that a benchmark is started through.
#[derive(Clone, Debug)]
pub struct Through<'a> {
    /// It.
    pub program: &'a Path,
    /// What people call it.
    pub name: &'static str,
    /// Its arguments before the benchmark's executable.
    pub arguments: Vec<String>,
    /// Whether it makes the benchmark many times as slow.
    pub is_simulated: bool,
}

/// A process that did as ordered.
#[derive(Debug)]
pub struct Done {
    /// Iterations that its harness says it did.
    pub iterations: u64,
    /// All that came of it.
    pub completed: Completed,
}

/// What a process is started with.
struct Ordered {
    spec: CommandSpec,
    /// Its clock in its warm-up, where that is not its own.
    warm_up: Option<WarmUp>,
}

/// A benchmark that works, and how it is started.
pub struct Sitting<'a> {
    contender: &'a Contender<'a>,
    settings: Settings,
    piloted: Piloted,
}

impl<'a> Sitting<'a> {
    /// Pilots the benchmark. The inner error says why it cannot be had, as the second half of a sentence about it.
    ///
    /// # Errors
    /// [`Stopped`] when the person stopped it.
    pub fn begin(
        context: &Context<'_>,
        contender: &'a Contender<'a>,
        settings: &Settings,
    ) -> Result<Result<Self, String>, Stopped> {
        let place = place(contender, settings, Metering::Off, settings.timeout);
        let piloted = match pilot(context, contender, place, settings.time_ms)? {
            Ok(piloted) => piloted,
            Err(outcome) => return Ok(Err(failure(&outcome))),
        };
        Ok(Ok(Self { contender, settings: settings.clone(), piloted }))
    }

    /// The benchmark with the settings that its pilot found.
    pub fn record(&self) -> &BenchmarkRecord {
        &self.piloted.record
    }

    /// Runs a process that works for about `time_ms`: by its number of iterations, or by its own clock where that cannot
    /// be ordered, for then nobody knows it. The inner error is the second half of a sentence.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn work_for(
        &self,
        context: &Context<'_>,
        through: &Through<'_>,
        time_ms: u64,
    ) -> Result<Result<Answer, String>, Stopped> {
        let limit = self.settings.timeout + 2 * Duration::from_millis(time_ms);
        if let Some(iteration_ns) = self.piloted.iteration_ns {
            let iterations = (time_ms as f64 * 1e6 / iteration_ns).ceil().clamp(1.0, 1e12) as u64;
            // What cannot be ordered says so before it starts anything.
            if let Ok(ordered) = self.ordered(iterations, 1) {
                let end = self.run(context, through, &ordered, (Metering::Off, limit))?;
                return Ok(end.map(|completed| self.read(&completed.captured, time_ms)));
            }
        }
        let request = self.contender.request(&self.piloted.record, time_ms);
        let spec = self.contender.harness.command(&request);
        let ordered = Ordered { spec, warm_up: None };
        let end = self.run(context, through, &ordered, (Metering::Off, limit))?;
        Ok(end.map(|completed| self.read(&completed.captured, time_ms)))
    }

    /// Runs a process of `multiple` times as many iterations as are few for it. The inner error is the second half of a
    /// sentence.
    ///
    /// # Errors
    /// [`Stopped`].
    pub fn order(
        &self,
        context: &Context<'_>,
        through: &Through<'_>,
        multiple: u64,
    ) -> Result<Result<Done, String>, Stopped> {
        // Set-up is simulated too. The strain of a short pilot is mostly the process's own start.
        let strain = self.piloted.strain_max.min(STRAIN_MAX);
        let lived_ns = self.piloted.iteration_ns.unwrap_or(0.0) * strain;
        let ordered = match self.ordered(counting::iterations_wanted(lived_ns), multiple) {
            Ok(ordered) => ordered,
            Err(why) => return Ok(Err(why)),
        };
        let patience = if through.is_simulated { PATIENCE } else { 1 };
        let metering = if through.is_simulated { Metering::Off } else { Metering::On };
        let limit = self.settings.timeout * patience;
        let end = self.run(context, through, &ordered, (metering, limit))?;
        Ok(end.and_then(|completed| {
            let request = self.contender.request(&self.piloted.record, self.settings.time_ms);
            let countable = self.countable()?;
            let done = countable.done(&request, &completed.captured);
            completed.captured.clear_scratch();
            Ok(Done { iterations: done.map_err(|unfit| unfit.0)?, completed })
        }))
    }

    fn countable(&self) -> Result<&'static dyn Countable, String> {
        let harness = self.contender.harness;
        harness
            .countable()
            .ok_or_else(|| format!("is driven by {}, which goes by the clock alone", harness.id()))
    }

    /// A process of `multiple` times `iterations` iterations, or why its number cannot be ordered.
    fn ordered(&self, iterations: u64, multiple: u64) -> Result<Ordered, String> {
        let request = self.contender.request(&self.piloted.record, self.settings.time_ms);
        let trial = Trial { request, pilot: &self.piloted.captured };
        let order = self.countable()?.order(&trial, iterations, multiple).map_err(|unfit| unfit.0)?;
        let warm_up = match order.warm_up_step_ns {
            0 => None,
            step_ns => Some(WarmUp::prepare(&self.contender.target.executable, step_ns)?),
        };
        Ok(Ordered { spec: order.spec, warm_up })
    }

    /// What its harness reads of a process, of which then nothing is left.
    fn read(&self, captured: &Captured, time_ms: u64) -> Answer {
        let request = self.contender.request(&self.piloted.record, time_ms);
        let answer = self.contender.harness.read(&request, captured);
        captured.clear_scratch();
        answer
    }

    fn run(
        &self,
        context: &Context<'_>,
        through: &Through<'_>,
        ordered: &Ordered,
        (metering, limit): (Metering, Duration),
    ) -> Result<Result<Completed, String>, Stopped> {
        let executable = &self.contender.target.executable;
        let spec = wrapped(executable, &ordered.spec, through, ordered.warm_up.as_ref());
        let target = BenchTarget { executable: through.program.into(), ..self.contender.target.clone() };
        let wrapped = Contender { target: &target, ..*self.contender };
        let place = place(self.contender, &self.settings, metering, limit);
        let completed = match context.run(&wrapped, &spec, place, context.stop)? {
            Ok(completed) => completed,
            Err(error) => return Ok(Err(format!("could not be started: {error}"))),
        };
        let exit = completed.captured.exit;
        if exit != Exit::Code(0) {
            completed.captured.clear_scratch();
        }
        Ok(match exit {
            Exit::Code(0) => Ok(completed),
            Exit::TimedOut { limit_ms } => {
                Err(format!("did not end within {} s in {}", limit_ms / 1000, through.name))
            }
            other => {
                let said = completed.captured.stderr_text();
                Err(format!("fails in {} ({other:?}): {}", through.name, last_line(&said)))
            }
        })
    }
}

fn place<'a>(
    contender: &Contender<'_>,
    settings: &'a Settings,
    metering: Metering,
    limit: Duration,
) -> Place<'a> {
    Place {
        image: None,
        cpus: settings.cpus(contender.is_threaded == Some(true)),
        aslr: settings.aslr,
        padding_bytes: 0,
        limit,
        metering,
        has_counters: false,
    }
}

/// The command line of the program. A library is preloaded by the benchmark's loader, as by `LD_PRELOAD` it would be by
/// the program itself (ld.so(8); `--preload` since glibc 2.30).
fn wrapped(
    executable: &Path,
    spec: &CommandSpec,
    through: &Through<'_>,
    warm_up: Option<&WarmUp>,
) -> CommandSpec {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let mut arguments = through.arguments.clone();
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
