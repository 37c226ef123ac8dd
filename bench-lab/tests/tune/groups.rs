//! What becomes of a group for benchmarks over a kernel that misbehaves, and that nothing of it is left.

use bench_lab::host::cpuset::{Apart, Ground, Hierarchy, make};
use bench_lab::host::journal::read;
use bench_lab::host::process::Process;
use bench_lab::host::restore::{Ending, JournalEnd};
use bench_lab::host::session::{Files, Recorder, Recovery, RecoveryError, put_back, recover};
use bench_lab::host::sysfs::SysRoot;
use lab_core::cpuset::{Partition, Version, Wish};
use lab_core::model::SettingOutcome::{self, *};

use super::fake::*;
use super::fake_groups::{GroupRules, HOME};

/// A guard that is dead by the time anybody asks.
pub(crate) const GUARD: Process = Process { pid: u32::MAX, start_ticks: Some(7) };

pub(crate) fn hierarchy(version: Version) -> Hierarchy {
    Hierarchy { version, home: HOME.into(), origin: HOME.into() }
}

/// The group for CPU 2, as far as partitions go.
pub(crate) fn wish(version: Version) -> Wish {
    let partitions = match version {
        Version::V1 => Vec::new(),
        Version::V2 => vec![Partition::Isolated, Partition::Root, Partition::Member],
    };
    Wish { cpus: "2".parse().unwrap(), partitions, renounced: None }
}

pub(crate) fn ask(kernel: &FakeKernel, version: Version, recorder: &mut Recorder) -> Apart {
    let root = SysRoot::at(ROOT);
    let ground = Ground { files: kernel, root: &root, guard: GUARD };
    make(&ground, &hierarchy(version), &wish(version), recorder)
}

fn machine(rules: GroupRules, controllers: &str) -> Machine {
    let mut machine = Machine::new();
    machine.add_groups(rules, controllers);
    machine
}

fn v2() -> GroupRules {
    GroupRules { version: Version::V2, ..GroupRules::default() }
}

fn outcomes(apart: &Apart) -> Vec<SettingOutcome> {
    apart.record.settings.iter().map(|setting| setting.outcome).collect()
}

fn value(kernel: &FakeKernel, path: &str) -> Option<String> {
    kernel.0.borrow().files.get(&real(path)).map(|file| file.value.clone())
}

fn admit(kernel: &FakeKernel, apart: &Apart, pid: u32) {
    apart.group.as_ref().unwrap().admit(kernel, &SysRoot::at(ROOT), pid).unwrap();
}

#[test]
fn a_group_of_version_2_becomes_a_partition_and_leaves_nothing() {
    for controllers in ["cpu memory", "cpuset cpu"] {
        let machine = machine(v2(), controllers);
        let kernel = FakeKernel::of(machine.clone());
        let apart = ask(&kernel, Version::V2, &mut recorder());
        assert_eq!(outcomes(&apart), [Set, Set], "{:?}", apart.record);
        assert_eq!(apart.record.settings[1].reached.as_deref(), Some("isolated"));
        assert!(apart.warnings.is_empty(), "{:?}", apart.warnings);
        let group = apart.group.as_ref().unwrap();
        assert_eq!(value(&kernel, &format!("{}/cpuset.cpus", group.path())).unwrap(), "2");
        admit(&kernel, &apart, 900);
        assert_eq!(value(&kernel, &format!("{}/cgroup.procs", group.path())).unwrap(), "900");
        assert!(matches!(recover(&kernel, &place()).unwrap(), Recovery::Replayed(_)));
        assert_eq!(kernel.0.borrow().values(), machine.values(), "{controllers}");
        assert!(kernel.0.borrow().disk.is_empty());
    }
}

#[test]
fn a_group_of_version_1_gets_memory_before_cpus_and_takes_them_from_no_other_group() {
    let machine = machine(GroupRules::default(), "");
    let kernel = FakeKernel::of(machine.clone());
    let apart = ask(&kernel, Version::V1, &mut recorder());
    assert_eq!(outcomes(&apart), [Set], "{:?}", apart.record);
    let written: Vec<String> =
        kernel.0.borrow().written.iter().map(|path| path.display().to_string()).collect();
    let names: Vec<&str> = written.iter().filter_map(|path| path.rsplit('/').next()).collect();
    assert_eq!(names, ["cpuset.mems", "cpuset.cpus"]);
    put_back(&kernel, &place()).unwrap();
    assert_eq!(kernel.0.borrow().values(), machine.values());
}

