# The module on a running kernel: boots a machine with it, which takes KVM and nixpkgs' own packages.
{ pkgs, benchHost }:
pkgs.testers.runNixOSTest {
  name = "bench-host";
  nodes.machine = {
    imports = [ benchHost ];
    virtualisation.cores = 2;
    services.bench-host = {
      enable = true;
      benchCpus = "1";
      housekeepingCpus = "0";
    };
    users.users.alice = {
      isNormalUser = true;
      extraGroups = [ "bench" ];
    };
    users.users.mallory.isNormalUser = true;
  };
  testScript = builtins.readFile ./bench-host-vm.py;
}
