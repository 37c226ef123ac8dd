//! `--format`, `--write`, `--step-summary`: one result, in every form that somebody wants it in.
//!
//! It refuses before anything is measured what could not be shown or written afterwards.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use lab_core::report::across::{self, AcrossView};
use lab_core::report::comment::{summary_of_comparison, summary_of_run};
use lab_core::report::compared::{self, ComparedView};
use lab_core::report::format::{ALL, Format, HTML, Refusal, Sheet, Topic};
use lab_core::report::place::Places;
use lab_core::report::text;
use lab_core::report::tone::{Line, plain};
use lab_core::report::view::RunView;
use serde_json::Value;

use super::error::{CommandError, did_you_mean};
use super::exit::ExitCode;
use super::output;

/// Names the file of the step's summary on GitHub Actions.
const SUMMARY_VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// In which forms a result is wanted.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct FormatArguments {
    /// How to print the result on standard output [default: text]
    #[arg(long, value_name = "FORMAT", value_parser = parser(), help_heading = "How to show")]
    format: Option<Format>,
    /// Write the result to a file too, as in junit=results.xml, whatever the exit code (can be repeated)
    #[arg(long, value_name = "FORMAT=PATH", value_parser = written, help_heading = "How to show")]
    write: Vec<Written>,
    /// Add the result as Markdown to the step's summary on GitHub Actions: the file that GITHUB_STEP_SUMMARY names
    #[arg(long, help_heading = "How to show")]
    step_summary: bool,
}

/// One file that is wanted.
#[derive(Clone, Debug)]
struct Written {
    format: Format,
    path: PathBuf,
}

/// A result, and what the command has to say about it beyond the views.
#[derive(Debug, Default)]
pub(super) struct Page<'a> {
    pub(super) run: Option<&'a RunView<'a>>,
    pub(super) comparison: Option<&'a ComparedView<'a>>,
    pub(super) across: Option<&'a AcrossView<'a>>,
    /// The whole text for so many columns, where it is more than the view's.
    pub(super) text: Option<Text<'a>>,
    /// The whole JSON object, where it is more than the view's.
    pub(super) json: Option<Value>,
    pub(super) places: Places,
}

/// Lays text out for so many columns.
pub(super) struct Text<'a>(pub(super) Box<dyn Fn(usize) -> Vec<Line> + 'a>);

impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Text")
    }
}

fn parser() -> impl TypedValueParser<Value = Format> {
    let shown = ALL.iter().map(|format| PossibleValue::new(format.id()).help(format.doc()));
    let all: Vec<PossibleValue> = shown.chain([PossibleValue::new(HTML).hide(true)]).collect();
    PossibleValuesParser::new(all).try_map(|word| named(&word))
}

fn named(word: &str) -> Result<Format, String> {
    if word == HTML {
        return Err("a page is made by a command of its own: bench-lab report --html PATH".into());
    }
    ALL.iter().copied().find(|format| format.id() == word).ok_or_else(|| {
        let words: Vec<&str> = ALL.iter().map(|format| format.id()).collect();
        let near = lab_core::nearest::nearest(word, words.iter().copied());
        let near: Vec<String> = near.into_iter().map(str::to_owned).collect();
        let hint = did_you_mean(&near).unwrap_or_else(|| format!("there is {}", words.join(", ")));
        format!("{word:?} is no format; {hint}")
    })
}

fn written(text: &str) -> Result<Written, String> {
    let (word, path) = text.split_once('=').ok_or("write it as FORMAT=PATH, as in junit=results.xml")?;
    if path.is_empty() {
        return Err("the path behind = is missing".into());
    }
    Ok(Written { format: named(word)?, path: path.into() })
}

