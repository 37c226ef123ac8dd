//! The host's settings for the time of a Run: started with the lock, applied before the pilots, put back before the seal.
//!
//! It says in the Run what could not be set, and it leaves the host untuned rather than the user without a Run, unless
//! tuning was required.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use lab_core::cpulist::CpuList;
use lab_core::machine::KnobWish;
use lab_core::model::{Environment, FactClass, FactValue, KnobRecord, Plan, Warning};

use super::error::CommandError;
use super::exit::ExitCode;
use super::tuning::Tune;
use crate::host::guard::Reach;
use crate::host::lock::HostLock;
use crate::host::session::{
    GroupNote, KernelFiles, Place, Program, Report, Request, Session, SessionError, Wanted, guard_in_unit,
};
use crate::host::{cpuset, guard, knob};
use crate::runner::enclosure::Enclosure;
use crate::runner::spawn::THIS_PROGRAM;

/// Name of the program that may be given root's rights; it lies beside this one.
pub(super) const HOSTCTL: &str = "bench-lab-hostctl";

/// A session of the host's settings.
#[derive(Debug)]
pub(super) struct Keeper {
    session: Session,
    tune: Tune,
    /// CPUs of the group that benchmarks are moved into; absent without a group.
    apart: Option<CpuList>,
    /// What is to be told when there is a Run to tell it.
    notes: Vec<Warning>,
}

/// What benchmarks run in.
#[derive(Debug, Default)]
pub(super) struct Apart {
    /// The group; absent when there is none.
    group: Option<GroupNote>,
}

impl Keeper {
    /// Starts the guard, with the rights that this process has now or that sudo lends without asking.
    pub(super) fn open(tune: Tune, lock: &HostLock) -> Result<Option<Self>, CommandError> {
        let is_root = rustix::process::geteuid().is_root();
        let mut notes = Vec::new();
        let started = match tune {
            Tune::Off => return Ok(None),
            Tune::Require if !is_root => Session::start(&through_sudo()?, None),
            Tune::Auto | Tune::Require => start_here(lock, &mut notes),
        };
        match started {
            Ok(session) => Ok(Some(Self { session, tune, apart: None, notes })),
            Err(error) => Err(refused(&error)),
        }
    }

    /// Applies every knob for the CPUs of a plan. The keeper is used up where the host stays as it is.
    pub(super) fn apply(
        mut self,
        plan: &Plan,
        wishes: &BTreeMap<String, KnobWish>,
    ) -> Result<(Option<Self>, Report), CommandError> {
        let cpus: CpuList = plan.cpus.iter().copied().collect();
        let report = match self.session.apply(&request(None, wishes, &cpus.to_string())) {
            Ok(mut report) => {
                report.warnings.splice(0..0, self.notes.drain(..));
                report
            }
            Err(error) if self.tune == Tune::Require => return Err(refused(&error)),
            Err(error) => {
                let warning = Warning::new(
                    "host_not_tuned",
                    "",
                    CommandError::new(ExitCode::HostRefused, &error).message(),
                );
                return Ok((None, Report { knobs: Vec::new(), warnings: vec![warning] }));
            }
        };
        self.refuse_missing(&report)?;
        Ok((Some(self), report))
    }

    /// Has a group made that keeps others off the CPUs of a plan. Without one benchmarks share them, and the Run says
    /// so.
    pub(super) fn set_apart(
        &mut self,
        plan: &Plan,
        needs_threads: bool,
    ) -> Result<(Report, Apart), CommandError> {
        let bench: CpuList = plan.cpus.iter().copied().collect();
        let threaded: Option<CpuList> = needs_threads.then(|| plan.threaded_cpus.iter().copied().collect());
        match self.session.set_apart(&bench, threaded.as_ref()) {
            Ok((group, report)) => {
                self.refuse_missing(&report)?;
                self.apart = group.as_ref().and_then(|group| group.cpus.parse().ok());
                Ok((report, Apart { group }))
            }
            Err(error) if self.tune == Tune::Require => Err(refused(&error)),
            Err(error) => {
                let text = CommandError::new(ExitCode::HostRefused, &error).message().to_owned();
                let warnings = vec![Warning::new("cpuset_not_reached", "", text)];
                Ok((Report { knobs: Vec::new(), warnings }, Apart::default()))
            }
        }
    }

    /// Where tuning is required, less than all of it is no Run.
    fn refuse_missing(&self, report: &Report) -> Result<(), CommandError> {
        let missing: Vec<&str> =
            report.knobs.iter().filter(|knob| knob.is_missing()).map(|knob| knob.knob.as_str()).collect();
        if self.tune == Tune::Require && !missing.is_empty() {
            let message = format!("not everything is in force: {}", listed(&missing, &report.warnings));
            return Err(CommandError::text(ExitCode::HostRefused, message)
                .hint("bench-lab tune status shows every file; --tune auto measures all the same"));
        }
        Ok(())
    }

