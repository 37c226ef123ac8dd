# The packages and the functions that make packages. `host` names the host's programs, since evaluation may not look.
{ lib, host, platform, final }:
let
  inherit (final) runCommand;
  inherit (platform) system;

  # What is kept beside a derivation and never reaches its builder.
  asides = [ "env" "meta" "override" "overrideDerivation" "passthru" "pos" ];
  mkDerivation = given:
    let
      args = if lib.isFunction given then lib.fix given else given;
      drv = derivation (removeAttrs args asides // (args.env or { }) // {
        inherit system;
        name = args.name or "${args.pname}-${args.version}";
        builder = "/bin/bash";
        args = [ ./stdenv/builder.sh ];
        outputs = [ "out" ];
        # `nix develop` sources the file `setup` of this folder.
        stdenv = "${./stdenv}";
      });
      passthru = args.passthru or { };
    in
    drv // passthru // {
      inherit passthru;
      inherit (drv) name;
      meta = args.meta or { };
      pname = args.pname or drv.name;
      version = args.version or "0";
      inputDerivation = drv;
      overrideAttrs = change: mkDerivation (args // (if lib.isFunction (change args) then change args args else change args));
    };

  stdenv = {
    inherit mkDerivation;
    name = "stdenv-of-the-host";
    hostPlatform = platform;
    buildPlatform = platform;
    targetPlatform = platform;
    inherit (platform) isDarwin isLinux;
    shell = "/bin/bash";
    cc = final.hostPrograms "cc" [ "ar" "c++" "cc" "g++" "gcc" "ld" "nm" "objdump" "ranlib" "strip" ] // {
      targetPrefix = "";
      libc = final.hostPrograms "libc" [ "ldd" ];
      # Read by rust-overlay when it wraps a linker.
      bintools = {
        expandResponseParams = "";
        shell = "/bin/bash";
        suffixSalt = "host";
        wrapperName = "host";
        coreutils_bin = "/usr";
      };
    };
  };

  program = name:
    let path = host.programs.${name} or ""; in
    if path != "" then "ln -s ${path} $out/bin/${name}\n"
    else ''
      printf '#!/bin/bash\necho "%s: this host has no such program" >&2\nexit 127\n' ${name} >$out/bin/${name}
      chmod +x $out/bin/${name}
    '';
