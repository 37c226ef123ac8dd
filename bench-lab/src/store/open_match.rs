//! The match that is being measured: it takes duels, launches and warnings until it is sealed.
//!
//! What it acknowledged is on the disk; an exclusive lock keeps every other process from appending.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use lab_core::format::{
    DUELS_FILE, LAUNCHES_FILE, LINE_BYTES_MAX, MATCH_FILE, SEAL_FILE, WARNINGS_FILE, duel_line, launch_line,
    match_document, match_seal_document, session_document, session_file, warning_line,
};
use lab_core::model::{DuelRecord, Launch, Match, MatchSeal, SessionRecord, Warning};

use super::line_file::{LineFile, Trust};
use super::open_run::{digest, free_torn_path};
use super::{StoreError, durable};

/// A match without a seal, held by this process.
#[derive(Debug)]
pub struct OpenMatch {
    id: String,
    folder: PathBuf,
    duels: LineFile,
    launches: LineFile,
    warnings: Option<LineFile>,
    launch_count: u32,
}

impl OpenMatch {
    /// Fills a folder that nobody can see yet; the lock is taken before anyone can.
    pub(super) fn fill(folder: &Path, id: &str, one: &Match) -> Result<Self, StoreError> {
        std::fs::create_dir(folder).map_err(|source| StoreError::io("create", folder, source))?;
        let head = match_document(&Match { id: id.into(), ..one.clone() });
        check_size(id, MATCH_FILE, &head)?;
        durable::write_new(&folder.join(MATCH_FILE), &head)?;
        for session in &one.sessions {
            durable::write_new(&folder.join(session_file(session.number)), &session_document(session))?;
        }
        let duels = LineFile::create(&folder.join(DUELS_FILE), b"")?;
        let path = folder.join(LAUNCHES_FILE);
        let launches = LineFile::create(&path, b"")?;
        lock(launches.file(), id, &path)?;
        durable::sync_folder(folder)?;
        Ok(Self { id: id.into(), folder: folder.into(), duels, launches, warnings: None, launch_count: 0 })
    }

    /// The same under the folder's final name.
    pub(super) fn renamed(self, folder: PathBuf) -> Self {
        Self {
            duels: self.duels.renamed(folder.join(DUELS_FILE)),
            launches: self.launches.renamed(folder.join(LAUNCHES_FILE)),
            folder,
            ..self
        }
    }

    /// Takes hold of a match that was left open, and cuts off what a crash left of its last lines. Torn bytes are kept
    /// as `torn-1.bin`, `torn-2.bin`, … and named in a warning.
    pub(super) fn reopen(id: String, folder: PathBuf) -> Result<Self, StoreError> {
        let path = folder.join(LAUNCHES_FILE);
        let launches = LineFile::open(&path)?;
        lock(launches.file(), &id, &path)?;
        if folder.join(SEAL_FILE).exists() {
            return Err(StoreError::MatchSealed { id });
        }
        let duels = LineFile::open(&folder.join(DUELS_FILE))?;
        let warnings = folder.join(WARNINGS_FILE);
        let warnings = warnings.exists().then(|| LineFile::open(&warnings)).transpose()?;
        let mut open = Self { id, folder, duels, launches, warnings, launch_count: 0 };
        open.repair()?;
        durable::sync_folder(&open.folder)?;
        Ok(open)
    }

    /// Keeps, tells, then cuts: a crash in between repeats a step at the next resume and loses none.
    fn repair(&mut self) -> Result<(), StoreError> {
        let folder = self.folder.clone();
        let keep = || free_torn_path(&folder);
        let mut torn = Vec::new();
        if let Some(warnings) = &mut self.warnings {
            torn.extend(warnings.keep_torn_tail(keep)?.map(|bytes| (WARNINGS_FILE, bytes)));
            warnings.cut()?;
        }
        torn.extend(self.duels.keep_torn_tail(keep)?.map(|bytes| (DUELS_FILE, bytes)));
        torn.extend(self.launches.keep_torn_tail(keep)?.map(|bytes| (LAUNCHES_FILE, bytes)));
        for (name, bytes) in torn {
            let text = format!(
                "its last line broke off after {bytes} bytes and was cut; the bytes are kept beside it as torn-*.bin"
            );
            self.add_warning(&Warning::new("torn_line", name, text))?;
        }
        self.duels.cut()?;
        self.launches.cut()
    }

