//! The conversation with a connected Criterion: it tells what it does, and waits for leave to go on.
//!
//! It interprets only what it must answer; the meaning of the log is for the readers.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::linux::net::TcpStreamExt;
use std::time::{Duration, Instant};

use super::protocol::{GREETING, HELLO_LENGTH, Hello, Message, Reply, read_frame};
use crate::runner::command::{Dialogue, Ending, Frame};

const PORT_VARIABLE: &str = "CARGO_CRITERION_PORT";

/// A Criterion answers the greeting at once; what stays silent so long is something else.
const HELLO_LIMIT: Duration = Duration::from_secs(10);

/// A Criterion that waits for a reply reads it at once.
const WRITE_LIMIT: Duration = Duration::from_secs(10);

/// Bytes of all frames of one conversation that are kept; a child that says more is cut off.
const LOG_BYTES_MAX: usize = 512 << 20;

/// For a process that measures.
pub(super) const MEASURING: Dialogue =
    Dialogue { port_variable: PORT_VARIABLE, serve: |stream, log| serve(stream, log, Task::Measure) };

/// For a process that shall only name its benchmarks: under a filter that nothing matches it skips each of them.
pub(super) const LISTING: Dialogue =
    Dialogue { port_variable: PORT_VARIABLE, serve: |stream, log| serve(stream, log, Task::List) };

/// What the child was started for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Task {
    List,
    Measure,
}

/// Talks until the child closes.
///
/// # Errors
/// `InvalidData` when the child does not speak the protocol; else those of the socket. A child that dies in the
/// middle of a message is no error: how it ended is told by its exit.
fn serve(stream: TcpStream, log: &mut Vec<Frame>, task: Task) -> io::Result<Ending> {
    stream.set_write_timeout(Some(WRITE_LIMIT))?;
    stream.set_read_timeout(Some(HELLO_LIMIT))?;
    stream.set_nodelay(true)?;
    let mut line = Line(stream);
    let began = Instant::now();
    let greeted = greet(&mut line, began, log);
    // A benchmark may take as long as it likes between two messages; the runner's limit ends it.
    line.0.set_read_timeout(None)?;
    let ending = greeted.and_then(|()| converse(&mut line, began, log, task));
    match ending {
        Err(error) if is_hang_up(error.kind()) => Ok(Ending::Closed),
        other => other,
    }
}

/// The connection, whose segments are acknowledged at once.
///
/// Criterion writes the length and the body of a message apart and leaves Nagle's algorithm on: with the usual delayed
/// acknowledgement every message would take 40 ms, and the list of a thousand benchmarks 40 s.
struct Line(TcpStream);

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The kernel forgets the option after a while (tcp(7), TCP_QUICKACK), so it is set for every read.
        self.0.set_quickack(true)?;
        self.0.read(buffer)
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn is_hang_up(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected
    )
}

/// Exchanges names and versions; the child's is the first entry of the log.
fn greet(stream: &mut (impl Read + Write), began: Instant, log: &mut Vec<Frame>) -> io::Result<()> {
    stream.write_all(GREETING)?;
    let mut bytes = vec![0; HELLO_LENGTH];
    stream.read_exact(&mut bytes)?;
    let hello = Hello::parse(&bytes);
    log.push(Frame { at: began.elapsed(), bytes });
    match hello {
        Some(hello) if hello.is_understood() => Ok(()),
        Some(hello) => Err(invalid(format!(
            "Criterion {} speaks protocol {} in format {}; only protocol 1 in format 1 is understood",
            hello.version_text(),
            hello.protocol,
            hello.format
        ))),
        None => Err(invalid("what connected to the port is no Criterion".into())),
    }
}

fn converse(
    stream: &mut (impl Read + Write),
    began: Instant,
    log: &mut Vec<Frame>,
    task: Task,
) -> io::Result<Ending> {
    let mut kept = 0;
    while let Some(bytes) = read_frame(stream)? {
        let at = began.elapsed();
        kept += bytes.len();
        if kept > LOG_BYTES_MAX {
            return Err(invalid(format!("the benchmark sent more than {LOG_BYTES_MAX} bytes of messages")));
        }
        let message = Message::decode(&bytes);
        log.push(Frame { at, bytes });
        let Some(message) = message else {
            // It may be one that waits for a reply, and waiting for ever is worse than an end.
            return Err(invalid("the benchmark sent a message that is not in the protocol".into()));
        };
        match reply(&message, task) {
            Answer::Nothing => {}
            Answer::Say(reply) => reply.write(stream)?,
            Answer::StopChild => return Ok(Ending::StopChild),
        }
    }
    Ok(Ending::Closed)
}

/// What one message calls for.
enum Answer {
    Nothing,
    Say(Reply),
    StopChild,
}

fn reply(message: &Message, task: Task) -> Answer {
    match message {
        Message::BeginningBenchmark { .. } if task == Task::List => Answer::StopChild,
        // Its answer leads to `Continue`.
        Message::MeasurementComplete(completed) => {
            Answer::Say(Reply::ScaleForMachines { values: completed.times.clone() })
        }
        Message::ScaledValues(_) | Message::FinishedBenchmarkGroup {} => Answer::Say(Reply::Continue),
        _ => Answer::Nothing,
    }
}

fn invalid(text: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, text)
}
