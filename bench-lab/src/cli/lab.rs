//! What every measuring command stands on: the host's lock, the stop flag, the display, the stages of a Run.
//!
//! It orders the stages; each does its work elsewhere.

mod host;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lab_core::filter::Filter;
use lab_core::model::{Plan, Run, Scheduled, Skip, Warning};
use lab_core::taint::Thresholds;

use super::arguments::{BuildArguments, Loudness};
use super::entry::{acquire, stop_flag};
use super::error::CommandError;
use super::exit::ExitCode;
use super::keeper::Keeper;
use super::shared_keeper::SharedKeeper;
use super::tuning::Tune;
use super::{hints, output, store_error};
use crate::canary;
use crate::duel;
use crate::host::invoker::Invoker;
use crate::host::lock::HostLock;
use crate::host::sysfs::SysRoot;
use crate::progress::{self, Display};
use crate::runner::context::{Context, Stopped};
use crate::runner::enclosure::Enclosure;
use crate::runner::event::{Event, Observer};
use crate::runner::measure::{self, Ending, Work};
use crate::runner::prepare::{self, Preparation, Refusal, Wanted};
use crate::runner::remaining::Pace;
use crate::runner::spawn::{self, Finished, Launch, SpawnError};
use crate::store::{Location, OpenRun, Store};
use crate::workspace::{self, Said, Selection, Stop, Workspace};

/// How a laboratory is opened.
pub(super) struct Opening {
    /// Which display tells what happens.
    pub(super) display: Display,
    /// How long another session may hold the host; absent to refuse at once.
    pub(super) waiting: Option<Duration>,
    /// Where Runs are kept, as typed.
    pub(super) store: Option<PathBuf>,
    /// Whether the host is tuned.
    pub(super) tune: Tune,
}

/// An opened laboratory.
pub(super) struct Lab {
    /// As typed.
    pub(super) store: Option<PathBuf>,
    stop: Arc<AtomicBool>,
    observer: Box<dyn Observer>,
    root: SysRoot,
    /// The guard of the host's settings; absent when it is not to be tuned. It must go before the lock does.
    keeper: Option<Keeper>,
    /// Held while anything is built or measured; listing needs none.
    _lock: Option<HostLock>,
}

/// One stretch of measuring.
pub(super) struct Session<'a> {
    /// The Run as stored when the stretch begins.
    pub(super) run: &'a Run,
    /// What is still to do.
    pub(super) schedule: &'a [Scheduled],
    /// With what.
    pub(super) preparation: &'a Preparation,
    /// From 1.
    pub(super) number: u32,
    /// Since when its budget is being spent.
    pub(super) began: Instant,
    /// From where on an invocation is tainted.
    pub(super) thresholds: Thresholds,
}

impl Lab {
    /// Takes the host, or says who has it.
    pub(super) fn open(opening: Opening) -> Result<Self, CommandError> {
        let stop = stop_flag()?;
        let lock = acquire(opening.waiting, &stop)?;
        let keeper = Keeper::open(opening.tune, &lock)?;
        // What follows builds and runs code of others. It also is the first that may have threads.
        become_invoker()?;
        let observer = progress::open(opening.display);
        let store = opening.store;
        Ok(Self { store, stop, observer, root: SysRoot::live(), keeper, _lock: Some(lock) })
    }

    /// For commands that measure nothing.
    pub(super) fn open_unlocked(display: Display) -> Result<Self, CommandError> {
        Ok(Self {
            store: None,
            stop: stop_flag()?,
            observer: progress::open(display),
            root: SysRoot::live(),
            keeper: None,
            _lock: None,
        })
    }

