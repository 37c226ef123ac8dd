//! Files of a machine: put together, read from a captured tree, and written out under a temporary root.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use bench_lab::host::knob::{ALL, Knob, Scene, Setting, Wished};
use bench_lab::host::sysfs::{Absence, SysRoot};
use bench_lab::host::topology;
use lab_core::cpulist::CpuList;
use lab_core::machine::KnobWish;
use tempfile::TempDir;

/// A machine and the CPUs that were chosen on it.
#[derive(Clone, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
    pub(crate) bench_cpus: CpuList,
    pub(crate) housekeeping_cpus: CpuList,
}

impl Tree {
    pub(crate) fn captured(name: &str) -> Self {
        let path: PathBuf =
            [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures", "sysfs", &format!("{name}.tree")]
                .iter()
                .collect();
        let text = fs::read_to_string(path).unwrap();
        let mut tree = Self::default();
        let parts = text.strip_prefix("== ").expect("a tree begins with a path").split("\n== ");
        for part in parts {
            let (path, text) = part.split_once('\n').unwrap_or((part, ""));
            tree.files.insert(path.into(), text.into());
        }
        tree
    }

    pub(crate) fn with(mut self, path: &str, text: impl ToString) -> Self {
        self.files.insert(path.into(), text.to_string());
        self
    }

    pub(crate) fn without(mut self, beginning: &str) -> Self {
        self.files.retain(|path, _| !path.starts_with(beginning));
        self
    }

    /// Several files below one directory.
    pub(crate) fn below(self, directory: &str, files: &[(&str, &str)]) -> Self {
        files.iter().fold(self, |tree, (name, text)| tree.with(&format!("{directory}/{name}"), text))
    }

    pub(crate) fn measuring(mut self, bench: &str, housekeeping: &str) -> Self {
        self.bench_cpus = bench.parse().unwrap();
        self.housekeeping_cpus = housekeeping.parse().unwrap();
        self
    }

    pub(crate) fn plant(&self) -> Planted {
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let directory = tempfile::tempdir_in(place).unwrap();
        for (path, text) in &self.files {
            let path = directory.path().join(path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let root = SysRoot::at(directory.path());
        Planted { root, tree: self.clone(), directory }
    }
}

/// A machine on disk; gone when dropped.
pub(crate) struct Planted {
    pub(crate) root: SysRoot,
    pub(crate) tree: Tree,
    pub(crate) directory: TempDir,
}

impl Planted {
    /// What every knob declares, in the order of the list.
    pub(crate) fn declared(&self) -> Vec<(&'static str, Result<Vec<Setting>, Absence>)> {
        let topology = topology::read(&self.root);
        let scene = Scene {
            root: &self.root,
            topology: &topology,
            bench_cpus: &self.tree.bench_cpus,
            housekeeping_cpus: &self.tree.housekeeping_cpus,
        };
        ALL.iter().map(|knob| (knob.id(), knob.settings(&scene))).collect()
    }

    /// What a knob declares where a machine's definition wants something of it.
    pub(crate) fn wished(&self, id: &str, wish: &KnobWish) -> Result<Vec<Setting>, Absence> {
        let topology = topology::read(&self.root);
        let scene = Scene {
            root: &self.root,
            topology: &topology,
            bench_cpus: &self.tree.bench_cpus,
            housekeeping_cpus: &self.tree.housekeeping_cpus,
        };
        let knob = ALL.iter().find(|knob| knob.id() == id).expect("there is such a knob");
        Wished::new(*knob, Some(wish)).unwrap().settings(&scene)
    }

    pub(crate) fn of(&self, id: &str) -> Result<Vec<Setting>, Absence> {
        let all = self.declared();
        all.into_iter().find(|(name, _)| *name == id).expect("there is such a knob").1
    }

    /// The same with each file set to what was declared for it, as after a session's first half; hotplug apart.
    pub(crate) fn applied(&self) -> Self {
        let settings = self.declared().into_iter().filter(|(id, _)| *id != "smt_twins");
        let settings = settings.flat_map(|(_, settings)| settings.unwrap_or_default());
        settings.fold(self.tree.clone(), |tree, setting| tree.with(&setting.path, setting.wanted)).plant()
    }
}

/// Every declaration as lines for a reader: `path = wanted`, what is not plain about it, and reasons.
pub(crate) fn told(declared: &[(&str, Result<Vec<Setting>, Absence>)]) -> String {
    let mut text = String::new();
    for (id, settings) in declared {
        match settings {
            Err(why) => writeln!(text, "{id}: nothing, {why}").unwrap(),
            Ok(settings) => {
                writeln!(text, "{id}:").unwrap();
                for Setting { path, wanted, shape, owner } in settings {
                    let owner =
                        owner.as_ref().map(|owner| format!(" while {} is {:?}", owner.path, owner.text));
                    writeln!(text, "  {path} = {wanted} ({shape:?}){}", owner.unwrap_or_default()).unwrap();
                }
            }
        }
    }
    text
}
