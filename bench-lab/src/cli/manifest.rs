//! `bench-lab manifest`: builds benches and packs them, so that `run --manifest` measures them elsewhere.
//!
//! It measures nothing, and starts no bench.

use std::path::PathBuf;

use clap::Args;
use lab_core::report::number::counted;
use serde_json::json;

use super::arguments::{BuildArguments, Loudness};
use super::error::CommandError;
use super::exit::ExitCode;
use super::lab::{self, Lab};
use super::{hints, output};
use crate::bundle;
use crate::host::revision;
use crate::progress::Display;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  bench-lab manifest --frozen --workspace --out bundle
  bench-lab manifest --rehash bundle/manifest.json
  bench-lab run --manifest bundle/manifest.json")]
pub(super) struct Arguments {
    #[command(flatten)]
    build: BuildArguments,
    /// Folder for the bundle; made, or empty
    #[arg(long, value_name = "DIR", required_unless_present = "rehash")]
    out: Option<PathBuf>,
    /// Only compute the digests of this manifest's executables anew, after something rewrote them
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    rehash: Option<PathBuf>,
    /// One JSON object on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, CommandError> {
    match (&arguments.rehash, &arguments.out) {
        (Some(manifest), _) => {
            let changed = bundle::rehash(manifest).map_err(|error| hints::bundle(&error))?;
            let names: Vec<String> = changed.iter().map(ToString::to_string).collect();
            if arguments.json {
                output::json(&json!({"manifest": manifest, "changed": names}))?;
            } else {
                output::text(&format!(
                    "{} of {} written anew{}\n",
                    counted(names.len(), "digest"),
                    manifest.display(),
                    if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
                ))?;
            }
            Ok(ExitCode::Fine)
        }
        (None, Some(out)) => pack(arguments, out),
        (None, None) => Err(CommandError::text(ExitCode::Usage, "neither --out nor --rehash was given")),
    }
}

fn pack(arguments: &Arguments, out: &std::path::Path) -> Result<ExitCode, CommandError> {
    let mut lab = Lab::open_unlocked(Display::Warnings)?;
    let loudness = if arguments.json { Loudness::Quiet } else { Loudness::Usual };
    let workspace = lab.discover(&arguments.build, loudness)?;
    let source = revision::read(&workspace.root);
    let packed = bundle::pack(&workspace, &source.revision, out).map_err(|error| hints::bundle(&error))?;
    packed.warnings.iter().for_each(|warning| lab.warn(warning));
    lab.ended();
    let skipped: Vec<String> =
        workspace.skipped.iter().map(|skipped| format!("{}: {}", skipped.id, skipped.skip)).collect();
    if arguments.json {
        output::json(&json!({
            "manifest": packed.manifest,
            "bench_count": packed.bench_count,
            "skipped": skipped,
        }))?;
    } else {
        skipped.iter().for_each(|line| output::note(&format!("not built: {line}")));
        output::text(&format!(
            "{} packed; bench-lab run --manifest {}\n",
            counted(packed.bench_count, "bench target"),
            packed.manifest.display()
        ))?;
    }
    let is_broken = workspace.skipped.iter().any(|skipped| lab::is_failure(&skipped.skip));
    Ok(if is_broken { ExitCode::BenchmarkFailed } else { ExitCode::Fine })
}
