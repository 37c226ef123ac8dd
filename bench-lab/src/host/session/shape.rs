//! What a kernel file says is in force, by the shape of its text.
//!
//! It compares texts and never reads a file.

use lab_core::cpulist::CpuList;

use crate::host::knob::Shape;

/// The value that the text of a file says is in force.
///
/// # Errors
/// A clause, when the text has not this shape.
pub(in crate::host) fn in_force(shape: Shape, text: &str) -> Result<String, String> {
    let text = text.trim();
    match shape {
        Shape::Bracketed => text
            .split_whitespace()
            .find_map(|word| word.strip_prefix('[')?.strip_suffix(']'))
            .map(str::to_owned)
            .ok_or_else(|| format!("no word in brackets in {text:?}")),
        Shape::Plain | Shape::CpuList | Shape::CpuMask | Shape::Drifting | Shape::Held => Ok(text.to_owned()),
    }
}

/// Whether two values mean the same.
pub(in crate::host) fn is_same(shape: Shape, one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    match shape {
        Shape::Plain | Shape::Bracketed | Shape::Drifting | Shape::Held => one == other,
        Shape::CpuList => match (one.parse::<CpuList>(), other.parse::<CpuList>()) {
            (Ok(one), Ok(other)) => one == other,
            _ => one == other,
        },
        Shape::CpuMask => match (mask_digits(one), mask_digits(other)) {
            (Some(one), Some(other)) => one == other,
            _ => one == other,
        },
    }
}

/// The hexadecimal digits without separators and leading zeros: groups of 32 bits, of which only the first may be
/// shorter than eight digits. `None` for what is no mask.
fn mask_digits(text: &str) -> Option<String> {
    let mut digits = String::new();
    for group in text.split(',') {
        let is_hex =
            !group.is_empty() && group.len() <= 8 && group.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex {
            return None;
        }
        digits.push_str(&format!("{:0>8}", group.to_ascii_lowercase()));
    }
    Some(digits.trim_start_matches('0').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_in_brackets_is_in_force() {
        assert_eq!(in_force(Shape::Bracketed, "always [madvise] never\n").unwrap(), "madvise");
        assert_eq!(in_force(Shape::Bracketed, "[never]").unwrap(), "never");
        assert!(in_force(Shape::Bracketed, "always madvise\n").is_err());
    }

    #[test]
    fn lists_and_masks_are_the_same_when_they_name_the_same_cpus() {
        assert!(is_same(Shape::CpuList, "0,1,2", "0-2\n"));
        assert!(!is_same(Shape::CpuList, "0-3", "0-2"));
        assert!(is_same(Shape::CpuList, "", "\n"));
        assert!(is_same(Shape::CpuMask, "3", "00000000,00000003"));
        assert!(is_same(Shape::CpuMask, "1,00000000", "00000001,0"));
        assert!(is_same(Shape::CpuMask, "FF", "ff"));
        assert!(!is_same(Shape::CpuMask, "10", "1,00000000"));
        assert!(is_same(Shape::CpuMask, "0", "00000000"));
        assert!(!is_same(Shape::Plain, "0-1", "0,1"));
    }
}
