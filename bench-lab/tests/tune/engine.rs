//! What every setting ends as, over a kernel that misbehaves.

use bench_lab::host::apply::{Applied, Stage, apply};
use bench_lab::host::journal::{Line, archive, read};
use bench_lab::host::knob::{Knob, Owner, Setting, Shape};
use bench_lab::host::restore::{Ending, JournalEnd};
use bench_lab::host::session::{Files, Recorder, Recovery, RecoveryError, put_back, recover};
use bench_lab::host::sysfs::SysRoot;
use lab_core::model::SettingOutcome::{self, *};

use super::fake::*;

/// Applies one knob with these wishes.
fn tune(kernel: &FakeKernel, wishes: Vec<Setting>, recorder: &mut Recorder) -> Applied {
    let knob = Given { id: "given", wishes: Ok(wishes) };
    let (root, bench_cpus) = (SysRoot::at(ROOT), "1".parse().unwrap());
    apply(&Stage { files: kernel, root: &root, bench_cpus: &bench_cpus }, &[&knob as &dyn Knob], recorder)
}

fn outcomes(applied: &Applied) -> Vec<SettingOutcome> {
    applied.knobs.iter().flat_map(|knob| knob.settings.iter().map(|setting| setting.outcome)).collect()
}

fn reason(applied: &Applied, index: usize) -> &str {
    applied.knobs[0].settings[index].reason.as_deref().unwrap_or("")
}

fn one(value: &str, nature: Nature) -> FakeKernel {
    let mut machine = Machine::new();
    machine.add("/sys/one", value, nature);
    FakeKernel::of(machine)
}

fn value(kernel: &FakeKernel, path: &str) -> String {
    kernel.0.borrow().files[&real(path)].value.clone()
}

fn set_value(kernel: &FakeKernel, path: &str, value: &str) {
    kernel.0.borrow_mut().files.get_mut(&real(path)).unwrap().value = value.into();
}

fn has_journal(kernel: &FakeKernel) -> bool {
    kernel.0.borrow().disk.contains_key(&place().journal())
}

#[test]
fn a_setting_is_set_only_when_it_reads_back() {
    let cases: [(&str, Nature, Shape, &str, SettingOutcome, &str); 9] = [
        ("0", Nature::Plain, Shape::Plain, "1", Set, ""),
        ("1", Nature::Plain, Shape::Plain, "1", Already, ""),
        ("0", Nature::Deaf, Shape::Plain, "1", NotTaken, "\"0\" is in force"),
        ("100", Nature::Rounds(100), Shape::Plain, "250", NotTaken, "\"200\" is in force"),
        ("0", Nature::Refuses(libc::EINVAL), Shape::Plain, "1", Refused, "Invalid argument"),
        ("0", Nature::Refuses(libc::EIO), Shape::Plain, "1", Refused, "Input/output error"),
        ("0", Nature::Refuses(libc::EROFS), Shape::Plain, "1", ReadOnly, "Read-only"),
        ("0", Nature::Fleeting, Shape::Plain, "1", Vanished, ""),
        ("0", Nature::Secret, Shape::Plain, "1", Unreadable, "Permission denied"),
    ];
    for (original, nature, shape, wanted, outcome, why) in cases {
        let kernel = one(original, nature.clone());
        let applied = tune(&kernel, vec![wish("/sys/one", wanted, shape)], &mut recorder());
        assert_eq!(outcomes(&applied), [outcome], "{nature:?}");
        assert!(reason(&applied, 0).contains(why), "{nature:?}: {}", reason(&applied, 0));
    }
    let applied = tune(&one("0", Nature::Plain), vec![wish("/sys/none", "1", Shape::Plain)], &mut recorder());
    assert_eq!(outcomes(&applied), [Vanished]);
}

#[test]
fn what_cannot_be_read_is_never_written() {
    let kernel = one("0", Nature::Secret);
    tune(&kernel, vec![wish("/sys/one", "1", Shape::Plain)], &mut recorder());
    assert_eq!(value(&kernel, "/sys/one"), "0");
    let kernel = one("always", Nature::Plain);
    let applied = tune(&kernel, vec![wish("/sys/one", "never", Shape::Bracketed)], &mut recorder());
    assert_eq!(outcomes(&applied), [Unreadable], "no word in brackets");
    assert_eq!(value(&kernel, "/sys/one"), "always");
}

