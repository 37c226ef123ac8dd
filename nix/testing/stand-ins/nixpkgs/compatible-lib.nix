# The `lib` beside this file; the real one wants a builtin that Nix has from 2.14 on.
let
  lib = import ./lib;
  pathType = path: (builtins.readDir (dirOf path)).${baseNameOf path};
in
if builtins ? readFileType || !(lib ? extend) then lib
else
  lib.extend (_final: prev: {
    filesystem = prev.filesystem // {
      inherit pathType;
      pathIsDirectory = path: builtins.pathExists path && pathType path == "directory";
      pathIsRegularFile = path: builtins.pathExists path && pathType path == "regular";
    };
  })
