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
}

/// Applies the knobs in their order. Every original is read and on the disk before the first write, since one knob may
/// move the files of another. Whatever is refused is recorded as that, and the next one is tried.
pub fn apply(stage: &Stage<'_>, knobs: &[&dyn Knob], recorder: &mut Recorder) -> Applied {
    let mut applied = Applied::declare(stage, knobs);
    let intents = applied.intents();
    let is_needed =
        intents.iter().any(|intent| !shape::is_same(intent.shape, &intent.original, &intent.wanted));
    let begun = if is_needed { recorder.begin(stage.files, &intents) } else { Ok(()) };
    applied.write(stage, recorder, begun.err());
    applied.read_again(stage, recorder);
    applied
}

/// Whether a file switches CPUs on and off: they come back before everything else.
pub(super) fn is_cpu_switch(path: &str) -> bool {
    path.starts_with("/sys/devices/system/cpu/")
        && (path.ends_with("/online") || path.ends_with("/smt/control"))
}

impl Applied {
    /// Asks every knob what it wants and reads what is in force.
    fn declare(stage: &Stage<'_>, knobs: &[&dyn Knob]) -> Self {
        let topology = topology::read(stage.root);
        let housekeeping_cpus = topology.housekeeping(stage.bench_cpus);
        let scene = Scene {
            root: stage.root,
            topology: &topology,
            bench_cpus: stage.bench_cpus,
            housekeeping_cpus: &housekeeping_cpus,
        };
        let mut applied = Self::default();
        for knob in knobs {
            let (wishes, nothing_here) = match knob.settings(&scene) {
                Ok(wishes) => (wishes, None),
                Err(why) => (Vec::new(), Some(why)),
            };
            let settings = wishes.iter().map(|wish| find(stage, wish)).collect();
            let place = applied.knobs.len();
            applied.knobs.push(KnobRecord { knob: knob.id().into(), settings, nothing_here });
            let tried = wishes.into_iter().enumerate();
            applied.tried.extend(tried.map(|(setting, wish)| Tried { knob: place, setting, wish }));
        }
        applied
    }

    /// Every file whose original is known; what cannot be read is not written.
    fn intents(&self) -> Vec<Intent> {
        let intents = self.tried.iter().filter(|tried| tried.wish.shape != Shape::Held).filter_map(|tried| {
            let setting = &self.knobs[tried.knob].settings[tried.setting];
            Some(Intent {
                knob: self.knobs[tried.knob].knob.clone(),
                path: tried.wish.path.clone(),
                original: setting.original.clone()?,
                wanted: tried.wish.wanted.clone(),
                shape: tried.wish.shape,
                owner: tried.wish.owner.clone(),
            })
        });
        intents.collect()
    }

    /// Writes in order, or refuses for want of a journal.
    fn write(&mut self, stage: &Stage<'_>, recorder: &mut Recorder, refusal: Option<String>) {
        for tried in &self.tried {
            let setting = &mut self.knobs[tried.knob].settings[tried.setting];
            let wish = &tried.wish;
            if wish.shape == Shape::Held {
                hold(stage, wish, setting, &mut self.held);
            } else if setting.original.is_some() {
                set(stage, wish, setting, recorder, refusal.as_deref());
            }
        }
    }

    /// Reads everything again when all is written: one knob may undo another (a new governor resets the turbo switch),
    /// and a CPU that went offline takes its files along.
    fn read_again(&mut self, stage: &Stage<'_>, recorder: &mut Recorder) {
        for tried in self.tried.iter().filter(|tried| tried.wish.shape != Shape::Held) {
            let setting = &mut self.knobs[tried.knob].settings[tried.setting];
            if tried.wish.shape == Shape::Drifting && setting.outcome == SettingOutcome::Already {
                // It was declared to be brought back (a governor takes its tunables along), and may be gone until then.
                continue;
            }
            let Ok(now) = read(stage, &tried.wish) else {
                if setting.outcome.is_in_force() {
                    setting.outcome = SettingOutcome::Vanished;
                    setting.reason = Some("it was there when it was set".into());
                }
                continue;
            };
            if !same(&tried.wish, &now, &tried.wish.wanted) && setting.reached.as_ref() != Some(&now) {
                recorder.reached(stage.files, &tried.wish.path, &now);
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
                Err(why) => format!(
                    "was {} when the session began, and cannot be read at its end: {why}",
                    setting.wanted
                ),
            };
            let subject = format!("{} ({})", self.knobs[tried.knob].knob, setting.path);
            warnings.push(Warning::new("tuning_lost", subject, text));
        }
        warnings
    }
}

