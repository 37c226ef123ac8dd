//! `rivals`: the table of bench-lab beside other tools, by one command.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bench_lab::host::lock::{self, Waiting};
use bench_lab::host::probe::{self, LiveReadings};
use bench_lab::host::sysfs::SysRoot;
use bench_lab::host::{revision, topology};
use bench_lab::runner::{affinity, launch};
use clap::{Parser, Subcommand};
use jiff::Timestamp;
use rivals::error::Error;
use rivals::journal::{self, Content, Journal};
use rivals::measure::{installed, presence};
use rivals::progress::Progress;
use rivals::record::{Line, Presence, Session};
use rivals::schedule::Schedule;
use rivals::session::Play;
use rivals::side::WORKLOADS;
use rivals::stage::Stage;
use rivals::table;
use rivals::tool::Tool;

/// Measure bench-lab beside other tools, on this machine: false alarms, planted slowdowns found, seconds
///
/// Every tool compares the same workloads in the same session: with nothing planted (A/A), and with 1, 2 and 5 % more
/// work in the candidate. Rounds of about a minute give each tool its share of the time; the order within a round is
/// drawn by lot. Both sides of a comparison are copies of one executable, pinned to one CPU, except tango's, which run at
/// once. The host is not tuned. Nothing else may measure meanwhile: the host lock is taken as `bench-lab` takes it.
#[derive(Parser, Debug)]
#[command(
    version,
    after_help = "\
Examples:
  cargo run --release --manifest-path rivals/Cargo.toml -- --minutes 40
  cargo run --release --manifest-path rivals/Cargo.toml -- --tools lab_divan,divan --workloads hash,sort --minutes 5
  cargo run --release --manifest-path rivals/Cargo.toml -- table FILE

hyperfine and critcmp take part where they are installed; a tool that is missing has a row that says so."
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Subcommands>,
    /// How long to measure; the comparison that runs then is finished
    #[arg(long, value_name = "MINUTES", default_value_t = 40.0, value_parser = minutes)]
    minutes: f64,
    /// The new file that keeps every comparison as it ends [default: below rivals/target]
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    json: Option<PathBuf>,
    /// Go on with a file: what it holds counts too
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Which tools, of lab_divan, lab_criterion, criterion, criterion_short, divan, tango, hyperfine [default: all but
    /// criterion_short]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    tools: Vec<String>,
    /// Which workloads, of hash, sort, map, alloc, memcpy, parse [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    workloads: Vec<String>,
    /// Seed of every draw [default: from the clock, and stored]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// The CPU to pin to [default: the last one allowed]
    #[arg(long, value_name = "NUMBER")]
    cpu: Option<u32>,
    /// Wait so many seconds for another session on this host to end
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u64,
}

#[derive(Subcommand, Debug)]
enum Subcommands {
    /// Print the table of a file that was measured before
    Table {
        /// The file
        file: PathBuf,
    },
}

