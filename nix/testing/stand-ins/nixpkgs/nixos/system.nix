# Stands in for nixpkgs.lib.nixosSystem. The system is a file with what was set, refused where an assertion fails.
{ lib, nixpkgs }:
{ system, modules }:
let
  pkgs = import nixpkgs { inherit system; };
  evaluated = more: lib.evalModules {
    specialArgs = { inherit pkgs; };
    modules = [ (_: { options = import ./options.nix { inherit lib; }; }) ] ++ modules ++ more;
  };
  summary = config:
    let failed = lib.filter (one: !one.assertion) config.assertions; in
    if failed != [ ] then throw "Failed assertions:\n${lib.concatMapStrings (one: "- ${one.message}\n") failed}"
    else {
      inherit (config.boot) kernelParams;
      inherit (config.boot.kernel) sysctl sysfs;
      inherit (config.security) allowSimultaneousMultithreading wrappers;
      inherit (config.powerManagement) cpuFreqGovernor;
      polkit = config.security.polkit.extraConfig;
      sudo = config.security.sudo.extraRules;
      manager = config.systemd.settings.Manager;
      services = lib.mapAttrs (_: service: service.enable) config.services;
      units = lib.mapAttrs (_: unit: unit.serviceConfig) config.systemd.services;
    };
  ordinary = evaluated [ ];
  # A specialisation is the same machine with more said about it.
  special = ordinary.config.specialisation.bench.configuration;
  whole = summary ordinary.config // {
    specialisation = if special == null then null else summary (evaluated [ special ]).config;
  };
in
ordinary // {
  config = ordinary.config // {
    system = ordinary.config.system // {
      build.toplevel = pkgs.writeText "system.json" (builtins.toJSON whole) // { inherit whole; };
    };
  };
  type = "configuration";
}
