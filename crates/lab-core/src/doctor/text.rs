//! The report as text for a terminal or a log.
//!
//! It uses words beside marks and no colour, so that nothing is lost when it is piped.

use unicode_width::UnicodeWidthStr;

use super::finding::{Finding, Severity, Status};
use super::report::Report;

/// Columns of mark and word.
const STATUS_WIDTH: usize = 9;

/// Narrowest a text column may become; below that lines are left to wrap.
const TEXT_WIDTH_MIN: usize = 30;

/// Renders a report for `width` columns. Ends with one line that says whether to measure.
pub fn render(report: &Report, width: usize) -> String {
    let titles = report.findings.iter().map(|finding| finding.check.title().width()).max().unwrap_or(0);
    let column = STATUS_WIDTH + 2 + titles + 2;
    let room = width.saturating_sub(column).max(TEXT_WIDTH_MIN);
    let mut out = String::new();
    for finding in &report.findings {
        let status = &finding.status;
        let word = format!("{} {}", status.mark(), status.word());
        let title = finding.check.title();
        let padding = titles - title.width();
        let head = format!("{word:STATUS_WIDTH$}  {title}{}  ", " ".repeat(padding));
        let prose = prose(finding).into_iter().flat_map(|line| wrap(&line, room));
        let lines = prose.chain(commands(finding));
        for (number, line) in lines.enumerate() {
            let before = if number == 0 { head.clone() } else { " ".repeat(column) };
            out.push_str(format!("{before}{line}").trim_end());
            out.push('\n');
        }
    }
    out.push('\n');
    out.push_str(&verdict(report));
    out.push('\n');
    out
}

/// What is said of one finding: the value, and more only of what is wrong.
fn prose(finding: &Finding) -> Vec<String> {
    let first = match &finding.status {
        Status::NotApplicable(why) | Status::Unknown(why) => why.clone(),
        Status::Ok | Status::Note | Status::Warn | Status::Fail => finding.value.clone().unwrap_or_default(),
    };
    let mut lines = vec![first];
    if finding.status.severity() > Some(Severity::Note) {
        lines.extend(finding.details.iter().cloned());
        lines.push(format!("wanted: {}. {}", finding.check.wanted(), finding.check.why()));
    }
    lines
}

/// What to do about what is wrong; never wrapped, since a command is there to be copied.
fn commands(finding: &Finding) -> Vec<String> {
    let remedy = finding.remedy.iter().filter(|_| finding.status.severity() > Some(Severity::Note));
    let lines = remedy.map(|remedy| {
        let undo = remedy.undo.iter().map(|undo| format!("undo: {undo}"));
        [format!("fix: {}", remedy.fix)].into_iter().chain(undo).collect::<Vec<_>>()
    });
    lines.flatten().collect()
}

/// The counts, and what they come to.
fn verdict(report: &Report) -> String {
    let counts = report.counts();
    let plural = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    format!(
        "{} ok · {} · {} · {} failed · {} not applicable · {} unknown: {}",
        counts.ok,
        plural(counts.note, "note"),
        plural(counts.warn, "warning"),
        counts.fail,
        counts.not_applicable,
        counts.unknown,
        report.verdict().phrase()
    )
}

/// Breaks at blanks; a word that is wider than the room stays whole.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is always one line");
        if !last.is_empty() && last.width() + 1 + word.width() > room {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::wrap;

    proptest! {
        #[test]
        fn wrapping_loses_no_word(text in "[a-z /]{0,80}", room in 5_usize..40) {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let lines = wrap(&text, room);
            prop_assert_eq!(words(&lines.join(" ")), words(&text));
            prop_assert!(lines.iter().all(|line| line.len() <= room || !line.contains(' ')));
        }
    }
}
