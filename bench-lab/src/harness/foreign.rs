//! Frameworks that are recognised and not driven yet, so that their targets are named and left alone.
//!
//! Nothing here starts or reads a process.

use memchr::memmem;

/// One framework without a [`Harness`](super::Harness).
#[derive(Debug)]
struct Foreign {
    /// What people call it.
    name: &'static str,
    /// A byte string in its executables.
    marker: &'static str,
}

const fn foreign(name: &'static str, marker: &'static str) -> Foreign {
    Foreign { name, marker }
}

/// Most telling first: `ns/iter` alone is weak, for libtest prints it too.
const ALL: &[Foreign] = &[
    foreign("gungraun", "GUNGRAUN_RUNNER"),
    foreign("iai-callgrind", "IAI_CALLGRIND_RUNNER"),
    foreign("tango-bench", "tango_bench"),
    foreign("codspeed", "CODSPEED_CARGO_WORKSPACE_ROOT"),
    foreign("bencher", "ns/iter"),
];

/// The framework whose mark an executable carries.
///
/// Meant for files that no [`Harness`](super::Harness) claims: codspeed's forks of divan and Criterion carry its
/// mark next to theirs and are driven as what they imitate.
pub fn recognise(file: &[u8]) -> Option<&'static str> {
    ALL.iter()
        .find(|foreign| memmem::find(file, foreign.marker.as_bytes()).is_some())
        .map(|foreign| foreign.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_framework_is_known_by_its_mark() {
        for foreign in ALL {
            let file = [b"\x7fELF\0".as_slice(), foreign.marker.as_bytes(), b"\0rest"].concat();
            assert_eq!(recognise(&file), Some(foreign.name));
        }
    }

    #[test]
    fn a_plain_program_is_of_no_framework() {
        assert_eq!(recognise(b"\x7fELF\0hello"), None);
        assert_eq!(recognise(b""), None);
    }
}
