# What a user of the module may say.
{ lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  flag = default: description: mkOption {
    type = types.bool;
    inherit default description;
  };
in
{
  options.services.bench-host = {
    enable = lib.mkEnableOption "settings for a machine that measures with bench-lab";
    package = mkOption {
      type = types.package;
      defaultText = lib.literalExpression "bench-lab of the flake that this module comes from";
      description = "The bench-lab that is installed and that the units call.";
    };
    asSpecialisation = flag false "Put all of it into a boot entry of its own, `bench`, for a machine that does not always measure.";

    benchCpus = mkOption {
      type = types.str;
      example = "2-3,6";
      description = "CPUs left to benchmarks, as the kernel writes lists.";
    };
    housekeepingCpus = mkOption {
      type = types.str;
      example = "0-1,4-5";
      description = "CPUs of everything else: services, interrupts, kernel threads. CPU 0 has to be among them.";
    };
    isolation = mkOption {
      type = types.enum [ "isolcpus" "cpuset" ];
      default = "isolcpus";
      description = ''
        How others are kept off benchCpus. `isolcpus`: by the kernel's command line, from boot on; nothing balances load
        there. `cpuset`: by the partition that a Run with root's rights makes for itself and takes away, and nothing at boot.
      '';
    };

    governor = mkOption {
      type = types.nullOr types.str;
      default = "performance";
      description = "cpufreq governor of every CPU; null leaves it as it is.";
    };
    boost = flag false "Let clocks rise above the nominal one, as far as heat and neighbours allow at the moment.";
    boostDriver = mkOption {
      type = types.enum [ "cpufreq" "intel_pstate" ];
      default = "cpufreq";
      description = "Whose switch turns boost off: `intel_pstate` where that driver runs, `cpufreq` for AMD and acpi-cpufreq.";
    };
    smt = flag false "Keep the second hardware thread of every core.";
    transparentHugepages = mkOption {
      type = types.enum [ "always" "madvise" "never" ];
      default = "madvise";
      description = "When the kernel uses huge pages.";
    };
    watchdogs = flag false "Keep the kernel's lockup detectors, which interrupt every CPU.";

    group = mkOption {
      type = types.str;
      default = "bench";
      description = "Members may call bench-perf, have a Run set the host, and start and stop the session unit.";
    };
    perf = mkOption {
      type = types.package;
      default = pkgs.perf;
      defaultText = lib.literalExpression "pkgs.perf";
      description = "The perf behind /run/wrappers/bin/bench-perf.";
    };
    session.enable = flag true "Offer bench-lab-session.service: the host is set while it runs and put back when it stops.";
  };
}
