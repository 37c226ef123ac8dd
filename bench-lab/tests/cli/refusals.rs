//! Input that cannot be worked with: what is wrong, what to do, and the exit code for it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::bench_lab::Place;
use crate::small::{PACKAGE, inside, write};

const STEADY: &str = "run --quick --time 10ms --invocations 1 -p truth --bench steady_divan";

#[test]
fn a_folder_without_a_manifest_says_where_to_run_it() {
    let place = Place::new();
    for command in ["run", "list", "run --check"] {
        inside(&place, command)
            .expect(2)
            .assert_stderr_has(&["no Cargo.toml in", "hint: run it inside a Cargo workspace"]);
    }
    let named = place.plain("run --manifest-path nowhere/Cargo.toml").expect(2);
    named.assert_stderr_has(&["nowhere/Cargo.toml", "--manifest-path PATH"]);
}

#[test]
fn a_manifest_that_does_not_parse_is_explained_in_cargos_words() {
    let place = Place::new();
    write(&place, &[("Cargo.toml", "[package\n")]);
    inside(&place, "run").expect(2).assert_stderr_has(&["cargo cannot read the workspace", "unclosed table"]);
}

#[test]
fn a_workspace_that_does_not_compile_has_cargos_error_and_a_short_one_of_ours() {
    let place = Place::new();
    write(
        &place,
        &[("Cargo.toml", PACKAGE), ("benches/speed.rs", "fn main() { missing() }"), ("src/lib.rs", "")],
    );
    inside(&place, "run").expect(2).assert_stderr_has(&[
        "error[E0425]: cannot find function `missing`",
        "error: none of the 1 bench targets compiled: alone/speed",
        "hint: the compiler's messages are above",
    ]);
}

#[test]
fn a_workspace_of_plain_programs_has_nothing_to_measure() {
    let place = Place::new();
    write(&place, &[("Cargo.toml", PACKAGE), ("benches/speed.rs", "fn main() {}"), ("src/lib.rs", "")]);
    inside(&place, "run").expect(2).assert_stderr_has(&["no benchmark", "alone/speed: no known harness"]);
    inside(&place, "list").expect(0).assert_stdout_has(&["0 benchmarks in 0 targets", "no known harness"]);
    write(&place, &[("Cargo.toml", "[package]\nname = 'bare'\nversion = '0.1.0'\n"), ("src/lib.rs", "")]);
    fs::remove_dir_all(place.path().join("workspace/benches")).unwrap();
    inside(&place, "run").expect(2).assert_stderr_has(&["no bench target in bare", "a [[bench]] table"]);
}

#[test]
fn names_that_do_not_exist_come_with_the_near_ones() {
    let place = Place::new();
    place.fixture("list -p trut").expect(2).assert_stderr_has(&["no package 'trut'", "did you mean truth?"]);
    let bench = place.fixture("list -p truth --bench steady_divn").expect(2);
    bench.assert_stderr_has(&["no selected package has a bench target 'steady_divn'", "steady_divan"]);
    let elsewhere = place.fixture("list -p truth --bench claimed").expect(2);
    elsewhere.assert_stderr_has(&["package overridden has it: -p overridden"]);
}

#[test]
fn a_filter_that_matches_nothing_comes_with_the_near_ids() {
    let place = Place::new();
    let said = place.fixture(&format!("{STEADY} -- spinn")).expect(2);
    said.assert_stderr_has(&["no benchmark of 3 matches spinn", "did you mean", "steady_divan::spin"]);
    assert!(place.run_folders().is_empty());
    let said = place.fixture("list -p truth --bench steady_divan -- nothing_like_it").expect(2);
    said.assert_stderr_has(&["no benchmark of 3 matches nothing_like_it"]);
    let ignored = place.fixture(&format!("{STEADY} -- left_out")).expect(2);
    ignored.assert_stderr_has(&["ignored by default", "--include-ignored measures"]);
}