in
{
  inherit lib stdenv mkDerivation;
  config = { };
  path = ./.;
  pkgs = final;
  stdenvNoCC = stdenv;
  clangStdenv = stdenv;
  stdenvAdapters = { };

  # A package of links to programs of the host. One that is missing says so when it is called, and exits with 127.
  hostPrograms = pname: programs: lib.makeOverridable
    (_: runCommand pname { } "mkdir -p $out/bin\n${lib.concatMapStrings program programs}" // {
      inherit pname;
      version = "of-the-host";
      out = final.hostPrograms pname programs;
      meta.mainProgram = lib.head programs;
    })
    { };

  # The toolchain that runs these tests. That it is the one asked for is found out when it is asked for.
  hostRust = lib.makeOverridable
    ({ extensions ? [ ] }: runCommand "rust-${host.rustVersion}"
      {
        inherit extensions;
        version = host.rustVersion;
        passthru = {
          channel = host.rustVersion;
          targetPlatforms = lib.platforms.all;
          badTargetPlatforms = [ ];
        };
      } ''
      mkdir -p $out/bin
      ln -s ${host.rustSysroot}/lib $out/lib
      for program in ${host.rustSysroot}/bin/*; do ln -s "$program" $out/bin/; done
      # Whoever asks for the sysroot gets this folder, as with a toolchain that Nix unpacked.
      for program in rustc rustdoc; do
        rm $out/bin/$program
        printf '#!/bin/bash\nexec ${host.rustSysroot}/bin/%s --sysroot %s "$@"\n' $program $out >$out/bin/$program
        chmod +x $out/bin/$program
      done
    '')
    { };
  rustc = final.hostRust;
  cargo = final.hostRust;
  clippy = final.hostRust;
  rustfmt = final.hostRust;

  # The file is in the store before anything is built, put there under the path that its digest gives it.
  fetchurl = { url ? "", name ? baseNameOf url, sha256, ... }: derivation {
    inherit name system;
    builder = "/bin/bash";
    args = [ "-c" "echo '${name} should have been put into the store by the tests' >&2; exit 1" ];
    outputHashMode = "flat";
    outputHashAlgo = "sha256";
    outputHash = sha256;
  };

  runCommand = name: attrs: buildCommand: mkDerivation (attrs // {
    inherit name buildCommand;
    passAsFile = (attrs.passAsFile or [ ]) ++ [ "buildCommand" ];
  });
  runCommandLocal = runCommand;
  runCommandCC = runCommand;
  writeTextFile = { name, text, executable ? false, destination ? "" }:
    runCommand name { inherit text; passAsFile = [ "text" ]; } ''
      mkdir -p "$(dirname "$out${destination}")"
      cp "$textPath" "$out${destination}"
      ${lib.optionalString executable ''chmod +x "$out${destination}"''}
    '';
  writeText = name: text: final.writeTextFile { inherit name text; };
  writeScript = name: text: final.writeTextFile { inherit name text; executable = true; };
  writeShellScript = name: text: final.writeScript name "#!/bin/bash\n${text}";
  writeShellScriptBin = name: text: final.writeTextFile {
    inherit name;
    text = "#!/bin/bash\n${text}";
    executable = true;
    destination = "/bin/${name}";
  };
  writeShellApplication = { name, text, runtimeInputs ? [ ], runtimeEnv ? { }, meta ? { } }:
    runCommand name
      {
        passAsFile = [ "script" ];
        script = ''
          #!/bin/bash
          set -o errexit
          set -o nounset
          set -o pipefail
          ${lib.concatStrings (lib.mapAttrsToList (key: value: "export ${lib.toShellVar key value}\n") runtimeEnv)}
          export PATH="${lib.makeBinPath runtimeInputs}:$PATH"

          ${text}
        '';
      } ''
      mkdir -p $out/bin
      cp "$scriptPath" $out/bin/${name}
      chmod +x $out/bin/${name}
      bash -n $out/bin/${name}
      # As nixpkgs does, where the host has it.
      ${lib.optionalString (host.programs.shellcheck or "" != "") "${host.programs.shellcheck} $out/bin/${name}"}
    '' // { meta = { mainProgram = name; } // meta; };
  makeSetupHook = { name, substitutions ? { }, propagatedBuildInputs ? [ ], ... }: script:
    runCommand name { inherit propagatedBuildInputs; } ''
      mkdir -p $out/nix-support
      text=$(<${script})
      ${lib.concatStrings (lib.mapAttrsToList (key: value: "text=\${text//@${key}@/${lib.escapeShellArg (toString value)}}\n") substitutions)}
      printf '%s\n' "$text" >$out/nix-support/setup-hook
      ${lib.optionalString (propagatedBuildInputs != [ ]) "echo $propagatedBuildInputs >$out/nix-support/propagated-build-inputs"}
    '';
  symlinkJoin = { name, paths, postBuild ? "", passthru ? { }, meta ? { }, ... }:
    runCommand name { inherit passthru; } ''
      mkdir -p $out
      for path in ${toString paths}; do cp -rs --no-preserve=mode "$path"/. $out/; done
      ${postBuild}
    '' // { inherit meta; };
  buildEnv = final.symlinkJoin;
  mkShell = args@{ packages ? [ ], nativeBuildInputs ? [ ], inputsFrom ? [ ], ... }:
    mkDerivation (removeAttrs args [ "packages" "inputsFrom" ] // {
      name = "shell";
      nativeBuildInputs = nativeBuildInputs ++ packages ++ lib.concatMap (from: from.nativeBuildInputs or [ ]) inputsFrom;
      buildCommand = "export >$out";
    });
  mkShellNoCC = final.mkShell;
  testers.runNixOSTest = import ./nixos/test.nix { inherit lib; nixpkgs = ./.; pkgs = final; };

  # What real crane and rust-overlay call beside the above.
  newScope = extra: lib.callPackageWith (final // extra);
  callPackage = final.newScope { };
  splicePackages = sets: sets.pkgsHostTarget;
  makeScopeWithSplicing' = lib.makeScopeWithSplicing' { inherit (final) newScope splicePackages; };
  makeRustPlatform = _: {
    # Tools that crane compiles for itself: without optimisation, since they run for a moment.
    buildRustPackage = args: mkDerivation (removeAttrs args [ "cargoLock" ] // {
      nativeBuildInputs = (args.nativeBuildInputs or [ ]) ++ [ final.hostRust ];
      buildPhase = ''
        export CARGO_HOME=$PWD/../cargo-home
        mkdir -p $CARGO_HOME
        cp ${final.vendorFor args.cargoLock.lockFile}/config.toml $CARGO_HOME/
        cargo build --offline --locked
      '';
      installPhase = ''
        mkdir -p $out/bin
        find target/debug -maxdepth 1 -type f -executable -exec cp -t $out/bin {} +
      '';
    });
  };
  rustPlatform = final.makeRustPlatform { };
  vendorFor = cargoLock: (import ./crane/crane.nix { pkgs = final; toolchain = final.hostRust; }).vendorCargoDeps { inherit cargoLock; };
  makeWrapper = final.makeSetupHook { name = "make-wrapper"; } (builtins.toFile "make-wrapper.sh" ":\n");
  makeBinaryWrapper = final.makeWrapper;
  autoPatchelfHook = final.makeSetupHook { name = "auto-patchelf"; } (builtins.toFile "auto-patchelf.sh" ":\n");
  writableTmpDirAsHomeHook = final.makeSetupHook { name = "home"; } (builtins.toFile "home.sh" "export HOME=$(mktemp -d)\n");
  gccForLibs.lib = stdenv.cc;
  bintools = stdenv.cc;
  libsecret = final.hostPrograms "libsecret" [ "secret-tool" ];

  bash = final.hostPrograms "bash" [ "bash" ];
  bashInteractive = final.bash;
  flamegraph = final.hostPrograms "flamegraph" [ "flamegraph.pl" "stackcollapse-perf.pl" ];
  hwloc = final.hostPrograms "hwloc" [ "lstopo" "hwloc-info" ];
  inferno = final.hostPrograms "inferno" [ "inferno-flamegraph" "inferno-collapse-perf" ];
  darwin.signingUtils = final.hostPrograms "signing-utils" [ "codesign" ];
  libiconv = final.hostPrograms "libiconv" [ "iconv" ];
  linuxPackages = lib.genAttrs [ "cpupower" "turbostat" ] (name: final.hostPrograms name [ name ]);
} // lib.genAttrs [ "pkgsBuildBuild" "pkgsBuildHost" "pkgsBuildTarget" "pkgsHostHost" "pkgsHostTarget" "pkgsTargetTarget" "buildPackages" ] (_: final)
  // lib.genAttrs host.packages (name: final.hostPrograms name [ name ])
