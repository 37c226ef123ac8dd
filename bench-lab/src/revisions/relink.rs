//! Executables of both sides linked anew in other orders: the same code at other addresses.
//!
//! Only the bench executables are compiled and linked again; what they are made of is built once a side.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lab_core::model::{Side, TargetId};

use super::side::{Source, Telling, Wish, keeping, selection};
use super::stage::Stage;
use super::{Built, RevisionError, export, outputs};
use crate::workspace::{self, Packages, Said, Selection};

/// Executables by side, target and link order.
#[derive(Debug, Default)]
pub struct Relinked {
    executables: BTreeMap<(Side, TargetId, u32), PathBuf>,
}

/// What is to be linked.
#[derive(Clone, Copy, Debug)]
pub struct Orders<'a> {
    /// Both sides as they were built.
    pub built: &'a [Built; 2],
    /// Each side's targets, baseline first.
    pub targets: &'a [Vec<TargetId>; 2],
    /// Link orders: 1 to this.
    pub count: u32,
}

impl Relinked {
    /// The executable of a target in a link order.
    pub fn executable(&self, side: Side, target: &TargetId, layout: u32) -> Option<&PathBuf> {
        self.executables.get(&(side, target.clone(), layout))
    }
}

/// Links the targets of both sides in each order.
///
/// # Errors
/// [`RevisionError::Relink`] when the linker does not, [`RevisionError::Moved`] when the files are others by now.
pub fn relink(
    stage: &Stage,
    wish: &Wish<'_>,
    orders: &Orders<'_>,
    tell: &mut dyn FnMut(Telling<'_>),
) -> Result<Relinked, RevisionError> {
    let mut relinked = Relinked::default();
    for (place, side) in Side::BOTH.into_iter().enumerate() {
        let source = Source::find(stage, wish, wish.names[place])?;
        if source.digest != orders.built[place].digest {
            return Err(RevisionError::Moved { revision: source.named.shown() });
        }
        let tree = stage.tree();
        export::export(&source.snapshot, &tree, &stage.folder("tree.index"))?;
        source.carried.place(wish.repository, &tree)?;
        for target in &orders.targets[place] {
            for layout in 1..=orders.count {
                tell(Telling::Relinks(side, target, layout));
                let executable = link(stage, wish, target, layout, tell)?;
                relinked.executables.insert((side, target.clone(), layout), executable);
            }
        }
    }
    Ok(relinked)
}

fn link(
    stage: &Stage,
    wish: &Wish<'_>,
    target: &TargetId,
    layout: u32,
    tell: &mut dyn FnMut(Telling<'_>),
) -> Result<PathBuf, RevisionError> {
    let refused = |reason: String| RevisionError::Relink { target: target.clone(), reason };
    let selection = Selection {
        packages: Packages::Named(vec![target.package.clone()]),
        benches: vec![target.name.clone()],
        link_order: Some(layout),
        ..selection(stage, wish)?
    };
    let mut linker = None;
    let built = workspace::discover(&selection, &mut |said| {
        if let Said::Compiler(text) = said {
            linker = linker.take().or_else(|| complaint(text));
        }
        tell(Telling::Said(said));
    });
    let mut built = built.map_err(|error| refused(linker.take().unwrap_or_else(|| error.to_string())))?;
    outputs::keep(&mut built, &keeping(stage).executables)?;
    let own = built.targets.into_iter().find(|one| one.id == *target);
    own.map(|one| one.executable).ok_or_else(|| refused("cargo built another target".into()))
}

/// The line in which a linker says that it does not know the option.
fn complaint(text: &str) -> Option<String> {
    let line =
        text.lines().find(|line| line.contains("shuffle-sections") && !line.contains("-nodefaultlibs"))?;
    Some(line.trim().trim_start_matches("= note:").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linkers_own_words_are_found_in_what_the_compiler_says() {
        let text = "error: linking with `cc` failed: exit status: 1\n  |\n  \
            = note:  \"cc\" \"-m64\" \"-nodefaultlibs\" \"-Wl,--shuffle-sections=.text*=7\"\n  \
            = note: /usr/bin/ld.bfd: unrecognized option '--shuffle-sections=.text*=7'\n";
        let said = complaint(text).unwrap();
        assert_eq!(said, "/usr/bin/ld.bfd: unrecognized option '--shuffle-sections=.text*=7'");
        assert_eq!(complaint("error[E0425]: cannot find value"), None);
    }
}
