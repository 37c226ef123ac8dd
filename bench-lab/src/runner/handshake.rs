//! What the launch process tells the spawner before it becomes the benchmark: one line per message.
//!
//! The socket closes by itself at `exec`, so end of file after [`Message::Ready`] means that the benchmark runs.

use std::fmt;
use std::str::FromStr;

use crate::meter::Usage;

/// One line from the launch process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// A step was refused and the launch goes on without it.
    Refused {
        /// Which step.
        step: Step,
        /// The kernel's error number.
        errno: i32,
    },
    /// A step failed that no benchmark can run without.
    Failed {
        /// Which step.
        step: Step,
        /// The kernel's error number.
        errno: i32,
    },
    /// All is set and the process waits at the gate, having used this much so far.
    Ready(Usage),
}

/// A step between the start of the launch process and the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Tying its life to the runner's.
    Leash,
    /// Pinning it to CPUs.
    Pin,
    /// Turning address randomisation on or off.
    Layout,
    /// Entering the working directory.
    Enter,
    /// Becoming the benchmark.
    Exec,
}

impl Step {
    const ALL: [(Self, &str); 5] = [
        (Self::Leash, "leash"),
        (Self::Pin, "pin"),
        (Self::Layout, "layout"),
        (Self::Enter, "enter"),
        (Self::Exec, "exec"),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(step, _)| *step == self).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { step, errno } => writeln!(f, "refused {} {errno}", step.name()),
            Self::Failed { step, errno } => writeln!(f, "failed {} {errno}", step.name()),
            Self::Ready(usage) => {
                f.write_str("ready")?;
                usage.to_fields().iter().try_for_each(|field| write!(f, " {field}"))?;
                writeln!(f)
            }
        }
    }
}

impl FromStr for Message {
    type Err = ();

    /// Reads one line; any line that [`Message`] does not write is an error.
    fn from_str(line: &str) -> Result<Self, ()> {
        let mut words = line.split_ascii_whitespace();
        let verb = words.next().ok_or(())?;
        if verb == "ready" {
            let fields: Result<Vec<u64>, _> = words.map(str::parse).collect();
            let fields = <[u64; Usage::FIELDS]>::try_from(fields.map_err(drop)?).map_err(drop)?;
            return Ok(Self::Ready(Usage::from_fields(fields)));
        }
        let name = words.next().ok_or(())?;
        let (step, _) = *Step::ALL.iter().find(|(_, known)| *known == name).ok_or(())?;
        let errno = words.next().and_then(|word| word.parse().ok()).ok_or(())?;
        match (verb, words.next()) {
            ("refused", None) => Ok(Self::Refused { step, errno }),
            ("failed", None) => Ok(Self::Failed { step, errno }),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Message, Step};
    use crate::meter::Usage;

    #[test]
    fn every_message_reads_back_as_it_was_written() {
        let usage = Usage::from_fields([1, 2, 3, 4, 5, 6, 7, u64::MAX]);
        let mut messages = vec![Message::Ready(usage)];
        for (step, _) in Step::ALL {
            messages.push(Message::Refused { step, errno: 22 });
            messages.push(Message::Failed { step, errno: 2 });
        }
        for message in messages {
            assert_eq!(message.to_string().trim_end().parse(), Ok(message));
        }
    }

    #[test]
    fn a_line_of_another_program_is_no_message() {
        for line in [
            "",
            "ready",
            "ready 1 2",
            "ready 1 2 3 4 5 6 7",
            "ready 1 2 3 4 5 6 7 x",
            "failed",
            "failed exec",
            "Usage: bench",
        ] {
            assert_eq!(line.parse::<Message>(), Err(()), "{line:?}");
        }
    }
}
