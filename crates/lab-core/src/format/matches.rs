//! A match as text files, and back.
//!
//! A broken line costs that line; only `match.json` and a newer version stop the reading. It never panics.

use sha2::{Digest, Sha256};

use super::decode::{UnknownFields, Versioned, decode};
use super::layout::{document, line};
use super::lines::{Chunk, Lines};
use super::{FormatError, LINE_BYTES_MAX, Place, SEAL_FILE, WARNINGS_FILE, v1};
use crate::hex::hex;
use crate::model::{DuelRecord, Launch, Match, MatchSeal, MatchState, Revision, Warning};

/// All that is known before the first duel is prepared.
pub const MATCH_FILE: &str = "match.json";
/// One line per benchmark that was prepared.
pub const DUELS_FILE: &str = "duels.jsonl";
/// One line per launch.
pub const LAUNCHES_FILE: &str = "launches.jsonl";

/// What a list of matches shows about one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchHead {
    /// RFC 3339 in UTC.
    pub created_at: String,
    /// Names of both sides, baseline first.
    pub names: [String; 2],
    /// Their sources.
    pub revisions: [Revision; 2],
    /// Selected benchmarks of the candidate.
    pub benchmark_count: usize,
}

/// A match as far as its files give it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredMatch {
    /// The match. Its warnings begin with those of the damage, and end with what reading found odd.
    pub content: Match,
    /// Whether launches that were acknowledged are lost or changed.
    pub is_damaged: bool,
}

/// The text of `match.json`: all but sessions, duels, launches and the seal.
pub fn match_document(one: &Match) -> Vec<u8> {
    document(&v1::matches::Match::from(one))
}

/// One line of `duels.jsonl`, its newline included.
pub fn duel_line(duel: &DuelRecord) -> Vec<u8> {
    line(&v1::duel::Duel::from(duel))
}

/// One line of `launches.jsonl`, its newline included.
pub fn launch_line(launch: &Launch) -> Vec<u8> {
    line(&v1::launch::Launch::from(launch))
}

/// A launch as JSON, for programs that follow a match while it is measured.
pub fn launch_document(launch: &Launch) -> serde_json::Value {
    serde_json::to_value(v1::launch::Launch::from(launch)).unwrap_or_default()
}

/// The text of a match's `seal.json`.
pub fn match_seal_document(seal: &MatchSeal) -> Vec<u8> {
    document(&v1::matches::MatchSeal::from(seal))
}

/// Reads the head out of the text of `match.json`; no list in it is kept.
///
/// # Errors
/// [`FormatError`] when it is of a newer version or not the text of a match.
pub fn read_match_head(bytes: &[u8]) -> Result<MatchHead, FormatError> {
    let head: v1::matches::MatchHead = decode(Place::file(MATCH_FILE), bytes, &mut UnknownFields::default())?;
    Ok(MatchHead {
        created_at: head.created_at,
        benchmark_count: head.candidate.benchmarks.len(),
        names: [head.baseline.name, head.candidate.name],
        revisions: [head.baseline.revision.into(), head.candidate.revision.into()],
    })
}

/// Reads a match's `seal.json` alone.
///
/// # Errors
/// [`FormatError`] when it is of a newer version or not the text of a seal.
pub fn read_match_seal(bytes: &[u8]) -> Result<MatchSeal, FormatError> {
    let seal: v1::matches::MatchSeal = decode(Place::file(SEAL_FILE), bytes, &mut UnknownFields::default())?;
    Ok(seal.into())
}

/// Puts a match together: [`MatchReader::new`] with `match.json`, then the other files in any order, then
/// [`MatchReader::finish`].
#[derive(Debug)]
pub struct MatchReader {
    content: Match,
    seal: Option<MatchSeal>,
    damage: Vec<Warning>,
    unknown: UnknownFields,
    notes: Vec<Warning>,
    duels: Lines,
    launches: Lines,
    warnings: Lines,
    launches_hash: Sha256,
    is_damaged: bool,
}

impl MatchReader {
    /// Begins with the text of `match.json`. `folder` is the name of the match's folder, which is its id.
    ///
    /// # Errors
    /// [`FormatError`] when it is of a newer version or not the text of a match.
    pub fn new(folder: &str, bytes: &[u8]) -> Result<Self, FormatError> {
        let mut unknown = UnknownFields::default();
        let wire: v1::matches::Match = decode(Place::file(MATCH_FILE), bytes, &mut unknown)?;
        let mut misunderstood = Vec::new();
        let mut content = wire.into_model(&mut misunderstood);
        let odd = |why: String| Warning::new("unknown_fact", MATCH_FILE, why);
        let mut notes: Vec<Warning> = misunderstood.into_iter().map(odd).collect();
        if content.id != folder {
            let text = format!("the match was made as {}; its folder was renamed or copied", content.id);
            notes.push(Warning::new("renamed", folder, text));
            content.id = folder.into();
        }
        Ok(Self {
            content,
            seal: None,
            damage: Vec::new(),
            unknown,
            notes,
            duels: Lines::default(),
            launches: Lines::default(),
            warnings: Lines::default(),
            launches_hash: Sha256::new(),
            is_damaged: false,
        })
    }

