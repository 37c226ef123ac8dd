//! How the host is set: each knob's files before, now and as wanted.
//!
//! It reads and changes nothing.

use lab_core::cpulist::CpuList;
use serde_json::{Value, json};

use super::journal::Recorded;
use super::knob::{Knob, Scene, Shape};
use super::session::{Files, shape};
use super::sysfs::SysRoot;
use super::topology;

/// One knob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub knob: String,
    /// Its files.
    pub files: Vec<FileStanding>,
    /// Why it has none on this host; absent when it has.
    pub nothing_here: Option<String>,
}

/// One file of a knob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStanding {
    /// The file.
    pub path: String,
    /// What was in force before a session that is not restored yet; absent when there is none.
    pub before: Option<String>,
    /// What is in force, or why it cannot be told.
    pub now: Result<String, String>,
    /// What the knob wants for these CPUs; absent for a file that it has set and would not set now.
    pub wanted: Option<String>,
    /// Whether now is as wanted.
    pub is_in_force: bool,
}

/// Reads every knob of the list, and what a journal says of it.
pub fn read(
    files: &dyn Files,
    root: &SysRoot,
    knobs: &[&dyn Knob],
    bench_cpus: &CpuList,
    recorded: Option<&Recorded>,
) -> Vec<Standing> {
    let topology = topology::read(root);
    let housekeeping_cpus = topology.housekeeping(bench_cpus);
    let scene = Scene { root, topology: &topology, bench_cpus, housekeeping_cpus: &housekeeping_cpus };
    let entries = recorded.map(|recorded| recorded.entries.as_slice()).unwrap_or_default();
    let now = |path: &str, shape: Shape| {
        if shape == Shape::Held {
            return Err("it is in force while a session holds it open".to_owned());
        }
        let text = files.read(&root.path(path)).map_err(|error| error.to_string())?;
        shape::in_force(shape, &text)
    };
    let standing = |knob: &&dyn Knob| {
        let (wishes, nothing_here) = match knob.settings(&scene) {
            Ok(wishes) => (wishes, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let mut standings: Vec<FileStanding> = Vec::new();
        let journalled = entries.iter().map(|entry| &entry.first).filter(|intent| intent.knob == knob.id());
        for intent in journalled {
            let now = now(&intent.path, intent.shape);
            standings.push(FileStanding {
                path: intent.path.clone(),
                before: Some(intent.original.clone()),
                is_in_force: now.as_ref().is_ok_and(|now| shape::is_same(intent.shape, now, &intent.wanted)),
                now,
                wanted: Some(intent.wanted.clone()),
            });
        }
        for wish in wishes {
            if standings.iter().all(|standing| standing.path != wish.path) {
                let now = now(&wish.path, wish.shape);
                standings.push(FileStanding {
                    path: wish.path.clone(),
                    before: None,
                    is_in_force: now.as_ref().is_ok_and(|now| shape::is_same(wish.shape, now, &wish.wanted)),
                    now,
                    wanted: Some(wish.wanted),
                });
            }
        }
        let nothing_here = nothing_here.filter(|_| standings.is_empty());
        Standing { knob: knob.id().into(), files: standings, nothing_here }
    };
    knobs.iter().map(standing).collect()
}

impl Standing {
    /// For `--json`.
    pub fn to_value(&self) -> Value {
        let files: Vec<Value> = self
            .files
            .iter()
            .map(|file| {
                json!({
                    "path": file.path,
                    "before": file.before,
                    "now": file.now.as_ref().ok(),
                    "unreadable": file.now.as_ref().err(),
                    "wanted": file.wanted,
                    "is_in_force": file.is_in_force,
                })
            })
            .collect();
        json!({"knob": self.knob, "files": files, "nothing_here": self.nothing_here})
    }
}

/// The head of a journal for `--json`.
pub fn journal_value(recorded: &Recorded) -> Value {
    let header = &recorded.header;
    json!({
        "since": header.since, "user": header.user, "command": header.command, "bench_cpus": header.bench_cpus,
        "boot_id": header.boot_id, "pid": header.owner.pid, "is_alive": header.owner.is_alive(),
        "is_kept": recorded.is_kept, "is_applied": recorded.is_applied,
    })
}

/// The same for people.
pub fn journal_text(recorded: &Recorded) -> String {
    let header = &recorded.header;
    let state = match (recorded.is_kept, header.owner.is_alive()) {
        (true, _) => "kept by hand until bench-lab tune restore",
        (false, true) => "its session lives and will put it back",
        (false, false) => "its session is gone: the next one, or bench-lab tune restore, puts it back",
    };
    format!("tuned since {} by {} ({}): {state}\n", header.since, header.user, header.command)
}
