//! Mistakes, and what Nix says of them: each is refused before anything is built, in words that name it.

use crate::stage::Stage;

const TOOLCHAIN: &str = "rust-toolchain.toml";
const HOST: &str = "nix/example-host.nix";
const SYSTEM: &str = "nixosConfigurations.example.config.system.build.toplevel.drvPath";
const BENCHES: &str = "packages.x86_64-linux.bench-bins.drvPath";

/// Evaluates `output` while `from` stands as `to`, and gives what Nix complained of.
pub(super) fn refusal(stage: &Stage, file: &str, from: &str, to: &str, output: &str) -> String {
    let said = stage.altered(file, from, to, || stage.nix.run(&["eval", "--raw", &stage.at(output)]));
    assert_ne!(said.code, Some(0), "{to} was taken");
    said.stderr
}

fn holds(complaint: &str, words: &[&str]) {
    for word in words {
        assert!(complaint.contains(word), "«{word}» is not in:\n{complaint}");
    }
}

/// The channel of the repository's own file.
pub(super) fn channel() -> String {
    let table: toml::Table =
        std::fs::read_to_string(crate::ground::root().join(TOOLCHAIN)).unwrap().parse().unwrap();
    table["toolchain"]["channel"].as_str().unwrap().to_owned()
}

pub(super) fn unknown_channel(stage: &Stage) {
    let complaint = refusal(stage, TOOLCHAIN, &channel(), "1.95.7", BENCHES);
    holds(&complaint, &["asks for Rust 1.95.7, and this host has"]);
}

pub(super) fn unknown_component(stage: &Stage) {
    let complaint = refusal(stage, TOOLCHAIN, "\"clippy\"", "\"clipy\"", BENCHES);
    holds(&complaint, &["there is no component `clipy`"]);
}

pub(super) fn misspelt_option(stage: &Stage) {
    let complaint = refusal(stage, HOST, "benchCpus", "benchCpu", SYSTEM);
    holds(&complaint, &["The option `services.bench-host.benchCpu' does not exist"]);
    let beside = "boot.kernelParms = [ ];\n  services.bench-host = {";
    let complaint = refusal(stage, HOST, "services.bench-host = {", beside, SYSTEM);
    holds(&complaint, &["The option `boot.kernelParms' does not exist"]);
    let complaint = refusal(
        stage,
        HOST,
        "enable = true;\n    benchCpus",
        "enable = true; isolation = \"none\";\n    benchCpus",
        SYSTEM,
    );
    holds(&complaint, &["services.bench-host.isolation", "is not of type"]);
}

pub(super) fn cpu_lists(stage: &Stage) {
    let with = |bench: &str| refusal(stage, HOST, "\"2-3\"", bench, SYSTEM);
    holds(&with("\"0-1\""), &["CPU 0, 1 stands in benchCpus and in housekeepingCpus"]);
    holds(&with("\"1,4-6\""), &["CPU 1 stands in benchCpus and in housekeepingCpus"]);
    for none in ["\"\"", "\"3-2\"", "\"2;3\"", "\"2-\"", "\"two\""] {
        holds(&with(none), &["services.bench-host.benchCpus is", "which is no list of CPUs"]);
    }
    holds(&refusal(stage, HOST, "\"0-1\"", "\"1\"", SYSTEM), &["lacks CPU 0"]);
    let swap = "swapDevices = [ { device = \"/swap\"; } ]; services.bench-host = {";
    holds(&refusal(stage, HOST, "services.bench-host = {", swap, SYSTEM), &["swapDevices is not empty"]);
}

pub(super) fn missing_tool(stage: &Stage) {
    let complaint =
        refusal(stage, "nix/default.nix", "hyperfine", "hyperfyne", "devShells.x86_64-linux.default.drvPath");
    holds(&complaint, &["hyperfyne"]);
}