    /// What is in the file that was reopened.
    pub(super) fn count_from(&mut self, launches: usize) {
        self.launch_count = u32::try_from(launches).unwrap_or(u32::MAX);
    }

    /// Name of the match and of its folder.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Adds what was found out about a pair, before it is launched.
    ///
    /// # Errors
    /// Those of [`Self::append`].
    pub fn add_duel(&mut self, duel: &DuelRecord) -> Result<(), StoreError> {
        let line = duel_line(duel);
        check_size(&self.id, &duel.benchmark.to_string(), &line)?;
        add(&mut self.duels, &self.id, &line)
    }

    /// Adds a launch; when this returns, a power loss cannot take it away.
    ///
    /// # Errors
    /// [`StoreError::Full`] and its like: the file ends with the launch before, and a later call may succeed.
    /// [`StoreError::MatchUnsure`] after a write whose end could not be made sure.
    pub fn append(&mut self, launch: &Launch) -> Result<(), StoreError> {
        let line = launch_line(launch);
        check_size(&self.id, &format!("launch {} of {}", launch.index, launch.benchmark), &line)?;
        add(&mut self.launches, &self.id, &line)?;
        self.launch_count += 1;
        Ok(())
    }

    /// Adds a warning that arose after the start, as surely as a launch.
    ///
    /// # Errors
    /// Those of [`Self::append`].
    pub fn add_warning(&mut self, warning: &Warning) -> Result<(), StoreError> {
        let line = warning_line(warning);
        check_size(&self.id, &warning.kind, &line)?;
        if self.warnings.is_none() {
            let file = LineFile::create(&self.folder.join(WARNINGS_FILE), b"")?;
            durable::sync_folder(&self.folder)?;
            self.warnings = Some(file);
        }
        match &mut self.warnings {
            Some(file) => add(file, &self.id, &line),
            None => Ok(()),
        }
    }

    /// Begins a further session, in a file of its own.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn begin_session(&mut self, session: &SessionRecord) -> Result<(), StoreError> {
        durable::put(&self.folder, &session_file(session.number), &session_document(session))
    }

    /// Seals the match: nothing is added any more, and changes to its launches are noticed. `cut_short` says why not
    /// every verdict was reached.
    ///
    /// # Errors
    /// What the kernel says; the match is then still open and can be resumed.
    pub fn seal(self, cut_short: Option<String>) -> Result<MatchSeal, StoreError> {
        check_trust(&self.launches, &self.id)?;
        let path = self.folder.join(LAUNCHES_FILE);
        let seal = MatchSeal {
            sealed_at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            launch_count: self.launch_count,
            launches_sha256: digest(&path).map_err(|source| StoreError::io("read", &path, source))?,
            cut_short,
        };
        durable::put(&self.folder, SEAL_FILE, &match_seal_document(&seal))?;
        Ok(seal)
    }
}

fn add(file: &mut LineFile, id: &str, line: &[u8]) -> Result<(), StoreError> {
    check_trust(file, id)?;
    file.append(line)
}

fn check_trust(file: &LineFile, id: &str) -> Result<(), StoreError> {
    match file.trust() {
        Trust::Sure => Ok(()),
        Trust::Unsure => Err(StoreError::MatchUnsure { id: id.into() }),
    }
}

fn check_size(id: &str, what: &str, bytes: &[u8]) -> Result<(), StoreError> {
    if bytes.len() < LINE_BYTES_MAX {
        return Ok(());
    }
    let (id, what) = (id.into(), what.into());
    Err(StoreError::TooLarge { id, what, bytes: bytes.len(), limit_bytes: LINE_BYTES_MAX })
}

/// Takes the lock that every process needs which appends to a match (flock(2): gone with the process).
pub(super) fn lock(file: &File, id: &str, path: &Path) -> Result<(), StoreError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => StoreError::MatchInUse { id: id.into(), path: path.to_owned() },
        TryLockError::Error(source) => StoreError::io("lock", path, source),
    })
}
