//! On what the lab stands: bare metal or a virtual machine, a container or not, root or not.
//!
//! Every group asks it why a file is missing; it never turns a missing file into a setting.

use lab_core::model::{FactClass, FactValue};

use super::super::sysfs::{Absence, SysRoot};
use super::Host;
use super::facts::Facts;
use super::live::LiveReadings;

/// Whose file it would have been; decides what its absence means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    /// The processor or the firmware, which a hypervisor may keep to itself.
    Hardware,
    /// The kernel, which may have been built without.
    Kernel,
}

/// Processor families that the kernel describes differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Architecture {
    X86,
    Arm,
    Other,
}

/// What explains absences.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) architecture: Architecture,
    /// Name of the hypervisor with where it showed, or why none is known.
    hypervisor: (Option<String>, String),
    /// Name of the container engine with where it showed.
    container: Option<(String, String)>,
    is_root: bool,
}

/// Places that give a container away: the path, and the name of what leaves it.
const CONTAINER_MARKS: [(&str, &str); 2] = [("/.dockerenv", "docker"), ("/run/.containerenv", "podman")];

/// Words in the control group path of process 1 (cgroups v1, or v2 without a namespace of its own).
const CONTAINER_GROUPS: [(&str, &str); 5] = [
    ("/docker", "docker"),
    ("kubepods", "kubernetes"),
    ("libpod", "podman"),
    ("/lxc", "lxc"),
    ("containerd", "containerd"),
];

/// What firmware calls a virtual machine: words in the DMI vendor or product, and the hypervisor behind them.
const FIRMWARE_NAMES: [(&str, &str); 9] = [
    ("KVM", "kvm"),
    ("QEMU", "qemu"),
    ("VMware", "vmware"),
    ("VirtualBox", "virtualbox"),
    ("Xen", "xen"),
    ("Virtual Machine", "hyper-v"),
    ("Google Compute Engine", "kvm"),
    ("OpenStack", "kvm"),
    ("BHYVE", "bhyve"),
];

/// Looks around once, before any group is filled.
pub(super) fn look(root: &SysRoot, live: &LiveReadings) -> Scene {
    let cpuinfo = root.read("/proc/cpuinfo").unwrap_or_default();
    let has_key = |key: &str| cpuinfo.lines().any(|line| line.starts_with(key));
    let architecture = if has_key("vendor_id") {
        Architecture::X86
    } else if has_key("CPU implementer") {
        Architecture::Arm
    } else {
        Architecture::Other
    };
    let status = root.read("/proc/self/status").unwrap_or_default();
    let effective = status.lines().find_map(|line| line.strip_prefix("Uid:")?.split_whitespace().nth(1));
    Scene {
        architecture,
        hypervisor: hypervisor(root, live, &cpuinfo),
        container: container(root),
        is_root: effective == Some("0"),
    }
}

impl Scene {
    /// The absence with what it means here. Two Runs are never told apart by this text.
    pub(super) fn explain(&self, absence: &str, provider: Provider) -> Absence {
        if absence.ends_with("permission denied") {
            return match (self.is_root, &self.container) {
                (false, _) => format!("{absence}, needs root"),
                (true, Some((engine, _))) => format!("{absence} inside the {engine} container"),
                (true, None) => absence.to_owned(),
            };
        }
        if !absence.starts_with("no ") && !absence.ends_with("is empty") {
            return absence.to_owned();
        }
        let meaning = match (provider, &self.hypervisor.0, &self.container) {
            (Provider::Hardware, Some(_), _) => "virtual machine".to_owned(),
            (_, _, Some((engine, _))) => format!("hidden by the {engine} container, or not there"),
            (Provider::Hardware, None, None) => "not offered by this hardware or its driver".to_owned(),
            (Provider::Kernel, _, None) => "not in this kernel".to_owned(),
        };
        format!("{absence}: {meaning}")
    }
}

/// Writes down what [`look`] saw.
pub(super) fn fill(facts: &mut Facts<'_>, _host: &Host<'_>) {
    let (hypervisor, source) = facts.scene.hypervisor.clone();
    // x86 guests are told by a processor flag; elsewhere silence proves nothing.
    let value = match (hypervisor, facts.scene.architecture) {
        (Some(name), _) => Ok(FactValue::Text(name)),
        (None, Architecture::X86) => Ok(FactValue::Text("none".into())),
        (None, _) => Err("neither firmware nor device tree names one".into()),
    };
    facts.record("virtual.hypervisor", FactClass::Machine, &source, value);

    let (value, source) = facts.scene.container.clone().unwrap_or_else(|| {
        ("none".into(), "/.dockerenv, /run/.containerenv, /run/systemd/container, /proc/1/cgroup".into())
    });
    facts.record("virtual.container", FactClass::Configuration, &source, Ok(FactValue::Text(value)));
}

