//! Keeps the whole machine out of deep sleep (`/dev/cpu_dma_latency`; kernel: `power/pm_qos_interface.rst`,
//! `admin-guide/pm/cpuidle.rst`).
//!
//! It never asks for 0: that makes every CPU spin, which takes power and heat from the measured core and time from
//! guests' neighbours. The wish lives as long as the open file, so there is nothing to restore.

use lab_core::machine::Takes;

use super::super::sysfs::Absence;
use super::{Knob, Scene, Setting, Shape, idle};

const PATH: &str = "/dev/cpu_dma_latency";

pub(super) struct CpuLatency;

impl Knob for CpuLatency {
    fn id(&self) -> &'static str {
        "cpu_latency"
    }

    fn why(&self) -> &'static str {
        "waking from deep sleep takes up to hundreds of microseconds, and sleeping packages slow down their caches"
    }

    fn takes(&self) -> Takes {
        Takes::Number { from: 1, to: 1_000_000, unit: "microseconds to wake up" }
    }

    /// The longest time that a bench CPU needs to leave its shallowest sleep, so that this one stays allowed.
    fn settings(&self, scene: &Scene<'_>) -> Result<Vec<Setting>, Absence> {
        let shallowest = scene.bench_cpus.iter().filter_map(|cpu| {
            let latencies_us = idle::exit_latencies_us(scene.root, cpu);
            latencies_us.into_iter().min()
        });
        let Some(limit_us) = shallowest.max().map(|us| us.max(1)) else {
            return Err("no cpuidle states: no idle driver, so that nothing would heed a limit".into());
        };
        let mut deepest = scene
            .staying_cpus()
            .iter()
            .filter_map(|cpu| idle::exit_latencies_us(scene.root, cpu).into_iter().max())
            .collect::<Vec<_>>();
        deepest.retain(|us| *us > limit_us);
        if deepest.is_empty() {
            return Err(format!("no idle state is deeper than one that is left in {limit_us} us"));
        }
        if !scene.root.exists(PATH) {
            return Err(format!("no {PATH}"));
        }
        Ok(vec![Setting::fixed(PATH, limit_us, Shape::Held)])
    }
}