fn main() -> ExitCode {
    // bench-lab's spawner starts its processes through this program.
    if launch::is_launch(env::args_os().nth(1).as_deref()) {
        return launch::main();
    }
    let arguments = Arguments::parse();
    let text = match &arguments.command {
        Some(Subcommands::Table { file }) => journal::read(file).map(|content| table::markdown(&content)),
        None => measure(&arguments),
    };
    let said = match &text {
        Ok(text) => io::stdout().lock().write_all(text.as_bytes()),
        Err(error) => writeln!(io::stderr().lock(), "error: {error}"),
    };
    if text.is_ok() && said.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

fn measure(arguments: &Arguments) -> Result<String, Error> {
    let tools = arguments.tools()?;
    let workloads = arguments.workloads()?;
    let stop = stopped_by_signals()?;
    let mut progress = Progress::new();
    let path = arguments.resume.clone().unwrap_or_else(|| arguments.file());
    // What is wrong with the file is said before anything is built, and no file is begun before all else is ready.
    if arguments.resume.is_some() {
        journal::read(&path)?;
    } else if path.exists() {
        return Err(Error::Exists(path));
    }
    let cpu = arguments.cpu()?;
    let stage = Stage::build(cpu, stop.clone())?;
    let waiting = match arguments.wait {
        0 => Waiting::Refuse,
        seconds => Waiting::UpTo(Duration::from_secs(seconds)),
    };
    let _lock = lock::acquire(waiting)?;
    affinity::keep_off(&[cpu], None).map_err(|source| Error::Pin { cpu, source })?;
    let (mut journal, mut content) = match arguments.resume {
        Some(_) => Journal::resume(&path)?,
        None => (Journal::create(&path)?, Content::default()),
    };
    let seed = arguments.seed.unwrap_or_else(|| Timestamp::now().as_nanosecond() as u64);
    let session = session(&tools, cpu, seed, &stop);
    let present: Vec<Tool> =
        tools.into_iter().filter(|tool| matches!(session.tools[tool], Presence::Version(_))).collect();
    let has_critcmp = matches!(session.critcmp, Some(Presence::Version(_)));
    journal.append(&Line::Session(Box::new(session.clone())))?;
    content.sessions.push(session);
    progress.say(&format!("measuring on CPU {cpu}; comparisons are kept in {}", journal.path().display()));

    // A resumed session draws anew: the same seed would give the same comparisons their old luck.
    let schedule = Schedule::new(&present, &workloads, seed ^ content.comparisons.len() as u64);
    let time = Duration::from_secs_f64(arguments.minutes * 60.0);
    Play { stage: &stage, schedule, has_critcmp, time }.run(&mut journal, &mut content, &mut progress)?;
    progress.clear();
    Ok(table::markdown(&content))
}

/// The circumstances.
fn session(tools: &[Tool], cpu: u32, seed: u64, stop: &AtomicBool) -> Session {
    let root = SysRoot::live();
    let environment = probe::environment(&root, &topology::read(&root), &LiveReadings::take());
    let text = |name: &str| environment.text(name).map(str::to_owned);
    let source = revision::read(Path::new(env!("CARGO_MANIFEST_DIR"))).revision;
    let load = root.read("/proc/loadavg").ok();
    let words: Vec<String> = env::args().skip(1).collect();
    Session {
        started_at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        version: env!("CARGO_PKG_VERSION").into(),
        machine: text("machine.name").unwrap_or_else(|| "an unknown machine".into()),
        kernel: text("kernel.release"),
        commit: source.commit,
        is_dirty: source.is_dirty == Some(true),
        command: format!("rivals {}", words.join(" ")).trim().to_owned(),
        seed,
        cpu,
        load: load.and_then(|text| text.split_whitespace().next()?.parse().ok()),
        tools: tools.iter().map(|tool| (*tool, presence(*tool, stop))).collect::<BTreeMap<_, _>>(),
        critcmp: tools.contains(&Tool::Criterion).then(|| installed("critcmp", stop)),
    }
}

/// Raised by Ctrl-C and by a polite kill.
fn stopped_by_signals() -> Result<Arc<AtomicBool>, Error> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, stop.clone())
            .map_err(Error::file("handle signals of", "/proc/self"))?;
    }
    Ok(stop)
}

impl Arguments {
    fn tools(&self) -> Result<Vec<Tool>, Error> {
        if self.tools.is_empty() {
            return Ok(Tool::ALL.into_iter().filter(|tool| tool.is_usual()).collect());
        }
        let known = || Tool::ALL.map(Tool::id).join(", ");
        let unknown = |name: &String| Error::Unknown { kind: "tool", name: name.clone(), known: known() };
        self.tools.iter().map(|name| Tool::of_id(name).ok_or_else(|| unknown(name))).collect()
    }

    fn workloads(&self) -> Result<Vec<&'static str>, Error> {
        if self.workloads.is_empty() {
            return Ok(WORKLOADS.to_vec());
        }
        let unknown = |name: &String| Error::Unknown {
            kind: "workload",
            name: name.clone(),
            known: WORKLOADS.join(", "),
        };
        let find = |name: &String| WORKLOADS.into_iter().find(|known| known == name);
        self.workloads.iter().map(|name| find(name).ok_or_else(|| unknown(name))).collect()
    }

    fn file(&self) -> PathBuf {
        let name = || format!("{}.jsonl", Timestamp::now().strftime("%Y%m%dT%H%M%SZ"));
        let folder = || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/rivals");
        self.json.clone().unwrap_or_else(|| folder().join(name()))
    }

    fn cpu(&self) -> Result<u32, Error> {
        let allowed = affinity::allowed(None).map_err(|source| Error::Pin { cpu: 0, source })?;
        let wanted = self.cpu.or(allowed.last().copied()).unwrap_or(0);
        if allowed.contains(&wanted) {
            return Ok(wanted);
        }
        let source = io::Error::new(io::ErrorKind::NotFound, format!("only {allowed:?} are allowed"));
        Err(Error::Pin { cpu: wanted, source })
    }
}

/// A length of time in minutes, as typed.
fn minutes(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "this is no number of minutes".to_owned())?;
    if (0.01..=24.0 * 60.0).contains(&value) {
        Ok(value)
    } else {
        Err("between 0.01 and 1440 minutes".into())
    }
}
