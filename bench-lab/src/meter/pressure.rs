//! Pressure on the host: how long some task had to wait for a CPU, for memory, for IO.
//!
//! It is about the whole host, so it explains a bad invocation and never convicts one.

use super::Scene;
use super::totals::{Totals, Values};
use crate::host::sysfs::Absence;

pub(super) const METER: Totals =
    Totals { id: "pressure", signals: &["pressure_cpu_ns", "pressure_memory_ns", "pressure_io_ns"], read };

fn read(scene: &Scene<'_>) -> Values {
    let paths = ["/proc/pressure/cpu", "/proc/pressure/memory", "/proc/pressure/io"];
    paths.map(|path| scene.sys.read(path).and_then(|text| some_total_ns(&text))).into()
}

/// `some avg10=0.72 avg60=0.97 avg300=0.50 total=8484144`, the total in microseconds (kernel: accounting/psi.rst).
fn some_total_ns(text: &str) -> Result<f64, Absence> {
    let line = text.lines().find_map(|line| line.strip_prefix("some "));
    let total = line.and_then(|line| line.split(' ').find_map(|word| word.strip_prefix("total=")));
    let microseconds: Option<f64> = total.and_then(|total| total.parse().ok());
    microseconds.map(|us| us * 1000.0).ok_or_else(|| "the pressure file has no total".into())
}

#[cfg(test)]
mod tests {
    use super::some_total_ns;

    #[test]
    fn the_total_of_the_some_line_is_taken() {
        let text = "some avg10=0.72 avg60=0.97 avg300=0.50 total=8484144\nfull avg10=0.00 total=7";
        assert_eq!(some_total_ns(text), Ok(8_484_144_000.0));
        assert!(some_total_ns("full total=7").is_err());
    }
}