/// The record of a wish before anything is written.
fn find(stage: &Stage<'_>, wish: &knob::Setting) -> Setting {
    let mut found = Setting {
        path: wish.path.clone(),
        original: None,
        wanted: wish.wanted.clone(),
        reached: None,
        outcome: SettingOutcome::Refused,
        reason: None,
    };
    if wish.shape == Shape::Held {
        return found;
    }
    match read(stage, wish) {
        Ok(original) => {
            found.reached = Some(original.clone());
            found.original = Some(original);
        }
        Err(Unread::Gone) => found.outcome = SettingOutcome::Vanished,
        Err(Unread::Because(why)) => {
            found.outcome = SettingOutcome::Unreadable;
            found.reason = Some(why);
        }
    }
    found
}

/// Opens a file whose value lives with its descriptor, and so needs no journal. Less than asked for is as good: another
/// process may hold a stricter one (kernel: `Documentation/power/pm_qos_interface.rst`).
fn hold(stage: &Stage<'_>, wish: &knob::Setting, setting: &mut Setting, held: &mut Vec<Held>) {
    let Ok(value) = wish.wanted.parse::<i32>() else {
        setting.reason = Some("it takes a number only".into());
        return;
    };
    match stage.files.hold(&stage.root.path(&wish.path), value) {
        Ok((file, reached)) => {
            held.push(file);
            setting.outcome = if reached <= value { SettingOutcome::Set } else { SettingOutcome::NotTaken };
            setting.reached = Some(reached.to_string());
        }
        Err(error) => refuse(setting, &error),
    }
}

/// One write with its read-back.
fn set(
    stage: &Stage<'_>,
    wish: &knob::Setting,
    setting: &mut Setting,
    recorder: &mut Recorder,
    refusal: Option<&str>,
) {
    let is_wanted = |value: &str| same(wish, value, &wish.wanted);
    // Read again: an earlier knob may have moved it, to the wanted value or away from it.
    if let Ok(now) = read(stage, wish)
        && is_wanted(&now)
    {
        let was_so = setting.original.as_deref().is_some_and(is_wanted);
        setting.outcome = if was_so { SettingOutcome::Already } else { SettingOutcome::Set };
        setting.reached = Some(now);
        return;
    }
    if let Some(why) = refusal {
        setting.reason = Some(why.to_owned());
        return;
    }
    let written = stage.files.write(&stage.root.path(&wish.path), &wish.wanted);
    let reached = read(stage, wish);
    setting.reached = reached.as_ref().ok().cloned();
    if let Some(now) = setting.reached.as_deref().filter(|now| !is_wanted(now)) {
        recorder.reached(stage.files, &wish.path, now);
    }
    match (written, reached) {
        (Err(error), _) => refuse(setting, &error),
        (Ok(()), Ok(now)) if is_wanted(&now) => setting.outcome = SettingOutcome::Set,
        (Ok(()), Ok(now)) => {
            setting.outcome = SettingOutcome::NotTaken;
            setting.reason = Some(format!("the write was taken, and {now:?} is in force"));
        }
        (Ok(()), Err(Unread::Gone)) => setting.outcome = SettingOutcome::Vanished,
        (Ok(()), Err(Unread::Because(why))) => {
            setting.outcome = SettingOutcome::Unreadable;
            setting.reason = Some(why);
        }
    }
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

/// Records the kernel's refusal.
pub(super) fn refuse(setting: &mut Setting, error: &io::Error) {
    setting.reason = Some(error.to_string());
    setting.outcome = match error.raw_os_error() {
        Some(libc::EROFS) => SettingOutcome::ReadOnly,
        _ if is_gone(error) => SettingOutcome::Vanished,
        _ => SettingOutcome::Refused,
    };
}
