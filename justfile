# Every recipe is one line; `just` alone lists them.

_default:
    @just --list

# Measure this repository's suites (flags go to `bench-lab run`).
bench *flags:
    cargo bench-lab run {{ flags }}

# Run all tests, with formatter, linter and documentation.
test:
    cargo test --workspace

# The fast checks only.
check:
    cargo test --package bench-lab --test tidy

# Show a stored Run.
show *flags:
    cargo bench-lab show {{ flags }}

# Find out whether this machine is fit to measure.
doctor *flags:
    cargo bench-lab doctor {{ flags }}

# What this machine is, as it would be recorded.
env *flags:
    cargo bench-lab env {{ flags }}
