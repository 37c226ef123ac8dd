# Options of NixOS by name and type: those that the module and its example set.
{ lib }:
let
  inherit (lib) mkOption types;
  holds = type: default: mkOption { inherit type default; };
  flag = holds types.bool;
  texts = holds (types.listOf types.str) [ ];
  sets = holds (types.attrsOf types.anything) { };
  anything = holds types.anything;
in
{
  assertions = anything [ ];
  boot = {
    kernelParams = texts;
    kernel.sysctl = holds (types.attrsOf (types.nullOr (types.oneOf [ types.bool types.int types.str ]))) { };
    kernel.sysfs = anything { };
    loader.systemd-boot.enable = flag false;
  };
  environment.systemPackages = holds (types.listOf types.package) [ ];
  fileSystems = sets;
  nix.gc.automatic = flag true;
  nix.optimise.automatic = flag true;
  powerManagement.cpuFreqGovernor = holds (types.nullOr types.str) null;
  security = {
    allowSimultaneousMultithreading = flag true;
    polkit.enable = flag false;
    polkit.extraConfig = holds types.lines "";
    sudo.extraRules = anything [ ];
    wrappers = sets;
  };
  services = lib.genAttrs
    [ "auto-cpufreq" "fstrim" "irqbalance" "power-profiles-daemon" "thermald" "tlp" "tuned" ]
    (_: { enable = flag true; });
  # Modules, which are merged with the rest of the machine's when it is evaluated once more.
  specialisation.bench.configuration = holds types.raw null;
  swapDevices = anything [ ];
  system = {
    autoUpgrade.enable = flag true;
    stateVersion = holds types.str "26.05";
    build = anything { };
  };
  systemd.services = sets;
  systemd.settings.Manager = anything { };
  users.groups = sets;
  users.users = sets;
  virtualisation.cores = holds types.int 1;
  zramSwap.enable = flag true;
}
