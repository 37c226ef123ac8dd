//! Control groups of the kernel in memory: what the cpuset files of either version do.

use std::io;
use std::path::{Path, PathBuf};

use lab_core::cpulist::CpuList;
use lab_core::cpuset::Version;

use crate::fake::{FakeFile, Machine, Nature, errno, real};

/// How groups behave.
#[derive(Clone, Debug)]
pub(crate) struct GroupRules {
    pub(crate) version: Version,
    /// Kinds of partition that become valid.
    pub(crate) valid: Vec<&'static str>,
    /// What making a group answers, when it does not succeed.
    pub(crate) make_error: Option<i32>,
    /// How often a group without processes is still in use.
    pub(crate) busy_count: usize,
    /// Whether the group gets other CPUs than it was given.
    pub(crate) has_other_cpus: bool,
}

impl Default for GroupRules {
    fn default() -> Self {
        Self {
            version: Version::V1,
            valid: vec!["isolated", "root", "member"],
            make_error: None,
            busy_count: 0,
            has_other_cpus: false,
        }
    }
}

/// Where the groups are.
pub(crate) const HOME: &str = "/sys/fs/cgroup";

impl Machine {
    /// Adds the top of the groups, with the process that asks in it.
    pub(crate) fn add_groups(&mut self, rules: GroupRules, controllers: &str) {
        self.add(&format!("{HOME}/cgroup.procs"), "1 900", Nature::Processes);
        match rules.version {
            Version::V1 => self.add(&format!("{HOME}/cpuset.mems"), "0", Nature::Plain),
            Version::V2 => {
                self.add(&format!("{HOME}/cgroup.subtree_control"), controllers, Nature::Controllers)
            }
        }
        self.groups = rules;
    }

    /// Adds a group of somebody else.
    pub(crate) fn add_group(&mut self, name: &str) {
        self.make_group(&real(&format!("{HOME}/{name}"))).unwrap();
    }

    fn file_of(&self, folder: &Path, name: &str) -> Option<&FakeFile> {
        self.files.get(&folder.join(name))
    }

    fn has_cpusets(&self, home: &Path) -> bool {
        let controllers = self.file_of(home, "cgroup.subtree_control");
        controllers.is_none_or(|file| file.value.split(' ').any(|name| name == "cpuset"))
    }