#[test]
fn an_invalid_partition_is_never_called_set() {
    let cases: [(&[&str], &str, &str); 3] = [
        (&["root", "member"], "root", "isolated invalid (Parent is not a partition root)"),
        (&["member"], "member", "root invalid (Parent is not a partition root)"),
        (&[], "member invalid (Parent is not a partition root)", "isolated invalid"),
    ];
    for (valid, reached, why) in cases {
        let kernel = FakeKernel::of(machine(GroupRules { valid: valid.to_vec(), ..v2() }, "cpuset"));
        let apart = ask(&kernel, Version::V2, &mut recorder());
        assert_eq!(outcomes(&apart), [Set, NotTaken], "{valid:?}");
        assert_eq!(apart.record.settings[1].reached.as_deref(), Some(reached));
        assert_eq!(apart.warnings.len(), 1, "{:?}", apart.warnings);
        assert_eq!(apart.warnings[0].kind, "cpuset_not_reached");
        assert!(apart.warnings[0].text.contains(why), "{}", apart.warnings[0]);
    }
}

#[test]
fn cpus_that_another_group_has_for_itself_are_left_to_it() {
    let mut machine = machine(GroupRules::default(), "");
    machine.add_group("shield");
    let kernel = FakeKernel::of(machine);
    for (name, value) in [("cpuset.cpus", "2-3"), ("cpuset.cpu_exclusive", "1")] {
        kernel.write(&real(&format!("{HOME}/shield/{name}")), value).unwrap();
    }
    let before = kernel.0.borrow().values();
    let apart = ask(&kernel, Version::V1, &mut recorder());
    assert!(apart.group.is_none() && outcomes(&apart) == [Refused], "{:?}", apart.record);
    assert!(apart.warnings[0].text.contains("a group beside it may have them"), "{}", apart.warnings[0]);
    assert_eq!(kernel.0.borrow().values(), before);
}

#[test]
fn what_the_kernel_refuses_leaves_no_group_and_a_reason() {
    let cases = [
        (libc::EROFS, ReadOnly, "Read-only file system"),
        (libc::EACCES, Refused, "Permission denied"),
        (libc::ENOSPC, Refused, "No space left"),
    ];
    for version in [Version::V1, Version::V2] {
        for (number, outcome, why) in cases {
            let rules = GroupRules { version, make_error: Some(number), ..GroupRules::default() };
            let machine = machine(rules, "cpu");
            let kernel = FakeKernel::of(machine.clone());
            let apart = ask(&kernel, version, &mut recorder());
            assert_eq!((apart.group.is_none(), outcomes(&apart)), (true, vec![outcome]), "{version:?}");
            assert!(apart.warnings[0].text.contains(why), "{}", apart.warnings[0]);
            assert_eq!(kernel.0.borrow().values(), machine.values(), "the controller is handed down no more");
            recover(&kernel, &place()).unwrap();
            assert!(kernel.0.borrow().disk.is_empty());
        }
    }
}

#[test]
fn a_group_with_other_cpus_than_it_was_given_is_not_used() {
    let machine = machine(GroupRules { has_other_cpus: true, ..v2() }, "cpu");
    let kernel = FakeKernel::of(machine.clone());
    let apart = ask(&kernel, Version::V2, &mut recorder());
    assert!(apart.group.is_none());
    assert_eq!(outcomes(&apart)[0], NotTaken);
    assert_eq!(kernel.0.borrow().values(), machine.values());
}

#[test]
fn without_a_journal_no_group_is_made() {
    let machine = machine(v2(), "cpu");
    for disk_error in [None, Some(libc::ENOSPC)] {
        let kernel = FakeKernel::of(machine.clone());
        kernel.0.borrow_mut().disk_error = disk_error;
        let mut recorder = match disk_error {
            Some(_) => recorder(),
            None => Recorder::Never("only root may set what has to be put back".into()),
        };
        let apart = ask(&kernel, Version::V2, &mut recorder);
        assert!(apart.group.is_none());
        assert!(kernel.0.borrow().written.is_empty(), "{:?}", kernel.0.borrow().written);
        assert_eq!(apart.warnings.len(), 1, "one line says what is missing");
        assert_eq!(kernel.0.borrow().values(), machine.values());
    }
}

