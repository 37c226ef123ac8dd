//! Lines about what is not in the table: targets that were left out, and what a reader must know.
//!
//! What many targets have in common is said once, with all their names or the first of them.

use crate::model::{TargetRecord, Warning};

/// Names before the rest is only counted, where the names are not the news.
const NAMES_SHOWN_MAX: usize = 4;

/// One line per reason: `skipped  pkg/bench: holds no benchmark`.
pub fn skipped<'a>(targets: impl IntoIterator<Item = &'a TargetRecord>) -> Vec<String> {
    let reasons = targets.into_iter().filter_map(|target| Some((target.skip.as_ref()?.to_string(), target)));
    let groups = grouped(reasons.map(|(reason, target)| (reason, target.id.to_string())));
    groups.into_iter().map(|(reason, names)| format!("skipped  {}: {reason}", names.join(", "))).collect()
}

/// One line per text: `warning  pkg/bench: what happened`.
pub fn warnings(warnings: &[Warning]) -> Vec<String> {
    let line = |(text, names): (String, Vec<String>)| {
        let shown = names.iter().take(NAMES_SHOWN_MAX).cloned().collect::<Vec<_>>().join(", ");
        match names.len().saturating_sub(NAMES_SHOWN_MAX) {
            0 if shown.is_empty() => format!("warning  {text}"),
            0 => format!("warning  {shown}: {text}"),
            more => format!("warning  {shown} and {more} more: {text}"),
        }
    };
    let pairs = warnings.iter().map(|warning| (warning.text.clone(), warning.subject.clone()));
    grouped(pairs).into_iter().map(line).collect()
}

/// Names by what is said of them, in the order in which it is first said.
fn grouped(pairs: impl Iterator<Item = (String, String)>) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (said, name) in pairs {
        match groups.iter_mut().find(|(other, _)| *other == said) {
            Some((_, names)) => names.push(name),
            None => groups.push((said, vec![name])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_have_in_common_is_said_once() {
        let warning = |subject: &str, text: &str| Warning::new("kind", subject, text);
        let many = ["a", "b", "c", "d", "e", "f"].map(|name| warning(name, "is odd"));
        let all =
            [vec![warning("x", "is old")], many.to_vec(), vec![warning("", "of the whole Run")]].concat();
        assert_eq!(
            warnings(&all),
            ["warning  x: is old", "warning  a, b, c, d and 2 more: is odd", "warning  of the whole Run"]
        );
    }
}
