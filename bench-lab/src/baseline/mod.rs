//! Baselines in a folder that git keeps: `baselines/<machine>/<name>/`, found, read, put in place whole, removed.
//!
//! It knows files and names; what the texts mean is [`lab_core::format`]'s business, and no verdict is formed here.

pub mod criterion_tree;
mod error;
mod place;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lab_core::format::{
    BASELINE_FILE, BENCHMARKS_FILE, BaselineFiles, baseline_files, read_baseline, session_file,
};
use lab_core::model::{Baseline, Warning};
use lab_core::nearest::nearest;

pub use error::BaselineError;
pub use place::{BASELINES_FOLDER, BASELINES_VARIABLE, Place};

use crate::store::durable;

/// Holds the name of a machine's default baseline.
const DEFAULT_FILE: &str = "default";

/// A folder of baselines.
#[derive(Clone, Debug)]
pub struct Shelf {
    path: PathBuf,
}

/// A baseline that was read.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Which.
    pub place: Place,
    /// What.
    pub baseline: Baseline,
    /// What is odd about its files.
    pub warnings: Vec<Warning>,
}

impl Shelf {
    /// The shelf at a path, whether or not there is a folder yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every baseline by machine and name, sorted.
    ///
    /// # Errors
    /// What the kernel says; a shelf that is not there is empty.
    pub fn list(&self) -> Result<Vec<Place>, BaselineError> {
        let mut places = Vec::new();
        for machine in folders(&self.path)? {
            for name in folders(&self.path.join(&machine))? {
                if self.path.join(&machine).join(&name).join(BASELINE_FILE).is_file() {
                    places.push(Place { machine: machine.clone(), name });
                }
            }
        }
        Ok(places)
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`BaselineError::Unknown`] with the nearest names, [`BaselineError::Format`] with file and line.
    pub fn load(&self, place: &Place) -> Result<Kept, BaselineError> {
        let folder = self.folder(place);
        let head = match fs::read(folder.join(BASELINE_FILE)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(self.unknown(&place.to_string())),
            read => read.map_err(|source| BaselineError::io("read", &folder.join(BASELINE_FILE), source))?,
        };
        let environment = match fs::read(folder.join(session_file(1))) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            read => {
                Some(read.map_err(|source| BaselineError::io("read", &folder.join(session_file(1)), source))?)
            }
        };
        let path = folder.join(BENCHMARKS_FILE);
        let benchmarks = fs::read(&path).map_err(|source| BaselineError::io("read", &path, source))?;
        let (baseline, warnings) = read_baseline(&BaselineFiles { head, environment, benchmarks })
            .map_err(|source| BaselineError::Format { path: folder, source })?;
        Ok(Kept { place: place.clone(), baseline, warnings })
    }

    /// Puts one in place, whole or not at all.
    ///
    /// # Errors
    /// [`BaselineError::Exists`] when the name is taken and is not to be replaced.
    pub fn save(&self, place: &Place, baseline: &Baseline, replaces: bool) -> Result<PathBuf, BaselineError> {
        let folder = self.folder(place);
        let is_taken = folder.exists();
        if is_taken && !replaces {
            return Err(BaselineError::Exists { place: place.to_string() });
        }
        let parent = self.path.join(&place.machine);
        fs::create_dir_all(&parent).map_err(|source| BaselineError::io("make", &parent, source))?;
        let fresh = parent.join(format!(".new-{}", place.name));
        let replaced = parent.join(format!(".old-{}", place.name));
        for leftover in [&fresh, &replaced] {
            remove_if_there(leftover)?;
        }
        fs::create_dir(&fresh).map_err(|source| BaselineError::io("make", &fresh, source))?;
        let files = baseline_files(baseline);
        durable::write_new(&fresh.join(BASELINE_FILE), &files.head)?;
        if let Some(environment) = &files.environment {
            durable::write_new(&fresh.join(session_file(1)), environment)?;
        }
        durable::write_new(&fresh.join(BENCHMARKS_FILE), &files.benchmarks)?;
        durable::sync_folder(&fresh)?;
        let moved = |from: &Path, to: &Path| {
            fs::rename(from, to).map_err(|source| BaselineError::io("put in place", to, source))
        };
        if is_taken {
            moved(&folder, &replaced)?;
        }
        moved(&fresh, &folder)?;
        remove_if_there(&replaced)?;
        durable::sync_folder(&parent)?;
        Ok(folder)
    }

    /// Removes one; it goes out of sight by one rename.
    ///
    /// # Errors
    /// [`BaselineError::Unknown`], and what the kernel says.
    pub fn remove(&self, place: &Place) -> Result<(), BaselineError> {
        let folder = self.folder(place);
        if !folder.join(BASELINE_FILE).is_file() {
            return Err(self.unknown(&place.to_string()));
        }
        let hidden = self.path.join(&place.machine).join(format!(".old-{}", place.name));
        remove_if_there(&hidden)?;
        fs::rename(&folder, &hidden).map_err(|source| BaselineError::io("remove", &folder, source))?;
        remove_if_there(&hidden)
    }

    /// The name of a machine's default baseline; absent when none was chosen.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn default_of(&self, machine: &str) -> Result<Option<Place>, BaselineError> {
        let path = self.path.join(machine).join(DEFAULT_FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Place::new(machine, text.trim()).map(Some),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(source) => Err(BaselineError::io("read", &path, source)),
        }
    }

    /// Makes a baseline its machine's default.
    ///
    /// # Errors
    /// [`BaselineError::Unknown`], and what the kernel says.
    pub fn promote(&self, place: &Place) -> Result<(), BaselineError> {
        if !self.folder(place).join(BASELINE_FILE).is_file() {
            return Err(self.unknown(&place.to_string()));
        }
        let folder = self.path.join(&place.machine);
        Ok(durable::put(&folder, DEFAULT_FILE, format!("{}\n", place.name).as_bytes())?)
    }

    /// Finds what a person called by a name, or by `machine/name`. Of several machines that have the name, `here` wins.
    ///
    /// # Errors
    /// [`BaselineError::Ambiguous`] when several other machines have it, [`BaselineError::Unknown`] when none does.
    pub fn find(&self, text: &str, here: Option<&str>) -> Result<Place, BaselineError> {
        let all = self.list()?;
        if let Some((machine, name)) = text.split_once('/') {
            let named = all.into_iter().find(|place| place.machine == machine && place.name == name);
            return named.ok_or_else(|| self.unknown(text));
        }
        let named: Vec<Place> = all.into_iter().filter(|place| place.name == text).collect();
        if let Some(place) = named.iter().find(|place| Some(place.machine.as_str()) == here) {
            return Ok(place.clone());
        }
        match named.as_slice() {
            [] => Err(self.unknown(text)),
            [place] => Ok(place.clone()),
            several => Err(BaselineError::Ambiguous {
                text: text.into(),
                places: several.iter().map(ToString::to_string).collect(),
            }),
        }
    }

    fn folder(&self, place: &Place) -> PathBuf {
        self.path.join(&place.machine).join(&place.name)
    }

    fn unknown(&self, text: &str) -> BaselineError {
        // Whoever cannot list them gets no hint.
        let places = self.list().unwrap_or_default();
        let name = text.rsplit('/').next().unwrap_or(text);
        let near = nearest(name, places.iter().map(|place| place.name.as_str()));
        let nearest = places.iter().filter(|place| near.contains(&place.name.as_str()));
        BaselineError::Unknown {
            text: text.into(),
            path: self.path.clone(),
            nearest: nearest.map(ToString::to_string).take(3).collect(),
        }
    }
}

/// The names of folders in a folder, hidden ones left out, sorted; none when it is not there.
fn folders(path: &Path) -> Result<Vec<String>, BaselineError> {
    let failed = |source| BaselineError::io("list", path, source);
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && entry.path().is_dir() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn remove_if_there(path: &Path) -> Result<(), BaselineError> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(BaselineError::io("remove", path, source)),
        _ => Ok(()),
    }
}
