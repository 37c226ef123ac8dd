//! The launch process: a fresh single-threaded copy of this program that prepares itself and becomes the benchmark.
//!
//! Between `fork` and `exec` of the many-threaded runner almost no call is safe; in a process of its own all of
//! them are. It prints nothing, and it never outlives the runner.

use std::convert::Infallible;
use std::env;
use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;

use lab_core::model::Aslr;
use rustix::process::{Signal, getppid, set_parent_process_death_signal};

use super::affinity;
use super::environment::PRELOAD;
use super::handshake::{Message, Step};
use crate::meter::Usage;

/// First argument that makes the program a launch process; `main` looks for it before anything else.
pub const VERB: &str = "__launch";

/// What the launch process is told on its command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// Process that must still be the parent after the leash is set.
    pub(super) runner: i32,
    /// CPUs to allow; empty leaves the inherited ones.
    pub(super) cpus: Vec<u32>,
    /// Address layout.
    pub(super) aslr: Aslr,
    /// Working directory of the benchmark.
    pub(super) directory: PathBuf,
    /// Absolute path of the benchmark, its own first argument.
    pub(super) executable: PathBuf,
    /// Absolute path of what is executed: that, or a copy of it.
    pub(super) image: PathBuf,
    /// Arguments of the benchmark.
    pub(super) arguments: Vec<OsString>,
}

impl Order {
    /// The command line, [`VERB`] first.
    pub(super) fn to_arguments(&self) -> Vec<OsString> {
        let cpus: Vec<String> = self.cpus.iter().map(u32::to_string).collect();
        let mut words: Vec<OsString> = vec![
            VERB.into(),
            self.runner.to_string().into(),
            cpus.join(",").into(),
            match self.aslr {
                Aslr::Random => "random".into(),
                Aslr::Fixed => "fixed".into(),
            },
            self.directory.clone().into(),
            self.executable.clone().into(),
            self.image.clone().into(),
        ];
        words.extend(self.arguments.iter().cloned());
        words
    }

    /// Reads the words behind [`VERB`].
    fn parse(mut words: impl Iterator<Item = OsString>) -> Option<Self> {
        let runner = words.next()?.to_str()?.parse().ok()?;
        let cpus = words.next()?;
        let cpus = cpus.to_str()?.split(',').filter(|cpu| !cpu.is_empty());
        let cpus = cpus.map(str::parse).collect::<Result<_, _>>().ok()?;
        let aslr = match words.next()?.to_str()? {
            "random" => Aslr::Random,
            "fixed" => Aslr::Fixed,
            _ => return None,
        };
        let mut path = || words.next().map(PathBuf::from);
        let (directory, executable, image) = (path()?, path()?, path()?);
        Some(Self { runner, cpus, aslr, directory, executable, image, arguments: words.collect() })
    }
}

/// Whether the program was started as a launch process: `first` is its first argument.
pub fn is_launch(first: Option<&OsStr>) -> bool {
    first.is_some_and(|first| first == VERB)
}

/// Runs the launch process on the program's own arguments. It returns only when the benchmark could not be
/// started; the reason has then been told to the spawner.
pub fn main() -> ExitCode {
    let order = Order::parse(env::args_os().skip(2));
    // Standard input is the line to the spawner; this duplicate closes itself at exec.
    let line = io::stdin().as_fd().try_clone_to_owned().map(UnixStream::from);
    let (Some(order), Ok(mut line)) = (order, line) else { return ExitCode::from(2) };
    if let Err((step, error)) = prepare(&order, &mut line) {
        tell(&mut line, &Message::Failed { step, errno: errno(&error) });
        return ExitCode::from(2);
    }
    // The spawner opens counters on this process before it lets it pass; end of file means it is gone.
    if !matches!(line.read(&mut [0]), Ok(1)) {
        return ExitCode::from(2);
    }
    let Err(error) = become_benchmark(&order);
    tell(&mut line, &Message::Failed { step: Step::Exec, errno: errno(&error) });
    ExitCode::from(127)
}

fn prepare(order: &Order, line: &mut UnixStream) -> Result<(), (Step, io::Error)> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|errno| (Step::Leash, errno.into()))?;
    // The runner may have died before the signal was asked for; then somebody else is the parent.
    if getppid().map(|pid| pid.as_raw_nonzero().get()) != Some(order.runner) {
        return Err((Step::Leash, io::Error::from_raw_os_error(libc::ESRCH)));
    }
    let pinned = if order.cpus.is_empty() { Ok(()) } else { affinity::set(None, &order.cpus) };
    if let Err(error) = pinned {
        tell(line, &Message::Refused { step: Step::Pin, errno: errno(&error) });
    }
    if let Err(error) = set_layout(order.aslr) {
        tell(line, &Message::Refused { step: Step::Layout, errno: errno(&error) });
    }
    close_foreign_descriptors_at_exec();
    env::set_current_dir(&order.directory).map_err(|error| (Step::Enter, error))?;
    tell(line, &Message::Ready(Usage::of_this_process()));
    Ok(())
}

