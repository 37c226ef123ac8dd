//! A group for the benchmarks: made, read back, and given processes.
//!
//! It is never made before the journal names it, and no partition counts as one that does not read back as valid.

use lab_core::cpulist::CpuList;
use lab_core::cpuset::{self, Partition, Seats, Standing, Version, Wish};
use lab_core::model::{KnobRecord, Setting, SettingOutcome, Warning};

use super::hierarchy::{self, Hierarchy};
use super::name::{self, GroupIntent};
use super::{stale, undo};
use crate::host::apply::refuse;
use crate::host::process::Process;
use crate::host::session::{Files, GroupNote, Recorder};
use crate::host::sysfs::{Absence, SysRoot};
use crate::host::topology;

/// What stands for it where knobs are named: in a Run, in a definition.
pub const KNOB: &str = "cpuset";

/// What it does to measurements while there is none, one sentence.
pub const WHY: &str =
    "whatever else runs on this host may run on the bench CPUs, between and during measurements";

/// Where groups are made, and for whom.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The door to the files.
    pub files: &'a dyn Files,
    /// Where they are.
    pub root: &'a SysRoot,
    /// The process that takes the group away again.
    pub guard: Process,
}

/// A group that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    intent: GroupIntent,
    /// What is in force; absent for version 1.
    partition: Option<Partition>,
}

/// What came of the wish for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apart {
    /// Absent when there is none.
    pub group: Option<Group>,
    /// For the Run.
    pub record: KnobRecord,
    /// What a reader must know.
    pub warnings: Vec<Warning>,
}

/// Makes the group that sets these CPUs apart best on this host, for children of the process `runner`.
pub fn set_apart(
    ground: &Ground<'_>,
    seats: &Seats<'_>,
    runner: Option<u32>,
    recorder: &mut Recorder,
) -> Apart {
    match choose(ground.root, seats, runner) {
        Ok((wish, hierarchy)) => make(ground, &hierarchy, &wish, recorder),
        Err(why) => {
            let record = KnobRecord { knob: KNOB.into(), settings: Vec::new(), nothing_here: Some(why) };
            Apart { group: None, record, warnings: Vec::new() }
        }
    }
}

/// What to ask for on this host, and where.
///
/// # Errors
/// Why there is nothing to ask for.
pub(super) fn choose(
    root: &SysRoot,
    seats: &Seats<'_>,
    runner: Option<u32>,
) -> Result<(Wish, Hierarchy), Absence> {
    let hierarchy = hierarchy::find(root, runner)?;
    let release = root.read("/proc/sys/kernel/osrelease").unwrap_or_default();
    let online = topology::read(root).online();
    let kernel = cpuset::kernel_version(&release);
    let host = cpuset::Host { version: hierarchy.version, kernel, online: &online };
    Ok((cpuset::wish(&host, seats)?, hierarchy))
}

/// Makes the group of a wish: journal, controller, folder, memory nodes, CPUs, partition.
pub fn make(ground: &Ground<'_>, hierarchy: &Hierarchy, wish: &Wish, recorder: &mut Recorder) -> Apart {
    let mut warnings = stale::remove(ground.files, ground.root, &hierarchy.home);
    let mut cpus = Setting {
        path: format!("{}/{}/cpuset.cpus", hierarchy.home, name::of(ground.guard)),
        original: None,
        wanted: wish.cpus.to_string(),
        reached: None,
        outcome: SettingOutcome::Refused,
        reason: None,
    };
    let mut settings = Vec::new();
    let group = match build(ground, hierarchy, wish, recorder, &mut cpus) {
        Some(intent) => {
            // Version 1 is left at that: `cpuset.cpu_exclusive` keeps no process off, and would have the kernel refuse
            // every group with these CPUs that another tool, a container's for one, makes meanwhile.
            let (partition, more) = match intent.version {
                Version::V1 => (None, None),
                Version::V2 => partition(ground, &intent, &wish.partitions),
            };
            settings.extend(more);
            let group = Group { intent, partition };
            // A partition that is refused can leave a group without a CPU, so this is read at the end.
            group.confirm(ground, &mut cpus).then_some(group)
        }
        None => None,
    };
    settings.insert(0, cpus);
    warnings.extend(settings.iter().filter_map(worth_telling));
    if let (Some(group), Some(why)) = (&group, &wish.renounced) {
        warnings.push(Warning::new("cpuset_shared", &group.intent.path, why));
    }
    Apart { group, record: KnobRecord { knob: KNOB.into(), settings, nothing_here: None }, warnings }
}

