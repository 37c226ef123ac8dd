//! One process of a workload, for tools that time whole processes: `process_side WORKLOAD UNITS ITERATIONS`.

use std::env;
use std::hint::black_box;
use std::process::ExitCode;

use rivals::side;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let (Some(name), Some(Ok(units)), Some(Ok(iterations))) = (
        words.first().filter(|name| side::WORKLOADS.contains(&name.as_str())),
        words.get(1).map(|units| units.parse::<u64>()),
        words.get(2).map(|iterations| iterations.parse::<u64>()),
    ) else {
        return ExitCode::from(2);
    };
    let mut work = side::work(name);
    for _ in 0..iterations {
        if black_box(work(black_box(units))).is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
