# Modules: options with their types, definitions merged by priority. An option that nobody declared is refused, as is a
# value that its type does not have.
{ lib }:
let
  inherit (builtins) all attrNames concatLists concatMap elem filter functionArgs isAttrs isBool isInt isList isString
    mapAttrs toJSON zipAttrsWith;
  inherit (lib) concatMapStringsSep concatStringsSep foldl' head isFunction;

  typed = name: check: { inherit name check; };
  types = rec {
    bool = typed "bool" isBool;
    int = typed "int" isInt;
    str = typed "str" isString;
    lines = str // { name = "lines"; };
    commas = str // { name = "commas"; };
    path = typed "path" (value: isString value || isAttrs value || builtins.isPath value);
    package = typed "package" isAttrs;
    anything = typed "anything" (_: true);
    # Kept as it was written, what mkForce and its like wrap included.
    raw = typed "raw" (_: true);
    enum = values: typed "one of ${concatMapStringsSep ", " toJSON values}" (value: elem value values);
    nullOr = type: typed "null or ${type.name}" (value: value == null || type.check value);
    listOf = type: typed "list of ${type.name}" (value: isList value && all type.check value);
    attrsOf = type: typed "attrs of ${type.name}" (value: isAttrs value && all type.check (builtins.attrValues value));
    oneOf = several: typed (concatMapStringsSep " or " (type: type.name) several) (value: lib.any (type: type.check value) several);
    submodule = _: typed "submodule" isAttrs;
  };

  kind = value: if isAttrs value then value._type or "" else "";
  isPlain = value: isAttrs value && !(value ? _type) && !(value ? outPath);
  mkIf = condition: content: { _type = "if"; inherit condition content; };
  mkOverride = priority: content: { _type = "override"; inherit priority content; };

  # Conditions moved inwards, so that they are asked only where an option is: they may depend on other options.
  pushIn = value:
    if kind value == "merge" then concatMap pushIn value.contents
    else if kind value != "if" then [ value ]
    else if isPlain value.content then [ (mapAttrs (_: mkIf value.condition) value.content) ]
    else if kind value.content == "if" then pushIn (mkIf (value.condition && value.content.condition) value.content.content)
    else if kind value.content == "merge" then concatMap (content: pushIn (mkIf value.condition content)) value.content.contents
    else [ value ];
  # Conditions answered, within the value of an option.
  settle = value:
    if kind value == "merge" then concatMap settle value.contents
    else if kind value == "if" then lib.optionals value.condition (settle value.content)
    else [ value ];

  priorityOf = value: if kind value == "override" then value.priority else 100;
  contentOf = value: if kind value == "override" then value.content else value;
  # The definitions that count: those of the strongest priority.
  strongest = definitions:
    let
      settled = concatMap settle definitions;
      best = foldl' (least: value: if priorityOf value < least then priorityOf value else least) 9999 settled;
    in
    map contentOf (filter (value: priorityOf value == best) settled);
  combine = path: isRaw: values:
    if isRaw then head values
    else if isList (head values) then concatLists values
    else if isPlain (head values) then
      let inner = mapAttrs (_: strongest) (zipAttrsWith (_: inner: inner) values); in
      mapAttrs (name: combine (path ++ [ name ]) false) (removeAttrs inner (filter (name: inner.${name} == [ ]) (attrNames inner)))
    else if all (value: value == head values) values then head values
    else throw "The option `${concatStringsSep "." path}' has conflicting definitions.";
  valueOf = path: option: definitions:
    let
      defaults = lib.optionals (option ? default) [ (mkOverride 1500 option.default) ];
      values = strongest (definitions ++ defaults);
      value = combine path (option.type.name == "raw") values;
    in
    if values == [ ] then throw "The option `${concatStringsSep "." path}' was accessed but has no value defined."
    else if option.type.check value then value
    else throw "A definition for option `${concatStringsSep "." path}' is not of type `${option.type.name}'.";

  # The options below `path` with what the definitions say of them.
  evaluate = path: options: definitions:
    let
      given = zipAttrsWith (_: values: values) (concatMap pushIn definitions);
      unknown = filter (name: !(options ? ${name})) (attrNames given);
      one = name: option:
        let here = path ++ [ name ]; in
        if kind option == "option" then valueOf here option (given.${name} or [ ]) else evaluate here option (given.${name} or [ ]);
    in
    if unknown != [ ] then throw "The option `${concatStringsSep "." (path ++ [ (head unknown) ])}' does not exist."
    else mapAttrs one options;
in
{
  inherit types mkIf mkOverride;
  literalExpression = text: text;
  mkOption = option: { _type = "option"; type = types.anything; } // option;
  mkEnableOption = what: lib.mkOption { type = types.bool; default = false; description = "Whether to enable ${what}."; };
  mkMerge = contents: { _type = "merge"; inherit contents; };
  mkForce = mkOverride 50;
  mkDefault = mkOverride 1000;
  evalModules = { modules, specialArgs ? { } }:
    let
      arguments = { inherit lib config; } // specialArgs;
      load = module:
        let value = if isFunction module || isAttrs module then module else import module; in
        if isFunction value then value (arguments // builtins.intersectAttrs (functionArgs value) arguments) else value;
      whole = module:
        if module ? options || module ? config then { imports = [ ]; options = { }; config = { }; } // module
        else { imports = module.imports or [ ]; options = { }; config = removeAttrs module [ "imports" ]; };
      gather = concatMap (module: let one = whole (load module); in gather one.imports ++ [ one ]);
      loaded = gather modules;
      mergeOptions = sets: zipAttrsWith
        (_: values: if kind (head values) == "option" then head values else mergeOptions values)
        sets;
      config = evaluate [ ] (mergeOptions (map (module: module.options) loaded)) (map (module: module.config) loaded);
    in
    { inherit config; };
}
