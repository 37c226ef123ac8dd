//! Opens a table: reads the CSV file, replays the journal over it, and settles what a crash or an outside
//! edit left between the two.
//!
//! It must never choose between two histories on its own: where the files do not explain each other, it says
//! so and changes nothing.

use std::sync::Arc;

use seglog::{Log, Record, Sharing, Storage};

use crate::base::Base;
use crate::csv::{Fault, FormatProblem};
use crate::entry::{Changes, Mark, Note};
use crate::error::Error;
use crate::files::{self, CSV, JOURNAL, NEXT_CSV};
use crate::fold;
use crate::identity::CsvIdentity;
use crate::options::{Delimiter, Options, OutsideEdit};
use crate::snapshot::Snapshot;
use crate::writer::Writer;

/// What open found and did. Nothing in it is an error, and nothing in it happens without a crash or an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// What `current.csv` was.
    pub csv: CsvState,
    /// Changes that were in the journal only.
    pub replayed_changes: u64,
    /// Length of an unfinished write that was cut off the journal. A last record that was damaged after it
    /// was written looks the same, so a caller who had no crash should not expect to see this.
    pub cut_bytes: u64,
    /// Whether a fold that a crash ended had taken the place of a file that something else wrote meanwhile. It is
    /// beside `current.csv`, with `.edited-` and a time behind the name.
    pub edit_was_set_aside: bool,
}

/// What `current.csv` was at open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvState {
    /// The file that the journal belongs to.
    AsRecorded,
    /// The file of a fold that had not yet said so in the journal; that is done now.
    FoldFinished,
    /// A file that something else changed, taken as it is.
    EditedOutside,
    /// A file without a journal: new, or written by something else.
    WithoutJournal,
}

/// The journal's side of the story.
#[derive(Default)]
struct Told {
    /// The last file that `current.csv` is known to have been.
    settled: Option<Mark>,
    /// Batches since then.
    batches: Vec<Record>,
    /// Files that `current.csv` was about to become since then, and how many batches came before.
    promises: Vec<(Mark, usize)>,
    /// The first record without a meaning.
    nonsense: Option<Record>,
}

impl Told {
    fn hear(&mut self, record: Record) {
        match Note::decode(record.kind, &record.payload) {
            Some(Note::Changes(_)) => self.batches.push(record),
            Some(Note::Promise(mark)) => self.promises.push((mark, self.batches.len())),
            Some(Note::Settled(mark)) => {
                *self = Self { settled: Some(mark), nonsense: self.nonsense.take(), ..Self::default() };
            }
            None => {
                self.nonsense.get_or_insert(record);
            }
        }
    }

    /// Every file that `current.csv` was to be.
    fn files(&self) -> Vec<CsvIdentity> {
        let promised = self.promises.iter().map(|(mark, _)| mark);
        self.settled.iter().chain(promised).map(|mark| mark.identity).collect()
    }

    fn change_count(&self) -> u64 {
        self.batches.iter().map(|record| changes_of(record).entries.len() as u64).sum()
    }
}

fn changes_of(record: &Record) -> Changes<'_> {
    match Note::decode(record.kind, &record.payload) {
        Some(Note::Changes(changes)) => changes,
        _ => unreachable!("only changes were put among the batches"),
    }
}

/// Reads a table whose lock is held.
pub(crate) fn load(
    storage: &Arc<dyn Storage>,
    options: Options,
    indexed: Arc<[usize]>,
) -> Result<Writer, Error> {
    let mut told = Told::default();
    let has_journal = storage.exists(JOURNAL).map_err(Error::io("look for", storage.path(JOURNAL)))?;
    // A file that is no table is left without traces; where there is a journal, it knows the delimiter.
    let base = if has_journal { None } else { Some(read_base(&**storage, &options)?) };
    let journal = storage.directory(JOURNAL).map_err(Error::write("make", storage.path(JOURNAL)))?;
    let log_options = seglog::Options { segment_bytes: options.segment_bytes, sharing: Sharing::Coordinated };
    let log = Log::open(journal, log_options, |record| told.hear(record)).map_err(Error::reading)?;
    if let Some(record) = &told.nonsense {
        return Err(meaningless(&log, record));
    }
    if let Some(actual) = told.settled.map(|mark| mark.delimiter)
        && actual != options.delimiter
    {
        return Err(Error::WrongDelimiter { path: storage.path(""), asked: options.delimiter, actual });
    }
    let base = base.map_or_else(|| read_base(&**storage, &options), Ok)?;
    let found = base.identity();
    let (csv, batches) = settle(&**storage, &options, found, &told, &log)?;
    let mut rows = Snapshot::new(Arc::new(base), log.last(), indexed);
    let mut writer = Writer::new(log, rows.clone(), options);
    let cut_bytes = writer.log.recovery().cut_bytes;
    writer.opening = Opening { csv, replayed_changes: 0, cut_bytes, edit_was_set_aside: false };
    for record in batches {
        let changes = changes_of(record);
        check(&rows, &changes)?;
        rows.apply(&changes);
        writer.count(&changes, record.payload.len());
        writer.opening.replayed_changes += changes.entries.len() as u64;
    }
    writer.rows = rows;
    writer.finish_opening(storage, &told.files())?;
    Ok(writer)
}

