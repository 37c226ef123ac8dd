//! A kernel in memory: files that behave like those of `/sys`, and a switch that kills the program between two calls.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use bench_lab::host::knob::{Knob, Scene, Setting, Shape};
use bench_lab::host::session::{Files, Held, Place, Recorder};
use bench_lab::host::sysfs::SysRoot;
use lab_core::cpulist::CpuList;

use crate::fake_groups::GroupRules;

/// How a file takes a write.
#[derive(Clone, Debug)]
pub(crate) enum Nature {
    /// Keeps what is written.
    Plain,
    /// Shows all words, the chosen one in brackets; refuses others.
    Bracketed(Vec<&'static str>),
    /// Shows a list of CPUs in the kernel's spelling, and loses a CPU that goes offline.
    CpuList,
    /// Keeps a multiple of the step.
    Rounds(u64),
    /// Takes the write and keeps its value.
    Deaf,
    /// Refuses the write.
    Refuses(i32),
    /// Cannot be read.
    Secret,
    /// Is gone after the first write.
    Fleeting,
    /// Switches a CPU; the files of one that is off are not there.
    Switch(u32),
    /// Sets another file to a value whenever it is written.
    Moves(PathBuf, &'static str),
    /// Refuses all but one value while another file has a value.
    BoundBy(PathBuf, &'static str, &'static str),
    /// The processes of a group: takes one, which then is in no other group.
    Processes,
    /// The controllers of the groups below: takes one with a sign.
    Controllers,
    /// A kind of partition; those that are not in the list read back as invalid.
    Partition(Vec<&'static str>),
    /// The CPUs of a group; its other file shows them as well.
    GroupCpus,
}

#[derive(Clone, Debug)]
pub(crate) struct FakeFile {
    pub(crate) value: String,
    pub(crate) nature: Nature,
}

/// The whole machine; clone it to go back in time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Machine {
    pub(crate) files: BTreeMap<PathBuf, FakeFile>,
    /// What is no kernel file: the journal and its like.
    pub(crate) disk: BTreeMap<PathBuf, String>,
    /// Calls until the program is killed; absent for never.
    pub(crate) calls_left: Option<usize>,
    /// Calls so far.
    pub(crate) calls: usize,
    /// Kernel files in the order in which they were written.
    pub(crate) written: Vec<PathBuf>,
    /// Of ten parts of an append that the kill interrupts, how many are written.
    pub(crate) torn_tenths: usize,
    /// What an append to the journal answers, when it does not succeed.
    pub(crate) disk_error: Option<i32>,
    /// How groups behave.
    pub(crate) groups: GroupRules,
}

#[derive(Debug, Default)]
pub(crate) struct FakeKernel(pub(crate) RefCell<Machine>);

pub(crate) const ROOT: &str = "/nowhere";

pub(crate) fn place() -> Place {
    Place::at(SysRoot::at(ROOT), "/run/bench-lab")
}

pub(crate) fn errno(number: i32) -> io::Error {
    io::Error::from_raw_os_error(number)
}

impl Machine {
    pub(crate) fn new() -> Self {
        let mut machine = Self::default();
        machine.add("/proc/sys/kernel/random/boot_id", "this-boot", Nature::Plain);
        machine
    }

    pub(crate) fn add(&mut self, path: &str, value: &str, nature: Nature) {
        self.files.insert(real(path), FakeFile { value: value.into(), nature });
    }

    /// Every value that counts, by path.
    pub(crate) fn values(&self) -> BTreeMap<PathBuf, String> {
        self.files.iter().map(|(path, file)| (path.clone(), file.value.clone())).collect()
    }

    fn is_hidden(&self, path: &Path) -> bool {
        self.files.iter().any(|(switch, file)| {
            let Nature::Switch(_) = file.nature else { return false };
            let of_it = switch.parent().is_some_and(|folder| path.starts_with(folder));
            of_it && path != switch && file.value == "0"
        })
    }

    fn switch(&mut self, cpu: u32, is_on: bool) {
        for file in self.files.values_mut().filter(|file| matches!(file.nature, Nature::CpuList)) {
            let list: CpuList = file.value.parse().unwrap();
            let rest: CpuList = list.iter().filter(|other| is_on || *other != cpu).collect();
            file.value = if rest.is_empty() { "0-7".into() } else { rest.to_string() };
        }
    }

    fn write(&mut self, path: &Path, text: &str) -> io::Result<()> {
        let file =
            self.files.get(path).filter(|_| !self.is_hidden(path)).ok_or_else(|| errno(libc::ENOENT))?;
        let value = match &file.nature {
            Nature::Bracketed(words) if !words.contains(&text) => return Err(errno(libc::EINVAL)),
            Nature::CpuList => text.parse::<CpuList>().map_err(|_| errno(libc::EINVAL))?.to_string(),
            Nature::Rounds(step) => {
                let number: u64 = text.parse().map_err(|_| errno(libc::EINVAL))?;
                (number - number % step).to_string()
            }
            Nature::Deaf => file.value.clone(),
            Nature::Refuses(number) => return Err(errno(*number)),
            Nature::Processes | Nature::Controllers | Nature::Partition(_) | Nature::GroupCpus => {
                return self.write_group(path, text);
            }
            Nature::BoundBy(other, state, only) => {
                if self.files[other].value == *state && text != *only {
                    return Err(errno(libc::EBUSY));
                }
                text.into()
            }
            _ => text.into(),
        };
        match file.nature.clone() {
            Nature::Fleeting => {
                self.files.remove(path);
                return Ok(());
            }
            Nature::Switch(cpu) => self.switch(cpu, text == "1"),
            Nature::Moves(other, to) => {
                if let Some(other) = self.files.get_mut(&other) {
                    other.value = to.into();
                }
            }
            _ => {}
        }
        self.files.get_mut(path).unwrap().value = value;
        Ok(())
    }
}

pub(crate) fn real(path: &str) -> PathBuf {
    SysRoot::at(ROOT).path(path)
}

impl FakeKernel {
    pub(crate) fn of(machine: Machine) -> Self {
        Self(RefCell::new(machine))
    }

    /// Counts a call; `false` when the program is dead by now.
    fn lives(&self) -> bool {
        let mut machine = self.0.borrow_mut();
        machine.calls += 1;
        match &mut machine.calls_left {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }

    fn call<T>(&self, act: impl FnOnce(&mut Machine) -> io::Result<T>) -> io::Result<T> {
        if self.lives() { act(&mut self.0.borrow_mut()) } else { Err(errno(libc::EINTR)) }
    }
}

impl Files for FakeKernel {
    fn read(&self, path: &Path) -> io::Result<String> {
        self.call(|machine| {
            if let Some(text) = machine.disk.get(path) {
                return Ok(text.clone());
            }
            let hidden = machine.is_hidden(path);
            let file = machine.files.get(path).filter(|_| !hidden).ok_or_else(|| errno(libc::ENOENT))?;
            match &file.nature {
                Nature::Secret => Err(errno(libc::EACCES)),
                Nature::Bracketed(words) => {
                    let shown = words
                        .iter()
                        .map(|word| if *word == file.value { format!("[{word}]") } else { (*word).into() });
                    Ok(shown.collect::<Vec<_>>().join(" ") + "\n")
                }
                _ => Ok(format!("{}\n", file.value)),
            }
        })
    }

    fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        self.call(|machine| {
            machine.written.push(path.into());
            machine.write(path, text)
        })
    }

    fn create(&self, path: &Path) -> io::Result<()> {
        self.call(|machine| match machine.disk.insert(path.into(), String::new()) {
            None => Ok(()),
            Some(_) => Err(errno(libc::EEXIST)),
        })
    }

    fn append(&self, path: &Path, line: &str) -> io::Result<()> {
        let was_dead = self.0.borrow().calls_left == Some(0) && self.0.borrow().torn_tenths == 0;
        let is_last = self.0.borrow().calls_left == Some(0) && !was_dead;
        if is_last {
            // Dying in the middle of the write; whatever follows finds the program dead.
            let mut machine = self.0.borrow_mut();
            let part = line.len() * machine.torn_tenths / 10;
            machine.torn_tenths = 0;
            machine.disk.entry(path.into()).or_default().push_str(&line[..part]);
        }
        self.call(|machine| {
            if let Some(number) = machine.disk_error {
                machine
                    .disk
                    .get_mut(path)
                    .ok_or_else(|| errno(libc::ENOENT))?
                    .push_str(&line[..line.len() / 2]);
                return Err(errno(number));
            }
            machine.disk.get_mut(path).ok_or_else(|| errno(libc::ENOENT))?.push_str(line);
            Ok(())
        })
    }

    fn cut(&self, path: &Path, bytes: u64) -> io::Result<()> {
        self.call(|machine| {
            machine.disk.get_mut(path).ok_or_else(|| errno(libc::ENOENT))?.truncate(bytes as usize);
            Ok(())
        })
    }

    fn sync(&self, _path: &Path) -> io::Result<()> {
        self.call(|_| Ok(()))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call(|machine| {
            let text = machine.disk.remove(from).ok_or_else(|| errno(libc::ENOENT))?;
            machine.disk.insert(to.into(), text);
            Ok(())
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.call(|machine| machine.disk.remove(path).map(drop).ok_or_else(|| errno(libc::ENOENT)))
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.call(|machine| machine.make_group(path))
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.call(|machine| machine.remove_group(path))
    }

    fn folders(&self, path: &Path) -> io::Result<Vec<String>> {
        self.call(|machine| Ok(machine.groups_in(path)))
    }

    fn hold(&self, _path: &Path, value: i32) -> io::Result<(Held, i32)> {
        self.call(|_| Ok((Held::default(), value)))
    }
}

/// A knob that wants what it was given.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) id: &'static str,
    pub(crate) wishes: Result<Vec<Setting>, String>,
}

impl Knob for Given {
    fn id(&self) -> &'static str {
        self.id
    }

    fn why(&self) -> &'static str {
        "a test wants it"
    }

    fn settings(&self, _scene: &Scene<'_>) -> Result<Vec<Setting>, String> {
        self.wishes.clone()
    }
}

pub(crate) fn wish(path: &str, wanted: &str, shape: Shape) -> Setting {
    Setting { path: path.into(), wanted: wanted.into(), shape, owner: None }
}

/// A recorder at the beginning of a session whose owner is dead by the time anybody asks.
pub(crate) fn recorder() -> Recorder {
    let header = bench_lab::host::journal::Header {
        journal: 1,
        boot_id: "this-boot".into(),
        owner: bench_lab::host::process::Process { pid: u32::MAX, start_ticks: Some(1) },
        user: "alice".into(),
        since: "2026-11-21T06:00:00Z".into(),
        command: "bench-lab run".into(),
        bench_cpus: "1".into(),
    };
    Recorder::Ready { path: place().journal(), header: Box::new(header) }
}
