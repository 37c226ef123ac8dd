//! A directory of a real file system, with segments written by stores into a shared mapping.
//!
//! It must never make a reference into a mapping: other processes may change the bytes at any time. Bytes go
//! in by raw copies and come out by `pread`, which Linux keeps coherent with shared mappings (mmap(2)), and
//! which turns a sector that cannot be read into an error where a load from the mapping would be a SIGBUS.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::{Advice, MmapOptions, MmapRaw};
use rustix::fs::FallocateFlags;

use crate::storage::{Attempt, LockFile, SharedWord, Stamp, Storage, StoredFile};

/// A [`Storage`] in a real directory.
#[derive(Debug)]
pub struct DirectoryStorage {
    directory: PathBuf,
}

impl DirectoryStorage {
    /// A directory that exists, or that the caller does not yet need.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// Makes the directory, durably, unless it is there.
    ///
    /// # Errors
    /// As the system gives them; `NotFound` when the parent does not exist.
    pub fn create(directory: &Path) -> io::Result<Self> {
        match fs::create_dir(directory) {
            Ok(()) => {
                let parent = directory.parent().filter(|parent| !parent.as_os_str().is_empty());
                File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        Ok(Self::new(directory))
    }
}

impl Storage for DirectoryStorage {
    fn path(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.directory.clone() } else { self.directory.join(name) }
    }

    fn list(&self) -> io::Result<Vec<String>> {
        // A name that is not UTF-8 is none of ours.
        let name = |entry: io::Result<fs::DirEntry>| entry.map(|entry| entry.file_name().into_string().ok());
        fs::read_dir(&self.directory)?.map(name).filter_map(Result::transpose).collect()
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.path(name).try_exists()
    }

    fn stamp(&self, name: &str) -> io::Result<Stamp> {
        let metadata = fs::metadata(self.path(name))?;
        // Before 1970 is as good as 1970: only a difference counts.
        let ns = metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec());
        Ok(Stamp {
            file: metadata.ino(),
            length: metadata.len(),
            modified_ns: u64::try_from(ns).unwrap_or_default(),
        })
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(true).read(true).write(true).open(self.path(name))?;
        Ok(Arc::new(PlainFile(file)))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        Ok(Arc::new(PlainFile(OpenOptions::new().read(true).write(true).open(self.path(name))?)))
    }

    fn create_segment(&self, name: &str, length: u64) -> io::Result<Arc<dyn StoredFile>> {
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(true).read(true).write(true).open(self.path(name))?;
        allocate(&file, length)?;
        let segment = MappedFile::map(file)?;
        // Blocks that were only reserved would cost a change of metadata at the first sync of each, and pages
        // that the cache does not hold yet an allocation at the first store: both are paid here.
        segment.fill_with_zeros();
        Ok(Arc::new(segment))
    }

