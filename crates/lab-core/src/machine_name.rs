//! A short name for a machine that people can say: `amd-epyc-2c-24g`.
//!
//! It is made for folders and tables and never decides whether two machines are one; the digest does.

use crate::model::{Environment, FactValue};

/// Words of brand strings that tell nothing about which processor it is.
const FILLER: &[&str] = &[
    "cpu",
    "core",
    "cores",
    "processor",
    "with",
    "radeon",
    "graphics",
    "gen",
    "threads",
    "technologies",
    "inc",
    "dual",
    "quad",
    "six",
    "eight",
    "apu",
    "amd",
    "intel",
    "genuineintel",
    "authenticamd",
];

/// Words of the brand that are kept.
const WORDS_MAX: usize = 3;

/// Vendor, model words of the brand, cores, and memory, as far as they are known; `unknown` when nothing is.
pub fn machine_name(environment: &Environment) -> String {
    let mut parts = Vec::new();
    parts.extend(environment.text("cpu.vendor").map(vendor));
    match environment.text("cpu.brand") {
        Some(brand) => parts.extend(brand_words(brand)),
        None => parts.extend(environment.text("board.name").into_iter().flat_map(brand_words)),
    }
    parts.extend(integer(environment, "topology.cores_count").map(|count| format!("{count}c")));
    parts.extend(integer(environment, "memory.total_gib").map(|gib| format!("{gib}g")));
    if parts.is_empty() { "unknown".into() } else { parts.join("-") }
}

fn vendor(name: &str) -> String {
    match name {
        "AuthenticAMD" => "amd".into(),
        "GenuineIntel" => "intel".into(),
        _ => name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase(),
    }
}

/// The first words that name a model; clocks (`@ 2.90GHz`), marks (`(R)`) and counts (`12-Core`) are left out.
fn brand_words(brand: &str) -> Vec<String> {
    let text = brand.split('@').next().unwrap_or_default().to_lowercase();
    let text = text.replace("(r)", " ").replace("(tm)", " ").replace("(c)", " ");
    let cleaned = text.split_whitespace().map(|word| {
        let kept = |character: char| character.is_ascii_alphanumeric() || character == '-';
        word.chars().filter(|character| kept(*character)).collect::<String>()
    });
    cleaned
        .filter(|word| !word.is_empty() && !word.ends_with("-core") && !is_generation(word))
        .filter(|word| !FILLER.contains(&word.as_str()))
        .take(WORDS_MAX)
        .collect()
}

/// `13th`, `2nd`.
fn is_generation(word: &str) -> bool {
    let rest = word.trim_start_matches(|character: char| character.is_ascii_digit());
    rest.len() < word.len() && ["st", "nd", "rd", "th"].contains(&rest)
}

fn integer(environment: &Environment, name: &str) -> Option<i64> {
    match environment.facts.get(name)?.value {
        FactValue::Integer(value) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FactClass::Machine;

    fn name(vendor: &str, brand: &str) -> String {
        let mut environment = Environment::default();
        environment.insert("cpu.vendor", Machine, "", FactValue::Text(vendor.into()));
        environment.insert("cpu.brand", Machine, "", FactValue::Text(brand.into()));
        environment.insert("topology.cores_count", Machine, "", FactValue::Integer(8));
        environment.insert("memory.total_gib", Machine, "", FactValue::Integer(32));
        machine_name(&environment)
    }

    #[test]
    fn a_name_is_what_one_would_say() {
        assert_eq!(name("AuthenticAMD", "AMD EPYC"), "amd-epyc-8c-32g");
        assert_eq!(name("AuthenticAMD", "AMD EPYC 7763 64-Core Processor"), "amd-epyc-7763-8c-32g");
        assert_eq!(name("AuthenticAMD", "AMD Ryzen 9 7950X 16-Core Processor"), "amd-ryzen-9-7950x-8c-32g");
        assert_eq!(name("GenuineIntel", "13th Gen Intel(R) Core(TM) i7-1370P"), "intel-i7-1370p-8c-32g");
        assert_eq!(name("GenuineIntel", "Intel(R) Xeon(R) CPU @ 2.20GHz"), "intel-xeon-8c-32g");
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        assert_eq!(machine_name(&Environment::default()), "unknown");
        let mut board = Environment::default();
        board.insert("cpu.vendor", Machine, "", FactValue::Text("Arm".into()));
        board.insert("board.name", Machine, "", FactValue::Text("Raspberry Pi 5 Model B".into()));
        assert_eq!(machine_name(&board), "arm-raspberry-pi-5");
    }

    #[test]
    fn a_name_is_fit_for_a_folder() {
        let odd = name("Genuine/../x", "a/b ../c \u{e9} \0 d");
        assert!(odd.chars().all(|character| character.is_ascii_alphanumeric() || character == '-'), "{odd}");
    }
}
