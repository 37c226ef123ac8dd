//! Environment variables that change what is measured: `variables.*`.
//!
//! Only names on the list are ever read: everything else may hold a secret.

use lab_core::model::{Environment, FactClass, FactValue};

/// Names that are recorded; a `*` at the end stands for any rest. Allocators, the Rust runtime, the dynamic linker and
/// the thread pools take settings from these.
pub const ALLOWED: &[&str] = &[
    "GLIBC_TUNABLES",
    "LD_*",
    "MALLOC_*",
    "MIMALLOC_*",
    "OMP_*",
    "RAYON_*",
    "RUST_*",
    "TOKIO_WORKER_THREADS",
];

/// Adds one fact for each allowed variable that is set. The caller says which environment it gives: its own, or the
/// one it starts its children with.
pub fn insert_variables(
    environment: &mut Environment,
    variables: impl IntoIterator<Item = (String, String)>,
    source: &str,
) {
    for (name, value) in variables.into_iter().filter(|(name, _)| is_allowed(name)) {
        let value = FactValue::Text(value);
        environment.insert(&format!("variables.{name}"), FactClass::Configuration, source, value);
    }
}

fn is_allowed(name: &str) -> bool {
    ALLOWED.iter().any(|allowed| match allowed.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == *allowed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_on_the_list_is_never_recorded() {
        let mut environment = Environment::default();
        let variables = [
            ("MALLOC_ARENA_MAX", "2"),
            ("RUST_MIN_STACK", "1"),
            ("GLIBC_TUNABLES", "x"),
            ("API_TOKEN", "secret"),
            ("MY_RUST_KEY", "secret"),
            ("GLIBC_TUNABLES_KEY", "secret"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        insert_variables(&mut environment, variables, "environment of the children");
        let names: Vec<&str> = environment.facts.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["variables.GLIBC_TUNABLES", "variables.MALLOC_ARENA_MAX", "variables.RUST_MIN_STACK"]
        );
    }
}
