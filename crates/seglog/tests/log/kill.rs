//! Real processes, killed at random moments: nothing is missing that they had said was committed.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use seglog::{Entry, Log, Options, Reach, Sharing};

const DIRECTORY: &str = "SEGLOG_KILL_TEST_DIRECTORY";
const WRITER: &str = "SEGLOG_KILL_TEST_WRITER";

/// Small: a kill should often fall into a rotation.
const ALONE: Options = Options { segment_bytes: 1 << 14, sharing: Sharing::Alone };
const SHARED: Options = Options { segment_bytes: 1 << 14, sharing: Sharing::Coordinated };

fn payload(writer: u64, number: u64) -> Vec<u8> {
    let mut payload = [writer.to_le_bytes(), number.to_le_bytes()].concat();
    payload.resize(16 + (number % 400) as usize, number as u8);
    payload
}

fn say(line: u64) {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "committed {line}").and_then(|()| stdout.flush()).unwrap();
}

/// Not a test: what a child process runs. Four threads write without end and say what is on disk.
#[test]
#[ignore = "the child process of the tests beside it"]
fn writes_alone_until_it_is_killed() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let log = Log::open_directory(Path::new(&directory), ALONE, |_| {}).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    // The number is not known before the append, so the record is told by its sequence alone.
                    let payload = payload(0, log.last() % 100);
                    let sequence = log.append(&[Entry { kind: 0, payload: &payload }]).unwrap();
                    log.commit(sequence).unwrap();
                    say(sequence);
                    if sequence.is_multiple_of(50) {
                        log.truncate_before(sequence - 40).unwrap();
                    }
                }
            });
        }
    });
}

/// Not a test: takes turns with other processes through a lock file.
#[test]
#[ignore = "the child process of the tests beside it"]
fn writes_with_others_until_it_is_killed() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let writer: u64 = std::env::var(WRITER).unwrap().parse().unwrap();
    let lock = File::create(Path::new(&directory).join("writers")).unwrap();
    lock.lock().unwrap();
    let log = Log::open_directory(Path::new(&directory), SHARED, |_| {}).unwrap();
    lock.unlock().unwrap();
    for number in 0.. {
        lock.lock().unwrap();
        log.refresh(Reach::Everything, |_| {}).unwrap();
        let sequence = log.append(&[Entry { kind: 1, payload: &payload(writer, number) }]).unwrap();
        log.commit(sequence).unwrap();
        lock.unlock().unwrap();
        say(number);
    }
}

fn start(test: &str, directory: &Path, writer: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(DIRECTORY, directory)
        .env(WRITER, writer.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Listens until `count` commits were said, kills, and returns the highest number ever said.
fn kill_after(child: &mut Child, count: usize) -> (usize, Option<u64>) {
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let (mut heard, mut highest, mut line) = (0, None, String::new());
    loop {
        if heard == count {
            child.kill().unwrap();
        }
        line.clear();
        if said.read_line(&mut line).unwrap() == 0 {
            break;
        }
        // Lines are shorter than PIPE_BUF and written in one call, so a kill cuts none.
        if let Some(number) = line.trim_end().rsplit_once("committed ").map(|(_, number)| number) {
            highest = highest.max(Some(number.parse::<u64>().unwrap()));
            heard += 1;
        }
    }
    assert!(!child.wait().unwrap().success());
    (heard, highest)
}

fn rounds(usual: usize) -> usize {
    std::env::var("SEGLOG_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

#[test]
fn a_killed_process_loses_nothing_that_it_said_was_committed() {
    let directory = tempfile::tempdir().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut commits = 0;
    for round in 0..rounds(15) {
        let mut child = start("kill::writes_alone_until_it_is_killed", directory.path(), 0);
        let (heard, highest) = kill_after(&mut child, rng.random_range(1..400));
        commits += heard;
        let mut next = None;
        let log = Log::open_directory(directory.path(), ALONE, |record| {
            assert!(next.is_none_or(|next| next == record.sequence), "round {round}: a gap");
            assert_eq!(record.payload.len() as u64, 16 + record.payload[8] as u64, "round {round}");
            next = Some(record.sequence + 1);
        });
        let last = log.unwrap().last();
        assert!(highest.is_some_and(|highest| highest <= last), "round {round}: {highest:?} of {last}");
    }
    println!("{} kills, {commits} commits", rounds(15));
}

#[test]
fn killed_processes_that_take_turns_lose_nothing_that_they_said_was_committed() {
    let directory = tempfile::tempdir().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let said = Mutex::new(Vec::new());
    let mut writer = 0;
    for _ in 0..rounds(6) {
        let counts: Vec<usize> = (0..3).map(|_| rng.random_range(1..150)).collect();
        std::thread::scope(|scope| {
            for count in counts {
                writer += 1;
                let (path, said) = (directory.path(), &said);
                scope.spawn(move || {
                    let test = "kill::writes_with_others_until_it_is_killed";
                    let (_, highest) = kill_after(&mut start(test, path, writer), count);
                    said.lock().unwrap().push((writer, highest.unwrap()));
                });
            }
        });
        let mut found = vec![0u64; writer as usize + 1];
        Log::open_directory(directory.path(), SHARED, |record| {
            let (writer, rest) = record.payload.split_first_chunk().unwrap();
            let writer = u64::from_le_bytes(*writer);
            let number = u64::from_le_bytes(*rest.first_chunk().unwrap());
            assert_eq!(record.payload, payload(writer, number));
            assert_eq!(found[writer as usize], number, "writer {writer} wrote in this order");
            found[writer as usize] += 1;
        })
        .unwrap();
        for (writer, highest) in said.lock().unwrap().iter() {
            assert!(found[*writer as usize] > *highest, "writer {writer} said {highest}");
        }
    }
    println!("{writer} processes killed");
}
