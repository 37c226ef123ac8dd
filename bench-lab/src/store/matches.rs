//! Matches on disk, beside the Runs: made whole, appended line by line, listed and read back.
//!
//! It never changes a finished line, and it knows nothing of what the bytes mean: that is [`lab_core::format`].

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lab_core::format::{
    DUELS_FILE, FormatError, LAUNCHES_FILE, LINE_BYTES_MAX, MATCH_FILE, MatchHead, MatchReader, SEAL_FILE,
    StoredMatch, WARNINGS_FILE, read_match_head, read_match_seal,
};
use lab_core::model::{Match, MatchSeal};

use super::line_file::for_each_piece;
use super::load::{document, session_files};
use super::{OpenMatch, Store, StoreError, create, durable, id, reference};

/// The folder in a store that holds one folder per match.
const MATCHES_FOLDER: &str = "matches";

/// What a person types for the newest match.
const LATEST: &str = "latest-ab";

/// One match as far as a list shows it.
#[derive(Debug)]
pub struct ListedMatch {
    /// Name of the folder: the match's id.
    pub id: String,
    /// The match, or why it cannot be read.
    pub content: Result<MatchContent, StoreError>,
}

/// What a list shows of a match that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchContent {
    /// What was to be compared.
    pub head: MatchHead,
    /// Absent while the match is open.
    pub seal: Option<MatchSeal>,
    /// Launches so far.
    pub launch_count: u64,
}

/// A match that goes on.
#[derive(Debug)]
pub struct ResumedMatch {
    /// Takes what is measured from now on.
    pub open: OpenMatch,
    /// What was measured so far.
    pub stored: StoredMatch,
}

impl Store {
    /// Makes a match's folder with all that is known before its first duel, and keeps it open.
    ///
    /// # Errors
    /// [`StoreError::Time`], otherwise what the kernel says.
    pub fn create_match(&self, one: &Match) -> Result<OpenMatch, StoreError> {
        let _lock = self.lock()?;
        let matches = self.matches();
        fs::create_dir_all(&matches).map_err(|source| StoreError::io("create", &matches, source))?;
        create::clear_leftovers(&matches)?;
        let commit = one.sides[1].revision.commit.as_deref();
        let mut attempt = 1;
        let id = loop {
            let id = id::run_id(&one.created_at, commit, attempt)?;
            if fs::symlink_metadata(matches.join(&id)).is_err() {
                break id;
            }
            attempt += 1;
        };
        let (half_made, folder) = (matches.join(format!(".new-{id}")), matches.join(&id));
        let made = OpenMatch::fill(&half_made, &id, one).and_then(|open| {
            fs::rename(&half_made, &folder)
                .map_err(|source| StoreError::io("put in place", &folder, source))?;
            durable::sync_folder(&matches)?;
            Ok(open.renamed(folder))
        });
        made.inspect_err(|_| {
            // It failed already; the next match clears what cannot be removed now.
            let _ = fs::remove_dir_all(&half_made);
        })
    }

    /// Takes hold of an open match and reads what it has; lines that a crash tore are cut off first.
    ///
    /// # Errors
    /// [`StoreError::MatchSealed`], [`StoreError::MatchInUse`], and those of [`Self::load_match`].
    pub fn resume_match(&self, reference: &str) -> Result<ResumedMatch, StoreError> {
        let id = self.find_match(reference)?;
        let folder = self.matches().join(&id);
        // A match that this version cannot read must not be touched.
        listed(&folder, &id)?;
        let mut open = {
            let _lock = self.lock()?;
            OpenMatch::reopen(id.clone(), folder.clone())?
        };
        let stored = load(&folder, &id)?;
        open.count_from(stored.content.launches.len());
        Ok(ResumedMatch { open, stored })
    }

    /// Every match, from oldest to newest; those that cannot be read say why.
    ///
    /// # Errors
    /// What the kernel says about the folder of matches.
    pub fn list_matches(&self) -> Result<Vec<ListedMatch>, StoreError> {
        let matches = self.matches();
        let ids = self.match_ids()?.into_iter();
        Ok(ids.map(|id| ListedMatch { content: listed(&matches.join(&id), &id), id }).collect())
    }

    /// Reads the match that is called `latest-ab`, `latest-ab~2`, by its id or by the start of its id.
    ///
    /// # Errors
    /// [`StoreError::Reference`] when no match is called so, [`StoreError::MatchFormat`] when its `match.json` cannot
    /// be read or a file is of a newer version. Lesser damage is part of the [`StoredMatch`].
    pub fn load_match(&self, reference: &str) -> Result<StoredMatch, StoreError> {
        let id = self.find_match(reference)?;
        load(&self.matches().join(&id), &id)
    }

