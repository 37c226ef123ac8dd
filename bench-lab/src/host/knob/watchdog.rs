//! Takes the lockup detectors off the bench CPUs (`kernel.watchdog_cpumask`, `kernel.nmi_watchdog`; kernel:
//! `admin-guide/lockup-watchdogs.rst`, `admin-guide/sysctl/kernel.rst`).
//!
//! It switches a detector off only where no other CPU is left to watch. Trap: `nmi_watchdog` is read-only where the
//! kernel found no hardware for it.

use super::super::sysfs::{Absence, SysRoot};
use super::{Knob, Scene, Setting, Shape, is_read_only, present};

const WATCHED: &str = "/proc/sys/kernel/watchdog_cpumask";
const HARD: &str = "/proc/sys/kernel/nmi_watchdog";

pub(super) struct Watchdog;

impl Knob for Watchdog {
    fn id(&self) -> &'static str {
        "watchdog"
    }

    fn why(&self) -> &'static str {
        "the detectors interrupt each CPU every few seconds, and the one for hard lockups holds a performance counter"
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        match scene.elsewhere() {
            Ok(_) if scene.root.exists(WATCHED) => {
                let now = scene.root.read(WATCHED)?.parse().map_err(|error| format!("{WATCHED}: {error}"))?;
                Ok(vec![Setting::fixed(WATCHED, scene.narrow(&now)?, Shape::CpuList)])
            }
            _ => hard_lockups(scene.root),
        }
    }
}

fn hard_lockups(root: &SysRoot) -> Result<Vec<Setting>, Absence> {
    present(root, HARD, "CONFIG_LOCKUP_DETECTOR")?;
    if is_read_only(root, HARD) {
        return Err("no hard lockup detector: nmi_watchdog is read-only".into());
    }
    Ok(vec![Setting::plain(HARD, 0)])
}
