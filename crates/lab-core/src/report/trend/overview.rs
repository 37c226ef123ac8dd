//! Many timelines in one table, those with steps first; or every step of them, newest first.
//!
//! A table of steps is a table of suspects, and says so.

use super::text::closing;
use super::{Course, History, phrase};
use crate::history::Step;
use crate::report::number::{counted, quantity};
use crate::report::table;

/// One row per benchmark that has a step or creeps, the largest unaccepted step first; the steady ones are counted.
pub fn overview(history: &History, width: usize) -> String {
    let mut lines = heading(history);
    let mut moving: Vec<&Course> = history.courses.iter().filter(|course| moves(course)).collect();
    moving.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
    if !moving.is_empty() {
        let head = ["benchmark", "level", "drift", "steps", "largest", "at", "creep"];
        let mut rows = vec![head.map(String::from).to_vec()];
        rows.extend(moving.iter().map(|course| row(course)));
        lines.extend(table::lay_out(&rows, width));
    }
    let all = history.courses.len();
    let stepped = history.courses.iter().filter(|course| !course.trend.steps.is_empty()).count();
    let creeping = history.courses.iter().filter(|course| !course.trend.creeps.is_empty()).count();
    let short = history.courses.iter().filter(|course| course.is_too_short() && !moves(course)).count();
    let too_short = match short {
        0 => String::new(),
        _ => format!(", {short} with fewer than the {} Runs that a step takes,", Course::step_needs()),
    };
    lines.push(format!(
        "{} with steps, {} creeping, {} steady{too_short} of {}; a step is a suspect until bench-lab bisect measures it again",
        stepped,
        creeping,
        all - moving.len() - short,
        counted(all, "benchmark")
    ));
    lines.extend(closing(history));
    lines.join("\n") + "\n"
}

/// Every step of every benchmark, newest first.
pub fn steps(history: &History, width: usize) -> String {
    let mut found: Vec<(&Course, &Step)> = history
        .courses
        .iter()
        .flat_map(|course| course.trend.steps.iter().map(move |step| (course, step)))
        .collect();
    found.sort_by_key(|(course, step)| {
        let moment = &course.timeline.points[step.at].moment;
        std::cmp::Reverse((moment.note.as_ref().map(|note| note.place), moment.measured_at.clone()))
    });
    let mut lines = heading(history);
    if !found.is_empty() {
        let mut rows =
            vec![["benchmark", "day", "commits", "levels", "change", "p", ""].map(String::from).to_vec()];
        rows.extend(found.iter().map(|(course, step)| {
            vec![
                format!("{} {}", phrase::mark(step), course.timeline.benchmark),
                course.timeline.points[step.at].moment.day().to_owned(),
                phrase::range(step),
                phrase::levels(step, &course.timeline.unit),
                phrase::size(step),
                phrase::chance(step.p),
                if step.accepted.is_some() { "accepted".into() } else { String::new() },
            ]
        }));
        lines.extend(table::lay_out(&rows, width));
    }
    let open = found.iter().filter(|(_, step)| step.accepted.is_none()).count();
    lines.push(format!("{}, {open} not accepted", counted(found.len(), "step")));
    lines.extend(closing(history));
    lines.join("\n") + "\n"
}

fn heading(history: &History) -> Vec<String> {
    let longest = history.courses.iter().max_by_key(|course| course.timeline.points.len());
    longest
        .map(|course| {
            format!("{}   {}", history.machine, phrase::extent(&course.timeline, &history.ordering))
        })
        .into_iter()
        .collect()
}

fn moves(course: &Course) -> bool {
    !course.trend.steps.is_empty() || !course.trend.creeps.is_empty()
}

/// How much a course asks for attention: its largest unaccepted step, else what crept.
fn weight(course: &Course) -> f64 {
    largest(course).filter(|step| step.accepted.is_none()).map_or_else(
        || course.trend.creeps.iter().map(|creep| creep.log_ratio.point.abs() * 1e-3).fold(0.0, f64::max),
        size,
    )
}

fn size(step: &Step) -> f64 {
    // What has no ratio came from nothing, or went to it.
    step.log_ratio.map_or(f64::MAX, |estimate| estimate.point.abs())
}

/// The largest step, one that nobody accepted before any other.
fn largest(course: &Course) -> Option<&Step> {
    let of = |steps: Vec<&'_ Step>| steps.into_iter().map(size).fold(f64::NEG_INFINITY, f64::max);
    let open: Vec<&Step> = course.trend.open_steps().collect();
    let steps = if open.is_empty() { course.trend.steps.iter().collect() } else { open };
    let most = of(steps.clone());
    steps.into_iter().find(|step| size(step) >= most)
}

fn row(course: &Course) -> Vec<String> {
    let Course { timeline, trend, .. } = course;
    let level = trend.stretches.last().map_or(f64::NAN, |stretch| stretch.last);
    let accepted = trend.steps.iter().filter(|step| step.accepted.is_some()).count();
    let steps = match accepted {
        0 => trend.steps.len().to_string(),
        accepted => format!("{} ({accepted} accepted)", trend.steps.len()),
    };
    let largest = largest(course);
    let creep: f64 = trend.creeps.iter().map(|creep| creep.log_ratio.point).sum();
    vec![
        timeline.benchmark.clone(),
        quantity(level, &timeline.unit),
        trend.drift.map_or_else(String::new, |drift| crate::report::number::change(drift.log_ratio)),
        steps,
        largest.map_or_else(String::new, phrase::size),
        largest.map_or_else(String::new, phrase::range),
        if trend.creeps.is_empty() { String::new() } else { crate::report::number::change(creep) },
    ]
}
