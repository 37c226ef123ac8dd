//! How small a change a benchmark can show, and what a wished one takes.
//!
//! It forecasts from noise that was seen; it never promises for noise that was not.

mod forecast;
mod noise;

pub use forecast::{Forecast, Need, Question, forecast};
pub use noise::{Noise, Road, live_noise, stored_noise};
