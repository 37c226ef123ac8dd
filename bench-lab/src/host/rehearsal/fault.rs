//! What a rehearsal finds wrong: files that were not in force, did not come back, or moved beside the knobs'.
//!
//! It compares looks and reads no file but the journal's name.

use lab_core::model::{KnobRecord, Setting, SettingOutcome, Warning};

use super::watch::{Look, Target, Watch};
use crate::host::cpuset;
use crate::host::knob::Shape;
use crate::host::session::{GroupNote, Place, shape};
use crate::host::sysfs::SysRoot;

/// One thing that was not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of thing.
    pub kind: FaultKind,
    /// Whose file; absent for one that no knob writes.
    pub knob: Option<String>,
    /// The file.
    pub path: String,
    /// What it should have said.
    pub expected: String,
    /// What it said.
    pub found: String,
}

/// What was not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The session called it set, and it reads otherwise.
    NotInForce,
    /// The session took another value for the original than the file had.
    WrongOriginal,
    /// It is not as it was.
    NotBack,
    /// A writable file that no knob sets is not as it was.
    Neighbour,
    /// The journal of a session that could not put back is not there, or that of one that did still is.
    Journal,
    /// The next start found a journal and does not say that it replayed it.
    NotReplayed,
}

impl FaultKind {
    /// Name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::NotInForce => "not_in_force",
            Self::WrongOriginal => "wrong_original",
            Self::NotBack => "not_back",
            Self::Neighbour => "neighbour_not_back",
            Self::Journal => "journal",
            Self::NotReplayed => "not_replayed",
        }
    }

    /// In words, before the name of the file.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::NotInForce => "called set, and is not in force",
            Self::WrongOriginal => "taken for another original than it had",
            Self::NotBack => "did not come back",
            Self::Neighbour => "moved beside the knobs and did not come back",
            Self::Journal => "the journal is not as it should be",
            Self::NotReplayed => "the next start did not replay the journal",
        }
    }
}

/// A state beside the knobs' files that reads otherwise after than before: told, and nobody's setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The file.
    pub path: String,
    /// Before.
    pub before: String,
    /// After.
    pub after: String,
}

/// The three looks of a round.
pub(super) struct Looks<'a> {
    pub(super) before: &'a Look,
    pub(super) during: &'a Look,
    pub(super) after: &'a Look,
}

impl Fault {
    /// With guard and runner dead, only a journal can tell the next start what to put back.
    pub(super) fn of_lost_journal(place: &Place, knobs: &[KnobRecord]) -> Option<Self> {
        (has_written(knobs) && !place.journal().exists()).then(|| Self::of_journal(place, "there", "gone"))
    }

    /// A group that was made has the child that was moved into it.
    pub(super) fn of_empty_group(root: &SysRoot, group: &GroupNote) -> Option<Self> {
        let members = root.read(&format!("{}/cgroup.procs", group.path));
        let is_used = members.as_ref().is_ok_and(|members| !members.is_empty());
        (!is_used).then(|| {
            let found = members.map_or_else(|why| why, |_| "no process".into());
            Self::of_group(group, FaultKind::NotInForce, "the child of the session", found)
        })
    }

    /// It is gone when everything is back.
    pub(super) fn of_left_group(root: &SysRoot, group: &GroupNote) -> Option<Self> {
        let found = || "still there".to_owned();
        root.exists(&group.path).then(|| Self::of_group(group, FaultKind::NotBack, "no such group", found()))
    }

    fn of_group(group: &GroupNote, kind: FaultKind, expected: &str, found: String) -> Self {
        let knob = Some(cpuset::KNOB.to_owned());
        Self { kind, knob, path: group.path.clone(), expected: expected.into(), found }
    }

    /// Whoever put everything back took the journal away.
    pub(super) fn of_left_journal(place: &Place) -> Option<Self> {
        place.journal().exists().then(|| Self::of_journal(place, "gone", "there"))
    }

