//! A disk in memory that can lose power: whatever was not synced is then lost, kept or torn at random.
//!
//! It must never lose or change what was synced. Each sector (512 bytes) survives on its own, as of any moment
//! since its last sync, because the system writes pages back when and in which order it likes; it may even
//! do so while a store is half done.

mod state;

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::storage::{Attempt, LockFile, SharedWord, Stamp, Storage, StoredFile};
use state::{FileState, NameChange, State, Write};

pub use state::Mishap;

/// A directory of the disk; clones are the same directory.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    state: Arc<Mutex<State>>,
    /// Empty for the root; otherwise ends in a slash.
    prefix: String,
}

impl Disk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn full(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Starts counting steps anew, in a new process: locks are free.
    pub fn set_mishap(&self, mishap: Mishap) {
        self.state().begin(mishap);
    }

    /// Steps since [`set_mishap`](Self::set_mishap): calls that change or sync something.
    pub fn steps(&self) -> usize {
        self.state().steps
    }

    /// The disk as it is found when the power is back.
    #[must_use]
    pub fn after_power_failure(&self, seed: u64) -> Self {
        Self { state: Arc::new(Mutex::new(self.state().survivor(seed))), prefix: String::new() }
    }

    /// Changes bytes of a file behind everybody's back, durably.
    pub fn damage(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        self.state().damage(&self.full(name), change);
    }

    /// The content of a file as a process sees it.
    pub fn content(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        let file = *state.names.get(&self.full(name))?;
        Some(state.files[file].seen.clone())
    }

    fn make(&self, name: &str, content: Vec<u8>, segment: bool) -> io::Result<Arc<dyn StoredFile>> {
        let mut state = self.state();
        state.refuse_if_off()?;
        let file = state.add_file(content);
        state.rename(vec![NameChange::Set(self.full(name), file)])?;
        Ok(Arc::new(OpenFile { disk: self.clone(), file, segment }))
    }

    fn find(&self, name: &str, segment: bool) -> io::Result<Arc<dyn StoredFile>> {
        let file = self.state().find(&self.full(name))?;
        Ok(Arc::new(OpenFile { disk: self.clone(), file, segment }))
    }
}

impl Storage for Disk {
    fn path(&self, name: &str) -> PathBuf {
        PathBuf::from("disk").join(self.full(name))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let state = self.state();
        state.refuse_if_off()?;
        let here = state.names.keys().filter_map(|name| name.strip_prefix(&self.prefix));
        let names: BTreeSet<&str> = here.map(|name| name.split('/').next().unwrap_or(name)).collect();
        Ok(names.into_iter().map(str::to_owned).collect())
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        let state = self.state();
        state.refuse_if_off()?;
        Ok(state.names.contains_key(&self.full(name)))
    }

    fn stamp(&self, name: &str) -> io::Result<Stamp> {
        let state = self.state();
        let file = state.find(&self.full(name))?;
        let FileState { seen, changes, .. } = &state.files[file];
        Ok(Stamp { file: file as u64, length: seen.len() as u64, modified_ns: *changes })
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        self.make(name, Vec::new(), false)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        self.find(name, false)
    }

    fn create_segment(&self, name: &str, length: u64) -> io::Result<Arc<dyn StoredFile>> {
        if !self.state().has_room() {
            self.make(name, vec![0; 100], true)?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.make(name, vec![0; usize::try_from(length).map_err(io::Error::other)?], true)
    }

    fn open_segment(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        self.find(name, true)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        let (from, to) = (self.full(from), self.full(to));
        let file = state.find(&from)?;
        state.rename(vec![NameChange::Unset(from), NameChange::Set(to, file)])
    }

    fn exchange(&self, one: &str, other: &str) -> io::Result<bool> {
        let mut state = self.state();
        let (one, other) = (self.full(one), self.full(other));
        let (first, second) = (state.find(&one)?, state.find(&other)?);
        state.rename(vec![NameChange::Set(one, second), NameChange::Set(other, first)])?;
        Ok(true)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        let name = self.full(name);
        state.find(&name)?;
        state.rename(vec![NameChange::Unset(name)])
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.state().sync_names(&self.prefix)
    }

    fn directory(&self, name: &str) -> io::Result<Arc<dyn Storage>> {
        self.state().refuse_if_off()?;
        Ok(Arc::new(Self { state: self.state.clone(), prefix: format!("{}/", self.full(name)) }))
    }

    fn shared_word(&self, name: &str) -> io::Result<Arc<dyn SharedWord>> {
        let mut state = self.state();
        state.refuse_if_off()?;
        let word: Arc<AtomicU64> = state.words.entry(self.full(name)).or_default().clone();
        Ok(word)
    }

    fn lock_file(&self, name: &str) -> io::Result<Box<dyn LockFile>> {
        let mut state = self.state();
        state.refuse_if_off()?;
        let opener = state.next_opener();
        Ok(Box::new(OpenLock { disk: self.clone(), name: self.full(name), opener }))
    }
}

#[derive(Debug)]
struct OpenFile {
    disk: Disk,
    file: usize,
    segment: bool,
}

impl StoredFile for OpenFile {
    fn length(&self) -> io::Result<u64> {
        let state = self.disk.state();
        state.refuse_if_off()?;
        Ok(state.files[self.file].seen.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.state();
        state.refuse_if_off()?;
        let content = &state.files[self.file].seen;
        let start = usize::try_from(offset).map_or(content.len(), |offset| offset.min(content.len()));
        let count = buffer.len().min(content.len() - start);
        buffer[..count].copy_from_slice(&content[start..start + count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let mut state = self.disk.state();
        state.refuse_if_off()?;
        if self.segment && offset + bytes.len() > state.files[self.file].seen.len() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        state.write(self.file, Write::At(offset, bytes.to_vec()))
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        self.disk.state().write(self.file, Write::Truncate(length))
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.state().sync(self.file)
    }
}

#[derive(Debug)]
struct OpenLock {
    disk: Disk,
    name: String,
    opener: u64,
}

impl LockFile for OpenLock {
    fn try_lock(&self, holder: &str) -> io::Result<Attempt> {
        let mut state = self.disk.state();
        state.refuse_if_off()?;
        if let Some((opener, said)) = state.locks.get(&self.name)
            && *opener != self.opener
        {
            return Ok(Attempt::Held(said.clone()));
        }
        state.locks.insert(self.name.clone(), (self.opener, holder.to_owned()));
        Ok(Attempt::Taken)
    }

    fn unlock(&self) -> io::Result<()> {
        let mut state = self.disk.state();
        if state.locks.get(&self.name).is_some_and(|(opener, _)| *opener == self.opener) {
            state.locks.remove(&self.name);
        }
        Ok(())
    }
}

impl Drop for OpenLock {
    fn drop(&mut self) {
        // Cannot fail: it only takes the holder off a list.
        let _ = self.unlock();
    }
}
