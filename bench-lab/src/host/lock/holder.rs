//! Who holds the lock, as the lock file says and as `/proc` confirms.
//!
//! The record is a courtesy: the lock itself is the kernel's and never depends on it.

use std::fmt;

use jiff::Timestamp;

use super::SysRoot;
use crate::host::process::start_ticks;

/// The record of one holder. Every part may be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// Process id, as seen in the holder's own namespace.
    pub pid: Option<u32>,
    /// Start of the process in clock ticks since boot (`/proc/PID/stat` field 22): with the id it names one process
    /// for good, as ids come back.
    start_ticks: Option<u64>,
    /// User name, or user id where no name is known.
    pub user: Option<String>,
    /// When the lock was taken, RFC 3339 in UTC.
    pub since: Option<String>,
    /// Command line.
    pub command: Option<String>,
    /// Working directory.
    pub directory: Option<String>,
}

impl Holder {
    pub(super) fn this_process(root: &SysRoot) -> Self {
        let pid = std::process::id();
        let command = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
        let user = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
        Self {
            pid: Some(pid),
            start_ticks: start_ticks(root, pid),
            user: user.or_else(|| Some(format!("uid {}", rustix::process::getuid().as_raw()))),
            since: Some(Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            command: Some(command.collect::<Vec<_>>().join(" ")),
            directory: std::env::current_dir().ok().map(|path| path.display().to_string()),
        }
    }

    /// One `key: value` a line; line breaks inside a value become blanks.
    pub(super) fn to_text(&self) -> String {
        let fields = [
            ("pid", self.pid.map(|pid| pid.to_string())),
            ("start_ticks", self.start_ticks.map(|ticks| ticks.to_string())),
            ("user", self.user.clone()),
            ("since", self.since.clone()),
            ("command", self.command.clone()),
            ("directory", self.directory.clone()),
        ];
        let lines = fields
            .into_iter()
            .filter_map(|(key, value)| Some(format!("{key}: {}\n", value?.replace(['\n', '\r'], " "))));
        lines.collect()
    }

    /// Reads a record back. One whose process has ended, or whose number another process has by now, was left by a
    /// session that was killed: it is not the one that holds the lock, which is then unknown.
    pub(super) fn of_text(text: &str, root: &SysRoot) -> Self {
        let field = |key: &str| {
            text.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                (name == key).then(|| value.to_owned())
            })
        };
        let number = |key: &str| field(key)?.parse().ok();
        let holder = Self {
            pid: number("pid").and_then(|pid| u32::try_from(pid).ok()),
            start_ticks: number("start_ticks"),
            user: field("user"),
            since: field("since"),
            command: field("command"),
            directory: field("directory"),
        };
        let lives = holder.pid.is_none_or(|pid| {
            let now = start_ticks(root, pid);
            holder.start_ticks.is_none() || now == holder.start_ticks
        });
        if lives { holder } else { Self::default() }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(pid) = self.pid else {
            return f.write_str("unknown, as its record in the lock file is missing or left by another");
        };
        write!(f, "process {pid}")?;
        let parts = [
            (" of ", &self.user),
            (" since ", &self.since),
            (": ", &self.command),
            (" in ", &self.directory),
        ];
        for (before, part) in parts {
            if let Some(part) = part {
                write!(f, "{before}{part}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_as_it_was_written() {
        let root = SysRoot::live();
        let holder = Holder { command: Some("bench-lab run\n-p x: y".into()), ..Holder::this_process(&root) };
        let read = Holder::of_text(&holder.to_text(), &root);
        assert_eq!(read, Holder { command: Some("bench-lab run -p x: y".into()), ..holder });
        assert!(read.to_string().contains(": bench-lab run -p x: y in /"), "{read}");
    }

    #[test]
    fn a_record_of_a_process_that_is_gone_names_nobody() {
        let root = SysRoot::live();
        let mut holder = Holder::this_process(&root);
        holder.start_ticks = holder.start_ticks.map(|ticks| ticks + 1);
        assert_eq!(Holder::of_text(&holder.to_text(), &root), Holder::default());
        assert!(Holder::of_text("", &root).to_string().starts_with("unknown"));
        assert!(Holder::of_text("gar\0bage: x\npid: -4\n", &root).to_string().starts_with("unknown"));
    }
}