    pub(crate) fn groups_in(&self, home: &Path) -> Vec<String> {
        let folders =
            self.files.keys().filter(|path| path.ends_with("cgroup.procs")).filter_map(|path| path.parent());
        let names =
            folders.filter(|folder| folder.parent() == Some(home)).filter_map(|folder| folder.file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    }

    pub(crate) fn make_group(&mut self, folder: &Path) -> io::Result<()> {
        if let Some(number) = self.groups.make_error {
            return Err(errno(number));
        }
        let home = folder.parent().unwrap().to_owned();
        if self.file_of(&home, "cgroup.procs").is_none() {
            return Err(errno(libc::ENOENT));
        }
        if self.file_of(folder, "cgroup.procs").is_some() {
            return Err(errno(libc::EEXIST));
        }
        let mut put = |name: &str, value: &str, nature: Nature| {
            self.files.insert(folder.join(name), FakeFile { value: value.into(), nature });
        };
        put("cgroup.procs", "", Nature::Processes);
        match self.groups.version {
            Version::V1 => {
                put("cpuset.cpus", "", Nature::GroupCpus);
                put("cpuset.mems", "", Nature::Plain);
                put("cpuset.effective_cpus", "", Nature::Plain);
                put("cpuset.cpu_exclusive", "0", Nature::Plain);
            }
            Version::V2 => {
                put("cgroup.subtree_control", "", Nature::Controllers);
                if self.has_cpusets(&home) {
                    self.hand_down(folder);
                }
            }
        }
        Ok(())
    }

    /// The files that a group of version 2 has while the controller is handed down to it.
    fn hand_down(&mut self, folder: &Path) {
        let partition = Nature::Partition(self.groups.valid.clone());
        for (name, value, nature) in [
            ("cpuset.cpus", "", Nature::GroupCpus),
            ("cpuset.cpus.effective", "0-7", Nature::Plain),
            ("cpuset.cpus.partition", "member", partition),
        ] {
            self.files.insert(folder.join(name), FakeFile { value: value.into(), nature });
        }
    }

    pub(crate) fn remove_group(&mut self, folder: &Path) -> io::Result<()> {
        let Some(processes) = self.file_of(folder, "cgroup.procs") else { return Err(errno(libc::ENOENT)) };
        if !processes.value.is_empty() {
            return Err(errno(libc::EBUSY));
        }
        if self.groups.busy_count > 0 {
            self.groups.busy_count -= 1;
            return Err(errno(libc::EBUSY));
        }
        self.files.retain(|path, _| !path.starts_with(folder));
        Ok(())
    }

    /// A write to one of the files that are here for groups.
    pub(crate) fn write_group(&mut self, path: &Path, text: &str) -> io::Result<()> {
        let folder = path.parent().unwrap().to_owned();
        match self.files[path].nature.clone() {
            Nature::Processes => self.move_process(path, text),
            Nature::Controllers => self.switch_controller(&folder, text),
            Nature::GroupCpus => {
                let cpus: CpuList = text.parse().map_err(|_| errno(libc::EINVAL))?;
                if self.is_taken(&folder, &cpus) {
                    return Err(errno(libc::EINVAL));
                }
                let effective = if self.groups.has_other_cpus { "0".to_owned() } else { cpus.to_string() };
                self.set(path, &cpus.to_string());
                let name = match self.groups.version {
                    Version::V1 => "cpuset.effective_cpus",
                    Version::V2 => "cpuset.cpus.effective",
                };
                self.set(&folder.join(name), &effective);
                Ok(())
            }
            Nature::Partition(valid) => {
                let invalid = format!("{text} invalid (Parent is not a partition root)");
                self.set(path, if valid.contains(&text) { text } else { &invalid });
                Ok(())
            }
            _ => Err(errno(libc::EINVAL)),
        }
    }

    /// Whether a group of version 1 beside this one has one of the CPUs for itself alone.
    fn is_taken(&self, folder: &Path, cpus: &CpuList) -> bool {
        let home = folder.parent().unwrap();
        self.groups_in(home).iter().map(|name| home.join(name)).any(|beside| {
            let says = |name: &str| self.file_of(&beside, name).map_or("", |file| file.value.as_str());
            let is_exclusive = beside != folder && says("cpuset.cpu_exclusive") == "1";
            is_exclusive
                && says("cpuset.cpus").parse::<CpuList>().unwrap().iter().any(|cpu| cpus.contains(cpu))
        })
    }

    fn set(&mut self, path: &Path, value: &str) {
        self.files.get_mut(path).unwrap().value = value.into();
    }

    fn move_process(&mut self, to: &Path, pid: &str) -> io::Result<()> {
        let lists: Vec<PathBuf> =
            self.files.keys().filter(|path| path.ends_with("cgroup.procs")).cloned().collect();
        if !lists.iter().any(|list| self.files[list].value.split(' ').any(|other| other == pid)) {
            return Err(errno(libc::ESRCH));
        }
        for list in lists {
            let others: Vec<&str> =
                self.files[&list].value.split(' ').filter(|other| *other != pid).collect();
            let others = others.join(" ");
            self.set(&list, &others);
        }
        let value = format!("{} {pid}", self.files[to].value).trim().to_owned();
        self.set(to, &value);
        // The kernel shows them in the order of their numbers, whoever came last.
        let mut pids: Vec<u32> = value.split(' ').map(|pid| pid.parse().unwrap()).collect();
        pids.sort_unstable();
        self.set(to, &pids.iter().map(u32::to_string).collect::<Vec<_>>().join(" "));
        Ok(())
    }

    fn switch_controller(&mut self, folder: &Path, text: &str) -> io::Result<()> {
        let switch = folder.join("cgroup.subtree_control");
        let mut names: Vec<String> =
            self.files[&switch].value.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let below: Vec<PathBuf> = self.groups_in(folder).iter().map(|name| folder.join(name)).collect();
        match text {
            "+cpuset" if !names.contains(&"cpuset".to_owned()) => {
                names.insert(0, "cpuset".into());
                below.iter().for_each(|group| self.hand_down(group));
            }
            "-cpuset" => {
                names.retain(|name| name != "cpuset");
                // Whatever a group below said about its CPUs is forgotten.
                self.files.retain(|path, _| {
                    let is_below = path.parent().is_some_and(|group| below.iter().any(|one| one == group));
                    !(is_below
                        && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("cpuset.")))
                });
            }
            "+cpuset" => {}
            _ => return Err(errno(libc::EINVAL)),
        }
        self.set(&switch, &names.join(" "));
        Ok(())
    }
}