    /// The id that a reference names.
    ///
    /// # Errors
    /// [`StoreError::Reference`], [`StoreError::NoMatch`].
    pub fn find_match(&self, reference: &str) -> Result<String, StoreError> {
        let ids = self.match_ids()?;
        let store = self.path.display().to_string();
        if ids.is_empty() {
            return Err(StoreError::NoMatch { store });
        }
        let of_runs = match reference.strip_prefix(LATEST) {
            Some(rest) => format!("latest{rest}"),
            None => reference.to_owned(),
        };
        Ok(reference::resolve(&of_runs, &ids, &store)?.to_owned())
    }

    /// Whether a reference speaks of matches and of nothing else.
    pub fn is_of_matches(&self, reference: &str) -> bool {
        let starts = |id: &String| !reference.is_empty() && id.starts_with(reference);
        let in_runs = || self.ids().is_ok_and(|ids| ids.iter().any(starts));
        let in_matches = || self.match_ids().is_ok_and(|ids| ids.iter().any(starts));
        reference.starts_with(LATEST) || (in_matches() && !in_runs())
    }

    fn matches(&self) -> PathBuf {
        self.path.join(MATCHES_FOLDER)
    }

    fn match_ids(&self) -> Result<Vec<String>, StoreError> {
        match super::folders(&self.matches()) {
            Err(StoreError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            listed => listed,
        }
    }
}

fn load(folder: &Path, id: &str) -> Result<StoredMatch, StoreError> {
    let failed = |source| StoreError::MatchFormat { id: id.into(), source };
    let mut reader = MatchReader::new(id, &head(folder)?).map_err(failed)?;
    for name in session_files(folder)? {
        match document(&folder.join(&name)) {
            Ok(bytes) => reader.session(&name, &bytes).map_err(failed)?,
            Err(error) => reader.missing(&name, &format!("cannot be read: {error}")),
        }
    }
    lines(&mut reader, folder, DUELS_FILE, MatchReader::duel).map_err(failed)?;
    lines(&mut reader, folder, LAUNCHES_FILE, MatchReader::launch).map_err(failed)?;
    if folder.join(WARNINGS_FILE).exists() {
        lines(&mut reader, folder, WARNINGS_FILE, MatchReader::warning).map_err(failed)?;
    }
    match document(&folder.join(SEAL_FILE)) {
        Ok(bytes) => reader.seal(&bytes).map_err(failed)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => reader.missing(SEAL_FILE, &format!("cannot be read: {error}")),
    }
    Ok(reader.finish())
}

fn listed(folder: &Path, id: &str) -> Result<MatchContent, StoreError> {
    let failed = |source| StoreError::MatchFormat { id: id.into(), source };
    let head = read_match_head(&head(folder)?).map_err(failed)?;
    let path = folder.join(SEAL_FILE);
    let seal = match document(&path) {
        Ok(bytes) => Some(read_match_seal(&bytes).map_err(failed)?),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(source) => return Err(StoreError::io("read", &path, source)),
    };
    let launch_count = match &seal {
        Some(seal) => u64::from(seal.launch_count),
        None => whole_lines(&folder.join(LAUNCHES_FILE))?,
    };
    Ok(MatchContent { head, seal, launch_count })
}

fn head(folder: &Path) -> Result<Vec<u8>, StoreError> {
    let path = folder.join(MATCH_FILE);
    document(&path).map_err(|source| StoreError::io("read", &path, source))
}

type TakeLine = fn(&mut MatchReader, &[u8]) -> Result<(), FormatError>;

fn lines(reader: &mut MatchReader, folder: &Path, name: &str, take: TakeLine) -> Result<(), FormatError> {
    let handed = for_each_piece(&folder.join(name), LINE_BYTES_MAX, |piece| take(reader, piece));
    match handed {
        Ok(taken) => return taken,
        Err(error) if error.kind() == ErrorKind::NotFound => reader.missing(name, "is not there"),
        Err(error) => reader.missing(name, &format!("cannot be read: {error}")),
    }
    Ok(())
}

fn whole_lines(path: &Path) -> Result<u64, StoreError> {
    let mut count = 0;
    let counted = for_each_piece(path, LINE_BYTES_MAX, |piece| {
        count += u64::from(piece.ends_with(b"\n"));
        Ok::<(), StoreError>(())
    });
    match counted {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(StoreError::io("read", path, source)),
        _ => Ok(count),
    }
}
