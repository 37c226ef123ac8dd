//! Columns of text that stay aligned whatever the terminal's width.
//!
//! It shortens names in the middle and never touches a number.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Narrowest the first column may become; below that the line is left to wrap.
const NAME_WIDTH_MIN: usize = 16;

/// Width of names from which on a table is readable; for less, columns fold away.
const NAME_WIDTH_WISHED: usize = 24;

/// Lays out rows, without those of the `foldable` columns that leave the names no room, the first of them first.
pub fn lay_out_folding(rows: &[Vec<String>], width: usize, foldable: &[usize]) -> Vec<String> {
    let mut rows = rows.to_vec();
    let mut folded: Vec<usize> = Vec::new();
    for column in foldable {
        if fits(&rows, width) {
            break;
        }
        let place = column - folded.iter().filter(|gone| *gone < column).count();
        rows.iter_mut().filter(|row| row.len() > place).for_each(|row| drop(row.remove(place)));
        folded.push(*column);
    }
    lay_out(&rows, width)
}

/// Whether names have room beside all columns.
pub fn fits(rows: &[Vec<String>], width: usize) -> bool {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let numbers = (1..columns).map(|column| widest(rows, column)).filter(|width| *width > 0);
    widest(rows, 0).min(NAME_WIDTH_WISHED) + numbers.map(|width| width + 2).sum::<usize>() <= width
}

fn widest(rows: &[Vec<String>], column: usize) -> usize {
    rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)
}

/// Lays out rows as a left-aligned name column followed by right-aligned ones, two spaces apart.
///
/// The name column takes what `width` leaves; longer names lose their middle.
pub fn lay_out(rows: &[Vec<String>], width: usize) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (1..columns).map(|column| widest(rows, column)).collect();
    let numbers: usize = widths.iter().filter(|width| **width > 0).map(|width| width + 2).sum();
    let names = widest(rows, 0).min(width.saturating_sub(numbers).max(NAME_WIDTH_MIN));
    rows.iter()
        .map(|row| {
            let mut line = padded_right(&elide(row.first().map_or("", String::as_str), names), names);
            // A column without a single word takes no room.
            for (cell, width) in row.iter().skip(1).zip(&widths).filter(|(_, width)| **width > 0) {
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

    #[test]
    fn columns_fold_in_their_order_until_names_have_room() {
        let rows = [row(&["store/put/batch/of/a/thousand", "45.2 µs", "[-1.0, +1.0]", "12 launches"])];
        let at = |width| lay_out_folding(&rows, width, &[3, 2]).remove(0);
        assert_eq!(at(80), "store/put/batch/of/a/thousand  45.2 µs  [-1.0, +1.0]  12 launches");
        assert_eq!(at(50), "store/put/bat…of/a/thousand  45.2 µs  [-1.0, +1.0]");
        assert_eq!(at(40), "store/put/batch/of/a/thousand  45.2 µs");
        assert_eq!(at(20), "store/p…thousand  45.2 µs");
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
