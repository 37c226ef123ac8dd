//! The contract between a harness, which knows what to say to its executables, and the spawner, which says it.
//!
//! A harness fills a [`CommandSpec`] and reads a [`Captured`]; it never starts a process itself.

use std::fs;
use std::io;
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use lab_core::model::Exit;

/// What to start a bench executable with.
#[derive(Clone, Debug, Default)]
pub struct CommandSpec {
    /// Arguments behind the executable.
    pub arguments: Vec<String>,
    /// Variables on top of the clean environment that every child gets.
    pub environment: Vec<(String, String)>,
    /// Name of a variable that is to hold the path of a fresh, empty directory.
    pub scratch_variable: Option<&'static str>,
    /// A conversation over a local socket while the child runs.
    pub dialogue: Option<Dialogue>,
}

/// How to talk with a child that connects to a port of ours.
#[derive(Clone, Copy, Debug)]
pub struct Dialogue {
    /// Name of the variable that tells the child the port on the loopback address.
    pub port_variable: &'static str,
    /// Talks until the child closes; called once per connection, on a thread of its own. Every received
    /// message is pushed to the log in order.
    pub serve: fn(TcpStream, &mut Vec<Frame>) -> io::Result<Ending>,
}

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The child closed its end, or said all it had to.
    Closed,
    /// The child did what it was asked not to (measure while it should list): kill it.
    StopChild,
}

/// One message that the child sent, without its length prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Time since the connection was accepted.
    pub at: Duration,
    /// The message.
    pub bytes: Vec<u8>,
}

/// What came back from one child process.
#[derive(Clone, Debug)]
pub struct Captured {
    /// How it ended.
    pub exit: Exit,
    /// Everything it wrote to standard output, up to the spawner's limit; beyond it, its beginning and end.
    pub stdout: Vec<u8>,
    /// Everything it wrote to standard error, up to the spawner's limit.
    pub stderr: Vec<u8>,
    /// From `exec` to exit.
    pub wall: Duration,
    /// Whether the child connected for the dialogue it was offered.
    pub is_connected: bool,
    /// What it sent in the dialogue: the frames of each connection in their order, connections as they were accepted,
    /// one after another.
    pub frames: Vec<Frame>,
    /// The scratch directory of [`CommandSpec::scratch_variable`]; the caller removes it after reading.
    pub scratch: Option<PathBuf>,
}

impl Captured {
    /// Removes the scratch directory of a process whose traces are worth nothing: a list or a pilot.
    ///
    /// One that cannot be removed stays; it lies where the system keeps what may vanish.
    pub fn clear_scratch(&self) {
        let _ = self.scratch.as_ref().map(fs::remove_dir_all);
    }

    /// Standard output as text; bytes that are not UTF-8 become replacement characters.
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text, likewise.
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}
