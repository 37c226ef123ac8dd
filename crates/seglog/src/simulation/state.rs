//! What the simulated disk holds, and what of it survives.
//!
//! It must never look at who asks: a process has no more rights here than the next.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// What happens at a chosen step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mishap {
    /// Nothing.
    #[default]
    None,
    /// The power fails during step `n`: it and all after it return an error.
    PowerFailsAt(usize),
    /// The process ends during step `n`, and nothing happens after: the next sees what this one wrote, synced
    /// or not.
    ProcessEndsAt(usize),
    /// Step `n` alone returns an error; what it should have done may or may not reach the disk.
    StepFailsAt(usize),
    /// Every sync returns at once, having done nothing.
    SyncsLie,
    /// Step `n` and all like it find no room for a new segment, and leave a part of it behind.
    NoRoomFrom(usize),
}

const SECTOR_BYTES: usize = 512;

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) files: Vec<FileState>,
    pub(super) names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    /// Each atomic on its own, none ordered before another.
    unsynced_names: Vec<Vec<NameChange>>,
    pub(super) words: BTreeMap<String, Arc<AtomicU64>>,
    /// Who holds each lock, and what it said.
    pub(super) locks: BTreeMap<String, (u64, String)>,
    openers: u64,
    mishap: Mishap,
    pub(super) steps: usize,
    off: bool,
}

#[derive(Debug, Clone)]
pub(super) enum NameChange {
    Set(String, usize),
    Unset(String),
}

impl NameChange {
    fn name(&self) -> &str {
        match self {
            Self::Set(name, _) | Self::Unset(name) => name,
        }
    }

    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Set(name, file) => names.insert(name.clone(), *file),
            Self::Unset(name) => names.remove(name),
        };
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct FileState {
    durable: Vec<u8>,
    pub(super) seen: Vec<u8>,
    /// How often it was changed: the clock of this disk.
    pub(super) changes: u64,
    unsynced: Vec<Write>,
}

#[derive(Debug, Clone)]
pub(super) enum Write {
    At(usize, Vec<u8>),
    Truncate(usize),
}

impl Write {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::At(offset, bytes) => {
                let end = offset + bytes.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[*offset..end].copy_from_slice(bytes);
            }
            Self::Truncate(length) => content.truncate(*length),
        }
    }

    fn touches(&self, sector: usize) -> bool {
        let (start, end) = (sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
        match self {
            Self::At(offset, bytes) => *offset < end && offset + bytes.len() > start,
            Self::Truncate(length) => *length < end,
        }
    }
}

impl State {
    pub(super) fn begin(&mut self, mishap: Mishap) {
        self.mishap = mishap;
        self.steps = 0;
        self.off = false;
        self.locks.clear();
    }

    pub(super) fn refuse_if_off(&self) -> io::Result<()> {
        if self.off { Err(io::Error::other("cut off before")) } else { Ok(()) }
    }

    pub(super) fn next_opener(&mut self) -> u64 {
        self.openers += 1;
        self.openers
    }

