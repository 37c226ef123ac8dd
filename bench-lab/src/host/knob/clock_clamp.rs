//! Holds the clock at nominal (`scaling_min_freq`, `scaling_max_freq`; kernel: `admin-guide/pm/cpufreq.rst`).
//!
//! It never raises the limit of a CPU that is not measured on. It is what holds where a boost switch is missing or
//! lies, as with amd-pstate in active mode before kernel 6.11. Traps: a minimum above the maximum is refused by old
//! kernels, so the range is widened before it is narrowed, in both directions; on some kernels the boost switch
//! resets the maximum, so this comes after [`super::boost`].

use lab_core::machine::{KnobWish, Takes};

use super::super::sysfs::{Absence, SysRoot};
use super::policy::{self, Policy};
use super::{CPUS, Knob, Scene, Setting};

pub(super) struct ClockClamp;

impl Knob for ClockClamp {
    fn id(&self) -> &'static str {
        "clock_clamp"
    }

    fn why(&self) -> &'static str {
        "a clock that may move between its limits moves between two runs of the same code"
    }

    fn takes(&self) -> Takes {
        Takes::Number { from: 1, to: 100_000_000, unit: "kHz, instead of the nominal clock" }
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        clamp(scene, nominal_khz)
    }

    fn settings_for(&self, scene: &Scene<'_>, wish: &KnobWish) -> Result<Vec<Setting>, Absence> {
        let khz = wish.to_text().parse::<u64>().map_err(|_| format!("{wish} is no clock"))?;
        clamp(scene, |root, policy| Some(within_limits(root, policy, khz)))
    }
}

/// The cores that are measured on get one clock. All others are kept from going above theirs: where all cores share one
/// clock, as on many desktop processors, the fastest wish wins.
fn clamp(
    scene: &Scene<'_>,
    khz_of: impl Fn(&SysRoot, &Policy) -> Option<u64>,
) -> Result<Vec<Setting>, Absence> {
    let policies = policy::all(scene)?;
    let threads = scene.measured_threads();
    let mut settings = Vec::new();
    for policy in &policies {
        let Some(khz) = khz_of(scene.root, policy) else { continue };
        let is_measured = policy.cpus.iter().any(|cpu| threads.contains(cpu));
        settings.extend(if is_measured {
            pin(scene.root, policy, khz)
        } else {
            cap(scene.root, policy, khz)
        });
    }
    if settings.is_empty() {
        let driver = policies[0].driver(scene.root);
        return Err(format!(
            "nominal clock unknown: {driver} has no base_frequency, the firmware no CPPC table"
        ));
    }
    Ok(settings)
}

/// Both limits at one clock.
fn pin(root: &SysRoot, policy: &Policy, khz: u64) -> Vec<Setting> {
    let mut settings = [minimum(policy, khz), maximum(policy, khz)];
    if policy.khz(root, "scaling_max_freq").is_some_and(|now| now < khz) {
        settings.reverse();
    }
    settings.into()
}

/// The upper limit lowered to the clock, and the lower limit out of its way.
fn cap(root: &SysRoot, policy: &Policy, khz: u64) -> Vec<Setting> {
    let now = |name| policy.khz(root, name);
    let lowered = now("scaling_max_freq").map_or(khz, |now| now.min(khz));
    let in_the_way = now("scaling_min_freq").is_some_and(|now| now > lowered);
    in_the_way.then(|| minimum(policy, lowered)).into_iter().chain([maximum(policy, lowered)]).collect()
}

fn minimum(policy: &Policy, khz: u64) -> Setting {
    Setting::plain(policy.file("scaling_min_freq"), khz)
}

fn maximum(policy: &Policy, khz: u64) -> Setting {
    Setting::plain(policy.file("scaling_max_freq"), khz)
}

/// The guaranteed clock in kHz, within what the driver can set: Intel's own file, or the firmware's CPPC table, which
/// is in MHz (`ABI/testing/sysfs-devices-system-cpu`, `admin-guide/acpi/cppc_sysfs.rst`) and 0 where the firmware left
/// it out.
fn nominal_khz(root: &SysRoot, policy: &Policy) -> Option<u64> {
    let of_firmware = || {
        let path = format!("{CPUS}/cpu{}/acpi_cppc/nominal_freq", policy.cpus.first()?);
        root.read(&path).ok()?.parse::<u64>().ok()?.checked_mul(1000)
    };
    let khz = policy.khz(root, "base_frequency").or_else(of_firmware).filter(|khz| *khz > 0)?;
    Some(within_limits(root, policy, khz))
}

/// The nearest clock that the driver can set.
fn within_limits(root: &SysRoot, policy: &Policy, khz: u64) -> u64 {
    let khz = policy.khz(root, "cpuinfo_max_freq").map_or(khz, |limit| khz.min(limit));
    policy.khz(root, "cpuinfo_min_freq").map_or(khz, |limit| khz.max(limit))
}
