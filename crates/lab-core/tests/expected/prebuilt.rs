//! The fixture of a Run whose benches Nix built: the finished one with its provenance.

use lab_core::model::{NixOutput, NixSource, NixToolchain, Provenance, Run};

pub(crate) const PREBUILT: &str = "20260804T101500Z-2e3b9d9";

/// The Run that the fixture holds.
pub(crate) fn prebuilt() -> Run {
    Run { id: PREBUILT.into(), provenance: Some(provenance()), ..super::finished() }
}

fn provenance() -> Provenance {
    let output = |name: &str| NixOutput {
        drv: Some(format!("/nix/store/8fs1z0n8ia3kg2l0v1h9zq3xk5a6rbcd-{name}.drv")),
        out: Some(format!("/nix/store/0c9vj7rnm5w2x1dp3lq8yfakzb46ghis-{name}")),
    };
    let texts = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    };
    let nixpkgs = NixSource {
        rev: Some("b6018f87da91d19d0ab4cf979885689b469cdd41".into()),
        dirty_rev: None,
        nar_hash: Some("sha256-TBpZj1cFSXyrPvsbo9Jf6JKL/fRVOe3Fnz3eYkdjvFE=".into()),
        last_modified: Some(1_785_000_000),
    };
    Provenance {
        system: Some("x86_64-linux".into()),
        source: Some(NixSource {
            rev: None,
            dirty_rev: Some("2e3b9d9c5fe24f51a1d2fd4c8b6b5c0f6d1f3a77-dirty".into()),
            nar_hash: Some("sha256-dqS1k7gMZpkqSl5vh8xTL/RzrXjMMDf1UPJlAbFlB4Y=".into()),
            last_modified: Some(1_785_579_300),
        }),
        flake_lock_sha256: Some("d".repeat(64)),
        cargo_lock_sha256: Some("e".repeat(64)),
        inputs: [("nixpkgs".to_owned(), nixpkgs)].into(),
        nixpkgs_version: Some("26.05.20260730.b6018f8".into()),
        benches: Some(output("bench-bins")),
        lab: Some(output("bench-lab")),
        toolchain: Some(NixToolchain { channel: Some("1.95.0".into()), output: output("rust") }),
        profile: texts(&[("codegen-units", "1"), ("lto", "thin")]),
        tools: texts(&[("perf", "6.12.57")]),
    }
}
