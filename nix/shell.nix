# The pinned toolchain with the tools to look at what was measured. What an editor wants stands here only: with the
# sources of the standard library in the toolchain file, executables would refer to the toolchain.
{ lib, pkgs, craneLib, toolchainOf, tools }:
let
  forEditors = packages: (toolchainOf packages).override { extensions = [ "rust-analyzer" "rust-src" ]; };
in
(craneLib.overrideToolchain forEditors).devShell {
  packages = lib.attrValues tools ++ [ pkgs.cargo-nextest pkgs.deadnix pkgs.just pkgs.nixpkgs-fmt ];
}
