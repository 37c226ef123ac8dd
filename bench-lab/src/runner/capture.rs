//! Reads what a child writes to its two output pipes, while it writes it, up to a limit.
//!
//! It never waits for a stranger: a process that inherited a pipe and outlives the child cannot hold it up.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, PipeWriter, Read};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

/// Bytes kept of the beginning of a stream, and as many again of its end.
pub(super) const KEPT_BYTES: usize = 32 * 1024 * 1024;

/// Both output streams of a child, while it runs.
pub(super) struct Capture {
    thread: JoinHandle<[Kept; 2]>,
    both_ended: Receiver<()>,
    /// Closing it tells the thread to take what is there and end.
    stop: PipeWriter,
}

/// What was captured.
#[derive(Debug)]
pub(super) struct Streams {
    /// Standard output.
    pub(super) stdout: Stream,
    /// Standard error.
    pub(super) stderr: Stream,
    /// Whether some process still held a pipe open when the wait was given up.
    pub(super) is_held_open: bool,
}

/// One captured stream.
#[derive(Debug)]
pub(super) struct Stream {
    /// The bytes; when some were cut, a line in the middle says how many.
    pub(super) bytes: Vec<u8>,
    /// Bytes written and not kept.
    pub(super) cut_bytes: u64,
}

impl Capture {
    /// Starts to read; the pipes are read ends, in the order output, error.
    ///
    /// # Errors
    /// When no pipe or thread can be had.
    pub(super) fn start(pipes: [OwnedFd; 2], kept_bytes: usize) -> io::Result<Self> {
        for pipe in &pipes {
            fcntl_setfl(pipe, fcntl_getfl(pipe)? | OFlags::NONBLOCK)?;
        }
        let (stopped, stop) = io::pipe()?;
        let (ended, both_ended) = channel();
        let thread = thread::Builder::new()
            .name("capture".into())
            .spawn(move || read_both(pipes.map(File::from), &stopped, &ended, kept_bytes))?;
        Ok(Self { thread, both_ended, stop })
    }

    /// Waits for both streams to end, at most `grace` long, and takes what came.
    pub(super) fn finish(self, grace: Duration) -> Streams {
        let is_held_open = self.both_ended.recv_timeout(grace).is_err();
        drop(self.stop);
        let empty = || [Kept::new(0), Kept::new(0)];
        let [stdout, stderr] = self.thread.join().unwrap_or_else(|_| empty());
        Streams { stdout: stdout.into_stream(), stderr: stderr.into_stream(), is_held_open }
    }
}

fn read_both(pipes: [File; 2], stopped: &io::PipeReader, ended: &Sender<()>, kept_bytes: usize) -> [Kept; 2] {
    let mut kept = [Kept::new(kept_bytes), Kept::new(kept_bytes)];
    let mut open = pipes.map(Some);
    while open.iter().any(Option::is_some) {
        let is_last_turn = {
            let mut waits = vec![PollFd::new(stopped, PollFlags::IN)];
            waits.extend(open.iter().flatten().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
            // An interrupted wait is a turn like any other: reading below does not block.
            let _ = poll(&mut waits, None);
            !waits[0].revents().is_empty()
        };
        for (pipe, kept) in open.iter_mut().zip(&mut kept) {
            if pipe.as_mut().is_some_and(|file| drain(file, kept) == Drained::Ended) {
                *pipe = None;
            }
        }
        if is_last_turn {
            return kept;
        }
    }
    // The other end hangs up when the spawner has given up waiting; then nobody needs to know.
    let _ = ended.send(());
    kept
}

#[derive(PartialEq, Eq)]
enum Drained {
    ForNow,
    Ended,
}

/// Reads until the pipe is empty for now, but no more than one full pipe of 1 MiB at a time: a process that writes
/// without end must not keep the other stream, or the order to stop, waiting.
fn drain(file: &mut File, kept: &mut Kept) -> Drained {
    let mut buffer = [0; 65536];
    for _ in 0..16 {
        match file.read(&mut buffer) {
            Ok(0) => return Drained::Ended,
            Ok(count) => kept.push(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Drained::ForNow,
            Err(_) => return Drained::Ended,
        }
    }
    Drained::ForNow
}

/// The beginning and the end of a stream.
struct Kept {
    limit: usize,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    total: u64,
}

impl Kept {
    fn new(limit: usize) -> Self {
        Self { limit, head: Vec::new(), tail: VecDeque::new(), total: 0 }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let (head, rest) = bytes.split_at(bytes.len().min(self.limit - self.head.len()));
        self.head.extend_from_slice(head);
        self.tail.extend(rest);
        self.tail.drain(..self.tail.len().saturating_sub(self.limit));
    }

    fn into_stream(self) -> Stream {
        let cut_bytes = self.total - (self.head.len() + self.tail.len()) as u64;
        let mut bytes = self.head;
        if cut_bytes > 0 {
            bytes.extend_from_slice(format!("\n[bench-lab cut {cut_bytes} bytes here]\n").as_bytes());
        }
        bytes.extend(self.tail);
        Stream { bytes, cut_bytes }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Kept;

    proptest! {
        #[test]
        fn nothing_is_cut_below_twice_the_limit_and_the_ends_are_kept_above(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20),
            limit in 0_usize..100,
        ) {
            let mut kept = Kept::new(limit);
            pieces.iter().for_each(|piece| kept.push(piece));
            let all = pieces.concat();
            let stream = kept.into_stream();
            prop_assert_eq!(stream.cut_bytes, all.len().saturating_sub(2 * limit) as u64);
            if stream.cut_bytes == 0 {
                prop_assert_eq!(stream.bytes, all);
            } else {
                prop_assert!(stream.bytes.starts_with(&all[..limit]));
                prop_assert!(stream.bytes.ends_with(&all[all.len() - limit..]));
            }
        }
    }
}
