//! Free memory, used swap, and pages that move.
//!
//! It reads the machine's memory; a control group's limit is a fact of the environment.

use lab_core::doctor::{Gap, Memory, Sourced};

use super::scene::{Provider, Scene};

const PATH: &str = "/proc/meminfo";

pub(super) fn read(scene: &Scene<'_>) -> Memory {
    let text = scene.root.read(PATH);
    let field = |name: &str| -> Result<u64, Gap> {
        let text = text.clone().map_err(|why| scene.gap(why, Provider::Kernel))?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
        kib.map(|kib| kib * 1024).ok_or_else(|| Gap::Absent(format!("no {name} in {PATH}")))
    };
    let swap_used = field("SwapTotal").and_then(|total| Ok(total.saturating_sub(field("SwapFree")?)));
    Memory {
        available_bytes: Sourced::new(PATH, field("MemTotal").and_then(|_| field("MemAvailable"))),
        total_bytes: field("MemTotal").unwrap_or(0),
        swap_used_bytes: swap_used.ok(),
        swapped_page_count: Sourced::new(
            "/proc/vmstat pswpin, pswpout",
            scene
                .watched()
                .and_then(|window| window.swapped_pages().map_err(|why| scene.gap(why, Provider::Kernel))),
        ),
    }
}
