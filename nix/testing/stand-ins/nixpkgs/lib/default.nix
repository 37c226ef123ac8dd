# The functions of nixpkgs' `lib` that this flake and the stand-ins call.
let
  inherit (builtins) functionArgs intersectAttrs listToAttrs replaceStrings stringLength substring;
  lib = rec {
    version = "26.05-stand-in";
    inherit (builtins) all any attrNames attrValues concatMap concatStringsSep elem elemAt filter foldl' getAttr hasAttr
      head isAttrs isList isString length mapAttrs tail toJSON;
    isFunction = value: builtins.isFunction value || (value ? __functor && isFunction (value.__functor value));
    fix = f: let self = f self; in self;
    flip = f: one: two: f two one;
    extends = overlay: f: final: let prev = f final; in prev // overlay final prev;

    nameValuePair = name: value: { inherit name value; };
    genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
    mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
    mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);
    filterAttrs = keep: set: listToAttrs (map (name: nameValuePair name set.${name})
      (filter (name: keep name set.${name}) (attrNames set)));
    optionalAttrs = condition: set: if condition then set else { };
    optionals = condition: list: if condition then list else [ ];
    optionalString = condition: text: if condition then text else "";
    last = list: elemAt list (length list - 1);
    range = first: final: if first > final then [ ] else builtins.genList (n: first + n) (final - first + 1);

    concatStrings = concatStringsSep "";
    concatMapStrings = f: list: concatStrings (map f list);
    concatMapStringsSep = separator: f: list: concatStringsSep separator (map f list);
    hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
    hasSuffix = suffix: text: stringLength text >= stringLength suffix
      && substring (stringLength text - stringLength suffix) (-1) text == suffix;
    removePrefix = prefix: text: if hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
    splitString = separator: text: filter isString (builtins.split separator text);
    # From JSON's grammar, which has no number that begins with 0 and no sign alone.
    toInt = text: builtins.fromJSON text;
    escapeShellArg = value: "'${replaceStrings [ "'" ] [ "'\\''" ] (toString value)}'";
    toShellVar = name: value: "${name}=${escapeShellArg value}";

    getBin = package: package.bin or package;
    getExe = package: getExe' package (package.meta.mainProgram or package.pname);
    getExe' = package: name: "${getBin package}/bin/${name}";
    getVersion = package: package.version or (builtins.parseDrvName package.name).version;
    makeBinPath = packages: concatMapStringsSep ":" (package: "${getBin package}/bin") packages;
    makeOverridable = f: args: f args // {
      override = change: makeOverridable f (args // (if isFunction change then change args else change));
    };
    callPackageWith = available: f: args:
      let function = if isFunction f then f else import f; in
      makeOverridable function (intersectAttrs (functionArgs function) available // args);
    cleanSourceWith = { src, filter, name }: {
      _isLibCleanSourceWith = true;
      origSrc = src;
      inherit filter name;
      outPath = builtins.path { inherit filter name; path = src; };
    };
    platforms = rec { linux = [ "x86_64-linux" "aarch64-linux" ]; all = linux ++ [ "aarch64-darwin" ]; };
    systems.elaborate = system: {
      inherit system;
      isLinux = hasSuffix "-linux" system;
      isDarwin = hasSuffix "-darwin" system;
      isx86_64 = hasPrefix "x86_64" system;
      isAarch64 = hasPrefix "aarch64" system;
    };
  } // import ./modules.nix { inherit lib; };
in
lib
