//! What every knob declares on the machine that runs the tests; nothing is written.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use bench_lab::host::knob::{ALL, Scene, Setting, Shape, mask};
use bench_lab::host::sysfs::SysRoot;
use bench_lab::host::topology;
use lab_core::cpulist::CpuList;
use lab_core::placement::{Request, choose};

/// The file as its shape says it reads.
fn reads_as_declared(root: &SysRoot, setting: &Setting) {
    let path = &setting.path;
    if setting.shape == Shape::Held {
        assert!(setting.wanted.parse::<u32>().is_ok(), "{setting:?}");
        return;
    }
    let text = root.read(path).unwrap_or_else(|why| panic!("{why}"));
    match setting.shape {
        Shape::CpuList => drop(text.parse::<CpuList>().unwrap_or_else(|why| panic!("{path}: {why}"))),
        Shape::CpuMask => assert!(mask::parse(&text).is_some(), "{path}: {text}"),
        Shape::Bracketed => assert!(text.contains('['), "{path}: {text}"),
        Shape::Plain | Shape::Drifting => assert!(!text.is_empty() && !text.contains('\n'), "{path}: {text}"),
        Shape::Held => unreachable!("handled above"),
    }
}

#[test]
fn each_declared_file_of_this_machine_is_there_and_takes_writes_by_its_owner() {
    let root = SysRoot::live();
    let topology = topology::read(&root);
    let placement = choose(&topology, &Request::default()).unwrap();
    let scene = Scene {
        root: &root,
        topology: &topology,
        bench_cpus: &placement.cpus,
        housekeeping_cpus: &placement.housekeeping,
    };
    for knob in ALL {
        let settings = match knob.settings(&scene) {
            Ok(settings) => settings,
            Err(why) => {
                println!("{}: nothing, {why}", knob.id());
                continue;
            }
        };
        assert!(!settings.is_empty(), "{} declares nothing and does not say why", knob.id());
        for setting in &settings {
            println!("{}: {} = {}", knob.id(), setting.path, setting.wanted);
            let metadata =
                fs::metadata(&setting.path).unwrap_or_else(|why| panic!("{}: {why}", setting.path));
            // Interrupts that the kernel manages are declared to be named when they refuse.
            let may_refuse = knob.id() == "irq_affinity";
            assert!(may_refuse || metadata.mode() & 0o200 != 0, "{} is read-only", setting.path);
            reads_as_declared(&root, setting);
            if let Some(owner) = &setting.owner {
                assert_eq!(root.read(&owner.path).as_ref(), Ok(&owner.text));
            }
        }
    }
}
