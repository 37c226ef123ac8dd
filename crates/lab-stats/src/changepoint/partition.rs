//! The cheapest cut of a series into levels, a penalty per cut.
//!
//! It must never prune by a guess: what it finds is the cheapest cut of all, as trying every one finds it.

use super::Sensitivity;
use crate::observations::Observations;
use crate::summary::median;

/// How many starts are tried by one pass over their sums, which the compiler turns into vector instructions.
const BLOCK: usize = 64;

/// Sums up to each point, from which the weighted squared error of any stretch follows at once.
pub(super) struct Costs {
    weight: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Costs {
    pub(super) fn of(values: &[f64], widths: &[f64]) -> Self {
        // About their middle the values are small, so that little cancels in the difference of sums.
        let all = Observations::new(values).expect("the values of checked points, pulled in, are finite");
        let middle = median(&all);
        let mut costs = Self { weight: vec![0.0], first: vec![0.0], second: vec![0.0] };
        let (mut weights, mut firsts, mut seconds) = (0.0, 0.0, 0.0);
        for (value, width) in values.iter().zip(widths) {
            let (weight, standardised) = (1.0 / (width * width), (value - middle) / width);
            weights += weight;
            firsts += standardised / width;
            seconds += standardised * standardised;
            costs.weight.push(weights);
            costs.first.push(firsts);
            costs.second.push(seconds);
        }
        costs
    }

    /// What the cheapest cut costs whose last stretch begins at each of the starts and ends at `end`.
    fn totals(
        &self,
        starts: std::ops::Range<usize>,
        end: usize,
        (cheapest, penalty): (&[f64], f64),
        into: &mut [f64],
    ) {
        let (weight_end, first_end, second_end) = (self.weight[end], self.first[end], self.second[end]);
        let sums = self.weight[starts.clone()]
            .iter()
            .zip(&self.first[starts.clone()])
            .zip(&self.second[starts.clone()]);
        for ((total, before), ((weight, first), second)) in into.iter_mut().zip(&cheapest[starts]).zip(sums) {
            let first = first_end - first;
            let error = second_end - second - first * first / (weight_end - weight);
            *total = before + error + penalty;
        }
    }
}

/// The starts of the stretches of the cheapest partition; of equally cheap ones the one whose last stretch begins first.
pub(super) fn partition(costs: &Costs, count: usize, sensitivity: Sensitivity) -> Vec<usize> {
    let shortest = sensitivity.segment_min.max(1);
    let penalty = sensitivity.penalty.max(0.0);
    let mut cheapest = vec![f64::INFINITY; count + 1];
    let mut last_start = vec![0; count + 1];
    // The first stretch pays no penalty.
    cheapest[0] = -penalty;
    let mut totals = [0.0; BLOCK];
    for end in shortest..=count {
        let (mut least, mut at) = (f64::INFINITY, 0);
        let mut begin = 0;
        while begin + shortest <= end {
            let size = BLOCK.min(end - shortest + 1 - begin);
            costs.totals(begin..begin + size, end, (&cheapest, penalty), &mut totals[..size]);
            for (offset, total) in totals[..size].iter().enumerate() {
                if *total < least {
                    (least, at) = (*total, begin + offset);
                }
            }
            begin += size;
        }
        (cheapest[end], last_start[end]) = (least, at);
    }
    let mut starts = Vec::new();
    let mut end = count;
    while end > 0 {
        end = last_start[end];
        starts.push(end);
    }
    starts.reverse();
    starts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every start for every end, one after the other, as the papers write it.
    fn plainly(costs: &Costs, count: usize, sensitivity: Sensitivity) -> Vec<usize> {
        let (shortest, penalty) = (sensitivity.segment_min.max(1), sensitivity.penalty.max(0.0));
        let mut cheapest = vec![f64::INFINITY; count + 1];
        let mut last_start = vec![0; count + 1];
        cheapest[0] = -penalty;
        for end in shortest..=count {
            for start in 0..=end - shortest {
                let first = costs.first[end] - costs.first[start];
                let weight = costs.weight[end] - costs.weight[start];
                let error = costs.second[end] - costs.second[start] - first * first / weight;
                let total = cheapest[start] + error + penalty;
                if total < cheapest[end] {
                    (cheapest[end], last_start[end]) = (total, start);
                }
            }
        }
        let mut starts = vec![count];
        while starts[starts.len() - 1] > 0 {
            starts.push(last_start[starts[starts.len() - 1]]);
        }
        starts.reverse();
        starts.pop();
        starts
    }

    proptest! {
        #[test]
        fn the_cut_is_that_of_trying_every_start_one_after_the_other(
            levels in proptest::collection::vec((1..60_usize, -6.0..6.0_f64), 1..8),
            noise in proptest::collection::vec((-1.0..1.0_f64, 0.3..3.0_f64), 420),
            rounded: bool, penalty in 0.0..60.0_f64, segment_min in 0..7_usize,
        ) {
            let level = levels.iter().flat_map(|(count, level)| std::iter::repeat_n(*level, *count));
            // Whole numbers make many cuts equally cheap.
            let value = |(level, (noise, _)): (f64, &(f64, f64))| if rounded { (level + noise).round() } else { level + noise };
            let values: Vec<f64> = level.zip(&noise).map(value).collect();
            let widths: Vec<f64> = noise[..values.len()].iter().map(|(_, width)| if rounded { 1.0 } else { *width }).collect();
            let costs = Costs::of(&values, &widths);
            let sensitivity = Sensitivity { penalty, segment_min, clip: 3.0 };
            prop_assume!(values.len() >= segment_min.max(1));
            prop_assert_eq!(partition(&costs, values.len(), sensitivity), plainly(&costs, values.len(), sensitivity));
        }
    }
}
