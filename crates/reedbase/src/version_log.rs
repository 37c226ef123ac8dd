//! `version.log`: one line a version, each with its own checksum.
//!
//! It must never lose a line that was returned, nor take damage for the torn end of an append: only a bad last
//! line can be that.
//!
//! ```text
//! line = REEDV1 TAB number TAB created_ns TAB stored TAB depth TAB rows TAB bytes TAB sha256 TAB message TAB crc32 LF
//! ```
//! `stored` is `delta` with the number of the version that it applies to after a colon, `whole`, or `same:` with
//! the number of the version that this one equals. In the message, backslash, tab, line feed and carriage
//! return are written `\\`, `\t`, `\n` and `\r`.

use std::io;
use std::path::PathBuf;

use seglog::Storage;

use crate::error::Error;
use crate::files;

pub(crate) const VERSION_LOG: &str = "version.log";
const MAGIC: &str = "REEDV1";
/// A log of this size holds millions of versions.
const LOG_BYTES_MAX: u64 = 1 << 30;

/// A version of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// From 1, in the order of their making; none is used twice.
    pub number: u64,
    /// When it was made, in nanoseconds since 1970.
    pub created_ns: u64,
    /// What whoever made it says about it.
    pub message: String,
    /// Rows in it.
    pub row_count: u64,
    /// Bytes in its CSV text.
    pub bytes: u64,
    /// SHA-256 of its CSV text.
    pub sha256: [u8; 32],
    /// Where its text is.
    pub stored: Stored,
    /// How many deltas have to be applied one after another for its text.
    pub depth: u32,
}

/// Where the text of a version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// In a file of its own.
    Whole,
    /// In a delta to an earlier version.
    Delta {
        /// Which.
        base: u64,
    },
    /// In another version, which it equals: after a rollback, or when nothing had changed.
    Same {
        /// Which.
        version: u64,
    },
}

impl Version {
    fn to_line(&self) -> String {
        let stored = match self.stored {
            Stored::Whole => "whole".to_owned(),
            Stored::Delta { base } => format!("delta:{base}"),
            Stored::Same { version } => format!("same:{version}"),
        };
        let sha256: String = self.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        let Self { number, created_ns, depth, row_count, bytes, .. } = self;
        let message = escape(&self.message);
        let body = format!(
            "{MAGIC}\t{number}\t{created_ns}\t{stored}\t{depth}\t{row_count}\t{bytes}\t{sha256}\t{message}\t"
        );
        let crc32 = crc32fast::hash(body.as_bytes());
        format!("{body}{crc32:08x}\n")
    }

    /// Reads a line without its line feed; `None` when it is none.
    fn parse(line: &[u8]) -> Option<Self> {
        let line = str::from_utf8(line).ok()?;
        let (body, crc32) = line.split_at_checked(line.len().checked_sub(8)?)?;
        if format!("{:08x}", crc32fast::hash(body.as_bytes())) != crc32 {
            return None;
        }
        let fields: Vec<&str> = body.split('\t').collect();
        let [MAGIC, number, created_ns, stored, depth, rows, bytes, sha256, message, ""] = fields[..] else {
            return None;
        };
        let stored = match stored.split_once(':') {
            None if stored == "whole" => Stored::Whole,
            Some(("delta", base)) => Stored::Delta { base: base.parse().ok()? },
            Some(("same", version)) => Stored::Same { version: version.parse().ok()? },
            _ => return None,
        };
        Some(Self {
            number: number.parse().ok()?,
            created_ns: created_ns.parse().ok()?,
            message: unescape(message)?,
            row_count: rows.parse().ok()?,
            bytes: bytes.parse().ok()?,
            sha256: parse_hex(sha256)?,
            stored,
            depth: depth.parse().ok()?,
        })
    }
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn escape(message: &str) -> String {
    message.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}

fn unescape(text: &str) -> Option<String> {
    let mut message = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        message.push(match character {
            '\\' => match characters.next()? {
                '\\' => '\\',
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                _ => return None,
            },
            plain => plain,
        });
    }
    Some(message)
}

/// What a version log says.
#[derive(Debug, Default)]
pub(crate) struct VersionLog {
    /// By ascending number.
    pub(crate) versions: Vec<Version>,
    /// Length of the lines that are whole; what follows was torn.
    whole_bytes: u64,
    exists: bool,
}

impl VersionLog {
    /// Reads the log; an absent one has no versions.
    pub(crate) fn read(storage: &dyn Storage) -> Result<Self, Error> {
        match files::read(storage, VERSION_LOG, LOG_BYTES_MAX)? {
            None => Ok(Self::default()),
            Some(content) => Self::parse(&content, storage.path(VERSION_LOG)),
        }
    }