/// Makes it and gives it its CPUs; takes it away again where the kernel refuses a step.
fn build(
    ground: &Ground<'_>,
    hierarchy: &Hierarchy,
    wish: &Wish,
    recorder: &mut Recorder,
    cpus: &mut Setting,
) -> Option<GroupIntent> {
    let Ground { files, root, guard } = *ground;
    let read = |path: &str| files.read(&root.path(path));
    let write = |path: &str, text: &str| files.write(&root.path(path), text);
    let Hierarchy { version, home, origin } = hierarchy;
    let switch = undo::controller_switch(home);
    let enables_controller = match version {
        Version::V1 => false,
        Version::V2 => match read(&switch) {
            Ok(text) => !undo::is_enabled(&text),
            Err(error) => {
                refuse(cpus, &error);
                return None;
            }
        },
    };
    let intent = GroupIntent {
        path: format!("{home}/{}", name::of(guard)),
        home: home.clone(),
        origin: origin.clone(),
        version: *version,
        cpus: wish.cpus.to_string(),
        enables_controller,
    };
    if let Err(why) = recorder.announce(files, &intent) {
        cpus.reason = Some(why);
        return None;
    }
    let made = || {
        if enables_controller {
            write(&switch, undo::ENABLE)?;
        }
        files.make_folder(&root.path(&intent.path))?;
        if *version == Version::V1 {
            // Without memory nodes of its own a group of version 1 takes no process. In version 2 it has those above.
            write(&intent.file("cpuset.mems"), read(&format!("{home}/cpuset.mems"))?.trim())?;
        }
        write(&intent.file("cpuset.cpus"), &intent.cpus)
    };
    match made() {
        Ok(()) => Some(intent),
        Err(error) => {
            refuse(cpus, &error);
            if *version == Version::V1 && error.raw_os_error() == Some(libc::EINVAL) {
                cpus.reason = Some(format!("{error}: a group beside it may have them for itself alone"));
            }
            // What cannot be taken away now stays in the journal, and is told when it is replayed.
            let _ = undo::take_away(files, root, &intent);
            None
        }
    }
}

/// Version 2: the first kind that reads back as valid.
fn partition(
    ground: &Ground<'_>,
    intent: &GroupIntent,
    kinds: &[Partition],
) -> (Option<Partition>, Option<Setting>) {
    let path = intent.file("cpuset.cpus.partition");
    let real = ground.root.path(&path);
    let wanted = kinds.first().copied().unwrap_or(Partition::Member);
    if wanted == Partition::Member {
        // What every new group is.
        return (Some(wanted), None);
    }
    let mut refusals = Vec::new();
    let mut reached = None;
    let mut text = None;
    for kind in kinds {
        let written = ground.files.write(&real, kind.id());
        text = ground.files.read(&real).ok().map(|text| text.trim().to_owned());
        if text.as_deref().and_then(Standing::read).is_some_and(|standing| standing.is(*kind)) {
            reached = Some(*kind);
            break;
        }
        refusals.push(match (written, &text) {
            (Err(error), _) => format!("{kind}: {error}"),
            (Ok(()), Some(text)) => text.clone(),
            (Ok(()), None) => format!("{kind}: cannot be read back"),
        });
    }
    let outcome = if reached == Some(wanted) { SettingOutcome::Set } else { SettingOutcome::NotTaken };
    let reason = (!refusals.is_empty()).then(|| refusals.join("; "));
    (
        reached,
        Some(Setting { path, original: None, wanted: wanted.id().into(), reached: text, outcome, reason }),
    )
}

