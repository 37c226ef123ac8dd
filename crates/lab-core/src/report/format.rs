//! The formats of a report, in one list, and which of them can say what.
//!
//! It hands a view to the renderer of a format and renders nothing itself.

use super::across::{self, AcrossView};
use super::compared::{self, ComparedView};
use super::place::Places;
use super::view::RunView;
use super::{bmf, comment, csv, gab, github, json, junit, md, openmetrics, text};

/// A way to print a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// For a terminal or a log.
    Text,
    /// Markdown.
    Md,
    /// Markdown for a pull request: with a hidden marker, and never longer than a comment may be.
    Comment,
    /// One JSON object.
    Json,
    /// Comma-separated values.
    Csv,
    /// The XML that CI systems show as tests.
    Junit,
    /// Workflow commands of GitHub Actions.
    Github,
    /// Bencher Metric Format.
    Bmf,
    /// The custom JSON of github-action-benchmark.
    Gab,
    /// The text that Prometheus and GitLab read.
    Openmetrics,
    /// Benchmark ids, one a line.
    Ids,
}

/// Every format.
pub const ALL: &[Format] = &[
    Format::Text,
    Format::Md,
    Format::Comment,
    Format::Json,
    Format::Csv,
    Format::Junit,
    Format::Github,
    Format::Bmf,
    Format::Gab,
    Format::Openmetrics,
    Format::Ids,
];

/// The word that is kept for the page that another command makes.
pub const HTML: &str = "html";

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// One Run.
    Run,
    /// Two sides.
    Comparison,
    /// Several machines.
    Across,
}

/// A format that has no words for what it was asked to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("--format {} {why}", format.id())]
pub struct Refusal {
    /// The format.
    pub format: Format,
    /// Why, and what to do in its place.
    pub why: &'static str,
}

/// What a renderer needs beside the view.
#[derive(Clone, Copy, Debug)]
pub struct Sheet<'a> {
    /// Columns to lay a table out for.
    pub width: usize,
    /// Where the benchmarks are in the source.
    pub places: &'a Places,
}

impl Format {
    /// The word on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Md => "md",
            Self::Comment => "comment",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Bmf => "bmf",
            Self::Gab => "gab",
            Self::Openmetrics => "openmetrics",
            Self::Ids => "ids",
        }
    }

    /// What it is for, for `--help`.
    pub fn doc(self) -> &'static str {
        match self {
            Self::Text => "For a terminal or a log",
            Self::Md => "Markdown",
            Self::Comment => "Markdown for a pull request: hidden marker, at most 65,536 bytes",
            Self::Json => "One JSON object",
            Self::Csv => "Comma-separated values (RFC 4180), one row per benchmark and metric",
            Self::Junit => "JUnit XML: a suite per bench target, a failure per regression",
            Self::Github => "GitHub Actions: at most ten annotations, worst first, and a notice",
            Self::Bmf => "Bencher Metric Format, of one Run",
            Self::Gab => "JSON for github-action-benchmark (customSmallerIsBetter), of one Run",
            Self::Openmetrics => "OpenMetrics text, for Prometheus and GitLab",
            Self::Ids => "Ids of what may have regressed, one a line, to be measured again",
        }
    }

    /// Whether it can show such a thing.
    ///
    /// # Errors
    /// Why it cannot, and what can.
    pub fn shows(self, topic: Topic) -> Result<(), Refusal> {
        let why = match (self, topic) {
            (Self::Bmf | Self::Gab, Topic::Comparison) => {
                "holds the values of one Run and no comparison; bench-lab show RUN makes it of each side"
            }
            (Self::Bmf | Self::Gab | Self::Openmetrics, Topic::Across) => {
                "holds the values of one machine; bench-lab show RUN makes it of each side"
            }
            (Self::Comment | Self::Junit | Self::Github, Topic::Across) => {
                "says what passed and what failed, and across machines nothing does; text, md, json and csv can"
            }
            (Self::Ids, Topic::Run) => {
                "names what may have regressed, and one Run is compared with nothing; bench-lab list has every id"
            }
            (Self::Ids, Topic::Across) => {
                "names what may have regressed, and across machines nothing does; text, md, json and csv can"
            }
            _ => return Ok(()),
        };
        Err(Refusal { format: self, why })
    }

    /// One Run.
    ///
    /// # Errors
    /// A format that cannot show a Run.
    pub fn run(self, view: &RunView<'_>, sheet: Sheet<'_>) -> Result<String, Refusal> {
        self.shows(Topic::Run)?;
        Ok(match self {
            Self::Text => text::render(view, sheet.width),
            Self::Md => md::render(view),
            Self::Comment => comment::of_run(view),
            Self::Json => format!("{}\n", json::render(view)),
            Self::Csv => csv::render(view),
            Self::Junit => junit::render(view, sheet.places),
            Self::Github => github::render(view, sheet.places),
            Self::Bmf => format!("{:#}\n", bmf::render(view)),
            Self::Gab => format!("{:#}\n", gab::render(view)),
            Self::Openmetrics => openmetrics::render(view),
            Self::Ids => String::new(),
        })
    }

    /// Two sides.
    ///
    /// # Errors
    /// A format that cannot show a comparison.
    pub fn comparison(self, view: &ComparedView<'_>, sheet: Sheet<'_>) -> Result<String, Refusal> {
        self.shows(Topic::Comparison)?;
        Ok(match self {
            Self::Text => compared::text::render(view, sheet.width),
            Self::Md => compared::md::render(view),
            Self::Comment => comment::of_comparison(view),
            Self::Json => format!("{}\n", compared::json::render(view)),
            Self::Csv => compared::csv::render(view),
            Self::Junit => compared::junit::render(view, sheet.places),
            Self::Github => compared::github::render(view, sheet.places),
            Self::Openmetrics => compared::openmetrics::render(view),
            Self::Ids => compared::ids::render(view),
            Self::Bmf | Self::Gab => String::new(),
        })
    }

    /// Several machines.
    ///
    /// # Errors
    /// A format that cannot show machines side by side.
    pub fn across(self, view: &AcrossView<'_>, width: usize) -> Result<String, Refusal> {
        self.shows(Topic::Across)?;
        Ok(match self {
            Self::Text => across::text::render(view, width),
            Self::Md => across::md::render(view),
            Self::Json => format!("{}\n", across::json::render(view)),
            Self::Csv => across::csv::render(view),
            _ => String::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_format_has_a_word_of_its_own_and_shows_something() {
        let words: BTreeSet<&str> = ALL.iter().map(|format| format.id()).collect();
        assert_eq!(words.len(), ALL.len());
        assert!(!words.contains(HTML));
        for format in ALL {
            let topics = [Topic::Run, Topic::Comparison, Topic::Across];
            assert!(topics.iter().any(|topic| format.shows(*topic).is_ok()), "{format:?}");
            for refusal in topics.iter().filter_map(|topic| format.shows(*topic).err()) {
                let said = refusal.to_string();
                assert!(said.starts_with("--format ") && said.contains(';'), "no way out in: {said}");
            }
        }
    }
}
