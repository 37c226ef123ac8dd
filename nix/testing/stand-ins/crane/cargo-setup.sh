# Sourced by builders that call cargo: a home of its own, the vendored sources, the compiled dependencies.
prepareCargo() {
  export CARGO_HOME=$PWD/../cargo-home CARGO_BUILD_JOBS=$NIX_BUILD_CORES CARGO_BUILD_INCREMENTAL=false
  mkdir -p "$CARGO_HOME"
  if [[ -n ${cargoVendorDir-} ]]; then cp "$cargoVendorDir/config.toml" "$CARGO_HOME/"; fi
  if [[ -n ${cargoArtifacts-} ]]; then
    # With the times of the originals: cargo takes what is older than its sources for out of date.
    cp -r --preserve=timestamps "$cargoArtifacts/target" target
    chmod -R u+w target
  fi
}
postPatchHooks+=(prepareCargo)
