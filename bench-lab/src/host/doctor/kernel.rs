//! Mitigations, microcode, features, and the kernel's log.
//!
//! It looks for files that only a kernel with the feature has; it reads no configuration.

use std::collections::BTreeMap;

use lab_core::doctor::{Gap, Kernel, LogKind, LogLine, Sourced};

use super::scene::{CPUS, Provider, Scene};

/// Where each version-2 hierarchy lists its controllers: alone, and beside version 1.
const CONTROLLERS: [&str; 2] =
    ["/sys/fs/cgroup/cgroup.controllers", "/sys/fs/cgroup/unified/cgroup.controllers"];

pub(super) fn read(scene: &Scene<'_>) -> Kernel {
    Kernel {
        mitigations: mitigations(scene),
        microcode: microcode(scene),
        missing_features: Sourced::new("/sys/fs/cgroup, /sys/devices", Ok(missing_features(scene))),
        log: Sourced::new("/dev/kmsg", log(scene)),
    }
}

fn mitigations(scene: &Scene<'_>) -> Sourced<BTreeMap<String, String>> {
    let folder = format!("{CPUS}/vulnerabilities");
    let names = scene.root.names(&folder);
    let states: BTreeMap<String, String> = names
        .into_iter()
        .filter_map(|name| Some((name.clone(), scene.root.read(&format!("{folder}/{name}")).ok()?)))
        .collect();
    let value = match states.is_empty() {
        true => Err(scene.gap(format!("no {folder}"), Provider::Kernel)),
        false => Ok(states),
    };
    Sourced::new(folder, value)
}

fn microcode(scene: &Scene<'_>) -> Sourced<Option<String>> {
    let reading = scene.text("cpu.microcode");
    let value = match reading.value {
        Ok(revision) => Ok(Some(revision)),
        // An ARM processor has none to tell of; on x86 a missing line is worth a note.
        Err(_) if scene.environment.text("cpu.level").is_some() => Ok(None),
        Err(gap) => Err(gap),
    };
    Sourced::new(reading.source, value)
}

fn missing_features(scene: &Scene<'_>) -> Vec<String> {
    let has_word = |path: &str| {
        scene.root.read(path).is_ok_and(|text| text.split_whitespace().any(|word| word == "cpuset"))
    };
    let is_x86 = scene.environment.text("cpu.level").is_some();
    let aperf = "/sys/bus/event_source/devices/msr/events/aperf";
    let features = [
        (
            CONTROLLERS.iter().any(|path| has_word(path)),
            "no cpuset controller of version 2: the bench CPUs cannot be isolated without a reboot",
        ),
        (
            scene.root.exists(&format!("{CPUS}/nohz_full")),
            "no NO_HZ_FULL: the timer tick cannot be kept off the bench CPUs",
        ),
        (
            !is_x86 || scene.root.exists(aperf),
            "no aperf among the MSR counters: the clock is measured by cycles alone, or not at all",
        ),
    ];
    features.iter().filter(|(is_there, _)| !is_there).map(|(_, lost)| (*lost).to_owned()).collect()
}

/// `6,339,5140900,-;message`: priority, number, microseconds since boot; further lines of a record begin with a blank.
fn log(scene: &Scene<'_>) -> Result<Vec<LogLine>, Gap> {
    let text = scene.live.kernel_log.as_ref().map_err(|why| scene.gap(why.clone(), Provider::Kernel))?;
    let lines = text.lines().filter_map(|line| {
        let (head, message) = line.split_once(';')?;
        let kind = LogKind::of(message)?;
        let microseconds: f64 = head.split(',').nth(2)?.parse().ok()?;
        let age_seconds = (scene.live.uptime_seconds - microseconds / 1e6).max(0.0);
        Some(LogLine { kind, age_seconds, text: message.to_owned() })
    });
    Ok(lines.collect())
}