/// By the processor's own word first, then by what the firmware says of itself.
fn hypervisor(root: &SysRoot, live: &LiveReadings, cpuinfo: &str) -> (Option<String>, String) {
    if let Ok(name) = &live.hypervisor {
        return (Some(name.clone()), "cpuid leaf 0x40000000".into());
    }
    if let Ok(kind) = root.read("/sys/hypervisor/type") {
        return (Some(kind), "/sys/hypervisor/type".into());
    }
    for path in ["/sys/class/dmi/id/sys_vendor", "/sys/class/dmi/id/product_name"] {
        let text = root.read(path).unwrap_or_default();
        if let Some((_, name)) = FIRMWARE_NAMES.iter().find(|(word, _)| text.contains(word)) {
            return (Some((*name).to_owned()), path.into());
        }
    }
    let path = "/proc/device-tree/hypervisor/compatible";
    if let Ok(text) = root.read(path) {
        return (Some(text.trim_end_matches('\0').to_owned()), path.into());
    }
    let flags = cpuinfo.lines().find(|line| line.starts_with("flags"));
    let is_flagged = flags.is_some_and(|line| line.split_whitespace().any(|flag| flag == "hypervisor"));
    (is_flagged.then(|| "unnamed".into()), "/proc/cpuinfo flags, /sys/class/dmi/id".into())
}

fn container(root: &SysRoot) -> Option<(String, String)> {
    let seen = |name: &str, path: &str| Some((name.to_owned(), path.to_owned()));
    if let Ok(name) = root.read("/run/systemd/container") {
        return seen(&name, "/run/systemd/container");
    }
    if let Some((path, name)) = CONTAINER_MARKS.iter().find(|(path, _)| root.exists(path)) {
        return seen(name, path);
    }
    let groups = root.read("/proc/1/cgroup").unwrap_or_default();
    if let Some((_, name)) = CONTAINER_GROUPS.iter().find(|(word, _)| groups.contains(word)) {
        return seen(name, "/proc/1/cgroup");
    }
    let release = root.read("/proc/sys/kernel/osrelease").unwrap_or_default();
    release.contains("WSL").then(|| seen("wsl", "/proc/sys/kernel/osrelease"))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(hypervisor: Option<&str>, container: Option<&str>, is_root: bool) -> Scene {
        Scene {
            architecture: Architecture::X86,
            hypervisor: (hypervisor.map(str::to_owned), String::new()),
            container: container.map(|name| (name.to_owned(), String::new())),
            is_root,
        }
    }

    #[test]
    fn an_absence_says_what_it_means_where_one_stands() {
        let metal = scene(None, None, true);
        let guest = scene(Some("kvm"), None, true);
        let boxed = scene(None, Some("docker"), true);
        assert_eq!(guest.explain("no cpufreq", Provider::Hardware), "no cpufreq: virtual machine");
        assert_eq!(guest.explain("no /proc/ksm", Provider::Kernel), "no /proc/ksm: not in this kernel");
        assert_eq!(
            metal.explain("no cpufreq", Provider::Hardware),
            "no cpufreq: not offered by this hardware or its driver"
        );
        assert_eq!(
            boxed.explain("/proc/interrupts is empty", Provider::Kernel),
            "/proc/interrupts is empty: hidden by the docker container, or not there"
        );
    }

    #[test]
    fn a_refusal_is_told_from_a_missing_file() {
        let refused = "/sys/x: permission denied";
        let explain = |scene: Scene| scene.explain(refused, Provider::Hardware);
        assert_eq!(explain(scene(Some("kvm"), None, false)), "/sys/x: permission denied, needs root");
        assert_eq!(explain(scene(None, None, true)), refused);
        assert_eq!(
            explain(scene(None, Some("docker"), true)),
            "/sys/x: permission denied inside the docker container"
        );
        assert_eq!(
            scene(Some("kvm"), None, true).explain("/sys/x: Input/output error", Provider::Hardware),
            "/sys/x: Input/output error"
        );
    }
}
