//! What a line of a report is, so that a terminal may colour it.
//!
//! A colour never says anything that no word beside it says.

/// What a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// A row, a remark.
    #[default]
    Plain,
    /// The head of a part.
    Title,
    /// As it should be.
    Good,
    /// As it must not be.
    Bad,
    /// Without an answer.
    Open,
    /// What to do next.
    Next,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Without its end.
    pub text: String,
    /// What it is.
    pub tone: Tone,
}

impl Line {
    /// A line of this tone.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { text: text.into(), tone }
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self::new(Tone::Plain, text)
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Self::new(Tone::Plain, text)
    }
}

/// The lines without colour.
pub fn plain(lines: &[Line]) -> String {
    lines.iter().map(|line| format!("{}\n", line.text)).collect()
}

/// The lines with colours, by the escape sequences of ECMA-48 that every terminal knows.
pub fn coloured(lines: &[Line]) -> String {
    let coloured = |line: &Line| {
        let code = match line.tone {
            _ if line.text.is_empty() => "",
            Tone::Plain => "",
            Tone::Title => "1",
            Tone::Good => "32",
            Tone::Bad => "1;31",
            Tone::Open => "33",
            Tone::Next => "2",
        };
        if code.is_empty() {
            format!("{}\n", line.text)
        } else {
            format!("\u{1b}[{code}m{}\u{1b}[0m\n", line.text)
        }
    };
    lines.iter().map(coloured).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_ends_where_its_line_does_and_says_nothing_more() {
        let lines = [Line::new(Tone::Bad, "regressed (1)"), Line::from(""), Line::from("  a")];
        assert_eq!(plain(&lines), "regressed (1)\n\n  a\n");
        assert_eq!(coloured(&lines), "\u{1b}[1;31mregressed (1)\u{1b}[0m\n\n  a\n");
    }
}
