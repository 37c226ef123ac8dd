//! How the chance of a false answer is shared among the comparisons of a bisection.
//!
//! It changes one number of a policy's text and nothing else of it.

/// Comparisons that answer nothing, beside those that halve the range: so many may come to no decision.
const UNDECIDED_MAX: u32 = 3;

/// The confirmation that the ends differ, and the culprit against its parent.
const ENDS: u32 = 2;

/// The most comparisons that a bisection over so many commits makes. Each has this part of the policy's alpha, so that the
/// chance that any of them sees a change where there is none is at most alpha (Boole's inequality).
pub fn comparisons_max(commit_count: usize) -> u32 {
    let halvings = commit_count.max(1).next_power_of_two().ilog2();
    halvings + ENDS + UNDECIDED_MAX
}

/// The policy's text with another alpha, which is what a match stores: whoever judges it later uses the same level.
pub fn with_alpha(text: &str, alpha: f64) -> String {
    // Shares are read as per cent; sixteen digits would only be noise.
    let line = format!("alpha = \"{} %\"", format!("{:.6}", alpha * 100.0).trim_end_matches('0'));
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let is_head = |line: &str| line.trim_start().starts_with('[');
    let Some(compare) = lines.iter().position(|line| line.trim() == "[compare]") else {
        lines.extend(["[compare]".to_owned(), line]);
        return lines.join("\n") + "\n";
    };
    let end = (compare + 1..lines.len()).find(|index| is_head(&lines[*index])).unwrap_or(lines.len());
    let is_alpha = |text: &str| text.split('=').next().is_some_and(|key| key.trim() == "alpha");
    match (compare + 1..end).find(|index| is_alpha(&lines[*index])) {
        Some(index) => lines[index] = line,
        None => lines.insert(compare + 1, line),
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use lab_core::policy::read_policy;

    use super::*;

    #[test]
    fn a_bisection_of_thirty_commits_makes_ten_comparisons_at_most() {
        assert_eq!([1, 2, 5, 30, 32, 33].map(comparisons_max), [5, 6, 8, 10, 10, 11]);
    }

    #[test]
    fn only_alpha_changes() {
        for text in [
            "",
            "[[limits]]\nmargin = \"1 %\"\n",
            "[compare]\nmetric = \"wall_ns\"\n\n[[limits]]\nmargin = \"1 %\"\n",
            "[compare]\nmetric = \"wall_ns\"\nalpha = \"5 %\"\n[gate]\ninconclusive = \"fail\"\n",
        ] {
            let (mut before, budgets) = read_policy(text).unwrap();
            let (after, budgets_after) = read_policy(&with_alpha(text, 0.001)).unwrap();
            assert!((after.alpha - 0.001).abs() < 1e-12, "{text}");
            before.alpha = after.alpha;
            assert_eq!((after, budgets_after), (before, budgets), "{text}");
        }
    }
}
