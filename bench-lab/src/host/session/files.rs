//! The file operations that tuning is made of, one method per system call that matters.
//!
//! Everything that tunes goes through this door, so that a test can fail or kill it between any two calls. It decides
//! nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::fstatfs;

/// The file systems whose files are the kernel's own: their magic numbers from `linux/magic.h`.
const KERNEL_FILE_SYSTEMS: [u64; 5] = [
    0x6265_6572, // sysfs
    0x0000_9fa0, // proc
    0x0027_e0eb, // cgroup v1, cpuset
    0x6367_7270, // cgroup v2
    0x6462_6720, // debugfs
];

/// What tuning does to files.
pub trait Files {
    /// The whole text.
    ///
    /// # Errors
    /// The kernel's.
    fn read(&self, path: &Path) -> io::Result<String>;

    /// Gives a kernel file a value; a line end is added.
    ///
    /// # Errors
    /// The kernel's: a success says that the write was taken, not that the value is in force.
    fn write(&self, path: &Path, text: &str) -> io::Result<()>;

    /// Makes an empty file that only its owner may read.
    ///
    /// # Errors
    /// The kernel's; the file must not be there yet.
    fn create(&self, path: &Path) -> io::Result<()>;

    /// Adds a line to a file in one write.
    ///
    /// # Errors
    /// The kernel's; a part of the line may have been written.
    fn append(&self, path: &Path, line: &str) -> io::Result<()>;

    /// Cuts a file off behind so many bytes.
    ///
    /// # Errors
    /// The kernel's.
    fn cut(&self, path: &Path, bytes: u64) -> io::Result<()>;

    /// Waits until a file or a folder is on the disk.
    ///
    /// # Errors
    /// The kernel's.
    fn sync(&self, path: &Path) -> io::Result<()>;

    /// Gives a file another name.
    ///
    /// # Errors
    /// The kernel's.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// The kernel's.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes a folder, which in a control group file system is a group.
    ///
    /// # Errors
    /// The kernel's; the folder must not be there yet.
    fn make_folder(&self, path: &Path) -> io::Result<()>;

    /// Removes a folder that holds no other folder and, where it is a group, no process.
    ///
    /// # Errors
    /// The kernel's.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;

    /// The names of the folders in a folder, in no order.
    ///
    /// # Errors
    /// The kernel's.
    fn folders(&self, path: &Path) -> io::Result<Vec<String>>;

    /// Opens a file whose value is in force while it is open, and says what is in force then.
    ///
    /// # Errors
    /// The kernel's.
    fn hold(&self, path: &Path, value: i32) -> io::Result<(Held, i32)>;
}

/// An open file whose value ends with it.
#[derive(Debug, Default)]
pub struct Held {
    /// Absent in a test without files.
    _file: Option<File>,
}

/// The files of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct KernelFiles;

impl Files for KernelFiles {
    fn read(&self, path: &Path) -> io::Result<String> {
        let mut bytes = Vec::new();
        OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(path)?.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).custom_flags(libc::O_NOFOLLOW).open(path)?;
        let line = format!("{text}\n");
        if !is_kernel_file(&file)? {
            return replace(path, &file, line.as_bytes());
        }
        // The kernel takes the buffer of one write(2) as the value; a second one would be another value.
        let written = file.write(line.as_bytes())?;
        if written == line.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
    }

    fn create(&self, path: &Path) -> io::Result<()> {
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
    }

    fn append(&self, path: &Path, line: &str) -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).custom_flags(libc::O_NOFOLLOW).open(path)?;
        file.write_all(line.as_bytes())
    }

    fn cut(&self, path: &Path, bytes: u64) -> io::Result<()> {
        OpenOptions::new().write(true).custom_flags(libc::O_NOFOLLOW).open(path)?.set_len(bytes)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn folders(&self, path: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                names.extend(entry.file_name().into_string());
            }
        }
        Ok(names)
    }

    fn hold(&self, path: &Path, value: i32) -> io::Result<(Held, i32)> {
        let file = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOFOLLOW).open(path)?;
        file.write_all_at(&value.to_ne_bytes(), 0)?;
        let mut reached = [0; 4];
        file.read_exact_at(&mut reached, 0)?;
        Ok((Held { _file: Some(file) }, i32::from_ne_bytes(reached)))
    }
}

fn is_kernel_file(file: &File) -> io::Result<bool> {
    let kind = fstatfs(file)?.f_type;
    Ok(u64::try_from(kind).is_ok_and(|kind| KERNEL_FILE_SYSTEMS.contains(&kind)))
}

/// Writes a file of a captured tree as the kernel would: its reader finds the value before or the value after.
fn replace(path: &Path, file: &File, bytes: &[u8]) -> io::Result<()> {
    let mode = file.metadata()?.permissions().mode();
    let beside = beside(path)?;
    fs::write(&beside, bytes)?;
    fs::set_permissions(&beside, fs::Permissions::from_mode(mode))?;
    fs::rename(&beside, path)
}

fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    Ok(path.with_file_name(format!(".{}.bench-lab", name.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_kernel_file_is_told_from_one_of_a_captured_tree() {
        let folder = tempfile::tempdir().unwrap();
        let captured = folder.path().join("governor");
        fs::write(&captured, "powersave\n").unwrap();
        assert!(!is_kernel_file(&File::open(&captured).unwrap()).unwrap());
        assert!(is_kernel_file(&File::open("/proc/self/status").unwrap()).unwrap());
    }

    #[test]
    fn a_file_of_a_captured_tree_keeps_its_mode_and_nothing_lies_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("governor");
        fs::write(&path, "powersave\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        KernelFiles.write(&path, "x").unwrap();
        assert_eq!(KernelFiles.read(&path).unwrap(), "x\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_in_place_of_a_file_is_neither_read_nor_written() {
        let folder = tempfile::tempdir().unwrap();
        let (precious, link) = (folder.path().join("precious"), folder.path().join("link"));
        fs::write(&precious, "keep").unwrap();
        std::os::unix::fs::symlink(&precious, &link).unwrap();
        assert!(KernelFiles.read(&link).is_err() && KernelFiles.write(&link, "x").is_err());
        assert!(KernelFiles.append(&link, "x").is_err());
        assert_eq!(fs::read_to_string(&precious).unwrap(), "keep");
    }
}
