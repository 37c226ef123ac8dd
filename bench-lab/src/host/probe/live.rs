//! Readings that no file gives: instructions, system calls, a library. They exist on a running machine only.
//!
//! The rest of the probe takes them as values, so that captured machines can be probed without them.

use sysinfo::System;

use super::super::sysfs::Absence;
use super::counters::{self, Counter};

/// What was read from the running machine, each with the reason where it could not.
#[derive(Clone, Debug)]
pub struct LiveReadings {
    /// Name of the hypervisor by the processor's own word; the reason says also when there is none.
    pub hypervisor: Result<String, Absence>,
    /// Version of the C library that the lab runs with (`glibc 2.36`).
    pub libc: Result<String, Absence>,
    /// Size of a page.
    pub page_bytes: Result<i64, Absence>,
    /// What the kernel says of its monotonic clock.
    pub timer_resolution_ns: Result<i64, Absence>,
    /// The least step seen between readings of that clock.
    pub timer_step_ns: Result<i64, Absence>,
    /// Which counters open for a process of our own.
    pub counters: Result<Vec<OpenedCounter>, Absence>,
    /// Whether the counters of one invocation all count all the time when opened together.
    pub counter_group: Result<(), Absence>,
    /// What a portable library says, for systems without `/proc`.
    pub portable: Result<Portable, Absence>,
}

/// A counter and whether it opened.
pub type OpenedCounter = (Counter, Result<(), Absence>);

/// The few facts that are the same on every operating system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portable {
    /// Name of the processor.
    pub cpu_brand: String,
    /// Memory of the machine.
    pub memory_bytes: u64,
    /// Kernel version, when the system has one.
    pub kernel: Option<String>,
    /// Name and version of the operating system, when known.
    pub os: Option<String>,
}

/// How many pairs of clock readings are taken to find the least step.
const CLOCK_PAIR_COUNT: u32 = 2000;

impl LiveReadings {
    /// Reads the running machine; takes some milliseconds.
    pub fn take() -> Self {
        let has_proc = std::path::Path::new("/proc/cpuinfo").exists();
        Self {
            hypervisor: hypervisor(),
            libc: libc_version(),
            page_bytes: i64::try_from(rustix::param::page_size()).map_err(|error| error.to_string()),
            timer_resolution_ns: timer_resolution(),
            timer_step_ns: timer_step(),
            counters: Ok(Counter::ALL.iter().map(|counter| (*counter, counters::open(*counter))).collect()),
            counter_group: counters::count_together(),
            portable: if has_proc { Err("not needed beside /proc".into()) } else { portable() },
        }
    }

    /// Stands for a machine of which only files were captured.
    pub fn none(reason: &str) -> Self {
        let absent = || reason.to_owned();
        Self {
            hypervisor: Err(absent()),
            libc: Err(absent()),
            page_bytes: Err(absent()),
            timer_resolution_ns: Err(absent()),
            timer_step_ns: Err(absent()),
            counters: Err(absent()),
            counter_group: Err(absent()),
            portable: Err(absent()),
        }
    }
}

/// Signatures in leaf 0x40000000, by which a hypervisor names itself to its guest.
#[cfg(target_arch = "x86_64")]
const SIGNATURES: [(&[u8; 12], &str); 8] = [
    (b"KVMKVMKVM\0\0\0", "kvm"),
    (b"Microsoft Hv", "hyper-v"),
    (b"VMwareVMware", "vmware"),
    (b"XenVMMXenVMM", "xen"),
    (b"TCGTCGTCGTCG", "qemu"),
    (b"bhyve bhyve ", "bhyve"),
    (b" prl hyperv ", "parallels"),
    (b"ACRNACRNACRN", "acrn"),
];

#[cfg(target_arch = "x86_64")]
fn hypervisor() -> Result<String, Absence> {
    use std::arch::x86_64::__cpuid;
    /// Bit of leaf 1, register ECX, that real processors leave at zero for hypervisors to set.
    const IS_GUEST: u32 = 1 << 31;
    if __cpuid(1).ecx & IS_GUEST == 0 {
        return Err("the processor says that there is none".into());
    }
    let leaf = __cpuid(0x4000_0000);
    let signature = [leaf.ebx, leaf.ecx, leaf.edx].map(u32::to_le_bytes).concat();
    let known = SIGNATURES.iter().find(|(bytes, _)| bytes.as_slice() == signature);
    Ok(known.map_or_else(
        || String::from_utf8_lossy(&signature).trim_matches(['\0', ' ']).to_owned(),
        |(_, name)| (*name).to_owned(),
    ))
}

#[cfg(not(target_arch = "x86_64"))]
fn hypervisor() -> Result<String, Absence> {
    Err("the instruction that names it is one of x86-64".into())
}

#[cfg(target_env = "gnu")]
fn libc_version() -> Result<String, Absence> {
    #[expect(unsafe_code, reason = "the C library gives its version through a pointer")]
    // SAFETY: gnu_get_libc_version takes nothing and returns a static string that ends with a zero byte.
    let version = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
    Ok(format!("glibc {}", version.to_string_lossy()))
}

#[cfg(not(target_env = "gnu"))]
fn libc_version() -> Result<String, Absence> {
    Err("bench-lab was not built for glibc".into())
}

fn timer_resolution() -> Result<i64, Absence> {
    let resolution = rustix::time::clock_getres(rustix::time::ClockId::Monotonic);
    Ok(resolution.tv_sec.saturating_mul(1_000_000_000).saturating_add(resolution.tv_nsec))
}

fn timer_step() -> Result<i64, Absence> {
    let steps = (0..CLOCK_PAIR_COUNT).filter_map(|_| {
        let before = std::time::Instant::now();
        i64::try_from(before.elapsed().as_nanos()).ok().filter(|&step| step > 0)
    });
    steps.min().ok_or_else(|| format!("{CLOCK_PAIR_COUNT} pairs of readings were all equal"))
}

fn portable() -> Result<Portable, Absence> {
    let mut system = System::new().map_err(|error| error.to_string())?;
    system.refresh_memory();
    system.refresh_cpu_all();
    Ok(Portable {
        cpu_brand: system.cpus().first().map_or_else(String::new, |cpu| cpu.brand().to_owned()),
        memory_bytes: system.total_memory(),
        kernel: System::kernel_version().ok(),
        os: System::long_os_version().ok(),
    })
}
