//! From the files of a Run, handed in piece by piece, to the Run and what is wrong with it.
//!
//! A broken piece costs that piece; only `run.json` and a newer version stop the reading. It never panics.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::decode::{UnknownFields, Versioned, decode};
use super::lines::{Chunk, Lines};
use super::{
    Damage, FormatError, INVOCATIONS_FILE, LINE_BYTES_MAX, LOOKS_FILE, Place, RUN_FILE, SEAL_FILE,
    WARNINGS_FILE, session_file, v1,
};
use crate::hex::hex;
use crate::model::{Invocation, Run, Seal, State, Warning};

/// A Run as far as its files give it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRun {
    /// The Run. Its warnings begin with those of the damage, and end with what reading found odd.
    pub run: Run,
    /// What is lost or changed, the worst first; empty for a sound Run.
    pub damage: Vec<Damage>,
}

/// Puts a Run together: [`RunReader::new`] with `run.json`, then the other files in any order, then
/// [`RunReader::finish`].
#[derive(Debug)]
pub struct RunReader {
    run: Run,
    seal: Option<Seal>,
    damage: Vec<Damage>,
    unknown: UnknownFields,
    notes: Vec<Warning>,
    invocations: Lines,
    looks: Lines,
    warnings: Lines,
    invocations_hash: Sha256,
}

impl RunReader {
    /// Begins with the text of `run.json`. `directory` is the name of the Run's directory, which is its id.
    ///
    /// # Errors
    /// [`FormatError`] when it is of a newer version or not the text of a Run.
    pub fn new(directory: &str, bytes: &[u8]) -> Result<Self, FormatError> {
        let place = Place::file(RUN_FILE);
        let mut unknown = UnknownFields::default();
        let wire: v1::run::Run = decode(place.clone(), bytes, &mut unknown)?;
        let mut run = wire.into_model().map_err(|reason| FormatError::Invalid { place, reason })?;
        let mut notes = Vec::new();
        if run.id != directory {
            let text = format!("the Run was made as {}; its directory was renamed or copied", run.id);
            notes.push(Warning::new("renamed", directory, text));
            run.id = directory.into();
        }
        Ok(Self {
            run,
            seal: None,
            damage: Vec::new(),
            unknown,
            notes,
            invocations: Lines::default(),
            looks: Lines::default(),
            warnings: Lines::default(),
            invocations_hash: Sha256::new(),
        })
    }

    /// Adds the text of one session's file.
    ///
    /// # Errors
    /// [`FormatError::Newer`] only.
    pub fn session(&mut self, file: &str, bytes: &[u8]) -> Result<(), FormatError> {
        let Some(wire) = self.decode::<v1::environment::Session>(Place::file(file), bytes)? else {
            return Ok(());
        };
        let read = wire.into_model();
        // What is not understood changes the digest as well; that is no damage.
        if !read.digests_agree && read.misunderstood.is_empty() {
            self.damage.push(Damage::EnvironmentDiffers { file: file.into() });
        }
        self.notes.extend(read.misunderstood.into_iter().map(|why| Warning::new("unknown_fact", file, why)));
        self.run.sessions.push(read.session);
        Ok(())
    }

    /// Adds the next piece of `invocations.jsonl`: up to and including the next newline, or
    /// [`LINE_BYTES_MAX`] bytes without one, or the end of the file.
    ///
    /// # Errors
    /// [`FormatError::Newer`] only.
    pub fn invocation(&mut self, bytes: &[u8]) -> Result<(), FormatError> {
        self.invocations_hash.update(bytes);
        let chunk = self.invocations.next(INVOCATIONS_FILE, bytes);
        if let Some(wire) = self.record::<v1::invocation::Invocation>(chunk)? {
            let invocation = Invocation::from(wire);
            let is_canary = invocation.target.is_canary();
            let rows = if is_canary { &mut self.run.canary.invocations } else { &mut self.run.invocations };
            rows.push(invocation);
        }
        Ok(())
    }

    /// Adds the next piece of `looks.jsonl`, cut like that of [`Self::invocation`].
    ///
    /// # Errors
    /// [`FormatError::Newer`] only.
    pub fn look(&mut self, bytes: &[u8]) -> Result<(), FormatError> {
        let chunk = self.looks.next(LOOKS_FILE, bytes);
        let place = Place::file(LOOKS_FILE);
        let Some(wire) = self.record::<v1::look::Look>(chunk)? else { return Ok(()) };
        match wire.into_model(&self.run.benchmarks, &self.run.canary) {
            Ok(look) => self.run.looks.push(look),
            Err(reason) => self.damage.push(Damage::Unreadable { place, reason }),
        }
        Ok(())
    }

    /// Adds the next piece of `warnings.jsonl`, cut like that of [`Self::invocation`].
    ///
    /// # Errors
    /// [`FormatError::Newer`] only.
    pub fn warning(&mut self, bytes: &[u8]) -> Result<(), FormatError> {
        let chunk = self.warnings.next(WARNINGS_FILE, bytes);
        if let Some(wire) = self.record::<v1::warning::WarningLine>(chunk)? {
            self.run.warnings.push(wire.into());
        }
        Ok(())
    }

