//! What valgrind's DHAT and heaptrack print of a whole process: allocations, bytes, the most alive at once, what is left.
//!
//! It reads text that is handed in.

/// Figures of one process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeapTotals {
    /// Calls that allocated.
    pub allocation_count: u64,
    /// Bytes allocated; absent where the tool does not add them up.
    pub allocated_bytes: Option<u64>,
    /// Most bytes alive at once.
    pub peak_bytes: u64,
    /// Bytes alive at the end.
    pub left_bytes: u64,
}

/// Reads DHAT's summary on standard error: that of the first process it speaks of, since programs that it starts have
/// theirs.
pub fn read_dhat(stderr: &str) -> Option<HeapTotals> {
    let first = stderr.lines().find(|line| line.starts_with("==") && line.contains("== DHAT"))?;
    let mark = &first[..first.find("== ")? + "== ".len()];
    let own = || stderr.lines().filter_map(|line| line.strip_prefix(mark));
    let figures = |head: &str| -> Option<(u64, u64)> {
        let rest = own().filter_map(|line| line.strip_prefix(head)).next_back()?;
        let (bytes, blocks) = rest.split_once(" bytes in ")?;
        let number = |text: &str| text.trim().replace(',', "").parse().ok();
        Some((number(bytes)?, number(blocks.split(" block").next()?)?))
    };
    let (allocated, count) = figures("Total:")?;
    Some(HeapTotals {
        allocation_count: count,
        allocated_bytes: Some(allocated),
        peak_bytes: figures("At t-gmax:")?.0,
        left_bytes: figures("At t-end:")?.0,
    })
}

/// Reads the summary of `heaptrack_print`.
pub fn read_heaptrack(stdout: &str) -> Option<HeapTotals> {
    let after =
        |head: &str| stdout.lines().rev().find_map(|line| line.trim().strip_prefix(head)).map(str::trim);
    let count = after("calls to allocation functions:")?.split_whitespace().next()?.parse().ok()?;
    Some(HeapTotals {
        allocation_count: count,
        allocated_bytes: None,
        peak_bytes: size(after("peak heap memory consumption:")?)?,
        left_bytes: size(after("total memory leaked:")?)?,
    })
}

/// `109.27K`: heaptrack counts in thousands.
fn size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|sign: char| sign.is_ascii_alphabetic());
    let factor = match text[digits.len()..].chars().next() {
        Some('K') => 1e3,
        Some('M') => 1e6,
        Some('G') => 1e9,
        Some('B') | None => 1.0,
        Some(_) => return None,
    };
    Some((digits.parse::<f64>().ok()? * factor).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_process_that_dhat_speaks_of_counts() {
        let read = read_dhat(include_str!("../../tests/fixtures/profile/dhat.txt")).unwrap();
        let bytes = (read.allocated_bytes, read.peak_bytes, read.left_bytes);
        assert_eq!((read.allocation_count, bytes), (285, (Some(69_728), 36_566, 592)));
        assert_eq!(
            read_dhat("==1== DHAT, a dynamic heap analysis tool\n"),
            None,
            "it did not come to its end"
        );
        assert_eq!(read_dhat("Total:     1 bytes in 1 blocks\n"), None, "anybody can print that");
    }

    #[test]
    fn heaptrack_counts_in_thousands() {
        let read = read_heaptrack(include_str!("../../tests/fixtures/profile/heaptrack.txt")).unwrap();
        assert_eq!(
            read,
            HeapTotals { allocation_count: 287, allocated_bytes: None, peak_bytes: 109_270, left_bytes: 592 }
        );
        assert_eq!(
            [size("1.5M"), size("12B"), size("7"), size("x")],
            [Some(1_500_000), Some(12), Some(7), None]
        );
    }
}
