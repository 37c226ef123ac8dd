//! From comparisons to the table: counts with exact intervals, as Markdown.
//!
//! It measures nothing, and a rule without a comparison has no figure.

use std::collections::BTreeSet;
use std::fmt::Write;

use lab_stats::{Level, Observations, Share, median};

use crate::effect;
use crate::journal::Content;
use crate::record::{Comparison, Presence, Session, Verdict};
use crate::tool::{Rule, Tool};

/// The head: what is counted is explained below the table.
const HEAD: &str = "| tool and rule | A/A alarms | +1 % found | +2 % found | +5 % found | called faster | no answer | seconds |
|---|---|---|---|---|---|---|---|
";

/// How to read it.
const LEGEND: &str = "\
Counts are k/n with the exact 95 % interval of the share (Clopper and Pearson), in per cent. A/A: the same executable
and work on both sides, an alarm is any change called. Found: k % more work in the candidate, called slower; more work is
not as much more time where caches hold it. Called faster: of all plants. No answer: the tool itself says that it cannot
tell, or failed. Seconds: median machine time of one comparison of one benchmark, both sides, calibration included.
";

/// The whole text for a file of comparisons.
pub fn markdown(content: &Content) -> String {
    let mut text = String::from(HEAD);
    for (tool, rule) in Rule::all() {
        let answered: Vec<&Comparison> =
            content.comparisons.iter().filter(|one| one.tool == tool && has_part(one, rule)).collect();
        if !answered.is_empty() {
            text.push_str(&row(rule, &answered));
        } else if let Some(reason) = absence(&content.sessions, tool, rule) {
            let _ = writeln!(text, "| {} | {reason} | – | – | – | – | – | – |", rule.title());
        }
    }
    text.push('\n');
    text.push_str(LEGEND);
    text.push_str(&effect::markdown(&content.comparisons));
    text.push_str(&failures(&content.comparisons));
    for session in &content.sessions {
        text.push_str(&circumstances(session));
    }
    text
}

/// Whether a rule had its say on a comparison, or should have had it.
fn has_part(one: &Comparison, rule: Rule) -> bool {
    // A failure counts for every rule that always takes part; critcmp may not be there.
    one.answers.contains_key(&rule) || (one.failure.is_some() && rule != Rule::Critcmp)
}

/// Why a rule has no comparison, where that is known; nothing where it was not asked for.
fn absence(sessions: &[Session], tool: Tool, rule: Rule) -> Option<String> {
    let presence = |session: &Session| match rule {
        Rule::Critcmp => session.critcmp.clone(),
        _ => session.tools.get(&tool).cloned(),
    };
    sessions.iter().rev().find_map(presence).map(|presence| match presence {
        Presence::Absent(reason) => reason,
        Presence::Version(_) => "not reached in time".into(),
    })
}

fn row(rule: Rule, comparisons: &[&Comparison]) -> String {
    let is_said = |one: &Comparison, verdicts: &[Verdict]| {
        one.answers.get(&rule).is_some_and(|answer| verdicts.contains(&answer.verdict))
    };
    let of_plant = |percent: u32, verdicts: &[Verdict]| {
        let those = || comparisons.iter().filter(|one| one.planted_percent == percent);
        share(those().filter(|one| is_said(one, verdicts)).count(), those().count())
    };
    let planted = || comparisons.iter().filter(|one| one.planted_percent > 0);
    let wrong = share(planted().filter(|one| is_said(one, &[Verdict::Faster])).count(), planted().count());
    let silent = |one: &&&Comparison| !one.answers.contains_key(&rule) || is_said(one, &[Verdict::Undecided]);
    let open = comparisons.iter().filter(silent).count();
    let alarms = of_plant(0, &[Verdict::Slower, Verdict::Faster]);
    let [one, two, five] = [1, 2, 5].map(|percent| of_plant(percent, &[Verdict::Slower]));
    let seconds = comparisons.iter().filter(|one| one.failure.is_none()).map(|one| one.whole_seconds());
    let seconds = Observations::new(seconds.collect::<Vec<_>>()).ok().map(|seconds| median(&seconds));
    let seconds = seconds.map_or("–".into(), |seconds| {
        if seconds < 9.95 { format!("{seconds:.2}") } else { format!("{seconds:.0}") }
    });
    let title = rule.title();
    let count = comparisons.len();
    format!("| {title} | {alarms} | {one} | {two} | {five} | {wrong} | {open}/{count} | {seconds} |\n")
}

/// `3/18, 17 % [3.6, 41]`; a dash where there was no trial.
fn share(happened: usize, trials: usize) -> String {
    let Ok(share) = Share::new(happened, trials) else { return "–".into() };
    let estimate = share.estimate(Level::P95);
    let per_cent = |value: f64| {
        let value = 100.0 * value;
        if value > 0.0 && value < 9.95 { format!("{value:.1}") } else { format!("{value:.0}") }
    };
    let interval = estimate.interval.map_or(String::new(), |interval| {
        format!(" [{}, {}]", per_cent(interval.lower()), per_cent(interval.upper()))
    });
    format!("{happened}/{trials}, {} %{interval}", per_cent(estimate.point))
}

/// Each distinct reason, with how often.
fn failures(comparisons: &[Comparison]) -> String {
    let failed = || comparisons.iter().filter_map(|one| Some((one.tool, one.failure.as_deref()?)));
    let reasons: BTreeSet<(Tool, &str)> = failed().collect();
    let mut text = String::new();
    for (tool, reason) in reasons {
        let count = failed().filter(|other| *other == (tool, reason)).count();
        let trials = comparisons.iter().filter(|one| one.tool == tool).count();
        let _ = writeln!(text, "\n{} failed in {count} of {trials} comparisons: {reason}.", tool.id());
    }
    text
}

fn circumstances(session: &Session) -> String {
    let commit = match (&session.commit, session.is_dirty) {
        (Some(commit), false) => format!("commit {commit}"),
        (Some(commit), true) => format!("commit {commit} with uncommitted changes"),
        (None, _) => "no commit known".into(),
    };
    let versions: Vec<String> = session
        .tools
        .iter()
        .map(|(tool, presence)| (tool.id(), presence))
        .chain(session.critcmp.iter().map(|presence| ("critcmp", presence)))
        .map(|(name, presence)| match presence {
            Presence::Version(version) => format!("{name} {version}"),
            Presence::Absent(reason) => format!("{name} {reason}"),
        })
        .collect();
    let kernel = session.kernel.as_deref().map_or(String::new(), |kernel| format!(", Linux {kernel}"));
    let load = session.load.map_or(String::new(), |load| format!(", load {load:.2} before it began"));
    format!(
        "\nMeasured from {} on {}{kernel}, CPU {}{load}; {commit}; `{}`, seed {}. {}.\n",
        session.started_at,
        session.machine,
        session.cpu,
        session.command,
        session.seed,
        versions.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_exact_intervals() {
        // Clopper-Pearson by qbeta in R: 0/12 gives 0 to 0.2646, 3/18 gives 0.0358 to 0.4142.
        assert_eq!(share(0, 12), "0/12, 0 % [0, 26]");
        assert_eq!(share(3, 18), "3/18, 17 % [3.6, 41]");
        assert_eq!(share(0, 0), "–");
    }
}
