//! Takes the readings that the doctor judges: one file per group of checks.
//!
//! It changes nothing on the host, and it judges nothing: that is `lab_core::doctor`'s business.

mod build;
mod clock;
mod counters;
mod effect;
mod frequency;
mod heat;
mod interruption;
mod isolation;
mod kernel;
mod layout;
mod live;
mod load;
mod memory;
mod processes;
mod scene;
mod session;
mod timed;
mod timekeeping;
mod virtualisation;

use lab_core::doctor::Readings;

pub use build::AtHand;
pub use live::Live;
pub use scene::Scene;
pub(in crate::host) use timed::watch_gaps;
pub use timed::{Snapshot, Stage, Timed};

/// Every group of readings; the struct has one field for each file here.
pub fn read(scene: &Scene<'_>) -> Readings {
    Readings {
        session: session::read(scene),
        frequency: frequency::read(scene),
        clock: clock::read(scene),
        effect: effect::read(scene),
        isolation: isolation::read(scene),
        interruption: interruption::read(scene),
        load: load::read(scene),
        virtualisation: virtualisation::read(scene),
        heat: heat::read(scene),
        memory: memory::read(scene),
        timekeeping: timekeeping::read(scene),
        counters: counters::read(scene),
        layout: layout::read(scene),
        kernel: kernel::read(scene),
        build: build::read(scene),
    }
}
