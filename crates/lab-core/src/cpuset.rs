//! How benchmarks are set apart by a CPU set: what to ask for on which host, and what the kernel's answer means.
//!
//! It decides and never makes a group. Sources: the kernel's `admin-guide/cgroup-v2.rst` ("Cpuset") and
//! `admin-guide/cgroup-v1/cpusets.rst`.

use std::fmt;

use crate::cpulist::CpuList;

/// Version of control groups that the cpuset controller belongs to; it is in one of them only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// A group confines its processes and keeps no others away.
    V1,
    /// A group can be a partition, whose CPUs no other process may use.
    V2,
}

/// What kind of partition a group of version 2 is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partition {
    /// Its CPUs are taken from everybody else, and the scheduler moves nothing between them.
    Isolated,
    /// Its CPUs are taken from everybody else, and are balanced among its processes.
    Root,
    /// None: its processes keep to its CPUs, and others may use them too.
    Member,
}

/// A host, as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    /// Of the controller.
    pub version: Version,
    /// Major and minor number of the kernel's release; absent when it cannot be told.
    pub kernel: Option<(u32, u32)>,
    /// CPUs that are online.
    pub online: &'a CpuList,
}

/// What benchmarks need.
#[derive(Clone, Copy, Debug)]
pub struct Seats<'a> {
    /// CPUs of benchmarks with one thread.
    pub bench: &'a CpuList,
    /// CPUs of benchmarks with several; absent when there are none such.
    pub threaded: Option<&'a CpuList>,
}

/// The group to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Its CPUs.
    pub cpus: CpuList,
    /// Kinds of partition, the best first, each to be tried when the one before is refused; empty for version 1.
    pub partitions: Vec<Partition>,
    /// What is not asked for though it would set benchmarks apart better, and why; absent when nothing is left out.
    pub renounced: Option<String>,
}

/// What `cpuset.cpus.partition` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The kind that was written.
    pub partition: Partition,
    /// Why it is not in force; absent when it is. Empty where the kernel gives no reason, before
    /// Linux 6.1.
    pub invalid: Option<String>,
}

/// Since this version a partition that begins or ends leaves the CPU masks alone that other processes chose for
/// themselves (`cpumask user_cpus_ptr`). Before, whoever loses a CPU to it gets every other CPU instead, for good.
const KEEPS_MASKS: (u32, u32) = (6, 2);

/// The group to ask for on this host.
///
/// # Errors
/// Why none would set anything apart.
pub fn wish(host: &Host<'_>, seats: &Seats<'_>) -> Result<Wish, String> {
    let threaded = seats.threaded.into_iter().flat_map(CpuList::iter);
    let cpus: CpuList = seats.bench.iter().chain(threaded).collect();
    if host.online.iter().all(|cpu| cpus.contains(cpu)) {
        return Err("benchmarks use every CPU, so there is none to leave to everything else".into());
    }
    let needs_balance = seats.threaded.is_some_and(|threaded| threaded.count() > 1);
    let (partitions, renounced) = match (host.version, host.kernel) {
        (Version::V1, _) => (
            Vec::new(),
            Some("cpusets are in version 1 here, which keeps no other process off the bench CPUs".to_owned()),
        ),
        (Version::V2, Some(kernel)) if kernel < KEEPS_MASKS => (
            vec![Partition::Member],
            Some(format!(
                "on Linux {}.{} a partition would take away for good the CPU masks of other processes; {}.{} and later \
                 keep them",
                kernel.0, kernel.1, KEEPS_MASKS.0, KEEPS_MASKS.1
            )),
        ),
        // Where nothing is balanced all threads of a benchmark would stay on the CPU that they were started on.
        (Version::V2, _) if needs_balance => (vec![Partition::Root, Partition::Member], None),
        (Version::V2, _) => (vec![Partition::Isolated, Partition::Root, Partition::Member], None),
    };
    Ok(Wish { cpus, partitions, renounced })
}

/// Major and minor number of a kernel's release (`6.18.44-generic`).
pub fn kernel_version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|letter: char| !letter.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

impl Version {
    /// Name in journals.
    pub fn id(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }
}

