//! Columns of text that stay aligned whatever the terminal's width.
//!
//! It shortens names in the middle and never touches a number.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Narrowest the first column may become; below that the line is left to wrap.
const NAME_WIDTH_MIN: usize = 16;

/// Lays out rows as a left-aligned name column followed by right-aligned ones, two spaces apart.
///
/// The name column takes what `width` leaves; longer names lose their middle.
pub fn lay_out(rows: &[Vec<String>], width: usize) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (1..columns).map(widest).collect();
    let numbers: usize = widths.iter().map(|width| width + 2).sum();
    let names = widest(0).min(width.saturating_sub(numbers).max(NAME_WIDTH_MIN));
    rows.iter()
        .map(|row| {
            let mut line = padded_right(&elide(row.first().map_or("", String::as_str), names), names);
            for (cell, width) in row.iter().skip(1).zip(&widths) {
                line.push_str("  ");
                line.push_str(&padded_left(cell, *width));
            }
            line.trim_end().to_owned()
        })
        .collect()
}

/// The name cut to a width by leaving out its middle, since both ends tell names apart.
///
/// Control characters, which some harnesses allow in names, become visible so that a row stays one line.
pub fn elide(name: &str, width: usize) -> String {
    let name: String = name.chars().map(|c| if c.is_control() { '␤' } else { c }).collect();
    if name.width() <= width {
        return name;
    }
    let room = width.saturating_sub(1);
    let head = taken(name.chars(), room / 2);
    let tail: String = taken(name.chars().rev(), room - room / 2).chars().rev().collect();
    format!("{head}…{tail}")
}

fn taken(characters: impl Iterator<Item = char>, width: usize) -> String {
    let mut used = 0;
    characters
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= width
        })
        .collect()
}

fn padded_right(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

fn padded_left(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn numbers_are_aligned_right_and_names_left() {
        let lines = lay_out(&[row(&["read", "45.2 µs"]), row(&["write_bulk", "8 ms"])], 80);
        assert_eq!(lines, ["read        45.2 µs", "write_bulk     8 ms"]);
    }

    #[test]
    fn a_long_name_loses_its_middle_and_keeps_both_ends() {
        assert_eq!(elide("store/put/batch/1000", 11), "store…/1000");
    }

    proptest! {
        #[test]
        fn a_line_never_breaks_and_fits_when_there_is_room(name in ".{0,60}", number in "[0-9]{1,8}") {
            let lines = lay_out(&[vec![name, number.clone()]], 40);
            prop_assert_eq!(lines.len(), 1);
            prop_assert!(!lines[0].contains('\n'));
            prop_assert!(lines[0].width() <= 40);
            prop_assert!(lines[0].ends_with(&number));
        }
    }
}
