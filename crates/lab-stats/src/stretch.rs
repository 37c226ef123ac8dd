//! A series as stretches that are level or slope, with the places where it jumps: steps apart from slow creep.
//!
//! It must never be an alarm by itself, as little as the jumps it is made of.

use crate::changepoint::{Point, Prepared, Segment, Sensitivity, Weighed};
use crate::observations::ObservationsError;

/// The fewest points that may count as a slope: two ends and a middle, each as long as a level.
const SLOPE_LEVELS: usize = 3;

/// How much worse than the best place another may explain the points and still be told, in squared standard deviations:
/// in `the_places_that_are_told_hold_the_jump` at least 95 % of 400 jumps of two to eight deviations lie within.
const PLACE_SLACK: f64 = 7.0;

/// A stretch without a jump.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Index of its first point.
    pub start: usize,
    /// Index after its last point.
    pub end: usize,
    /// What is fitted to its first point.
    pub first: f64,
    /// What is fitted to its last point; equal to `first` for a level.
    pub last: f64,
    /// How it came about.
    pub beginning: Beginning,
}

/// How a stretch follows the one before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Beginning {
    /// It is the first one, or it goes on from where the last one ended, in another direction.
    Joined,
    /// With a jump, which may lie at any index from the first to the second of these.
    Jump([usize; 2]),
}

impl Stretch {
    /// Whether it rises or falls all along.
    pub fn is_slope(&self) -> bool {
        self.first != self.last
    }
}

/// Cuts the points into levels and slopes, in order and without gaps; none for no points.
///
/// The levels are those of [`segments`](crate::changepoint::segments). Neighbouring ones, and single ones, become a
/// slope where one straight line and its penalty explain their points better than the levels and the jumps between
/// them do, in the same squared units of the noise: a staircase that follows a line is a line.
///
/// # Errors
/// Those of [`segments`](crate::changepoint::segments).
pub fn stretches(points: &[Point], sensitivity: Sensitivity) -> Result<Vec<Stretch>, ObservationsError> {
    let prepared = Prepared::of(points, sensitivity)?;
    let segments = prepared.segments(sensitivity);
    let Some(weighed) = prepared.weighed() else {
        return Ok(segments.iter().map(|segment| level(segment, Beginning::Joined)).collect());
    };
    let penalty = sensitivity.penalty.max(0.0);
    let mut found: Vec<Stretch> = Vec::new();
    for group in grouped(weighed, &segments, sensitivity) {
        let (first, last) = (&group.segments[0], &group.segments[group.segments.len() - 1]);
        let mut next = match group.line {
            Some(line) => Stretch {
                start: first.start,
                end: last.end,
                first: line.at(first.start),
                last: line.at(last.end - 1),
                beginning: Beginning::Joined,
            },
            None => level(first, Beginning::Joined),
        };
        if let Some(before) = found.last() {
            next.beginning = beginning(weighed, (before, &next), (penalty, sensitivity.segment_min.max(1)));
        }
        found.push(next);
    }
    Ok(found)
}

fn level(segment: &Segment, beginning: Beginning) -> Stretch {
    let Segment { start, end, level } = *segment;
    Stretch { start, end, first: level, last: level, beginning }
}

/// Segments that are one stretch: one level, or one line over all of them.
struct Group<'a> {
    segments: &'a [Segment],
    line: Option<Line>,
}