    /// Adds the text of one session's file.
    ///
    /// # Errors
    /// [`FormatError::Newer`] only.
    pub fn session(&mut self, file: &str, bytes: &[u8]) -> Result<(), FormatError> {
        let wire = self.decoded::<v1::environment::Session>(Place::file(file), bytes)?;
        let Some(read) = wire.map(v1::environment::Session::into_model) else { return Ok(()) };
        let odd = |why| Warning::new("unknown_fact", file, why);
        self.notes.extend(read.misunderstood.into_iter().map(odd));
        self.content.sessions.push(read.session);
        Ok(())
    }

    /// Adds the next piece of `duels.jsonl`, cut like that of [`Self::launch`].
    ///
    /// # Errors
    /// [`FormatError::Newer`] only.
    pub fn duel(&mut self, bytes: &[u8]) -> Result<(), FormatError> {
        let chunk = self.duels.next(DUELS_FILE, bytes);
        let wire = self.record::<v1::duel::Duel>(chunk)?;
        self.content.duels.extend(wire.map(DuelRecord::from));
        Ok(())
    }

    /// Adds the next piece of `launches.jsonl`: up to and including the next newline, or [`LINE_BYTES_MAX`] bytes
    /// without one, or the end of the file.
    ///
    /// # Errors
    /// [`FormatError::Newer`] only.
    pub fn launch(&mut self, bytes: &[u8]) -> Result<(), FormatError> {
        self.launches_hash.update(bytes);
        let chunk = self.launches.next(LAUNCHES_FILE, bytes);
        let wire = self.record::<v1::launch::Launch>(chunk)?;
        self.content.launches.extend(wire.map(Launch::from));
        Ok(())
    }

    /// Adds the next piece of `warnings.jsonl`, cut like that of [`Self::launch`].
    ///
    /// # Errors
    /// [`FormatError::Newer`] only.
    pub fn warning(&mut self, bytes: &[u8]) -> Result<(), FormatError> {
        let chunk = self.warnings.next(WARNINGS_FILE, bytes);
        let wire = self.record::<v1::warning::WarningLine>(chunk)?;
        self.content.warnings.extend(wire.map(Warning::from));
        Ok(())
    }

    /// Adds the text of `seal.json`.
    ///
    /// # Errors
    /// [`FormatError::Newer`] only.
    pub fn seal(&mut self, bytes: &[u8]) -> Result<(), FormatError> {
        let wire = self.decoded::<v1::matches::MatchSeal>(Place::file(SEAL_FILE), bytes)?;
        self.seal = wire.map(MatchSeal::from);
        Ok(())
    }

    /// Notes that a file every match has is not there, or cannot be had.
    pub fn missing(&mut self, file: &str, why: &str) {
        self.is_damaged = true;
        self.damage.push(Warning::new("missing_file", file, format!("the file of the match {why}")));
    }

    /// The match, once every file was handed in.
    pub fn finish(mut self) -> StoredMatch {
        self.content.sessions.sort_by_key(|session| session.number);
        if let Some(seal) = self.seal.take() {
            self.check_seal(&seal);
            self.content.state = MatchState::Sealed(seal);
        }
        let mut warnings = self.damage;
        warnings.append(&mut self.content.warnings);
        warnings.append(&mut self.notes);
        warnings.extend(self.unknown.warnings());
        self.content.warnings = warnings;
        StoredMatch { content: self.content, is_damaged: self.is_damaged }
    }

    fn check_seal(&mut self, seal: &MatchSeal) {
        let found = hex(&self.launches_hash.clone().finalize());
        let count = self.content.launches.len();
        let what = if found != seal.launches_sha256 {
            "the file was changed after it was sealed".to_owned()
        } else if count != seal.launch_count as usize {
            format!("the match was sealed with {} launches and {count} can be read", seal.launch_count)
        } else {
            return;
        };
        self.is_damaged = true;
        let text = format!("{what}: do not trust its verdicts");
        self.damage.insert(0, Warning::new("damaged", LAUNCHES_FILE, text));
    }

    fn record<T: Versioned>(&mut self, chunk: Chunk<'_>) -> Result<Option<T>, FormatError> {
        match chunk {
            Chunk::Line(place, bytes) => return self.decoded(place, bytes),
            Chunk::Torn(place, torn_bytes) => {
                let text = format!(
                    "left out: the line breaks off after {torn_bytes} bytes, as after a power loss or a full disk"
                );
                self.damage.push(Warning::new("torn_line", place, text));
            }
            Chunk::Overlong(place) => {
                self.unreadable(place, &format!("the line is longer than {LINE_BYTES_MAX} bytes"));
            }
            Chunk::Rest => {}
        }
        Ok(None)
    }

    /// A wire struct, or `None` after noting the damage.
    fn decoded<T: Versioned>(&mut self, place: Place, bytes: &[u8]) -> Result<Option<T>, FormatError> {
        match decode(place.clone(), bytes, &mut self.unknown) {
            Ok(wire) => Ok(Some(wire)),
            Err(error @ FormatError::Newer { .. }) => Err(error),
            Err(FormatError::Json { source, .. }) => {
                self.unreadable(place, &source.to_string());
                Ok(None)
            }
            Err(error) => {
                self.unreadable(place, &error.to_string());
                Ok(None)
            }
        }
    }

    fn unreadable(&mut self, place: Place, why: &str) {
        self.is_damaged = true;
        self.damage.push(Warning::new("unreadable", place, format!("left out: {why}")));
    }
}
