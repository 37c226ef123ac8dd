//! divan in a duel: several of its samples make a slice, and its clock reads are known by their number.
//!
//! divan names a benchmark on standard output, probes its own cost, and then reads the clock twice a sample and never
//! else. Nothing here relies on how many probes there are: a survey counts them.

use turnstile::listener::Pattern;
use turnstile::mapping::Entry;

use super::leaf::{Leaf, SAMPLE_SIZE};
use super::table::{self, Row};
use super::{ExternalTime, reading, run_command};
use crate::harness::duelist::{Duelist, Plan, Score, Trial, Unfit, Wish};
use crate::harness::{Request, Selection};
use crate::runner::command::Captured;

/// Clock reads of one sample.
const READS: usize = 2;

/// What divan may subtract per iteration for its own loop and for counting allocations, in nanoseconds, before what
/// it prints is taken for another thing than what was recorded.
const OVERHEAD_NS: f64 = 20.0;

/// No process samples longer, in seconds: its limit is the runner's.
pub(super) const FOR_EVER: &str = "86400";

/// Half of what is recorded at least must be in what is printed.
const PRINTED_SHARE_MIN: f64 = 0.5;

/// The only thing about divan's duel that has a state is its processes.
pub(super) struct InTurns;

impl Duelist for InTurns {
    fn plan(&self, sides: [&Trial<'_>; 2], wish: &Wish) -> Result<[Plan; 2], Unfit> {
        for side in sides {
            check(&side.request)?;
        }
        // Both sides have the same settings by now.
        let size = |side: &Trial<'_>| side.request.benchmarks[0].calibration.0.get(SAMPLE_SIZE)?.parse().ok();
        let Some(size) = sides.into_iter().filter_map(size).min() else {
            return Err(Unfit::new("its pilot showed no sample size"));
        };
        let size: u64 = wish.slice_iterations.min(size).max(1);
        let samples_per_slice = wish.slice_iterations.div_ceil(size).max(1);
        let slice_count = u64::from(wish.round_count + wish.discarded_count);
        let plan = |side: &Trial<'_>| {
            let (size, count) = (size.to_string(), (samples_per_slice * slice_count).to_string());
            let bounds = ["--sample-size", &size, "--sample-count", &count, "--min-time", "0"];
            let bounds = bounds.into_iter().chain(["--max-time", FOR_EVER]).map(str::to_owned).collect();
            Plan {
                arguments: run_command(&side.request, bounds, ExternalTime::Skipped).arguments,
                iterations: vec![size_of_slice(samples_per_slice, &size); slice_count as usize],
                solo_count: 0,
                warm_up_step_ns: 0,
                is_cut_short: false,
            }
        };
        Ok(sides.map(plan))
    }

    fn score(
        &self,
        request: &Request<'_>,
        plan: &Plan,
        captured: &Captured,
        log: &[Entry],
    ) -> Result<Score, Unfit> {
        let text = captured.stdout_text();
        let rows = table::rows(&text);
        let row = own_row(request, &rows)?;
        let iteration_count: u64 = plan.iterations.iter().sum();
        if row.time.iteration_count != iteration_count {
            let text = format!("ran {} iterations instead of {iteration_count}", row.time.iteration_count);
            return Err(Unfit(text));
        }
        let sample_count = row.time.sample_count as usize;
        let (output_count, reads) = last_stretch(log, sample_count * READS)
            .ok_or_else(|| Unfit::new("does not read the clock twice a sample"))?;
        let skip_reads = reads.len() - sample_count * READS;
        let walls: Vec<u64> =
            reads[skip_reads..].chunks(READS).map(|pair| pair[1].saturating_sub(pair[0])).collect();
        compare(row, &walls)?;
        Ok(Score {
            pattern: Pattern {
                output_count,
                skip_reads: skip_reads as u32,
                slice_count: plan.iterations.len() as u32,
                ..Pattern::default()
            },
            pairs: vec![(sample_count / plan.iterations.len()) as u32; plan.iterations.len()],
            iterations: plan.iterations.clone(),
        })
    }

    fn confirm(
        &self,
        request: &Request<'_>,
        _plan: &Plan,
        captured: &Captured,
        walls_ns: &[u64],
    ) -> Result<(), Unfit> {
        let text = captured.stdout_text();
        compare(own_row(request, &table::rows(&text))?, walls_ns)
    }
}

fn check(request: &Request<'_>) -> Result<(), Unfit> {
    let [record] = request.benchmarks else { return Err(Unfit::new("shares its process with others")) };
    if request.selection != Selection::Each {
        return Err(Unfit::new("cannot be run alone: its target's main ignores filters"));
    }
    if record.id.occurrence > 1 {
        return Err(Unfit::new("has a name that another benchmark has too"));
    }
    if Leaf::of(record).threads.is_some_and(|count| count > 1) {
        return Err(Unfit::new("is timed on several threads at once"));
    }
    Ok(())
}

fn size_of_slice(samples: u64, size: &str) -> u64 {
    samples * size.parse::<u64>().unwrap_or(1)
}

pub(super) fn own_row<'a, 'b>(request: &Request<'_>, rows: &'b [Row<'a>]) -> Result<&'b Row<'a>, Unfit> {
    let own = reading::matched(request.benchmarks, rows).into_iter().next().flatten();
    own.map(|index| &rows[index]).ok_or_else(|| Unfit::new("printed no row that can be read"))
}

/// The clock reads between two outputs where a process last made so many, and how many outputs came before them.
fn last_stretch(log: &[Entry], least: usize) -> Option<(u32, Vec<u64>)> {
    let mut stretches: Vec<Vec<u64>> = vec![Vec::new()];
    for entry in log {
        match entry {
            Entry::Read { at_ns } => stretches.last_mut()?.push(*at_ns),
            Entry::Output => stretches.push(Vec::new()),
            Entry::WarmUp | Entry::Measuring => {}
        }
    }
    let place = stretches.iter().rposition(|reads| reads.len() >= least)?;
    // Before the first output divan has not named the benchmark.
    (place > 0).then(|| Some((u32::try_from(place).ok()?, stretches.swap_remove(place))))?
}

/// Compares what divan prints with what was recorded: less than it by no more than the cost that divan subtracts.
fn compare(row: &Row<'_>, walls_ns: &[u64]) -> Result<(), Unfit> {
    let iterations = row.time.iteration_count as f64;
    let recorded = walls_ns.iter().sum::<u64>() as f64 / iterations;
    let printed = &row.time.mean;
    let is_at_most = printed.value <= recorded + printed.step;
    let is_at_least = printed.value >= recorded * PRINTED_SHARE_MIN - OVERHEAD_NS;
    if is_at_most && is_at_least {
        return Ok(());
    }
    Err(Unfit(format!(
        "says a mean of {}, and the clock reads taken for its samples make {recorded:.1} ns: something else in its \
         process reads the clock, or several threads are timed at once",
        printed.text
    )))
}