#[test]
fn nothing_is_written_without_a_journal_and_the_reason_is_told() {
    for disk_error in [None, Some(libc::ENOSPC)] {
        let kernel = one("0", Nature::Plain);
        kernel.0.borrow_mut().disk_error = disk_error;
        let mut recorder = match disk_error {
            Some(_) => recorder(),
            None => Recorder::Never("no journal can be kept in /run/bench-lab: Permission denied".into()),
        };
        let wishes =
            vec![wish("/sys/one", "1", Shape::Plain), wish("/dev/cpu_dma_latency", "0", Shape::Held)];
        let applied = tune(&kernel, wishes, &mut recorder);
        assert_eq!(outcomes(&applied), [Refused, Set], "what lives with a descriptor needs no journal");
        let why = reason(&applied, 0);
        assert!(why.contains("journal") && (why.contains("denied") || why.contains("space")), "{why}");
        assert_eq!(value(&kernel, "/sys/one"), "0");
    }
}

#[test]
fn a_host_that_is_as_wanted_gets_no_journal() {
    let kernel = one("1", Nature::Plain);
    tune(&kernel, vec![wish("/sys/one", "1", Shape::Plain)], &mut recorder());
    assert!(!has_journal(&kernel));
}

#[test]
fn a_knob_with_nothing_to_do_says_why() {
    let kernel = one("1", Nature::Plain);
    let knob = Given { id: "governor", wishes: Err("no cpufreq: virtual machine".into()) };
    let (root, bench_cpus) = (SysRoot::at(ROOT), "1".parse().unwrap());
    let stage = Stage { files: &kernel, root: &root, bench_cpus: &bench_cpus };
    let applied = apply(&stage, &[&knob as &dyn Knob], &mut recorder());
    assert_eq!(applied.knobs[0].nothing_here.as_deref(), Some("no cpufreq: virtual machine"));
    assert!(!applied.knobs[0].is_missing());
}

#[test]
fn a_setting_that_a_later_knob_undoes_is_not_called_set() {
    let mut machine = Machine::new();
    machine.add("/sys/turbo", "0", Nature::Plain);
    machine.add("/sys/governor", "powersave", Nature::Moves(real("/sys/turbo"), "0"));
    let kernel = FakeKernel::of(machine);
    let wishes =
        vec![wish("/sys/turbo", "1", Shape::Plain), wish("/sys/governor", "performance", Shape::Plain)];
    let applied = tune(&kernel, wishes, &mut recorder());
    assert_eq!(outcomes(&applied), [NotTaken, Set]);
    assert!(reason(&applied, 0).contains("later setting"));
    assert!(matches!(recover(&kernel, &place()).unwrap(), Recovery::Replayed(_)));
    assert_eq!(value(&kernel, "/sys/governor"), "powersave");
}

#[test]
fn lists_masks_and_brackets_go_back_to_what_they_named() {
    let mut machine = Machine::new();
    machine.add("/sys/irq", "0-7", Nature::CpuList);
    machine.add("/sys/thp", "always", Nature::Bracketed(vec!["always", "madvise", "never"]));
    let kernel = FakeKernel::of(machine.clone());
    let wishes = vec![wish("/sys/irq", "0,2,3", Shape::CpuList), wish("/sys/thp", "never", Shape::Bracketed)];
    let applied = tune(&kernel, wishes, &mut recorder());
    assert_eq!(outcomes(&applied), [Set, Set]);
    assert_eq!(value(&kernel, "/sys/irq"), "0,2-3");
    recover(&kernel, &place()).unwrap();
    assert_eq!(kernel.0.borrow().values(), machine.values());
}

