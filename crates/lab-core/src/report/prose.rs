//! Lines of words that are folded where a terminal is too narrow for them.
//!
//! It breaks at blanks and nowhere else: an id or a command that is wider than the terminal stays one word.

use unicode_width::UnicodeWidthStr;

/// Narrowest room for words beside a label; below that lines are left to the terminal.
const ROOM_MIN: usize = 24;

/// Breaks at single blanks; a word that is wider than the room stays whole. Blanks in a row stand together.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is always one line");
        if !last.is_empty() && last.width() + 1 + word.width() > room {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

/// A line as it is where it fits, else folded: what follows the first `indent` columns stands below itself.
pub fn hanging(line: &str, indent: usize, width: usize) -> Vec<String> {
    if line.width() <= width {
        return vec![line.to_owned()];
    }
    let head: String = line.chars().take(indent).collect();
    let rest: String = line.chars().skip(indent).collect();
    let room = width.saturating_sub(indent).max(ROOM_MIN);
    let below = " ".repeat(indent);
    let folded = wrap(&rest, room);
    folded
        .into_iter()
        .enumerate()
        .map(|(number, line)| {
            format!("{}{line}", if number == 0 { &head } else { &below }).trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_that_fits_keeps_its_blanks_and_one_that_does_not_hangs_below_its_label() {
        assert_eq!(hanging("run      id  commit", 9, 40), ["run      id  commit"]);
        assert_eq!(
            hanging("differs    lab.version: 0.1.0 → 0.2.0 of the lab", 11, 36),
            ["differs    lab.version: 0.1.0 →", "           0.2.0 of the lab"]
        );
    }

    proptest! {
        #[test]
        fn folding_loses_no_word(text in "[a-z /]{0,80}", indent in 0_usize..12, width in 5_usize..60) {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let line = format!("{:indent$}{text}", "");
            let lines = hanging(&line, indent, width);
            prop_assert_eq!(words(&lines.join(" ")), words(&text));
            let room = width.saturating_sub(indent).max(ROOM_MIN);
            prop_assert!(lines.iter().all(|line| line.len() <= (indent + room).max(width) || !line.trim().contains(' ')));
        }
    }
}
