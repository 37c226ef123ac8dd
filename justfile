# Every recipe is one line; `just` alone lists them.

_default:
    @just --list

# Measure this repository's suites (flags go to `bench-lab run`).
bench *flags:
    cargo bench-lab run {{ flags }}

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
compare *flags:
    cargo bench-lab compare {{ flags }}

# Two revisions live, taking turns (`just ab main HEAD`).
ab *flags:
    cargo bench-lab ab {{ flags }}

# The lab examines itself on this host (`just validate --minutes 10`).
validate *flags:
    cargo bench-lab validate {{ flags }}

# Name the latest Run, list names, import, export (`just baseline save main`).
baseline *flags:
    cargo bench-lab baseline {{ flags }}

# Find out whether this machine is fit to measure.
doctor *flags:
    cargo bench-lab doctor {{ flags }}

# What this machine is, as it would be recorded.
env *flags:
    cargo bench-lab env {{ flags }}

# bench-lab beside other tools on this machine: false alarms, slowdowns found, seconds (40 minutes unless told otherwise).
rivals *flags:
    cargo run --release --manifest-path rivals/Cargo.toml -- {{ flags }}

# The tests of that table, which no other recipe runs.
test-rivals:
    cargo test --manifest-path rivals/Cargo.toml