#[test]
fn what_somebody_else_changed_is_left_and_its_journal_put_aside() {
    let mut machine = Machine::new();
    for path in ["/sys/one", "/sys/two", "/proc/rate"] {
        machine.add(path, "5", Nature::Plain);
    }
    let kernel = FakeKernel::of(machine);
    let wishes = vec![
        wish("/sys/one", "1", Shape::Plain),
        wish("/sys/two", "1", Shape::Plain),
        wish("/proc/rate", "1", Shape::Drifting),
    ];
    tune(&kernel, wishes, &mut recorder());
    set_value(&kernel, "/sys/one", "9");
    set_value(&kernel, "/proc/rate", "3");
    let Recovery::Replayed(done) = recover(&kernel, &place()).unwrap() else { panic!("nothing replayed") };
    let endings: Vec<Ending> = done.files.iter().map(|file| file.ending).collect();
    assert_eq!(endings, [Ending::Foreign, Ending::Back, Ending::Back]);
    assert_eq!(done.files[0].now.as_deref(), Some("9"));
    assert_eq!(
        [value(&kernel, "/sys/one"), value(&kernel, "/sys/two"), value(&kernel, "/proc/rate")],
        ["9", "5", "5"]
    );
    assert!(matches!(&done.journal, JournalEnd::Archived(path) if kernel.0.borrow().disk.contains_key(path)));
    assert!(!has_journal(&kernel));
}

#[test]
fn a_name_that_belongs_to_something_else_by_now_is_left() {
    let mut machine = Machine::new();
    machine.add("/proc/irq/7/smp_affinity_list", "0-7", Nature::CpuList);
    machine.add("/sys/kernel/irq/7/actions", "nvme0q1", Nature::Plain);
    let kernel = FakeKernel::of(machine);
    let owner = Owner { path: "/sys/kernel/irq/7/actions".into(), text: "nvme0q1".into() };
    let wishes =
        vec![Setting { owner: Some(owner), ..wish("/proc/irq/7/smp_affinity_list", "0", Shape::CpuList) }];
    tune(&kernel, wishes, &mut recorder());
    set_value(&kernel, "/sys/kernel/irq/7/actions", "eth0");
    let Recovery::Replayed(done) = recover(&kernel, &place()).unwrap() else { panic!("nothing replayed") };
    assert_eq!(done.files[0].ending, Ending::OwnerChanged);
    assert_eq!(value(&kernel, "/proc/irq/7/smp_affinity_list"), "0");
}

#[test]
fn a_journal_of_another_boot_is_put_aside_and_touches_nothing() {
    let kernel = one("0", Nature::Plain);
    tune(&kernel, vec![wish("/sys/one", "1", Shape::Plain)], &mut recorder());
    set_value(&kernel, "/proc/sys/kernel/random/boot_id", "next-boot");
    assert!(matches!(recover(&kernel, &place()).unwrap(), Recovery::OtherBoot(_)));
    assert_eq!(value(&kernel, "/sys/one"), "1", "the new boot's own value");
    assert!(!has_journal(&kernel));
    assert!(matches!(recover(&kernel, &place()).unwrap(), Recovery::Nothing));
}

#[test]
fn a_second_session_after_a_crash_starts_from_the_first_originals() {
    let kernel = one("5", Nature::Plain);
    for _ in 0..3 {
        assert!(matches!(recover(&kernel, &place()), Ok(Recovery::Nothing | Recovery::Replayed(_))));
        let applied = tune(&kernel, vec![wish("/sys/one", "1", Shape::Plain)], &mut recorder());
        assert_eq!(applied.knobs[0].settings[0].original.as_deref(), Some("5"), "never the tuned value");
    }
    recover(&kernel, &place()).unwrap();
    assert_eq!(value(&kernel, "/sys/one"), "5");
}

#[test]
fn a_session_that_lives_is_respected_and_one_kept_by_hand_too() {
    let kernel = one("5", Nature::Plain);
    let mut recorder = recorder();
    if let Recorder::Ready { header, .. } = &mut recorder {
        // The parent of this test lives as long as the test.
        header.owner =
            bench_lab::host::process::Process { pid: std::os::unix::process::parent_id(), start_ticks: None };
    }
    tune(&kernel, vec![wish("/sys/one", "1", Shape::Plain)], &mut recorder);
    let error = recover(&kernel, &place()).unwrap_err();
    assert!(matches!(error, RecoveryError::Alive(_)));
    assert!(error.to_string().contains("(bench-lab run) of alice tunes this host since 2026"), "{error}");
    recorder.note(&kernel, &Line::Kept {});
    assert!(matches!(recover(&kernel, &place()).unwrap(), Recovery::Kept(_)));
    assert_eq!(value(&kernel, "/sys/one"), "1");
    assert!(matches!(put_back(&kernel, &place()).unwrap(), Recovery::Replayed(_)));
    assert_eq!(value(&kernel, "/sys/one"), "5");
}

