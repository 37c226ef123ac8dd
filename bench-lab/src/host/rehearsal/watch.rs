//! The files that a rehearsal looks at: those of the knobs, and every other readable one of the same folders.
//!
//! It reads; it never opens a file for writing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use crate::host::cpuset;
use crate::host::knob::{Knob, Scene, Shape};
use crate::host::sysfs::SysRoot;
use crate::host::topology;

use super::Scenery;

/// Reading these does something (kernel: `admin-guide/sysctl/vm.rst`).
const NOT_FOR_LOOKING: [&str; 1] = ["/proc/sys/vm/stat_refresh"];

/// The kernel lowers this one by itself, whenever it finds that sampling took too long.
const RESTLESS: [&str; 1] = ["/proc/sys/kernel/perf_event_max_sample_rate"];

/// What is read at most of a neighbour.
const BYTES_MAX: u64 = 1 << 16;

/// All files.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    /// Those that knobs set, in the order of the knobs.
    pub(super) targets: Vec<Target>,
    /// The others of the same folders.
    pub(super) neighbours: Vec<Neighbour>,
}

/// A file of a knob.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) knob: String,
    pub(super) path: String,
    pub(super) wanted: String,
    pub(super) shape: Shape,
}

/// A file beside one.
#[derive(Clone, Debug)]
pub(super) struct Neighbour {
    pub(super) path: String,
    /// Whether it can be written, and so is a setting and not a state.
    pub(super) is_writable: bool,
}

/// What every file said at one moment, or why nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look(BTreeMap<String, Result<String, String>>);

impl Look {
    /// What a file said.
    ///
    /// # Errors
    /// Why it said nothing.
    pub fn of(&self, path: &str) -> Result<&str, &str> {
        match self.0.get(path) {
            Some(said) => said.as_deref().map_err(String::as_str),
            None => Err("not looked at"),
        }
    }

    /// A look that somebody else took.
    #[cfg(test)]
    pub(super) fn from_pairs(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(path, text)| ((*path).to_owned(), Ok((*text).to_owned()))).collect())
    }

    /// The same for a table.
    pub fn shown(&self, path: &str) -> String {
        self.of(path).map_or_else(|why| format!("? {why}"), str::to_owned)
    }
}

impl Watch {
    pub(super) fn of(scenery: &Scenery<'_>) -> Self {
        let root = &scenery.place.root;
        let topology = topology::read(root);
        let housekeeping_cpus = topology.housekeeping(scenery.bench_cpus);
        let scene = Scene {
            root,
            topology: &topology,
            bench_cpus: scenery.bench_cpus,
            housekeeping_cpus: &housekeeping_cpus,
        };
        let targets = targets(&scene, scenery.knobs);
        let mut neighbours = neighbours(root, &targets);
        neighbours.extend(of_home(root));
        Self { targets, neighbours }
    }

    pub(super) fn look(&self, root: &SysRoot) -> Look {
        let targets = self.targets.iter().map(|target| match target.shape {
            // The strictest wish of all who hold it open (kernel: `power/pm_qos_interface.rst`).
            Shape::Held => (target.path.clone(), root.read_i32(&target.path).map(|value| value.to_string())),
            _ => (target.path.clone(), root.read(&target.path)),
        });
        let neighbours =
            self.neighbours.iter().map(|neighbour| (neighbour.path.clone(), text(root, &neighbour.path)));
        Look(targets.chain(neighbours).collect())
    }

    /// Leaves out the neighbours that moved though nothing was set.
    pub(super) fn forget_restless(&mut self, before: &Look, after: &Look) {
        self.neighbours.retain(|neighbour| before.of(&neighbour.path) == after.of(&neighbour.path));
    }
}

/// Every file once, with the last wish for it.
fn targets(scene: &Scene<'_>, knobs: &[&dyn Knob]) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    for knob in knobs {
        for wish in knob.settings(scene).unwrap_or_default() {
            let target = Target {
                knob: knob.id().to_owned(),
                path: wish.path,
                wanted: wish.wanted,
                shape: wish.shape,
            };
            match targets.iter_mut().find(|known| known.path == target.path) {
                Some(known) => *known = target,
                None => targets.push(target),
            }
        }
    }
    targets
}

fn neighbours(root: &SysRoot, targets: &[Target]) -> Vec<Neighbour> {
    let is_kernels = |path: &&str| path.starts_with("/sys/") || path.starts_with("/proc/");
    let folders = targets.iter().map(|target| target.path.as_str()).filter(is_kernels);
    let folders: BTreeSet<&str> = folders.filter_map(|path| Some(path.rsplit_once('/')?.0)).collect();
    let paths = folders
        .into_iter()
        .flat_map(|folder| root.names(folder).into_iter().map(move |name| format!("{folder}/{name}")));
    let others = paths.filter(|path| {
        let is_left_out = |list: &[&str]| list.contains(&path.as_str());
        !targets.iter().any(|target| target.path == *path)
            && !is_left_out(&NOT_FOR_LOOKING)
            && !is_left_out(&RESTLESS)
    });
    others.filter_map(|path| neighbour(root, path)).collect()
}

/// The processor sets of the group that a session makes its own below: the kernel changes them with it, or hands the
/// controller down.
fn of_home(root: &SysRoot) -> Vec<Neighbour> {
    let Ok(hierarchy) = cpuset::find(root, Some(std::process::id())) else { return Vec::new() };
    let names = root.names(&hierarchy.home).into_iter();
    let own = names.filter(|name| name.starts_with("cpuset.") || name == "cgroup.subtree_control");
    own.filter_map(|name| neighbour(root, format!("{}/{name}", hierarchy.home))).collect()
}

/// Absent for a folder, and for a file that is not for reading.
fn neighbour(root: &SysRoot, path: String) -> Option<Neighbour> {
    let found = fs::symlink_metadata(root.path(&path)).ok().filter(|found| found.is_file())?;
    let mode = found.permissions().mode();
    (mode & 0o444 != 0).then_some(Neighbour { path, is_writable: mode & 0o222 != 0 })
}

fn text(root: &SysRoot, path: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = File::open(root.path(path)).and_then(|file| file.take(BYTES_MAX).read_to_end(&mut bytes));
    read.map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}
