//! Words of commands that can be pasted into a shell.
//!
//! It quotes for POSIX shells; it knows no command.

/// A word that a shell takes as it is, quoted in any case.
pub(super) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// The same, quoted only where a shell would read something else.
pub(super) fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@~^+,%".contains(c);
    // A tilde in front would be somebody's home.
    if !text.is_empty() && text.chars().all(is_plain) && !text.starts_with(['~', '=']) {
        text.into()
    } else {
        quoted(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_as_a_shell_reads_it() {
        for (text, line) in [
            ("p/t/read::100", "p/t/read::100"),
            ("insert 1000 keys", "'insert 1000 keys'"),
            ("it's $(rm -rf) `x`", r"'it'\''s $(rm -rf) `x`'"),
            ("", "''"),
            ("~root", "'~root'"),
            ("latest~1", "latest~1"),
            ("a\nb", "'a\nb'"),
        ] {
            assert_eq!(word(text), line);
        }
    }
}
