//! A comparison as text for a terminal or a log.
//!
//! Words stand beside every number and no colour is needed; the last line sums up.

use unicode_width::UnicodeWidthStr;

use super::{ComparedView, phrase, short};
use crate::compare::{Change, EvidenceKind, Head, Summary};
use crate::gate::{Answer, Gate};
use crate::model::Origin;
use crate::report::prose::{hanging, wrap};
use crate::report::tone::{Line, Tone, plain};
use crate::report::{next, number, remark, table};

/// Rows of a group before the rest is only counted; regressions and improvements are always shown.
const ROWS_SHOWN_MAX: usize = 20;

/// Facts that differ and decide nothing, before the rest is only counted.
const FACTS_SHOWN_MAX: usize = 6;

/// Benchmarks that only one side has, before the rest is only counted.
const NAMES_SHOWN_MAX: usize = 10;

/// Columns of the labels at the top.
const LABEL: usize = 11;

/// Columns before what is said below a row.
const BELOW: usize = 6;

/// Columns that fold away on a narrow terminal: the evidence first, then the interval.
const FOLDABLE: [usize; 2] = [5, 4];

/// Renders for a terminal of `width` columns, without colour.
pub fn render(view: &ComparedView<'_>, width: usize) -> String {
    plain(&lines(view, width, &[]))
}

/// The report for a terminal of `width` columns; `besides` is said before the line that sums up.
pub fn lines(view: &ComparedView<'_>, width: usize, besides: &[String]) -> Vec<Line> {
    let comparison = view.comparison;
    let mut top = vec![head("baseline ", &comparison.baseline), head("candidate", &comparison.candidate)];
    top.push(format!("comparable {}", phrase::comparable(comparison)));
    top.push(format!("evidence   {}", phrase::evidence(&comparison.changes, comparison.drift.as_ref())));
    top.extend(phrase::tainted(&comparison.changes).map(|tainted| format!("tainted    {tainted}")));
    top.extend(differences(view));
    let mut lines: Vec<Line> = folded(&top, LABEL, width);
    lines.extend(groups(view, width));
    lines.extend(one_sided(view, width));
    let warnings = remark::warnings(&comparison.warnings);
    part(&mut lines, folded(&warnings, 9, width));
    part(&mut lines, nexts(view, width));
    lines.push("".into());
    lines.extend(folded(&phrase::geomean(comparison).into_iter().collect::<Vec<_>>(), 0, width));
    lines.extend(folded(besides, 0, width));
    lines.extend(view.gate.into_iter().flat_map(|gate| self::gate(gate, width)));
    let summary = comparison.summary();
    let said = hanging(&phrase::summary(summary), 0, width);
    lines.extend(said.into_iter().map(|line| Line::new(tone_of(summary), line)));
    lines
}

/// Adds lines behind an empty one, if there are any.
fn part(lines: &mut Vec<Line>, more: Vec<Line>) {
    if !more.is_empty() {
        lines.push("".into());
        lines.extend(more);
    }
}

fn folded(lines: &[String], indent: usize, width: usize) -> Vec<Line> {
    lines.iter().flat_map(|line| hanging(line, indent, width)).map(Line::from).collect()
}

fn tone_of(summary: Summary) -> Tone {
    match summary {
        Summary { regressed: 1.., .. } => Tone::Bad,
        Summary { inconclusive: 0, not_comparable: 0, .. } => Tone::Good,
        _ => Tone::Open,
    }
}

/// Where a side comes from, behind what it is called here.
pub(in crate::report) fn head(side: &str, head: &Head) -> String {
    let origin = match &head.origin {
        Origin::Run(id) if *id == head.name => String::new(),
        Origin::Run(id) => format!("  run {id}"),
        Origin::Import { program, path } => format!("  imported from {program}, {path}"),
    };
    let commit = head.revision.commit.as_deref().map_or_else(String::new, |commit| {
        let dirty = if head.revision.is_dirty == Some(true) { " (uncommitted changes)" } else { "" };
        format!("  commit {}{dirty}", short(commit))
    });
    let machine = head.machine.as_ref().map_or_else(String::new, |machine| format!("  {machine}"));
    format!("{side}  {}{origin}{commit}{machine}", head.name)
}

