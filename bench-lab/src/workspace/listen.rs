//! Runs cargo and hands over what it says while it says it.
//!
//! It interprets nothing and prints nothing.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::stop::Stop;

/// How often a silent build is asked whether it was stopped.
const PATIENCE: Duration = Duration::from_millis(100);

/// A piece of a process's output.
pub(super) enum Heard {
    /// One line of standard output, without its end.
    Line(Vec<u8>),
    /// Some bytes of standard error, as they came.
    Stderr(Vec<u8>),
}

/// Starts the command with nothing on its standard input, and returns when it has ended. A stop interrupts it as Ctrl-C
/// does, which a terminal would have sent to it as well; the caller asks whether there was one.
///
/// # Errors
/// When it cannot be started or waited for.
pub(super) fn listen(
    command: &mut Command,
    stop: &Stop,
    mut hear: impl FnMut(Heard),
) -> io::Result<ExitStatus> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (sender, receiver) = channel();
    let stdout = child.stdout.take().map(BufReader::new);
    let stderr = child.stderr.take();
    thread::scope(|scope| {
        let lines = sender.clone();
        scope.spawn(move || stdout.map(|stdout| send_lines(stdout, &lines)));
        scope.spawn(move || stderr.map(|stderr| send_chunks(stderr, &sender)));
        let mut was_told = false;
        loop {
            if stop.is_raised() && !was_told {
                interrupt(&child);
                was_told = true;
            }
            match receiver.recv_timeout(PATIENCE) {
                Ok(heard) => hear(heard),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    });
    child.wait()
}

/// The process was not waited for yet, so its number is still its own; one that has ended takes no notice.
fn interrupt(child: &Child) {
    let _ = kill_process(Pid::from_child(child), Signal::INT);
}

/// Ends at the end of the stream, at a read error (the exit status tells), or when nobody listens.
fn send_lines(stdout: impl BufRead, sender: &Sender<Heard>) {
    for line in stdout.split(b'\n').map_while(Result::ok) {
        if sender.send(Heard::Line(line)).is_err() {
            return;
        }
    }
}

/// Ends like [`send_lines`]; in chunks, since a progress bar has no line ends.
fn send_chunks(mut stderr: impl Read, sender: &Sender<Heard>) {
    let mut chunk = [0; 4096];
    while let Ok(count @ 1..) = stderr.read(&mut chunk) {
        if sender.send(Heard::Stderr(chunk[..count].to_vec())).is_err() {
            return;
        }
    }
}
