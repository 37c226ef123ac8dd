//! Fills an [`Environment`] with what the machine, its settings and the build are.
//!
//! It never guesses: a fact that cannot be had is absent with the reason, and a reading that changes while one looks at
//! it (current clock, bogomips, load) is no fact.

mod board;
mod build;
mod cache;
mod clock;
mod counters;
mod cpu;
mod facts;
mod frequency;
mod idle;
mod isolation;
mod kernel;
mod live;
mod memory;
mod os;
mod perf;
mod scene;
mod topology;
mod variables;

use lab_core::machine_name::machine_name;
use lab_core::model::{Environment, FactClass, FactValue};
use lab_core::topology::Topology;

use super::sysfs::SysRoot;
use facts::Facts;

pub(crate) use build::target_cpu;
pub use build::{BuildInputs, NixBuild, Profile, insert_build};
pub use counters::Counter;
pub(super) use counters::{open_counter, reason as refusal};
pub use live::{LiveReadings, OpenedCounter, Portable};
pub use variables::{ALLOWED, insert_variables};

/// One fact group: a file of this folder.
type Group = fn(&mut Facts<'_>, &Host<'_>);

/// What every group may look at besides the files under the root.
struct Host<'a> {
    topology: &'a Topology,
    live: &'a LiveReadings,
}

/// The groups, in the order they are filled.
const GROUPS: &[Group] = &[
    scene::fill,
    cpu::fill,
    topology::fill,
    cache::fill,
    clock::fill,
    memory::fill,
    board::fill,
    kernel::fill,
    frequency::fill,
    idle::fill,
    isolation::fill,
    perf::fill,
    os::fill,
];

/// The machine and its settings as the files under `root` and the live readings say.
///
/// Classes: the machine is what cannot change without another machine (a switched-off core or another kernel does not
/// change it); the configuration is every setting that a benchmark can feel; the rest explains. The build is added by
/// [`insert_build`], variables by [`insert_variables`].
pub fn environment(root: &SysRoot, topology: &Topology, live: &LiveReadings) -> Environment {
    let mut facts = Facts::new(root, scene::look(root, live));
    for fill in GROUPS {
        fill(&mut facts, &Host { topology, live });
    }
    let mut environment = facts.into_environment();
    let name = FactValue::Text(machine_name(&environment));
    environment.insert("machine.name", FactClass::Explanation, "brand, cores and memory", name);
    environment
}
