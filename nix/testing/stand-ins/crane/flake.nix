{
  description = "Stands in for ipetkov/crane in tests: as much of its interface as this flake calls";
  outputs = _: {
    mkLib = pkgs: import ./crane.nix {
      inherit pkgs;
      toolchain = pkgs.hostRust;
    };
  };
}
