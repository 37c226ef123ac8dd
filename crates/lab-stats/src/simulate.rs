//! Lists of paired differences with a known truth, drawn from the kinds of noise that shared machines make.
//!
//! It must never be mistaken for measuring: it shows what a rule does with such noise, not that noise is such.

use crate::draws::Draws;
use crate::observations::Observations;
use crate::series::Series;
use crate::summary::median;

/// A kind of noise, in units of [`Simulation::spread`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// Standard normal: the textbook.
    Normal,
    /// Student's t with two degrees of freedom: no variance exists.
    HeavyTailed,
    /// Normal of half the width, and in two of five cases ±6 away: states a process falls into at its start.
    Bimodal,
    /// Normal, with a width whose logarithm walks at random by 0.3 per value, scaled so that the width's median
    /// over the list is one: quiet and noisy spells.
    WanderingVariance,
    /// Normal, and the slot that comes first is slower by three: it pays for cold caches.
    SlotBias,
    /// Normal, on a level that wanders from slot to slot (autoregressive, 0.98, innovations of one).
    Drift,
    /// Normal, and bursts that start in one slot of ten, last two slots on average and slow a slot by five on
    /// average: another tenant takes the core.
    Bursts,
}

impl Noise {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Normal,
        Self::HeavyTailed,
        Self::Bimodal,
        Self::WanderingVariance,
        Self::SlotBias,
        Self::Drift,
        Self::Bursts,
    ];
}

/// Which of the two sides of a pair comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A fair coin decides for each pair: what every promise of the paired rule rests on.
    Coin,
    /// Always the same side: the mistake that a check must notice.
    Fixed,
}

/// What to draw from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Simulation {
    /// The kind of noise.
    pub noise: Noise,
    /// The width of the noise, in the unit of the effect.
    pub spread: f64,
    /// The true difference.
    pub effect: f64,
    /// How the sides of a pair are ordered.
    pub order: Order,
}

impl Simulation {
    /// `count` paired differences, each the effect and the noise of its pair.
    pub fn pairs(&self, count: usize, draws: &mut Draws) -> Series {
        let mut slots = Slots::of(self.noise, count, draws);
        let values: Vec<f64> = (0..count)
            .map(|_| {
                // Positive when the other side comes second and so suffers what is worse in the second slot.
                let side = match self.order {
                    Order::Coin => draws.sign(),
                    Order::Fixed => 1.0,
                };
                let between_slots = match self.noise {
                    Noise::SlotBias => -3.0,
                    noise => {
                        let first = slots.next(noise, draws);
                        slots.next(noise, draws) - first
                    }
                };
                let noise = self.noise.own(&mut slots, draws) + side * between_slots;
                self.effect + self.spread * noise
            })
            .collect();
        Series::new(values).expect("noise is finite and small")
    }

    /// Two lists measured one after the other with so many values each, the second larger by the effect. What
    /// drifts from slot to slot goes on from one list to the other; a bias between the slots of a pair has no
    /// place here and is left out.
    pub fn one_after_the_other(&self, counts: [usize; 2], draws: &mut Draws) -> (Observations, Series) {
        let mut slots = Slots::of(self.noise, counts.iter().sum(), draws);
        let mut list = |count: usize, effect: f64| -> Vec<f64> {
            (0..count)
                .map(|_| {
                    let noise = self.noise.own(&mut slots, draws) + slots.next(self.noise, draws);
                    effect + self.spread * noise
                })
                .collect()
        };
        let (reference, other) = (list(counts[0], 0.0), list(counts[1], self.effect));
        let reference = Observations::new(reference).expect("noise is finite, and the count is not zero");
        (reference, Series::new(other).expect("noise is finite and small"))
    }
}