    /// Builds the selected bench targets.
    pub(super) fn discover(
        &mut self,
        build: &BuildArguments,
        loudness: Loudness,
    ) -> Result<Workspace, CommandError> {
        let selection = Selection { stop: self.stop(), ..build.selection(loudness) };
        let observer = &mut self.observer;
        let mut say = |said: Said<'_>| match said {
            Said::Cargo(piece) => output::pass_on(piece),
            Said::Compiler(message) => observer.notice(&Event::Compiler(message)),
        };
        let discovered = workspace::discover(&selection, &mut say);
        let workspace = discovered.map_err(|error| self.interrupted_or(hints::workspace(&error)))?;
        for warning in &workspace.warnings {
            self.warn(warning);
        }
        Ok(workspace)
    }

    /// Claims, lists and filters. The inner error says that the person stopped it.
    pub(super) fn prepare(
        &mut self,
        workspace: &Workspace,
        plan: &Plan,
    ) -> Result<Result<Preparation, Stopped>, CommandError> {
        self.prepare_wanted(
            workspace,
            &Wanted {
                filter: Filter::new(&plan.filters),
                includes_ignored: plan.includes_ignored,
                time_ms: plan.time_ms,
            },
        )
    }

    /// The same without a plan.
    pub(super) fn prepare_wanted(
        &mut self,
        workspace: &Workspace,
        wanted: &Wanted,
    ) -> Result<Result<Preparation, Stopped>, CommandError> {
        match self.with_context(|context| prepare::prepare(context, workspace, wanted)) {
            Ok(preparation) => Ok(Ok(preparation)),
            Err(Refusal::Stopped) => Ok(Err(Stopped)),
            Err(Refusal::Harness(error)) => Err(CommandError::new(ExitCode::Usage, &error)),
        }
    }

    /// Runs a stage of the runner with this lab's processes, display and stop flag.
    pub(super) fn with_context<T>(&mut self, stage: impl FnOnce(&mut Context<'_>) -> T) -> T {
        let Self { root, keeper, observer, stop, .. } = self;
        let mut execute = |launch: &Launch<'_>| -> Result<Finished, SpawnError> {
            let enclosure = keeper.as_mut().map(|keeper| keeper as &mut dyn Enclosure);
            spawn::run_in(launch, root, enclosure)
        };
        stage(&mut Context { execute: &mut execute, observer: observer.as_mut(), stop })
    }

    /// The store for new Runs; made when it is not there.
    pub(super) fn create_store(&self, workspace_root: &Path) -> Result<Store, CommandError> {
        Store::create(&Location::of(self.store.as_deref(), workspace_root)).map_err(store_error)
    }

    /// Measures a session's schedule.
    pub(super) fn measure(
        &mut self,
        open: &mut OpenRun,
        session: &Session<'_>,
        pace: &mut Pace,
    ) -> Result<Ending, CommandError> {
        let plan = &session.run.plan;
        self.observer.notice(&Event::Begun {
            run: open.id(),
            benchmark_count: lab_core::schedule::benchmark_count(session.schedule),
            remaining_count: session.schedule.iter().filter(|scheduled| !scheduled.is_canary()).count(),
        });
        // Beside the Run, where the disk is that it is written to.
        let kernels = &session.run.canary.kernels;
        let canary = (!kernels.is_empty()).then(|| canary::prepared(kernels, open.folder()));
        let work = Work {
            plan,
            prepared: &session.preparation.prepared,
            canary: canary.as_ref(),
            schedule: session.schedule,
            earlier: &session.run.invocations,
            session: session.number,
            began: session.began,
            thresholds: session.thresholds,
        };
        self.with_context(|context| measure::measure(context, open, &work, pace)).map_err(store_error)
    }

    /// Plays a match with this lab's processes, display and stop flag.
    pub(super) fn with_ring<T>(
        &mut self,
        stage: impl FnOnce(duel::Context<'_>, &mut dyn Observer) -> T,
    ) -> T {
        let Self { root, keeper, observer, stop, .. } = self;
        let root: &SysRoot = root;
        // Both processes of a duel are started at once.
        let keeper = Mutex::new(keeper.as_mut());
        let execute = |launch: &Launch<'_>| -> Result<Finished, SpawnError> {
            spawn::run_in(launch, root, Some(&mut SharedKeeper(&keeper)))
        };
        stage(duel::Context { execute: &execute, stop }, observer.as_mut())
    }

    /// Tells the display.
    pub(super) fn tell(&mut self, event: &Event<'_>) {
        self.observer.notice(event);
    }

    /// Passes on what cargo and the compiler say.
    pub(super) fn pass_on(&mut self, said: Said<'_>) {
        match said {
            Said::Cargo(piece) => output::pass_on(piece),
            Said::Compiler(message) => self.observer.notice(&Event::Compiler(message)),
        }
    }

    /// Shows a warning.
    pub(super) fn warn(&mut self, warning: &Warning) {
        self.observer.notice(&Event::Warned(warning));
    }

    /// Before anything was measured there is nothing to keep.
    pub(super) fn stopped_before(&mut self) -> ExitCode {
        self.ended();
        ExitCode::Interrupted
    }

    /// Ends the progress display; what follows is the result.
    pub(super) fn ended(&mut self) {
        self.observer.notice(&Event::Ended);
    }

    /// The kernel's files.
    pub(super) fn root(&self) -> &SysRoot {
        &self.root
    }

    /// What ends a build when a person stops the lab.
    pub(super) fn stop(&self) -> Stop {
        Stop::at(&self.stop)
    }

    /// A build that Ctrl-C ended failed for that reason and no other.
    pub(super) fn interrupted_or(&self, error: CommandError) -> CommandError {
        if self.stop.load(Ordering::SeqCst) {
            CommandError::text(ExitCode::Interrupted, "stopped before anything was measured")
        } else {
            error
        }
    }
}

/// Gives up rights that were lent through sudo, for good.
fn become_invoker() -> Result<(), CommandError> {
    let invoker = Invoker::of_process().and_then(|invoker| match invoker {
        Some(invoker) => invoker.become_for_good(),
        None => Ok(()),
    });
    invoker.map_err(|error| {
        CommandError::new(ExitCode::HostRefused, &error)
            .hint("started through sudo, benchmarks run as the user who did; run it as root itself to have them as root")
    })
}

/// Whether a skipped target is somebody's mistake: it was meant to be measured, and could not be.
pub(super) fn is_failure(skip: &Skip) -> bool {
    match skip {
        Skip::BuildFailed(_) | Skip::ListFailed(_) => true,
        Skip::NeedsFeatures(_) | Skip::UnknownHarness(_) | Skip::NoBenchmarks | Skip::Declined => false,
    }
}
