//! Whose a temporary file is, in its name: what a killed process leaves behind is known by it and taken away by the next.
//!
//! It never takes what a process of another container may still use, though no `/proc` here shows that one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{fmt, fs, io};

use rustix::fs::stat;
use tempfile::TempDir;

use super::process::Process;

/// How the names of folders begin.
const FOLDER_MARK: &str = "bench-lab-";

/// A process, and the space in which its id means anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    process: Process,
    pid_namespace: u64,
}

impl Owner {
    /// This process.
    pub fn this() -> Self {
        Self { process: Process::this(), pid_namespace: pid_namespace() }
    }

    /// From the beginning of a name's part.
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.');
        let pid = numbers.next()?.parse().ok()?;
        let start_ticks = Some(numbers.next()?.parse().ok()?);
        let pid_namespace = numbers.next()?.parse().ok()?;
        numbers.next().is_none().then_some(Self { process: Process { pid, start_ticks }, pid_namespace })
    }

    /// Whether it ended for certain.
    fn is_gone(self) -> bool {
        self.pid_namespace == pid_namespace() && !self.process.is_alive()
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.process.pid, self.process.start_ticks.unwrap_or(0), self.pid_namespace)
    }
}

/// 0 where the kernel does not say; processes are then told apart by id and start alone.
fn pid_namespace() -> u64 {
    stat("/proc/self/ns/pid").map_or(0, |file| file.st_ino)
}

/// A folder of this process in `place`, removed with its value; or when the process was killed, by the next one that makes
/// a folder there.
///
/// # Errors
/// What the kernel says when it cannot be made.
pub fn folder_in(place: &Path) -> io::Result<TempDir> {
    sweep_once(place, FOLDER_MARK);
    tempfile::Builder::new().prefix(&format!("{FOLDER_MARK}{}-", Owner::this())).tempdir_in(place)
}

/// Removes files and folders of processes that are no more, whose names have an owner and `-` after the mark. Once a place,
/// since folders of executables are long.
pub fn sweep_once(place: &Path, mark: &str) {
    static SWEPT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let is_first = SWEPT.lock().is_ok_and(|mut swept| swept.insert(place.join(mark)));
    if is_first {
        sweep(place, mark);
    }
}

fn sweep(place: &Path, mark: &str) {
    let Ok(entries) = fs::read_dir(place) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if !name.to_str().and_then(|name| owner(name, mark)).is_some_and(Owner::is_gone) {
            continue;
        }
        // Another one may have been faster, and what is somebody else's stays.
        let _ = match entry.file_type() {
            Ok(kind) if kind.is_dir() => fs::remove_dir_all(entry.path()),
            _ => fs::remove_file(entry.path()),
        };
    }
}

fn owner(name: &str, mark: &str) -> Option<Owner> {
    let (_, rest) = name.rsplit_once(mark)?;
    Owner::parse(rest.split_once('-')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dead() -> Owner {
        let mut child = std::process::Command::new("/bin/true").spawn().unwrap();
        let process = Process { pid: child.id(), start_ticks: Some(1) };
        child.wait().unwrap();
        Owner { process, ..Owner::this() }
    }

    fn names(folder: &Path) -> BTreeSet<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn an_owner_is_read_from_what_it_is_written_as() {
        let owner = Owner::this();
        assert_eq!(Owner::parse(&owner.to_string()), Some(owner));
        assert!(owner.pid_namespace > 0 && !owner.is_gone() && dead().is_gone());
        for text in ["", "1", "1.2", "1.2.3.4", "x.2.3"] {
            assert_eq!(Owner::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_a_killed_process_left_goes_and_what_is_in_use_elsewhere_or_no_ones_stays() {
        let place = tempfile::tempdir().unwrap();
        let elsewhere = Owner { pid_namespace: 1, ..dead() };
        let stay = [
            format!("bench.mark-{}-1", Owner::this()),
            format!("bench.mark-{elsewhere}-1"),
            "bench.mark-1-1".to_owned(),
            "bench".to_owned(),
        ];
        let go = format!("bench.mark-{}-1", dead());
        for name in stay.iter().chain([&go]) {
            fs::write(place.path().join(name), "").unwrap();
        }
        let folder = place.path().join(format!("a.mark-{}-2", dead()));
        fs::create_dir_all(folder.join("deeper")).unwrap();
        sweep(place.path(), ".mark-");
        assert_eq!(names(place.path()), stay.into());
    }

    #[test]
    fn a_folder_takes_those_of_killed_processes_away_and_goes_with_its_value() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join(format!("{FOLDER_MARK}{}-abc", dead()))).unwrap();
        let folder = folder_in(place.path()).unwrap();
        assert_eq!(names(place.path()).len(), 1);
        let mine = folder.path().file_name().unwrap().to_str().unwrap();
        assert_eq!(owner(mine, FOLDER_MARK), Some(Owner::this()));
        drop(folder);
        assert!(names(place.path()).is_empty());
    }
}
