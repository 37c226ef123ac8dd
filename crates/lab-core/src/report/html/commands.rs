//! The commands that give these numbers again, look closer, or decide what is open.
//!
//! Every name of a workspace is quoted for a shell: a benchmark called `$(rm)` stays a name.

use maud::{Markup, html};

use super::page::{Material, Page, Profiler, Subject};
use crate::model::{Extract, Match, Origin, Plan, Revision};
use crate::report::compared::short;
use crate::report::shell::word;

/// One line to paste.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// What it is good for.
    pub(super) what: String,
    /// The line; a sentence where there is none.
    pub(super) line: Result<String, String>,
}

impl Command {
    fn new(what: &str, line: String) -> Self {
        Self { what: what.into(), line: Ok(line) }
    }
}

/// Those of the whole page.
pub(super) fn commands(material: &Material<'_>) -> Vec<Command> {
    let mut commands = Vec::new();
    match material.subject {
        Subject::Alone { name, extract, .. } => {
            if matches!(extract.origin, Origin::Run(_)) && material.run.is_some() {
                commands
                    .push(Command::new("This Run in a terminal", format!("bench-lab show {}", word(name))));
            }
            commands.extend(again(extract));
        }
        Subject::Sides { view, candidate, .. } => {
            let names = [&view.comparison.baseline.name, &view.comparison.candidate.name];
            let [baseline, judged] = names.map(|name| word(name));
            commands.push(Command::new(
                "The same comparison in a terminal",
                format!("bench-lab compare {baseline} {judged} --all"),
            ));
            commands.extend(view.offer().map(|offer| Command {
                what: "A live comparison, which would decide what is open".into(),
                line: offer.map_err(|why| format!("none: {why}")),
            }));
            commands.extend(again(candidate));
        }
        Subject::Match { content, .. } => {
            commands.push(Command::new(
                "This match in a terminal",
                format!("bench-lab show {}", word(&content.id)),
            ));
            commands.push(Command::new("Both revisions measured again", rematch(content, None)));
        }
    }
    commands
}

/// The candidate measured again, as its plan has it.
fn again(extract: &Extract) -> Vec<Command> {
    let Some(plan) = &extract.plan else { return Vec::new() };
    let mut commands = Vec::new();
    if let (Some(commit), false) = (&extract.revision.commit, extract.revision.is_dirty == Some(true)) {
        commands.push(Command::new("The source that was measured", format!("git checkout {}", word(commit))));
    }
    commands.push(Command::new("Measured again in the same order", run_line(plan)));
    commands
}

fn run_line(plan: &Plan) -> String {
    let mut words = vec!["bench-lab".to_owned(), "run".into()];
    words.extend(plan.build_arguments.iter().map(|text| word(text)));
    words.push(format!(
        "--invocations {} --time {}ms --seed {}",
        plan.invocation_count, plan.time_ms, plan.seed
    ));
    with_filters(words, &plan.filters)
}

/// `name` stands in the place of the filters, as a shell reads it.
fn rematch(content: &Match, name: Option<&str>) -> String {
    let [baseline, candidate] = [0, 1].map(|side| commit(&content.sides[side].revision));
    let mut words = vec!["bench-lab".to_owned(), "ab".into()];
    words.extend([baseline, candidate].into_iter().flatten().map(str::to_owned));
    words.extend(content.plan.build_arguments.iter().map(|text| word(text)));
    match name {
        Some(name) => format!("{} -- {name}", words.join(" ")),
        None => with_filters(words, &content.plan.filters),
    }
}

fn with_filters(mut words: Vec<String>, filters: &[String]) -> String {
    if !filters.is_empty() {
        words.push("--".into());
        words.extend(filters.iter().map(|filter| word(filter)));
    }
    words.join(" ")
}

/// Those of one benchmark, whose name is given as a shell reads it.
pub(super) fn of_benchmark(material: &Material<'_>, name: &str) -> Vec<String> {
    let (mut lines, baseline) = match material.subject {
        Subject::Alone { .. } => (vec![format!("bench-lab run -- {name}")], None),
        Subject::Sides { view, .. } => {
            let baseline = commit(&view.comparison.baseline.revision);
            let candidate = commit(&view.comparison.candidate.revision);
            // Two Runs of one commit: beside itself it would ask the machine and not the code.
            let baseline = baseline.filter(|baseline| Some(*baseline) != candidate);
            let candidate = candidate.map_or_else(String::new, |candidate| format!(" {candidate}"));
            let live = baseline.map(|baseline| format!("bench-lab ab {baseline}{candidate} -- {name}"));
            (live.into_iter().chain([format!("bench-lab run -- {name}")]).collect(), baseline)
        }
        Subject::Match { content, .. } => {
            (vec![rematch(content, Some(name))], commit(&content.sides[0].revision))
        }
    };
    if material.profiler == Profiler::Here {
        let beside = baseline.map_or_else(String::new, |baseline| format!(" --diff {baseline}"));
        lines.push(format!("bench-lab profile {name}{beside}"));
    }
    lines
}

/// What git finds again: files with uncommitted changes have no commit that would bring them back.
fn commit(revision: &Revision) -> Option<&str> {
    revision.commit.as_deref().filter(|_| revision.is_dirty != Some(true)).map(short)
}

/// The section. The script puts the lines of a benchmark below it too, with its name in them.
pub(super) fn section(page: &Page<'_>) -> Markup {
    html! {
        section #commands aria-labelledby="commands-title" {
            h2 #commands-title { "Do it again" }
            dl .commands {
                @for command in &page.commands {
                    dt { (command.what) }
                    dd { @match &command.line { Ok(line) => { (pasted(line)) } Err(why) => { (why) } } }
                }
                dt { "One benchmark, with its name in the place of BENCH: once more, and where its time goes" }
                @for line in of_benchmark(page.material, "BENCH") { dd { (pasted(&line)) } }
            }
        }
    }
}

fn pasted(line: &str) -> Markup {
    html! { code .paste { (line) } }
}
