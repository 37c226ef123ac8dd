//! What `perf script -F comm,tid,time,period,event,ip,sym,dso` prints: a head per sample, a line per frame, leaf first.
//!
//! It reads text that is handed in; a line that it does not understand is an error with its number.

use super::stacks::Stacks;

/// Events whose period is nanoseconds of processor time (perf-list(1)).
const CLOCKS: [&str; 2] = ["cpu-clock", "task-clock"];

/// Names of frames that perf could not resolve.
const UNKNOWN: &str = "[unknown]";

/// A text that is none of perf's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// It holds no sample.
    #[error("perf took no sample")]
    Empty,
    /// One line makes no sense.
    #[error("line {line} of perf script cannot be read: {text:?}")]
    Line {
        /// From 1.
        line: usize,
        /// As printed.
        text: String,
    },
}

/// Reads all samples.
///
/// # Errors
/// [`ScriptError`].
pub fn read_script(text: &str) -> Result<Stacks, ScriptError> {
    let mut stacks: Option<Stacks> = None;
    let mut frames: Vec<String> = Vec::new();
    let mut is_inside = false;
    let mut first = None;
    for (index, line) in text.lines().enumerate() {
        let unreadable = || ScriptError::Line { line: index + 1, text: line.into() };
        if line.trim().is_empty() {
            finish(&mut stacks, &mut frames, &mut is_inside);
        } else if line.starts_with([' ', '\t']) && is_inside {
            frames.push(frame(line).ok_or_else(unreadable)?);
        } else if !line.starts_with('#') {
            finish(&mut stacks, &mut frames, &mut is_inside);
            let Head { event, period, seconds } = head(line).ok_or_else(unreadable)?;
            let period_ns = CLOCKS.contains(&event).then_some(period);
            let stacks = stacks.get_or_insert_with(|| Stacks::new(event, period_ns));
            stacks.span_ns = (seconds - *first.get_or_insert(seconds)) * 1e9;
            is_inside = true;
        }
    }
    finish(&mut stacks, &mut frames, &mut is_inside);
    stacks.ok_or(ScriptError::Empty)
}

fn finish(stacks: &mut Option<Stacks>, frames: &mut Vec<String>, is_inside: &mut bool) {
    if std::mem::take(is_inside)
        && let Some(stacks) = stacks
    {
        frames.reverse();
        if frames.is_empty() {
            frames.push(UNKNOWN.into());
        }
        stacks.add(std::mem::take(frames));
    }
}

/// The head of one sample.
struct Head<'a> {
    event: &'a str,
    period: u64,
    seconds: f64,
}

/// Reads `name 4711 36312.647027:    1003009 cpu-clock:ppp: `; the name may hold blanks.
fn head(line: &str) -> Option<Head<'_>> {
    let (before, rest) = line.split_once(": ")?;
    let seconds = before.rsplit(' ').next()?.parse().ok()?;
    let mut words = rest.split_whitespace();
    let period = words.next()?.parse().ok()?;
    let event = words.next()?.trim_end_matches(':');
    // Behind the name stand modifiers: `cpu-clock:ppp`.
    Some(Head { event: event.split(':').next()?, period, seconds })
}

/// The function of `    e29b _dl_relocate_object (/usr/lib/ld.so)`, marked when it is the kernel's.
fn frame(line: &str) -> Option<String> {
    let (_, rest) = line.trim_start().split_once(' ')?;
    let rest = rest.trim_end().strip_suffix(')')?;
    let (mut symbol, mut object) = rest.rsplit_once(" (")?;
    if object.starts_with("deleted") {
        // A library that was replaced: `name (/path (deleted))`.
        (symbol, object) = symbol.rsplit_once(" (")?;
    }
    let is_kernel = object.starts_with("[kernel") || object.starts_with("[guest.kernel");
    let name = match symbol.trim() {
        UNKNOWN | "" => match object.rsplit('/').next() {
            Some(file) if file != "unknown" && !file.starts_with('[') => format!("[{file}]"),
            _ if is_kernel => "[kernel]".into(),
            _ => UNKNOWN.into(),
        },
        symbol => plain(symbol),
    };
    Some(if is_kernel { format!("{name}_[k]") } else { name })
}

/// Without the compiler's hash and the linker's version, and without the signs that part frames from each other.
fn plain(symbol: &str) -> String {
    let symbol = symbol.split("@@").next().unwrap_or(symbol);
    let symbol = match symbol.rsplit_once("::h") {
        Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => name,
        _ => symbol,
    };
    symbol.replace(';', ":")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Captured from perf 6.1, shortened.
    const SAID: &str = include_str!("../../tests/fixtures/profile/script.txt");

    fn read(text: &str) -> Vec<(String, u64)> {
        read_script(text).unwrap().iter().map(|(stack, count)| (stack.join(";"), count)).collect()
    }

    #[test]
    fn what_perf_printed_becomes_stacks_root_first() {
        let stacks = read_script(SAID).unwrap();
        assert_eq!((stacks.event.as_str(), stacks.period_ns), ("cpu-clock", Some(1_003_009)));
        assert!((stacks.span_ns - 31_112_000.0).abs() < 1000.0, "{}", stacks.span_ns);
        let leaves: Vec<&str> = stacks.iter().map(|(stack, _)| stack.last().unwrap().as_str()).collect();
        assert!(leaves.contains(&"__vdso_clock_gettime"), "{leaves:?}");
        assert!(stacks.iter().any(|(stack, _)| stack.iter().any(|frame| frame == "handle_mm_fault_[k]")));
        assert!(stacks.iter().all(|(stack, _)| stack[0] == "_start"), "{stacks:?}");
        assert_eq!(
            stacks.sample_count(),
            SAID.lines().filter(|line| line.contains("cpu-clock")).count() as u64
        );
    }

    #[test]
    fn names_lose_hashes_and_versions_and_what_is_unknown_says_where_it_is() {
        let said = "a b 1 2.5:   100 cycles:u: \n\
            \t  10 core::fmt::write::h0123456789abcdef (/bin/x)\n\
            \t  11 clock_gettime@@GLIBC_2.17 (/lib/libc.so.6)\n\
            \t  12 <T as a::B<[u8; 4]>>::c (/bin/x (deleted))\n\
            \t  13 [unknown] (/lib/odd name.so)\n\
            \t  14 [unknown] ([unknown])\n\n\
            a b 1 2.6:   100 cycles:u: \n\n";
        let stacks = read(said);
        assert_eq!(stacks[0].0, "[unknown]");
        assert_eq!(
            stacks[1].0,
            "[unknown];[odd name.so];<T as a::B<[u8: 4]>>::c;clock_gettime;core::fmt::write"
        );
        assert_eq!(read_script(said).unwrap().period_ns, None);
    }

    #[test]
    fn what_is_no_output_of_perf_is_refused_with_its_line() {
        assert_eq!(read_script(""), Err(ScriptError::Empty));
        assert_eq!(read_script("# comment\n"), Err(ScriptError::Empty));
        let odd = read_script("a 1 2.5:  100 cycles: \nnonsense\n").unwrap_err();
        assert_eq!(odd.to_string(), "line 2 of perf script cannot be read: \"nonsense\"");
    }
}
