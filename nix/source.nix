# The files that builds see. A change of a document or of a test must not rebuild what is measured.
{ lib }:
let
  root = ../.;
  folders = [ "bench-lab" "crates" ];
  # Of the crate that tests this flake, cargo wants no more than the manifest.
  files = [ "Cargo.toml" "Cargo.lock" "nix/testing/Cargo.toml" ];
  leftOut = [ "tests" "target" "proptest-regressions" ];
  isWithin = folder: path: lib.hasPrefix "${folder}/" "${path}/";
  isKept = path: type:
    let inside = lib.removePrefix "${toString root}/" (toString path); in
    if type == "directory" && lib.elem (baseNameOf inside) leftOut then false
    else if type == "directory" then lib.any (wanted: isWithin wanted inside || isWithin inside wanted) (folders ++ files)
    else lib.elem inside files || lib.any (folder: isWithin folder inside) folders;
in
lib.cleanSourceWith {
  name = "source";
  src = root;
  filter = isKept;
}
