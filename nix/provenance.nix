# What Nix knows about where the benches come from; docs/FORMAT.md has its fields. A derivation of its own, which the
# benches do not know, so that a new commit does not build them anew.
{ inputs, lib, pkgs, channel, toolchain, bench-lab, bench-bins, tools, profile }:
let
  # Only the name of a store path: nothing here is an input of the file.
  name = builtins.unsafeDiscardStringContext;
  output = derivation: {
    drv = name derivation.drvPath;
    out = name derivation.outPath;
  };
  source = input: {
    rev = input.rev or null;
    dirty_rev = input.dirtyRev or null;
    nar_hash = input.narHash or null;
    last_modified = input.lastModified or null;
  };
in
pkgs.writeText "provenance.json" (builtins.toJSON {
  format = 1;
  inherit (pkgs.stdenv.hostPlatform) system;
  source = source inputs.self;
  inputs = lib.mapAttrs (_: source) (removeAttrs inputs [ "self" ]);
  flake_lock_sha256 = builtins.hashFile "sha256" ../flake.lock;
  cargo_lock_sha256 = builtins.hashFile "sha256" ../Cargo.lock;
  nixpkgs_version = lib.version;
  benches = output bench-bins;
  lab = output bench-lab;
  toolchain = output toolchain // { inherit channel; };
  inherit profile;
  tools = lib.mapAttrs (_: lib.getVersion) tools;
})
