# Calls of cargo as derivations.
{ pkgs, toolchain }:
let
  inherit (pkgs) lib;
  cargoSetup = pkgs.makeSetupHook { name = "cargo-setup"; } ./cargo-setup.sh;

  removeReferencesToVendoredSourcesHook = pkgs.makeSetupHook { name = "remove-references"; } ./remove-references.sh;

  # The sources of all locked packages in one folder, each unpacked from the file whose digest Cargo.lock has.
  vendorCargoDeps = { cargoLock, ... }:
    let
      locked = lib.filter (package: package ? checksum) (builtins.fromTOML (builtins.readFile cargoLock)).package;
      crate = package: pkgs.fetchurl {
        name = "cargo-src-${package.name}-${package.version}";
        sha256 = package.checksum;
      };
      unpack = package: ''
        tar -xzf ${crate package} -C $out/crates
        echo '{"files":{},"package":"${package.checksum}"}' >$out/crates/${package.name}-${package.version}/.cargo-checksum.json
      '';
    in
    pkgs.runCommand "vendor-cargo-deps" { } ''
      mkdir -p $out/crates
      cat >$out/config.toml <<TOML
      [source.crates-io]
      replace-with = "vendored"
      [source.vendored]
      directory = "$out/crates"
      TOML
      ${lib.concatMapStrings unpack locked}
    '';

  # Arguments that are read here and mean nothing to a builder.
  ours = [
    "buildPhaseCargoCommand"
    "cargoClippyExtraArgs"
    "cargoExtraArgs"
    "cargoNextestExtraArgs"
    "doInstallCargoArtifacts"
    "installPhaseCommand"
  ];
  mkCargoDerivation = args@{ buildPhaseCargoCommand, installPhaseCommand ? "mkdir -p $out", ... }:
    pkgs.stdenv.mkDerivation (removeAttrs args ours // {
      nativeBuildInputs = (args.nativeBuildInputs or [ ]) ++ [ toolchain cargoSetup ];
      # The recipe of the benches is on trial here, not their speed: [profile.bench] takes twice as long to compile.
      CARGO_PROFILE_BENCH_CODEGEN_UNITS = 16;
      CARGO_PROFILE_BENCH_LTO = "off";
      CARGO_PROFILE_BENCH_OPT_LEVEL = 1;
      buildPhase = buildPhaseCargoCommand;
      installPhase = "${installPhaseCommand}\nrunHook postInstall";
    });

  # What is not measured is compiled without optimisation, four times as fast.
  usual = args: {
    CARGO_PROFILE_RELEASE_OPT_LEVEL = 0;
    buildPhaseCargoCommand = "cargo build --release ${args.cargoExtraArgs}";
  };

  # The dependencies are compiled with the workspace's own code taken out; what cargo made of them is the output.
  buildDepsOnly = args: mkCargoDerivation ((if args ? buildPhaseCargoCommand then args else usual args // args) // {
    pname = "${args.pname}-deps";
    postPatch = "find . -name '*.rs' -exec cp ${builtins.toFile "empty.rs" "fn main() {}\n"} {} \\;";
    installPhaseCommand = "mkdir -p $out && cp -r target $out/";
    dontStrip = true;
  });
  buildPackage = args: mkCargoDerivation (usual args // args // {
    nativeBuildInputs = [ removeReferencesToVendoredSourcesHook ];
    installPhaseCommand = ''
      mkdir -p $out/bin
      find target/release -maxdepth 1 -type f -executable -exec cp -t $out/bin {} +
    '';
  });
  calling = command: args: mkCargoDerivation (args // { buildPhaseCargoCommand = command args; });
in
{
  inherit vendorCargoDeps mkCargoDerivation buildDepsOnly buildPackage removeReferencesToVendoredSourcesHook;
  overrideToolchain = choose: import ./crane.nix { inherit pkgs; toolchain = choose pkgs; };
  cargoClippy = calling (args: "cargo clippy ${args.cargoExtraArgs} ${args.cargoClippyExtraArgs}");
  cargoDoc = calling (args: "cargo doc --no-deps ${args.cargoExtraArgs}");
  cargoFmt = calling (_: "cargo fmt --all -- --check");
  cargoNextest = calling (args: "cargo nextest run ${args.cargoExtraArgs}");
  devShell = args: pkgs.mkShell (args // { packages = [ toolchain ] ++ args.packages; });
}
