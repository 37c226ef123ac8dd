//! Takes a group away: its processes go back to where they came from, then the folder goes, then the controller.
//!
//! It touches no group that the journal does not name, and takes the controller from nobody who uses it by now.

use std::io;
use std::thread;
use std::time::Duration;

use super::group::KNOB;
use super::name::GroupIntent;
use crate::host::apply::is_gone;
use crate::host::restore::{Ending, FileEnd};
use crate::host::session::Files;
use crate::host::sysfs::SysRoot;

/// How often a group that is in use is tried again, and the time between: a killed process holds its group until the
/// kernel has torn down its memory.
const ATTEMPTS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(25);

/// What to write to have the controller for the groups below, and to have it no more (`cgroup.subtree_control`).
pub(super) const ENABLE: &str = "+cpuset";
const DISABLE: &str = "-cpuset";

/// Takes a group away that may have been made. What is gone already is as it was.
pub(in crate::host) fn take_away(files: &dyn Files, root: &SysRoot, group: &GroupIntent) -> Vec<FileEnd> {
    let removed = remove(files, root, group);
    let is_gone = removed.is_ok();
    let mut ends = vec![end(&group.path, removed.map(|()| Ending::Back))];
    if group.enables_controller {
        let switch = controller_switch(&group.home);
        let done = if is_gone {
            disable(files, root, group, &switch)
        } else {
            Err(io::Error::new(io::ErrorKind::ResourceBusy, "the group that needs it is still there"))
        };
        ends.push(FileEnd { original: DISABLE.into(), ..end(&switch, done) });
    }
    ends
}

/// The file that hands controllers down from a group.
pub(super) fn controller_switch(home: &str) -> String {
    format!("{home}/cgroup.subtree_control")
}

/// Whether a `cgroup.subtree_control` names the controller.
pub(super) fn is_enabled(text: &str) -> bool {
    text.split_whitespace().any(|name| name == "cpuset")
}

fn remove(files: &dyn Files, root: &SysRoot, group: &GroupIntent) -> io::Result<()> {
    let folder = root.path(&group.path);
    for attempt in 1.. {
        send_back(files, root, group);
        match files.remove_folder(&folder) {
            Err(error) if is_gone(&error) => break,
            Err(error) if error.raw_os_error() == Some(libc::EBUSY) && attempt < ATTEMPTS => {
                thread::sleep(PAUSE)
            }
            Err(error) => return Err(error),
            Ok(()) => break,
        }
    }
    Ok(())
}

/// Moves every process of the group to where it came from or, where that takes it no more, to the group above.
fn send_back(files: &dyn Files, root: &SysRoot, group: &GroupIntent) {
    let processes = files.read(&root.path(&group.file("cgroup.procs"))).unwrap_or_default();
    for pid in processes.split_whitespace() {
        let goes_to = |folder: &str| files.write(&root.path(&format!("{folder}/cgroup.procs")), pid).is_ok();
        // One that goes nowhere ended meanwhile, or keeps the group, which is told then.
        let _ = goes_to(&group.origin) || goes_to(&group.home);
    }
}

/// Takes the controller back. Whoever began to use it meanwhile would lose it, so it is left to them.
fn disable(files: &dyn Files, root: &SysRoot, group: &GroupIntent, switch: &str) -> io::Result<Ending> {
    let path = root.path(switch);
    match files.read(&path) {
        Ok(text) if !is_enabled(&text) => return Ok(Ending::Back),
        Err(error) if is_gone(&error) => return Ok(Ending::Vanished),
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    if files.folders(&root.path(&group.home))?.iter().any(|name| is_used(files, root, &group.home, name)) {
        return Ok(Ending::Foreign);
    }
    files.write(&path, DISABLE)?;
    match is_enabled(&files.read(&path)?) {
        false => Ok(Ending::Back),
        true => Err(io::Error::other("the write was taken, and the controller is still handed down")),
    }
}

/// Whether a group beside ours says anything about CPUs.
fn is_used(files: &dyn Files, root: &SysRoot, home: &str, name: &str) -> bool {
    let says = |file: &str, nothing: &str| {
        let text = files.read(&root.path(&format!("{home}/{name}/{file}"))).unwrap_or_default();
        !text.trim().is_empty() && text.trim() != nothing
    };
    says("cpuset.cpus", "")
        || says("cpuset.mems", "")
        || says("cpuset.cpus.partition", "member")
        || files
            .read(&root.path(&controller_switch(&format!("{home}/{name}"))))
            .is_ok_and(|text| is_enabled(&text))
}

fn end(path: &str, done: io::Result<Ending>) -> FileEnd {
    let (ending, reason) = match done {
        Ok(ending) => (ending, None),
        Err(error) => (Ending::Failed, Some(error.to_string())),
    };
    let now = match ending {
        Ending::Back | Ending::Vanished => None,
        _ => Some(if path.ends_with("subtree_control") { ENABLE } else { "still there" }.to_owned()),
    };
    FileEnd { knob: KNOB.into(), path: path.to_owned(), original: "not there".into(), now, ending, reason }
}
