//! In which order knobs are tried: every one once in each repetition, in turns that drift cannot favour.
//!
//! It lays out and never looks at a result.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Whether the knob is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    /// In force.
    On,
    /// As the host was.
    Off,
}

/// One subject's turn: four slices of one repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// From 0.
    pub repetition: u32,
    /// Place in the list of subjects.
    pub subject: usize,
    /// Off, on, on, off, or the other way round: what grows or shrinks evenly meanwhile cancels out.
    pub arms: [Arm; 4],
}

/// Lays out all turns. In each repetition the subjects have an order of their own; each subject begins with either arm
/// equally often, as far as the count is even. Equal arguments give an equal order on every machine.
pub fn lay_out(subject_count: usize, repetition_count: u32, seed: u64) -> Vec<Stop> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let starts: Vec<Vec<Arm>> = (0..subject_count)
        .map(|subject| {
            // Every other subject has the odd one of the other arm.
            let arm =
                |turn: u32| if (turn as usize + subject).is_multiple_of(2) { Arm::Off } else { Arm::On };
            let mut arms: Vec<Arm> = (0..repetition_count).map(arm).collect();
            arms.shuffle(&mut random);
            arms
        })
        .collect();
    let mut stops = Vec::new();
    for repetition in 0..repetition_count {
        let mut order: Vec<usize> = (0..subject_count).collect();
        order.shuffle(&mut random);
        stops.extend(order.into_iter().map(|subject| {
            let arms = match starts[subject][repetition as usize] {
                Arm::Off => [Arm::Off, Arm::On, Arm::On, Arm::Off],
                Arm::On => [Arm::On, Arm::Off, Arm::Off, Arm::On],
            };
            Stop { repetition, subject, arms }
        }));
    }
    stops
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_subject_has_one_turn_in_each_repetition_and_begins_with_either_arm_equally_often(
            subjects in 1_usize..12, repetitions in 1_u32..30, seed in any::<u64>(),
        ) {
            let stops = lay_out(subjects, repetitions, seed);
            prop_assert_eq!(&stops, &lay_out(subjects, repetitions, seed));
            for (repetition, turn) in stops.chunks(subjects).enumerate() {
                let mut seen: Vec<usize> = turn.iter().map(|stop| stop.subject).collect();
                seen.sort_unstable();
                prop_assert_eq!(seen, (0..subjects).collect::<Vec<_>>());
                prop_assert!(turn.iter().all(|stop| stop.repetition as usize == repetition));
            }
            for subject in 0..subjects {
                let own = || stops.iter().filter(|stop| stop.subject == subject);
                let begins_on = own().filter(|stop| stop.arms[0] == Arm::On).count();
                let begins_off = own().count() - begins_on;
                prop_assert!(begins_on.abs_diff(begins_off) <= 1);
                prop_assert!(own().all(|stop| stop.arms[0] == stop.arms[3] && stop.arms[1] == stop.arms[2]));
                prop_assert!(own().all(|stop| stop.arms[0] != stop.arms[1]));
            }
        }
    }
}
