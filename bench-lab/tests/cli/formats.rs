//! One result in every format: what each command can say, what it refuses, and what is written beside it.

use std::fs;

use lab_core::report::format::{ALL, Topic};

use crate::bench_lab::{Place, said};
use crate::stored::{Wanted, store};

/// A place with a Run and a second one that is 25 % slower at `write`, and the source of both benches.
fn slower() -> Place {
    let place = Place::new();
    store(&place, Wanted::default());
    let benchmarks: &[(&str, f64)] = &[("read", 1001.0), ("write", 62_500.0)];
    store(&place, Wanted { created_at: "2026-08-02T10:15:00Z", benchmarks, ..Wanted::default() });
    fs::create_dir_all(place.path().join("benches")).unwrap();
    let source = "fn benches(c: &mut Criterion) {\n    c.bench_function(\"write\", run);\n}\n";
    fs::write(place.path().join("benches/t.rs"), source).unwrap();
    place
}

#[test]
fn every_format_is_made_or_refused_with_a_way_out() {
    let place = slower();
    let other = Wanted { created_at: "2026-08-03T10:15:00Z", machine: "other-2c", ..Wanted::default() };
    store(&place, other);
    for format in ALL {
        for (command, topic) in [
            ("show latest~1", Topic::Run),
            ("compare latest~2 latest~1", Topic::Comparison),
            ("compare --across latest~1 latest", Topic::Across),
        ] {
            let said = place.plain(&format!("{command} --format {}", format.id()));
            if format.shows(topic).is_ok() {
                let said = said.expect(0);
                assert!(!said.stdout.is_empty(), "{command} --format {}", format.id());
            } else {
                let said = said.expect(2);
                said.assert_stderr_has(&[&format!("--format {} ", format.id()), ";"]);
                assert_eq!(said.stdout, "");
            }
        }
    }
}

#[test]
fn the_word_html_leads_to_the_command_that_makes_it() {
    let place = slower();
    place.plain("show --format html").expect(2).assert_stderr_has(&["bench-lab report --html"]);
    place
        .plain("compare latest~1 --write juint=x.xml")
        .expect(2)
        .assert_stderr_has(&["\"juint\" is no format", "did you mean junit?"]);
    let help = place.plain("compare --help").expect(0);
    help.assert_stdout_has(&["openmetrics", "JUnit XML: a suite per bench target"]);
    assert!(!help.stdout.contains("- html"), "{}", help.stdout);
}

#[test]
fn one_comparison_writes_every_file_that_is_wanted_whatever_its_exit_code() {
    let place = slower();
    let mut command = place.command("compare latest~1 latest --gate --format github --step-summary");
    command.args(["--write", "junit=junit.xml", "--write", "comment=comment.md", "--write", "ids=suspects"]);
    fs::write(place.path().join("summary.md"), "from another step\n").unwrap();
    command.env("GITHUB_STEP_SUMMARY", place.path().join("summary.md"));
    let said = said(&mut command).expect(1);
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", said.stdout);
    assert!(
        lines[0]
            .starts_with("::error file=benches/t.rs,line=2,title=regressed%3A p/t/write::25.0 %25 slower: "),
        "{}",
        lines[0]
    );
    assert!(lines[1].contains("1 regressed") && lines[1].ends_with("the gate FAILS"), "{}", lines[1]);
    let text = |name: &str| fs::read_to_string(place.path().join(name)).unwrap();
    assert!(text("junit.xml").contains("<failure type=\"regressed\" message=\"25.0 % slower"));
    assert!(text("comment.md").starts_with("<!-- bench-lab comment test-1c -->\n### bench-lab: 1 regressed"));
    assert_eq!(text("suspects"), "p/t/write\n");
    let summary = text("summary.md");
    assert!(summary.starts_with("from another step\n### bench-lab: 1 regressed"), "{summary}");
}

