//! What `strace -f -c -U name,calls` prints: how often a process and its threads made each system call.
//!
//! It reads text that is handed in.

use std::collections::BTreeMap;

/// Calls by name; absent for a text that is none of strace's.
pub fn read_strace(text: &str) -> Option<BTreeMap<String, f64>> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("---"));
    lines.next()?;
    let mut calls = BTreeMap::new();
    for line in lines.take_while(|line| !line.starts_with("---")) {
        let mut words = line.split_whitespace();
        let (name, count) = (words.next()?, words.next()?.parse().ok()?);
        calls.insert(name.to_owned(), count);
    }
    Some(calls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_is_counted_by_its_name() {
        let calls = read_strace(include_str!("../../tests/fixtures/profile/strace.txt")).unwrap();
        assert_eq!((calls["mmap"], calls["access"], calls.len()), (13.0, 1.0, 23));
        assert!(!calls.contains_key("total"));
        assert_eq!(read_strace("strace: attach: Operation not permitted"), None);
    }
}
