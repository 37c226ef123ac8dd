//! The kernels, one file each, one line in [`ALL`] each.
//!
//! A kernel's work never changes: other work is another id. Its result is known beforehand, so that neither a compiler
//! nor a broken machine can shorten it unseen.

mod allocation;
mod bandwidth;
mod branchy;
mod cache;
mod float;
mod fsync;
mod integer;
mod mix;
mod syscall;

use std::io;
use std::path::Path;

/// Every kernel, in the order of [`lab_core::canary::CANARIES`].
pub const ALL: &[Kernel] = &[
    integer::KERNEL,
    float::KERNEL,
    branchy::KERNEL,
    cache::KERNEL,
    bandwidth::KERNEL,
    allocation::KERNEL,
    syscall::KERNEL,
    fsync::KERNEL,
];

/// So many times less work without optimisations, where a pass would take long and mean nothing.
const PLAIN_BUILD_SHARE: u64 = 16;

/// Whether this program's kernels were compiled with optimisations. Cargo's profiles that turn debug assertions on are
/// those without; a profile of one's own that has both counts as without, which only costs comparisons.
pub const IS_OPTIMISED: bool = cfg!(not(debug_assertions));

/// A fixed piece of work.
#[derive(Debug)]
pub struct Kernel {
    /// Stored name, with the version of the work.
    pub id: &'static str,
    /// What one unit is.
    pub unit: &'static str,
    /// Units of the usual pass, which takes about half a millisecond on a server core of 2024; `fsync_v1` takes what
    /// the disk takes.
    pub usual_units: u64,
    /// Result of so many units.
    usual_result: u64,
    /// Result of any number of units, worked out on another way than the work goes.
    expected: fn(u64) -> u64,
    /// Makes the work ready, outside of any timing. Fails with the reason why it cannot be done here.
    prime: fn(&Path) -> Result<Work, String>,
}

/// Does so many units from the beginning and gives their result; equal units give equal results.
pub type Work = Box<dyn FnMut(u64) -> io::Result<u64>>;

impl Kernel {
    /// Units of the usual pass. A bench-lab without optimisations does less of everything that is not IO.
    pub fn units(&self) -> u64 {
        if IS_OPTIMISED { self.usual_units } else { self.usual_units.div_ceil(PLAIN_BUILD_SHARE) }
    }

    /// What `units` units must give.
    pub fn expected(&self, units: u64) -> u64 {
        if units == self.usual_units { self.usual_result } else { (self.expected)(units) }
    }

    pub(super) fn prime(&self, place: &Path) -> Result<Work, String> {
        (self.prime)(place)
    }
}

/// The kernel of this id.
pub fn find(id: &str) -> Option<&'static Kernel> {
    ALL.iter().find(|kernel| kernel.id == id)
}

#[cfg(test)]
mod tests {
    use lab_core::canary::CANARIES;
    use proptest::prelude::*;

    use super::*;

    fn primed(kernel: &Kernel) -> (tempfile::TempDir, Work) {
        let place = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let work = kernel.prime(place.path()).unwrap();
        (place, work)
    }

    #[test]
    fn the_kernels_are_those_of_the_catalogue_in_its_order() {
        assert!(ALL.iter().map(|kernel| kernel.id).eq(CANARIES.iter().map(|canary| canary.id)));
    }

    /// The results that are written down, by the work itself and by the other way to them.
    #[test]
    fn the_usual_work_gives_the_result_that_is_known() {
        for kernel in ALL {
            let (_place, mut work) = primed(kernel);
            let done = work(kernel.usual_units).unwrap();
            let expected = (kernel.expected)(kernel.usual_units);
            assert_eq!((done, expected), (kernel.usual_result, kernel.usual_result), "{}", kernel.id);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn any_amount_of_work_gives_what_the_other_way_to_it_gives(units in 0_u64..5000, at in 0..ALL.len() - 1) {
            let kernel = &ALL[at];
            let (_place, mut work) = primed(kernel);
            // Twice: a pass begins anew, whatever was before it.
            prop_assert_eq!(work(units).unwrap(), kernel.expected(units), "{}", kernel.id);
            prop_assert_eq!(work(units).unwrap(), kernel.expected(units), "{}", kernel.id);
        }
    }
}
