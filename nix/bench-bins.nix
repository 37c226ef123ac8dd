# The executables of the bundled suites, compiled once here and only run on the bench host, with the manifest that
# `bench-lab run --manifest` holds them to.
{ lib, craneLib, cargo, toolchain, bench-lab, rustflags, name }:
let
  shared = cargo // {
    pname = name;
    env.RUSTFLAGS = toString rustflags;
  };
  # Dependencies alone, so that a change of the suites compiles the suites.
  dependencies = craneLib.buildDepsOnly (shared // {
    doCheck = false;
    buildPhaseCargoCommand = "cargo build --profile bench --benches --frozen";
  });
in
craneLib.mkCargoDerivation (shared // {
  cargoArtifacts = dependencies;
  doInstallCargoArtifacts = false;
  # Profilers read the line tables.
  dontStrip = true;
  nativeBuildInputs = [ bench-lab craneLib.removeReferencesToVendoredSourcesHook ];
  buildPhaseCargoCommand = ''
    bench-lab manifest --frozen --out bundle
  '';
  # Panic messages name files of the vendored sources: without this the closure would hold every dependency's source.
  # It is called here rather than at the end, since the manifest has to hold the digests of what is left.
  doNotRemoveReferencesToVendorDir = true;
  installPhaseCommand = ''
    mkdir -p $out/share
    cp -r bundle $out/share/bench-lab
    removeReferencesToVendoredSources "$out"
    bench-lab manifest --rehash "$out/share/bench-lab/manifest.json"
  '';
  disallowedRequisites = [ cargo.cargoVendorDir toolchain bench-lab ];
  meta = {
    description = "Prebuilt benches with their manifest${lib.optionalString (rustflags != [ ]) ", ${toString rustflags}"}";
    platforms = lib.platforms.linux;
  };
})
