//! The command: what it takes, what it writes, what bad input is told.

use std::fs;

use bench_lab::store::{Location, Origin, Store};
use serde_json::{Map, Value, json};

use crate::bench_lab::Place;
use crate::sample::{HOSTILE, compared, report};
use crate::stored::{COMMIT, Wanted, store};

/// The JSON that a page carries.
fn carried(html: &str) -> Value {
    let open = "<script id=\"report\" type=\"application/json\">";
    let begin = html.find(open).unwrap() + open.len();
    let end = begin + html[begin..].find("</script>").unwrap();
    serde_json::from_str(&html[begin..end]).unwrap()
}

/// The rows of a table as objects, as `docs/REPORT.md` says to read them, with the id of their benchmark.
fn rows(page: &Value, table: &Value) -> Vec<Map<String, Value>> {
    let columns: Vec<&str> =
        table["columns"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let row = |row: &Value| {
        let mut object = table["same"].as_object().unwrap().clone();
        object.extend(
            columns.iter().zip(row.as_array().unwrap()).map(|(name, value)| ((*name).into(), value.clone())),
        );
        let place = object["benchmark"].as_u64().unwrap() as usize;
        object.insert("id".into(), page["benchmarks"][place].clone());
        object
    };
    table["rows"].as_array().unwrap().iter().map(row).collect()
}

fn written(place: &Place, words: &str) -> String {
    place.plain(&format!("report --html out.html {words}")).expect(0);
    fs::read_to_string(place.path().join("out.html")).unwrap()
}

fn title(html: &str) -> String {
    html[html.find("<title>").unwrap() + 7..html.find("</title>").unwrap()].to_owned()
}

#[test]
fn the_page_carries_the_numbers_of_the_comparison_and_every_process() {
    let place = compared();
    let html = fs::read_to_string(report(&place)).unwrap();
    let page = carried(&html);
    let compared = place.plain("compare latest~1 latest --json").expect(0).json();
    let changes = rows(&page, &page["comparison"]["changes"]);
    assert_eq!(changes.len(), compared["changes"].as_array().unwrap().len());
    for (carried, printed) in changes.iter().zip(compared["changes"].as_array().unwrap()) {
        for name in ["id", "verdict", "count", "unit"] {
            assert_eq!(carried[name], printed[name], "{name}");
        }
        let point = [carried.get("ratio.point").and_then(Value::as_f64), printed["ratio"]["point"].as_f64()];
        assert_eq!(point[0].is_some(), point[1].is_some());
        assert!(point[0].zip(point[1]).is_none_or(|(one, two)| (one / two - 1.0).abs() < 1e-5), "{point:?}");
    }
    let values = rows(&page, &page["values"]);
    let write = values.iter().find(|value| value["id"] == "p/t/write").unwrap();
    assert_eq!(
        (write["baseline"].as_array().unwrap().len(), write["candidate"].as_array().unwrap().len()),
        (12, 12)
    );
    assert_eq!(rows(&page, &page["run"]["benchmarks"]).len(), 9);
    assert!(rows(&page, &page["run"]["figures"]).iter().any(|figure| figure["id"] == "p/t/write"));
}

#[test]
fn history_holds_the_runs_of_the_machine_and_the_step_in_them() {
    let place = compared();
    let page = carried(&fs::read_to_string(report(&place)).unwrap());
    assert_eq!(page["history"]["runs"]["rows"].as_array().unwrap().len(), 14);
    let all = rows(&page, &page["history"]["benchmarks"]);
    let of = |id: &str| all.iter().find(|one| one["id"] == id).unwrap()["steps"].as_array().unwrap().clone();
    assert_eq!(of("p/t/read").iter().map(|step| step["at"].clone()).collect::<Vec<_>>(), [6]);
    assert_eq!(of("p/t/same one"), Vec::<Value>::new());
    assert_eq!(carried(&written(&place, "latest~1 latest --history 0"))["history"], Value::Null);
}

#[test]
fn a_name_of_a_workspace_is_text_and_never_markup() {
    let place = compared();
    let html = fs::read_to_string(report(&place)).unwrap();
    for markup in ["<img", "<svg/onload", "example.com", "alert(3)", "</script><"] {
        assert!(
            !html
                .to_lowercase()
                .replace("</script></body>", "")
                .replace("</script><script>", "")
                .contains(markup),
            "{markup}"
        );
    }
    assert!(html.contains("&lt;/<wbr>script&gt;&lt;img src=x onerror=alert(1)&gt;"));
    let ids = &carried(&html)["benchmarks"];
    assert!(ids.as_array().unwrap().contains(&format!("p/t/{HOSTILE}").into()), "{ids:?}");
}

#[test]
fn every_command_that_a_page_names_is_there() {
    let place = compared();
    let html = fs::read_to_string(report(&place)).unwrap();
    let lines: Vec<&str> = html
        .split("<code class=paste>")
        .skip(1)
        .map(|behind| behind.split("</code>").next().unwrap())
        .filter(|line| line.starts_with("bench-lab "))
        .collect();
    assert!(lines.len() > 4, "{lines:?}");
    let command = bench_lab::cli::command();
    for line in lines {
        let word = line.split(' ').nth(1).unwrap();
        assert!(command.find_subcommand(word).is_some(), "{line}");
    }
}

#[test]
fn equal_stores_give_equal_bytes() {
    let place = compared();
    let first = written(&place, "latest~1 latest");
    assert_eq!(first, written(&place, "latest~1 latest"));
}

#[test]
fn every_way_to_name_what_it_is_about_leads_to_it() {
    let place = compared();
    let alone = "latest: benchmarks";
    assert_eq!(title(&written(&place, "--run latest")), alone);
    // Without a baseline there is nothing to compare with, and one Run beside itself is that Run.
    assert_eq!(title(&written(&place, "")), alone);
    assert_eq!(title(&written(&place, "latest")), alone);
    let compared = "latest~1 → latest: ";
    assert!(title(&written(&place, "latest~1")).starts_with(compared));
    assert!(title(&written(&place, "latest~1 latest")).starts_with(compared));
    place.plain("baseline save v1.0 latest~1").expect(0);
    assert!(title(&written(&place, "")).starts_with("v1.0 → latest: "));
    assert_eq!(title(&written(&place, "--run v1.0")), "v1.0: benchmarks");
    let filtered = carried(&written(&place, "latest~1 latest -- write"));
    assert_eq!(filtered["benchmarks"], json!(["p/t/write"]));
}

#[test]
fn a_filtered_page_is_about_what_the_filter_left_and_says_so() {
    let place = compared();
    fs::write(
        place.path().join("bench-lab.toml"),
        "[[budget]]\nbenchmarks = \"write\"\ntarget = \"< 1 s\"\n\n[[budget]]\nbenchmarks = \"broken\"\ntarget = \"< 1 s\"\n",
    )
    .unwrap();
    let whole = written(&place, "latest~1 latest");
    let absent = |html: &str| {
        html[html.find("<section id=absent").unwrap()..].split("</section>").next().unwrap().to_owned()
    };
    assert!(absent(&whole).contains("broken"), "{}", absent(&whole));
    assert!(!whole.contains("Filtered: "));
    let html = written(&place, "latest~1 latest -- write scan");
    assert!(
        html.contains(
            "<strong>Filtered: </strong>2 of 10 benchmarks, by <code>write</code>, <code>scan</code>"
        )
    );
    assert!(!absent(&html).contains("broken") && !absent(&html).contains("gone"), "{}", absent(&html));
    let page = carried(&html);
    assert_eq!(rows(&page, &page["run"]["benchmarks"]).len(), 2);
    assert_eq!(page["run"]["invocation_count"], 24);
    assert_eq!(page["run"]["budgets"].as_array().unwrap().len(), 1);
    assert_eq!(page["filter"], json!({"filters": ["write", "scan"], "chosen_count": 2, "all_count": 10}));
    let alone = carried(&written(&place, "--run latest -- write"));
    assert_eq!((&alone["benchmarks"], &alone["filter"]["all_count"]), (&json!(["p/t/write"]), &json!(9)));
}

/// Keeps a profile as `bench-lab profile` does: sides are names with their commits.
fn profile(place: &Place, created_at: &str, path: &str, sides: &[(&str, &str)]) -> String {
    let location = Location { path: place.store(), origin: Origin::Flag };
    let open = Store::create(&location).unwrap().create_profile(created_at, None).unwrap();
    let svg = |name: &str| {
        format!(
            "<svg><g><title>all ({name})</title><rect x=\"0\" y=\"20\" width=\"100%\"/></g><g><title>in {name}</title><rect x=\"0\" y=\"4\" width=\"60%\"/></g></svg>"
        )
    };
    let names: &[&str] =
        if sides.len() > 1 { &["baseline.flame", "candidate.flame", "diff"] } else { &["flame"] };
    for name in names {
        open.add(&format!("{name}.svg"), svg(&format!("{path} {name}")).as_bytes()).unwrap();
    }
    let sides: Vec<Value> = sides
        .iter()
        .map(|(name, commit)| json!({"name": name, "commit": commit, "is_dirty": false, "sha256": null}))
        .collect();
    let index = json!({
        "format": 1, "id": open.id(), "created_at": created_at, "package": "p", "target": "t", "path": path,
        "occurrence": 1, "sides": sides,
    });
    open.keep(index.to_string().as_bytes()).unwrap().file_name().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn stored_profiles_of_the_benchmarks_are_shown_with_the_revision_they_are_of() {
    const JUDGED: &str = "3f2a91c0ffee3f2a91c0ffee3f2a91c0ffee3f2a";
    let other = "0123456789012345678901234567890123456789";
    let place = compared();
    let at = |day: u32| format!("2026-08-{day:02}T10:15:00Z");
    profile(&place, &at(3), "write", &[("HEAD", JUDGED)]);
    profile(&place, &at(4), "write", &[("HEAD", other)]);
    profile(&place, &at(3), "scan", &[("old", other)]);
    profile(&place, &at(3), "insert/10", &[("base", COMMIT), ("HEAD", JUDGED)]);
    profile(&place, &at(3), "somebody else's", &[("HEAD", JUDGED)]);
    let html = written(&place, "latest~1 latest");
    for wanted in [
        "p/t/write: HEAD",
        "of 3f2a91c0ff, which was measured, in another build",
        "p/t/scan: old",
        "of 0123456789, which is not what was measured",
        // The difference is against the page's own baseline.
        "p/t/insert/10: base → HEAD, red takes longer, blue less",
        "in insert/10 diff",
    ] {
        assert!(html.contains(wanted), "{wanted}");
    }
    // Of two profiles of one benchmark the one of what was measured is shown, though it is older.
    assert_eq!(html.matches("in write flame").count(), 2, "its title and its name in the frame");
    assert!(!html.contains("somebody"));
    assert!(!written(&place, "latest~1 latest --no-flamegraph").contains("in write flame"));
    assert!(!written(&place, "latest~1 latest -- read").contains("in write flame"));
}

#[test]
fn a_profile_that_cannot_be_read_is_a_warning_and_many_are_bounded() {
    let place = compared();
    for path in ["read", "write", "scan", "insert/10", "insert/100", "insert/1000", "same one"] {
        profile(&place, "2026-08-03T10:15:00Z", path, &[("HEAD", COMMIT)]);
    }
    let broken = profile(&place, "2026-08-04T10:15:00Z", "broken", &[("HEAD", COMMIT)]);
    fs::write(place.store().join("profiles").join(broken).join("profile.json"), "{").unwrap();
    let html = written(&place, "latest~1 latest");
    assert!(html.contains("profile.json: EOF while parsing"), "the warning says which and why");
    assert!(html.contains("1 benchmark with a stored profile left out"), "bounded");
    assert_eq!(html.matches("class=flame").count(), 6);
    assert!(html.contains("in write flame") && html.contains("in scan flame"), "changes come first");
}

#[test]
fn machines_stand_beside_each_other_where_that_is_asked() {
    let place = compared();
    store(&place, Wanted { created_at: "2026-08-03T10:15:00Z", machine: "other-2c", ..Wanted::default() });
    let html = written(&place, "--run latest --across latest~1 latest");
    assert!(html.contains("<section id=machines"));
    assert!(html.contains("other-2c"));
}

#[test]
fn a_gate_is_shown_and_decides_the_exit_code() {
    let place = compared();
    let gated = place.plain("report latest~1 latest --html out.html --gate").expect(1);
    gated.assert_stderr_has(&["wrote out.html"]);
    let html = fs::read_to_string(place.path().join("out.html")).unwrap();
    assert!(html.contains("The gate fails."));
}

#[test]
fn bad_input_is_told_what_to_do_and_writes_nothing() {
    let place = compared();
    let file = || place.path().join("out.html").exists();
    place.plain("report").expect(2).assert_stderr_has(&["--html <FILE>"]);
    place
        .plain("report nobody latest --html out.html")
        .expect(2)
        .assert_stderr_has(&["\"nobody\" is no baseline"]);
    place
        .plain("report latest~1 latest --html out.html -- wrte")
        .expect(2)
        .assert_stderr_has(&["did you mean write?"]);
    fs::write(place.path().join("no.svg"), "<svg/>").unwrap();
    let odd = place.plain("report latest~1 latest --html out.html --flamegraph no.svg").expect(2);
    odd.assert_stderr_has(&["no.svg holds no frames of a flame graph"]);
    place
        .plain("report latest --html out.html --flamegraph gone.svg")
        .expect(2)
        .assert_stderr_has(&["gone.svg could not be read"]);
    place.plain("report latest-ab --html out.html").expect(2);
    assert!(!file());
    let nowhere = place.plain("report latest --html nowhere/out.html").expect(2);
    nowhere.assert_stderr_has(&["nowhere/out.html could not be written", "a folder that is there"]);
}

#[test]
fn two_machines_make_a_page_that_says_so() {
    let place = Place::new();
    store(&place, Wanted::default());
    store(&place, Wanted { created_at: "2026-08-02T10:15:00Z", machine: "other-2c", ..Wanted::default() });
    let html = written(&place, "latest~1 latest");
    assert!(title(&html).ends_with(": Not comparable"));
    assert!(html.contains("no: times of two machines"));
}
