{
  description = "Stands in for nixpkgs in tests: packages are links to the host's programs";
  outputs = _:
    let
      lib = import ./compatible-lib.nix;
      systems = [ "x86_64-linux" "aarch64-linux" "aarch64-darwin" ];
    in
    {
      lib = lib // { nixosSystem = import ./nixos/system.nix { inherit lib; nixpkgs = ./.; }; };
      legacyPackages = lib.genAttrs systems (system: import ./. { inherit system; });
    };
}