impl FormatArguments {
    /// Refuses what could not be shown of any of these, and what could not be written.
    pub(super) fn check(&self, topics: &[Topic]) -> Result<(), CommandError> {
        let formats = self.format.iter().chain(self.write.iter().map(|written| &written.format));
        for format in formats {
            let refusals: Vec<Refusal> =
                topics.iter().filter_map(|topic| format.shows(*topic).err()).collect();
            if let Some(refusal) = refusals.last().filter(|_| refusals.len() == topics.len()) {
                return Err(CommandError::new(ExitCode::Usage, refusal));
            }
        }
        for Written { path, .. } in &self.write {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
                let message =
                    format!("{} cannot be written: there is no folder {}", path.display(), folder.display());
                return Err(CommandError::text(ExitCode::Usage, message).hint("make the folder first"));
            }
        }
        self.summary().map(drop)
    }

    /// The same with JSON on standard output, which some commands have a flag for.
    pub(super) fn as_json(&self) -> Self {
        Self { format: Some(Format::Json), ..self.clone() }
    }

    /// The format that was asked for.
    pub(super) fn format(&self) -> Option<Format> {
        self.format
    }

    /// Whether any of the forms names lines of the source.
    pub(super) fn wants_places(&self) -> bool {
        self.all().any(|format| matches!(format, Format::Github | Format::Junit))
    }

    /// Whether any of the forms tells commands to go on with.
    pub(super) fn wants_commands(&self) -> bool {
        self.step_summary
            || self.all().any(|format| matches!(format, Format::Text | Format::Md | Format::Comment))
    }

    /// Every form that is printed or written to a file of its own.
    fn all(&self) -> impl Iterator<Item = Format> {
        let printed = self.format.unwrap_or(Format::Text);
        std::iter::once(printed).chain(self.write.iter().map(|written| written.format))
    }

    /// Prints the result, and writes what is to be written.
    pub(super) fn show(&self, page: &Page<'_>) -> Result<(), CommandError> {
        // First the files: a reader of standard output that went away must not cost them.
        self.write(page)?;
        match self.format.unwrap_or(Format::Text) {
            Format::Text => output::lines(&page.lines(output::width())),
            format => output::text(&page.render(format, output::width())?),
        }
    }

    /// Writes what is to be written, and prints nothing.
    pub(super) fn write(&self, page: &Page<'_>) -> Result<(), CommandError> {
        for Written { format, path } in &self.write {
            let said = page.render(*format, output::PIPED)?;
            fs::write(path, said).map_err(|error| unwritten(path, &error))?;
        }
        let Some(path) = self.summary()? else { return Ok(()) };
        let said = match (page.comparison, page.run) {
            (Some(view), _) => summary_of_comparison(view),
            (None, Some(view)) => summary_of_run(view),
            (None, None) => page.render(Format::Md, output::PIPED)?,
        };
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .map_err(|error| unwritten(&path, &error))?;
        file.write_all(said.as_bytes()).map_err(|error| unwritten(&path, &error))
    }

    /// The file of the step's summary, where it is wanted.
    fn summary(&self) -> Result<Option<PathBuf>, CommandError> {
        if !self.step_summary {
            return Ok(None);
        }
        let named = std::env::var_os(SUMMARY_VARIABLE).filter(|path| !path.is_empty());
        named.map(|path| Some(path.into())).ok_or_else(|| {
            let message = format!("--step-summary needs {SUMMARY_VARIABLE}, which GitHub Actions sets");
            CommandError::text(ExitCode::Usage, message).hint("elsewhere --write md=PATH writes the same")
        })
    }
}

impl Page<'_> {
    /// The result as text.
    fn lines(&self, width: usize) -> Vec<Line> {
        match (&self.text, self.comparison, self.run, self.across) {
            (Some(text), ..) => (text.0)(width),
            (None, Some(view), ..) => compared::text::lines(view, width, &[]),
            (None, None, Some(view), _) => text::lines(view, width),
            (None, None, None, Some(view)) => across::text::lines(view, width),
            (None, None, None, None) => Vec::new(),
        }
    }

    /// The result in one format. Of a Run and a comparison, the comparison is shown where the format can.
    fn render(&self, format: Format, width: usize) -> Result<String, CommandError> {
        match (format, &self.text, &self.json) {
            (Format::Text, ..) => return Ok(plain(&self.lines(width))),
            (Format::Json, _, Some(json)) => return Ok(format!("{json}\n")),
            _ => {}
        }
        let sheet = Sheet { width, places: &self.places };
        let comparison = self.comparison.filter(|_| format.shows(Topic::Comparison).is_ok());
        let said = match (comparison.or(self.comparison.filter(|_| self.run.is_none())), self.run) {
            (Some(view), _) => format.comparison(view, sheet),
            (None, Some(view)) => format.run(view, sheet),
            (None, None) => match self.across {
                Some(view) => format.across(view, width),
                None => Ok(String::new()),
            },
        };
        said.map_err(|refusal| CommandError::new(ExitCode::Usage, &refusal))
    }
}

fn unwritten(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::text(ExitCode::Usage, format!("{} could not be written: {error}", path.display()))
        .hint("the result is stored; bench-lab show makes every format of it again")
}
