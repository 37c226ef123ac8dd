//! What the process used, from the kernel's resource usage account.
//!
//! It counts the benchmark only: what the launch process used before `exec` is taken off.

use std::io;
use std::mem::MaybeUninit;

use lab_core::model::Reading;

use super::{Meter, Running, Scene, reading};
use crate::host::sysfs::Absence;
use crate::runner::watch::Seen;

/// A process's use of resources, itself and the children it waited for (getrusage(2)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time in user mode.
    pub user_ns: u64,
    /// CPU time in the kernel.
    pub system_ns: u64,
    /// Greatest resident set. The kernel hands the figure of whatever ran in this process before on to the next
    /// program, and a process made by `vfork` begins with its parent's.
    pub rss_max_bytes: u64,
    /// Page faults without IO.
    pub faults_minor_count: u64,
    /// Page faults whose page was not in the page cache. The first store to a page of a new file is one as well, though
    /// the kernel fills it with zeros and reads nothing (`filemap_fault`, mm/filemap.c), whatever getrusage(2) says.
    pub faults_major_count: u64,
    /// Bytes read from block devices, whoever's the fault was.
    pub disk_read_bytes: u64,
    /// Context switches while waiting.
    pub switches_voluntary_count: u64,
    /// Context switches while runnable.
    pub switches_involuntary_count: u64,
}

impl Usage {
    /// Figures in one usage.
    pub const FIELDS: usize = 8;

    /// What the calling process used so far.
    #[expect(unsafe_code, reason = "neither std nor rustix has getrusage(2)")]
    pub fn of_this_process() -> Self {
        let mut usage = MaybeUninit::zeroed();
        // SAFETY: getrusage writes one rusage to the pointer, which has room for it and outlives the call; should it
        // fail, which it cannot with this argument, the zeroes stay and are a valid rusage.
        let usage: libc::rusage = unsafe {
            libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
            usage.assume_init()
        };
        Self::from_kernel(&usage)
    }

    /// What a child used that is dead and not yet reaped; it stays unreaped.
    ///
    /// # Errors
    /// `ECHILD` when there is no such child.
    #[expect(unsafe_code, reason = "the waitid(2) of libc and rustix lack the kernel's fifth argument")]
    pub(super) fn of_dead_child(pid: u32) -> io::Result<Self> {
        let mut usage = MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: the system call writes one rusage to the pointer, which has room for it and outlives the call, and
        // nothing to the null pointer of the siginfo. An all-zero rusage is valid.
        let (result, usage) = unsafe {
            let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
            let no_siginfo = std::ptr::null_mut::<libc::siginfo_t>();
            let result =
                libc::syscall(libc::SYS_waitid, libc::P_PID, pid, no_siginfo, flags, usage.as_mut_ptr());
            (result, usage.assume_init())
        };
        if result == -1 { Err(io::Error::last_os_error()) } else { Ok(Self::from_kernel(&usage)) }
    }

    fn from_kernel(usage: &libc::rusage) -> Self {
        let count = |value: libc::c_long| u64::try_from(value).unwrap_or(0);
        let ns = |time: libc::timeval| count(time.tv_sec) * 1_000_000_000 + count(time.tv_usec) * 1000;
        Self {
            user_ns: ns(usage.ru_utime),
            system_ns: ns(usage.ru_stime),
            rss_max_bytes: count(usage.ru_maxrss) * 1024,
            faults_minor_count: count(usage.ru_minflt),
            faults_major_count: count(usage.ru_majflt),
            // Blocks of 512 bytes, whatever the device's are (getrusage(2)).
            disk_read_bytes: count(usage.ru_inblock) * 512,
            switches_voluntary_count: count(usage.ru_nvcsw),
            switches_involuntary_count: count(usage.ru_nivcsw),
        }
    }

    /// The figures in the order of the fields.
    pub fn to_fields(self) -> [u64; Self::FIELDS] {
        [
            self.user_ns,
            self.system_ns,
            self.rss_max_bytes,
            self.faults_minor_count,
            self.faults_major_count,
            self.disk_read_bytes,
            self.switches_voluntary_count,
            self.switches_involuntary_count,
        ]
    }

