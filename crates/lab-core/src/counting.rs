//! Instructions of one iteration from the counts of whole processes: how many iterations they are to do, and what
//! their difference says.
//!
//! A process also starts up, sets up and ends; that is the same for any number of iterations and drops out of the
//! difference of two. Three processes give two differences, and where those do not agree there is no number.

use crate::model::Counted;

/// Time of the iterations of the shortest of the three processes, natively. Callgrind takes about fifty times as long
/// (valgrind's manual, "Callgrind: a call-graph generating cache and branch prediction profiler").
const NATIVE_NS: f64 = 5e6;

/// Two differences that lie further apart than this, as a share, are no count.
const SPREAD_MAX: f64 = 0.001;

/// One process: its iterations and all of its instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tallied {
    /// Iterations that its harness says it did.
    pub iterations: u64,
    /// Instructions from its first to its last.
    pub instructions: u64,
}

/// Why three processes give no count: the second half of a sentence about the benchmark.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NotCountable {
    /// It cannot be told how much to do.
    #[error("does not do more iterations when it is asked for more ({0}, {1} and {2})")]
    NoMore(u64, u64, u64),
    /// Its instructions do not grow with its iterations.
    #[error("executes no more instructions in more iterations")]
    NoGrowth,
    /// Two counts of an iteration lie too far apart.
    #[error(
        "executes another number of instructions each time: {first:.0} and {second:.0} an iteration, \
         {:.2} % apart", spread * 100.0
    )]
    Unsteady {
        /// From the first and second process.
        first: f64,
        /// From the second and third.
        second: f64,
        /// How far they are apart, as a share.
        spread: f64,
    },
}

/// Iterations of the first process; the second and third do twice and three times as many.
pub fn iterations_wanted(iteration_ns: f64) -> u64 {
    if iteration_ns > 0.0 { (NATIVE_NS / iteration_ns).ceil().clamp(1.0, 1e9) as u64 } else { 1 }
}

/// Instructions of one iteration.
///
/// # Errors
/// [`NotCountable`] where the processes do not agree on one.
pub fn per_iteration(processes: [Tallied; 3]) -> Result<Counted, NotCountable> {
    let [one, two, three] = processes;
    if !(one.iterations < two.iterations && two.iterations < three.iterations) {
        return Err(NotCountable::NoMore(one.iterations, two.iterations, three.iterations));
    }
    // Counts of a process are far below 2^53.
    let slope = |from: Tallied, to: Tallied| {
        (to.instructions as f64 - from.instructions as f64) / (to.iterations - from.iterations) as f64
    };
    let (first, second, instructions) = (slope(one, two), slope(two, three), slope(one, three));
    if first <= 0.0 || second <= 0.0 {
        return Err(NotCountable::NoGrowth);
    }
    let spread = (first - second).abs() / instructions;
    if spread > SPREAD_MAX {
        return Err(NotCountable::Unsteady { first, second, spread });
    }
    Ok(Counted { instructions, spread })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tallied(points: [(u64, u64); 3]) -> [Tallied; 3] {
        points.map(|(iterations, instructions)| Tallied { iterations, instructions })
    }

    #[test]
    fn what_every_process_does_besides_drops_out() {
        // divan's `tiny` of the fixtures in callgrind, at 10, 1000 and 11000 iterations.
        let counted = per_iteration(tallied([(10, 93_080_804), (1000, 99_133_595), (11_000, 160_273_707)]));
        let counted = counted.unwrap();
        assert!((counted.instructions - 6114.0).abs() < 0.1, "{counted:?}");
        assert!(counted.spread < 1e-4, "{counted:?}");
    }

    #[test]
    fn differences_that_do_not_agree_are_no_number() {
        let spread = |instructions| per_iteration(tallied([(10, 1000), (20, 2000), (30, instructions)]));
        assert_eq!(spread(3000).unwrap(), Counted { instructions: 100.0, spread: 0.0 });
        let Err(NotCountable::Unsteady { first, second, .. }) = spread(3002) else {
            panic!("one in a thousand is too much: {:?}", spread(3002));
        };
        assert_eq!((first, second), (100.0, 100.2));
        assert_eq!(spread(1999), Err(NotCountable::NoGrowth));
        let same = per_iteration(tallied([(10, 1), (10, 2), (30, 3)]));
        assert_eq!(same, Err(NotCountable::NoMore(10, 10, 30)));
    }

    #[test]
    fn short_iterations_are_done_often_and_long_ones_at_least_once() {
        assert_eq!([1.0, 1000.0, 4.9e6, 6e9, 0.0].map(iterations_wanted), [5_000_000, 5000, 2, 1, 1]);
    }
}