/// The cheapest way to put neighbouring segments together.
fn grouped<'a>(weighed: &Weighed, segments: &'a [Segment], sensitivity: Sensitivity) -> Vec<Group<'a>> {
    let penalty = sensitivity.penalty.max(0.0);
    let slope_min = SLOPE_LEVELS * sensitivity.segment_min.max(1);
    let count = segments.len();
    let mut cheapest = vec![f64::INFINITY; count + 1];
    let mut choice: Vec<(usize, Option<Line>)> = vec![(0, None); count + 1];
    cheapest[0] = -penalty;
    for end in 1..=count {
        for start in 0..end {
            let (from, to) = (segments[start].start, segments[end - 1].end);
            let mut ways = Vec::with_capacity(2);
            if end - start == 1 {
                ways.push((Line::level(weighed, from, to).cost(weighed, from, to), None));
            }
            if to - from >= slope_min {
                let line = Line::through(weighed, from, to);
                ways.push((line.cost(weighed, from, to) + penalty, Some(line)));
            }
            for (cost, line) in ways {
                let total = cheapest[start] + penalty + cost;
                if total < cheapest[end] {
                    cheapest[end] = total;
                    choice[end] = (start, line);
                }
            }
        }
    }
    let mut groups = Vec::new();
    let mut end = count;
    while end > 0 {
        let (start, line) = choice[end];
        groups.push(Group { segments: &segments[start..end], line });
        end = start;
    }
    groups.reverse();
    groups
}

fn beginning(
    weighed: &Weighed,
    (before, after): (&Stretch, &Stretch),
    (penalty, shortest): (f64, usize),
) -> Beginning {
    if !before.is_slope() && !after.is_slope() {
        return Beginning::Jump(places(weighed, (before, after), shortest));
    }
    // The variance of a fitted end: of a level σ²/n, of a line about four times that.
    let variance = |stretch: &Stretch| {
        let count = (stretch.end - stretch.start) as f64;
        if stretch.is_slope() { 4.0 / count } else { 1.0 / count }
    };
    let width = weighed.widths[after.start];
    let gap = (after.first - before.last) / width;
    if gap * gap > penalty * (variance(before) + variance(after)) {
        Beginning::Jump([after.start; 2])
    } else {
        Beginning::Joined
    }
}

/// The places between two levels that explain their points about as well as the one that was chosen.
fn places(weighed: &Weighed, (before, after): (&Stretch, &Stretch), shortest: usize) -> [usize; 2] {
    let cost = |place: usize| {
        Line::level(weighed, before.start, place).cost(weighed, before.start, place)
            + Line::level(weighed, place, after.end).cost(weighed, place, after.end)
    };
    let best = cost(after.start);
    let holds = |place: &usize| cost(*place) <= best + PLACE_SLACK;
    let earliest = (before.start + shortest..after.start).rev().take_while(holds).last();
    let latest = (after.start + 1..=after.end.saturating_sub(shortest)).take_while(holds).last();
    [earliest.unwrap_or(after.start), latest.unwrap_or(after.start)]
}

/// A straight line over indexes.
#[derive(Clone, Copy)]
struct Line {
    middle: f64,
    value: f64,
    slope: f64,
}

impl Line {
    fn level(weighed: &Weighed, start: usize, end: usize) -> Self {
        let (mut weights, mut sum) = (0.0, 0.0);
        for index in start..end {
            let weight = weighed.widths[index].powi(-2);
            weights += weight;
            sum += weight * weighed.values[index];
        }
        Self { middle: 0.0, value: sum / weights, slope: 0.0 }
    }

    /// Of least squares, weighted.
    fn through(weighed: &Weighed, start: usize, end: usize) -> Self {
        let (mut weights, mut xs, mut ys) = (0.0, 0.0, 0.0);
        let weight = |index: usize| weighed.widths[index].powi(-2);
        for index in start..end {
            weights += weight(index);
            xs += weight(index) * index as f64;
            ys += weight(index) * weighed.values[index];
        }
        let (middle, value) = (xs / weights, ys / weights);
        let (mut squares, mut products) = (0.0, 0.0);
        for index in start..end {
            let x = index as f64 - middle;
            squares += weight(index) * x * x;
            products += weight(index) * x * (weighed.values[index] - value);
        }
        Self { middle, value, slope: if squares > 0.0 { products / squares } else { 0.0 } }
    }

    fn at(self, index: usize) -> f64 {
        self.value + self.slope * (index as f64 - self.middle)
    }

