//! From two names to two sets of executables.
//!
//! Both are built at the same path with the same cargo folder, so that equal sources give equal bytes, and each runs
//! among the files of its own revision.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use lab_core::hex::hex;
use lab_core::model::{Side, TargetId, Warning};
use sha2::{Digest, Sha256};

use super::carried::{Carried, Carry};
use super::kept::{InUse, Keeping};
use super::snapshot::Snapshot;
use super::stage::Stage;
use super::{Named, Repository, RevisionError, above, baked, differing_inputs, export, lfs, moved, outputs};
use crate::workspace::{self, Said, Selection, Workspace};

/// What is to be built.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// The folder of the manifest, from the top of the repository.
    pub manifest: &'a Path,
    /// What to build, as for the files as they are; its manifest path is not used.
    pub selection: &'a Selection,
    /// Baseline and candidate as typed; absent for the files as they are.
    pub names: [Option<&'a str>; 2],
    /// What else both sides need.
    pub carry: &'a Carry,
}

/// What happens while two revisions are built.
#[derive(Clone, Copy, Debug)]
pub enum Telling<'a> {
    /// A side is built now.
    Builds(Side, &'a Named),
    /// A side was built before.
    Kept(Side, &'a Named),
    /// A target of a side is linked now in the order of that number.
    Relinks(Side, &'a TargetId, u32),
    /// Cargo or the compiler speaks.
    Said(Said<'a>),
}

/// One side, built.
#[derive(Clone, Debug)]
pub struct Built {
    /// What it is.
    pub named: Named,
    /// A name for exactly its files.
    pub digest: String,
    /// The folder that holds the files.
    pub files: PathBuf,
    /// Its executables, ready to run among its files.
    pub workspace: Workspace,
}

impl Built {
    /// A path among its files as it is called from the top of the repository.
    pub fn inside<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.files).unwrap_or(path)
    }
}

/// Both sides.
#[derive(Debug)]
pub struct BuiltPair {
    /// Baseline, then candidate.
    pub sides: [Built; 2],
    /// Files that a benchmark may read and that differ between the revisions; paths from the top.
    pub differing_inputs: Vec<PathBuf>,
    /// What is not as a reader would expect, about both.
    pub warnings: Vec<Warning>,
}

/// A side before it is built.
pub(super) struct Source {
    pub(super) named: Named,
    pub(super) snapshot: Snapshot,
    pub(super) digest: String,
    pub(super) carried: Carried,
}

/// Builds both sides.
///
/// # Errors
/// [`RevisionError`]; a side of which no bench target compiles is [`RevisionError::Build`].
pub fn build(
    stage: &Stage,
    wish: &Wish<'_>,
    tell: &mut dyn FnMut(Telling<'_>),
) -> Result<BuiltPair, RevisionError> {
    let [baseline, candidate] = wish.names.map(|name| Source::find(stage, wish, name));
    let sources = [baseline?, candidate?];
    let mut warnings = Vec::new();
    let mut built: Vec<Built> = Vec::new();
    for (side, source) in Side::BOTH.into_iter().zip(&sources) {
        // The same files are the same build.
        let twin = built.first().filter(|twin| twin.digest == source.digest).cloned();
        let built_now = match twin {
            Some(twin) => Built { named: source.named.clone(), ..twin },
            None => build_side(stage, wish, (side, source), tell, &mut warnings)?,
        };
        built.push(built_now);
    }
    let keeping = keeping(stage);
    keeping.prune(&built.iter().map(|side| in_use(&keeping, side)).collect::<Vec<_>>());
    let differing_inputs = differing_inputs(&sources[0].snapshot, &sources[1].snapshot)?;
    let sides: [Built; 2] = built.try_into().expect("one was added for each of the two sides");
    warnings.extend(shared_paths(stage, &sides, &differing_inputs));
    for warning in
        sources.iter().flat_map(|source| source.snapshot.warnings.iter().chain(&source.carried.warnings))
    {
        if !warnings.contains(warning) {
            warnings.push(warning.clone());
        }
    }
    Ok(BuiltPair { sides, differing_inputs, warnings })
}

impl Source {
    pub(super) fn find(stage: &Stage, wish: &Wish<'_>, name: Option<&str>) -> Result<Self, RevisionError> {
        let (snapshot, named) = match name {
            Some(typed) => {
                let named = wish.repository.resolve_beside(typed, wish.names[1].unwrap_or("HEAD"))?;
                (Snapshot::of_commit(wish.repository, &named)?, named)
            }
            None => Snapshot::of_working_tree(wish.repository, &stage.folder("working-tree"))?,
        };
        let manifest = wish.manifest.join("Cargo.toml");
        if !snapshot.holds(&manifest) {
            return Err(RevisionError::NoManifest { revision: named.shown(), manifest });
        }
        let carried = Carried::find(wish.repository, &snapshot, wish.manifest, wish.carry)?;
        Ok(Self { digest: snapshot.digest(), named, snapshot, carried })
    }
}

fn build_side(
    stage: &Stage,
    wish: &Wish<'_>,
    (side, source): (Side, &Source),
    tell: &mut dyn FnMut(Telling<'_>),
    warnings: &mut Vec<Warning>,
) -> Result<Built, RevisionError> {
    let name = short(&source.digest);
    let files = stage.files(name);
    export::export(&source.snapshot, &files, &stage.folder("files").join(format!("{name}.index")))?;
    let listed = source.snapshot.files()?;
    warnings.extend(lfs::pointers(&files, listed.keys()));
    source.carried.place(wish.repository, &files)?;

    let top = &wish.repository.top;
    above::link_configuration(&stage.above(), top, &cargo_home())?;
    let is_manifest = |path: &&PathBuf| path.ends_with("Cargo.toml");
    let manifests: Vec<PathBuf> = listed.keys().filter(is_manifest).cloned().collect();
    let outside = above::link_packages(&stage.above(), &files, top, &manifests)?;
    let selection = selection(stage, wish)?;
    let key = build_key(stage, wish, source, &selection).filter(|_| outside.is_empty());
    warnings.extend(outside);

    let keeping = keeping(stage);
    let found = key.as_ref().and_then(|key| keeping.find(key));
    let built = match found {
        Some(found) => {
            tell(Telling::Kept(side, &source.named));
            found
        }
        None => {
            tell(Telling::Builds(side, &source.named));
            let mut built = compile(stage, wish, (side, source), &selection, tell)?;
            outputs::keep(&mut built, &keeping.executables)?;
            if let Some(key) = key {
                let files = outputs::kept_files(&built, &keeping.executables);
                keeping.keep(&key, name, &built, files)?;
            }
            built
        }
    };
    let workspace = moved::moved(built, &stage.tree(), &files);
    Ok(Built { named: source.named.clone(), digest: source.digest.clone(), files, workspace })
}

/// Puts the revision's files where every revision is built, and builds them.
fn compile(
    stage: &Stage,
    wish: &Wish<'_>,
    (side, source): (Side, &Source),
    selection: &Selection,
    tell: &mut dyn FnMut(Telling<'_>),
) -> Result<Workspace, RevisionError> {
    let tree = stage.tree();
    export::export(&source.snapshot, &tree, &stage.folder("tree.index"))?;
    source.carried.place(wish.repository, &tree)?;
    workspace::discover(selection, &mut |said| tell(Telling::Said(said))).map_err(|error| {
        let word = match side {
            Side::Baseline => "baseline",
            Side::Candidate => "candidate",
        };
        let revision = format!("{word} {}", source.named.shown());
        RevisionError::Build { revision, source: Box::new(error) }
    })
}

/// The user's choice for the folder that revisions are built in.
pub(super) fn selection(stage: &Stage, wish: &Wish<'_>) -> Result<Selection, RevisionError> {
    let here = env::current_dir().map_err(RevisionError::io("look at", "."))?;
    let typed = wish.selection;
    // A folder of its own for each workspace, in any case: cargo takes packages of equal name and place in two
    // workspaces for one and the same, and goes by times. It would call the one fresh because the other was just built.
    let own = match wish.manifest.as_os_str().as_encoded_bytes() {
        b"" => "target".to_owned(),
        inside => format!("target-{}", &hex(&Sha256::digest(inside))[..16]),
    };
    let target_dir = match &typed.target_dir {
        Some(path) => here.join(path).join(format!("bench-lab-ab-{}", stage.name())).join(own),
        None => stage.folder(&own),
    };
    let mut config = typed.config.clone();
    config.push(format!("build.build-dir={:?}", target_dir.to_string_lossy()));
    // An override that rustup keeps for the repository's folder does not reach the stage by itself.
    let overridden = || workspace::directory_override(&wish.repository.top.join(wish.manifest));
    Ok(Selection {
        manifest_path: Some(stage.tree().join(wish.manifest).join("Cargo.toml")),
        target_dir: Some(target_dir),
        toolchain: typed.toolchain.clone().or_else(overridden),
        config,
        ..typed.clone()
    })
}

/// A name for everything that decides what this build gives; absent when it cannot be told.
fn build_key(stage: &Stage, wish: &Wish<'_>, source: &Source, selection: &Selection) -> Option<String> {
    /// Beginnings of the variables that reach cargo, rustc, build scripts and C compilers.
    const DECIDING: [&str; 10] = [
        "CARGO",
        "RUST",
        "CC",
        "CXX",
        "CFLAGS",
        "CPPFLAGS",
        "LDFLAGS",
        "AR",
        "PKG_CONFIG",
        "LD_LIBRARY_PATH",
    ];
    let files = stage.files(short(&source.digest));
    let compiler =
        workspace::compiler(&toolchain_folder(stage, wish, &files), selection.toolchain.as_deref());
    let mut hash = Sha256::new();
    let mut variables: Vec<(OsString, OsString)> = env::vars_os()
        .filter(|(name, _)| DECIDING.iter().any(|word| name.to_string_lossy().starts_with(word)))
        .collect();
    variables.sort();
    let words = format!(
        "{}\n{}\n{:?}\n{:?}\n{}\n{variables:?}",
        env!("CARGO_PKG_VERSION"),
        source.digest,
        selection.build_arguments(),
        (&selection.manifest_path, &selection.target_dir, &selection.toolchain),
        compiler.ok()?,
    );
    hash.update(words);
    let homes = [cargo_home()].into_iter().chain(wish.repository.top.ancestors().map(|up| up.join(".cargo")));
    for folder in homes.filter(|folder| !folder.starts_with(&wish.repository.top)) {
        for name in ["config", "config.toml"] {
            hash.update(Sha256::digest(fs::read(folder.join(name)).unwrap_or_default()));
        }
    }
    source.carried.describe(wish.repository, &mut hash).then(|| hex(&hash.finalize()))
}

/// A folder in which rustup chooses the toolchain that it will choose for the build.
fn toolchain_folder(stage: &Stage, wish: &Wish<'_>, files: &Path) -> PathBuf {
    let inside = files.join(wish.manifest);
    let folders = inside.ancestors().take_while(|folder| folder.starts_with(files));
    let mut names =
        folders.flat_map(|folder| ["rust-toolchain", "rust-toolchain.toml"].map(|name| folder.join(name)));
    let outside = || stage.tree().ancestors().skip(1).find(|folder| folder.is_dir()).map(Path::to_owned);
    if names.any(|path| path.is_file()) { inside } else { outside().unwrap_or(inside) }
}

/// Says where both sides will read the same files although their revisions differ: an executable that has the path
/// of the build compiled in finds the files of the revision that was built last.
fn shared_paths(stage: &Stage, sides: &[Built; 2], differing_inputs: &[PathBuf]) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = Vec::new();
    let targets = sides.iter().flat_map(|side| &side.workspace.targets);
    for target in targets {
        let Ok(file) = fs::read(&target.executable) else { continue };
        let mut warn = |what: &str| {
            let text = format!(
                "it holds the absolute path of {what}, where both sides find the files of the revision built last; \
                 its verdict is only worth something if it does not open them, or they are equal"
            );
            let warning = Warning::new("shared_files", &target.id, text);
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        };
        if !differing_inputs.is_empty() && baked::names(&file, &stage.tree()) {
            let first = differing_inputs[0].display();
            warn(&format!("the sources ({} of their files differ, such as {first})", differing_inputs.len()));
        }
        let is_same_build = sides[0].digest == sides[1].digest;
        if !is_same_build && baked::names(&file, &sides[0].workspace.target_directory) {
            warn("what cargo built");
        }
    }
    warnings
}

fn in_use(keeping: &Keeping, built: &Built) -> InUse {
    let files = outputs::kept_files(&built.workspace, &keeping.executables);
    InUse { revision: short(&built.digest).to_owned(), files }
}

pub(super) fn keeping(stage: &Stage) -> Keeping {
    Keeping {
        builds: stage.folder("builds"),
        executables: stage.folder("executables"),
        files: stage.folder("files"),
    }
}

fn cargo_home() -> PathBuf {
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(".cargo"));
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(home).unwrap_or_default()
}

/// Enough of a digest for a folder's name.
fn short(digest: &str) -> &str {
    &digest[..16]
}
