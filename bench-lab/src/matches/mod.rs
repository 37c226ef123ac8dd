//! A match: two built revisions, paired benchmark by benchmark and launched until each verdict stands.
//!
//! It decides nothing itself: who goes on is `lab_core::agenda`'s business, what a difference means `lab_core::compare`'s.

mod entrants;
mod layouts;
mod play;
mod playing;

pub use entrants::{Entrants, Pairing, pair_up};
pub use layouts::{play_layouts, suspects, targets};
pub use play::{Ending, Field, play};
