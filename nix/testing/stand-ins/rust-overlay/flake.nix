{
  description = "Stands in for oxalica/rust-overlay in tests: the toolchain is the host's";
  outputs = _: {
    overlays.default = final: _prev: {
      rust-bin.fromRustupToolchainFile = path:
        let
          wanted = (builtins.fromTOML (builtins.readFile path)).toolchain;
          known = [ "cargo" "clippy" "llvm-tools" "rust-analyzer" "rust-docs" "rust-src" "rust-std" "rustc" "rustfmt" ];
          unknown = builtins.filter (component: !builtins.elem component known) (wanted.components or [ ]);
        in
        if unknown != [ ] then
          throw "rust-toolchain.toml: there is no component `${builtins.concatStringsSep "`, `" unknown}`"
        else if wanted.channel != final.hostRust.channel then
          throw "rust-toolchain.toml asks for Rust ${wanted.channel}, and this host has ${final.hostRust.channel}"
        else final.hostRust;
    };
  };
}
