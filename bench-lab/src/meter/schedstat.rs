//! How long the process was ready to run and did not run, from the scheduler's own account.
//!
//! It knows the main thread only, which is where divan and Criterion time single-threaded benchmarks: the kernel keeps
//! the account per thread, and that of a thread that has ended is gone.

use super::Scene;
use super::totals::{Totals, Values};
use crate::host::sysfs::Absence;

pub(super) const METER: Totals = Totals { id: "schedstat", signals: &["run_queue_wait_ns"], read };

fn read(scene: &Scene<'_>) -> Values {
    let path = format!("/proc/{}/schedstat", scene.pid);
    vec![scene.sys.read(&path).and_then(|text| parse(&text))]
}

/// The fields are: time on a CPU, time waiting for one (both ns), turns on a CPU (proc_pid_schedstat(5)).
fn parse(text: &str) -> Result<f64, Absence> {
    let wait = text.split_ascii_whitespace().nth(1).and_then(|field| field.parse().ok());
    wait.ok_or_else(|| format!("/proc/PID/schedstat says {text:?}, not three numbers"))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_second_field_is_the_wait() {
        assert_eq!(parse("64887 58968 2"), Ok(58968.0));
        assert!(parse("").is_err());
    }
}
