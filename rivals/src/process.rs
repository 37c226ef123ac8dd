//! Starts one process of a tool where it belongs, waits for it, and hands back what it said.
//!
//! Duels do not come this way: bench-lab starts its processes by its own spawner.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bench_lab::runner::affinity;
use rustix::thread::{CpuSet, sched_setaffinity};

/// How often a waiting driver looks; it has a CPU of its own where there are two.
const LOOK: Duration = Duration::from_millis(2);

/// A process that lives longer hangs: the slowest tool takes fifteen seconds for one.
const LIMIT: Duration = Duration::from_secs(120);

/// On which CPUs a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// On this one.
    Pinned(u32),
    /// On all, as tango needs them: its two processes run at once and wait for each other without sleeping.
    Anywhere,
}

/// What came of a process.
#[derive(Debug)]
pub struct Said {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// Runs a command to its end.
///
/// # Errors
/// A sentence: what was started, and how it failed. An exit status that is no success is the caller's to judge.
pub fn run(command: &mut Command, seat: Seat, stop: &AtomicBool) -> Result<Said, String> {
    let program = command.get_program().to_owned();
    let failed = |error: io::Error| format!("{} could not be run: {error}", name(&program));
    // Files, not pipes: nobody has to read while it is measured.
    let (mut stdout, mut stderr) =
        (tempfile::tempfile().map_err(failed)?, tempfile::tempfile().map_err(failed)?);
    command.stdin(Stdio::null());
    command.stdout(stdout.try_clone().map_err(failed)?).stderr(stderr.try_clone().map_err(failed)?);
    let child = start(command, seat).map_err(failed)?;
    let status = wait(child, stop).map_err(|reason| format!("{} {reason}", name(&program)))?;
    let (stdout, stderr) = (text(&mut stdout).map_err(failed)?, text(&mut stderr).map_err(failed)?);
    Ok(Said { status, stdout, stderr })
}

impl Said {
    /// The output of a process that must succeed.
    ///
    /// # Errors
    /// A sentence with its last words.
    pub fn success(self, what: &str) -> Result<String, String> {
        if self.status.success() {
            return Ok(self.stdout);
        }
        let words = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        Err(format!("{what} ended with {}: {}", self.status, last_line(words)))
    }
}

/// A child inherits the CPUs of the thread that starts it.
fn start(command: &mut Command, seat: Seat) -> io::Result<Child> {
    let own = affinity::allowed(None)?;
    let cpus = match seat {
        Seat::Pinned(cpu) => vec![cpu],
        Seat::Anywhere => (0..CpuSet::MAX_CPU as u32).collect(),
    };
    sched_setaffinity(None, &set(&cpus))?;
    let child = command.spawn();
    sched_setaffinity(None, &set(&own))?;
    child
}

fn set(cpus: &[u32]) -> CpuSet {
    let mut set = CpuSet::new();
    cpus.iter().for_each(|cpu| set.set(*cpu as usize));
    set
}

fn wait(mut child: Child, stop: &AtomicBool) -> Result<ExitStatus, String> {
    let begin = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if begin.elapsed() < LIMIT && !stop.load(Ordering::SeqCst) => thread::sleep(LOOK),
            ended => {
                // What cannot be killed is gone already.
                let _ = child.kill();
                let _ = child.wait();
                return Err(match ended {
                    Err(error) => format!("could not be waited for: {error}"),
                    Ok(_) if stop.load(Ordering::SeqCst) => "was stopped".into(),
                    Ok(_) => format!("took longer than {} s", LIMIT.as_secs()),
                });
            }
        }
    }
}

fn text(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn name(program: &OsStr) -> String {
    let path = std::path::Path::new(program);
    path.file_name().unwrap_or(program).to_string_lossy().into_owned()
}

fn last_line(text: &str) -> &str {
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing")
}

#[cfg(test)]
mod tests {
    use super::*;

    static GO: AtomicBool = AtomicBool::new(false);

    #[test]
    fn a_process_runs_where_it_was_put_and_the_driver_stays_where_it_was() {
        let own = affinity::allowed(None).unwrap();
        let cpu = own[0];
        let said =
            run(Command::new("nproc").env_clear().env("PATH", "/usr/bin:/bin"), Seat::Pinned(cpu), &GO);
        assert_eq!(said.unwrap().stdout.trim(), "1");
        assert_eq!(affinity::allowed(None).unwrap(), own);
    }

    #[test]
    fn what_is_missing_or_fails_is_named() {
        let missing = run(&mut Command::new("no-such-tool"), Seat::Anywhere, &GO).unwrap_err();
        assert!(missing.contains("no-such-tool"), "{missing}");
        let failed = run(&mut Command::new("false"), Seat::Anywhere, &GO).unwrap().success("it").unwrap_err();
        assert!(failed.contains("exit status: 1"), "{failed}");
    }

    #[test]
    fn a_stop_ends_what_runs() {
        let stop = AtomicBool::new(true);
        let error = run(Command::new("sleep").arg("60"), Seat::Anywhere, &stop).unwrap_err();
        assert!(error.contains("stopped"), "{error}");
    }
}
