//! What cargo, rustc and rustup say when they refuse, made short.
//!
//! It shortens; it never rewords.

/// Lines of an error that are kept: enough for cargo's "Caused by" chain.
const LINES: usize = 8;

/// The first error in what a tool wrote to standard error, without colours and without the word `error`.
///
/// The last line when nothing calls itself an error; empty when there is nothing at all.
pub(super) fn first_error(stderr: &[u8]) -> String {
    let text = without_escapes(&String::from_utf8_lossy(stderr));
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let Some(start) = lines.iter().position(|line| is_error(line)) else {
        return lines
            .iter()
            .rev()
            .find(|line| !line.is_empty())
            .map_or_else(String::new, ToString::to_string);
    };
    let block: Vec<&str> = lines[start..]
        .iter()
        .copied()
        .take_while(|line| !line.starts_with("Stack backtrace"))
        .filter(|line| !line.is_empty())
        .take(LINES)
        .collect();
    let joined = block.join("\n");
    joined.split_once(": ").map_or(joined.clone(), |(_, message)| message.to_string())
}

/// Whether a line is where cargo, rustc or rustup begin an error: `error: …` or `error[E0308]: …`.
fn is_error(line: &str) -> bool {
    line.strip_prefix("error").is_some_and(|rest| rest.starts_with(':') || rest.starts_with('['))
}

/// Text without terminal control sequences; what a carriage return overwrites stays, on a line of its own.
fn without_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            // A control sequence ends with its first letter (ECMA-48, section 5.4).
            '\u{1b}' => {
                let _sequence_end = characters.find(|next| next.is_ascii_alphabetic());
            }
            '\r' => plain.push('\n'),
            _ => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rustups_backtrace_is_left_out() {
        let stderr = b"error: toolchain '1.70.0-x86_64-unknown-linux-gnu' is not installed\n\
            help: run `rustup toolchain install` to install it\n\nStack backtrace:\n   0: anyhow::error\n";
        assert_eq!(
            first_error(stderr),
            "toolchain '1.70.0-x86_64-unknown-linux-gnu' is not installed\n\
             help: run `rustup toolchain install` to install it"
        );
    }

    #[test]
    fn progress_and_colours_before_an_error_are_left_out() {
        let stderr = b"\x1b[1m\x1b[96m    Building\x1b[0m [==>   ] 0/4: x\r\x1b[1m\x1b[91merror\x1b[0m: \
            failed to run custom build command for `openssl-sys v0.9.1`\n\nCaused by:\n  exit status: 101\n";
        assert_eq!(
            first_error(stderr),
            "failed to run custom build command for `openssl-sys v0.9.1`\nCaused by:\n  exit status: 101"
        );
    }

    #[test]
    fn a_message_without_the_word_is_its_last_line() {
        assert_eq!(first_error(b"one\ntwo\n\n"), "two");
        assert_eq!(first_error(b""), "");
        assert_eq!(first_error(b"errors are not an error\n"), "errors are not an error");
    }
}
