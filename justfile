# Every recipe is one line; `just` alone lists them. What bench-lab does is called through cargo, or, with `just via=nix bench`
# or BENCH_LAB_VIA=nix, through the app of the same name, which compiles nothing that is built already.

via := env("BENCH_LAB_VIA", "cargo")

[private]
lab app command *flags:
    {{ if via == "nix" { "nix run .#" + app + " --" } else { "cargo bench-lab " + command } }} {{ flags }}

_default:
    @just --list

# Measure this repository's suites (flags go to `bench-lab run`).
bench *flags: (lab "bench" "run" flags)

# The same under the name of the command.
run *flags: (bench flags)

# Run all tests, with formatter, linter and documentation.
test:
    cargo test --workspace

# The fast checks only.
check:
    cargo test --package bench-lab --test tidy

# Show a stored Run.
show *flags:
    cargo bench-lab show {{ flags }}

# Compare a Run with a baseline (`just compare main latest`).
compare *flags: (lab "compare" "compare" flags)

# Two revisions live, taking turns (`just ab main HEAD`).
ab *flags:
    cargo bench-lab ab {{ flags }}

# The lab examines itself on this host (`just validate --minutes 10`).
validate *flags:
    cargo bench-lab validate {{ flags }}

# Name the latest Run, list names, import, export (`just baseline save main`).
baseline *flags: (lab "baseline" "baseline" flags)

# Find out whether this machine is fit to measure.
doctor *flags: (lab "doctor" "doctor" flags)

# Write a report of stored Runs.
report *flags: (lab "report" "report" flags)

# Quiet the host by hand (`sudo just tune apply`).
tune *flags: (lab "tune" "tune" flags)

# Put back what `tune` set.
restore *flags: (lab "restore" "tune restore" flags)

# Flame graphs of benches.
flamegraph *flags: (lab "flamegraph" "profile --flamegraph" flags)

# What this machine is, as it would be recorded.
env *flags:
    cargo bench-lab env {{ flags }}

# bench-lab beside other tools on this machine: false alarms, slowdowns found, seconds (40 minutes unless told otherwise).
rivals *flags:
    cargo run --release --manifest-path rivals/Cargo.toml -- {{ flags }}

# The tests of that table, which no other recipe runs.
test-rivals:
    cargo test --manifest-path rivals/Cargo.toml

# The tests of the flake alone; `cargo test --workspace` runs them too.
test-flake *filter:
    cargo test --package flake-tests -- {{ filter }}

# Write the Nix files as nixpkgs-fmt has them, and name what in them is unused.
nix-fmt:
    cargo run --quiet --manifest-path nix/testing/lints/Cargo.toml --target-dir target/nix-lints -- --write $(git ls-files -co --exclude-standard '*.nix')
