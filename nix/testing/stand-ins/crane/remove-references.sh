# Overwrites the digest of the vendored sources' store path with one of the same length that names nothing.
removeReferencesToVendoredSources() {
  local path=${cargoVendorDir#"$NIX_STORE"/}
  find "$1" -type f -exec sed -i "s|${path:0:32}|eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee|g" {} +
}
if [[ -z ${doNotRemoveReferencesToVendorDir-} ]]; then
  postInstallHooks+=('removeReferencesToVendoredSources "$out"')
fi
