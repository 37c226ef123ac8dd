# What the flake gives for one system.
{ inputs, pkgs }:
let
  inherit (pkgs) lib;
  inherit (pkgs.stdenv) hostPlatform;
  workspace = builtins.fromTOML (builtins.readFile ../Cargo.toml);
  # rustup reads the same file, so that `cargo bench` and Nix compile with one compiler.
  toolchainFile = ../rust-toolchain.toml;
  toolchainOf = packages: packages.rust-bin.fromRustupToolchainFile toolchainFile;
  toolchain = toolchainOf pkgs;
  channel = (builtins.fromTOML (builtins.readFile toolchainFile)).toolchain.channel;
  craneLib = (inputs.crane.mkLib pkgs).overrideToolchain toolchainOf;

  # What every call of cargo shares.
  cargo = {
    pname = "bench-lab";
    inherit (workspace.workspace.package) version;
    src = import ./source.nix { inherit lib; };
    cargoVendorDir = craneLib.vendorCargoDeps { cargoLock = ../Cargo.lock; };
    strictDeps = true;
    # Set, though empty: that wins over the rustflags of any .cargo/config.toml, which might say target-cpu=native.
    env.RUSTFLAGS = "";
  } // lib.optionalAttrs hostPlatform.isDarwin {
    buildInputs = [ pkgs.libiconv ]; # The standard library links it there.
  };

  # Only Linux is measured; what reads is the same program, without the other one that sets hosts.
  cargoExtraArgs = "--locked --package bench-lab" + lib.optionalString (!hostPlatform.isLinux) " --bin bench-lab";
  bench-lab = craneLib.buildPackage (cargo // {
    inherit cargoExtraArgs;
    cargoArtifacts = craneLib.buildDepsOnly (cargo // {
      inherit cargoExtraArgs;
      doCheck = false;
    });
    doCheck = false; # `cargo test --workspace` needs a host to look at; the checks run what a sandbox can.
    meta = {
      description = "A benchmark lab for Cargo workspaces";
      mainProgram = "bench-lab";
      platforms = lib.platforms.linux ++ [ "aarch64-darwin" ];
    };
  });

  # Flags for rustc by the end of the packages' names. Each is a series of its own: other code, never to be compared with
  # that of another.
  variants = {
    "" = [ ];
    "-fp" = [ "-C" "force-frame-pointers=yes" ];
  } // lib.optionalAttrs hostPlatform.isx86_64 {
    "-v3" = [ "-C" "target-cpu=x86-64-v3" ];
  };
  benches = lib.mapAttrs
    (suffix: rustflags: import ./bench-bins.nix {
      inherit lib craneLib cargo toolchain bench-lab rustflags;
      name = "bench-bins${suffix}";
    })
    variants;
  provenance = lib.mapAttrs
    (_: bench-bins: import ./provenance.nix {
      inherit inputs lib pkgs channel toolchain bench-lab bench-bins tools;
      profile = workspace.profile.bench;
    })
    benches;
  launch = lib.mapAttrs
    (suffix: bench-bins: import ./apps.nix {
      inherit lib pkgs bench-lab bench-bins;
      provenance = provenance.${suffix};
      name = "bench-bundle${suffix}";
    })
    benches;
  named = prefix: lib.mapAttrs' (suffix: lib.nameValuePair "${prefix}${suffix}");

  tools = {
    inherit (pkgs) flamegraph hwloc hyperfine inferno samply;
  } // lib.optionalAttrs hostPlatform.isLinux {
    inherit (pkgs) bpftrace heaptrack numactl perf strace valgrind;
    inherit (pkgs.linuxPackages) cpupower;
  } // lib.optionalAttrs hostPlatform.isx86_64 {
    inherit (pkgs.linuxPackages) turbostat;
  };
in
{
  packages = {
    default = bench-lab;
    inherit bench-lab;
  } // lib.optionalAttrs hostPlatform.isLinux ({
    provenance = provenance."";
  } // named "bench-bins" benches // named "bench-bundle" (lib.mapAttrs (_: one: one.bench-bundle) launch));
  inherit (launch."") apps;
  devShells.default = import ./shell.nix { inherit lib pkgs craneLib toolchainOf tools; };
  checks = import ./checks.nix {
    inherit inputs lib pkgs craneLib cargo toolchain channel bench-lab;
    bench-bins = benches."";
    inherit (launch."") bench-bundle;
  };
  formatter = pkgs.nixpkgs-fmt;
}