    fn parse(content: &[u8], path: PathBuf) -> Result<Self, Error> {
        let mut log = Self { exists: true, ..Self::default() };
        let mut at = 0;
        for line in content.split_inclusive(|&byte| byte == b'\n') {
            let version = line.strip_suffix(b"\n").and_then(Version::parse);
            let last = log.versions.last().map_or(0, |version| version.number);
            match version.filter(|version| version.number > last && refers_back(version)) {
                Some(version) => log.versions.push(version),
                // The end of an append that a crash cut short.
                None if at + line.len() == content.len() && !hides_a_line(line) => break,
                None => {
                    let problem = "a line's checksum does not hold, and others follow it";
                    return Err(Error::Corrupt { path, offset: at as u64, problem });
                }
            }
            at += line.len();
        }
        log.whole_bytes = at as u64;
        Ok(log)
    }

    pub(crate) fn find(&self, number: u64) -> Option<&Version> {
        let index = self.versions.binary_search_by_key(&number, |version| version.number).ok()?;
        self.versions.get(index)
    }

    /// Adds a version, durably.
    pub(crate) fn append(&mut self, storage: &dyn Storage, version: Version) -> Result<(), Error> {
        let line = version.to_line();
        if self.exists {
            let failed = |action| Error::write(action, storage.path(VERSION_LOG));
            let append = || -> io::Result<()> {
                let file = storage.open(VERSION_LOG)?;
                if file.length()? > self.whole_bytes {
                    file.truncate(self.whole_bytes)?;
                }
                file.write_at(line.as_bytes(), self.whole_bytes)?;
                file.sync()
            };
            append().map_err(failed("append to"))?;
        } else {
            files::replace(storage, VERSION_LOG, line.as_bytes())?;
            self.exists = true;
        }
        self.whole_bytes += line.len() as u64;
        self.versions.push(version);
        Ok(())
    }

    /// Makes these all versions that there are, durably and at once.
    pub(crate) fn replace(storage: &dyn Storage, versions: &[Version]) -> Result<(), Error> {
        let lines: String = versions.iter().map(Version::to_line).collect();
        files::replace(storage, VERSION_LOG, lines.as_bytes())
    }
}

/// Whether a line is there as a part of what looks like a longer one: the line feed before it is damaged.
fn hides_a_line(line: &[u8]) -> bool {
    let whole = line.strip_suffix(b"\n").unwrap_or(line);
    let starts = memchr::memmem::find_iter(whole, MAGIC.as_bytes());
    starts.into_iter().any(|start| start > 0 && Version::parse(&whole[start..]).is_some())
}

/// Whether a version is stored in earlier ones only, so that looking for its text ends.
fn refers_back(version: &Version) -> bool {
    match version.stored {
        Stored::Whole => true,
        Stored::Delta { base: other } | Stored::Same { version: other } => other < version.number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stored() -> impl Strategy<Value = Stored> {
        prop_oneof![
            Just(Stored::Whole),
            any::<u64>().prop_map(|base| Stored::Delta { base }),
            any::<u64>().prop_map(|version| Stored::Same { version }),
        ]
    }

    fn version(number: u64) -> Version {
        Version {
            number,
            created_ns: 5,
            message: format!("the {number}th"),
            row_count: 3,
            bytes: 40,
            sha256: [7; 32],
            stored: Stored::Whole,
            depth: 0,
        }
    }

    proptest! {
        #[test]
        fn a_line_reads_back_and_is_one_line(
            number: u64, created_ns: u64, message: String, row_count: u64, sha256: [u8; 32],
            stored in stored(), depth: u32,
        ) {
            let version = Version { number, created_ns, message, row_count, bytes: 9, sha256, stored, depth };
            let line = version.to_line();
            prop_assert_eq!(line.matches('\n').count(), 1);
            prop_assert_eq!(Version::parse(line.trim_end_matches('\n').as_bytes()), Some(version));
        }

        #[test]
        fn arbitrary_bytes_never_panic(content: Vec<u8>) {
            let _ = VersionLog::parse(&content, PathBuf::new());
        }
    }

    #[test]
    fn a_flipped_bit_is_named_or_cuts_the_last_line_but_is_never_a_version() {
        let versions: Vec<Version> = (1..=3).map(version).collect();
        let content: String = versions.iter().map(Version::to_line).collect();
        let last = content.len() - versions[2].to_line().len();
        for place in 0..content.len() {
            let mut damaged = content.clone().into_bytes();
            damaged[place] ^= 4;
            match VersionLog::parse(&damaged, PathBuf::new()) {
                Ok(log) => {
                    assert!(place >= last, "byte {place}");
                    assert_eq!(log.versions, versions[..2]);
                    assert_eq!(log.whole_bytes, last as u64);
                }
                Err(Error::Corrupt { offset, .. }) => assert!(offset as usize <= place && place < last),
                Err(other) => panic!("{other}"),
            }
        }
    }
}
