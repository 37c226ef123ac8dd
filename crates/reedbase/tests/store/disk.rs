//! A disk in memory that can lose power: whatever was not synced is then lost, kept or torn at random.
//!
//! It must never lose or change what was synced. It takes sectors that hold both synced and new bytes to be
//! written whole, as disks promise.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use reedbase::{LockAttempt, Storage, StorageFile};

#[derive(Debug, Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<State>>);

/// What happens at a chosen step. Every call that changes or syncs something is a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mishap {
    #[default]
    None,
    /// The power fails during step `n`: it and all after it return an error.
    PowerFailsAt(usize),
    /// The process ends during step `n`, and nothing happens after: the next sees what this one wrote, synced
    /// or not.
    ProcessEndsAt(usize),
    /// Step `n` alone returns an error; what it should have done may or may not reach the disk.
    StepFailsAt(usize),
    /// Every sync returns at once, having done nothing.
    SyncsLie,
}

#[derive(Debug, Default)]
struct State {
    files: Vec<FileState>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// Each atomic on its own, none ordered before another.
    unsynced_names: Vec<Vec<NameChange>>,
    mishap: Mishap,
    steps: usize,
    off: bool,
}

#[derive(Debug, Clone)]
enum NameChange {
    Set(String, usize),
    Unset(String),
}

#[derive(Debug, Clone, Default)]
struct FileState {
    durable: Vec<u8>,
    seen: Vec<u8>,
    unsynced: Vec<Write>,
}

#[derive(Debug, Clone)]
enum Write {
    Append(Vec<u8>),
    Truncate(usize),
}

impl Write {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Append(bytes) => content.extend_from_slice(bytes),
            Self::Truncate(length) => content.truncate(*length),
        }
    }
}

impl Disk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Starts counting steps anew, in a new process.
    pub(crate) fn set_mishap(&self, mishap: Mishap) {
        let mut state = self.state();
        state.mishap = mishap;
        state.steps = 0;
        state.off = false;
    }

    pub(crate) fn steps(&self) -> usize {
        self.state().steps
    }

    /// The disk as it is found when the power is back.
    pub(crate) fn after_power_failure(&self, rng: &mut ChaCha8Rng) -> Self {
        let state = self.state();
        let mut names = state.durable_names.clone();
        for change in
            state.unsynced_names.iter().flat_map(|change| if rng.random() { &change[..] } else { &[] })
        {
            change.apply(&mut names);
        }
        let survive = |file: &FileState| {
            let content = survivor(file, rng);
            FileState { durable: content.clone(), seen: content, unsynced: Vec::new() }
        };
        let files = state.files.iter().map(survive).collect();
        Self(Arc::new(Mutex::new(State { files, durable_names: names.clone(), names, ..State::default() })))
    }
}

/// The synced bytes, some of the writes after them, and the last of these torn.
fn survivor(file: &FileState, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut content = file.durable.clone();
    let whole = rng.random_range(0..=file.unsynced.len());
    for write in &file.unsynced[..whole] {
        write.apply(&mut content);
    }
    if let Some(Write::Append(bytes)) = file.unsynced.get(whole) {
        content.extend_from_slice(&bytes[..rng.random_range(0..=bytes.len())]);
    }
    // The length may reach the disk before the bytes: a hole of zeros, or what was there before.
    let synced = file.durable.len().min(content.len());
    if content.len() > synced && rng.random_range(0..3) == 0 {
        let start = rng.random_range(synced..content.len());
        let end = rng.random_range(start..=content.len());
        let old_bytes: bool = rng.random();
        content[start..end].fill_with(|| if old_bytes { rng.random() } else { 0 });
    }
    content
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Set(name, file) => names.insert(name.clone(), *file),
            Self::Unset(name) => names.remove(name),
        };
    }
}

impl State {
    /// Counts a step that has been noted as unsynced, and fails it when its time has come.
    fn step(&mut self) -> io::Result<()> {
        self.steps += 1;
        match self.mishap {
            Mishap::PowerFailsAt(step) | Mishap::ProcessEndsAt(step) if step == self.steps => {
                self.off = true;
                Err(io::Error::other("cut off"))
            }
            Mishap::StepFailsAt(step) if step == self.steps => Err(io::Error::other("the disk failed")),
            _ => Ok(()),
        }
    }

    fn refuse_if_off(&self) -> io::Result<()> {
        if self.off { Err(io::Error::other("cut off before")) } else { Ok(()) }
    }

    fn find(&self, name: &str) -> io::Result<usize> {
        self.refuse_if_off()?;
        self.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn rename(&mut self, changes: Vec<NameChange>) -> io::Result<()> {
        for change in &changes {
            change.apply(&mut self.names);
        }
        self.unsynced_names.push(changes);
        self.step()
    }
}

impl Storage for Disk {
    fn path(&self, name: &str) -> PathBuf {
        PathBuf::from("disk").join(name)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let state = self.state();
        state.find(name).map(|file| state.files[file].seen.clone())
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        let state = self.state();
        state.refuse_if_off()?;
        Ok(state.names.contains_key(name))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn StorageFile>> {
        let mut state = self.state();
        state.refuse_if_off()?;
        let file = state.files.len();
        state.files.push(FileState::default());
        state.rename(vec![NameChange::Set(name.to_owned(), file)])?;
        Ok(Box::new(OpenFile { disk: self.clone(), file }))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn StorageFile>> {
        let file = self.state().find(name)?;
        Ok(Box::new(OpenFile { disk: self.clone(), file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        let file = state.find(from)?;
        state.rename(vec![NameChange::Unset(from.to_owned()), NameChange::Set(to.to_owned(), file)])
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.find(name)?;
        state.rename(vec![NameChange::Unset(name.to_owned())])
    }

    fn sync_directory(&self) -> io::Result<()> {
        let mut state = self.state();
        state.refuse_if_off()?;
        state.step()?;
        if state.mishap != Mishap::SyncsLie {
            state.durable_names = state.names.clone();
            state.unsynced_names.clear();
        }
        Ok(())
    }

    fn try_lock(&self, _name: &str, _holder: &str) -> io::Result<LockAttempt> {
        Ok(LockAttempt::Taken(Box::new(())))
    }
}

#[derive(Debug)]
struct OpenFile {
    disk: Disk,
    file: usize,
}

impl OpenFile {
    fn write(&self, write: Write) -> io::Result<()> {
        let mut state = self.disk.state();
        state.refuse_if_off()?;
        let file = &mut state.files[self.file];
        write.apply(&mut file.seen);
        file.unsynced.push(write);
        state.step()
    }
}

impl StorageFile for OpenFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write(Write::Append(bytes.to_vec()))
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.write(Write::Truncate(usize::try_from(length).unwrap()))
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.state();
        state.refuse_if_off()?;
        state.step()?;
        if state.mishap != Mishap::SyncsLie {
            let file = &mut state.files[self.file];
            file.durable = file.seen.clone();
            file.unsynced.clear();
        }
        Ok(())
    }
}
