//! Two revisions of small repositories, built and set side by side; the repository is the same before and after.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod built;
mod merge_base;
mod repository;
mod sources;
