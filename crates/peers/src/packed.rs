//! A row as bytes, for stores that keep bytes: each value behind its length.
//!
//! It must never take longer than it has to: a store is measured by what it does with the bytes.

use crate::Row;

/// Values behind their lengths, four bytes each.
pub(crate) fn pack(row: &Row) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(row.iter().map(|value| 4 + value.len()).sum());
    for value in row {
        bytes.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(value.as_bytes());
    }
    bytes
}

/// The values, not yet copied; ends early at what is not a value.
pub(crate) fn values(bytes: &[u8]) -> impl Iterator<Item = &str> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (length, behind) = rest.split_first_chunk()?;
        let (value, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        rest = behind;
        std::str::from_utf8(value).ok()
    })
}

pub(crate) fn unpack(bytes: &[u8]) -> Row {
    values(bytes).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_back_with_empty_values_and_text_beyond_ascii() {
        let row: Row = ["key", "", "Đà Nẵng", "1,\n\"2\""].map(String::from).to_vec();
        assert_eq!(unpack(&pack(&row)), row);
        assert_eq!(unpack(&[]), Row::new());
        assert_eq!(unpack(&[9, 0, 0, 0, b'a']), Row::new());
    }
}
