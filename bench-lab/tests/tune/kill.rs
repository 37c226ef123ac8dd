//! Any machine, any knobs, killed between any two calls, again while it is put back: everything is as it was.

use bench_lab::host::apply::{Stage, apply};
use bench_lab::host::knob::{Knob, Setting, Shape};
use bench_lab::host::session::{Files, Recovery, put_back, recover};
use bench_lab::host::sysfs::SysRoot;
use lab_core::cpuset::Version;
use proptest::collection::vec;
use proptest::prelude::*;

use super::fake::*;
use super::fake_groups::GroupRules;
use super::groups;

/// One file with what is wanted of it.
fn part(index: usize) -> impl Strategy<Value = (String, FakeFile, Setting)> {
    let path = format!("/sys/part{index}");
    let number = 0_u64..2000;
    let kinds = prop_oneof![
        Just((Nature::Plain, Shape::Plain)),
        Just((Nature::Plain, Shape::Drifting)),
        Just((Nature::Rounds(100), Shape::Plain)),
        Just((Nature::Deaf, Shape::Plain)),
        Just((Nature::Refuses(libc::EINVAL), Shape::Plain)),
        Just((Nature::Refuses(libc::EIO), Shape::Plain)),
        Just((Nature::Refuses(libc::EROFS), Shape::Plain)),
        Just((Nature::Secret, Shape::Plain)),
    ];
    let numbers = (kinds, number.clone(), number).prop_map({
        let path = path.clone();
        move |((nature, shape), before, wanted)| {
            let before = if let Nature::Rounds(step) = nature { before - before % step } else { before };
            let file = FakeFile { value: before.to_string(), nature };
            (path.clone(), file, wish(&path, &wanted.to_string(), shape))
        }
    });
    let lists = (1_u32..8, 1_u32..8).prop_map({
        let path = path.clone();
        move |(before, wanted)| {
            let file = FakeFile { value: format!("0-{before}"), nature: Nature::CpuList };
            (path.clone(), file, wish(&path, &format!("0,{wanted}"), Shape::CpuList))
        }
    });
    const WORDS: [&str; 3] = ["always", "madvise", "never"];
    let words = (0_usize..3, 0_usize..3).prop_map(move |(before, wanted)| {
        let file = FakeFile { value: WORDS[before].into(), nature: Nature::Bracketed(WORDS.to_vec()) };
        (path.clone(), file, wish(&path, WORDS[wanted], Shape::Bracketed))
    });
    prop_oneof![4 => numbers, 1 => lists, 1 => words]
}

/// Groups of either version, kind or not.
fn group_rules() -> impl Strategy<Value = (GroupRules, &'static str)> {
    let version = prop_oneof![Just(Version::V1), Just(Version::V2)];
    let valid = prop_oneof![
        Just(vec!["isolated", "root", "member"]),
        Just(vec!["root", "member"]),
        Just(vec!["member"])
    ];
    let make_error = prop_oneof![4 => Just(None), 1 => Just(Some(libc::EROFS))];
    let controllers = prop_oneof![Just("cpu"), Just("cpuset cpu")];
    (version, valid, make_error, any::<bool>(), controllers).prop_map(
        |(version, valid, make_error, has_other_cpus, controllers)| {
            (GroupRules { version, valid, make_error, has_other_cpus, ..GroupRules::default() }, controllers)
        },
    )
}

