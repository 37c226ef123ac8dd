//! The clean environment of a bench process: little is inherited, the rest is fixed or asked for.
//!
//! The size of the environment moves the stack, and a moved stack moves timings (Mytkowicz et al., "Producing Wrong
//! Data Without Doing Anything Obviously Wrong!", ASPLOS 2009); so no variable of a login session gets in by chance.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;

/// Variables that a child inherits: what programs need to find their files, and nothing that names a session.
pub const INHERITED: &[&str] =
    &["CARGO_HOME", "HOME", "LOGNAME", "PATH", "RUSTUP_HOME", "TMPDIR", "TZ", "USER"];

/// Variables that every child gets with the same value on every host.
pub const FIXED: &[(&str, &str)] = &[("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8")];

/// Variable whose value is padding, so that the environment has a chosen size.
pub const PADDING: &str = "BENCH_LAB_PADDING";

/// Variable that becomes `LD_PRELOAD` at the moment when the launch process becomes the benchmark: what is preloaded
/// into the one has no business in the other.
pub const PRELOAD: &str = "BENCH_LAB_PRELOAD";

/// The whole environment of one child: inherited, fixed, `wanted` in its order (the last of one name wins), padding.
pub(super) fn compose(
    wanted: impl IntoIterator<Item = (String, OsString)>,
    padding_bytes: u32,
) -> BTreeMap<OsString, OsString> {
    let inherited = INHERITED.iter().filter_map(|name| Some(((*name).into(), env::var_os(name)?)));
    let fixed = FIXED.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    let mut all: BTreeMap<OsString, OsString> = inherited.chain(fixed).collect();
    all.extend(wanted.into_iter().map(|(name, value)| (name.into(), value)));
    all.insert(PADDING.into(), "x".repeat(usize::try_from(padding_bytes).unwrap_or(0)).into());
    all
}

#[cfg(test)]
mod tests {
    use super::{PADDING, compose};

    #[test]
    fn what_is_asked_for_beats_what_is_fixed_and_the_last_word_counts() {
        let wanted = [("LANG", "de_DE"), ("A", "1"), ("A", "2")].map(|(n, v)| (n.to_owned(), v.into()));
        let all = compose(wanted, 3);
        let value = |name: &str| all.get(name.as_ref() as &std::ffi::OsStr).unwrap();
        assert_eq!((value("LANG").to_str(), value("A").to_str()), (Some("de_DE"), Some("2")));
        assert_eq!(value(PADDING), "xxx");
    }
}