#[test]
fn a_group_that_is_busy_for_a_while_goes_and_one_that_stays_busy_keeps_the_journal() {
    let machine = machine(v2(), "cpu");
    let kernel = FakeKernel::of(machine.clone());
    ask(&kernel, Version::V2, &mut recorder());
    kernel.0.borrow_mut().groups.busy_count = 3;
    recover(&kernel, &place()).unwrap();
    assert_eq!(kernel.0.borrow().values(), machine.values());

    let apart = ask(&kernel, Version::V2, &mut recorder());
    let path = apart.group.unwrap().path().to_owned();
    kernel.0.borrow_mut().groups.busy_count = usize::MAX;
    let error = recover(&kernel, &place()).unwrap_err();
    assert!(matches!(error, RecoveryError::Incomplete(_)));
    assert!(error.to_string().contains(&path) && error.to_string().contains("busy"), "{error}");
    assert!(read(&kernel, &place().journal()).unwrap().is_some(), "the next start tries again");
    assert_eq!(value(&kernel, &format!("{HOME}/cgroup.subtree_control")).unwrap(), "cpuset cpu");
    kernel.0.borrow_mut().groups.busy_count = 0;
    recover(&kernel, &place()).unwrap();
    assert_eq!(kernel.0.borrow().values(), machine.values());
}

#[test]
fn a_group_of_a_dead_session_that_no_journal_names_is_removed_if_it_is_empty() {
    let mut machine = machine(v2(), "cpuset");
    let original = machine.values();
    machine.add_group("bench-lab-4294967295-1");
    machine.add_group("bench-lab-4294967295-2");
    machine.add_group("somebody-else");
    let kernel = FakeKernel::of(machine);
    kernel.write(&real(&format!("{HOME}/bench-lab-4294967295-2/cgroup.procs")), "900").unwrap();
    let apart = ask(&kernel, Version::V2, &mut recorder());
    let stale: Vec<&str> = apart
        .warnings
        .iter()
        .filter(|warning| warning.kind == "cpuset_stale")
        .map(|one| one.text.as_str())
        .collect();
    assert_eq!(stale.len(), 2, "{stale:?}");
    assert!(
        stale.iter().any(|text| text.contains("removed")) && stale.iter().any(|text| text.contains("cannot"))
    );
    recover(&kernel, &place()).unwrap();
    let left: Vec<String> = kernel.0.borrow().groups_in(&real(HOME));
    assert_eq!(left, ["bench-lab-4294967295-2", "somebody-else"], "its processes are not ours to move");
    assert_ne!(kernel.0.borrow().values(), original);
}

#[test]
fn the_controller_stays_with_whoever_began_to_use_it() {
    let kernel = FakeKernel::of(machine(v2(), "cpu"));
    ask(&kernel, Version::V2, &mut recorder());
    kernel.0.borrow_mut().add_group("machine.slice");
    kernel.write(&real(&format!("{HOME}/machine.slice/cpuset.cpus")), "3").unwrap();
    let Recovery::Replayed(done) = recover(&kernel, &place()).unwrap() else { panic!("nothing replayed") };
    let endings: Vec<Ending> = done.files.iter().map(|file| file.ending).collect();
    assert_eq!(endings, [Ending::Back, Ending::Foreign]);
    assert!(matches!(done.journal, JournalEnd::Archived(_)));
    assert_eq!(value(&kernel, &format!("{HOME}/machine.slice/cpuset.cpus")).as_deref(), Some("3"));
    assert_eq!(kernel.0.borrow().groups_in(&real(HOME)), ["machine.slice"]);
}

#[test]
fn a_group_that_lost_its_partition_meanwhile_is_told() {
    let kernel = FakeKernel::of(machine(v2(), "cpuset"));
    let apart = ask(&kernel, Version::V2, &mut recorder());
    let (group, root) = (apart.group.unwrap(), SysRoot::at(ROOT));
    assert!(group.lost(&kernel, &root).is_empty());
    let partition = format!("{}/cpuset.cpus.partition", group.path());
    kernel.0.borrow_mut().files.get_mut(&real(&partition)).unwrap().value =
        "isolated invalid (CPUs are gone)".into();
    let lost = group.lost(&kernel, &root);
    assert_eq!((lost.len(), lost[0].kind.as_str()), (1, "tuning_lost"));
    assert!(lost[0].text.contains("CPUs are gone"), "{}", lost[0]);
    // Somebody took the controller away from everybody.
    kernel.write(&real(&format!("{HOME}/cgroup.subtree_control")), "-cpuset").unwrap();
    assert!(group.lost(&kernel, &root)[0].text.contains("gone"));
}

#[test]
fn a_journal_names_groups_of_sessions_only() {
    let kernel = FakeKernel::of(machine(v2(), "cpuset"));
    ask(&kernel, Version::V2, &mut recorder());
    let journal = place().journal();
    let text = kernel.read(&journal).unwrap();
    for (from, to) in [("bench-lab-4294967295-7", "system.slice"), ("/sys/fs/cgroup", "/etc")] {
        kernel.0.borrow_mut().disk.insert(journal.clone(), text.replace(from, to));
        let error = recover(&kernel, &place()).unwrap_err().to_string();
        assert!(error.contains("no group that a session makes"), "{error}");
    }
}
