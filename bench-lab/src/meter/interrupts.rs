//! Interrupts that the bench CPUs served, the local timer apart from all others.
//!
//! It counts by column heading, because `/proc/interrupts` leaves CPUs out that are offline.

use super::Scene;
use super::totals::{Totals, Values};
use crate::host::sysfs::Absence;

pub(super) const METER: Totals =
    Totals { id: "interrupts", signals: &["interrupts_count", "timer_interrupts_count"], read };

fn read(scene: &Scene<'_>) -> Values {
    match scene.sys.read("/proc/interrupts").and_then(|text| count(&text, scene)) {
        Ok((others, timer)) => vec![Ok(others), timer],
        Err(reason) => vec![Err(reason.clone()), Err(reason)],
    }
}

fn count(text: &str, scene: &Scene<'_>) -> Result<(f64, Result<f64, Absence>), Absence> {
    let mut lines = text.lines();
    let heading = lines.next().unwrap_or_default().split_ascii_whitespace();
    let columns: Vec<u32> = heading.filter_map(|word| word.strip_prefix("CPU")?.parse().ok()).collect();
    if !columns.iter().any(|cpu| scene.has(*cpu)) {
        return Err("/proc/interrupts has no column of a bench CPU".into());
    }
    let (mut others, mut timer) = (0.0, None);
    for line in lines {
        let mut words = line.split_ascii_whitespace();
        let label = words.next().unwrap_or_default();
        let counts: Vec<f64> =
            words.by_ref().take(columns.len()).map_while(|word| word.parse().ok()).collect();
        // `ERR` and `MIS` are one number for the whole host.
        if counts.len() < columns.len() {
            continue;
        }
        let mine = counts.iter().zip(&columns).filter(|(_, cpu)| scene.has(**cpu)).map(|(count, _)| count);
        let mine: f64 = mine.sum();
        if label == "LOC:" || words.any(|word| word == "arch_timer") {
            timer = Some(timer.unwrap_or(0.0) + mine);
        } else {
            others += mine;
        }
    }
    Ok((others, timer.ok_or_else(|| "/proc/interrupts has no line of a local timer".into())))
}

#[cfg(test)]
mod tests {
    use super::count;
    use crate::host::sysfs::SysRoot;
    use crate::meter::{Scene, Usage};

    const X86: &str = "            CPU0       CPU2       CPU3\n \
        24:          1          0          4  IO-APIC   5-edge      ACPI:Ged\n\
        NMI:          0          5          0   Non-maskable interrupts\n\
        LOC:      30077      31714        100   Local timer interrupts\n\
        ERR:          7\nMIS:          0\n";
    const ARM: &str = "           CPU0       CPU1\n \
        11:        500        600     GICv3  27 Level     arch_timer\n \
        13:          3          4     GICv3  33 Level     uart-pl011\nIPI0:    10   20  Rescheduling interrupts\n";

    fn counted(text: &str, cpus: &[u32]) -> Result<(f64, Result<f64, String>), String> {
        let sys = SysRoot::at("/nonexistent");
        count(text, &Scene { sys: &sys, pid: 1, cpus, before: Usage::default() })
    }

    #[test]
    fn columns_go_by_their_heading_where_a_cpu_is_offline() {
        assert_eq!(counted(X86, &[2]), Ok((5.0, Ok(31714.0))));
        assert_eq!(counted(X86, &[3]), Ok((4.0, Ok(100.0))));
        assert_eq!(counted(X86, &[]), Ok((10.0, Ok(61891.0))));
        assert!(counted(X86, &[1]).is_err());
    }

    #[test]
    fn the_timer_of_arm_is_known_by_its_action() {
        assert_eq!(counted(ARM, &[1]), Ok((24.0, Ok(600.0))));
    }
}
