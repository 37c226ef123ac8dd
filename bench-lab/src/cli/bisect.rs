//! `bench-lab bisect`: which commit made a benchmark slower or faster, by live comparisons against the good end.
//!
//! It orders the comparisons and says what came of them; each is a match like those of `ab`.

mod hunt;
mod told;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use lab_core::cpulist::CpuList;
use lab_core::history::LineCommit;

use super::arguments::{BuildArguments, Loudness};
use super::entrants;
use super::error::CommandError;
use super::exit::ExitCode;
use super::lab::{Lab, Opening};
use super::rules::{Rules, workspace_root};
use super::tuning::Tune;
use super::{duration, hints, output};
use crate::bisect::{Found, Outcome, Search, comparisons_max, with_alpha};
use crate::progress::Display;
use crate::revisions::Repository;
use hunt::{Compared, Hunt, Stop};
use told::{Report, Trial};

#[derive(Args, Debug)]
#[command(after_help = "\
Each commit that is tried takes turns with GOOD on one CPU, as in `bench-lab ab`, until it is sure which end it is like.
First BAD itself: where it does not differ from GOOD there is nothing to find. Commits that cannot be built are stepped
around. Every comparison is kept as a match, so that a bisection that was stopped goes on with the same command.

It exits with 0 when one commit is named, with 4 when only a range is, since commits in it could not be built or decided,
and with 5 when the two ends do not differ.

Examples:
  bench-lab bisect write/bulk v2.0.0..main
  bench-lab bisect 'mycrate/io/fsync' 9c44d10..e1120fe -p mycrate")]
pub(super) struct Arguments {
    /// Which benchmark: an id, or a part of one that no other has
    #[arg(value_name = "BENCH")]
    benchmark: String,
    /// The commits: GOOD..BAD; without BAD up to HEAD
    #[arg(value_name = "GOOD..BAD")]
    range: String,
    #[command(flatten)]
    build: BuildArguments,
    /// A file or folder that git ignores and every commit needs (can be repeated)
    #[arg(long, value_name = "PATH", help_heading = "What to build")]
    carry: Vec<PathBuf>,
    /// Most launches of one comparison
    #[arg(long, value_name = "MAX", default_value_t = 80, value_parser = clap::value_parser!(u32).range(14..=80), help_heading = "How to measure")]
    launches: u32,
    /// Kill a process that takes longer
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "60s", help_heading = "How to measure")]
    timeout: Duration,
    /// Seed of every draw [default: from the clock, and stored]
    #[arg(long, value_name = "NUMBER", help_heading = "How to measure")]
    seed: Option<u64>,
    /// CPUs to measure on, as in 1 or 2-5,8 [default: chosen from the topology]
    #[arg(long, value_name = "LIST", help_heading = "How to measure")]
    cpus: Option<CpuList>,
    /// Set the host for measuring, and put it back at the end
    #[arg(long, value_enum, default_value_t = Tune::Auto, env = "BENCH_LAB_TUNE", help_heading = "How to measure")]
    tune: Tune,
    /// The metric that decides [default: cycles for what only computes, wall time otherwise]
    #[arg(long, value_name = "METRIC", value_parser = ["cycles", "wall_ns", "instructions", "task_clock_ns"], help_heading = "How to judge")]
    metric: Option<String>,
    /// The policy file [default: bench-lab.toml in the workspace root]
    #[arg(long, value_name = "PATH", help_heading = "How to judge")]
    policy: Option<PathBuf>,
    /// Wait so long for another session on this host to end [default: refuse at once]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    wait: Option<Duration>,
    /// Warnings and failures only
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
    /// Events, then the result, as JSON lines on standard output
    #[arg(long)]
    json: bool,
}

impl Arguments {
    fn display(&self) -> Display {
        match (self.json, self.quiet) {
            (true, _) => Display::Json,
            (false, true) => Display::Quiet,
            (false, false) => Display::Auto,
        }
    }

    fn loudness(&self) -> Loudness {
        if self.quiet || self.json { Loudness::Quiet } else { Loudness::Usual }
    }
}

pub(super) fn run(arguments: &Arguments, store: Option<&Path>) -> Result<ExitCode, CommandError> {
    let manifest = entrants::manifest_folder(arguments.build.manifest_path())?;
    let repository = Repository::around(&manifest).map_err(|error| hints::revision(&error))?;
    let (good, commits) = ends(&repository, &arguments.range)?;
    let mut rules = Rules::read(&workspace_root(&manifest), arguments.policy.as_deref())?;
    let whole_alpha = rules.policy.alpha;
    let most = comparisons_max(commits.len());
    let text = with_alpha(rules.text.as_deref().unwrap_or_default(), whole_alpha / f64::from(most));
    rules.policy.alpha = whole_alpha / f64::from(most);
    rules.text = Some(text);
    let opening = Opening {
        display: arguments.display(),
        waiting: arguments.wait,
        store: store.map(PathBuf::from),
        tune: arguments.tune,
    };
    let mut lab = Lab::open(opening)?;
    let report = Report::new(arguments, (&good, &commits), (whole_alpha, most));
    report.begin();
    let hunt = Hunt::new(&mut lab, arguments, &manifest, rules);
    let mut bisection = Bisection { hunt, report, good, commits, most };
    let ended = bisection.run();
    bisection.hunt.release();
    match ended {
        Ok(code) => Ok(code),
        Err(Stop::Stopped) => {
            output::note("stopped; the same command goes on, with what was measured so far");
            Ok(ExitCode::Interrupted)
        }
        Err(Stop::Error(error)) => Err(error),
        Err(Stop::Untestable(why)) => Err(CommandError::text(ExitCode::BenchmarkFailed, why)),
    }
}

