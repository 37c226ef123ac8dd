//! What a baseline is called: a machine and a name, both fit for a folder.
//!
//! A name is never taken from a path without being checked.

use std::fmt;

use super::BaselineError;

/// The folder in a workspace root that keeps baselines when nothing else is said.
pub const BASELINES_FOLDER: &str = "baselines";

/// The environment variable that moves it.
pub const BASELINES_VARIABLE: &str = "BENCH_LAB_BASELINES";

/// Longest name.
const LENGTH_MAX: usize = 100;

/// One baseline's place on a shelf.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Name of the machine.
    pub machine: String,
    /// Name of the baseline, unique on its machine.
    pub name: String,
}

impl Place {
    /// Checks both names.
    ///
    /// # Errors
    /// [`BaselineError::Name`] for what cannot be a folder, or would be taken for a Run.
    pub fn new(machine: &str, name: &str) -> Result<Self, BaselineError> {
        for text in [machine, name] {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
            if text.is_empty()
                || text.len() > LENGTH_MAX
                || text.starts_with('.')
                || !text.chars().all(is_plain)
            {
                let why = "a name is made of letters, digits and . _ - +, and does not begin with a dot";
                return Err(BaselineError::Name { name: text.into(), why });
            }
        }
        if name == "latest" || name == "default" {
            return Err(BaselineError::Name { name: name.into(), why: "that word has a meaning of its own" });
        }
        Ok(Self { machine: machine.into(), name: name.into() })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.machine, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        assert_eq!(Place::new("amd-epyc-2c", "v2.1.0+x").unwrap().to_string(), "amd-epyc-2c/v2.1.0+x");
        for name in ["", "..", ".hidden", "a/b", "a b", "ä", "latest", "default", "a\n"] {
            assert!(Place::new("m", name).is_err(), "{name:?}");
        }
        assert!(Place::new("..", "main").is_err());
    }
}