/// Why benchmarks are set apart less than they could be, if so.
fn worth_telling(setting: &Setting) -> Option<Warning> {
    if setting.outcome.is_in_force() {
        return None;
    }
    let reason = setting.reason.as_deref().unwrap_or("the kernel gives no reason");
    let now = setting.reached.as_deref().map(|now| format!(", {now:?} is in force")).unwrap_or_default();
    let outcome = setting.outcome.id().replace('_', " ");
    let text = format!(
        "{} {outcome} ({reason}){now}: what else runs on this host may run on the bench CPUs",
        setting.wanted
    );
    Some(Warning::new("cpuset_not_reached", &setting.path, text))
}

impl Group {
    /// The folder.
    pub fn path(&self) -> &str {
        &self.intent.path
    }

    /// For the session.
    pub fn to_note(&self) -> GroupNote {
        let GroupIntent { path, cpus, .. } = self.intent.clone();
        let kind = self.partition.map_or("v1", Partition::id);
        GroupNote { path, kind: kind.into(), cpus }
    }

    /// Moves a process in.
    ///
    /// # Errors
    /// The kernel's.
    pub fn admit(&self, files: &dyn Files, root: &SysRoot, pid: u32) -> std::io::Result<()> {
        files.write(&root.path(&self.intent.file("cgroup.procs")), &pid.to_string())
    }

    /// What is in force no more, though it was.
    pub fn lost(&self, files: &dyn Files, root: &SysRoot) -> Vec<Warning> {
        let read =
            |name: &str| files.read(&root.path(&self.intent.file(name))).map_err(|error| error.to_string());
        let mut warnings = Vec::new();
        let mut lose = |was: &str, now: Result<String, String>| {
            let now =
                now.map_or_else(|why| format!("cannot be read: {why}"), |text| format!("is {}", text.trim()));
            let text = format!("was {was} when it was made, and {now} at the end");
            warnings.push(Warning::new("tuning_lost", format!("{KNOB} ({})", self.intent.path), text));
        };
        let cpus = effective(files, root, &self.intent);
        if !is_list(cpus.as_deref().unwrap_or(""), &self.intent.cpus) {
            lose(&self.intent.cpus, cpus.ok_or_else(|| "it is gone".to_owned()));
        } else if let Some(partition) = self.partition.filter(|partition| *partition != Partition::Member) {
            let text = read("cpuset.cpus.partition");
            if !text.as_deref().ok().and_then(Standing::read).is_some_and(|standing| standing.is(partition)) {
                lose(partition.id(), text);
            }
        }
        warnings
    }

    /// Whether the group has the CPUs that it was given. One that has others is taken away: benchmarks would run there.
    fn confirm(&self, ground: &Ground<'_>, cpus: &mut Setting) -> bool {
        cpus.reached = effective(ground.files, ground.root, &self.intent);
        if is_list(cpus.reached.as_deref().unwrap_or(""), &cpus.wanted) {
            cpus.outcome = SettingOutcome::Set;
            return true;
        }
        cpus.outcome = SettingOutcome::NotTaken;
        cpus.reason = Some("the group has other CPUs than it was given, so it is not used".into());
        let _ = undo::take_away(ground.files, ground.root, &self.intent);
        false
    }
}

/// The CPUs that processes of the group may really use.
fn effective(files: &dyn Files, root: &SysRoot, intent: &GroupIntent) -> Option<String> {
    let names: &[&str] = match intent.version {
        Version::V1 => &["cpuset.effective_cpus", "cpuset.cpus"],
        Version::V2 => &["cpuset.cpus.effective"],
    };
    let mut texts = names.iter().filter_map(|name| files.read(&root.path(&intent.file(name))).ok());
    texts.next().map(|text| text.trim().to_owned())
}

fn is_list(one: &str, other: &str) -> bool {
    matches!((one.parse::<CpuList>(), other.parse::<CpuList>()), (Ok(one), Ok(other)) if one == other)
}
