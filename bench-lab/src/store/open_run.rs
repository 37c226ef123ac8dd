//! The Run that is being measured: it takes invocations, warnings and sessions until it is sealed.
//!
//! What it acknowledged is on the disk; an exclusive lock keeps every other process from appending.

use std::fs::{File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use lab_core::format::{
    INVOCATIONS_FILE, LINE_BYTES_MAX, LOOKS_FILE, SEAL_FILE, WARNINGS_FILE, invocation_line, look_line,
    seal_document, session_document, session_file, warning_line,
};
use lab_core::hex::hex;
use lab_core::model::{BenchmarkRecord, Invocation, LookRecord, Run, Seal, SessionRecord, Warning};
use sha2::{Digest, Sha256};

use super::line_file::{LineFile, Trust};
use super::{StoreError, durable, output};

/// A Run without a seal, held by this process.
#[derive(Debug)]
pub struct OpenRun {
    id: String,
    folder: PathBuf,
    invocations: LineFile,
    warnings: Option<LineFile>,
    looks: Option<LineFile>,
    /// Lines in the file, and how many of them are the canaries'.
    counts: Counts,
}

/// What a seal counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    invocations: u32,
    canaries: u32,
}

impl Counts {
    /// Of all that a Run holds.
    pub(super) fn of(run: &Run) -> Self {
        let count = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
        Self {
            invocations: count(run.all_invocations().count()),
            canaries: count(run.canary.invocations.len()),
        }
    }
}

impl OpenRun {
    /// A Run whose folder was just made.
    pub(super) fn fresh(id: String, folder: PathBuf, invocations: LineFile, counts: Counts) -> Self {
        Self { id, folder, invocations, warnings: None, looks: None, counts }
    }

    /// Takes hold of a Run that was left open, and cuts off what a crash left of its last lines. Torn bytes
    /// are kept as `torn-1.bin`, `torn-2.bin`, … and named in a warning.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Sealed`], and what the kernel says.
    pub(super) fn reopen(id: String, folder: PathBuf) -> Result<Self, StoreError> {
        let path = folder.join(INVOCATIONS_FILE);
        let invocations = LineFile::open(&path)?;
        lock(invocations.file(), &id, &path)?;
        if folder.join(SEAL_FILE).exists() {
            return Err(StoreError::Sealed { id });
        }
        let counts = Counts::default();
        let mut open = Self { id, folder, invocations, warnings: None, looks: None, counts };
        let (warnings, torn_warning) = open.repaired(WARNINGS_FILE)?;
        let (looks, torn_look) = open.repaired(LOOKS_FILE)?;
        (open.warnings, open.looks) = (warnings, looks);
        for (name, torn_bytes) in [(WARNINGS_FILE, torn_warning), (LOOKS_FILE, torn_look)] {
            torn_bytes.map_or(Ok(()), |bytes| open.tell_torn(name, bytes))?;
        }
        open.repair_invocations()?;
        durable::sync_folder(&open.folder)?;
        Ok(open)
    }

    /// Opens a file of lines that need not be there, without what a crash left of its last line, and says how many bytes
    /// those were.
    fn repaired(&self, name: &str) -> Result<(Option<LineFile>, Option<u64>), StoreError> {
        let path = self.folder.join(name);
        if !path.exists() {
            return Ok((None, None));
        }
        let mut file = LineFile::open(&path)?;
        let torn_bytes = file.keep_torn_tail(|| free_torn_path(&self.folder))?;
        file.cut()?;
        Ok((Some(file), torn_bytes))
    }

    /// Keeps, tells, then cuts: a crash in between repeats a step at the next resume and loses none.
    fn repair_invocations(&mut self) -> Result<(), StoreError> {
        let Some(bytes) = self.invocations.keep_torn_tail(|| free_torn_path(&self.folder))? else {
            return Ok(());
        };
        self.tell_torn(INVOCATIONS_FILE, bytes)?;
        self.invocations.cut()
    }

    fn tell_torn(&mut self, name: &str, bytes: u64) -> Result<(), StoreError> {
        let text = format!(
            "its last line broke off after {bytes} bytes and was cut; the bytes are kept beside it as torn-*.bin"
        );
        self.add_warning(&Warning::new("torn_line", name, text))
    }

    /// What is in the file that was reopened.
    pub(super) fn count_from(&mut self, run: &Run) {
        self.counts = Counts::of(run);
    }

    /// Name of the Run and of its folder.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The folder that holds its files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Adds an invocation; when this returns, a power loss cannot take it away.
    ///
    /// # Errors
    /// [`StoreError::Full`] and its like: the file ends with the invocation before, and a later call may succeed.
    /// [`StoreError::Unsure`] after a write whose end could not be made sure.
    pub fn append(&mut self, invocation: &Invocation) -> Result<(), StoreError> {
        let line = invocation_line(invocation);
        self.check_trust(self.invocations.trust())?;
        self.check_size(&line, || format!("invocation {}", invocation.index))?;
        self.invocations.append(&line)?;
        self.counts.invocations += 1;
        self.counts.canaries += u32::from(invocation.target.is_canary());
        Ok(())
    }

