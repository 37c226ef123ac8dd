//! The kernel's notation for sets of CPUs: `0-3,8,10-11`.
//!
//! It knows numbers only; whether a CPU exists is the business of [`crate::topology`].

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// The greatest CPU number that is read: Linux is built for at most 8192 CPUs (`NR_CPUS` of x86 with `MAXSMP`), so
/// a greater one is a typing error and not a machine.
const CPU_MAX: u32 = 65_535;

/// A set of CPUs, which prints as the kernel prints it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CpuList(BTreeSet<u32>);

/// A text that is no CPU list; names the part that is wrong, not the whole text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CpuListError {
    /// A part between two commas that is empty.
    #[error("empty part in the CPU list {list:?}")]
    EmptyPart {
        /// The whole text.
        list: String,
    },
    /// A part that is neither `N` nor `N-M`.
    #[error("{part:?} is neither a CPU number nor a range such as 2-5")]
    NotANumber {
        /// The part.
        part: String,
    },
    /// A range that runs backwards.
    #[error("the range {part:?} ends before it begins")]
    Reversed {
        /// The part.
        part: String,
    },
    /// A number no Linux machine has.
    #[error("{part:?} names a CPU above {CPU_MAX}")]
    TooGreat {
        /// The part.
        part: String,
    },
}

impl CpuList {
    /// The CPUs in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().copied()
    }

    /// Whether the CPU is one of them.
    pub fn contains(&self, cpu: u32) -> bool {
        self.0.contains(&cpu)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The lowest CPU.
    pub fn first(&self) -> Option<u32> {
        self.0.first().copied()
    }
}

impl FromStr for CpuList {
    type Err = CpuListError;

    /// Reads `0-3,8,10-11`. Nothing, and the `(null)` that the kernel prints for a mask it never allocated
    /// (`nohz_full`), are the empty set; order and repetition do not matter.
    fn from_str(text: &str) -> Result<Self, CpuListError> {
        let text = text.trim();
        if text.is_empty() || text == "(null)" {
            return Ok(Self::default());
        }
        let mut cpus = BTreeSet::new();
        for part in text.split(',').map(str::trim) {
            if part.is_empty() {
                return Err(CpuListError::EmptyPart { list: text.into() });
            }
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (number(first, part)?, number(last, part)?);
            if last < first {
                return Err(CpuListError::Reversed { part: part.into() });
            }
            cpus.extend(first..=last);
        }
        Ok(Self(cpus))
    }
}

/// One end of a range; `part` is what an error shows.
fn number(digits: &str, part: &str) -> Result<u32, CpuListError> {
    let digits = digits.trim();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(CpuListError::NotANumber { part: part.into() });
    }
    match digits.parse() {
        Ok(cpu) if cpu <= CPU_MAX => Ok(cpu),
        _ => Err(CpuListError::TooGreat { part: part.into() }),
    }
}

impl FromIterator<u32> for CpuList {
    fn from_iter<I: IntoIterator<Item = u32>>(cpus: I) -> Self {
        Self(cpus.into_iter().collect())
    }
}

impl fmt::Display for CpuList {
    /// Ranges joined by commas; the empty set prints as nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cpus = self.iter().peekable();
        let mut separator = "";
        while let Some(first) = cpus.next() {
            let mut last = first;
            while let Some(next) = cpus.next_if_eq(&(last + 1)) {
                last = next;
            }
            write!(f, "{separator}{first}")?;
            if last > first {
                write!(f, "-{last}")?;
            }
            separator = ",";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::btree_set;
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Vec<u32>, CpuListError> {
        text.parse::<CpuList>().map(|list| list.iter().collect())
    }

    #[test]
    fn the_kernels_own_texts_are_read() {
        assert_eq!(read("0-3,8,10-11").unwrap(), [0, 1, 2, 3, 8, 10, 11]);
        assert_eq!(read("0\n").unwrap(), [0]);
        assert_eq!(read("").unwrap(), [0_u32; 0]);
        assert_eq!(read(" (null)\n").unwrap(), [0_u32; 0]);
        assert_eq!(read("3,1,2,2").unwrap(), [1, 2, 3]);
    }

    #[test]
    fn an_error_names_the_bad_part() {
        assert_eq!(read("0,x,3").unwrap_err(), CpuListError::NotANumber { part: "x".into() });
        assert_eq!(read("0-").unwrap_err(), CpuListError::NotANumber { part: "0-".into() });
        assert_eq!(read("+1").unwrap_err(), CpuListError::NotANumber { part: "+1".into() });
        assert_eq!(read("1-2-3").unwrap_err(), CpuListError::NotANumber { part: "1-2-3".into() });
        assert_eq!(read("2,5-3").unwrap_err(), CpuListError::Reversed { part: "5-3".into() });
        assert_eq!(read("1,,2").unwrap_err(), CpuListError::EmptyPart { list: "1,,2".into() });
        assert_eq!(
            read("0-99999999999999999999").unwrap_err(),
            CpuListError::TooGreat { part: "0-99999999999999999999".into() }
        );
    }

    proptest! {
        #[test]
        fn printing_and_reading_give_the_same_set(cpus in btree_set(0_u32..300, 0..80)) {
            let list: CpuList = cpus.iter().copied().collect();
            prop_assert_eq!(list.to_string().parse::<CpuList>().unwrap(), list);
        }

        #[test]
        fn no_text_panics(text in "[-0-9, a-z()]{0,24}") {
            let _ = text.parse::<CpuList>();
        }
    }
}