#[test]
fn one_filter_of_several_that_matches_nothing_is_said() {
    let place = Place::new();
    let said = place.fixture(&format!("{STEADY} -- spin no_such_thing")).expect(0);
    said.assert_stderr_has(&["warning: no benchmark matches no_such_thing"]);
}

#[test]
fn cpus_that_are_not_there_or_not_a_list_are_refused() {
    let place = Place::new();
    place.fixture(&format!("{STEADY} --cpus 4095")).expect(2).assert_stderr_has(&["4095"]);
    place.fixture(&format!("{STEADY} --cpus one")).expect(2).assert_stderr_has(&["--cpus", "one"]);
    place.fixture(&format!("{STEADY} --cpus 5-2")).expect(2).assert_stderr_has(&["--cpus"]);
}

#[test]
fn cpus_that_are_asked_for_are_the_ones_that_are_read_back() {
    let place = Place::new();
    let _ = place.fixture(&format!("{STEADY} --cpus 0 -- spin")).expect(0);
    assert_eq!(place.stored().rows[0]["cpus"], serde_json::json!([0]));
}

#[test]
fn numbers_and_durations_that_are_none_are_refused_with_an_example() {
    let place = Place::new();
    place.plain("run --invocations 0").expect(2).assert_stderr_has(&["--invocations", "1..=10000"]);
    for flag in ["--time", "--budget", "--timeout", "--wait"] {
        place.plain(&format!("run {flag} 10")).expect(2).assert_stderr_has(&[flag, "write it like 300ms"]);
        place.plain(&format!("run {flag} soon")).expect(2).assert_stderr_has(&["this is no duration"]);
    }
    place.plain("run --check --budget 1m").expect(2).assert_stderr_has(&["cannot be used with"]);
}

#[test]
fn a_store_that_cannot_be_one_is_refused_before_anything_is_measured() {
    let place = Place::new();
    fs::write(place.store(), "a file").unwrap();
    place.fixture(STEADY).expect(2).assert_stderr_has(&["is not a folder"]);
    place.plain("show").expect(2).assert_stderr_has(&["store"]);
    fs::remove_file(place.store()).unwrap();

    let closed = place.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(closed.join("probe"), "").is_ok() {
        eprintln!("left out: this user may write anywhere");
        return;
    }
    let refused = place.fixture(&format!("{STEADY} --store {}", closed.join("store").display())).expect(2);
    refused.assert_stderr_has(&["permission denied"]);
}

#[test]
fn a_store_on_a_read_only_file_system_says_how_to_choose_another() {
    let place = Place::new();
    // Read-only for everybody, root included, and mounted wherever there is a /proc.
    let refused = place.fixture(&format!("{STEADY} --store /proc/bench-lab-store")).expect(2);
    refused.assert_stderr_has(&["/proc/bench-lab-store"]);
    let mount = place.path().join("mount");
    fs::create_dir(&mount).unwrap();
    let script = format!("mount -t tmpfs -o ro tmpfs '{}' && exec \"$@\"", mount.display());
    let inner = place.over_fixture(&format!("{STEADY} --store {}", mount.join("store").display()));
    let mut command = std::process::Command::new("unshare");
    command.args(["-rm", "sh", "-c", &script, "sh"]).arg(inner.get_program()).args(inner.get_args());
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(place.path());
    match command.output() {
        Ok(output) if output.status.code() == Some(2) => {
            crate::bench_lab::Said::from(output)
                .assert_stderr_has(&["read-only file system", "--store or BENCH_LAB_STORE"]);
        }
        other => eprintln!("left out: no mount of one's own here: {other:?}"),
    }
}

#[test]
fn runs_that_are_not_there_are_named_with_the_near_ones() {
    let place = Place::new();
    for command in ["show", "runs", "run --resume"] {
        place
            .plain(command)
            .expect(2)
            .assert_stderr_has(&["there is no store at", "`bench-lab run` makes one"]);
    }
    fs::create_dir_all(place.store().join("runs")).unwrap();
    place.plain("show").expect(2).assert_stderr_has(&["holds no Run yet"]);
    place.plain("runs").expect(0).assert_stdout_has(&["0 runs"]);
    place.plain("run --resume").expect(2).assert_stderr_has(&["no open Run in"]);
    let _ = place.fixture(&format!("{STEADY} -- spin")).expect(0);
    place.plain("show 1999").expect(2).assert_stderr_has(&["no Run is called \"1999\""]);
    place.plain("show latest~5").expect(2).assert_stderr_has(&["latest~5"]);
}

