//! Applies knobs: journal, write, read back, one setting after the other.
//!
//! It never says that something is set without having read it back, and never writes what it could not put back.

use std::io;

use lab_core::cpulist::CpuList;
use lab_core::model::{KnobRecord, Setting, SettingOutcome, Warning};

use super::journal::{Intent, Line};
use super::knob::{self, Knob, Scene, Shape};
use super::session::{Files, Held, Recorder, shape};
use super::sysfs::SysRoot;
use super::topology;

/// What knobs are applied to.
#[derive(Clone, Copy)]
pub struct Stage<'a> {
    /// The door to the files.
    pub files: &'a dyn Files,
    /// Where they are.
    pub root: &'a SysRoot,
    /// CPUs that benchmarks run on.
    pub bench_cpus: &'a CpuList,
}

/// What was applied.
#[derive(Default)]
pub struct Applied {
    /// Knob by knob.
    pub knobs: Vec<KnobRecord>,
    /// What ends with its descriptors.
    pub held: Vec<Held>,
    /// Each setting that was tried or found in force, with its place in `knobs`.
    tried: Vec<Tried>,
}

struct Tried {
    knob: usize,
    setting: usize,
    wish: knob::Setting,
    /// Number of its journal line; absent when nothing was written.
    sequence: Option<u32>,
}

/// Applies the knobs in their order. Whatever is refused is recorded as that, and the next one is tried.
pub fn apply(stage: &Stage<'_>, knobs: &[&dyn Knob], recorder: &mut Recorder) -> Applied {
    let mut applied = Applied::default();
    let mut topology = topology::read(stage.root);
    for knob in knobs {
        let housekeeping_cpus = topology.housekeeping(stage.bench_cpus);
        let scene = Scene {
            root: stage.root,
            topology: &topology,
            bench_cpus: stage.bench_cpus,
            housekeeping_cpus: &housekeeping_cpus,
        };
        match knob.settings(&scene) {
            Ok(wishes) => {
                let moves_cpus = wishes.iter().any(|wish| is_cpu_switch(&wish.path));
                applied.apply_knob(stage, knob.id(), wishes, recorder);
                if moves_cpus {
                    topology = topology::read(stage.root);
                }
            }
            Err(why) => applied.knobs.push(KnobRecord {
                knob: knob.id().into(),
                settings: Vec::new(),
                nothing_here: Some(why),
            }),
        }
    }
    applied.read_again(stage, recorder);
    applied
}

/// Whether a file switches CPUs on and off: they come back before everything else.
pub(super) fn is_cpu_switch(path: &str) -> bool {
    path.starts_with("/sys/devices/system/cpu/") && (path.ends_with("/online") || path.ends_with("/smt/control"))
}

impl Applied {
    fn apply_knob(&mut self, stage: &Stage<'_>, id: &str, wishes: Vec<knob::Setting>, recorder: &mut Recorder) {
        let knob = self.knobs.len();
        self.knobs.push(KnobRecord { knob: id.into(), settings: Vec::new(), nothing_here: None });
        for wish in wishes {
            let (record, sequence) = if wish.shape == Shape::Held {
                (self.hold(stage, &wish), None)
            } else {
                set(stage, id, &wish, recorder)
            };
            let setting = self.knobs[knob].settings.len();
            self.knobs[knob].settings.push(record);
            self.tried.push(Tried { knob, setting, wish, sequence });
        }
    }

    /// A wish that lives with a descriptor needs no journal. Less than asked for is as good: another process may hold
    /// a stricter one (kernel: `Documentation/power/pm_qos_interface.rst`).
    fn hold(&mut self, stage: &Stage<'_>, wish: &knob::Setting) -> Setting {
        let Ok(value) = wish.wanted.parse::<i32>() else {
            return record(wish, None, SettingOutcome::Refused, Some("it takes a number only".into()));
        };
        match stage.files.hold(&stage.root.path(&wish.path), value) {
            Ok((held, reached)) => {
                self.held.push(held);
                let outcome = if reached <= value { SettingOutcome::Set } else { SettingOutcome::NotTaken };
                Setting { reached: Some(reached.to_string()), ..record(wish, None, outcome, None) }
            }
            Err(error) => record(wish, None, refusal(&error), Some(error.to_string())),
        }
    }

    /// Reads everything again when all is written: one knob may undo another (a new governor resets the turbo switch),
    /// and a CPU that went offline takes its files along.
    fn read_again(&mut self, stage: &Stage<'_>, recorder: &mut Recorder) {
        for tried in self.tried.iter().filter(|tried| tried.wish.shape != Shape::Held) {
            let setting = &mut self.knobs[tried.knob].settings[tried.setting];
            let Ok(now) = read(stage, &tried.wish) else {
                if setting.outcome.is_in_force() {
                    setting.outcome = SettingOutcome::Vanished;
                    setting.reason = Some("it was there when it was set".into());
                }
                continue;
            };
            let moved = setting.reached.as_deref().is_none_or(|reached| !same(&tried.wish, reached, &now));
            if moved && let Some(sequence) = tried.sequence {
                recorder.reached(stage.files, sequence, &now);
            }
            if setting.outcome.is_in_force() && !same(&tried.wish, &now, &tried.wish.wanted) {
                setting.outcome = SettingOutcome::NotTaken;
                setting.reason = Some("it was in force, and a later setting changed it".into());
            }
            setting.reached = Some(now);
        }
        recorder.note(stage.files, &Line::Applied {});
    }