    /// The usage of these figures, in the order of the fields.
    pub fn from_fields(fields: [u64; Self::FIELDS]) -> Self {
        let [
            user_ns,
            system_ns,
            rss_max_bytes,
            faults_minor_count,
            faults_major_count,
            disk_read_bytes,
            voluntary,
            involuntary,
        ] = fields;
        Self {
            user_ns,
            system_ns,
            rss_max_bytes,
            faults_minor_count,
            faults_major_count,
            disk_read_bytes,
            switches_voluntary_count: voluntary,
            switches_involuntary_count: involuntary,
        }
    }
}

/// The resource usage account.
pub(super) struct Rusage;

const SIGNALS: &[&str] = &[
    "cpu_user_ns",
    "cpu_system_ns",
    "rss_max_bytes",
    "faults_minor_count",
    "faults_major_count",
    "disk_read_bytes",
    "switches_voluntary_count",
    "switches_involuntary_count",
];

impl Meter for Rusage {
    fn id(&self) -> &'static str {
        "rusage"
    }

    fn signals(&self) -> &'static [&'static str] {
        SIGNALS
    }

    fn begin(&self, _: &Scene<'_>) -> Box<dyn Running> {
        Box::new(Self)
    }
}

impl Running for Rusage {
    fn end(self: Box<Self>, scene: &Scene<'_>, seen: &Seen) -> Vec<(&'static str, Reading)> {
        let values: Vec<Result<f64, Absence>> = match Usage::of_dead_child(scene.pid) {
            Ok(after) => {
                let pairs = after.to_fields().into_iter().zip(scene.before.to_fields());
                let mut values: Vec<_> =
                    pairs.map(|(after, before)| Ok(after.saturating_sub(before) as f64)).collect();
                values[2] = rss_max(after, scene.before, seen);
                values
            }
            Err(error) => vec![Err(format!("waitid: {error}")); Usage::FIELDS],
        };
        SIGNALS.iter().copied().zip(values.into_iter().map(reading)).collect()
    }
}

/// The peak is exact when it lies above what was handed on to the process; below, the last look at it has to do.
fn rss_max(after: Usage, before: Usage, seen: &Seen) -> Result<f64, Absence> {
    if after.rss_max_bytes > before.rss_max_bytes {
        return Ok(after.rss_max_bytes as f64);
    }
    seen.rss_high_water_bytes.map(|bytes| bytes as f64).ok_or_else(|| {
        let floor = before.rss_max_bytes / 1024;
        format!("ended before it was looked at, and stayed below the {floor} KiB that the launch left behind")
    })
}

#[cfg(test)]
mod tests {
    use super::{Usage, rss_max};
    use crate::runner::watch::Seen;

    fn usage(rss_max_bytes: u64) -> Usage {
        Usage { rss_max_bytes, ..Usage::default() }
    }

    #[test]
    fn a_peak_below_what_the_launch_left_behind_is_not_taken_for_the_benchmarks() {
        let seen = Seen { rss_high_water_bytes: Some(70), ..Seen::default() };
        assert_eq!(rss_max(usage(200), usage(100), &seen), Ok(200.0));
        assert_eq!(rss_max(usage(100), usage(100), &seen), Ok(70.0));
        assert!(rss_max(usage(100), usage(100), &Seen::default()).is_err());
    }

    #[test]
    fn what_is_read_from_disk_is_counted_in_bytes() {
        use rustix::fs::{Advice, fadvise, statfs};
        use std::io::{Read as _, Seek as _, Write as _};
        const BYTES: usize = 1 << 20;
        let mut file = tempfile::tempfile_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        // TMPFS_MAGIC of statfs(2): nothing there is ever read from a disk.
        if statfs(env!("CARGO_MANIFEST_DIR")).unwrap().f_type == 0x0102_1994 {
            return;
        }
        file.write_all(&[7; BYTES]).unwrap();
        file.sync_all().unwrap();
        fadvise(&file, 0, None, Advice::DontNeed).unwrap();
        file.rewind().unwrap();
        let before = Usage::of_this_process();
        file.read_to_end(&mut Vec::new()).unwrap();
        let read = Usage::of_this_process().disk_read_bytes - before.disk_read_bytes;
        // Tests beside this one may read as well.
        assert!(read >= BYTES as u64, "{read}");
    }

    #[test]
    fn the_usage_of_this_process_is_not_empty() {
        let usage = Usage::of_this_process();
        assert!(usage.rss_max_bytes > 0 && usage.faults_minor_count > 0, "{usage:?}");
        assert_eq!(Usage::from_fields(usage.to_fields()), usage);
    }
}
