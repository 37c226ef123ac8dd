//! Has the kernel ask for the highest clock at all times (`scaling_governor`; kernel: `admin-guide/pm/cpufreq.rst`).
//!
//! It names no governor for the way back. Traps: a governor's tunables go when it goes and come back with the
//! kernel's defaults, so they are declared first, as they are, to be restored last; old kernels reset `no_turbo` when
//! the governor changes, so [`super::boost`] comes after.

use std::collections::BTreeSet;

use lab_core::machine::{KnobWish, Takes};

use super::super::sysfs::{Absence, SysRoot};
use super::policy::{self, Policy};
use super::{CPUS, Knob, Scene, Setting, Shape, is_read_only};

const WANTED: &str = "performance";

pub(super) struct Governor;

impl Knob for Governor {
    fn id(&self) -> &'static str {
        "governor"
    }

    fn why(&self) -> &'static str {
        "a governor that follows the load runs the first milliseconds of each process at another clock than the rest"
    }

    fn takes(&self) -> Takes {
        Takes::Word
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        wanting(scene, WANTED)
    }

    fn settings_for(&self, scene: &Scene<'_>, wish: &KnobWish) -> Result<Vec<Setting>, Absence> {
        wanting(scene, &wish.to_text())
    }
}

/// This governor for the cores that are measured on, and the tunables of those that go.
fn wanting(scene: &Scene<'_>, wanted: &str) -> Result<Vec<Setting>, Absence> {
    let policies = policy::measured(scene)?;
    let (able, unable): (Vec<&Policy>, Vec<&Policy>) = policies
        .iter()
        .partition(|policy| offered(scene.root, policy).split_whitespace().any(|name| name == wanted));
    if able.is_empty() {
        let policy = unable[0];
        let offered = offered(scene.root, policy);
        return Err(format!("{} offers no {wanted} governor: {offered:?}", policy.driver(scene.root)));
    }
    let paths: BTreeSet<String> =
        able.iter().flat_map(|policy| tunables(scene.root, policy, wanted)).collect();
    let kept = paths.into_iter().filter_map(|path| {
        let text = scene.root.read(&path).ok()?;
        Some(Setting::fixed(path, text, Shape::Drifting))
    });
    let governors = able.iter().map(|policy| Setting::plain(policy.file("scaling_governor"), wanted));
    Ok(kept.chain(governors).collect())
}

fn offered(root: &SysRoot, policy: &Policy) -> String {
    policy.read(root, "scaling_available_governors").unwrap_or_default()
}

/// Files whose values the governor of a policy takes along: its folder in the policy or, for drivers with one set for
/// all CPUs, beside the policies; and the clock that was chosen by hand.
fn tunables(root: &SysRoot, policy: &Policy, wanted: &str) -> Vec<String> {
    let governor = policy.read(root, "scaling_governor").unwrap_or_default();
    if governor.is_empty() || governor == wanted {
        return Vec::new();
    }
    let folders = [policy.file(&governor), format!("{CPUS}/cpufreq/{governor}")];
    let files = folders
        .iter()
        .flat_map(|folder| root.names(folder).into_iter().map(move |name| format!("{folder}/{name}")));
    let chosen = (governor == "userspace").then(|| policy.file("scaling_setspeed"));
    files.chain(chosen).filter(|path| !is_read_only(root, path)).collect()
}
