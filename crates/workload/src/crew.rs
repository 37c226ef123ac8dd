//! Lets several threads work at the same time, and says how long they took together.
//!
//! It must never let a figure depend on when the thread that asked is run again: it competes with the crew for the
//! CPUs. The clock is that of the crew, from when the first begins to when the last has ended.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Where the threads of a crew run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Each on one CPU of those that the process may use, one after the other, so that no CPU has two while another
    /// has none. For threads that never wait: left alone, the scheduler starts two threads on one CPU often enough, and
    /// needs milliseconds to part them, which is what would be measured.
    Spread,
    /// Where the scheduler puts them. For threads that wait for a disk or for each other.
    Free,
}

/// Runs `work` for every member of the crew, each on a thread of its own, and returns the time from when the first
/// begins to when the last has ended. They begin together: none before all of them run.
///
/// # Panics
/// When the work of one panics, or a thread cannot be made.
pub fn together<M: Send>(placement: Placement, crew: &mut [M], work: impl Fn(&mut M) + Sync) -> Duration {
    let (count, ready) = (crew.len(), AtomicUsize::new(0));
    let (ready, work) = (&ready, &work);
    let times: Vec<(Instant, Instant)> = thread::scope(|scope| {
        let run = |(number, member)| {
            scope.spawn(move || {
                if placement == Placement::Spread {
                    settle_on(number);
                }
                ready.fetch_add(1, Ordering::AcqRel);
                // Not a barrier that sleeps: being woken takes longer than many a piece of work.
                while ready.load(Ordering::Acquire) < count {
                    thread::yield_now();
                }
                let begin = Instant::now();
                work(member);
                (begin, Instant::now())
            })
        };
        let threads: Vec<_> = crew.iter_mut().enumerate().map(run).collect();
        threads.into_iter().map(|thread| thread.join().expect("no work panics")).collect()
    });
    let first = times.iter().map(|(begin, _)| *begin).min();
    let last = times.iter().map(|(_, end)| *end).max();
    first.zip(last).map_or(Duration::ZERO, |(first, last)| last - first)
}

/// Binds the calling thread to one of its CPUs. Where that is refused it stays free, as it is elsewhere than on Linux.
#[cfg(target_os = "linux")]
fn settle_on(number: usize) {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let Ok(allowed) = sched_getaffinity(None) else { return };
    let mut cpus = (0..CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu));
    if let Some(cpu) = cpus.nth(number % (allowed.count() as usize).max(1)) {
        let mut own = CpuSet::new();
        own.set(cpu);
        let _ = sched_setaffinity(None, &own);
    }
}

#[cfg(not(target_os = "linux"))]
fn settle_on(_number: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_from_the_first_beginning_to_the_last_end() {
        for placement in [Placement::Spread, Placement::Free] {
            let now = Instant::now();
            // More than there are CPUs: some begin late.
            let mut crew = [(0_u64, now, now); 9];
            for (number, member) in crew.iter_mut().enumerate() {
                member.0 = number as u64;
            }
            let whole = Instant::now();
            let taken = together(placement, &mut crew, |(number, begin, end)| {
                *begin = Instant::now();
                thread::sleep(Duration::from_micros(300 * *number));
                *end = Instant::now();
            });
            let whole = whole.elapsed();
            let begin = crew.iter().map(|member| member.1).min().expect("there are nine");
            let end = crew.iter().map(|member| member.2).max().expect("there are nine");
            assert!(taken >= end - begin, "{taken:?} for {:?}", end - begin);
            assert!(taken <= whole, "{taken:?} of {whole:?}");
        }
    }

    #[test]
    fn nobody_begins_before_all_are_there() {
        let arrived = AtomicUsize::new(0);
        let mut seen = [0; 6];
        // Each sees a peer's work only after its own has begun, so all must have been let go at once.
        together(Placement::Free, &mut seen, |seen| {
            arrived.fetch_add(1, Ordering::SeqCst);
            while arrived.load(Ordering::SeqCst) < 6 {
                thread::yield_now();
            }
            *seen = arrived.load(Ordering::SeqCst);
        });
        assert_eq!(seen, [6; 6]);
        assert_eq!(together(Placement::Free, &mut [(); 0], |()| {}), Duration::ZERO);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_crew_that_is_spread_has_each_cpu_in_turn_and_leaves_the_caller_free() {
        use rustix::thread::{CpuSet, sched_getaffinity};
        let cpus = |set: &CpuSet| (0..CpuSet::MAX_CPU).filter(|&cpu| set.is_set(cpu)).collect::<Vec<_>>();
        let own = || sched_getaffinity(None).expect("a thread may ask for its own CPUs");
        let allowed = cpus(&own());
        let mut found = vec![Vec::new(); 2 * allowed.len()];
        together(Placement::Spread, &mut found, |found| *found = cpus(&own()));
        assert_eq!(found.concat(), [allowed.clone(), allowed.clone()].concat());
        assert_eq!(cpus(&own()), allowed);
        together(Placement::Free, &mut found, |found| *found = cpus(&own()));
        assert!(found.iter().all(|free| *free == allowed));
    }
}