#[test]
fn a_file_that_cannot_be_put_back_keeps_the_journal_until_it_can() {
    let kernel = one("5", Nature::Plain);
    tune(&kernel, vec![wish("/sys/one", "1", Shape::Plain)], &mut recorder());
    kernel.0.borrow_mut().files.get_mut(&real("/sys/one")).unwrap().nature = Nature::Refuses(libc::EIO);
    let error = recover(&kernel, &place()).unwrap_err();
    assert!(error.to_string().contains("/sys/one: Input/output error"), "{error}");
    assert!(has_journal(&kernel));
    kernel.0.borrow_mut().files.get_mut(&real("/sys/one")).unwrap().nature = Nature::Plain;
    recover(&kernel, &place()).unwrap();
    assert_eq!(value(&kernel, "/sys/one"), "5");
    assert!(!has_journal(&kernel));
}

#[test]
fn a_journal_names_kernel_files_only_and_damage_in_its_middle_is_refused() {
    for path in ["/etc/passwd", "/sys/../etc/passwd", "relative", "/dev/sda"] {
        let kernel = one("5", Nature::Plain);
        tune(&kernel, vec![wish("/sys/one", "1", Shape::Plain)], &mut recorder());
        let journal = place().journal();
        let text = kernel.read(&journal).unwrap().replace("/sys/one", path);
        kernel.0.borrow_mut().disk.insert(journal.clone(), text);
        let error = read(&kernel, &journal).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("no file that a knob writes"), "{error}");
    }
    let kernel = one("5", Nature::Plain);
    tune(&kernel, vec![wish("/sys/one", "1", Shape::Plain)], &mut recorder());
    let journal = place().journal();
    let text = kernel.read(&journal).unwrap().replacen("\"write\"", "\"wri", 1);
    kernel.0.borrow_mut().disk.insert(journal.clone(), text);
    assert!(recover(&kernel, &place()).unwrap_err().to_string().contains("line 2"));
    assert_eq!(value(&kernel, "/sys/one"), "1", "nothing is guessed");
    archive(&kernel, &journal, "test").unwrap();
}

#[test]
fn what_was_lost_while_benchmarks_ran_is_told() {
    let kernel = one("5", Nature::Plain);
    let applied = tune(&kernel, vec![wish("/sys/one", "1", Shape::Plain)], &mut recorder());
    let root = SysRoot::at(ROOT);
    assert!(applied.lost(&kernel, &root).is_empty());
    set_value(&kernel, "/sys/one", "7");
    let lost = applied.lost(&kernel, &root);
    assert_eq!((lost.len(), lost[0].kind.as_str()), (1, "tuning_lost"));
    assert!(lost[0].text.contains("was 1") && lost[0].text.contains("is 7"), "{}", lost[0]);
}

#[test]
fn cpus_come_back_before_anything_else_is_put_back() {
    let mut machine = Machine::new();
    let online = "/sys/devices/system/cpu/cpu3/online";
    machine.add(online, "1", Nature::Switch(3));
    machine.add("/proc/irq/9/smp_affinity_list", "2-3", Nature::CpuList);
    machine.add("/sys/one", "0", Nature::Plain);
    let kernel = FakeKernel::of(machine.clone());
    // Neither first nor last among the writes.
    let wishes = vec![
        wish("/sys/one", "1", Shape::Plain),
        wish(online, "0", Shape::Plain),
        wish("/proc/irq/9/smp_affinity_list", "0", Shape::CpuList),
    ];
    let applied = tune(&kernel, wishes, &mut recorder());
    assert_eq!(outcomes(&applied), [Set, Set, Set]);
    assert_eq!(applied.knobs[0].settings[2].original.as_deref(), Some("2-3"), "read before the CPU left");
    kernel.0.borrow_mut().written.clear();
    recover(&kernel, &place()).unwrap();
    assert_eq!(kernel.0.borrow().written[0], real(online));
    assert_eq!(kernel.0.borrow().values(), machine.values());
}
