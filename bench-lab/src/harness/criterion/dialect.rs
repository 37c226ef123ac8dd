//! What the command line of a Criterion version, or of a fork, understands.
//!
//! It goes by the resolved dependencies only; it never runs the executable to find out.

use crate::workspace::Dependency;

/// Registry names of Criterion and of the forks that speak its protocol.
pub(super) const CRATES: &[&str] = &["criterion", "codspeed-criterion-compat", "criterion2"];

/// How to speak to an executable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    /// What `--warm-up-time` and `--measurement-time` accept.
    pub(super) seconds: Seconds,
    /// What the positional filter is.
    pub(super) filter: Filtering,
}

/// The number format of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seconds {
    /// 0.3 parses an integer and exits with 1 on `0.1`.
    Whole,
    /// Since 0.4.
    Fractional,
}

/// What the filter is compared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filtering {
    /// A regular expression over the full id, as in every Criterion.
    Regex,
    /// Plain text, equal to the full id under `--exact`: criterion2.
    Text,
}

impl Dialect {
    /// What every Criterion among the dependencies understands.
    ///
    /// A bench that gets Criterion through another crate shows no version; whole seconds are right in all of them.
    pub(super) fn of(dependencies: &[Dependency]) -> Self {
        let mut known = dependencies.iter().filter(|d| CRATES.contains(&d.name.as_str())).peekable();
        let is_unknown = known.peek().is_none();
        let mut dialect = Self { seconds: Seconds::Fractional, filter: Filtering::Regex };
        if is_unknown {
            dialect.seconds = Seconds::Whole;
        }
        for dependency in known {
            if dependency.name == "criterion" && takes_whole_seconds(&dependency.version) {
                dialect.seconds = Seconds::Whole;
            }
            if dependency.name == "criterion2" {
                dialect.filter = Filtering::Text;
            }
        }
        dialect
    }
}

/// Whether a version of the crate `criterion` lies before 0.4; also when it cannot be read.
fn takes_whole_seconds(version: &str) -> bool {
    let mut numbers = version.split('.').map(str::parse::<u64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(0)), Some(Ok(minor))) => minor < 4,
        (Some(Ok(_)), _) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, version: &str) -> Dialect {
        Dialect::of(&[Dependency { name: name.into(), alias: "criterion".into(), version: version.into() }])
    }

    #[test]
    fn only_versions_before_0_4_need_whole_seconds() {
        for version in ["0.2.11", "0.3.4", "0.3.6"] {
            assert_eq!(of("criterion", version).seconds, Seconds::Whole, "{version}");
        }
        for version in ["0.4.0", "0.5.1", "0.8.2", "0.10.0", "1.0.0"] {
            assert_eq!(of("criterion", version).seconds, Seconds::Fractional, "{version}");
        }
        assert_eq!(of("codspeed-criterion-compat", "2.10.1").seconds, Seconds::Fractional);
        assert_eq!(of("criterion2", "0.3.0").seconds, Seconds::Fractional);
    }

    #[test]
    fn a_version_nobody_knows_gets_what_all_versions_accept() {
        assert_eq!(Dialect::of(&[]).seconds, Seconds::Whole);
        assert_eq!(of("criterion", "git").seconds, Seconds::Whole);
    }

    #[test]
    fn criterion2_compares_text() {
        assert_eq!(of("criterion2", "3.0.5").filter, Filtering::Text);
        assert_eq!(of("criterion", "0.5.1").filter, Filtering::Regex);
    }
}
