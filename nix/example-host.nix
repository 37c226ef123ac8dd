# The least that a host says, and below it what every NixOS machine needs.
{
  services.bench-host = {
    enable = true;
    benchCpus = "2-3";
    housekeepingCpus = "0-1";
  };

  boot.loader.systemd-boot.enable = true;
  fileSystems."/" = {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
  };
  system.stateVersion = "26.05";
}