    fn open_segment(&self, name: &str) -> io::Result<Arc<dyn StoredFile>> {
        let file = OpenOptions::new().read(true).write(true).open(self.path(name))?;
        let length = file.metadata()?.len();
        // A copy made by another program may have holes where zeros were.
        allocate(&file, length)?;
        let segment = MappedFile::map(file)?;
        // Only saves faults later, so a kernel before 5.14 may refuse it. Not for writing, which would make
        // every page dirty, and the next sync write the whole segment.
        let _ = segment.map.advise(Advice::PopulateRead);
        Ok(Arc::new(segment))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    #[cfg(target_os = "linux")]
    fn exchange(&self, one: &str, other: &str) -> io::Result<bool> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, self.path(one), CWD, self.path(other), RenameFlags::EXCHANGE) {
            Ok(()) => Ok(true),
            // renameat2(2): EINVAL for a file system without it, ENOSYS for a kernel without it.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn sync_directory(&self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }

    fn directory(&self, name: &str) -> io::Result<Arc<dyn Storage>> {
        Ok(Arc::new(Self::create(&self.path(name))?))
    }

    fn shared_word(&self, name: &str) -> io::Result<Arc<dyn SharedWord>> {
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(false).read(true).write(true).open(self.path(name))?;
        allocate(&file, WORD_FILE_BYTES)?;
        Ok(Arc::new(MappedWord(MmapRaw::map_raw(&file)?)))
    }

    fn lock_file(&self, name: &str) -> io::Result<Box<dyn LockFile>> {
        let mut options = OpenOptions::new();
        // Not truncated: until the lock is taken, what it says is another's.
        let file = options.create(true).truncate(false).read(true).write(true).open(self.path(name))?;
        Ok(Box::new(file))
    }
}

/// Gives a file at least this length, with every block of it allocated.
///
/// A store into a mapped page that has no block on a full disk raises SIGBUS. File systems that write
/// elsewhere than where they reserved (btrfs, ZFS) do not keep this promise.
fn allocate(file: &File, length: u64) -> io::Result<()> {
    if length == 0 {
        return Ok(());
    }
    match rustix::fs::fallocate(file, FallocateFlags::empty(), 0, length) {
        Ok(()) => Ok(()),
        // A file system without fallocate: writing is what posix_fallocate(3) does then.
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => write_out(file, length),
        Err(error) => Err(error.into()),
    }
}

/// Writes zeros from the end of the file up to `length`.
fn write_out(file: &File, length: u64) -> io::Result<()> {
    static CHUNK: [u8; 1 << 16] = [0; 1 << 16];
    let mut at = file.metadata()?.len();
    while at < length {
        let count = CHUNK.len().min(usize::try_from(length - at).unwrap_or(CHUNK.len()));
        file.write_all_at(&CHUNK[..count], at)?;
        at += count as u64;
    }
    Ok(())
}

fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[derive(Debug)]
struct PlainFile(File);

impl StoredFile for PlainFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        read_at(&self.0, buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    /// `fdatasync`: it leaves out times, but not a length that reading the bytes back needs.
    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

#[derive(Debug)]
struct MappedFile {
    file: File,
    map: MmapRaw,
}

impl MappedFile {
    fn map(file: File) -> io::Result<Self> {
        let map = if file.metadata()?.len() == 0 {
            // A mapping is not empty; this one is never written to, as no range lies in the file.
            MmapOptions::new().len(1).map_anon().map(Into::into)?
        } else {
            MmapRaw::map_raw(&file)?
        };
        Ok(Self { file, map })
    }

    #[expect(unsafe_code, reason = "a mapping can be written through its pointer only")]
    fn fill_with_zeros(&self) {
        // SAFETY: the pointer is valid for writes of the mapping's length, and no reference into the mapping
        // exists anywhere.
        unsafe { self.map.as_mut_ptr().write_bytes(0, self.map.len()) };
    }
}

impl StoredFile for MappedFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        read_at(&self.file, buffer, offset)
    }

    #[expect(unsafe_code, reason = "a mapping can be written through its pointer only")]
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).ok();
        let end = start.and_then(|start| start.checked_add(bytes.len()));
        let (Some(start), Some(end)) = (start, end) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        if end > self.map.len() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // SAFETY: the range was just checked to lie in the mapping; `bytes` cannot overlap it, as no
        // reference into the mapping exists anywhere. Another process that stores to the same bytes can spoil
        // them, which their checksum shows, and nothing else. A file that another program cuts short raises
        // SIGBUS, as for every program that maps files.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.map.as_mut_ptr().add(start), bytes.len());
        }
        Ok(())
    }

    fn truncate(&self, _length: u64) -> io::Result<()> {
        // Stores beyond the new end would raise SIGBUS.
        Err(io::ErrorKind::Unsupported.into())
    }

    /// `fdatasync` also writes the pages that were changed through a mapping, as `msync` would (msync(2)).
    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// One page, of which the first eight bytes are used.
const WORD_FILE_BYTES: u64 = 4096;

#[derive(Debug)]
struct MappedWord(MmapRaw);

impl MappedWord {
    #[expect(unsafe_code, reason = "a mapping can be read through its pointer only")]
    fn word(&self) -> &AtomicU64 {
        // SAFETY: the mapping is a page long, page-aligned, lives as long as the reference, and is only ever
        // accessed through this atomic.
        unsafe { AtomicU64::from_ptr(self.0.as_mut_ptr().cast()) }
    }
}

impl SharedWord for MappedWord {
    fn load(&self) -> u64 {
        self.word().load(Ordering::Acquire)
    }

    fn store(&self, value: u64) {
        self.word().store(value, Ordering::Release);
    }
}

/// What a lock file says about its holder, padded with spaces so that no write has to cut it.
const HOLDER_BYTES: usize = 64;

impl LockFile for File {
    fn try_lock(&self, holder: &str) -> io::Result<Attempt> {
        match Self::try_lock(self) {
            Ok(()) => {
                // On the stack: a lock is taken for every group of writes.
                let mut line = [b' '; HOLDER_BYTES];
                let said = holder.floor_char_boundary(HOLDER_BYTES - 1);
                line[..said].copy_from_slice(&holder.as_bytes()[..said]);
                line[HOLDER_BYTES - 1] = b'\n';
                self.write_all_at(&line, 0)?;
                Ok(Attempt::Taken)
            }
            Err(TryLockError::WouldBlock) => {
                let mut said = [0; HOLDER_BYTES];
                let count = read_at(self, &mut said, 0)?;
                Ok(Attempt::Held(String::from_utf8_lossy(&said[..count]).trim().to_owned()))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn unlock(&self) -> io::Result<()> {
        Self::unlock(self)
    }
}