#[test]
fn a_damaged_head_and_a_newer_format_are_told_apart() {
    let place = Place::new();
    let _ = place.fixture(&format!("{STEADY} -- spin")).expect(0);
    let head = place.stored().folder.join("run.json");
    let text = fs::read_to_string(&head).unwrap();
    fs::write(&head, text.replacen("\"format\": 1", "\"format\": 99", 1)).unwrap();
    place.plain("show").expect(2).assert_stderr_has(&["format version 99", "update bench-lab"]);
    fs::write(&head, &text[..text.len() / 2]).unwrap();
    place.plain("show").expect(2).assert_stderr_has(&["run.json"]);
    place.plain("runs").expect(0).assert_stdout_has(&["unreadable", "1 run\n"]);
    place.plain("run --resume").expect(2).assert_stderr_has(&["no open Run"]);
}

#[test]
fn a_metadata_override_that_names_no_harness_says_which_there_are() {
    let place = Place::new();
    let manifest = format!("{PACKAGE}[package.metadata.bench-lab]\nharness = 'divn'\n");
    write(&place, &[("Cargo.toml", &manifest), ("benches/speed.rs", "fn main() {}"), ("src/lib.rs", "")]);
    inside(&place, "list").expect(2).assert_stderr_has(&["\"divn\"", "criterion, divan, libtest, none"]);
}

#[test]
fn what_is_no_command_is_a_usage_error_and_help_is_none() {
    let place = Place::new();
    let _ = place.plain("measure").expect(2);
    let _ = place.plain("").expect(2);
    place.plain("--help").expect(0).assert_stdout_has(&["Exit codes:", "130  interrupted"]);
    place.plain("run --help").expect(0).assert_stdout_has(&["--invocations", "Examples:"]);
    let _ = place.plain("--version").expect(0);
}

/// A place whose cargo writes down that it was called, and fails.
fn with_a_cargo_that_tells(place: &Place, words: &str) -> crate::bench_lab::Said {
    let cargo = place.path().join("cargo");
    fs::write(&cargo, format!("#!/bin/sh\necho \"$@\" >> {}\nexit 101\n", calls(place).display())).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    write(place, &[("Cargo.toml", PACKAGE), ("benches/speed.rs", "fn main() {}"), ("src/lib.rs", "")]);
    let path = format!("{}:{}", place.path().display(), std::env::var("PATH").unwrap());
    let mut command = place.command(words);
    command.current_dir(place.path().join("workspace")).env("CARGO", cargo).env("PATH", path);
    crate::bench_lab::said(&mut command)
}

fn calls(place: &Place) -> std::path::PathBuf {
    place.path().join("calls")
}

#[test]
fn a_name_that_nobody_has_is_refused_before_cargo_is_asked_for_anything() {
    let place = Place::new();
    crate::stored::store(&place, crate::stored::Wanted::default());
    for (words, told) in [
        ("run --compare nosuch", "\"nosuch\" is no baseline"),
        ("run --compare latest~7", "latest~7"),
        ("run --policy nowhere.toml", "nowhere.toml"),
        ("run --compare latest --recheck", "run has no --recheck"),
        ("run --compare latest --write junit=nowhere/x.xml", "nowhere"),
    ] {
        with_a_cargo_that_tells(&place, words).expect(2).assert_stderr_has(&[told]);
        assert!(!calls(&place).exists(), "{words}: {}", fs::read_to_string(calls(&place)).unwrap());
    }
    // The stand-in is what would have been called.
    with_a_cargo_that_tells(&place, "run --compare latest").expect(2);
    assert!(calls(&place).exists());
}