fn differences(view: &ComparedView<'_>) -> Vec<String> {
    let all = &view.comparison.differences;
    let (decisive, other): (Vec<_>, Vec<_>) =
        all.iter().partition(|difference| difference.decisive.is_some());
    let shown = if view.lists_all { other.len() } else { FACTS_SHOWN_MAX };
    let mut lines: Vec<String> = decisive
        .iter()
        .chain(other.iter().take(shown))
        .map(|difference| format!("differs    {}", phrase::difference(difference)).trim_end().to_owned())
        .collect();
    if let Some(more @ 1..) = other.len().checked_sub(shown) {
        lines.push(format!(
            "differs    {} more that decide nothing; --all lists them",
            number::counted(more, "fact")
        ));
    }
    lines
}

/// All groups over one set of columns, so that a reader's eye goes down the page.
fn groups(view: &ComparedView<'_>, width: usize) -> Vec<Line> {
    let groups: Vec<Group<'_>> =
        view.groups().into_iter().map(|(id, changes)| Group::of(view, id, changes)).collect();
    let rows: Vec<Vec<String>> = groups.iter().flat_map(|group| group.rows.iter().cloned()).collect();
    let mut laid_out = table::lay_out_folding(&rows, width, &FOLDABLE).into_iter();
    let mut lines = Vec::new();
    for group in &groups {
        lines.push("".into());
        group.write(&mut laid_out, width, &mut lines);
    }
    lines
}

/// Changes of one verdict.
struct Group<'a> {
    tone: Tone,
    title: String,
    /// What most of them have in common: it stands in the title and in no row.
    common: Option<String>,
    shown: Vec<&'a Change>,
    /// The head and a row per change; empty where the title says all.
    rows: Vec<Vec<String>>,
    more: usize,
}

impl<'a> Group<'a> {
    fn of(view: &ComparedView<'_>, id: &'static str, changes: Vec<&'a Change>) -> Self {
        let tone = match id {
            "regressed" => Tone::Bad,
            "improved" => Tone::Good,
            "equivalent" => Tone::Title,
            _ => Tone::Open,
        };
        let name = id.replace('_', " ");
        if id == "equivalent" && !view.lists_all {
            let margin = changes.iter().map(|change| change.margin).fold(0.0, f64::max);
            let within = number::percent(margin.exp_m1());
            let title = format!("{name} ({}), each within ±{within}; --all lists them", changes.len());
            return Self { tone, title, common: None, shown: Vec::new(), rows: Vec::new(), more: 0 };
        }
        let is_long = matches!(id, "inconclusive" | "not_comparable") && !view.lists_all;
        let count = if is_long { changes.len().min(ROWS_SHOWN_MAX) } else { changes.len() };
        let shown = changes[..count].to_vec();
        let common = phrase::most_common(shown.iter().map(|change| phrase::verdict(change)))
            .filter(|(common, _)| shown.len() > 1 || *common == name);
        let why = match &common {
            Some((common, _)) if *common == name => String::new(),
            Some((common, count)) if *count == shown.len() => format!(": {common}"),
            Some((common, _)) => format!(", where no row says otherwise: {common}"),
            None => String::new(),
        };
        let common = common.map(|(common, _)| common);
        let title = format!("{name} ({}){why}", changes.len());
        let labels = ["", "baseline", "candidate", "change", "interval %", ""];
        let mut rows: Vec<Vec<String>> = vec![labels.map(String::from).to_vec()];
        rows.extend(shown.iter().map(|change| cells(change)));
        Self { tone, title, common, more: changes.len() - count, shown, rows }
    }

    fn write(&self, laid_out: &mut impl Iterator<Item = String>, width: usize, lines: &mut Vec<Line>) {
        let head = self.rows.first().and_then(|_| laid_out.next()).unwrap_or_default();
        lines.extend(titled(&self.title, &head, width).into_iter().map(|line| Line::new(self.tone, line)));
        for (change, row) in self.shown.iter().zip(laid_out) {
            let said = phrase::verdict(change);
            let said = if self.common.as_ref() == Some(&said) { String::new() } else { said };
            let parts = [said, phrase::witnesses(change)];
            let said = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("   ");
            if said.is_empty() || row.width() + 3 + said.width() <= width {
                lines.push(format!("{row}   {said}").trim_end().into());
            } else {
                lines.push(row.into());
                lines.extend(below(&said, width));
            }
            lines.extend(phrase::notes(change).iter().flat_map(|note| below(note, width)));
        }
        if self.more > 0 {
            lines.push(format!("  and {} more; --all lists them", self.more).into());
        }
    }
}