    fn of_journal(place: &Place, expected: &str, found: &str) -> Self {
        Self {
            kind: FaultKind::Journal,
            knob: None,
            path: place.journal().display().to_string(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// A start that replays says so.
    pub(super) fn of_silent_start(warnings: &[Warning], knobs: &[KnobRecord]) -> Option<Self> {
        const RECOVERED: &str = "tuning_recovered";
        let is_told = warnings.iter().any(|warning| warning.kind == RECOVERED);
        (has_written(knobs) && !is_told).then(|| Self {
            kind: FaultKind::NotReplayed,
            knob: None,
            path: "the next session".into(),
            expected: RECOVERED.into(),
            found: warnings.iter().map(|warning| warning.kind.as_str()).collect::<Vec<_>>().join(", "),
        })
    }
}

fn has_written(knobs: &[KnobRecord]) -> bool {
    let mut settings = knobs.iter().flat_map(|knob| &knob.settings);
    settings.any(|setting| setting.outcome == SettingOutcome::Set && setting.original.is_some())
}

/// The last record of a file.
pub(super) fn record<'a>(knobs: &'a [KnobRecord], path: &str) -> Option<&'a Setting> {
    knobs.iter().flat_map(|knob| &knob.settings).rfind(|setting| setting.path == path)
}

/// Every fault that the looks show.
pub(super) fn judge(watch: &Watch, knobs: &[KnobRecord], looks: &Looks<'_>) -> Vec<Fault> {
    let of_targets = watch.targets.iter().flat_map(|target| of_target(target, knobs, looks));
    let settings = watch.neighbours.iter().filter(|neighbour| neighbour.is_writable);
    let of_neighbours =
        settings.filter(|neighbour| is_other(looks, &neighbour.path)).map(|neighbour| Fault {
            kind: FaultKind::Neighbour,
            knob: None,
            path: neighbour.path.clone(),
            expected: looks.before.shown(&neighbour.path),
            found: looks.after.shown(&neighbour.path),
        });
    of_targets.chain(of_neighbours).collect()
}

/// What moved and cannot be written, so that nobody can have set it: an interrupt counter, the CPU that it came to last.
pub(super) fn moved(watch: &Watch, looks: &Looks<'_>) -> Vec<Moved> {
    let states = watch.neighbours.iter().filter(|neighbour| !neighbour.is_writable);
    let moved = states.filter(|neighbour| is_other(looks, &neighbour.path)).map(|neighbour| Moved {
        path: neighbour.path.clone(),
        before: looks.before.shown(&neighbour.path),
        after: looks.after.shown(&neighbour.path),
    });
    moved.collect()
}

fn is_other(looks: &Looks<'_>, path: &str) -> bool {
    looks.before.of(path) != looks.after.of(path)
}

fn of_target(target: &Target, knobs: &[KnobRecord], looks: &Looks<'_>) -> Vec<Fault> {
    let fault = |kind, expected: String, found: String| Fault {
        kind,
        knob: Some(target.knob.clone()),
        path: target.path.clone(),
        expected,
        found,
    };
    let mut faults = Vec::new();
    if let Some(setting) = record(knobs, &target.path) {
        if setting.outcome.is_in_force() && !is_in_force(target, looks.during) {
            let found = looks.during.shown(&target.path);
            faults.push(fault(FaultKind::NotInForce, target.wanted.clone(), found));
        }
        let before =
            looks.before.of(&target.path).ok().and_then(|text| shape::in_force(target.shape, text).ok());
        let taken = setting.original.as_deref();
        if let (Some(before), Some(taken)) = (before, taken)
            && !shape::is_same(target.shape, &before, taken)
        {
            faults.push(fault(FaultKind::WrongOriginal, before, taken.to_owned()));
        }
    }
    if is_other(looks, &target.path) {
        let (before, after) = (looks.before.shown(&target.path), looks.after.shown(&target.path));
        faults.push(fault(FaultKind::NotBack, before, after));
    }
    faults
}

fn is_in_force(target: &Target, look: &Look) -> bool {
    let Ok(text) = look.of(&target.path) else { return false };
    match target.shape {
        // Somebody else may hold a stricter wish, which is as good.
        Shape::Held => {
            matches!((text.parse::<i32>(), target.wanted.parse::<i32>()), (Ok(now), Ok(wanted)) if now <= wanted)
        }
        // Its governor took it along; it is declared to be brought back.
        Shape::Drifting => true,
        shape => shape::in_force(shape, text).is_ok_and(|now| shape::is_same(shape, &now, &target.wanted)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::watch::Neighbour;
    use super::*;

    const PATH: &str = "/sys/one";

    fn look(pairs: &[(&str, &str)]) -> Look {
        Look::from_pairs(pairs)
    }

    fn watch(shape: Shape) -> Watch {
        let target = Target { knob: "one".into(), path: PATH.into(), wanted: "0,1".into(), shape };
        let neighbour = |path: &str, is_writable| Neighbour { path: path.into(), is_writable };
        Watch {
            targets: vec![target],
            neighbours: vec![neighbour("/sys/setting", true), neighbour("/sys/state", false)],
        }
    }

    fn records(outcome: SettingOutcome, original: &str) -> Vec<KnobRecord> {
        let setting = Setting {
            path: PATH.into(),
            original: Some(original.into()),
            wanted: "0,1".into(),
            reached: None,
            outcome,
            reason: None,
        };
        vec![KnobRecord { knob: "one".into(), settings: vec![setting], nothing_here: None }]
    }

    fn kinds(knobs: &[KnobRecord], values: [&str; 3]) -> Vec<FaultKind> {
        let [before, during, after] = values.map(|value| look(&[(PATH, value)]));
        let looks = Looks { before: &before, during: &during, after: &after };
        judge(&watch(Shape::CpuList), knobs, &looks).into_iter().map(|fault| fault.kind).collect()
    }

    #[test]
    fn a_file_that_was_set_and_reads_as_before_is_no_fault() {
        assert_eq!(kinds(&records(SettingOutcome::Set, "0-3"), ["0-3", "0-1", "0-3"]), []);
        // One that could not be set need not be in force.
        assert_eq!(kinds(&records(SettingOutcome::Refused, "0-3"), ["0-3", "0-3", "0-3"]), []);
    }

    #[test]
    fn every_way_to_be_wrong_is_told_apart() {
        let set = records(SettingOutcome::Set, "0-3");
        assert_eq!(kinds(&set, ["0-3", "0-2", "0-3"]), [FaultKind::NotInForce]);
        assert_eq!(kinds(&set, ["0-3", "0-1", "0-2"]), [FaultKind::NotBack]);
        assert_eq!(
            kinds(&records(SettingOutcome::Set, "0-1"), ["0-3", "0-1", "0-3"]),
            [FaultKind::WrongOriginal]
        );
    }

    #[test]
    fn a_neighbour_that_can_be_written_must_come_back_and_a_state_is_only_told() {
        let before = look(&[(PATH, "0-3"), ("/sys/setting", "7"), ("/sys/state", "1")]);
        let after = look(&[(PATH, "0-3"), ("/sys/setting", "8"), ("/sys/state", "2")]);
        let during = look(&[(PATH, "0-1")]);
        let looks = Looks { before: &before, during: &during, after: &after };
        let faults = judge(&watch(Shape::CpuList), &records(SettingOutcome::Set, "0-3"), &looks);
        assert_eq!(faults.len(), 1);
        assert_eq!(
            (faults[0].kind, faults[0].expected.as_str(), faults[0].found.as_str()),
            (FaultKind::Neighbour, "7", "8")
        );
        let moved = moved(&watch(Shape::CpuList), &looks);
        assert_eq!((moved.len(), moved[0].path.as_str()), (1, "/sys/state"));
    }

    #[test]
    fn a_wish_that_is_held_is_in_force_when_somebody_holds_a_stricter_one() {
        let target =
            Target { wanted: "2".into(), shape: Shape::Held, ..watch(Shape::Plain).targets[0].clone() };
        for (now, is_so) in [("1", true), ("2", true), ("2000000000", false), ("x", false)] {
            assert_eq!(is_in_force(&target, &look(&[(PATH, now)])), is_so, "{now}");
        }
    }

    #[test]
    fn silence_after_a_kill_of_both_is_a_fault_only_when_something_was_written() {
        let set = records(SettingOutcome::Set, "0-3");
        assert!(Fault::of_silent_start(&[], &set).is_some());
        assert!(Fault::of_silent_start(&[Warning::new("tuning_recovered", "", "")], &set).is_none());
        assert!(Fault::of_silent_start(&[], &records(SettingOutcome::Already, "0-1")).is_none());
    }

    #[test]
    fn a_group_must_have_its_child_while_it_is_and_be_gone_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let root = SysRoot::at(folder.path());
        let path = "/sys/fs/cgroup/cpuset/bench-lab-1".to_owned();
        let group = GroupNote { path: path.clone(), kind: "v1".into(), cpus: "1".into() };
        assert_eq!(Fault::of_empty_group(&root, &group).unwrap().kind, FaultKind::NotInForce);
        assert!(Fault::of_left_group(&root, &group).is_none());
        std::fs::create_dir_all(root.path(&path)).unwrap();
        let members = root.path(&format!("{path}/cgroup.procs"));
        std::fs::write(&members, "").unwrap();
        assert_eq!(Fault::of_empty_group(&root, &group).unwrap().found, "no process");
        std::fs::write(&members, "4711\n").unwrap();
        assert!(Fault::of_empty_group(&root, &group).is_none());
        assert_eq!(Fault::of_left_group(&root, &group).unwrap().kind, FaultKind::NotBack);
    }
}
