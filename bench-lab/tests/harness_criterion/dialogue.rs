//! The conversation itself, with peers that behave and peers that do not.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use bench_lab::harness::{Criterion, Harness, Request, Selection};
use bench_lab::runner::command::{Dialogue, Ending, Frame};

use crate::fixture::{Fixture, Played, target};

fn measuring() -> Dialogue {
    let target = target("cases", "criterion", "0.8.2");
    let request =
        Request { target: &target, benchmarks: &[], selection: Selection::WholeTarget, time_ms: 10 };
    Criterion.command(&request).dialogue.unwrap()
}

fn listing() -> Dialogue {
    Criterion.list_commands(&target("cases", "criterion", "0.8.2"))[0].dialogue.unwrap()
}

/// Serves one peer, which gets the other end of the line; both must come to an end.
fn talk<T: Send>(
    dialogue: Dialogue,
    peer: impl FnOnce(TcpStream) -> T + Send,
) -> (io::Result<Ending>, Vec<Frame>, T) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::scope(|scope| {
        let peer = scope.spawn(move || peer(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap()));
        let mut log = Vec::new();
        let result = (dialogue.serve)(listener.accept().unwrap().0, &mut log);
        (result, log, peer.join().unwrap())
    })
}

fn send(line: &mut TcpStream, frame: &[u8]) {
    line.write_all(&(frame.len() as u32).to_be_bytes()).unwrap();
    line.write_all(frame).unwrap();
}

fn receive(line: &mut TcpStream) -> Vec<u8> {
    let mut prefix = [0; 4];
    line.read_exact(&mut prefix).unwrap();
    let mut frame = vec![0; u32::from_be_bytes(prefix) as usize];
    line.read_exact(&mut frame).unwrap();
    frame
}

fn greet(line: &mut TcpStream, hello: &[u8]) {
    let mut greeting = [0; 18];
    line.read_exact(&mut greeting).unwrap();
    assert!(greeting.starts_with(b"cargo-criterion"));
    line.write_all(hello).unwrap();
}

/// Frames of a recorded process without those that answered the runner, which come again when it asks again.
fn recorded(scene: &str) -> Vec<Vec<u8>> {
    let played = Played::of(Fixture::load("0.8.2").scene(scene));
    played.captured.frames.into_iter().map(|frame| frame.bytes).collect()
}

#[test]
fn a_recorded_process_gets_the_answers_it_waits_for_and_is_logged_whole() {
    let frames = recorded("cases measure all");
    let (result, log, answers) = talk(measuring(), |mut line| {
        greet(&mut line, &frames[0]);
        let mut answers = Vec::new();
        for frame in &frames[1..] {
            send(&mut line, frame);
            let waits = [&b"\xa1sMeasurementC"[..], b"\xa1lScaledValues", b"\xa1vFinished"];
            if waits.iter().any(|start| frame.starts_with(start)) {
                answers.push(receive(&mut line));
            }
        }
        answers
    });
    assert_eq!(result.unwrap(), Ending::Closed);
    assert_eq!(log.into_iter().map(|frame| frame.bytes).collect::<Vec<_>>(), frames);
    let asked = answers.iter().filter(|answer| answer.starts_with(b"\xa1pScaleForMachines")).count();
    let released = answers.iter().filter(|answer| answer.as_slice() == b"hContinue").count();
    // Eight benchmarks, each measured and scaled; seven groups end.
    assert_eq!((asked, released), (8, 8 + 7));
}

#[test]
fn a_child_that_measures_while_it_should_list_is_stopped() {
    let frames = recorded("deaf list");
    let (result, log, ()) = talk(listing(), |mut line| {
        greet(&mut line, &frames[0]);
        for frame in &frames[1..] {
            send(&mut line, frame);
        }
        // It would go on measuring: the end must come from the other side.
        assert_eq!(line.read(&mut [0]).unwrap_or(0), 0);
    });
    assert_eq!(result.unwrap(), Ending::StopChild);
    assert_eq!(log.len(), frames.len());
}

#[test]
fn a_child_that_closes_at_any_point_ends_the_conversation_without_an_error() {
    let frames = recorded("counts measure");
    let mut said = frames[0].clone();
    for frame in &frames[1..] {
        said.extend((frame.len() as u32).to_be_bytes());
        said.extend(frame);
    }
    for length in (0..said.len()).step_by(7) {
        let (result, log, ()) = talk(measuring(), |mut line| {
            greet(&mut line, &said[..length]);
        });
        assert!(matches!(result, Ok(Ending::Closed)), "after {length} bytes: {result:?}");
        assert!(log.len() <= frames.len());
    }
}

#[test]
fn a_peer_that_is_no_criterion_is_refused() {
    for hello in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 16]] {
        let (result, ..) = talk(measuring(), |mut line| greet(&mut line, hello));
        assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidData);
    }
}

#[test]
fn a_protocol_of_the_future_is_refused_by_its_number() {
    let (result, log, ()) =
        talk(measuring(), |mut line| greet(&mut line, b"Criterion\x01\x00\x00\x00\x02\x00\x01"));
    let error = result.unwrap_err();
    assert!(error.to_string().contains("protocol 2"), "{error}");
    assert_eq!(log.len(), 1);
}

#[test]
fn garbage_after_the_greeting_ends_the_conversation() {
    let hello = b"Criterion\x00\x08\x02\x00\x01\x00\x01";
    for garbage in [&b"\x00\x00\x00\x05hello"[..], b"\xff\xff\xff\xff0123456789", b"\x00\x00\x00\x00"] {
        let (result, _, rest) = talk(measuring(), |mut line| {
            greet(&mut line, hello);
            line.write_all(garbage).unwrap();
            line.read(&mut [0]).unwrap_or(0)
        });
        assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidData);
        assert_eq!(rest, 0, "the peer is not left waiting");
    }
}