    /// Adds the text of `seal.json`.
    ///
    /// # Errors
    /// [`FormatError::Newer`] only.
    pub fn seal(&mut self, bytes: &[u8]) -> Result<(), FormatError> {
        let wire = self.decode::<v1::seal::Seal>(Place::file(SEAL_FILE), bytes)?;
        self.seal = wire.map(Seal::from);
        Ok(())
    }

    /// Notes that a file every Run has is not there.
    pub fn missing(&mut self, file: &str) {
        self.damage.push(Damage::MissingFile { file: file.into() });
    }

    /// Notes that a file is there and cannot be had.
    pub fn unreadable(&mut self, file: &str, reason: String) {
        self.damage.push(Damage::Unreadable { place: Place::file(file), reason });
    }

    /// The Run, once every file was handed in.
    pub fn finish(mut self) -> StoredRun {
        self.run.sessions.sort_by_key(|session| session.number);
        self.check_sessions();
        self.check_indexes();
        if let Some(seal) = self.seal.take() {
            self.check_seal(&seal);
            self.run.state = State::Sealed(seal);
        }
        self.damage.sort_by_key(severity);
        let mut warnings: Vec<Warning> = self.damage.iter().map(Damage::warning).collect();
        warnings.append(&mut self.run.warnings);
        warnings.append(&mut self.notes);
        warnings.extend(self.unknown.warnings());
        self.run.warnings = warnings;
        StoredRun { run: self.run, damage: self.damage }
    }

    fn check_sessions(&mut self) {
        let known: BTreeSet<u32> = self.run.sessions.iter().map(|session| session.number).collect();
        let named: BTreeSet<u32> =
            self.run.all_invocations().map(|invocation| invocation.session).chain([1]).collect();
        for number in named.difference(&known) {
            let file = session_file(*number);
            let is_noted = self.damage.iter().any(|damage| match damage {
                Damage::Unreadable { place, .. } => place.file == file,
                Damage::MissingFile { file: missing } => *missing == file,
                _ => false,
            });
            if !is_noted {
                self.damage.push(Damage::MissingFile { file });
            }
        }
    }

    fn check_indexes(&mut self) {
        let mut seen = BTreeSet::new();
        for invocation in self.run.all_invocations() {
            if !seen.insert(invocation.index) {
                let text =
                    format!("invocation {} stands in it more than once; all are kept", invocation.index);
                self.notes.push(Warning::new("repeated_invocation", INVOCATIONS_FILE, text));
            }
        }
    }

    fn check_seal(&mut self, seal: &Seal) {
        let found = u32::try_from(self.run.all_invocations().count()).unwrap_or(u32::MAX);
        if found != seal.invocation_count {
            self.damage.push(Damage::CountDiffers { sealed: seal.invocation_count, found });
        }
        let found = hex(&self.invocations_hash.clone().finalize());
        if found != seal.invocations_sha256 {
            self.damage.push(Damage::DigestDiffers { sealed: seal.invocations_sha256.clone(), found });
        }
    }

    fn record<T: Versioned>(&mut self, chunk: Chunk<'_>) -> Result<Option<T>, FormatError> {
        match chunk {
            Chunk::Line(place, bytes) => return self.decode(place, bytes),
            Chunk::Torn(place, torn_bytes) => self.damage.push(Damage::TornLine { place, torn_bytes }),
            Chunk::Overlong(place) => {
                let reason = format!("the line is longer than {LINE_BYTES_MAX} bytes");
                self.damage.push(Damage::Unreadable { place, reason });
            }
            Chunk::Rest => {}
        }
        Ok(None)
    }

    /// A wire struct, or `None` after noting the damage.
    fn decode<T: Versioned>(&mut self, place: Place, bytes: &[u8]) -> Result<Option<T>, FormatError> {
        match decode(place.clone(), bytes, &mut self.unknown) {
            Ok(wire) => Ok(Some(wire)),
            Err(error @ FormatError::Newer { .. }) => Err(error),
            Err(FormatError::Json { source, .. }) => {
                self.damage.push(Damage::Unreadable { place, reason: source.to_string() });
                Ok(None)
            }
            Err(error) => {
                self.damage.push(Damage::Unreadable { place, reason: error.to_string() });
                Ok(None)
            }
        }
    }
}

/// The order of damage: what casts doubt on every number first, what never was acknowledged last.
fn severity(damage: &Damage) -> u8 {
    match damage {
        Damage::CountDiffers { .. } | Damage::DigestDiffers { .. } => 0,
        Damage::EnvironmentDiffers { .. } | Damage::MissingFile { .. } => 1,
        Damage::Unreadable { .. } => 2,
        Damage::TornLine { .. } => 3,
    }
}
