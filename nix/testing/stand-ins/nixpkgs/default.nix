# Stands in for `import nixpkgs { system; overlays; }`.
{ system, overlays ? [ ], ... }:
let
  lib = import ./compatible-lib.nix;
  host = builtins.fromJSON (builtins.readFile ./host.json);
  platform = lib.systems.elaborate system;
  packages = final: import ./packages.nix { inherit lib host platform final; };
  # Behind the caller's overlays: the real rust-overlay decides whether there is such a toolchain, and the host's is used,
  # since nothing can be downloaded.
  hostsToolchain = final: prev: lib.optionalAttrs (prev ? rust-bin) {
    rust-bin = prev.rust-bin // {
      fromRustupToolchainFile = path:
        let asked = prev.rust-bin.fromRustupToolchainFile path; in
        builtins.seq asked.drvPath final.hostRust;
    };
  };
in
lib.fix (lib.foldl' (lib.flip lib.extends) packages (overlays ++ [ hostsToolchain ]))