/// A machine with the couplings that real ones have, in any order of its parts.
fn machine() -> impl Strategy<Value = (Machine, Vec<Setting>)> {
    let parts = (0_usize..6).prop_flat_map(|count| (0..count).map(part).collect::<Vec<_>>());
    // The order in which a knob list has the three, whatever it is: which governor, switch and preference come first.
    let order = Just(vec![0_usize, 1, 2]).prop_shuffle();
    let clock = (any::<bool>(), order, "[02]", "[a-z]{1,6}");
    (parts, any::<bool>(), clock, group_rules()).prop_map(
        |(parts, has_twin, (has_governor, order, turbo_before, preference), (rules, controllers))| {
            let mut machine = Machine::new();
            machine.add_groups(rules, controllers);
            let mut wishes = Vec::new();
            if has_twin {
                let cpu = "/sys/devices/system/cpu/cpu3";
                machine.add(&format!("{cpu}/online"), "1", Nature::Switch(3));
                machine.add(&format!("{cpu}/latency"), "7", Nature::Plain);
                machine.add("/proc/irq/9/smp_affinity_list", "3", Nature::CpuList);
                machine.add("/proc/irq/10/smp_affinity_list", "0-3", Nature::CpuList);
                wishes.push(wish(&format!("{cpu}/online"), "0", Shape::Plain));
                wishes.push(wish("/proc/irq/9/smp_affinity_list", "0", Shape::CpuList));
                wishes.push(wish("/proc/irq/10/smp_affinity_list", "0-2", Shape::CpuList));
                wishes.push(wish(&format!("{cpu}/latency"), "0", Shape::Plain));
            }
            if has_governor {
                let (governor, turbo, epp) = ("/sys/governor", "/sys/no_turbo", "/sys/epp");
                machine.add(governor, "powersave", Nature::Moves(real(turbo), "0"));
                machine.add(turbo, &turbo_before, Nature::Plain);
                machine.add(epp, &preference, Nature::BoundBy(real(governor), "performance", "performance"));
                let clock = [(epp, "performance"), (governor, "performance"), (turbo, "1")];
                wishes.extend(
                    order.into_iter().map(|index| wish(clock[index].0, clock[index].1, Shape::Plain)),
                );
            }
            for (path, file, setting) in parts {
                machine.files.insert(real(&path), file);
                wishes.push(setting);
            }
            (machine, wishes)
        },
    )
}

/// A whole session: apply, make a group with a process in it, then put back.
fn session(kernel: &FakeKernel, knobs: &[Given]) {
    let (root, bench_cpus) = (SysRoot::at(ROOT), "1".parse().unwrap());
    let knobs: Vec<&dyn Knob> = knobs.iter().map(|knob| knob as &dyn Knob).collect();
    let mut recorder = recorder();
    apply(&Stage { files: kernel, root: &root, bench_cpus: &bench_cpus }, &knobs, &mut recorder);
    let version = kernel.0.borrow().groups.version;
    let apart = groups::ask(kernel, version, &mut recorder);
    if let Some(group) = apart.group {
        let _ = group.admit(kernel, &root, 900);
    }
    // The last word of a program that is not dead by now.
    let _ = put_back(kernel, &place());
}

fn kill_after(kernel: &FakeKernel, calls: usize, torn_tenths: usize) {
    let mut machine = kernel.0.borrow_mut();
    (machine.calls_left, machine.torn_tenths) = (Some(calls), torn_tenths);
}

fn revive(kernel: &FakeKernel) {
    let mut machine = kernel.0.borrow_mut();
    (machine.calls_left, machine.torn_tenths) = (None, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whenever_it_is_killed_the_next_start_puts_everything_back(
        (original, wishes) in machine(),
        cuts in vec(0_usize..4, 0..3),
        torn_tenths in 0_usize..10,
        second in 0_usize..40,
    ) {
        // The wishes in up to four knobs; where they are cut must not matter.
        let mut knobs: Vec<Given> = Vec::new();
        for (index, setting) in wishes.into_iter().enumerate() {
            match knobs.last_mut() {
                Some(knob) if !cuts.contains(&index) => knob.wishes.as_mut().unwrap().push(setting),
                _ => knobs.push(Given { id: "given", wishes: Ok(vec![setting]) }),
            }
        }
        let whole = FakeKernel::of(original.clone());
        session(&whole, &knobs);
        let calls = whole.0.borrow().calls;
        prop_assert_eq!(whole.0.borrow().values(), original.values());
        prop_assert!(whole.0.borrow().disk.is_empty(), "{:?}", whole.0.borrow().disk);

        for kill in 0..calls {
            let kernel = FakeKernel::of(original.clone());
            kill_after(&kernel, kill, torn_tenths);
            session(&kernel, &knobs);
            // The next start is killed as well, once.
            kill_after(&kernel, second, 10 - torn_tenths);
            let _ = recover(&kernel, &place());
            revive(&kernel);
            let recovery = recover(&kernel, &place());
            prop_assert!(matches!(recovery, Ok(Recovery::Nothing | Recovery::Replayed(_))), "{:?}", recovery);
            prop_assert_eq!(kernel.0.borrow().values(), original.values(), "killed before call {}", kill);
            prop_assert!(kernel.read(&place().journal()).is_err());
        }
    }
}
