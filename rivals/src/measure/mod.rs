//! One comparison by any tool: what is run, how long it takes, what each rule says.
//!
//! The baseline is measured first, then the candidate, back to back: the most that a tool of that kind can be given.

pub mod criterion;
pub mod divan;
pub mod hyperfine;
pub mod tango;

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crate::lab::Duels;
use crate::process::{Seat, run};
use crate::record::{Answer, Comparison, Presence};
use crate::schedule::Turn;
use crate::stage::Stage;
use crate::tool::{Rule, Tool};

/// What every rule of a tool said.
pub type Answers = BTreeMap<Rule, Answer>;

/// Makes one comparison; a tool that fails is a row that says so.
pub fn compare(stage: &Stage, duels: &mut Duels, has_critcmp: bool, turn: &Turn) -> Comparison {
    let begin = Instant::now();
    let mut calibration_seconds = 0.0;
    let mut seconds = None;
    let mut duel = |target, rule| {
        let dueled = duels.compare(stage, target, turn)?;
        (seconds, calibration_seconds) = (Some(dueled.seconds), dueled.calibration_seconds);
        Ok(Answers::from([(rule, dueled.answer)]))
    };
    let answers: Result<Answers, String> = match turn.tool {
        Tool::LabDivan => duel("divan_side", Rule::LabDivan),
        Tool::LabCriterion => duel("criterion_side", Rule::LabCriterion),
        Tool::Criterion => criterion::compare(stage, turn, has_critcmp),
        Tool::CriterionShort => criterion::compare_short(stage, turn),
        Tool::Divan => divan::compare(stage, turn),
        Tool::Tango => tango::compare(stage, turn),
        Tool::Hyperfine => hyperfine::compare(stage, turn),
    };
    let (answers, failure) = match answers {
        Ok(answers) => (answers, None),
        Err(reason) => (Answers::new(), Some(reason)),
    };
    Comparison {
        tool: turn.tool,
        workload: turn.workload.to_owned(),
        planted_percent: turn.planted_percent,
        seconds: seconds.unwrap_or_else(|| begin.elapsed().as_secs_f64()),
        calibration_seconds,
        answers,
        failure,
    }
}

/// Whether a tool can take part: its version, or why not. What is built in has the version that was locked.
pub fn presence(tool: Tool, stop: &AtomicBool) -> Presence {
    match tool {
        Tool::LabDivan | Tool::LabCriterion => locked("bench-lab"),
        Tool::Criterion | Tool::CriterionShort => locked("criterion"),
        Tool::Divan => locked("divan"),
        Tool::Tango => locked("tango-bench"),
        Tool::Hyperfine => installed("hyperfine", stop),
    }
}

/// Whether a program is there: it says its version as `NAME VERSION`.
pub fn installed(program: &str, stop: &AtomicBool) -> Presence {
    let said = run(Command::new(program).arg("--version"), Seat::Anywhere, stop);
    let version = said.and_then(|said| said.success(program));
    match version.ok().as_deref().and_then(|text| text.split_whitespace().nth(1)) {
        Some(version) => Presence::Version(version.to_owned()),
        None => Presence::Absent("not installed".into()),
    }
}

/// The version of a crate in the lock file that this program was built with.
fn locked(name: &str) -> Presence {
    let lock = include_str!("../../Cargo.lock");
    let mut lines = lock.lines().skip_while(|line| *line != format!("name = \"{name}\"")).skip(1);
    let version = lines.next().and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    version.map_or(Presence::Absent("not locked".into()), |version| Presence::Version(version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_the_locked_ones_and_a_missing_program_has_none() {
        let stop = AtomicBool::new(false);
        for tool in [Tool::Criterion, Tool::Divan, Tool::Tango] {
            assert!(matches!(presence(tool, &stop), Presence::Version(version) if version.contains('.')));
        }
        assert_eq!(installed("no-such-tool", &stop), Presence::Absent("not installed".into()));
    }
}
