"""What docs/NIX.md promises of a host with the module, asked of a running one."""

machine.wait_for_unit("multi-user.target")

with subtest("the kernel was started with the isolation"):
    command_line = machine.succeed("cat /proc/cmdline").split()
    for parameter in ["isolcpus=managed_irq,domain,1", "nohz_full=1", "rcu_nocbs=1", "nmi_watchdog=0"]:
        assert parameter in command_line, f"{parameter} is not in {command_line}"
    assert machine.succeed("cat /sys/devices/system/cpu/isolated").strip() == "1"

with subtest("settings that need no session are in force"):
    for name, wanted in [("kernel.perf_event_paranoid", "1"), ("vm.swappiness", "0"), ("kernel.watchdog", "0")]:
        found = machine.succeed(f"sysctl -n {name}").strip()
        assert found == wanted, f"{name} is {found}, not {wanted}"
    assert "[madvise]" in machine.succeed("cat /sys/kernel/mm/transparent_hugepage/enabled")

with subtest("services begin on the other CPUs"):
    assert machine.succeed("systemctl show -p CPUAffinity --value").strip() == "0"

with subtest("perf is for the group only"):
    machine.succeed("su alice -c '/run/wrappers/bin/bench-perf stat -e task-clock true'")
    machine.fail("su mallory -c '/run/wrappers/bin/bench-perf stat -e task-clock true'")

with subtest("a member starts the session, and what it set comes back"):
    before = machine.succeed("sysctl -n vm.stat_interval kernel.timer_migration")
    machine.succeed("su alice -c 'systemctl start bench-lab-session.service'")
    machine.succeed("test -e /run/bench-lab/journal.jsonl")
    machine.fail("su mallory -c 'systemctl --no-ask-password stop bench-lab-session.service'")
    machine.succeed("su alice -c 'systemctl stop bench-lab-session.service'")
    machine.succeed("test ! -e /run/bench-lab/journal.jsonl")
    assert machine.succeed("sysctl -n vm.stat_interval kernel.timer_migration") == before
