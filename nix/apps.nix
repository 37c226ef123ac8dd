# Each app is one command of bench-lab, and each recipe of the justfile the same; the crate in nix/testing holds them and
# README.md together.
{ lib, pkgs, bench-lab, bench-bins, provenance, name }:
let
  inherit (pkgs.stdenv.hostPlatform) isLinux;
  # Those that only read are everywhere.
  commands = {
    bench = { runs = "run"; description = "Measure the prebuilt suites; nothing is compiled"; };
    compare = { runs = "compare"; reads = true; description = "Compare Runs and baselines"; };
    doctor = { runs = "doctor"; description = "Is this machine fit to measure"; };
    report = { runs = "report"; reads = true; description = "Write a report of stored Runs"; };
    baseline = { runs = "baseline"; reads = true; description = "Name, list, export and import Runs"; };
    tune = { runs = "tune"; description = "Quiet the host by hand: apply, status, measure"; };
    restore = { runs = "tune restore"; description = "Put back what tune set"; };
    flamegraph = { runs = "profile --flamegraph"; description = "Flame graphs of the prebuilt suites"; };
  };
  launcher = command: { runs, description, ... }: pkgs.writeShellApplication {
    name = "bench-lab-${command}";
    # What `profile` calls. Whatever else a command calls (sudo, systemctl, cargo) has to be the host's own.
    runtimeInputs = [ bench-lab ] ++ lib.optionals isLinux [ pkgs.perf pkgs.strace pkgs.valgrind ];
    runtimeEnv = lib.optionalAttrs isLinux {
      BENCH_LAB_MANIFEST = "${bench-bins}/share/bench-lab/manifest.json";
      BENCH_LAB_PROVENANCE = "${provenance}";
    };
    text = ''exec bench-lab ${runs} "$@"'';
    meta = { inherit description; };
  };
  launchers = lib.mapAttrs launcher (lib.filterAttrs (_: command: isLinux || command.reads or false) commands);
  app = command: program: {
    type = "app";
    program = lib.getExe program;
    meta.description = commands.${command}.description;
  };
  apps = lib.mapAttrs app launchers;
in
{
  # Without one, `nix run` starts the package.
  apps = apps // lib.optionalAttrs isLinux { default = apps.bench; };
  # What is copied to a bench host: all launchers, with benches and provenance behind them.
  bench-bundle = pkgs.symlinkJoin {
    inherit name;
    paths = lib.attrValues launchers ++ [ bench-bins bench-lab ];
    # Beside the manifest, so that whoever names that one with --manifest keeps what is true of it.
    postBuild = "ln -s ${provenance} $out/share/bench-lab/provenance.json";
    meta = {
      description = "bench-lab, the prebuilt suites and their provenance, for nix copy to a bench host";
      mainProgram = "bench-lab-bench";
    };
  };
}
