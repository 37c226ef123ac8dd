//! What one iteration asks of the kernel: page faults, as the kernel counts them, and system calls, as strace does.
//!
//! Both come from the difference of two processes that did unlike numbers of iterations.

use std::collections::BTreeMap;
use std::path::Path;

use lab_core::model::Reading;
use lab_core::profile::{Amounts, read_strace, slopes};

use crate::duel::{Context, Done, Sitting, Stopped, Through};

/// The signals that are page faults.
const FAULTS: [&str; 2] = ["faults_minor_count", "faults_major_count"];

/// env(1), which becomes the benchmark: a program in between that costs the same in both processes.
const ENV: &str = "/usr/bin/env";

/// Page faults of one iteration. The inner error is the second half of a sentence about the benchmark.
///
/// # Errors
/// [`Stopped`].
pub(super) fn page_faults(
    context: &Context<'_>,
    sitting: &Sitting<'_>,
) -> Result<Result<f64, String>, Stopped> {
    let through =
        Through { program: Path::new(ENV), name: "env", arguments: Vec::new(), is_simulated: false };
    let read = |done: &Done| {
        let count = |id: &str| match done.completed.signals.get(id) {
            Some(Reading::Value(value)) => Some((id.to_owned(), *value)),
            _ => None,
        };
        let by_name: BTreeMap<String, f64> = FAULTS.into_iter().filter_map(count).collect();
        (!by_name.is_empty()).then_some(by_name).ok_or_else(|| "its page faults were not counted".to_owned())
    };
    Ok(twice(context, sitting, &through, &read)?.map(|each| each.values().sum::<f64>().max(0.0)))
}

/// System calls of one iteration by name, those that it makes. The inner error is as above.
///
/// # Errors
/// [`Stopped`].
pub(super) fn calls(
    context: &Context<'_>,
    sitting: &Sitting<'_>,
    strace: &Path,
    folder: &Path,
) -> Result<Result<BTreeMap<String, f64>, String>, Stopped> {
    let path = folder.join("calls.txt");
    let arguments = ["-f", "-qq", "-c", "-U", "name,calls", "-o"].map(str::to_owned);
    let through = Through {
        program: strace,
        name: "strace",
        arguments: arguments.into_iter().chain([path.to_string_lossy().into_owned()]).collect(),
        is_simulated: true,
    };
    let read = |_: &Done| {
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("ran, and {} could not be read: {error}", path.display()))?;
        read_strace(&text).ok_or_else(|| "ran, and strace counted nothing".to_owned())
    };
    let each = twice(context, sitting, &through, &read)?;
    let _ = std::fs::remove_file(&path);
    // A call or two more in one process than in the other is its allocator's or its harness's.
    Ok(each.map(|each| each.into_iter().filter(|(_, count)| *count > 1e-3).collect()))
}

/// Amounts by name that are read of a process.
pub(super) type Read<'a> = dyn Fn(&Done) -> Result<BTreeMap<String, f64>, String> + 'a;

/// Amounts of one iteration, from a process and one of three times as many iterations.
pub(super) fn twice(
    context: &Context<'_>,
    sitting: &Sitting<'_>,
    through: &Through<'_>,
    read: &Read<'_>,
) -> Result<Result<BTreeMap<String, f64>, String>, Stopped> {
    let mut processes = [Amounts::default(), Amounts::default()];
    for (process, multiple) in processes.iter_mut().zip([1, 3]) {
        let done = match sitting.order(context, through, multiple)? {
            Ok(done) => done,
            Err(why) => return Ok(Err(why)),
        };
        let by_name = match read(&done) {
            Ok(by_name) => by_name,
            Err(why) => return Ok(Err(why)),
        };
        *process = Amounts { iterations: done.iterations, by_name };
    }
    let [fewer, more] = processes;
    Ok(slopes(&fewer, &more).ok_or_else(|| "does not do more iterations when it is asked for more".into()))
}
