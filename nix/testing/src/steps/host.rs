//! The NixOS module, as the stub options of the stand-in take it. What a kernel makes of it only a booted machine shows.

use serde_json::{Value, json};

use crate::stage::Stage;

const EXAMPLE: &str = "nixosConfigurations.example.config.system.build.toplevel";

fn example(stage: &Stage) -> Value {
    stage.nix.eval(&stage.at(EXAMPLE), "one: one.whole")
}

fn has(list: &Value, wanted: &str) -> bool {
    list.as_array().unwrap().iter().any(|entry| entry == wanted)
}

pub(super) fn the_example_is_isolated(stage: &Stage) {
    let system = example(stage);
    let wanted = [
        "isolcpus=managed_irq,domain,2-3",
        "nohz_full=2-3",
        "rcu_nocbs=2-3",
        "irqaffinity=0-1",
        "kthread_cpus=0-1",
        "nowatchdog",
        "nmi_watchdog=0",
    ];
    for parameter in wanted {
        assert!(has(&system["kernelParams"], parameter), "{parameter} is not in {}", system["kernelParams"]);
    }
    assert_eq!(system["manager"], json!({"CPUAffinity": "0-1"}));
    assert_eq!(system["sysctl"]["kernel.perf_event_paranoid"], 1);
    assert_eq!(system["sysctl"]["kernel.nmi_watchdog"], 0);
    assert_eq!(system["sysfs"]["devices"]["system"]["cpu"]["cpufreq"]["boost"], 0);
    assert_eq!(system["sysfs"]["kernel"]["mm"]["transparent_hugepage"]["enabled"], "madvise");
    assert_eq!(system["allowSimultaneousMultithreading"], false);
    assert_eq!(system["cpuFreqGovernor"], "performance");
    let noise = system["services"].as_object().unwrap().iter().filter(|(name, _)| *name != "bench-host");
    let running: Vec<&String> =
        noise.filter(|(_, is_on)| **is_on == json!(true)).map(|(name, _)| name).collect();
    assert!(running.is_empty(), "{running:?} would run");

    let perf = &system["wrappers"]["bench-perf"];
    assert_eq!((&perf["group"], &perf["permissions"]), (&json!("bench"), &json!("u+rx,g+x")));
    let unit = &system["units"]["bench-lab-session"];
    let starts = unit["ExecStart"].as_str().unwrap();
    assert!(starts.ends_with("/bin/bench-lab tune apply --bench-cpus 2-3"), "{starts}");
    assert!(unit["ExecStopPost"].as_str().unwrap().ends_with("/bin/bench-lab tune restore"));
    assert!(system["polkit"].as_str().unwrap().contains("subject.isInGroup(\"bench\")"));
    let command = system["sudo"][0]["commands"][0]["command"].as_str().unwrap();
    assert!(command.ends_with("/bin/bench-lab-hostctl hold"), "{command}");
    assert!(command.starts_with("/nix/store/"), "sudo asks by the path beside the program's own: {command}");
    assert_eq!(system["specialisation"], Value::Null);
}

/// The example with one more option of the module.
fn with(stage: &Stage, option: &str) -> Value {
    let more = format!("enable = true;\n    {option}");
    stage.altered(
        "nix/example-host.nix",
        "enable = true;\n    benchCpus",
        &format!("{more}\n    benchCpus"),
        || example(stage),
    )
}

pub(super) fn other_ways(stage: &Stage) {
    let ordinary = example(stage);
    let apart = with(stage, "asSpecialisation = true;");
    assert_eq!(apart["kernelParams"], json!([]), "the ordinary boot entry is not touched");
    assert_eq!(apart["units"], json!({}));
    assert_eq!(apart["specialisation"]["kernelParams"], ordinary["kernelParams"]);
    assert_eq!(apart["specialisation"]["units"], ordinary["units"]);

    let partition = with(stage, "isolation = \"cpuset\";");
    let parameters = partition["kernelParams"].to_string();
    assert!(!parameters.contains("isolcpus") && !parameters.contains("nohz_full"), "{parameters}");
    assert_eq!(partition["manager"], json!({}), "a Run's own partition keeps others off");

    let lenient =
        with(stage, "watchdogs = true; boost = true; smt = true; session.enable = false; governor = null;");
    assert!(!lenient["kernelParams"].to_string().contains("watchdog"));
    assert_eq!(lenient["sysctl"].get("kernel.nmi_watchdog"), None);
    assert_eq!(lenient["sysfs"].get("devices"), None);
    assert_eq!(lenient["allowSimultaneousMultithreading"], true);
    assert_eq!(lenient["cpuFreqGovernor"], Value::Null);
    assert_eq!(lenient["units"], json!({}));
    assert_eq!(lenient["polkit"], "");

    let intel = with(stage, "boostDriver = \"intel_pstate\";");
    assert_eq!(intel["sysfs"]["devices"]["system"]["cpu"], json!({"intel_pstate": {"no_turbo": 1}}));
}