#[test]
fn what_cannot_be_written_is_refused_before_anything_is_done() {
    let place = slower();
    let mut nowhere = place.command("run --manifest-path none --write json=no/such/folder/x.json");
    said(&mut nowhere).expect(2).assert_stderr_has(&["there is no folder no/such/folder"]);
    let mut unset = place.command("show --step-summary");
    unset.env_remove("GITHUB_STEP_SUMMARY");
    said(&mut unset).expect(2).assert_stderr_has(&["GITHUB_STEP_SUMMARY", "--write md=PATH"]);
    place.plain("run --format ids").expect(2).assert_stderr_has(&["one Run is compared with nothing"]);
    place.plain("ab main --format bmf").expect(2).assert_stderr_has(&["no comparison"]);
}

#[test]
fn a_run_that_is_measured_is_printed_as_it_is_asked_for() {
    let place = Place::new();
    let words = "run --quick --time 10ms --invocations 2 -p truth --bench steady_criterion";
    let said = place.fixture(&format!("{words} --format csv --write text=table.txt")).expect(0);
    assert!(said.stdout.starts_with("package,target,path,occurrence,metric,unit,median,"), "{}", said.stdout);
    assert!(said.stdout.lines().skip(1).all(|line| line.starts_with("truth,steady_criterion,")));
    assert_eq!(said.stdout, place.plain("show --format csv").expect(0).stdout);
    let table = fs::read_to_string(place.path().join("table.txt")).unwrap();
    assert!(table.lines().last().unwrap().contains(" measured · 0 failed"), "{table}");
    let object = place.fixture(&format!("{words} --format json")).expect(0).json();
    assert_eq!(object["scheduled_count"], object["invocation_count"]);
}

#[test]
fn colours_are_for_terminals_and_for_those_who_force_them() {
    let place = slower();
    let with = |variables: &[(&str, &str)]| {
        let mut command = place.command("compare latest~1 latest");
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        said(command.envs(variables.iter().copied())).expect(0).stdout
    };
    let plain = with(&[]);
    let forced = with(&[("CLICOLOR_FORCE", "1")]);
    assert!(!plain.contains('\u{1b}'), "{plain}");
    assert!(forced.contains("\u{1b}[1;31mregressed (1)"), "{forced}");
    assert_eq!(with(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), plain);
    // A file is no terminal, whatever is forced.
    let mut command = place.command("compare latest~1 latest --write text=table.txt");
    said(command.env("CLICOLOR_FORCE", "1")).expect(0);
    assert_eq!(fs::read_to_string(place.path().join("table.txt")).unwrap(), plain);
}

#[test]
fn the_last_line_is_the_verdict_and_what_is_offered_before_it_can_be_pasted() {
    let place = slower();
    let accept = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches('\'')).collect();
        bench_lab::cli::command()
            .try_get_matches_from(&words)
            .unwrap_or_else(|error| panic!("{line}\n{error}"));
    };
    let mut offered = 0;
    for (words, last) in [
        ("show latest", " measured · 0 failed · 0 targets skipped · 24 invocations"),
        ("compare latest~1 latest", "1 regressed · 0 improved · 1 equivalent"),
        ("compare latest~1 latest --gate", "1 regressed · 0 improved · 1 equivalent"),
    ] {
        let said = place.plain(words);
        assert!(said.stdout.lines().last().unwrap().contains(last), "{}", said.stdout);
        for command in offered_in(&said.stdout) {
            accept(&command);
            offered += 1;
        }
    }
    assert!(offered >= 4, "{offered} commands");
}

/// The commands behind `next`, one line or several.
pub(crate) fn offered_in(text: &str) -> Vec<String> {
    let lines = text.lines().skip_while(|line| !line.starts_with("next     "));
    let own =
        lines.take_while(|line| line.starts_with("next     ") || line.starts_with("         bench-lab "));
    own.flat_map(|line| line[9..].split("  |  ")).map(str::to_owned).collect()
}
