//! The kernel as it runs: `kernel.*`, `mitigations.*`, `boot.id`.
//!
//! Boot parameters that only say where the system is on disk explain; they are no configuration.

use lab_core::model::FactClass::{Configuration, Explanation};
use lab_core::model::FactValue;

use super::super::sysfs::{Absence, SysRoot};
use super::Host;
use super::facts::{Facts, integer};
use super::scene::Provider::Kernel;

const VULNERABILITIES: &str = "/sys/devices/system/cpu/vulnerabilities";

/// Boot parameters that find the system, name its console or talk to its init; each as the text before `=`. A
/// parameter of a module (`rd.luks`) is known by what stands before its dot.
const PLUMBING: &[&str] = &[
    "BOOT_IMAGE",
    "boot",
    "console",
    "cryptdevice",
    "earlycon",
    "earlyprintk",
    "init",
    "initrd",
    "loglevel",
    "luks",
    "plymouth",
    "quiet",
    "rd",
    "rdinit",
    "resume",
    "resume_offset",
    "ro",
    "root",
    "rootflags",
    "rootfstype",
    "rootwait",
    "rw",
    "splash",
    "systemd",
    "vt",
];

pub(super) fn fill(facts: &mut Facts<'_>, host: &Host<'_>) {
    facts.text("boot.id", Explanation, Kernel, "/proc/sys/kernel/random/boot_id");
    release(facts, host);
    cmdline(facts);
    preemption(facts);
    tick(facts);
    facts.integer("kernel.taint", Explanation, Kernel, "/proc/sys/kernel/tainted");
    facts.integer("kernel.nmi_watchdog", Configuration, Kernel, "/proc/sys/kernel/nmi_watchdog");
    facts.integer("kernel.timer_migration", Configuration, Kernel, "/proc/sys/kernel/timer_migration");
    facts.integer(
        "kernel.sched_autogroup",
        Configuration,
        Kernel,
        "/proc/sys/kernel/sched_autogroup_enabled",
    );
    facts.text("kernel.sched_ext", Configuration, Kernel, "/sys/kernel/sched_ext/state");
    mitigations(facts);
}

fn release(facts: &mut Facts<'_>, host: &Host<'_>) {
    let path = "/proc/sys/kernel/osrelease";
    let portable = || host.live.portable.as_ref().ok().and_then(|portable| portable.kernel.clone());
    match (facts.read(Kernel, path), portable()) {
        (Err(_), Some(release)) => {
            let value = Ok(FactValue::Text(release));
            facts.record("kernel.release", Configuration, "the sysinfo library", value);
        }
        (release, _) => {
            facts.record("kernel.release", Configuration, path, release.map(FactValue::Text));
        }
    }
    facts.text("kernel.version", Configuration, Kernel, "/proc/sys/kernel/version");
}

fn cmdline(facts: &mut Facts<'_>) {
    let path = "/proc/cmdline";
    let text = facts.read(Kernel, path);
    let parameters = text.clone().map(|text| FactValue::List(parameters(&text)));
    facts.record("kernel.cmdline", Explanation, path, text.map(FactValue::Text));
    facts.record("kernel.parameters", Configuration, path, parameters);
}

/// The parameters that change how the kernel works, sorted; what follows ` -- ` belongs to init.
fn parameters(cmdline: &str) -> Vec<String> {
    let tokens = cmdline.split_whitespace().take_while(|token| *token != "--");
    let mut parameters: Vec<String> = tokens
        .filter(|token| {
            let name = token.split(['=', '.']).next().unwrap_or_default();
            !PLUMBING.contains(&name)
        })
        .map(str::to_owned)
        .collect();
    parameters.sort();
    parameters
}

