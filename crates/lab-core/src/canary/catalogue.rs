//! The catalogue of canary kernels: which part of the machine each one stands for.
//!
//! An id never changes its meaning: a kernel that does other work gets another id, so that stored figures of one id can
//! always be compared.

/// Which part of the machine decides a kernel's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// The core and its clock: arithmetic, branches, its own caches.
    Core,
    /// What cores share: last-level cache and memory.
    Memory,
    /// The operating system's own code.
    Kernel,
    /// The disk below the store's folder.
    Storage,
}

impl Resource {
    /// What a benchmark can feel that keeps its CPU busy and waits for no disk.
    pub const ON_CPU: &[Self] = &[Self::Core, Self::Memory, Self::Kernel];

    /// Everything, for a benchmark that waits for the disk.
    pub const ALL: &[Self] = &[Self::Core, Self::Memory, Self::Kernel, Self::Storage];

    /// Name in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Memory => "memory",
            Self::Kernel => "kernel",
            Self::Storage => "storage",
        }
    }
}

/// One row of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Canary {
    /// Stored name, with the version of the work behind it.
    pub id: &'static str,
    /// What people are shown.
    pub name: &'static str,
    /// What decides its time.
    pub resource: Resource,
    /// What it does, and what it stands for.
    pub doc: &'static str,
}

const fn row(id: &'static str, name: &'static str, resource: Resource, doc: &'static str) -> Canary {
    Canary { id, name, resource, doc }
}

/// Every kernel that bench-lab has, in the order in which a process runs them.
pub const CANARIES: &[Canary] = &[
    row(
        "integer_v1",
        "integer",
        Resource::Core,
        "one chain of integer multiplications and additions, each waiting for the last: the core's clock",
    ),
    row(
        "float_v1",
        "float",
        Resource::Core,
        "one chain of multiplications and additions of f64: the clock, and floating-point units that are kept slower",
    ),
    row(
        "branchy_v1",
        "branchy",
        Resource::Core,
        "branches on random bits, half of them mispredicted: speculation and what mitigations cost it",
    ),
    row(
        "cache_v1",
        "cache",
        Resource::Core,
        "a chase of pointers through 256 KiB: the latency of the second-level cache, and who shares it",
    ),
    row(
        "bandwidth_v1",
        "bandwidth",
        Resource::Memory,
        "reads through 32 MiB, a part per pass: shared cache and memory, and who else streams through them",
    ),
    row(
        "allocation_v1",
        "allocation",
        Resource::Core,
        "small blocks taken from the system's allocator and given back out of order: the C library's heap",
    ),
    row(
        "syscall_v1",
        "syscall",
        Resource::Kernel,
        "the cheapest call that enters the kernel: entry and exit, and what mitigations and filters cost them",
    ),
    row(
        "fsync_v1",
        "fsync",
        Resource::Storage,
        "4 KiB written and made durable by fdatasync in the store's folder: the disk and its queue",
    ),
];

/// The row of this id; absent for a kernel of another version of bench-lab.
pub fn canary(id: &str) -> Option<&'static Canary> {
    CANARIES.iter().find(|canary| canary.id == id)
}