/// Whether each record can be a row of this table: an edited file may have other columns than the journal's
/// rows.
fn check(rows: &Snapshot, changes: &Changes<'_>) -> Result<(), Error> {
    for entry in &changes.entries {
        if let crate::entry::Entry::Put(record) = entry {
            rows.check_record(record).map_err(|problem| Error::InvalidRow { problem })?;
        }
    }
    Ok(())
}

pub(crate) fn meaningless(log: &Log, record: &Record) -> Error {
    Error::Corrupt {
        path: log.segment_path(record.segment),
        offset: record.offset,
        problem: "a record whose checksum holds has no meaning",
    }
}

impl Writer {
    /// Leaves files behind that explain each other, whatever was found.
    fn finish_opening(&mut self, storage: &Arc<dyn Storage>, known: &[CsvIdentity]) -> Result<(), Error> {
        self.stamp = storage.stamp(CSV).ok();
        if self.opening.csv == CsvState::FoldFinished {
            self.opening.edit_was_set_aside = fold::set_edit_aside(&**storage, known)?.is_some();
        }
        // Half-written by a fold that a crash ended.
        files::remove(&**storage, NEXT_CSV)?;
        if self.opening.csv != CsvState::AsRecorded {
            // The file was seen, which does not make it durable, and the records that could repeat it go.
            let synced = storage.open(CSV).and_then(|file| file.sync());
            synced.map_err(Error::write("sync", storage.path(CSV)))?;
            files::sync_names(&**storage)?;
        }
        match self.opening.csv {
            CsvState::AsRecorded => Ok(()),
            CsvState::FoldFinished => self.settle(),
            // The journal belongs to the file before the edit, so its rows cannot stay in it.
            CsvState::EditedOutside if self.unfolded > 0 => self.fold_over(&**storage),
            CsvState::EditedOutside | CsvState::WithoutJournal => self.settle(),
        }
    }
}

/// Decides what the CSV file is, given what the journal says it should be, and which batches it lacks.
fn settle<'t>(
    storage: &dyn Storage,
    options: &Options,
    found: CsvIdentity,
    told: &'t Told,
    log: &Log,
) -> Result<(CsvState, &'t [Record]), Error> {
    let Some(settled) = told.settled else {
        return match told.batches.first() {
            None => Ok((CsvState::WithoutJournal, &[])),
            Some(record) => Err(meaningless(log, record)),
        };
    };
    if let Some((_, before)) = told.promises.iter().rfind(|(mark, _)| mark.identity == found) {
        let is_new = settled.identity != found;
        let state = if is_new { CsvState::FoldFinished } else { CsvState::AsRecorded };
        return Ok((state, &told.batches[*before..]));
    }
    if settled.identity == found {
        return Ok((CsvState::AsRecorded, &told.batches));
    }
    let unfolded = told.change_count();
    match options.outside_edit {
        OutsideEdit::Replay => Ok((CsvState::EditedOutside, &told.batches)),
        OutsideEdit::Accept if unfolded == 0 => Ok((CsvState::EditedOutside, &[])),
        OutsideEdit::Accept | OutsideEdit::Refuse => {
            Err(Error::EditedOutside { path: storage.path(CSV), unfolded })
        }
    }
}

fn read_base(storage: &dyn Storage, options: &Options) -> Result<Base, Error> {
    let content = files::read(storage, CSV, options.memory_limit_bytes)?;
    let content = content.ok_or_else(|| Error::TableNotFound { path: storage.path("") })?;
    let written_ns = storage.stamp(CSV).map_or(0, |stamp| stamp.modified_ns);
    parse(storage, content, options.delimiter, written_ns)
}

/// Reads a CSV file's content, which errors say is `current.csv`.
pub(crate) fn parse(
    storage: &dyn Storage,
    content: Vec<u8>,
    delimiter: Delimiter,
    written_ns: u64,
) -> Result<Base, Error> {
    let invalid = |text: &[u8], fault: Fault| {
        let (line, column) = fault.position(text);
        Error::InvalidFormat { path: storage.path(CSV), line, column, problem: fault.problem }
    };
    let text = String::from_utf8(content).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        invalid(error.as_bytes(), Fault { offset, problem: FormatProblem::NotUtf8 })
    })?;
    Base::parse(text, delimiter, written_ns).map_err(|(text, fault)| invalid(text.as_bytes(), fault))
}
