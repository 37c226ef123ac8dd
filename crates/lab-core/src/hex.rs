//! Bytes as lower-case hexadecimal text: the one spelling of digests and build ids.
//!
//! It only writes; nothing stored is ever read back into bytes.

/// Two digits per byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_two_digits() {
        assert_eq!(hex(&[0x00, 0x0f, 0xab]), "000fab");
    }
}
