# Stands in for testers.runNixOSTest: the machines are evaluated, and nothing can be booted.
{ lib, nixpkgs, pkgs }:
{ name, nodes, testScript }:
let
  machine = module: (import ./system.nix { inherit lib nixpkgs; } {
    inherit (pkgs.stdenv.hostPlatform) system;
    modules = [ module ];
  }).config.system.build.toplevel;
in
pkgs.runCommand "vm-test-run-${name}"
{
  inherit testScript;
  nodes = lib.attrValues (lib.mapAttrs (_: machine) nodes);
} ''
  echo "a machine is booted by nixpkgs' own tests only" >&2
  exit 1
''
