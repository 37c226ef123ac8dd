//! Listens for a child that wants to talk, and lets the harness talk with each of its connections.
//!
//! It understands no protocol, and it never outlives the child by more than a grace time.

use std::io::{self, PipeReader, PipeWriter};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};

use super::command::{Dialogue, Ending, Frame};

/// A listening socket on the loopback address, with one thread per connection behind it.
pub(super) struct Conversation {
    port: u16,
    acceptor: JoinHandle<Vec<Talk>>,
    /// Closing it ends the listening.
    stop: PipeWriter,
    stop_child: Arc<AtomicBool>,
}

/// All that was said.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// Connections that were made.
    pub(super) connection_count: usize,
    /// The frames of each connection in the order received; connections in the order in which they were accepted,
    /// one after another.
    pub(super) frames: Vec<Frame>,
    /// What broke a conversation off.
    pub(super) errors: Vec<io::Error>,
}

/// One connection.
struct Talk {
    /// A second handle of the socket, to hang up with.
    line: TcpStream,
    thread: JoinHandle<(Vec<Frame>, io::Result<Ending>)>,
    ended: Receiver<()>,
}

impl Conversation {
    /// Listens on a free port; `stop_child` is raised when the harness wants the child killed.
    ///
    /// # Errors
    /// When no socket, pipe or thread can be had.
    pub(super) fn start(dialogue: Dialogue, stop_child: Arc<AtomicBool>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let (stopped, stop) = io::pipe()?;
        let flag = Arc::clone(&stop_child);
        let acceptor = thread::Builder::new()
            .name("accept".into())
            .spawn(move || accept_all(&listener, &stopped, dialogue, &flag))?;
        Ok(Self { port, acceptor, stop, stop_child })
    }

    /// The port on the loopback address.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Whether the harness wants the child killed.
    pub(super) fn wants_child_stopped(&self) -> bool {
        self.stop_child.load(Ordering::Relaxed)
    }

    /// Ends the listening after the child's end. Conversations may finish reading for `grace` in all, then they are
    /// hung up.
    pub(super) fn finish(self, grace: Duration) -> Log {
        drop(self.stop);
        let talks = self.acceptor.join().unwrap_or_default();
        let until = Instant::now() + grace;
        let mut log = Log { connection_count: talks.len(), ..Log::default() };
        for talk in talks {
            let _ = talk.ended.recv_timeout(until.saturating_duration_since(Instant::now()));
            // After a shutdown every read ends and every write fails, so the thread cannot stay.
            let _ = talk.line.shutdown(Shutdown::Both);
            match talk.thread.join() {
                Ok((frames, result)) => {
                    log.frames.extend(frames);
                    log.errors.extend(result.err());
                }
                Err(_) => log.errors.push(io::Error::other("the harness panicked in the conversation")),
            }
        }
        log
    }
}

fn accept_all(
    listener: &TcpListener,
    stopped: &PipeReader,
    dialogue: Dialogue,
    stop_child: &Arc<AtomicBool>,
) -> Vec<Talk> {
    let mut talks = Vec::new();
    loop {
        let is_last_turn = {
            let mut waits = [PollFd::new(stopped, PollFlags::IN), PollFd::new(listener, PollFlags::IN)];
            let _ = poll(&mut waits, None);
            !waits[0].revents().is_empty()
        };
        // On the last turn too: a child that connected, spoke and ended may still wait in the backlog.
        while let Ok((stream, _)) = listener.accept() {
            if let Ok(talk) = start_talk(stream, dialogue, Arc::clone(stop_child)) {
                talks.push(talk);
            }
        }
        if is_last_turn {
            return talks;
        }
    }
}

fn start_talk(stream: TcpStream, dialogue: Dialogue, stop_child: Arc<AtomicBool>) -> io::Result<Talk> {
    stream.set_nonblocking(false)?;
    // The child waits for every answer, so none may be held back for a fuller packet.
    stream.set_nodelay(true)?;
    let line = stream.try_clone()?;
    let own = stream.try_clone()?;
    let (done, ended): (Sender<()>, _) = channel();
    let thread = thread::Builder::new().name("dialogue".into()).spawn(move || {
        // Dropped last, also by a panic: the receiver then knows that the thread is at its end.
        let _done = done;
        let mut frames = Vec::new();
        let result = (dialogue.serve)(stream, &mut frames);
        // With other handles of the socket open, only this tells the child that nobody listens any more.
        let _ = own.shutdown(Shutdown::Both);
        if matches!(result, Ok(Ending::StopChild)) {
            stop_child.store(true, Ordering::Relaxed);
        }
        (frames, result)
    })?;
    Ok(Talk { line, thread, ended })
}
