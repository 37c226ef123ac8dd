# Kernel CPU lists ("0-3,8") as numbers, so that two of them can be held against each other before anything boots.
{ lib }:
let
  span = text:
    let bounds = map lib.toInt (lib.splitString "-" text); in
    lib.range (lib.head bounds) (lib.last bounds);
  isSpan = text: builtins.match "(0|[1-9][0-9]*)(-(0|[1-9][0-9]*))?" text != null;
  # A span that ends before it begins has no CPU.
  isFilled = text: isSpan text && span text != [ ];
in
{
  isList = text: lib.all isFilled (lib.splitString "," text);
  numbers = text: lib.concatMap span (lib.splitString "," text);
}
