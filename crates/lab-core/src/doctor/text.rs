//! The report as text for a terminal or a log.
//!
//! It uses words beside marks and no colour, so that nothing is lost when it is piped.

use unicode_width::UnicodeWidthStr;

use crate::report::prose::{hanging, wrap};
use crate::report::tone::{Line, Tone, plain};

use super::finding::{Finding, Severity, Status};
use super::report::Report;

/// Columns of mark and word.
const STATUS_WIDTH: usize = 9;

/// Narrowest a text column may become; below that lines are left to wrap.
const TEXT_WIDTH_MIN: usize = 30;

/// Renders a report for `width` columns, without colour.
pub fn render(report: &Report, width: usize) -> String {
    plain(&lines(report, width))
}

/// The report for `width` columns. Ends with what says whether to measure.
pub fn lines(report: &Report, width: usize) -> Vec<Line> {
    let titles = report.findings.iter().map(|finding| finding.check.title().width()).max().unwrap_or(0);
    let column = STATUS_WIDTH + 2 + titles + 2;
    let room = width.saturating_sub(column).max(TEXT_WIDTH_MIN);
    let mut out: Vec<Line> = Vec::new();
    for finding in &report.findings {
        let status = &finding.status;
        let word = format!("{} {}", status.mark(), status.word());
        let title = finding.check.title();
        let padding = titles - title.width();
        let head = format!("{word:STATUS_WIDTH$}  {title}{}  ", " ".repeat(padding));
        let tone = tone(status);
        let prose = prose(finding).into_iter().flat_map(|line| wrap(&line, room));
        let lines = prose.chain(commands(finding));
        for (number, line) in lines.enumerate() {
            let (before, tone) =
                if number == 0 { (head.clone(), tone) } else { (" ".repeat(column), Tone::Plain) };
            out.push(Line::new(tone, format!("{before}{line}").trim_end()));
        }
    }
    out.push("".into());
    let counts = report.counts();
    let tone = match (counts.fail, counts.warn) {
        (0, 0) => Tone::Good,
        (0, _) => Tone::Open,
        _ => Tone::Bad,
    };
    out.extend(hanging(&verdict(report), 0, width).into_iter().map(|line| Line::new(tone, line)));
    out
}

/// How its first line is coloured: what is as it should be is not worth a colour.
fn tone(status: &Status) -> Tone {
    match status {
        Status::Fail => Tone::Bad,
        Status::Warn => Tone::Open,
        _ => Tone::Plain,
    }
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
