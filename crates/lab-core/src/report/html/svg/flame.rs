//! A flame graph: who called whom, as wide as it took samples.
//!
//! The names inside are cut to their frames; the whole of each is its tooltip.

use maud::{Markup, html};

use crate::report::html::flames::{Flame, Frame};

const WIDTH: f64 = 1200.0;
const ROW: usize = 18;
/// Units that a letter takes at the size of the names.
const LETTER: f64 = 6.6;

/// The graph with the root at the foot.
pub(in crate::report::html) fn flame(flame: &Flame) -> Markup {
    let rows = flame.frames.iter().map(|frame| frame.depth + 1).max().unwrap_or(1);
    html! {
        svg .flame viewBox={ "0 0 1200 " (rows * ROW) } role="img" aria-label={ "Flame graph " (flame.name) } {
            @for frame in &flame.frames {
                @let y = (rows - 1 - frame.depth) * ROW;
                @let x = (frame.begin * WIDTH).round();
                @let width = (frame.width * WIDTH).round().max(1.0);
                g {
                    title { (frame.title) }
                    rect x=(x) y=(y) width=(width) height=(ROW - 1) fill=(fill(frame)) {}
                    @if let Some(name) = fitting(&frame.title, width) { text x=(x + 4.0) y=(y + 13) { (name) } }
                }
            }
        }
    }
}

/// The file's own colour, or one by the name.
fn fill(frame: &Frame) -> String {
    let [red, green, blue] = frame.colour.unwrap_or_else(|| {
        let sum =
            frame.title.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        [214 + (sum % 40) as u8, 140 + (sum / 40 % 70) as u8, 80 + (sum / 2800 % 40) as u8]
    });
    // The names are dark: a frame that is dark as well is lightened.
    let light = |part: u8| part / 2 + 127;
    format!("rgb({},{},{})", light(red), light(green), light(blue))
}

/// As much of the function's name as fits; nothing where that would be three letters or fewer.
fn fitting(title: &str, width: f64) -> Option<String> {
    let name = title.rsplit_once(" (").map_or(title, |(name, _)| name);
    let room = ((width - 8.0) / LETTER).floor() as usize;
    match name.chars().count() {
        count if count <= room => Some(name.to_owned()),
        _ if room > 3 => Some(name.chars().take(room - 1).chain(['…']).collect()),
        _ => None,
    }
}