    fn cost(self, weighed: &Weighed, start: usize, end: usize) -> f64 {
        (start..end)
            .map(|index| ((weighed.values[index] - self.at(index)) / weighed.widths[index]).powi(2))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draws::Draws;

    fn points(values: impl IntoIterator<Item = f64>) -> Vec<Point> {
        values.into_iter().map(|value| Point { value, standard_error: 0.0 }).collect()
    }

    fn found(values: impl IntoIterator<Item = f64>) -> Vec<Stretch> {
        stretches(&points(values), Sensitivity::default()).unwrap()
    }

    fn jumps(stretches: &[Stretch]) -> usize {
        stretches.iter().filter(|stretch| stretch.beginning != Beginning::Joined).count()
    }

    #[test]
    fn a_slow_creep_is_one_slope_and_no_step() {
        let mut draws = Draws::seeded(1);
        let mut alone = 0;
        for _ in 0..50 {
            // 10 % over 100 points, in noise of 0.5 %.
            let series = found((0..100).map(|index| 0.001 * f64::from(index) + 0.005 * draws.normal()));
            let slope: f64 = series.iter().map(|stretch| stretch.last - stretch.first).sum();
            assert!((slope - 0.1).abs() < 0.02 && jumps(&series) == 0, "{series:?}");
            alone += usize::from(series.len() == 1);
        }
        assert!(alone >= 45, "{alone} of 50");
    }

    #[test]
    fn a_step_is_no_slope() {
        let mut draws = Draws::seeded(2);
        for size in [0.02, 0.05, 0.1] {
            for _ in 0..50 {
                let level = |index| if index < 60 { 0.0 } else { size };
                let series = found((0..100).map(|index| level(index) + 0.005 * draws.normal()));
                assert_eq!((series.len(), jumps(&series)), (2, 1), "{size} {series:?}");
                assert!(series.iter().all(|stretch| !stretch.is_slope()));
            }
        }
    }

    #[test]
    fn a_step_within_a_creep_is_told_apart_from_it() {
        let mut draws = Draws::seeded(3);
        let mut right = 0;
        for _ in 0..50 {
            let level = |index: i32| 0.0005 * f64::from(index) + if index < 60 { 0.0 } else { 0.1 };
            let series = found((0..120).map(|index| level(index) + 0.003 * draws.normal()));
            let creep: f64 = series.iter().map(|stretch| stretch.last - stretch.first).sum();
            right += usize::from(jumps(&series) == 1 && (creep - 0.06).abs() < 0.02);
        }
        assert!(right >= 45, "{right} of 50");
    }

    #[test]
    fn steady_noise_is_one_level() {
        let mut draws = Draws::seeded(4);
        for _ in 0..100 {
            let series = found((0..200).map(|_| draws.normal()));
            assert_eq!(series.len(), 1);
            assert!(!series[0].is_slope());
        }
    }

    #[test]
    fn the_places_that_are_told_hold_the_jump() {
        let mut draws = Draws::seeded(5);
        let (mut held, mut told, mut width) = (0, 0, 0);
        for round in 0..400 {
            let size = 2.0 + 6.0 * f64::from(round) / 400.0;
            let level = |index| if index < 40 { 0.0 } else { size };
            for stretch in found((0..80).map(|index| level(index) + draws.normal())) {
                if let Beginning::Jump([earliest, latest]) = stretch.beginning {
                    told += 1;
                    held += usize::from((earliest..=latest).contains(&40));
                    width += latest - earliest;
                }
            }
        }
        assert!(held * 100 >= told * 95 && told >= 390, "{held} of {told}, {width}");
        assert!(width < 2 * told, "{width} places over {told} jumps");
    }

    #[test]
    fn few_points_are_one_level_and_none_are_none() {
        assert_eq!(found([]), []);
        assert_eq!(found([1.0, 2.0, 3.0]).len(), 1);
    }
}