    pub(super) fn find(&self, name: &str) -> io::Result<usize> {
        self.refuse_if_off()?;
        self.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// A file without a name. Its length comes with its content: unsynced.
    pub(super) fn add_file(&mut self, content: Vec<u8>) -> usize {
        let unsynced = if content.is_empty() { Vec::new() } else { vec![Write::At(0, content.clone())] };
        self.files.push(FileState { durable: Vec::new(), seen: content, changes: 0, unsynced });
        self.files.len() - 1
    }

    /// Counts a step that has been noted as unsynced, and fails it when its time has come.
    fn step(&mut self) -> io::Result<()> {
        self.steps += 1;
        match self.mishap {
            Mishap::PowerFailsAt(step) | Mishap::ProcessEndsAt(step) if step == self.steps => {
                self.off = true;
                Err(io::Error::other("cut off"))
            }
            Mishap::StepFailsAt(step) if step == self.steps => Err(io::Error::other("the disk failed")),
            _ => Ok(()),
        }
    }

    /// Whether a segment that is made now finds room.
    pub(super) fn has_room(&self) -> bool {
        !matches!(self.mishap, Mishap::NoRoomFrom(step) if self.steps + 1 >= step)
    }

    pub(super) fn rename(&mut self, changes: Vec<NameChange>) -> io::Result<()> {
        for change in &changes {
            change.apply(&mut self.names);
        }
        self.unsynced_names.push(changes);
        self.step()
    }

    pub(super) fn write(&mut self, file: usize, write: Write) -> io::Result<()> {
        self.refuse_if_off()?;
        let file = &mut self.files[file];
        write.apply(&mut file.seen);
        file.changes += 1;
        file.unsynced.push(write);
        self.step()
    }

    pub(super) fn sync(&mut self, file: usize) -> io::Result<()> {
        self.refuse_if_off()?;
        self.step()?;
        if self.mishap != Mishap::SyncsLie {
            let FileState { durable, seen, unsynced, .. } = &mut self.files[file];
            for write in unsynced.drain(..) {
                write.apply(durable);
            }
            debug_assert_eq!(durable, seen);
        }
        Ok(())
    }

    /// Makes the names directly in a directory durable.
    pub(super) fn sync_names(&mut self, prefix: &str) -> io::Result<()> {
        self.refuse_if_off()?;
        self.step()?;
        if self.mishap == Mishap::SyncsLie {
            return Ok(());
        }
        let is_here = |name: &str| name.strip_prefix(prefix).is_some_and(|rest| !rest.contains('/'));
        self.unsynced_names.retain(|changes| !changes.iter().all(|change| is_here(change.name())));
        self.durable_names.retain(|name, _| !is_here(name));
        let here = self.names.iter().filter(|(name, _)| is_here(name));
        self.durable_names.extend(here.map(|(name, file)| (name.clone(), *file)));
        Ok(())
    }

    pub(super) fn damage(&mut self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let Some(&file) = self.names.get(name) else { return };
        let FileState { durable, seen, changes, unsynced } = &mut self.files[file];
        change(seen);
        *changes += 1;
        durable.clone_from(seen);
        unsynced.clear();
    }

    pub(super) fn survivor(&self, seed: u64) -> Self {
        let mut random = Random(seed);
        let mut names = self.durable_names.clone();
        for change in self.unsynced_names.iter().filter(|_| random.below(2) == 0).flatten() {
            change.apply(&mut names);
        }
        let files = self.files.iter().map(|file| {
            let content = file.survivor(&mut random);
            FileState { durable: content.clone(), seen: content, changes: 0, unsynced: Vec::new() }
        });
        let files = files.collect();
        // The page of a shared word was written back at some time, or never.
        let words = self.words.iter().filter(|_| random.below(2) == 0);
        let words = words.map(|(name, word)| {
            let value = word.load(std::sync::atomic::Ordering::Relaxed);
            (name.clone(), Arc::new(AtomicU64::new(value)))
        });
        let words = words.collect();
        Self { files, durable_names: names.clone(), names, words, ..Self::default() }
    }
}

impl FileState {
    fn survivor(&self, random: &mut Random) -> Vec<u8> {
        if self.unsynced.is_empty() {
            return self.durable.clone();
        }
        // The length as of any moment; it may be on disk before the bytes that it counts.
        let mut content = self.durable.clone();
        let mut lengths = vec![content.len()];
        for write in &self.unsynced {
            write.apply(&mut content);
            lengths.push(content.len());
        }
        let length = lengths[random.below(lengths.len())];
        content.clone_from(&self.durable);
        content.resize(length, 0);
        for sector in 0..length.div_ceil(SECTOR_BYTES) {
            let writes: Vec<&Write> = self.unsynced.iter().filter(|write| write.touches(sector)).collect();
            if !writes.is_empty() {
                let end = (sector + 1) * SECTOR_BYTES;
                let survived = self.sector(&writes, sector, random);
                let kept = &survived[sector * SECTOR_BYTES..end.min(length)];
                content[sector * SECTOR_BYTES..end.min(length)].copy_from_slice(kept);
            }
        }
        content
    }

    /// The file after some of the writes that touch a sector, of which only that sector counts.
    fn sector(&self, writes: &[&Write], sector: usize, random: &mut Random) -> Vec<u8> {
        let (start, end) = (sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
        let mut content = vec![0; end];
        let count = self.durable.len().min(end);
        content[start.min(count)..count].copy_from_slice(&self.durable[start.min(count)..count]);
        let whole = random.below(writes.len() + 1);
        for write in &writes[..whole] {
            write.apply(&mut content);
            content.resize(end, 0);
        }
        if let Some(Write::At(offset, bytes)) = writes.get(whole)
            && random.below(4) == 0
        {
            // Written back while the store was half done.
            Write::At(*offset, bytes[..random.below(bytes.len() + 1)].to_vec()).apply(&mut content);
            content.resize(end, 0);
        }
        content
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): a crash needs to be varied and repeatable, no more.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % bound as u64).unwrap_or(0)
    }
}
