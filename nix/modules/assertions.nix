# What the types of the options cannot say.
{ lib, cfg, cpus, swapDevices }:
let
  lists = { inherit (cfg) benchCpus housekeepingCpus; };
  wellFormed = lib.mapAttrsToList
    (name: text: {
      assertion = cpus.isList text;
      message = "services.bench-host.${name} is \"${text}\", which is no list of CPUs; write numbers and spans such as 0-3,8.";
    })
    lists;
  # The others compare numbers, which a malformed list does not have.
  areLists = lib.all cpus.isList (lib.attrValues lists);
  numbers = lib.mapAttrs (_: cpus.numbers) lists;
  shared = lib.filter (cpu: lib.elem cpu numbers.housekeepingCpus) numbers.benchCpus;
in
wellFormed ++ [
  {
    assertion = !areLists || shared == [ ];
    message = "services.bench-host: CPU ${lib.concatMapStringsSep ", " toString shared} stands in benchCpus and in "
    + "housekeepingCpus; a CPU either measures or does everything else.";
  }
  {
    assertion = !areLists || lib.elem 0 numbers.housekeepingCpus;
    message = "services.bench-host.housekeepingCpus is \"${cfg.housekeepingCpus}\" and lacks CPU 0, where the kernel boots and which it cannot isolate.";
  }
  {
    assertion = swapDevices == [ ];
    message = "services.bench-host: swapDevices is not empty; a page that comes back from swap is measured too.";
  }
]
