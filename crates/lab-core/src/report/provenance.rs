//! Where the benches of a Run come from, in words and for programs.
//!
//! It says what Nix told; a Run without provenance is an ordinary one.

use serde_json::{Value, json};

use crate::model::{NixOutput, NixSource, Provenance};

/// One clause: `built by Nix: bench-bins 8fs1z0n8, flake.lock dddddddd`, or that Nix did not build them.
pub fn sentence(provenance: Option<&Provenance>) -> String {
    let Some(provenance) = provenance else { return "not built by Nix".into() };
    let lock = provenance.flake_lock_sha256.as_deref().map_or_else(String::new, |digest| {
        format!(", flake.lock {}", digest.chars().take(8).collect::<String>())
    });
    format!("built by Nix: {}{lock}", provenance.benches_name())
}

/// The same as JSON; `null` where Nix did not build them.
pub fn as_json(provenance: Option<&Provenance>) -> Value {
    let Some(told) = provenance else { return Value::Null };
    let output =
        |output: Option<&NixOutput>| output.map(|output| json!({"drv": output.drv, "out": output.out}));
    json!({
        "system": told.system,
        "source": told.source.as_ref().map(source),
        "flake_lock_sha256": told.flake_lock_sha256,
        "cargo_lock_sha256": told.cargo_lock_sha256,
        "inputs": told.inputs.iter().map(|(name, input)| (name.clone(), source(input)))
            .collect::<serde_json::Map<_, _>>(),
        "nixpkgs_version": told.nixpkgs_version,
        "benches": output(told.benches.as_ref()),
        "lab": output(told.lab.as_ref()),
        "toolchain": told.toolchain.as_ref().map(|toolchain| json!({
            "channel": toolchain.channel,
            "drv": toolchain.output.drv,
            "out": toolchain.output.out,
        })),
        "profile": told.profile,
        "tools": told.tools,
    })
}

fn source(source: &NixSource) -> Value {
    json!({
        "rev": source.rev,
        "dirty_rev": source.dirty_rev,
        "nar_hash": source.nar_hash,
        "last_modified": source.last_modified,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_says_by_whom_its_benches_were_built() {
        assert_eq!(sentence(None), "not built by Nix");
        let drv = Some("/nix/store/8fs1z0n8ia3kg2l0-bench-bins.drv".into());
        let told = Provenance {
            benches: Some(NixOutput { drv, out: None }),
            flake_lock_sha256: Some("d".repeat(64)),
            ..Provenance::default()
        };
        assert_eq!(sentence(Some(&told)), "built by Nix: bench-bins 8fs1z0n8, flake.lock dddddddd");
        assert_eq!(as_json(Some(&told))["benches"]["drv"], "/nix/store/8fs1z0n8ia3kg2l0-bench-bins.drv");
        assert_eq!(as_json(None), Value::Null);
    }
}