/// The model in force. A kernel with a model chosen at boot says `PREEMPT_DYNAMIC` and keeps the choice in debugfs,
/// which only root may read.
fn preemption(facts: &mut Facts<'_>) {
    let path = "/sys/kernel/debug/sched/preempt";
    let built = facts.read(Kernel, "/proc/sys/kernel/version").map(|version| built_preemption(&version));
    if !built.as_ref().is_ok_and(|model| model == "dynamic") {
        let value = built.map(FactValue::Text);
        return facts.record("kernel.preempt", Configuration, "/proc/sys/kernel/version", value);
    }
    let chosen = facts.root.read(path).ok().and_then(|text| {
        let (_, rest) = text.split_once('(')?;
        Some(rest.split_once(')')?.0.to_owned())
    });
    let asked = facts.root.read("/proc/cmdline").ok().and_then(|text| {
        text.split_whitespace().find_map(|token| Some(token.strip_prefix("preempt=")?.to_owned()))
    });
    let (text, source) = match (chosen, asked) {
        (Some(model), _) => (format!("dynamic, {model}"), path),
        (None, Some(model)) => (format!("dynamic, {model}"), "/proc/cmdline preempt="),
        (None, None) => ("dynamic, as built".to_owned(), "/proc/sys/kernel/version"),
    };
    facts.record("kernel.preempt", Configuration, source, Ok(FactValue::Text(text)));
}

/// What the words of the version say; a kernel without any of them does not preempt itself, or does so at voluntary
/// points only.
fn built_preemption(version: &str) -> String {
    let has = |word: &str| version.split_whitespace().any(|part| part == word);
    let model = match () {
        () if has("PREEMPT_RT") => "realtime",
        () if has("PREEMPT_DYNAMIC") => "dynamic",
        () if has("PREEMPT_LAZY") => "lazy",
        () if has("PREEMPT") => "full",
        () => "none or voluntary",
    };
    model.to_owned()
}

/// Ticks a second, from the configuration that distributions put beside the kernel.
fn tick(facts: &mut Facts<'_>) {
    let path =
        facts.read(Kernel, "/proc/sys/kernel/osrelease").map(|release| format!("/boot/config-{release}"));
    let hz = path.clone().and_then(|path| configured_hz(facts.root, &path));
    let source = path.unwrap_or_else(|_| "/boot/config-*".into());
    facts.record("kernel.tick_hz", Configuration, &source, hz);
}

fn configured_hz(root: &SysRoot, path: &str) -> Result<FactValue, Absence> {
    let text = root.read(path)?;
    let line = text.lines().find_map(|line| line.strip_prefix("CONFIG_HZ="));
    integer(line.ok_or_else(|| format!("no CONFIG_HZ in {path}"))?, path)
}

/// One fact per known weakness of processors, as the kernel's own sentence.
fn mitigations(facts: &mut Facts<'_>) {
    let names = facts.root.names(VULNERABILITIES);
    if names.is_empty() {
        let why = facts.scene.explain(&format!("no {VULNERABILITIES}"), Kernel);
        facts.record("mitigations.all", Configuration, VULNERABILITIES, Err(why));
    }
    for name in names {
        let path = format!("{VULNERABILITIES}/{name}");
        facts.text(&format!("mitigations.{name}"), Configuration, Kernel, &path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_system_lies_is_no_parameter() {
        let cmdline = "BOOT_IMAGE=/vmlinuz-6.8 root=UUID=ab-cd ro quiet isolcpus=2,3 mitigations=off rd.luks.uuid=x \
                       systemd.show_status=1 init=/nix/store/x/init nohz_full=2,3 -- --addr 0.0.0.0";
        assert_eq!(parameters(cmdline), ["isolcpus=2,3", "mitigations=off", "nohz_full=2,3"]);
    }

    #[test]
    fn the_preemption_model_is_in_the_version() {
        let model = |words: &str| built_preemption(&format!("#1 SMP {words} Tue Jan 1 00:00:00 UTC 2030"));
        assert_eq!(model("PREEMPT_DYNAMIC"), "dynamic");
        assert_eq!(model("PREEMPT_RT"), "realtime");
        assert_eq!(model("PREEMPT"), "full");
        assert_eq!(model(""), "none or voluntary");
    }
}
