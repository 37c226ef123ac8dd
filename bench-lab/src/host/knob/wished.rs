//! A knob as a machine's definition wants it.
//!
//! It passes on what the knob declares, or nothing at all where the definition leaves the knob alone.

use lab_core::machine::KnobWish;

use super::super::sysfs::Absence;
use super::{Knob, Scene, Setting};

/// Why nothing is set of a knob that is wanted to be left.
pub const LEFT_ALONE: &str = "left alone, as the machine's definition says";

/// A knob with the wish for it, if there is one.
pub struct Wished<'a> {
    knob: &'a dyn Knob,
    wish: Option<&'a KnobWish>,
}

impl<'a> Wished<'a> {
    /// Joins the two.
    ///
    /// # Errors
    /// What the knob takes, when that is something else: a wish may come from a process with fewer rights.
    pub fn new(knob: &'a dyn Knob, wish: Option<&'a KnobWish>) -> Result<Self, String> {
        match wish.filter(|wish| !knob.takes().admits(wish)) {
            Some(wish) => Err(format!(
                "{:?} is wanted of {}, which takes {}",
                wish.to_string(),
                knob.id(),
                knob.takes()
            )),
            None => Ok(Self { knob, wish }),
        }
    }
}

impl Knob for Wished<'_> {
    fn id(&self) -> &'static str {
        self.knob.id()
    }

    fn why(&self) -> &'static str {
        self.knob.why()
    }

    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        match self.wish {
            None => self.knob.settings(scene),
            Some(wish) if wish.is_leave() => Err(LEFT_ALONE.into()),
            Some(wish) => self.knob.settings_for(scene, wish),
        }
    }
}
