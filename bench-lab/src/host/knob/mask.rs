//! The kernel's masks of CPUs: hexadecimal, in groups of 32 bits, the highest first (`00000100,ffffffff`).
//!
//! It knows numbers only; the same sets as lists are [`CpuList`]s.

use lab_core::cpulist::CpuList;

/// Bits between two commas (`bitmap_parse` in the kernel's `lib/bitmap-str.c`).
const GROUP_BITS: u32 = 32;

/// The set as the kernel reads it. Shorter than what the kernel prints, which fills up to the CPUs it can have.
pub fn print(cpus: &CpuList) -> String {
    let last = cpus.iter().last().unwrap_or(0) / GROUP_BITS;
    let group = |index: u32| {
        cpus.iter()
            .filter(|cpu| cpu / GROUP_BITS == index)
            .fold(0_u32, |bits, cpu| bits | (1 << (cpu % GROUP_BITS)))
    };
    let rest = (0..last).rev().map(|index| format!(",{:08x}", group(index)));
    format!("{:x}{}", group(last), rest.collect::<String>())
}

/// The set that a mask names; absent when the text is none.
pub fn parse(text: &str) -> Option<CpuList> {
    let mut cpus = Vec::new();
    for (index, group) in text.trim().rsplit(',').enumerate() {
        let is_hexadecimal = !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bits = u32::from_str_radix(group, 16).ok().filter(|_| is_hexadecimal)?;
        let first = u32::try_from(index).ok()?.checked_mul(GROUP_BITS)?;
        cpus.extend((0..GROUP_BITS).filter(|bit| bits >> bit & 1 == 1).map(|bit| first + bit));
    }
    Some(cpus.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use proptest::collection::btree_set;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_kernels_own_masks_are_read() {
        let list = |text: &str| text.parse::<CpuList>().unwrap();
        assert_eq!(parse("3"), Some(list("0-1")));
        assert_eq!(parse("00000000,00000000,0000ff00,00ff00ff\n"), Some(list("0-7,16-23,40-47")));
        assert_eq!(parse("0"), Some(CpuList::default()));
        for text in ["", "x", "1,", ",1", "+1", "123456789"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
        assert_eq!(print(&list("0-31,40")), "100,ffffffff");
        assert_eq!(print(&CpuList::default()), "0");
    }

    proptest! {
        #[test]
        fn printing_and_reading_give_the_same_set(cpus in btree_set(0_u32..300, 0..80)) {
            let list: CpuList = cpus.into_iter().collect();
            prop_assert_eq!(parse(&print(&list)), Some(list));
        }
    }
}
