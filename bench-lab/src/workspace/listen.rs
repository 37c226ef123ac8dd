//! Runs cargo and hands over what it says while it says it.
//!
//! It interprets nothing and prints nothing.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;

/// A piece of a process's output.
pub(super) enum Heard {
    /// One line of standard output, without its end.
    Line(Vec<u8>),
    /// Some bytes of standard error, as they came.
    Stderr(Vec<u8>),
}

/// Starts the command with nothing on its standard input, and returns when it has ended.
///
/// # Errors
/// When it cannot be started or waited for.
pub(super) fn listen(command: &mut Command, mut hear: impl FnMut(Heard)) -> io::Result<ExitStatus> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (sender, receiver) = channel();
    let stdout = child.stdout.take().map(BufReader::new);
    let stderr = child.stderr.take();
    thread::scope(|scope| {
        let lines = sender.clone();
        scope.spawn(move || stdout.map(|stdout| send_lines(stdout, &lines)));
        scope.spawn(move || stderr.map(|stderr| send_chunks(stderr, &sender)));
        receiver.iter().for_each(&mut hear);
    });
    child.wait()
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
