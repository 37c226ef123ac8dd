//! Path descriptions in as few characters as they can be written with.
//!
//! A path of a thousand points is written for every benchmark; each character counts.

use std::fmt::Write;

/// A path under construction.
#[derive(Clone, Debug, Default)]
pub(super) struct Curve {
    text: String,
    place: Option<(i32, i32)>,
}

impl Curve {
    /// Lifts the pen and sets it down.
    pub(super) fn go(&mut self, x: i32, y: i32) {
        match self.place {
            None => {
                let _ = write!(self.text, "M{x} {y}");
            }
            Some((from_x, from_y)) => self.step('m', x - from_x, y - from_y),
        }
        self.place = Some((x, y));
    }

    /// Draws a line to there; the first point of a path only sets the pen down.
    pub(super) fn line(&mut self, x: i32, y: i32) {
        let Some((from_x, from_y)) = self.place else { return self.go(x, y) };
        match (x - from_x, y - from_y) {
            (0, 0) => {}
            (dx, 0) => {
                let _ = write!(self.text, "h{dx}");
            }
            (0, dy) => {
                let _ = write!(self.text, "v{dy}");
            }
            (dx, dy) => self.step('l', dx, dy),
        }
        self.place = Some((x, y));
    }

    /// A point, which a line cap makes a dot or a square. It has a length, since printers leave out lines of none.
    pub(super) fn dot(&mut self, x: i32, y: i32) {
        self.go(x, y);
        self.line(x + 1, y);
    }

    /// A short level stroke.
    pub(super) fn dash(&mut self, x: i32, y: i32, half_width: i32) {
        self.go(x - half_width, y);
        self.line(x + half_width, y);
    }

    /// A cross.
    pub(super) fn cross(&mut self, x: i32, y: i32, half_width: i32) {
        self.go(x - half_width, y - half_width);
        self.line(x + half_width, y + half_width);
        self.go(x + half_width, y - half_width);
        self.line(x - half_width, y + half_width);
    }

    /// The description; empty for no point.
    pub(super) fn text(self) -> String {
        self.text
    }

    fn step(&mut self, letter: char, dx: i32, dy: i32) {
        // A minus sign parts two numbers as well as a blank does.
        let gap = if dy < 0 { "" } else { " " };
        let _ = write!(self.text, "{letter}{dx}{gap}{dy}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_relative_and_short() {
        let mut curve = Curve::default();
        for (x, y) in [(10, 20), (14, 20), (14, 5), (20, 3), (21, 9)] {
            curve.line(x, y);
        }
        curve.dot(0, 0);
        assert_eq!(curve.text(), "M10 20h4v-15l6-2l1 6m-21-9h1");
    }
}
