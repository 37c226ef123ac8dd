//! The script that measures one benchmark per boot, with a reboot that is a line in a file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::root;

/// A machine that never goes down: what was measured, and how often it was to reboot.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new(queue: &str) -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        let at = |name: &str| bench.path().join(name).display().to_string();
        fs::create_dir(bench.path().join("bin")).unwrap();
        // The last argument is the filter; a file `code` says how the next measuring ends.
        let lab = format!(
            "#!/bin/sh\nfor last; do :; done\necho \"$last\" >>{}\nexit \"$(cat {})\"\n",
            at("measured"),
            at("code")
        );
        bench.program("bench-lab", &lab);
        bench.program("reboot", &format!("#!/bin/sh\necho reboot >>{}\n", at("reboots")));
        fs::write(bench.path().join("code"), "0").unwrap();
        fs::write(bench.path().join("queue"), queue).unwrap();
        let conf = format!(
            "user=$(id -un)\nexport PATH={}:$PATH\nmachine=m.toml\nmanifest=Cargo.toml\nstore=s\nstate_directory={}\n\
             settle_seconds=0\nreboot=(reboot)\n",
            at("bin"),
            bench.path().display()
        );
        fs::write(bench.path().join("conf"), conf).unwrap();
        bench
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path().join("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn script(&self, words: &[&str]) -> Output {
        let mut bash = Command::new("bash");
        bash.arg(script()).args(words).env("BENCH_LAB_REBOOT_CONF", self.path().join("conf"));
        bash.output().unwrap()
    }

    fn well(&self, words: &[&str]) {
        let output = self.script(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn refused(&self, words: &[&str]) -> String {
        let output = self.script(words);
        assert!(!output.status.success(), "{words:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path().join(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

fn script() -> PathBuf {
    root().join("bench-lab/runners/reboot-per-run/reboot-per-run.sh")
}

#[test]
fn each_boot_measures_the_next_benchmark_and_the_last_one_does_not_reboot() {
    let bench = Bench::new("# two of them\nfirst\n\nsecond one\n");
    bench.well(&["start", "3"]);
    assert_eq!(bench.lines("reboots").len(), 1, "start reboots at once");
    for _ in 0..3 {
        bench.well(&["boot"]);
    }
    assert_eq!(bench.lines("measured"), ["first", "second one", "first"]);
    assert_eq!(bench.lines("reboots").len(), 3, "the third boot is the last");
    assert!(!bench.path().join("state").exists());
    // A boot for another reason measures nothing.
    bench.well(&["boot"]);
    assert_eq!((bench.lines("measured").len(), bench.lines("reboots").len()), (3, 3));
}

#[test]
fn a_boot_counts_before_it_measures_so_that_a_crash_is_not_repeated_for_ever() {
    let bench = Bench::new("crashes\nworks\n");
    bench.well(&["start", "2"]);
    // The machine goes down while it measures: the script is gone with it.
    bench.program(
        "bench-lab",
        &format!("#!/bin/sh\ncp {0} {0}.seen\nkill -9 $PPID\n", bench.path().join("state").display()),
    );
    let _ = bench.refused(&["boot"]);
    assert_eq!(bench.lines("state.seen"), ["boots_left=1", "next_line=1"]);
    assert_eq!(bench.lines("state"), ["boots_left=1", "next_line=1"]);
}

#[test]
fn a_failed_benchmark_goes_on_and_a_refused_host_does_not_reboot() {
    let bench = Bench::new("a\nb\n");
    bench.well(&["start", "3"]);
    fs::write(bench.path().join("code"), "4").unwrap();
    bench.well(&["boot"]);
    assert_eq!(bench.lines("reboots").len(), 2);
    fs::write(bench.path().join("code"), "3").unwrap();
    assert!(bench.refused(&["boot"]).contains("bench-lab ended with 3"));
    assert_eq!(bench.lines("reboots").len(), 2, "another machine is not rebooted in circles");
}

#[test]
fn a_person_can_stop_it_also_while_it_measures() {
    let bench = Bench::new("a\n");
    bench.well(&["start", "9"]);
    bench.program("bench-lab", &format!("#!/bin/sh\nrm {}\n", bench.path().join("state").display()));
    bench.well(&["boot"]);
    assert_eq!(bench.lines("reboots").len(), 1);
    bench.well(&["start", "9"]);
    bench.well(&["stop"]);
    bench.well(&["boot"]);
    assert_eq!(bench.lines("reboots").len(), 2, "only the two starts");
}

#[test]
fn what_cannot_work_is_refused_before_the_first_reboot() {
    let bench = Bench::new("# nothing\n");
    assert!(bench.refused(&["start", "3"]).contains("names no benchmark"));
    fs::write(bench.path().join("queue"), "a\n").unwrap();
    for count in ["0", "-1", "x", "", "99999"] {
        assert!(bench.refused(&["start", count]).contains("a number of boots"), "{count}");
    }
    assert!(bench.refused(&[]).contains("start COUNT | boot | stop | status"));
    assert!(bench.lines("reboots").is_empty());
    bench.well(&["start", "3"]);
    assert!(bench.refused(&["start", "3"]).contains("already started"));
    fs::write(bench.path().join("state"), "boots_left=$(reboot)\nnext_line=0\n").unwrap();
    assert!(bench.refused(&["boot"]).contains("is damaged"));
    assert_eq!(bench.lines("reboots").len(), 1);
}

#[test]
fn the_script_is_bash_and_says_nothing_to_shellcheck() {
    let syntax = Command::new("bash").arg("-n").arg(script()).status().unwrap();
    assert!(syntax.success());
    // Not every machine has it; where it is, it has nothing to say.
    if let Ok(output) = Command::new("shellcheck").args(["-x", "-P", "SCRIPTDIR"]).arg(script()).output() {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