    /// Has everything put back. What is not becomes a warning.
    pub(super) fn finish(self) -> Vec<Warning> {
        match self.session.finish() {
            Ok(end) => end.warnings,
            Err(error) => after_the_guard(&error),
        }
    }
}

/// What is recorded where a machine's definition wants no group.
pub(super) fn left_together() -> Report {
    let nothing_here = Some(knob::LEFT_ALONE.to_owned());
    let record = KnobRecord { knob: cpuset::KNOB.into(), settings: Vec::new(), nothing_here };
    Report { knobs: vec![record], warnings: Vec::new() }
}

impl Apart {
    /// Adds it to what a Run records: measured with others kept off and without are two configurations.
    pub(super) fn insert(&self, environment: &mut Environment) {
        let kind = self.group.as_ref().map_or("none", |group| group.kind.as_str()).to_owned();
        let source = "control group of the benchmarks";
        environment.insert("isolation.bench_group", FactClass::Configuration, source, FactValue::Text(kind));
    }
}

impl Enclosure for Keeper {
    fn holds(&self, cpus: &[u32]) -> bool {
        self.apart.as_ref().is_some_and(|apart| cpus.iter().all(|cpu| apart.contains(*cpu)))
    }

    fn admit(&mut self, pid: u32) -> Result<(), String> {
        self.session.admit(pid).map_err(|error| error.to_string())
    }
}

/// What this program asks of a guard.
pub(super) fn request(
    knobs: Option<Vec<String>>,
    wishes: &BTreeMap<String, KnobWish>,
    bench_cpus: &str,
) -> Request {
    let words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let user = ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    Request::Apply {
        knobs,
        wishes: wishes.iter().map(|(knob, wish)| (knob.clone(), Wanted::from(wish))).collect(),
        bench_cpus: bench_cpus.to_owned(),
        command: words.collect::<Vec<_>>().join(" "),
        user: user.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw())),
    }
}

/// This program as guard.
pub(super) fn this_program() -> Program {
    Program { path: THIS_PROGRAM.into(), arguments: vec![guard::VERB.into()] }
}

/// Starts the guard with the rights of this process: under systemd in a unit of its own, else, or where systemd will not,
/// as a child.
fn start_here(lock: &HostLock, notes: &mut Vec<Warning>) -> Result<Session, SessionError> {
    let place = Place::of_process();
    let in_unit = std::env::current_exe().ok().and_then(|this| guard_in_unit(&place, &this));
    match in_unit.map(|program| Session::start(&program, Some(lock))) {
        Some(Ok(session)) => return Ok(session),
        Some(Err(error)) => {
            let text = format!(
                "systemd started no unit for the guard ({error}), so it is a child of this process: if both are killed, \
                 the next session puts the host back"
            );
            notes.push(Warning::new("guard_without_unit", "systemd-run", text));
        }
        None => {}
    }
    Session::start(&this_program(), Some(lock))
}

/// The guard was killed: what it left is put back here if this process may, and by the next session otherwise.
fn after_the_guard(error: &SessionError) -> Vec<Warning> {
    let mut warnings = vec![Warning::new(
        "guard_lost",
        "",
        format!("{error}: the host may not have been as set while benchmarks ran"),
    )];
    match guard::restore_by_hand(&KernelFiles, &Place::of_process(), Reach::Crashed) {
        Ok(recovery) => warnings.extend(guard::told(&recovery)),
        Err(why) => {
            let text = format!("{why}; sudo bench-lab tune restore puts the host's settings back");
            warnings.push(Warning::new("tuning_not_restored", "", text));
        }
    }
    warnings
}

fn through_sudo() -> Result<Program, CommandError> {
    let this = std::env::current_exe().map_err(|error| CommandError::new(ExitCode::HostRefused, &error))?;
    let hostctl: PathBuf = this.with_file_name(HOSTCTL);
    let arguments = ["-n".into(), hostctl.into_os_string(), "hold".into()];
    Ok(Program { path: "sudo".into(), arguments: arguments.into_iter().collect::<Vec<OsString>>() })
}

fn refused(error: &SessionError) -> CommandError {
    CommandError::new(ExitCode::HostRefused, error).hint(
        "--tune off measures without touching the host; --tune require needs root, or a sudoers rule for \
         bench-lab-hostctl",
    )
}

fn listed(ids: &[&str], warnings: &[Warning]) -> String {
    let reasons: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    if reasons.is_empty() { ids.join(", ") } else { reasons.join("; ") }
}