impl Noise {
    /// The part that belongs to one value alone.
    fn own(self, slots: &mut Slots, draws: &mut Draws) -> f64 {
        let normal = draws.normal();
        match self {
            Self::Normal | Self::SlotBias | Self::Drift | Self::Bursts => normal,
            // A chi-square of two degrees is twice an exponential.
            Self::HeavyTailed => normal / draws.exponential().sqrt(),
            Self::Bimodal => {
                let state = [-6.0, 0.0, 0.0, 0.0, 6.0][draws.below(5)];
                0.5 * normal + state
            }
            Self::WanderingVariance => {
                normal * slots.widths.pop().expect("there is a width for every value of the list")
            }
        }
    }
}

/// What goes on from one slot to the next.
#[derive(Default)]
struct Slots {
    /// Those still to come; empty unless the width wanders.
    widths: Vec<f64>,
    level: f64,
    in_burst: bool,
}

impl Slots {
    fn of(noise: Noise, value_count: usize, draws: &mut Draws) -> Self {
        let widths = if noise == Noise::WanderingVariance { widths(value_count, draws) } else { Vec::new() };
        Self { widths, ..Self::default() }
    }

    fn next(&mut self, noise: Noise, draws: &mut Draws) -> f64 {
        match noise {
            Noise::Drift => {
                self.level = 0.98 * self.level + draws.normal();
                self.level
            }
            Noise::Bursts => {
                let change = draws.uniform();
                self.in_burst = if self.in_burst { change < 0.5 } else { change < 0.1 };
                if self.in_burst { 5.0 * draws.exponential() } else { 0.0 }
            }
            _ => 0.0,
        }
    }
}

fn widths(count: usize, draws: &mut Draws) -> Vec<f64> {
    let mut logarithm = 0.0;
    let logarithms: Vec<f64> = (0..count)
        .map(|_| {
            logarithm += 0.3 * draws.normal();
            logarithm
        })
        .collect();
    let Ok(sorted) = Observations::new(logarithms.clone()) else { return Vec::new() };
    logarithms.iter().map(|logarithm| (logarithm - median(&sorted)).exp()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::{mean, standard_deviation};

    fn simulation(noise: Noise, order: Order) -> Simulation {
        Simulation { noise, spread: 0.01, effect: 0.02, order }
    }

    #[test]
    fn one_seed_gives_one_list_and_another_seed_another() {
        for noise in Noise::ALL {
            let drawn = |seed| simulation(noise, Order::Coin).pairs(20, &mut Draws::seeded(seed));
            assert_eq!(drawn(3), drawn(3));
            assert_ne!(drawn(3), drawn(4));
        }
    }

    #[test]
    fn the_middle_of_every_kind_of_noise_is_the_effect() {
        for noise in Noise::ALL {
            let mut draws = Draws::seeded(5);
            let lists: Vec<f64> = (0..400)
                .map(|_| {
                    median(&simulation(noise, Order::Coin).pairs(25, &mut draws).observations().unwrap())
                })
                .collect();
            let lists = Observations::new(lists).unwrap();
            let standard_error = standard_deviation(&lists).unwrap() / 20.0;
            assert!((mean(&lists) - 0.02).abs() < 4.0 * standard_error, "{noise:?}: {}", mean(&lists));
        }
    }

    #[test]
    fn a_fixed_order_lets_the_slot_bias_through() {
        let pairs = simulation(Noise::SlotBias, Order::Fixed).pairs(400, &mut Draws::seeded(6));
        let centre = mean(&pairs.observations().unwrap());
        assert!((centre - (0.02 - 0.03)).abs() < 0.003, "{centre}");
    }

    #[test]
    fn lists_one_after_the_other_share_their_drift() {
        let mut draws = Draws::seeded(7);
        let still = Simulation { effect: 0.0, ..simulation(Noise::Normal, Order::Coin) };
        let drifting = Simulation { noise: Noise::Drift, ..still };
        let mut gap = |simulation: Simulation| {
            let (reference, other) = simulation.one_after_the_other([40, 40], &mut draws);
            (mean(&reference) - mean(&other.observations().unwrap())).abs()
        };
        let still: f64 = (0..50).map(|_| gap(still)).sum();
        let drifting: f64 = (0..50).map(|_| gap(drifting)).sum();
        assert!(drifting > 5.0 * still, "{drifting} against {still}");
    }
}
