//! The dialogue: connections of a child, served by a harness that only knows lines.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bench_lab::runner::command::{CommandSpec, Dialogue, Ending, Frame};
use bench_lab::runner::spawn::Launch;
use lab_core::model::Exit;

use crate::{is_alive, launch, own_test, run, script};

/// Each line is a frame and is answered with itself; `stop` asks for the child's end, `break` breaks off.
fn serve(stream: TcpStream, frames: &mut Vec<Frame>) -> io::Result<Ending> {
    let accepted = Instant::now();
    let mut answers = stream.try_clone()?;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        frames.push(Frame { at: accepted.elapsed(), bytes: line.clone().into_bytes() });
        match line.as_str() {
            "stop" => return Ok(Ending::StopChild),
            "break" => return Err(io::Error::other("no such word")),
            _ => writeln!(answers, "{line}")?,
        }
    }
    Ok(Ending::Closed)
}

/// Runs one of the ignored tests below as the child, which talks as its name says.
fn talk(child: &str) -> bench_lab::runner::spawn::Completed {
    let (executable, spec) = own_test(&format!("conversation::{child}"));
    let spec = CommandSpec { dialogue: Some(Dialogue { port_variable: "TALK_PORT", serve }), ..spec };
    run(&Launch { executable: executable.as_ref(), ..launch(&spec) })
}

fn said(completed: &bench_lab::runner::spawn::Completed) -> Vec<String> {
    let frames = completed.captured.frames.iter();
    frames.map(|frame| String::from_utf8(frame.bytes.clone()).unwrap()).collect()
}

/// A connection to the runner; nothing when somebody ran all ignored tests by hand.
fn connect() -> Option<TcpStream> {
    let port: u16 = std::env::var("TALK_PORT").ok()?.parse().unwrap();
    Some(TcpStream::connect(("localhost", port)).unwrap())
}

fn ask(stream: &TcpStream, line: &str) {
    let mut stream = stream;
    writeln!(stream, "{line}").unwrap();
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).unwrap();
    assert_eq!(answer.trim_end(), line);
}

#[test]
fn frames_of_overlapping_connections_stand_one_connection_after_the_other() {
    let completed = talk("child_with_two_connections_at_once");
    assert_eq!(completed.captured.exit, Exit::Code(0), "{}", completed.captured.stdout_text());
    assert!(completed.captured.is_connected);
    assert_eq!(said(&completed), ["a1", "a2", "b1", "b2", "c1"]);
    assert_eq!(completed.warnings, []);
}

#[test]
#[ignore = "a child of another test"]
fn child_with_two_connections_at_once() {
    let (Some(a), Some(b)) = (connect(), connect()) else { return };
    for (stream, line) in [(&a, "a1"), (&b, "b1"), (&a, "a2"), (&b, "b2")] {
        ask(stream, line);
    }
    drop((a, b));
    ask(&connect().unwrap(), "c1");
}

#[test]
fn a_word_said_just_before_the_end_is_heard() {
    assert_eq!(said(&talk("child_that_speaks_and_goes")), ["parting"]);
}

#[test]
#[ignore = "a child of another test"]
fn child_that_speaks_and_goes() {
    let Some(mut stream) = connect() else { return };
    writeln!(stream, "parting").unwrap();
    // Without a word of leave: the connection may still wait to be accepted.
    std::process::abort();
}

#[test]
fn a_child_that_must_not_go_on_is_killed() {
    let completed = talk("child_that_has_to_be_stopped");
    assert_eq!(completed.captured.exit, Exit::Signal(9));
    assert_eq!(said(&completed), ["stop"]);
}

#[test]
#[ignore = "a child of another test"]
fn child_that_has_to_be_stopped() {
    let Some(mut stream) = connect() else { return };
    writeln!(stream, "stop").unwrap();
    std::thread::sleep(Duration::from_secs(20));
}

#[test]
fn a_broken_conversation_is_a_warning_and_the_child_runs_on() {
    let completed = talk("child_that_says_what_is_not_understood");
    assert_eq!(completed.captured.exit, Exit::Code(0));
    assert_eq!(completed.warnings[0].kind, "dialogue_broken");
    assert!(completed.warnings[0].text.contains("no such word"), "{:?}", completed.warnings);
}

#[test]
#[ignore = "a child of another test"]
fn child_that_says_what_is_not_understood() {
    let Some(mut stream) = connect() else { return };
    writeln!(stream, "break").unwrap();
    let mut answer = String::new();
    assert_eq!(BufReader::new(stream).read_line(&mut answer).unwrap(), 0, "the runner hung up");
}

#[test]
fn a_child_that_never_connects_is_told_apart() {
    let spec = CommandSpec {
        dialogue: Some(Dialogue { port_variable: "TALK_PORT", serve }),
        ..script("test -n \"$TALK_PORT\"")
    };
    let captured = run(&launch(&spec)).captured;
    assert_eq!((captured.exit, captured.is_connected, captured.frames.len()), (Exit::Code(0), false, 0));
}

#[test]
fn a_daemon_that_keeps_the_connection_open_does_not_hang_the_runner() {
    let completed = talk("child_that_leaves_its_connection_to_a_daemon");
    assert_eq!(said(&completed), ["mine"]);
    let pid = completed.captured.stdout_text();
    let (_, pid) = pid.split_once("left behind ").unwrap();
    let pid = pid.split_whitespace().next().unwrap();
    assert!(is_alive(pid), "the runner waited until the daemon ended");
    std::process::Command::new("kill").args(["-9", pid]).status().unwrap();
}

#[test]
#[ignore = "a child of another test"]
#[expect(clippy::zombie_processes, reason = "it is to outlive this process")]
fn child_that_leaves_its_connection_to_a_daemon() {
    let Some(stream) = connect() else { return };
    ask(&stream, "mine");
    let line = std::os::fd::OwnedFd::from(stream);
    let mut daemon = std::process::Command::new("setsid");
    daemon.args(["sleep", "300"]).stdin(line).stdout(std::process::Stdio::null());
    let daemon = daemon.stderr(std::process::Stdio::null()).spawn().unwrap();
    let comm = format!("/proc/{}/comm", daemon.id());
    crate::eventually("it left the group", || std::fs::read_to_string(&comm).unwrap() == "sleep\n");
    println!("left behind {}", daemon.id());
}
