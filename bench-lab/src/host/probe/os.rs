//! The system around the kernel: `os.*`, `libc.*`.
//!
//! The host's name is not recorded: it says who, and never what.

use lab_core::model::FactClass::{Configuration, Explanation};
use lab_core::model::FactValue;

use super::Host;
use super::facts::Facts;

pub(super) fn fill(facts: &mut Facts<'_>, host: &Host<'_>) {
    let paths = ["/etc/os-release", "/usr/lib/os-release"];
    let found = paths.iter().find_map(|path| Some((*path, facts.root.read(path).ok()?)));
    let portable = || host.live.portable.as_ref().ok().and_then(|portable| portable.os.clone());
    for (name, key) in [("os.id", "ID"), ("os.version", "VERSION_ID"), ("os.name", "PRETTY_NAME")] {
        let (source, value) = match (&found, portable()) {
            (Some((path, text)), _) => {
                let value = value(text, key).ok_or_else(|| format!("no {key} in {path}"));
                (*path, value.map(FactValue::Text))
            }
            (None, Some(os)) if name == "os.name" => ("the sysinfo library", Ok(FactValue::Text(os))),
            (None, _) => (paths[0], Err(format!("no {}, no {}", paths[0], paths[1]))),
        };
        facts.record(name, Explanation, source, value);
    }
    let libc = host.live.libc.clone().map(FactValue::Text);
    facts.record("libc.version", Configuration, "gnu_get_libc_version() in bench-lab", libc);
}

/// A value of os-release(5), whose quotes are those of a shell.
fn value(text: &str, key: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
    Some(line.trim().trim_matches(['"', '\'']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_of_os_release_are_taken_off() {
        let text = "NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID='12'\n";
        assert_eq!(value(text, "ID").as_deref(), Some("debian"));
        assert_eq!(value(text, "VERSION_ID").as_deref(), Some("12"));
        assert_eq!(value(text, "VERSION"), None);
    }
}