/// The title with the labels of the columns on its line, where both have room.
fn titled(title: &str, head: &str, width: usize) -> Vec<String> {
    let room = head.len() - head.trim_start().len();
    if head.is_empty() || room < title.width() + 2 {
        let mut lines = hanging(title, 0, width);
        lines.extend(Some(head.to_owned()).filter(|head| !head.is_empty()));
        return lines;
    }
    vec![format!("{title}{}{}", " ".repeat(room - title.width()), head.trim_start())]
}

fn below(text: &str, width: usize) -> Vec<Line> {
    let room = width.saturating_sub(BELOW).max(BELOW);
    wrap(text, room).into_iter().map(|line| format!("{:BELOW$}{line}", "").into()).collect()
}

fn cells(change: &Change) -> Vec<String> {
    let [baseline, candidate] = phrase::levels(change);
    let (percent, interval) = change
        .ratio
        .map_or_else(Default::default, |ratio| (phrase::percent(ratio.point), phrase::interval(&ratio)));
    let metric = if change.metric.0 == "wall_ns" { String::new() } else { format!("  {}", change.metric) };
    let levels = if (baseline.as_str(), candidate.as_str()) == ("-", "-") {
        [String::new(), String::new()]
    } else {
        [baseline, format!("→ {candidate}")]
    };
    let [baseline, candidate] = levels;
    let evidence = match change.evidence {
        Some(kind) if change.count > 0 => number::counted_as(change.count, EvidenceKind::replicate(kind)),
        _ => String::new(),
    };
    vec![format!("  {}{metric}", change.benchmark), baseline, candidate, percent, interval, evidence]
}

fn one_sided(view: &ComparedView<'_>, width: usize) -> Vec<Line> {
    let comparison = view.comparison;
    let mut lines: Vec<Line> = Vec::new();
    for (what, ids) in
        [("only in the candidate", &comparison.added), ("only in the baseline", &comparison.removed)]
    {
        if ids.is_empty() {
            continue;
        }
        let shown = if view.lists_all { ids.len() } else { NAMES_SHOWN_MAX };
        lines.push("".into());
        lines.push(Line::new(Tone::Title, format!("{what} ({})", ids.len())));
        let room = width.saturating_sub(2);
        lines.extend(
            ids.iter().take(shown).map(|id| format!("  {}", table::elide(&id.to_string(), room)).into()),
        );
        if let Some(more @ 1..) = ids.len().checked_sub(shown) {
            lines.push(format!("  and {more} more; --all lists them").into());
        }
    }
    if comparison.unasked_count > 0 {
        let count = number::counted(comparison.unasked_count, "benchmark");
        let line = format!("{count} of the baseline were not asked for in the candidate");
        part(&mut lines, folded(&[line], 0, width));
    }
    lines
}

/// What would decide, and what may be wanted next; never folded, since a command is there to be pasted.
fn nexts(view: &ComparedView<'_>, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    match view.offer() {
        Some(Ok(command)) => lines.push(format!("a live comparison would decide: {command}")),
        Some(Err(why)) => {
            lines.extend(hanging(&format!("a live comparison would decide, but {why}"), 0, width));
        }
        None => {}
    }
    let mut lines: Vec<Line> = lines.into_iter().map(|line| Line::new(Tone::Next, line)).collect();
    lines.extend(next::lines(&next::of_comparison(view), width));
    lines
}

/// The gate's reasons and its answer.
pub fn gate(gate: &Gate, width: usize) -> Vec<Line> {
    let reasons: Vec<String> = gate
        .reasons
        .iter()
        .map(|reason| {
            let about = reason.benchmark.as_ref().map_or_else(String::new, |id| format!("{id}: "));
            format!("{:8} {about}{}", reason.weight.id(), reason.text)
        })
        .collect();
    let mut lines = folded(&reasons, 9, width);
    lines.push(match gate.answer {
        Answer::Pass => Line::new(Tone::Good, "the gate passes"),
        Answer::Fail => Line::new(Tone::Bad, "the gate FAILS"),
        Answer::NotComparable => Line::new(Tone::Open, "the gate cannot answer: not comparable"),
    });
    lines
}
