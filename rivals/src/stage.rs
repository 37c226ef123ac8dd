//! What is measured on: the workloads built, each executable copied to both sides.
//!
//! Both sides of every comparison are copies of one file, in folders whose names have one length.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bench_lab::host::sysfs::SysRoot;
use bench_lab::runner::context;
use bench_lab::runner::event::{Event, Observer};
use bench_lab::runner::prepare::{Prepared, Wanted, prepare};
use bench_lab::runner::spawn::{self, Launch};
use bench_lab::workspace::{Access, Said, Selection, Workspace, discover};
use tempfile::TempDir;

use crate::error::Error;
use crate::schedule::Turn;
use crate::side;

/// The folders of the sides, baseline first.
const SIDES: [&str; 2] = ["side-a", "side-b"];

/// What is planted, by the amounts that executables are named after.
const PLANTS: [u32; 4] = [0, 1, 2, 5];

/// What is told of the time that processes of a listing may take.
const LISTING_TIME_MS: u64 = 100;

/// The built workloads.
pub struct Stage {
    /// What bench-lab found in the executables: one entry per harness that it drives.
    pub prepared: Vec<Prepared>,
    /// The CPU for everything but tango.
    pub cpu: u32,
    /// Raised by Ctrl-C.
    pub stop: Arc<AtomicBool>,
    folder: TempDir,
}

impl Stage {
    /// Builds the workloads and lays both sides out.
    ///
    /// # Errors
    /// [`Error::Build`], [`Error::Missing`], and what the kernel says of files.
    pub fn build(cpu: u32, stop: Arc<AtomicBool>) -> Result<Self, Error> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let selection =
            Selection { manifest_path: Some(manifest), access: Access::Locked, ..Selection::default() };
        let workspace = discover(&selection, &mut |said| {
            let bytes = match said {
                Said::Cargo(bytes) => bytes,
                Said::Compiler(text) => text.as_bytes(),
            };
            // A closed standard error is no reason not to build.
            let _ = io::stderr().lock().write_all(bytes);
        })?;
        let target = &workspace.target_directory;
        fs::create_dir_all(target).map_err(Error::file("create", target))?;
        let folder = tempfile::Builder::new().prefix("rivals-").tempdir_in(target);
        let folder = folder.map_err(Error::file("create a folder in", target))?;
        let prepared = listed(&workspace, &stop)?;
        let mut stage = Self { prepared, cpu, stop, folder };
        stage.copy(&workspace)?;
        Ok(stage)
    }

    /// Where a side's executable of a bench target lies: 0 the baseline, 1 the candidate.
    pub fn executable(&self, side: usize, name: &str) -> PathBuf {
        self.folder.path().join(SIDES[side]).join(name)
    }

    /// The same for tango, which is told the amount of work by the name.
    pub fn tango(&self, side: usize, planted_percent: u32) -> PathBuf {
        self.executable(side, &tango_name(planted_percent))
    }

    /// A folder without anything in it, for the files of one comparison.
    ///
    /// # Errors
    /// A sentence.
    pub fn scratch(&self) -> Result<PathBuf, String> {
        let folder = self.folder.path().join("scratch");
        let fresh = || -> io::Result<()> {
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            fs::create_dir(&folder)
        };
        fresh().map_err(|error| format!("no folder {} could be had: {error}", folder.display()))?;
        Ok(folder)
    }

    /// The amounts of both sides of a turn, as processes are told.
    pub fn units(turn: &Turn) -> [String; 2] {
        [0, turn.planted_percent].map(side::units_text)
    }

    fn copy(&mut self, workspace: &Workspace) -> Result<(), Error> {
        for side in SIDES {
            let folder = self.folder.path().join(side);
            fs::create_dir(&folder).map_err(Error::file("create", folder))?;
        }
        for name in ["divan_side", "criterion_side", "process_side", "tango_side"] {
            let target = workspace.targets.iter().find(|target| target.id.name == name);
            let target = target.ok_or_else(|| Error::Missing(format!("bench target {name}")))?;
            let copy = |to: PathBuf| {
                fs::copy(&target.executable, &to).map(drop).map_err(Error::file("copy an executable to", to))
            };
            for side in 0..SIDES.len() {
                copy(self.executable(side, name))?;
            }
            if name == "tango_side" {
                copy(self.tango(0, 0))?;
                PLANTS.iter().try_for_each(|percent| copy(self.tango(1, *percent)))?;
            }
        }
        Ok(())
    }
}

fn tango_name(planted_percent: u32) -> String {
    format!("tango_side-{}", side::units_text(planted_percent))
}

/// What bench-lab itself finds in the executables.
fn listed(workspace: &Workspace, stop: &AtomicBool) -> Result<Vec<Prepared>, Error> {
    let root = SysRoot::live();
    let mut execute = |launch: &Launch<'_>| spawn::run(launch, &root);
    let mut context = context::Context { execute: &mut execute, observer: &mut Deaf, stop };
    let wanted = Wanted { time_ms: LISTING_TIME_MS, ..Wanted::default() };
    let missing = |what: &str| Error::Missing(what.to_owned());
    let preparation = prepare(&mut context, workspace, &wanted).map_err(|_| missing("list of benchmarks"))?;
    for name in ["divan_side", "criterion_side"] {
        if !preparation.prepared.iter().any(|one| one.target.id.name == name) {
            return Err(Error::Missing(format!("benchmarks of {name}")));
        }
    }
    Ok(preparation.prepared)
}

/// A process that hangs is not waited for longer than this.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// Nobody is told what happens while benchmarks are listed.
struct Deaf;

impl Observer for Deaf {
    fn notice(&mut self, _: &Event<'_>) {}
}
