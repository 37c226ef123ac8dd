//! One timeline for a terminal: chart, steps, creep, drift, budget, settings, and what to do next.
//!
//! Every line can stand alone; colours and terminals are the caller's business.

use super::{Course, History, chart, phrase};
use crate::history::{Creep, Step, StepRange};
use crate::report::number::{change, counted, percent};
use crate::report::shell::word;

/// All courses, a block each, with what belongs to the whole history behind them.
pub fn text(history: &History, width: usize) -> String {
    let mut lines = Vec::new();
    for course in &history.courses {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(block(history, course, width));
    }
    lines.extend(closing(history));
    lines.join("\n") + "\n"
}

/// What was left out, and the remarks.
pub(super) fn closing(history: &History) -> Vec<String> {
    let mut lines = Vec::new();
    let left_out = history.left_out;
    if left_out.uncommitted > 0 {
        let runs = counted(left_out.uncommitted, "Run");
        lines.push(format!("{runs} with uncommitted changes left out; --uncommitted takes them in"));
    }
    if left_out.elsewhere > 0 {
        let runs = counted(left_out.elsewhere, "Run");
        lines.push(format!(
            "{runs} of commits that are not on this line left out; --line REV takes another line"
        ));
    }
    lines.extend(history.remarks.iter().cloned());
    lines
}

fn block(history: &History, course: &Course, width: usize) -> Vec<String> {
    let Course { timeline, trend, room } = course;
    let mut lines = vec![format!(
        "{}   {}   {}, {}",
        timeline.benchmark,
        timeline.machine,
        timeline.metric,
        phrase::extent(timeline, &history.ordering)
    )];
    lines.extend(chart::chart(timeline, trend, width));
    for step in &trend.steps {
        lines.extend(step_lines(course, step));
    }
    lines.extend(trend.creeps.iter().map(|creep| creep_line(course, creep)));
    if trend.small_step_count > 0 {
        lines.push(format!("{} below the margin not shown", counted(trend.small_step_count, "step")));
    }
    lines.extend(phrase::drift(course));
    if let Some(room) = room {
        let stands = if room.share >= 0.0 { "room" } else { "over" };
        lines.push(format!("budget {}: {} {stands}", room.target, percent(room.share.abs())));
    }
    for (index, changes) in &trend.settings_without_step {
        let day = timeline.points[*index].moment.day();
        lines.push(format!("changed at {day}: {}; no step there", phrase::settings(changes)));
    }
    lines.extend(taints(course));
    lines.extend(next(course));
    lines
}

fn step_lines(course: &Course, step: &Step) -> Vec<String> {
    let moment = &course.timeline.points[step.at].moment;
    let mut told = vec![phrase::levels(step, &course.timeline.unit), phrase::size(step)];
    let interval = phrase::interval(step.log_ratio);
    let evidence =
        [interval, phrase::chance(step.p)].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    told.push(format!("({})", evidence.join(", ")));
    if let Some(note) = moment.note.as_ref().filter(|note| !note.subject.is_empty()) {
        told.push(format!("\"{}\"", note.subject));
    }
    let at = moment.short_commit().unwrap_or("?");
    let mut lines = vec![format!("{} {at}  {}  {}", phrase::mark(step), moment.day(), told.join("  "))];
    let is_one_commit = matches!(step.range, StepRange::Commits { count: Some(1), .. });
    if !is_one_commit {
        lines.push(format!("    range {}", phrase::range(step)));
    }
    lines.extend(phrase::beside(step).into_iter().map(|line| format!("    {line}")));
    lines
}

fn creep_line(course: &Course, creep: &Creep) -> String {
    let [first, last] =
        [creep.start, creep.end - 1].map(|index| phrase::moment(&course.timeline.points[index].moment));
    let size = if course.timeline.has_ratios() {
        let interval = phrase::interval(Some(creep.log_ratio));
        let evidence = [interval, phrase::chance(creep.p)]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>();
        format!("{} ({})", change(creep.log_ratio.point), evidence.join(", "))
    } else {
        phrase::chance(creep.p)
    };
    format!("~ slow creep {first} .. {last}: {size} over {}", counted(creep.end - creep.start, "Run"))
}

/// How much of what stands here was measured under doubt.
fn taints(course: &Course) -> Option<String> {
    let points = &course.timeline.points;
    let doubtful = points.iter().filter(|point| point.taint_share() > 0.5).count();
    (doubtful > 0).then(|| {
        format!(
            "{} of {} had more than half of their processes tainted",
            doubtful,
            counted(points.len(), "Run")
        )
    })
}

/// What to do about the newest step that nobody accepted.
fn next(course: &Course) -> Vec<String> {
    let Some(step) = course.trend.open_steps().last() else { return Vec::new() };
    let id = word(&course.timeline.benchmark);
    match &step.range {
        StepRange::Commits { good, bad, .. } => vec![
            format!("measure again:  bench-lab bisect {id} {}..{}", phrase::short(good), phrase::short(bad)),
            format!("accept it:      bench-lab accept {id} --commit {} --why \"...\"", phrase::short(bad)),
        ],
        StepRange::SameCommit(_) | StepRange::Unknown => Vec::new(),
    }
}
