//! Stacks as the lines that flame graphs are drawn from: frames with `;` between them, a blank, a count.
//!
//! It draws nothing.

use super::stacks::Stacks;

/// One line per stack, sorted.
pub fn folded_lines(stacks: &Stacks) -> Vec<String> {
    stacks.iter().map(|(stack, count)| format!("{} {count}", stack.join(";"))).collect()
}

/// One line per stack of either profile with two counts, baseline and candidate. They are nanoseconds of one iteration
/// where both are known, so that what grew is not hidden by what else did.
pub fn differential_lines(stacks: [&Stacks; 2], iteration_ns: [f64; 2]) -> Vec<String> {
    let mut lines = std::collections::BTreeMap::new();
    for (side, (stacks, iteration_ns)) in stacks.into_iter().zip(iteration_ns).enumerate() {
        let all = stacks.sample_count().max(1) as f64;
        for (stack, count) in stacks.iter() {
            let entry: &mut [u64; 2] = lines.entry(stack.join(";")).or_default();
            // Thousandths of a nanosecond, so that a short iteration keeps its proportions.
            entry[side] = (count as f64 / all * iteration_ns * 1e3).round() as u64;
        }
    }
    lines.into_iter().map(|(stack, [before, after])| format!("{stack} {before} {after}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stacks(samples: &[(&str, usize)]) -> Stacks {
        let mut stacks = Stacks::new("cpu-clock", None);
        for (stack, count) in samples {
            (0..*count).for_each(|_| stacks.add(stack.split(';').map(Into::into).collect()));
        }
        stacks
    }

    #[test]
    fn a_stack_is_a_line() {
        assert_eq!(folded_lines(&stacks(&[("a;b", 2), ("a", 1)])), ["a 1", "a;b 2"]);
    }

    #[test]
    fn two_profiles_are_scaled_to_one_iteration_each() {
        let (before, after) = (stacks(&[("a;b", 10)]), stacks(&[("a;b", 30), ("a;c", 10)]));
        let lines = differential_lines([&before, &after], [3.0, 4.0]);
        assert_eq!(lines, ["a;b 3000 3000", "a;c 0 1000"]);
    }
}
