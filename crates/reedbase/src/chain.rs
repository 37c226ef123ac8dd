//! Puts the text of a version together from the files that it is stored in.
//!
//! It must never return a text whose hash does not hold, and names the file that is to blame.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use sha2::{Digest as _, Sha256};

use crate::delta::{Content, Delta, DeltaProblem};
use crate::error::Error;
use crate::files;
use crate::table::Table;
use crate::version_log::{Stored, Version, VersionLog};
use crate::versions::file_name;

/// A delta file by its name.
type Link = (String, Vec<u8>);

impl Table {
    /// The CSV text of a version.
    pub(crate) fn text_of(&self, log: &VersionLog, version: &Version) -> Result<Vec<u8>, Error> {
        let links = self.links(log, version)?;
        let limit = self.shared.options.memory_limit_bytes;
        let deltas = self.deltas()?;
        let named = |name: &str, problem| match problem {
            DeltaProblem::TooLarge { .. } => {
                Error::OutOfMemory { what: "a version", bytes: version.bytes, limit }
            }
            problem => Error::Delta { path: deltas.path(name), problem },
        };
        let text = apply_all(&links, limit).map_err(|(name, problem)| named(name, problem))?;
        if *Sha256::digest(&text) == version.sha256 {
            return Ok(text);
        }
        // Only now is it worth the time to hash every step, to name the one that is wrong.
        let mut text = Vec::new();
        for (name, file) in &links {
            let applied = Delta::decode(file).and_then(|delta| delta.apply(&text, limit));
            text = applied.map_err(|problem| named(name, problem))?;
        }
        Err(named(&file_name(version.number), DeltaProblem::ResultMismatch))
    }

    /// The files of a version, from one that is stored whole to its own.
    fn links(&self, log: &VersionLog, version: &Version) -> Result<Vec<Link>, Error> {
        let mut links = Vec::new();
        let mut at = version;
        let deltas = self.deltas()?;
        loop {
            let earlier = match at.stored {
                Stored::Same { version } => {
                    at = self.find_version(log, version)?;
                    continue;
                }
                Stored::Whole => None,
                Stored::Delta { base } => Some(base),
            };
            let name = file_name(at.number);
            let file = files::read(&*deltas, &name, self.shared.options.memory_limit_bytes)?;
            let file = file.ok_or_else(|| Error::Corrupt {
                path: deltas.path(&name),
                offset: 0,
                problem: "the file of a version is missing",
            })?;
            links.push((name, file));
            match earlier {
                Some(earlier) => at = self.find_version(log, earlier)?,
                None => break,
            }
        }
        links.reverse();
        Ok(links)
    }
}

/// The text that the links give one after another, whose hashes are looked at and not computed.
fn apply_all(links: &[Link], limit: u64) -> Result<Vec<u8>, (&str, DeltaProblem)> {
    let mut deltas: Vec<(&str, Delta<'_>)> = Vec::with_capacity(links.len());
    for (name, file) in links {
        let delta = Delta::decode(file).map_err(|problem| (name.as_str(), problem))?;
        let reached = deltas.last().map(|(_, before)| before.result_sha256);
        if delta.content == Content::Patch && reached.is_some_and(|reached| reached != delta.base_sha256) {
            return Err((name, DeltaProblem::BaseMismatch));
        }
        deltas.push((name, delta));
    }
    let mut unpacked = unpack_ahead(&deltas, limit).into_iter();
    let mut text = Vec::new();
    for (name, delta) in &deltas {
        let stream = unpacked.next().flatten().unwrap_or_else(|| delta.unpack(limit));
        let applied = stream.and_then(|stream| delta.apply_unpacked(&text, stream));
        text = applied.map_err(|problem| (*name, problem))?;
    }
    Ok(text)
}

/// Unpacks all deltas on all cores, as that is most of the work and needs no earlier text. `None` stands for
/// one that is left to the caller: all of them where there is one core, or not memory for all at once.
fn unpack_ahead(deltas: &[(&str, Delta<'_>)], limit: u64) -> Vec<Option<Result<Vec<u8>, DeltaProblem>>> {
    let cores = thread::available_parallelism().map_or(1, usize::from).min(deltas.len());
    let bytes = deltas.iter().fold(0u64, |sum, (_, delta)| sum.saturating_add(delta.unpacked_length));
    if cores < 2 || bytes > limit {
        return Vec::new();
    }
    let unpacked: Vec<_> = deltas.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(at) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&at| at < deltas.len()) {
            // Nobody else comes to this place.
            if let Ok(mut place) = unpacked[at].lock() {
                *place = Some(deltas[at].1.unpack(limit));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..cores {
            // Without another thread, this one does all of it.
            let _ = thread::Builder::new().name("unpack".to_owned()).spawn_scoped(scope, work);
        }
        work();
    });
    unpacked.into_iter().map(|place| place.into_inner().ok().flatten()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Codec, Delimiter};

    /// Three versions of a text, each stored as what it differs in from the one before.
    fn links() -> (Vec<Link>, Vec<u8>) {
        let texts: Vec<Vec<u8>> = (0..3).map(|step| format!("id,v\na,{step}\nb,2\n").into_bytes()).collect();
        let encode = |base: Option<&[u8]>, text: &[u8]| {
            Delta::encode(base, text, Codec::Xz, Delimiter::Comma).expect("the codec works here")
        };
        let mut links = vec![("whole".to_owned(), encode(None, &texts[0]))];
        for step in 1..3 {
            links.push((format!("step {step}"), encode(Some(&texts[step - 1]), &texts[step])));
        }
        (links, texts.into_iter().next_back().expect("there are three"))
    }

    #[test]
    fn links_give_the_same_text_unpacked_at_once_and_one_by_one() {
        let (links, text) = links();
        assert_eq!(apply_all(&links, 1 << 20), Ok(text.clone()));
        // Each fits and all together do not.
        assert_eq!(apply_all(&links, text.len() as u64 + 64), Ok(text));
    }

    #[test]
    fn a_link_that_is_damaged_or_of_another_chain_is_named() {
        let (mut links, _) = links();
        let last = links[1].1.len() - 1;
        links[1].1[last] ^= 1;
        assert_eq!(apply_all(&links, 1 << 20), Err(("step 1", DeltaProblem::Body)));
        links.remove(1);
        assert_eq!(apply_all(&links, 1 << 20), Err(("step 2", DeltaProblem::BaseMismatch)));
    }
}
