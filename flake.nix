{
  description = "A benchmark lab for Cargo workspaces, with its compiler, tools and bench executables pinned";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    rust-overlay = {
      url = "github:oxalica/rust-overlay";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    crane.url = "github:ipetkov/crane";
  };

  outputs = inputs@{ self, nixpkgs, rust-overlay, ... }:
    let
      inherit (nixpkgs) lib;
      # Measuring is for Linux. On macOS the same program reads what was measured elsewhere, and the rest of this is not there.
      systems = [ "x86_64-linux" "aarch64-linux" "aarch64-darwin" ];
      perSystem = lib.genAttrs systems (system: import ./nix {
        inherit inputs;
        pkgs = import nixpkgs {
          inherit system;
          overlays = [ rust-overlay.overlays.default ];
        };
      });
      output = name: lib.mapAttrs (_: scope: scope.${name}) perSystem;
    in
    {
      packages = output "packages";
      apps = output "apps";
      devShells = output "devShells";
      checks = output "checks";
      formatter = output "formatter";

      overlays.default = _final: prev: {
        inherit (self.packages.${prev.stdenv.hostPlatform.system}) bench-lab;
      };

      nixosModules.bench-host = import ./nix/modules/bench-host.nix { inherit self; };
      nixosModules.default = self.nixosModules.bench-host;

      # A host as docs/NIX.md shows it; it is evaluated by the checks and never deployed.
      nixosConfigurations.example = lib.nixosSystem {
        system = "x86_64-linux";
        modules = [ self.nixosModules.bench-host ./nix/example-host.nix ];
      };
    };
}