    /// Adds a warning that arose after the start, as surely as an invocation.
    ///
    /// # Errors
    /// Those of [`Self::append`].
    pub fn add_warning(&mut self, warning: &Warning) -> Result<(), StoreError> {
        let line = warning_line(warning);
        self.check_size(&line, || format!("warning {}", warning.kind))?;
        add_line(&mut self.warnings, (&self.id, &self.folder), WARNINGS_FILE, &line)
    }

    /// Adds what a look at the baseline decided, as surely as an invocation: it is on the disk before the first process
    /// starts that it adds to the order.
    ///
    /// # Errors
    /// Those of [`Self::append`], and [`StoreError::Format`] when it names a benchmark that the Run does not list.
    pub fn add_look(&mut self, look: &LookRecord, benchmarks: &[BenchmarkRecord]) -> Result<(), StoreError> {
        let line = look_line(look, benchmarks)
            .map_err(|source| StoreError::Format { id: self.id.clone(), source })?;
        self.check_size(&line, || format!("look {}", look.number))?;
        add_line(&mut self.looks, (&self.id, &self.folder), LOOKS_FILE, &line)
    }

    /// Begins a further session, in a file of its own.
    ///
    /// # Errors
    /// [`StoreError::SessionExists`] when its number is taken, otherwise what the kernel says.
    pub fn begin_session(&mut self, session: &SessionRecord) -> Result<(), StoreError> {
        let name = session_file(session.number);
        if self.folder.join(&name).exists() {
            return Err(StoreError::SessionExists { id: self.id.clone(), number: session.number });
        }
        durable::put(&self.folder, &name, &session_document(session))
    }

    /// Keeps what a failed invocation printed, as `output/<index>.stdout.txt` and `.stderr.txt`; of a long
    /// output the beginning and the end. An empty stream makes no file.
    ///
    /// It explains and counts for nothing, so it is not synced.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn keep_output(&self, index: u32, stdout: &[u8], stderr: &[u8]) -> Result<(), StoreError> {
        output::keep(&self.folder, index, stdout, stderr)
    }

    /// Seals the Run: nothing is added any more, and changes to its invocations are noticed. `cut_short` says
    /// why the schedule was not finished.
    ///
    /// # Errors
    /// What the kernel says; the Run is then still open and can be resumed.
    pub fn seal(self, cut_short: Option<String>) -> Result<Seal, StoreError> {
        self.check_trust(self.invocations.trust())?;
        let path = self.folder.join(INVOCATIONS_FILE);
        let seal = Seal {
            sealed_at: now(),
            invocation_count: self.counts.invocations,
            canary_count: self.counts.canaries,
            invocations_sha256: digest(&path).map_err(|source| StoreError::io("read", &path, source))?,
            cut_short,
        };
        durable::put(&self.folder, SEAL_FILE, &seal_document(&seal))?;
        Ok(seal)
    }

    fn check_trust(&self, trust: Trust) -> Result<(), StoreError> {
        match trust {
            Trust::Sure => Ok(()),
            Trust::Unsure => Err(StoreError::Unsure { id: self.id.clone() }),
        }
    }

    fn check_size(&self, line: &[u8], what: impl Fn() -> String) -> Result<(), StoreError> {
        if line.len() < LINE_BYTES_MAX {
            return Ok(());
        }
        Err(StoreError::TooLarge {
            id: self.id.clone(),
            what: what(),
            bytes: line.len(),
            limit_bytes: LINE_BYTES_MAX,
        })
    }
}

/// Appends to a file that is made for its first line.
fn add_line(
    file: &mut Option<LineFile>,
    (id, folder): (&str, &Path),
    name: &str,
    line: &[u8],
) -> Result<(), StoreError> {
    let file = match file {
        Some(file) => file,
        None => {
            let made = file.insert(LineFile::create(&folder.join(name), b"")?);
            durable::sync_folder(folder)?;
            made
        }
    };
    match file.trust() {
        Trust::Sure => file.append(line),
        Trust::Unsure => Err(StoreError::Unsure { id: id.into() }),
    }
}

/// Takes the lock that every process needs which appends to a Run (flock(2): gone with the process).
pub(super) fn lock(file: &File, id: &str, path: &Path) -> Result<(), StoreError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => StoreError::InUse { id: id.into(), path: path.to_owned() },
        TryLockError::Error(source) => StoreError::io("lock", path, source),
    })
}

pub(super) fn free_torn_path(folder: &Path) -> PathBuf {
    (1_u32..)
        .map(|number| folder.join(format!("torn-{number}.bin")))
        .find(|path| !path.exists())
        .expect("a folder does not hold four thousand million files")
}

/// The time, to the second, RFC 3339 in UTC.
fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(super) fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut block = vec![0; 256 * 1024];
    loop {
        match file.read(&mut block)? {
            0 => break,
            read => hash.update(&block[..read]),
        }
    }
    Ok(hex(&hash.finalize()))
}
