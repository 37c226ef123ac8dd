//! The ready workflows: they parse, every command in them is one, and their comment is edited in place.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use yaml_rust2::{Yaml, YamlLoader};

use crate::root;
use crate::runners::{accept, commands};

/// Every workflow that is shipped: its name and its one document.
fn workflows() -> Vec<(String, Yaml)> {
    let folders = ["docs/ci", "bench-lab/runners/github-actions"];
    let files = folders.iter().flat_map(|folder| fs::read_dir(root().join(folder)).unwrap());
    let paths = files.map(|entry| entry.unwrap().path());
    let mut workflows: Vec<(String, Yaml)> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let parsed = YamlLoader::load_from_str(&text);
            let mut documents = parsed.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(documents.len(), 1, "{}", path.display());
            (path.file_name().unwrap().to_string_lossy().into_owned(), documents.remove(0))
        })
        .collect();
    workflows.sort_by(|one, two| one.0.cmp(&two.0));
    assert!(workflows.len() >= 4, "{}", workflows.len());
    workflows
}

/// Every script of a workflow: what stands behind `run`, `script`, `before_script`.
fn scripts(node: &Yaml, found: &mut Vec<String>) {
    match node {
        Yaml::Hash(entries) => {
            for (key, value) in entries {
                match (key.as_str(), value) {
                    (Some("run"), Yaml::String(script)) => found.push(script.clone()),
                    (Some("script" | "before_script" | "after_script"), Yaml::Array(lines)) => {
                        found.extend(lines.iter().filter_map(Yaml::as_str).map(str::to_owned));
                    }
                    _ => scripts(value, found),
                }
            }
        }
        Yaml::Array(items) => items.iter().for_each(|item| scripts(item, found)),
        _ => {}
    }
}

fn scripts_of(document: &Yaml) -> Vec<String> {
    let mut found = Vec::new();
    scripts(document, &mut found);
    found
}

#[test]
fn every_workflow_parses_and_every_command_in_it_is_one() {
    for (name, document) in workflows() {
        let scripts = scripts_of(&document);
        let lines: Vec<&str> = scripts.iter().flat_map(|script| script.lines()).collect();
        let asked = lines.iter().filter(|line| line.starts_with("bench-lab ")).count();
        let commands = commands(&lines.join("\n"));
        assert!(asked > 0 && commands.len() == asked, "{name}: {asked} lines, read {commands:?}");
        for words in commands {
            accept(&words).unwrap_or_else(|error| panic!("{name}: bench-lab {}\n{error}", words.join(" ")));
        }
        for script in &scripts {
            let checked = Command::new("bash").args(["-n", "-c", script]).output().unwrap();
            assert!(
                checked.status.success(),
                "{name}: {script}\n{}",
                String::from_utf8_lossy(&checked.stderr)
            );
        }
    }
}

#[test]
fn what_compares_a_request_takes_its_merge_base_and_measures_suspects_again_before_it_fails() {
    for (name, document) in workflows() {
        let scripts = scripts_of(&document).join("\n");
        let Some(compares) = scripts.find("bench-lab ab \"merge-base:origin/") else { continue };
        let rechecks = scripts.find("bench-lab ab --recheck").unwrap_or_else(|| panic!("{name}"));
        let gates = scripts.find(" --gate --").unwrap_or_else(|| panic!("{name}"));
        assert!(compares < rechecks && rechecks < gates, "{name}: the gate comes last");
    }
}

#[test]
fn a_stranger_starts_nothing_on_your_machine_and_its_code_has_no_token_that_writes() {
    let all = workflows();
    let (_, document) = all.iter().find(|(name, _)| name == "github-pull-request.yml").unwrap();
    assert!(document["on"]["pull_request"].is_badvalue());
    let types = &document["on"]["pull_request_target"]["types"];
    assert_eq!(types.as_vec().unwrap(), &[Yaml::String("labeled".into())]);
    let jobs = document["jobs"].as_hash().unwrap();
    for (name, job) in jobs {
        let is_ours = !job["runs-on"].is_array();
        let writes = format!("{:?}", job["permissions"]).contains("write");
        assert_eq!(is_ours, writes, "{name:?}");
    }
}

/// Runs a workflow's comment step with a stand-in for the program that talks to the service, which finds these comments,
/// and gives every call it got.
fn posted(script: &str, program: &str, answer: &str) -> Vec<String> {
    let place = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(place.path().join(name), text).unwrap();
    write("comment.md", "<!-- bench-lab comment amd -->\n### bench-lab: all is well\n");
    write("answer", answer);
    let stand_in = "#!/bin/sh\nprintf '%s\\n' \"$*\" >> calls\ncase \"$*\" in\n  \
                    *POST*|*PUT*|*PATCH*) ;;\n  *) cat answer ;;\nesac\n";
    write(program, stand_in);
    let executable = place.path().join(program);
    fs::set_permissions(&executable, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", place.path().display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-e", "-c", script])
        .current_dir(place.path())
        .env("PATH", path)
        .env("GITHUB_REPOSITORY", "ada/store")
        .env("NUMBER", "7")
        .env("CI_API_V4_URL", "https://gitlab.example/api/v4")
        .env("CI_PROJECT_ID", "3")
        .env("CI_MERGE_REQUEST_IID", "7")
        .env("BENCH_LAB_TOKEN", "t")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(place.path().join("calls")).unwrap().lines().map(str::to_owned).collect()
}

fn comment_script(workflow: &str) -> String {
    let all = workflows();
    let (_, document) = all.iter().find(|(name, _)| name == workflow).unwrap();
    scripts_of(document).into_iter().find(|script| script.contains("test -s comment.md")).unwrap()
}

#[test]
fn on_github_the_comment_is_written_once_and_then_edited() {
    let script = comment_script("github-pull-request.yml");
    let first = posted(&script, "gh", "");
    assert_eq!(first[1], "api --method POST repos/ada/store/issues/7/comments --field body=@comment.md");
    let again = posted(&script, "gh", "41\n42\n");
    assert_eq!(again[1], "api --method PATCH repos/ada/store/issues/comments/41 --field body=@comment.md");
    assert_eq!((first.len(), again.len()), (2, 2));
}

#[test]
fn on_gitlab_the_note_is_written_once_and_then_edited() {
    if !Path::new("/usr/bin/jq").exists() {
        eprintln!("left out: there is no jq here");
        return;
    }
    let script = comment_script("gitlab-ci.yml");
    let foreign = "[{\"id\": 4, \"body\": \"about <!-- bench-lab comment amd -->\"}]";
    let first = posted(&script, "curl", foreign);
    assert!(
        first[1].contains("--request POST") && first[1].ends_with("/projects/3/merge_requests/7/notes"),
        "{first:?}"
    );
    let own =
        "[{\"id\": 4, \"body\": \"hello\"}, {\"id\": 5, \"body\": \"<!-- bench-lab comment amd -->\\nold\"}]";
    let again = posted(&script, "curl", own);
    assert!(
        again[1].contains("--request PUT") && again[1].ends_with("/merge_requests/7/notes/5"),
        "{again:?}"
    );
}