impl Partition {
    /// What is written to the file, and stored.
    pub fn id(self) -> &'static str {
        match self {
            Self::Isolated => "isolated",
            Self::Root => "root",
            Self::Member => "member",
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Standing {
    /// Reads `isolated`, or `isolated invalid (Parent is not a partition root)`; nothing for any other text.
    pub fn read(text: &str) -> Option<Self> {
        let (word, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        let partition = [Partition::Isolated, Partition::Root, Partition::Member]
            .into_iter()
            .find(|one| one.id() == word)?;
        let invalid = match rest.trim().strip_prefix("invalid") {
            Some(reason) => Some(reason.trim().trim_start_matches('(').trim_end_matches(')').to_owned()),
            None if rest.is_empty() => None,
            None => return None,
        };
        Some(Self { partition, invalid })
    }

    /// Whether a partition of this kind is in force.
    pub fn is(&self, partition: Partition) -> bool {
        self.partition == partition && self.invalid.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> CpuList {
        text.parse().unwrap()
    }

    fn ask(
        version: Version,
        kernel: (u32, u32),
        bench: &str,
        threaded: Option<&str>,
    ) -> Result<Wish, String> {
        let (online, bench, threaded) = (list("0-7"), list(bench), threaded.map(list));
        let host = Host { version, kernel: Some(kernel), online: &online };
        wish(&host, &Seats { bench: &bench, threaded: threaded.as_ref() })
    }

    #[test]
    fn one_thread_gets_an_isolated_partition_and_several_get_a_balanced_one() {
        use Partition::{Isolated, Member, Root};
        let alone = ask(Version::V2, (6, 8), "3", None).unwrap();
        assert_eq!((alone.cpus, alone.partitions), (list("3"), vec![Isolated, Root, Member]));
        let several = ask(Version::V2, (6, 8), "3", Some("1-4")).unwrap();
        assert_eq!((several.cpus, several.partitions), (list("1-4"), vec![Root, Member]));
        let apart = ask(Version::V2, (6, 8), "7", Some("1-4")).unwrap();
        assert_eq!(apart.cpus, list("1-4,7"));
        let one_for_all = ask(Version::V2, (6, 8), "7", Some("7")).unwrap();
        assert_eq!(one_for_all.partitions[0], Isolated, "nothing to balance on one CPU");
    }

    #[test]
    fn a_kernel_that_forgets_the_masks_of_others_gets_no_partition() {
        for kernel in [(5, 10), (6, 1)] {
            let wish = ask(Version::V2, kernel, "3", None).unwrap();
            assert_eq!(wish.partitions, [Partition::Member]);
            assert!(wish.renounced.unwrap().contains("CPU masks"));
        }
        assert_eq!(ask(Version::V2, (6, 2), "3", None).unwrap().renounced, None);
    }

    #[test]
    fn version_1_confines_and_says_that_it_does_no_more() {
        let wish = ask(Version::V1, (6, 18), "3", None).unwrap();
        assert_eq!((wish.cpus, wish.partitions), (list("3"), Vec::new()));
        assert!(wish.renounced.unwrap().contains("version 1"));
    }

    #[test]
    fn somebody_must_keep_a_cpu() {
        let why = ask(Version::V2, (6, 8), "0", Some("0-7")).unwrap_err();
        assert!(why.contains("every CPU"), "{why}");
        assert!(ask(Version::V1, (6, 8), "0-7", None).is_err());
        assert!(
            ask(Version::V2, (6, 8), "0", None).is_ok(),
            "threads are asked for only where there are some"
        );
    }

    #[test]
    fn what_the_kernel_says_of_a_partition_is_understood() {
        let valid = Standing::read("isolated\n").unwrap();
        assert!(valid.is(Partition::Isolated) && !valid.is(Partition::Root));
        let invalid =
            Standing::read("isolated invalid (Parent unable to distribute cpu downstream)").unwrap();
        assert!(!invalid.is(Partition::Isolated));
        assert_eq!(invalid.invalid.as_deref(), Some("Parent unable to distribute cpu downstream"));
        assert_eq!(Standing::read("root invalid").unwrap().invalid.as_deref(), Some(""));
        for text in ["", "threaded", "isolated maybe", "isolatedx"] {
            assert_eq!(Standing::read(text), None, "{text:?}");
        }
    }

    #[test]
    fn releases_of_every_spelling_have_a_version() {
        assert_eq!(kernel_version("6.18.44-fc-v657"), Some((6, 18)));
        assert_eq!(kernel_version("5.4+"), Some((5, 4)));
        assert_eq!(kernel_version("unknown"), None);
    }
}
