//! `kill -9` at random moments, and power loss at every byte.
//!
//! What a child said it stored is compared with what is read; nothing is taken from its memory.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bench_lab::store::{Resumed, Store, StoreError};
use lab_core::format::{Damage, invocation_line};
use lab_core::model::State;

use super::child;
use super::sample::{ID, invocation, invocations, run, store};

const KILLS: u32 = 14;
const PLANNED: u32 = 120;

/// Numbers that differ from run to run (xorshift64); the seed is in every failure.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// What a killed child had said.
struct Killed {
    /// Invocations acknowledged, those before it included.
    acknowledged: u32,
    has_resumed: bool,
    is_sealed: bool,
}

/// Starts a child on the store, which holds `before` invocations, and kills it after some acknowledged ones and a
/// moment.
fn measure_and_kill(folder: &Path, before: u32, chance: &mut Chance) -> Killed {
    let mut child = child::command(None, "append", folder).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut killed = Killed { acknowledged: before, has_resumed: false, is_sealed: false };
    let mut note = |line: &str| {
        if let Some(done) = line.strip_prefix("resumed ") {
            assert_eq!(done.parse(), Ok(before), "a resumed Run goes on where it was");
            killed.has_resumed = true;
        } else if let Some(index) = line.strip_prefix("acknowledged ") {
            killed.acknowledged = index.parse::<u32>().unwrap() + 1;
        }
        killed.is_sealed |= line.starts_with("sealed ");
    };
    let patience = chance.below(16);
    for line in said.by_ref().take(usize::try_from(patience).unwrap()) {
        note(&line);
    }
    // Some microseconds more, so that the kill falls into a write or a sync and not only between two.
    for _ in 0..chance.below(300_000) {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    said.for_each(|line| note(&line));
    killed
}

#[test]
fn a_killed_writer_loses_nothing_it_acknowledged_and_the_run_can_be_finished() {
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64 | 1;
    let mut chance = Chance(seed);
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    drop(store.create_run(&run(PLANNED)).unwrap());
    let path = folder.path().join("runs").join(ID).join("invocations.jsonl");
    let mut torn_count = 0;
    let mut found = 0;
    let mut was_torn = false;
    for kill in 0..KILLS {
        let killed = measure_and_kill(folder.path(), found, &mut chance);
        assert!(!killed.is_sealed, "seed {seed}: the Run is too short for {KILLS} kills");
        let stored = store.load("latest").unwrap();
        found = stored.run.invocations.len() as u32;
        let acknowledged = killed.acknowledged;
        // One more may be whole on the disk than was acknowledged.
        assert!(
            found == acknowledged || found == acknowledged + 1,
            "seed {seed}, kill {kill}: {acknowledged} acknowledged, {found} read"
        );
        assert!(stored.run.invocations == invocations(found), "seed {seed}, kill {kill}");
        assert!(stored.damage.iter().all(|damage| matches!(damage, Damage::TornLine { .. })), "seed {seed}");
        // A child that died before it repaired anything leaves the torn line of the kill before.
        let is_torn = !stored.damage.is_empty();
        torn_count += usize::from(is_torn && (killed.has_resumed || !was_torn));
        was_torn = is_torn || kill % 2 == 0;
        if !is_torn && kill % 2 == 0 {
            // A kill spares what the kernel took; a power loss need not. Tear the next line by hand.
            let line = invocation_line(&invocation(found));
            let length = usize::try_from(chance.below(line.len() as u64 - 1)).unwrap() + 1;
            OpenOptions::new().append(true).open(&path).unwrap().write_all(&line[..length]).unwrap();
            torn_count += 1;
        }
    }
    let output = child::command(None, "append", folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let stored = store.load("latest").unwrap();
    assert_eq!(stored.damage, Vec::new(), "seed {seed}");
    assert!(stored.run.invocations == invocations(PLANNED), "seed {seed}");
    let State::Sealed(seal) = stored.run.state else { panic!("seed {seed}: not sealed") };
    assert_eq!(seal.invocation_count, PLANNED);
    let torn = stored.run.warnings.iter().filter(|warning| warning.kind == "torn_line").count();
    // A kill between telling and cutting makes it told of twice.
    assert!(torn >= torn_count, "seed {seed}: {torn_count} torn lines, {torn} told of");
    assert!(torn_count >= 5, "seed {seed}: only {torn_count} torn lines were repaired");
}

#[test]
fn a_run_cut_at_every_byte_keeps_every_whole_line_and_can_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let mut open = store.create_run(&run(3)).unwrap();
    for invocation in invocations(3) {
        open.append(&invocation).unwrap();
    }
    drop(open);
    let path = folder.path().join("runs").join(ID).join("invocations.jsonl");
    let whole = fs::read(&path).unwrap();
    for cut in 0..=whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let lines = whole[..cut].iter().filter(|byte| **byte == b'\n').count() as u32;
        let stored = store.load("latest").unwrap();
        assert!(stored.run.invocations == invocations(lines), "cut at {cut}");
        let is_torn = cut > 0 && whole[cut - 1] != b'\n';
        assert_eq!(stored.damage.len(), usize::from(is_torn), "cut at {cut}");
        if cut % 41 > 0 {
            continue;
        }
        let mut resumed = resume_when_free(&store);
        assert!(resumed.stored.run.invocations == invocations(lines), "cut at {cut}");
        assert_eq!(resumed.stored.damage, Vec::new(), "cut at {cut}");
        resumed.open.append(&invocation(lines)).unwrap();
        assert!(store.load("latest").unwrap().run.invocations == invocations(lines + 1), "cut at {cut}");
    }
}

#[test]
fn a_torn_line_is_kept_beside_and_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    drop(store.create_run(&run(3)).unwrap());
    let run_folder = folder.path().join("runs").join(ID);
    // A tail longer than one block of the search for its start, with zeros as a file system may leave them.
    let tail = vec![0; 200_000];
    let mut bytes = invocation_line(&invocation(0));
    bytes.extend(&tail);
    fs::write(run_folder.join("invocations.jsonl"), bytes).unwrap();
    fs::write(run_folder.join("warnings.jsonl"), "{\"format\":1,\"ki").unwrap();
    drop(store.resume("latest").unwrap());
    assert_eq!(fs::read(run_folder.join("torn-1.bin")).unwrap(), b"{\"format\":1,\"ki");
    assert!(fs::read(run_folder.join("torn-2.bin")).unwrap() == tail);
    let stored = store.load("latest").unwrap();
    assert_eq!((stored.run.invocations.len(), stored.damage), (1, Vec::new()));
    let told: Vec<&str> = stored.run.warnings.iter().map(|warning| warning.subject.as_str()).collect();
    assert_eq!(told, ["warnings.jsonl", "invocations.jsonl"]);
    // A second resume finds nothing to repair.
    drop(store.resume("latest").unwrap());
    assert!(!run_folder.join("torn-3.bin").exists());
}

/// A child that a test beside this one forks holds our lock's descriptor too, until its `exec` closes it.
fn resume_when_free(store: &Store) -> Resumed {
    for _ in 0..500 {
        match store.resume("latest") {
            Err(StoreError::InUse { .. }) => std::thread::sleep(Duration::from_millis(10)),
            other => return other.unwrap(),
        }
    }
    panic!("the Run stays in use");
}
