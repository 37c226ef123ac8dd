//! Reports as workflow commands of GitHub Actions: annotations on the source, and one notice with the totals.
//!
//! Source: GitHub's page "Workflow commands for GitHub Actions". A step shows ten annotations of each kind and drops the
//! rest silently, so the worst ten are printed and the notice counts the others.

use super::place::{Place, Places};
use super::view::RunView;
use crate::budget::{Judged, Kept};
use crate::model::{Outcome, Skip};

/// Annotations of one step, of each kind.
const ANNOTATIONS_MAX: usize = 10;

/// How an annotation looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Error,
    Warning,
}

/// One annotation.
#[derive(Clone, Debug)]
pub(super) struct Annotation {
    pub(super) level: Level,
    pub(super) place: Option<Place>,
    pub(super) title: String,
    pub(super) message: String,
}

/// One Run: what failed, and which budget is missed.
pub fn render(view: &RunView<'_>, places: &Places) -> String {
    let mut all = Vec::new();
    for row in view.rows() {
        let Some(outcome) = row.failures.first() else { continue };
        all.push(Annotation {
            level: Level::Error,
            place: places.of(&row.id),
            title: format!("failed: {}", row.id),
            message: match outcome {
                Outcome::Failed { reason, tail } => format!("{reason}\n{tail}").trim_end().to_owned(),
                Outcome::TimedOut { limit_ms, .. } => format!("killed after {limit_ms} ms"),
                Outcome::Missing { reason } => reason.clone(),
                Outcome::Ok => continue,
            },
        });
    }
    for target in &view.skipped {
        let Some(skip @ (Skip::BuildFailed(_) | Skip::ListFailed(_))) = &target.skip else { continue };
        all.push(Annotation {
            level: Level::Error,
            place: places.of_target(&target.id),
            title: format!("not measured: {}", target.id),
            message: skip.to_string(),
        });
    }
    let is_told = |judged: &&Judged| !matches!(judged.kept, Kept::Met | Kept::Tolerated);
    for judged in view.budgets.iter().filter(is_told) {
        let level = if super::budget::is_missed(judged) { Level::Error } else { Level::Warning };
        all.push(Annotation {
            level,
            place: judged.benchmark.as_ref().and_then(|id| places.of(id)),
            title: format!("budget: {}", super::budget::name(judged)),
            message: super::budget::sentence(judged),
        });
    }
    commands(&all, &super::text::verdict(view))
}

/// The worst of them as commands, and the notice.
pub(super) fn commands(all: &[Annotation], totals: &str) -> String {
    let mut sorted: Vec<&Annotation> = all.iter().collect();
    sorted.sort_by_key(|annotation| annotation.level);
    let mut out = String::new();
    for annotation in sorted.iter().take(ANNOTATIONS_MAX) {
        let command = match annotation.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        let mut properties = Vec::new();
        if let Some(place) = &annotation.place {
            properties.push(format!("file={}", property(&place.file)));
            properties.extend(place.line.map(|line| format!("line={line}")));
        }
        properties.push(format!("title={}", property(&annotation.title)));
        out.push_str(&format!("::{command} {}::{}\n", properties.join(","), message(&annotation.message)));
    }
    let more = match sorted.len().saturating_sub(ANNOTATIONS_MAX) {
        0 => String::new(),
        more => format!(" · {more} more not annotated"),
    };
    out.push_str(&format!("::notice title=bench-lab::{}{more}\n", message(totals)));
    out
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn annotation(level: Level, number: usize) -> Annotation {
        Annotation {
            level,
            place: Some(Place { file: "benches/a,b.rs".into(), line: Some(7) }),
            title: format!("slower: p/t/{number}"),
            message: "100 %\nworse".into(),
        }
    }

    #[test]
    fn errors_stand_before_warnings_and_what_is_left_out_is_counted() {
        let mut all: Vec<Annotation> = (0..8).map(|number| annotation(Level::Warning, number)).collect();
        all.extend((8..12).map(|number| annotation(Level::Error, number)));
        let said = commands(&all, "12 regressed");
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), ANNOTATIONS_MAX + 1);
        assert_eq!(lines[0], "::error file=benches/a%2Cb.rs,line=7,title=slower%3A p/t/8::100 %25%0Aworse");
        assert!(lines[4].starts_with("::warning ") && lines[4].contains("p/t/0"), "{}", lines[4]);
        assert_eq!(lines[10], "::notice title=bench-lab::12 regressed · 2 more not annotated");
    }

    #[test]
    fn nothing_to_say_is_a_notice_alone() {
        assert_eq!(commands(&[], "all is well"), "::notice title=bench-lab::all is well\n");
    }
}
