# `nix flake check`. What needs a host to look at or root's rights is in `cargo test --workspace` and not here.
{ inputs, lib, pkgs, craneLib, cargo, toolchain, channel, bench-lab, bench-bins, bench-bundle }:
let
  inherit (inputs) self;
  inherit (pkgs.stdenv.hostPlatform) isLinux;
  # Tests and lints read documents and fixtures too.
  whole = cargo // {
    src = self;
    cargoArtifacts = null;
    doInstallCargoArtifacts = false;
  };
  # Crates whose tests need neither cargo nor a host of their own.
  pure = [ "lab-core" "lab-stats" ] ++ lib.optionals isLinux [ "seglog" "turnstile" "workload" ];
  example = self.nixosConfigurations.example.config;
in
{
  inherit bench-lab;
  # Tests and suites are Linux's.
  clippy = craneLib.cargoClippy (whole // {
    cargoExtraArgs = "--locked ${if isLinux then "--workspace" else "--package bench-lab"}";
    cargoClippyExtraArgs = "${if isLinux then "--all-targets" else "--lib --bins"} -- -D warnings";
  });
  fmt = craneLib.cargoFmt { inherit (whole) src pname version; };
  nextest = craneLib.cargoNextest (whole // {
    cargoExtraArgs = "--locked ${lib.concatMapStringsSep " " (name: "--package ${name}") pure}";
  });

  toolchain = pkgs.runCommand "the-compiler-is-the-one-asked-for" { nativeBuildInputs = [ toolchain ]; } ''
    rustc --version | tee $out
    grep -qF 'rustc ${channel} ' $out
  '';
  nix-fmt = pkgs.runCommand "nix-files-are-formatted" { nativeBuildInputs = [ pkgs.nixpkgs-fmt pkgs.deadnix ]; } ''
    cp -r ${self}/flake.nix ${self}/nix .
    nixpkgs-fmt --check flake.nix nix
    deadnix --fail flake.nix nix
    touch $out
  '';
} // lib.optionalAttrs isLinux {
  inherit bench-bins bench-bundle;
  doc = craneLib.cargoDoc (whole // {
    cargoExtraArgs = "--locked --workspace";
    env = whole.env // { RUSTDOCFLAGS = "-D warnings"; };
  });
} // lib.optionalAttrs (pkgs.stdenv.hostPlatform.system == "x86_64-linux") {
  bench-host-eval = pkgs.runCommand "the-example-host-is-as-documented" { nativeBuildInputs = [ pkgs.jq ]; } ''
    jq -e '.kernelParams | index("isolcpus=managed_irq,domain,2-3") and index("irqaffinity=0-1")' ${
      pkgs.writeText "example-host.json" (builtins.toJSON {
        inherit (example.boot) kernelParams;
        sysctl = { inherit (example.boot.kernel.sysctl) "kernel.perf_event_paranoid" "vm.swappiness"; };
      })
    } >$out
  '';
  bench-host-vm = import ./tests/bench-host-vm.nix {
    inherit pkgs;
    benchHost = self.nixosModules.bench-host;
  };
}
