//! Pages that the host swapped in or out.
//!
//! It is about the whole host: the kernel keeps no such account per process.

use super::Scene;
use super::totals::{Totals, Values, sum};
use crate::host::sysfs::Absence;

pub(super) const METER: Totals = Totals { id: "vmstat", signals: &["swap_pages_count"], read };

fn read(scene: &Scene<'_>) -> Values {
    vec![
        scene
            .sys
            .read("/proc/vmstat")
            .and_then(|text| sum(["pswpin", "pswpout"].map(|key| field(&text, key)))),
    ]
}

fn field(text: &str, key: &str) -> Result<f64, Absence> {
    let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.parse().ok());
    value.ok_or_else(|| format!("/proc/vmstat has no {key}"))
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_key_is_not_taken_for_one_that_begins_with_it() {
        assert_eq!(field("pswpinx 9\npswpin 3", "pswpin"), Ok(3.0));
        assert!(field("pswpinx 9", "pswpin").is_err());
    }
}
