//! The tests of the flake, as part of `cargo test --workspace`: steps that evaluate, build and run it.
//!
//! They never touch a Nix installation or its settings: store, state and configuration are their own, below `target`.

#![allow(clippy::print_stdout, reason = "what a test harness says goes to standard output")]
#![allow(clippy::unwrap_used, reason = "a step that cannot go on panics")]

mod ground;
mod locked;
mod nix;
mod stage;
mod steps;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use ground::Ground;
use stage::Stage;
use steps::{Needs, Step};

/// With the value `require`, what is missing is a failure and no reason to leave steps out; with `all`, steps that take
/// minutes more are not left out either.
const REQUIRE_VARIABLE: &str = "BENCH_LAB_FLAKE_TESTS";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        // For runners that ask for tests one by one: this is one story, which `cargo test` tells whole.
        return ExitCode::SUCCESS;
    }
    let filters: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted =
        |step: &&Step| filters.is_empty() || filters.iter().any(|filter| step.name.contains(*filter));
    let told = std::env::var(REQUIRE_VARIABLE).unwrap_or_default();
    let (wanted, left_out): (Vec<&Step>, Vec<&Step>) = steps::ALL
        .iter()
        .filter(is_wanted)
        .partition(|step| step.needs != Needs::Patience || told == "all" || !filters.is_empty());
    println!("\nrunning {} steps of the flake", wanted.len());
    for step in left_out {
        println!("skipped: {}, which builds everything twice; {REQUIRE_VARIABLE}=all runs it", step.name);
    }
    for step in wanted.iter().filter(|step| step.needs == Needs::Nothing) {
        let alone = || step.run(|| unreachable!("the step needs no stage"));
        if !is_passed(step.name, alone) {
            return ExitCode::FAILURE;
        }
    }
    let with_nix: Vec<&Step> = wanted.into_iter().filter(|step| step.needs != Needs::Nothing).collect();
    if with_nix.is_empty() { ExitCode::SUCCESS } else { run_with_nix(&with_nix) }
}

fn run_with_nix(steps: &[&Step]) -> ExitCode {
    let ground = match Ground::find() {
        Ok(ground) => ground,
        Err(lack)
            if std::env::var(REQUIRE_VARIABLE).is_ok_and(|value| ["require", "all"].contains(&&*value)) =>
        {
            println!("FAILED         it was required, and {lack}");
            return ExitCode::FAILURE;
        }
        Err(lack) => {
            println!("skipped: {} of them, since {lack}", steps.len());
            return ExitCode::SUCCESS;
        }
    };
    println!("{}, store {}", ground.version, ground.store.display());
    let (real, stand_in): (Vec<&Step>, Vec<&Step>) =
        steps.iter().partition(|step| step.needs == Needs::RealInputs);
    let mut stage = None;
    let passed = stand_in.iter().all(|step| {
        is_passed(step.name, || step.run(|| stage.get_or_insert_with(|| Stage::with_stand_ins(&ground))))
    });
    if !passed {
        return ExitCode::FAILURE;
    }
    match &ground.checkouts {
        Err(why) if !real.is_empty() => {
            println!("skipped: steps with real inputs, since {why}")
        }
        Err(_) => {}
        Ok(folder) => {
            let mut stage = None;
            let set_up = || Stage::with_real_inputs(&ground, folder);
            if !real.iter().all(|step| is_passed(step.name, || step.run(|| stage.get_or_insert_with(set_up))))
            {
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// Runs one step and says how it ended. What it panicked with is on standard error already.
fn is_passed(name: &str, run: impl FnOnce()) -> bool {
    let begin = Instant::now();
    let passed = catch_unwind(AssertUnwindSafe(run)).is_ok();
    let word = if passed { "ok    " } else { "FAILED" };
    println!("{word} {:6.1} s  {name}", begin.elapsed().as_secs_f64());
    passed
}