/// A bisection under way.
struct Bisection<'a> {
    hunt: Hunt<'a>,
    report: Report,
    good: LineCommit,
    /// After GOOD, up to BAD.
    commits: Vec<LineCommit>,
    most: u32,
}

impl Bisection<'_> {
    fn run(&mut self) -> Result<ExitCode, Stop> {
        let last = self.commits.len() - 1;
        let whole = self.hunt.compare(&self.good.commit, &self.commits[last].commit, None)?;
        self.report.confirmed(&self.commits[last], &whole);
        let Some(effect) = whole.effect() else {
            self.report.nothing(&whole)?;
            return Ok(ExitCode::NotComparable);
        };
        // What is nearer to GOOD than to BAD is like GOOD: half of the effect is the margin of every further comparison.
        let margin = ((effect.abs() / 2.0).exp_m1()).min(0.5);
        let mut search = Search::over(self.commits.len());
        let mut compared = vec![None; self.commits.len()];
        let mut count = 1;
        while let Some(place) = search.next() {
            // One comparison is kept for the culprit and its parent.
            if count + 1 >= self.most {
                break;
            }
            let commit = self.commits[place].clone();
            let found = match self.hunt.compare(&self.good.commit, &commit.commit, Some(margin)) {
                Ok(one) => {
                    count += 1;
                    let found = one.like(effect);
                    compared[place] = Some(one);
                    found
                }
                Err(Stop::Untestable(why)) => Found::Untestable(why),
                Err(stop) => return Err(stop),
            };
            let trial = Trial { commit: &commit, found: &found, compared: compared[place].as_ref() };
            self.report.tried(&trial);
            search.note(place, found);
        }
        self.end(&search, (whole, margin))
    }

    /// Names the culprit with its effect against its parent, or the range that is left.
    fn end(&mut self, search: &Search, (whole, margin): (Compared, f64)) -> Result<ExitCode, Stop> {
        match search.outcome() {
            Outcome::Among { first, last } => {
                let left = self.commits[first..=last].to_vec();
                let told = (first..last).map(|place| search.found(place).cloned()).collect::<Vec<_>>();
                self.report.among(&left, &told)?;
                Ok(ExitCode::BenchmarkFailed)
            }
            Outcome::Culprit(place) => {
                let against_parent = match place.checked_sub(1) {
                    // GOOD is its parent, and BAD itself was compared with it already.
                    None if self.commits.len() == 1 => Ok(whole),
                    None => self.hunt.compare(&self.good.commit, &self.commits[0].commit, Some(margin)),
                    Some(parent) => {
                        let parent = self.commits[parent].commit.clone();
                        self.hunt.compare(&parent, &self.commits[place].commit, Some(margin))
                    }
                };
                self.report.culprit(&self.commits[place], &against_parent?)?;
                Ok(ExitCode::Fine)
            }
        }
    }
}

/// GOOD, and the commits after it up to BAD by first parents.
fn ends(repository: &Repository, range: &str) -> Result<(LineCommit, Vec<LineCommit>), CommandError> {
    let usage = |text: String| CommandError::text(ExitCode::Usage, text);
    let Some((good, bad)) = range.split_once("..").filter(|(good, _)| !good.is_empty()) else {
        return Err(usage(format!("{range:?} is no range of commits"))
            .hint("write it as GOOD..BAD, as in v2.0.0..main"));
    };
    let resolve = |name: &str| repository.resolve(name).map_err(|error| hints::revision(&error));
    let bad = if bad.is_empty() { "HEAD" } else { bad.trim_start_matches('.') };
    let commit = |name: &str| resolve(name).map(|named| named.revision.commit.unwrap_or_default());
    let (good, bad) = (commit(good)?, commit(bad)?);
    let failed = |error| hints::revision(&error);
    if good == bad {
        return Err(usage(format!("{range} holds no commit: both ends are {}", &good[..7])));
    }
    if !repository.comes_from(&bad, &good).map_err(failed)? {
        let message = format!("{} does not come from {}", &bad[..7], &good[..7]);
        let error = usage(message);
        return Err(match repository.comes_from(&good, &bad).map_err(failed)? {
            true => error
                .hint("it is the other way round: the older commit stands first, whichever one is faster"),
            false => error.hint("git merge-base names a commit that both come from"),
        });
    }
    let line = repository.line(&good).map_err(failed)?;
    let good = line.commits.into_iter().next_back().unwrap_or_else(|| LineCommit {
        commit: good,
        committed_at: String::new(),
        subject: String::new(),
    });
    let commits = repository.between(&good.commit, &bad).map_err(failed)?;
    Ok((good, commits))
}
