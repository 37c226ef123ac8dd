//! The sentences about steps, creep, drift and settings that several reports say alike.
//!
//! It rounds for reading only.

use lab_stats::{Estimate, Probability};

use super::Course;
use crate::history::{Moment, Ordering, SettingChange, Step, StepRange, Timeline};
use crate::report::number::{alike, change, counted};

/// A step that is more probable by chance is told as weak.
const SURE_P: f64 = 0.01;

/// Digits of a commit that people see.
pub(super) const COMMIT_DIGITS: usize = 7;

/// `▲` or `▼`.
pub(super) fn mark(step: &Step) -> char {
    if step.is_up() { '▲' } else { '▼' }
}

/// The first digits of a commit.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..COMMIT_DIGITS).unwrap_or(commit)
}

/// `80.20 ms → 76.60 ms`, in the unit that fits both.
pub(super) fn levels(step: &Step, unit: &str) -> String {
    let [before, after] = alike([step.before.value, step.after.value], unit);
    format!("{before} → {after}")
}

/// `+5.0 %`, or the difference where there is no ratio.
pub(super) fn size(step: &Step) -> String {
    match step.log_ratio {
        Some(estimate) => change(estimate.point),
        None => "no ratio".into(),
    }
}

/// `95 % CI +4.8 % to +5.2 %`; empty where there is none.
pub(super) fn interval(estimate: Option<Estimate>) -> String {
    let Some(interval) = estimate.and_then(|estimate| estimate.interval) else { return String::new() };
    format!(
        "{:.0} % CI {} to {}",
        interval.level().value() * 100.0,
        change(interval.lower()),
        change(interval.upper())
    )
}

/// `p 0.004`, `p < 0.0001`, and a word where chance is not excluded.
pub(super) fn chance(p: Probability) -> String {
    let text = match p.value() {
        small if small < 1e-4 => "p < 0.0001".into(),
        p if p < 0.01 => format!("p {p:.4}"),
        p => format!("p {p:.2}"),
    };
    if p.value() > SURE_P { format!("{text}: weak") } else { text }
}

/// Where a step lies, in commits: `9c44d10..e1120fe (3 commits)`, one commit alone, or why that is not known.
pub(super) fn range(step: &Step) -> String {
    match &step.range {
        StepRange::Commits { bad, count: Some(1), .. } => short(bad).to_owned(),
        StepRange::Commits { good, bad, count } => {
            let count = count.map_or_else(String::new, |count| format!(" ({})", counted(count, "commit")));
            format!("{}..{}{count}", short(good), short(bad))
        }
        StepRange::SameCommit(commit) => format!("within {}: not its code", short(commit)),
        StepRange::Unknown => "commits unknown".into(),
    }
}

/// What else is known of a step: settings, the machine, who accepted it.
pub(super) fn beside(step: &Step) -> Vec<String> {
    let mut lines = Vec::new();
    if !step.settings.is_empty() {
        lines.push(format!("settings changed there: {}", settings(&step.settings)));
    }
    let of_step = step.log_ratio.map_or(0.0, |estimate| estimate.point.abs());
    if let Some(moved) = step.canary_log_ratio.filter(|moved| of_step > 0.0 && moved.abs() >= of_step / 2.0) {
        lines.push(format!("the machine moved there too: a canary by {}", change(moved)));
    }
    if let Some(accepted) = &step.accepted {
        lines.push(format!("accepted by {} on {}: {}", accepted.who, accepted.day, accepted.why));
    }
    lines
}

/// `rustc.release 1.94.0 → 1.95.0`, several with commas; of very many the first ones.
pub(super) fn settings(changes: &[SettingChange]) -> String {
    const TOLD: usize = 3;
    let told = changes.iter().take(TOLD).map(|one| format!("{} {} → {}", one.name, one.before, one.after));
    let mut text = told.collect::<Vec<_>>().join(", ");
    if changes.len() > TOLD {
        text.push_str(&format!(", and {} more", changes.len() - TOLD));
    }
    text
}

/// How a moment is called: its commit, else its baseline's name, else its day.
pub(super) fn moment(moment: &Moment) -> String {
    let name = moment.names.first().map(|name| name.rsplit('/').next().unwrap_or(name).to_owned());
    let commit = moment.short_commit().map(str::to_owned);
    name.or(commit).unwrap_or_else(|| moment.day().to_owned())
}

/// `60 Runs of 58 commits of main, 2026-09-02 .. 2026-11-21`.
pub(super) fn extent(timeline: &Timeline, ordering: &Ordering) -> String {
    let points = &timeline.points;
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return "no Runs".into() };
    let days = format!("{} .. {}", first.moment.day(), last.moment.day());
    let runs = counted(points.len(), "Run");
    match ordering {
        Ordering::Commits(line) => {
            let mut commits: Vec<_> = points.iter().map(|point| &point.moment.revision.commit).collect();
            commits.dedup();
            format!("{runs} of {} of {line}, {days}", counted(commits.len(), "commit"))
        }
        Ordering::Time => format!("{runs} by time of measuring, {days}"),
    }
}

/// What the whole timeline did: `drift since v2.0.0: +11.0 %, +11.2 % in 2 steps, no creep`.
pub(super) fn drift(course: &Course) -> Option<String> {
    if course.is_too_short() {
        let runs = counted(course.timeline.points.len(), "Run");
        return Some(format!("{runs}, and a step takes {} to be seen", Course::step_needs()));
    }
    let drift = course.trend.drift?;
    let first = course.timeline.points.first()?;
    let count = course.trend.steps.len() + course.trend.small_step_count;
    let steps = match count {
        0 => "no step".into(),
        count => format!("{} in {}", change(drift.in_steps), counted(count, "step")),
    };
    let creep = match course.trend.creeps.as_slice() {
        [] => "no slow creep".into(),
        _ => format!("{} by slow creep", change(drift.in_creep)),
    };
    Some(format!("drift since {}: {}, {steps}, {creep}", moment(&first.moment), change(drift.log_ratio)))
}
