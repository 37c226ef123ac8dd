//! Who else runs: load, known daemons, package managers, timers.
//!
//! It knows programs by their names only.

use lab_core::doctor::{Busy, Gap, Load, Sourced, Timer};
use serde_json::Value;

use super::processes::{self, Process};
use super::scene::{Provider, Scene};

/// Daemons that set what a session sets. Names are cut to 15 bytes, as the kernel does.
const DAEMONS: [&str; 5] = ["irqbalance", "tuned", "power-profiles-daemon", "auto-cpufreq", "thermald"];

/// tlp runs no daemon: its units act on events, and leave this behind while it is in charge.
const TLP: &str = "/run/tlp/last_pwr";

/// Package managers and backups that work while they run.
const MAINTENANCE: [&str; 17] = [
    "apt",
    "apt-get",
    "aptitude",
    "borg",
    "dnf",
    "dnf5",
    "dpkg",
    "duplicity",
    "nix-build",
    "nix-env",
    "pacman",
    "restic",
    "rpm",
    "rsnapshot",
    "unattended-upgr",
    "yum",
    "zypper",
];

/// Bytes that the kernel keeps of a name (`TASK_COMM_LEN` less its end).
const NAME_BYTES: usize = 15;

pub(super) fn read(scene: &Scene<'_>) -> Load {
    let programs = processes::read(scene.root);
    let named = |names: &[&str]| -> Result<Vec<String>, Gap> {
        let programs = programs.as_ref().map_err(|why| Gap::Unreadable(why.clone()))?;
        Ok(running(programs, names))
    };
    let daemons = named(&DAEMONS).map(|mut names| {
        names.extend(scene.root.exists(TLP).then(|| "tlp".to_owned()));
        names
    });
    Load {
        running_count: Sourced::new("/proc/stat procs_running", running_count(scene)),
        pressure_share: pressure(scene),
        busy: busy(scene),
        daemons: Sourced::new("/proc/PID/stat, /run/tlp", daemons),
        maintenance: Sourced::new("/proc/PID/stat", named(&MAINTENANCE)),
        timers: Sourced::new("systemctl list-timers", timers(scene)),
    }
}

/// Those of `names` that run, in the order of the list.
fn running(programs: &[Process], names: &[&str]) -> Vec<String> {
    let cut = |name: &str| name.get(..NAME_BYTES).unwrap_or(name).to_owned();
    let runs = |name: &&&str| programs.iter().any(|program| program.name == cut(name));
    names.iter().filter(runs).map(|name| (*name).to_owned()).collect()
}

/// Programs that want a CPU now, besides the one that asks.
fn running_count(scene: &Scene<'_>) -> Result<u64, Gap> {
    // When the probes ran, their first look came before they made load themselves.
    let counted = match scene.timed {
        Ok(timed) => timed.first.running_count.clone(),
        Err(_) => super::timed::running_count(scene.root),
    };
    counted.map(|count| count.saturating_sub(1)).map_err(|why| scene.gap(why, Provider::Kernel))
}

/// Over the watched time, else the kernel's own mean of the last ten seconds.
fn pressure(scene: &Scene<'_>) -> Sourced<f64> {
    const PATH: &str = "/proc/pressure/cpu";
    if let Ok(share) = scene.rested().and_then(|window| window.pressure_share()) {
        return Sourced::new(format!("{PATH} while watched"), Ok(share));
    }
    let text = scene.root.read(PATH).map_err(|why| scene.gap(why, Provider::Kernel));
    let share = text.and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("some "));
        let mean = line.and_then(|line| line.split(' ').find_map(|word| word.strip_prefix("avg10=")));
        let percent: Option<f64> = mean.and_then(|mean| mean.parse().ok());
        percent.map(|percent| percent / 100.0).ok_or_else(|| Gap::Unreadable(format!("{PATH} has no avg10")))
    });
    Sourced::new(format!("{PATH} avg10"), share)
}

fn busy(scene: &Scene<'_>) -> Vec<Busy> {
    scene.rested().and_then(|window| window.busy()).unwrap_or_default()
}

/// `[{"next": µs since 1970, "activates": "x.service"}, …]`; `next` is 0 or null for a timer that is done.
fn timers(scene: &Scene<'_>) -> Result<Vec<Timer>, Gap> {
    const US_PER_MINUTE: f64 = 60e6;
    let text = scene.live.timers.clone().map_err(|why| scene.gap(why, Provider::Kernel))?;
    let odd = || Gap::Unreadable("systemctl gave no JSON: systemd is older than version 248".into());
    let list: Value = serde_json::from_str(&text).map_err(|_| odd())?;
    let list = list.as_array().ok_or_else(odd)?;
    let mut timers: Vec<Timer> = list
        .iter()
        .filter_map(|timer| {
            let next = timer.get("next")?.as_i64().filter(|next| *next > 0)?;
            let unit = timer.get("activates").or_else(|| timer.get("unit"))?.as_str()?.to_owned();
            Some(Timer { unit, minutes: (next - scene.live.now_us) as f64 / US_PER_MINUTE })
        })
        .collect();
    timers.sort_by(|one, two| one.minutes.total_cmp(&two.minutes));
    Ok(timers)
}