/// Executes the benchmark with an empty input. `Command::exec` would not do: it hands a file that is no program to the
/// shell, and an empty file, left by a full disk, is a shell script that succeeds.
fn become_benchmark(order: &Order) -> io::Result<Infallible> {
    let null = File::open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    preload();
    let path = CString::new(order.image.as_os_str().as_bytes())?;
    let name = CString::new(order.executable.as_os_str().as_bytes())?;
    let arguments = order.arguments.iter().map(|argument| CString::new(argument.as_bytes()));
    let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
    let words = [&name].into_iter().chain(&arguments).map(|word| word.as_ptr());
    let words: Vec<*const libc::c_char> = words.chain([std::ptr::null()]).collect();
    execute(&path, &words)
}

/// Gives the loader of the benchmark the library that is meant for it.
#[expect(unsafe_code, reason = "execv hands on this process's own environment")]
fn preload() {
    if let Some(library) = env::var_os(PRELOAD) {
        // SAFETY: the launch process has one thread.
        unsafe { env::set_var("LD_PRELOAD", library) };
        // SAFETY: likewise.
        unsafe { env::remove_var(PRELOAD) };
    }
}

#[expect(unsafe_code, reason = "std's exec goes through the shell for what is no program")]
fn execute(path: &CString, words: &[*const libc::c_char]) -> io::Result<Infallible> {
    debug_assert!(words.last().is_some_and(|last| last.is_null()));
    // SAFETY: SIGPIPE is ignored by Rust's start-up; giving it its default back installs no handler of ours.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    // SAFETY: the path and every word end in NUL and outlive the call, the list of words ends in null, and no other
    // thread of this process could change the environment meanwhile.
    unsafe { libc::execv(path.as_ptr(), words.as_ptr()) };
    Err(io::Error::last_os_error())
}

/// Keeps from the benchmark what the runner itself inherited: a jobserver of cargo or make, a terminal's sockets.
#[expect(unsafe_code, reason = "neither std nor rustix has close_range(2)")]
fn close_foreign_descriptors_at_exec() {
    // SAFETY: the call only marks descriptors; none is closed now, so no owner loses its own. It may fail before Linux
    // 5.11, where the benchmark then sees what any program started by the user's shell would.
    unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
}

/// Sets or clears `ADDR_NO_RANDOMIZE`; cleared too, since `setarch -R` or a debugger above us would hand it down.
fn set_layout(aslr: Aslr) -> io::Result<()> {
    const READ_ONLY: libc::c_ulong = 0xffff_ffff;
    const FLAG: libc::c_ulong = libc::ADDR_NO_RANDOMIZE as libc::c_ulong;
    let current = libc::c_ulong::try_from(personality(READ_ONLY)?).unwrap_or(0);
    let wanted = match aslr {
        Aslr::Random => current & !FLAG,
        Aslr::Fixed => current | FLAG,
    };
    if current == wanted {
        return Ok(());
    }
    personality(wanted)?;
    let reached = libc::c_ulong::try_from(personality(READ_ONLY)?).unwrap_or(0);
    if reached == wanted { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::EPERM)) }
}

#[expect(unsafe_code, reason = "neither std nor rustix has personality(2)")]
fn personality(persona: libc::c_ulong) -> io::Result<libc::c_int> {
    // SAFETY: personality takes a number, touches no memory of ours, and changes the calling process only.
    match unsafe { libc::personality(persona) } {
        -1 => Err(io::Error::last_os_error()),
        previous => Ok(previous),
    }
}

/// Tells the spawner; when it cannot be told it is gone, and the gate will stay shut.
fn tell(line: &mut UnixStream, message: &Message) {
    let _ = line.write_all(message.to_string().as_bytes());
}

fn errno(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use lab_core::model::Aslr;

    use super::Order;

    #[test]
    fn an_order_survives_the_command_line_with_bytes_that_are_not_text() {
        let odd = OsString::from_vec(vec![b'a', 0xff, b' ']);
        for (cpus, aslr) in [(vec![], Aslr::Random), (vec![3, 64], Aslr::Fixed)] {
            let arguments = vec![odd.clone(), "".into(), "--x".into()];
            let (directory, executable) = (odd.clone().into(), "/bin/true".into());
            let image = "/bin/true.copy".into();
            let order = Order { runner: 7, cpus, aslr, directory, executable, image, arguments };
            assert_eq!(Order::parse(order.to_arguments().into_iter().skip(1)), Some(order));
        }
    }

    #[test]
    fn a_short_or_foreign_command_line_is_refused() {
        for words in
            [vec![], vec!["7"], vec!["7", "0", "random", "/", "/b"], vec!["7", "a", "fixed", "/", "/b", "/c"]]
        {
            assert_eq!(Order::parse(words.into_iter().map(OsString::from)), None);
        }
    }
}