    /// What is in force no more, though it was: somebody or something changed it while benchmarks ran.
    pub fn lost(&self, files: &dyn Files, root: &SysRoot) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for tried in &self.tried {
            let setting = &self.knobs[tried.knob].settings[tried.setting];
            let is_steady = !matches!(tried.wish.shape, Shape::Held | Shape::Drifting);
            if !(setting.outcome.is_in_force() && is_steady) {
                continue;
            }
            let now = files
                .read(&root.path(&tried.wish.path))
                .map_err(|error| error.to_string())
                .and_then(|text| shape::in_force(tried.wish.shape, &text));
            let text = match now {
                Ok(now) if same(&tried.wish, &now, &tried.wish.wanted) => continue,
                Ok(now) => format!("was {} when the session began, and is {now} at its end", setting.wanted),
                Err(why) => format!("was {} when the session began, and cannot be read at its end: {why}", setting.wanted),
            };
            let subject = format!("{} ({})", self.knobs[tried.knob].knob, setting.path);
            warnings.push(Warning::new("tuning_lost", subject, text));
        }
        warnings
    }
}

/// One setting from original to read-back, with the number of its journal line.
fn set(stage: &Stage<'_>, id: &str, wish: &knob::Setting, recorder: &mut Recorder) -> (Setting, Option<u32>) {
    let original = match read(stage, wish) {
        Ok(original) => original,
        Err(Unread::Gone) => return (record(wish, None, SettingOutcome::Vanished, None), None),
        Err(Unread::Because(why)) => {
            return (record(wish, None, SettingOutcome::Unreadable, Some(why)), None);
        }
    };
    let before = Some(original.clone());
    if same(wish, &original, &wish.wanted) {
        return (record(wish, before, SettingOutcome::Already, None), None);
    }
    let intent = Intent {
        sequence: 0,
        knob: id.into(),
        path: wish.path.clone(),
        original,
        wanted: wish.wanted.clone(),
        shape: wish.shape,
        owner: wish.owner.clone(),
    };
    let sequence = match recorder.intend(stage.files, intent) {
        Ok(sequence) => sequence,
        Err(why) => return (record(wish, before, SettingOutcome::Refused, Some(why)), None),
    };
    let written = stage.files.write(&stage.root.path(&wish.path), &wish.wanted);
    let reached = read(stage, wish);
    if let Ok(reached) = &reached {
        recorder.reached(stage.files, sequence, reached);
    }
    let (outcome, reason) = match (written, &reached) {
        (Err(error), _) => (refusal(&error), Some(error.to_string())),
        (Ok(()), Ok(now)) if same(wish, now, &wish.wanted) => (SettingOutcome::Set, None),
        (Ok(()), Ok(now)) => (SettingOutcome::NotTaken, Some(format!("the write was taken, and {now:?} is in force"))),
        (Ok(()), Err(Unread::Gone)) => (SettingOutcome::Vanished, None),
        (Ok(()), Err(Unread::Because(why))) => (SettingOutcome::Unreadable, Some(why.clone())),
    };
    (Setting { reached: reached.ok(), ..record(wish, before, outcome, reason) }, Some(sequence))
}

/// Why a file gave no value.
enum Unread {
    Gone,
    Because(String),
}

fn read(stage: &Stage<'_>, wish: &knob::Setting) -> Result<String, Unread> {
    match stage.files.read(&stage.root.path(&wish.path)) {
        Ok(text) => shape::in_force(wish.shape, &text).map_err(Unread::Because),
        Err(error) if is_gone(&error) => Err(Unread::Gone),
        Err(error) => Err(Unread::Because(error.to_string())),
    }
}

fn same(wish: &knob::Setting, one: &str, other: &str) -> bool {
    shape::is_same(wish.shape, one, other)
}

/// Whether the kernel says that there is no such file, or that its device left while it was open.
pub(super) fn is_gone(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ENODEV | libc::ENXIO | libc::ENOTDIR))
}

fn refusal(error: &io::Error) -> SettingOutcome {
    match error.raw_os_error() {
        Some(libc::EROFS) => SettingOutcome::ReadOnly,
        _ if is_gone(error) => SettingOutcome::Vanished,
        _ => SettingOutcome::Refused,
    }
}

fn record(wish: &knob::Setting, original: Option<String>, outcome: SettingOutcome, reason: Option<String>) -> Setting {
    let reached = if outcome == SettingOutcome::Already { original.clone() } else { None };
    Setting { path: wish.path.clone(), original, wanted: wish.wanted.clone(), reached, outcome, reason }
}
