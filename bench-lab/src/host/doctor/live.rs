//! What no file gives: system calls, other programs' answers, the time of day.
//!
//! The groups take them as values, so that captured machines can be examined without them.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use jiff::Timestamp;
use lab_core::doctor::Lock;
use lab_core::model::{Aslr, Exit};
use rustix::time::{ClockId, clock_gettime};

use super::build::AtHand;
use crate::host::search_path::find_program;
use crate::host::sysfs::{Absence, SysRoot};
use crate::runner::command::CommandSpec;
use crate::runner::spawn::{self, Finished, Launch, Metering};

/// What was read from the running machine, each with the reason where it could not.
#[derive(Clone, Debug)]
pub struct Live {
    /// Who holds the lock of the host.
    pub lock: Result<Lock, Absence>,
    /// What `systemctl list-timers --output=json` says.
    pub timers: Result<String, Absence>,
    /// Microseconds since 1970, when that was asked.
    pub now_us: i64,
    /// The records of `/dev/kmsg`, a line each.
    pub kernel_log: Result<String, Absence>,
    /// Seconds since boot by the clock that the kernel stamps its records with.
    pub uptime_seconds: f64,
    /// Whether a child that asked for a fixed layout still had it after its start; the inner text says why not.
    pub fixed_layout: Result<Result<(), String>, Absence>,
    /// The workspace that would be built.
    pub workspace: Result<AtHand, Absence>,
}

impl Live {
    /// Asks the running machine; takes some ten milliseconds.
    pub fn take(root: &SysRoot, lock: Result<Lock, Absence>, workspace: Result<AtHand, Absence>) -> Self {
        let uptime = clock_gettime(ClockId::Monotonic);
        Self {
            lock,
            timers: timers(root),
            now_us: Timestamp::now().as_microsecond(),
            kernel_log: kernel_log(root),
            uptime_seconds: uptime.tv_sec as f64 + uptime.tv_nsec as f64 / 1e9,
            fixed_layout: fixed_layout(root),
            workspace,
        }
    }

    /// Stands for a machine of which only files were captured.
    pub fn none(reason: &str) -> Self {
        let absent = || reason.to_owned();
        Self {
            lock: Err(absent()),
            timers: Err(absent()),
            now_us: 0,
            kernel_log: Err(absent()),
            uptime_seconds: 0.0,
            fixed_layout: Err(absent()),
            workspace: Err(absent()),
        }
    }
}

/// The folder that exists exactly where systemd is the running init system (sd_booted(3)).
const SYSTEMD: &str = "/run/systemd/system";

fn timers(root: &SysRoot) -> Result<String, Absence> {
    if !root.exists(SYSTEMD) {
        return Err("no systemd runs here".into());
    }
    let arguments = ["list-timers", "--output=json", "--no-pager"];
    let output = Command::new("systemctl").args(arguments).output().map_err(|error| match error.kind() {
        ErrorKind::NotFound => "no systemctl is installed".to_owned(),
        _ => format!("systemctl: {error}"),
    })?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => {
            let complaint = String::from_utf8_lossy(&output.stderr);
            Err(format!("systemctl: {}", complaint.lines().next().unwrap_or("failed without a word")))
        }
    }
}

/// Reads all records that the kernel still has. Each read gives one; a reader that is overtaken gets `EPIPE` and goes
/// on with the oldest that is left (kernel: ABI/testing/dev-kmsg).
fn kernel_log(root: &SysRoot) -> Result<String, Absence> {
    use rustix::fs::{Mode, OFlags, open};
    use rustix::io::Errno;
    const PATH: &str = "/dev/kmsg";
    /// A record is cut to this by the kernel (`CONSOLE_EXT_LOG_MAX`).
    const RECORD_BYTES: usize = 8192;
    let describe = |errno: Errno| match errno {
        Errno::ACCESS | Errno::PERM => format!("{PATH}: permission denied, needs root"),
        Errno::NOENT => format!("no {PATH}"),
        errno => format!("{PATH}: {errno}"),
    };
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = open(root.path(PATH), flags, Mode::empty()).map_err(describe)?;
    let mut text = String::new();
    let mut record = [0_u8; RECORD_BYTES];
    loop {
        match rustix::io::read(&file, &mut record) {
            Ok(0) | Err(Errno::AGAIN) => return Ok(text),
            Ok(length) => text.push_str(&String::from_utf8_lossy(&record[..length])),
            Err(Errno::PIPE | Errno::INTR) => {}
            Err(errno) => return Err(describe(errno)),
        }
    }
}

/// Starts a child as a benchmark with a fixed layout would be, and asks it what it has: a security module may take the
/// wish back at `exec`, which the launch process cannot see.
fn fixed_layout(root: &SysRoot) -> Result<Result<(), String>, Absence> {
    const PRINTER: &str = "cat";
    const LIMIT: Duration = Duration::from_secs(5);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let executable = find_program(PRINTER, &path);
    let executable = executable.ok_or_else(|| format!("no {PRINTER} in PATH to ask with"))?;
    let arguments = vec!["/proc/self/personality".to_owned()];
    let launch = Launch {
        launcher: Path::new(spawn::THIS_PROGRAM),
        executable: &executable,
        image: None,
        directory: Path::new("/"),
        spec: &CommandSpec { arguments, ..CommandSpec::default() },
        environment: &[],
        cpus: &[],
        aslr: Aslr::Fixed,
        padding_bytes: 0,
        limit: LIMIT,
        metering: Metering::Off,
        stop: &AtomicBool::new(false),
    };
    match spawn::run(&launch, root).map_err(|error| error.to_string())? {
        Finished::Completed(done) if done.captured.exit == Exit::Code(0) => {
            Ok(personality(&String::from_utf8_lossy(&done.captured.stdout)))
        }
        Finished::Completed(_) | Finished::Interrupted => {
            Err(format!("{PRINTER} could not read /proc/self/personality"))
        }
    }
}

/// What a child's `/proc/PID/personality` says: hexadecimal flags (proc_pid_personality(5)).
fn personality(text: &str) -> Result<(), String> {
    let flags =
        u32::from_str_radix(text.trim(), 16).map_err(|_| format!("its personality reads {text:?}"))?;
    let wanted = libc::ADDR_NO_RANDOMIZE.cast_unsigned();
    if flags & wanted == 0 { Err("a child asked for it and lost it".into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::personality;

    #[test]
    fn a_child_keeps_its_layout_by_one_bit_of_many() {
        assert_eq!(personality("00040000\n"), Ok(()));
        assert_eq!(personality("08040000"), Ok(()));
        assert!(personality("00000000").is_err());
        assert!(personality("cat: refused").is_err());
    }
}
