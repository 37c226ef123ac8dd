# A machine that measures. What has to be in force from boot on stands here; what a Run sets and puts back by itself
# (docs/TUNING.md) is left to it. docs/NIX.md describes the module.
{ self }:
{ config, lib, pkgs, ... }:
let
  cfg = config.services.bench-host;
  cpus = import ./cpu-list.nix { inherit lib; };
  lab = lib.getExe' cfg.package "bench-lab";
  isIsolatedAtBoot = cfg.isolation == "isolcpus";
in
{
  imports = [ ./bench-host-options.nix ];

  config = lib.mkMerge [
    {
      services.bench-host.package = lib.mkDefault self.packages.${pkgs.stdenv.hostPlatform.system}.bench-lab;
    }

    # Within the specialisation the same module takes effect; the ordinary boot entry is not touched.
    (lib.mkIf (cfg.enable && cfg.asSpecialisation) {
      specialisation.bench.configuration.services.bench-host.asSpecialisation = lib.mkForce false;
    })

    (lib.mkIf (cfg.enable && !cfg.asSpecialisation) {
      assertions = import ./assertions.nix { inherit lib cfg cpus; inherit (config) swapDevices; };

      boot.kernelParams = [ "skew_tick=1" ]
        ++ lib.optionals isIsolatedAtBoot [
        "isolcpus=managed_irq,domain,${cfg.benchCpus}"
        "nohz_full=${cfg.benchCpus}"
        "rcu_nocbs=${cfg.benchCpus}"
        "rcu_nocb_poll"
        "irqaffinity=${cfg.housekeepingCpus}"
        "kthread_cpus=${cfg.housekeepingCpus}"
      ] ++ lib.optionals (!cfg.watchdogs) [ "nowatchdog" "nmi_watchdog=0" ];
      security.allowSimultaneousMultithreading = cfg.smt;
      powerManagement.cpuFreqGovernor = cfg.governor;

      boot.kernel.sysctl = {
        # A user's own processes, with what the kernel does for them.
        "kernel.perf_event_paranoid" = 1;
        # Kernel symbols in profiles; NixOS hides them by default.
        "kernel.kptr_restrict" = 0;
        "kernel.numa_balancing" = 0;
        "vm.stat_interval" = 120;
        "vm.swappiness" = 0;
      } // lib.optionalAttrs (!cfg.watchdogs) {
        "kernel.watchdog" = 0;
        # The NMI watchdog also keeps a counter of the processor for itself.
        "kernel.nmi_watchdog" = 0;
      };
      boot.kernel.sysfs = lib.mkMerge [
        { kernel.mm.transparent_hugepage.enabled = cfg.transparentHugepages; }
        { kernel.mm.ksm.run = 0; }
        (lib.mkIf (!cfg.boost && cfg.boostDriver == "intel_pstate") { devices.system.cpu.intel_pstate.no_turbo = 1; })
        (lib.mkIf (!cfg.boost && cfg.boostDriver == "cpufreq") { devices.system.cpu.cpufreq.boost = 0; })
      ];

      # Services and logins begin beside the isolated CPUs; a Run widens the mask of what it measures. Without isolation at
      # boot they may begin anywhere, since the partition of a Run keeps them off while it lasts.
      systemd.settings.Manager = lib.mkIf isIsolatedAtBoot { CPUAffinity = cfg.housekeepingCpus; };

      # What wakes up by itself, moves interrupts, or changes the clock.
      services = lib.genAttrs [ "auto-cpufreq" "fstrim" "irqbalance" "power-profiles-daemon" "thermald" "tlp" "tuned" ]
        (_: { enable = lib.mkForce false; });
      nix.gc.automatic = lib.mkForce false;
      nix.optimise.automatic = lib.mkForce false;
      system.autoUpgrade.enable = lib.mkForce false;
      zramSwap.enable = lib.mkForce false;

      environment.systemPackages = [ cfg.package ];
      users.groups.${cfg.group} = { };
      security = {
        # perf for the group alone. The loader ignores LD_PRELOAD in programs with capabilities, and children inherit
        # them: allocation profilers must not be started through it.
        wrappers.bench-perf = {
          source = lib.getExe cfg.perf;
          owner = "root";
          inherit (cfg) group;
          permissions = "u+rx,g+x";
          capabilities = "cap_perfmon,cap_sys_ptrace,cap_syslog+ep";
        };
        # What `bench-lab run --tune require` asks for when its user is not root, by the path beside its own; the program
        # takes knob names and CPU lists only.
        sudo.extraRules = [{
          groups = [ cfg.group ];
          commands = [{
            command = "${lib.getExe' cfg.package "bench-lab-hostctl"} hold";
            options = [ "NOPASSWD" ];
          }];
        }];
        polkit = lib.mkIf cfg.session.enable {
          enable = true;
          extraConfig = ''
            polkit.addRule(function (action, subject) {
              if (action.id == "org.freedesktop.systemd1.manage-units" &&
                  action.lookup("unit") == "bench-lab-session.service" &&
                  subject.isInGroup("${cfg.group}")) {
                return polkit.Result.YES;
              }
            });
          '';
        };
      };

      # For tools other than bench-lab: the host is set while this runs, and as before when it stops or fails.
      systemd.services.bench-lab-session = lib.mkIf cfg.session.enable {
        description = "Host settings for benchmarks";
        after = [ "systemd-sysctl.service" ];
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          # 3: some knob could not be set, which the journal names; the others are.
          SuccessExitStatus = 3;
          ExecStart = "${lab} tune apply --bench-cpus ${cfg.benchCpus}";
          ExecStopPost = "${lab} tune restore";
        };
      };
    })
  ];
}
