//! What a stored Run looks like in bytes, by version: `docs/FORMAT.md` in code.
//!
//! It never opens a file: the store hands in bytes and takes bytes away.

mod baseline;
mod damage;
mod decode;
mod error;
mod head;
mod layout;
mod lines;
mod matches;
mod number;
mod provenance;
mod read;
mod tuning;
mod v1;
mod validation;
mod write;

#[cfg(test)]
mod documented;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod properties;

pub use baseline::{BASELINE_FILE, BENCHMARKS_FILE, BaselineFiles, baseline_files, read_baseline};
pub use damage::Damage;
pub use error::{FormatError, Place};
pub use head::{RunHead, added_by_look, is_canary_line, read_head, read_seal};
pub use matches::{
    DUELS_FILE, LAUNCHES_FILE, MATCH_FILE, MatchHead, MatchReader, StoredMatch, duel_line, launch_document,
    launch_line, match_document, match_seal_document, read_match_head, read_match_seal,
};
pub use provenance::read_provenance;
pub use read::{RunReader, StoredRun};
pub use tuning::{tuning_of_value, tuning_value};
pub use validation::{read_validation, validation_document, validation_value};
pub use write::{
    invocation_document, invocation_line, look_line, run_document, seal_document, session_document,
    warning_line,
};

/// The newest format version this code reads; it is the one it writes.
pub const NEWEST_VERSION: u32 = v1::VERSION;

/// All that is known before the first invocation.
pub const RUN_FILE: &str = "run.json";
/// One line per invocation.
pub const INVOCATIONS_FILE: &str = "invocations.jsonl";
/// One line per look at the baseline.
pub const LOOKS_FILE: &str = "looks.jsonl";
/// One line per warning that arose after the start.
pub const WARNINGS_FILE: &str = "warnings.jsonl";
/// Says that the Run is whole.
pub const SEAL_FILE: &str = "seal.json";

/// Longest line that is written or read. A process that runs a whole target of thousands of benchmarks fills
/// some ten megabytes; what is far beyond that is no line of ours.
pub const LINE_BYTES_MAX: usize = 256 << 20;

/// The file of a session: `environment.json` for the first, `environment.2.json` for the second.
pub fn session_file(number: u32) -> String {
    if number == 1 { "environment.json".into() } else { format!("environment.{number}.json") }
}

/// The number of the session whose file has this name; `None` for every other file.
pub fn session_number(file: &str) -> Option<u32> {
    let number = match file.strip_prefix("environment.")?.strip_suffix("json")? {
        "" => 1,
        number => number.strip_suffix('.')?.parse().ok()?,
    };
    (session_file(number) == file).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_session_file_gives_its_number_back() {
        for number in [1, 2, 10, u32::MAX] {
            assert_eq!(session_number(&session_file(number)), Some(number));
        }
        for other in ["environment.1.json", "environment.+2.json", "environment.02.json", "run.json", ""] {
            assert_eq!(session_number(other), None, "{other}");
        }
    }
}
