//! A copy of the repository whose lock file names stand-ins, committed, with the store that it is built in.
//!
//! The repository itself is only read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::ground::{Ground, program, root};
use super::locked;
use super::nix::{Nix, Said};

/// Programs that packages of the stand-in nixpkgs link to, by the package of the same name.
const PACKAGES: &[&str] = &[
    "bpftrace",
    "cargo-llvm-cov",
    "cargo-nextest",
    "curl",
    "deadnix",
    "gnutar",
    "heaptrack",
    "hyperfine",
    "jq",
    "just",
    "lndir",
    "nixpkgs-fmt",
    "numactl",
    "patchelf",
    "perf",
    "remarshal",
    "rsync",
    "samply",
    "strace",
    "valgrind",
    "zlib",
    "zstd",
];

/// Programs that several packages share.
const PROGRAMS: &[&str] = &[
    "ar",
    "bash",
    "c++",
    "cc",
    "cpupower",
    "flamegraph.pl",
    "g++",
    "gcc",
    "hwloc-info",
    "inferno-collapse-perf",
    "inferno-flamegraph",
    "ld",
    "ldd",
    "lstopo",
    "nm",
    "objdump",
    "ranlib",
    "secret-tool",
    "shellcheck",
    "stackcollapse-perf.pl",
    "strip",
    "turbostat",
];

/// Where a step acts.
pub(crate) struct Stage {
    pub(crate) nix: Nix,
    /// The copy of the repository.
    pub(crate) flake: PathBuf,
    folder: TempDir,
}

/// Who stands for the inputs beside nixpkgs.
enum Inputs<'a> {
    StandIns,
    Real(&'a Path),
}

impl Stage {
    pub(crate) fn with_stand_ins(ground: &Ground) -> Self {
        Self::set_up(ground, &Inputs::StandIns)
    }

    /// `checkouts` has crane and rust-overlay, which must be those of the lock file, and nixpkgs' `lib`.
    pub(crate) fn with_real_inputs(ground: &Ground, checkouts: &Path) -> Self {
        Self::set_up(ground, &Inputs::Real(checkouts))
    }

    fn set_up(ground: &Ground, inputs: &Inputs) -> Self {
        let folder =
            tempfile::Builder::new().prefix("flake").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let nix = Nix::new(ground, folder.path());
        let flake = folder.path().join("bench-lab");
        copy_repository(&flake);
        let stage = Self { nix, flake, folder };
        stage.git(&["init", "--quiet"]);
        stage.commit("as it is");
        locked::add(&stage.nix, &root().join("Cargo.toml"), stage.folder.path());

        let stand_ins = stage.folder.path().join("stand-ins");
        copy_folder(&stage.flake.join("nix/testing/stand-ins"), &stand_ins);
        // The builder of crane's own tools vendors by the stand-in.
        copy_folder(&stand_ins.join("crane"), &stand_ins.join("nixpkgs/crane"));
        fs::write(stand_ins.join("nixpkgs/host.json"), host(ground).to_string()).unwrap();
        let mut replaced = vec![("nixpkgs", stand_ins.join("nixpkgs"))];
        match inputs {
            Inputs::StandIns => {
                replaced.push(("crane", stand_ins.join("crane")));
                replaced.push(("rust-overlay", stand_ins.join("rust-overlay")));
            }
            Inputs::Real(checkouts) => stage.take_in(checkouts, &stand_ins.join("nixpkgs")),
        }
        stage.relock(&replaced);
        stage
    }

    /// Puts the real inputs into the store, where Nix finds them by the digests of the lock file.
    fn take_in(&self, checkouts: &Path, nixpkgs: &Path) {
        fs::remove_dir_all(nixpkgs.join("lib")).unwrap();
        copy_folder(&checkouts.join("nixpkgs-lib/lib"), &nixpkgs.join("lib"));
        // rust-overlay names these files of nixpkgs, and the stand-in's toolchain does without what is in them.
        let unused = [
            "wrapper-common/utils.bash",
            "bintools-wrapper/add-darwin-ldflags-before.sh",
            "bintools-wrapper/add-flags.sh",
            "bintools-wrapper/add-hardening.sh",
            "bintools-wrapper/ld-wrapper.sh",
        ];
        for file in unused.map(|file| nixpkgs.join("pkgs/build-support").join(file)) {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        for name in ["crane", "rust-overlay"] {
            let checkout = checkouts.join(name);
            assert_eq!(
                self.nar_hash(&checkout),
                self.locked(name)["narHash"],
                "{name} is not the locked one"
            );
            self.nix
                .run(&["store", "add-path", "--name", "source", &checkout.to_string_lossy()])
                .expect(name);
        }
        locked::add(&self.nix, &checkouts.join("crane/pkgs/crane-utils/Cargo.toml"), self.folder.path());
    }

    /// The lock file with folders in place of inputs, committed: so the flake has a revision, as a clone has.
    fn relock(&self, replaced: &[(&str, PathBuf)]) {
        let path = self.flake.join("flake.lock");
        let mut lock: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for (name, folder) in replaced {
            let digest = self.nar_hash(folder);
            lock["nodes"][name]["locked"] = json!({"type": "path", "path": folder, "narHash": digest});
        }
        fs::write(&path, serde_json::to_string_pretty(&lock).unwrap() + "\n").unwrap();
        self.commit("with stand-ins");
    }

    fn nar_hash(&self, folder: &Path) -> String {
        self.nix.run(&["hash", "path", &folder.to_string_lossy()]).expect("nix hash path").trim().to_owned()
    }

    /// What the repository's own lock file says of an input.
    pub(crate) fn locked(&self, name: &str) -> Value {
        let lock: Value =
            serde_json::from_str(&fs::read_to_string(root().join("flake.lock")).unwrap()).unwrap();
        lock["nodes"][name]["locked"].clone()
    }

    /// The flake's output of this name, for the command line.
    pub(crate) fn at(&self, output: &str) -> String {
        format!("git+file://{}#{output}", self.flake.display())
    }

    /// The first commit: the repository with its own lock file.
    pub(crate) fn as_it_is(&self) -> String {
        let first = self.git(&["rev-list", "--max-parents=0", "HEAD"]);
        format!("git+file://{}?rev={}", self.flake.display(), first.trim())
    }

    pub(crate) fn revision(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// A folder that goes with the stage.
    pub(crate) fn fresh_folder(&self) -> TempDir {
        tempfile::tempdir_in(self.folder.path()).unwrap()
    }

    /// Calls `see` while `from` stands as `to` in a file of the flake.
    pub(crate) fn altered<T>(&self, file: &str, from: &str, to: &str, see: impl FnOnce() -> T) -> T {
        let path = self.flake.join(file);
        let before = fs::read_to_string(&path).unwrap();
        assert!(before.contains(from), "{file} does not hold {from}");
        fs::write(&path, before.replace(from, to)).unwrap();
        let seen = see();
        fs::write(&path, before).unwrap();
        seen
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all", "--force"]);
        self.git(&[
            "-c",
            "user.name=flake",
            "-c",
            "user.email=flake@localhost",
            "commit",
            "--quiet",
            "--message",
            message,
        ]);
    }

    fn git(&self, arguments: &[&str]) -> String {
        // A fixed date: the same files have the same revision, and nothing is built again.
        let date = "2026-01-01T00:00:00Z";
        let mut command = Command::new("git");
        command
            .current_dir(&self.flake)
            .args(arguments)
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1");
        let said: Said =
            command.env("GIT_AUTHOR_DATE", date).env("GIT_COMMITTER_DATE", date).output().unwrap().into();
        said.expect("git")
    }
}

/// What the stand-in nixpkgs is told of the host.
fn host(ground: &Ground) -> Value {
    let found = |name: &&str| (*name).to_owned();
    let programs: serde_json::Map<String, Value> = PACKAGES
        .iter()
        .chain(PROGRAMS)
        .map(|name| {
            (found(name), program(name).map_or(Value::Null, |path| json!(path)).as_str().unwrap_or("").into())
        })
        .collect();
    let version =
        Command::new("rustc").arg("--version").output().expect("cargo runs these tests with it").stdout;
    let version = String::from_utf8_lossy(&version);
    let version = version.split(' ').nth(1).expect("rustc names its version");
    json!({"rustSysroot": ground.sysroot, "rustVersion": version, "packages": PACKAGES, "programs": programs})
}

/// The files of the repository that git would keep, or all but what builds leave where it is no clone.
fn copy_repository(to: &Path) {
    let root = root();
    let listed = Command::new("git")
        .current_dir(&root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .expect("git was found");
    if !listed.status.success() {
        return copy_folder(&root, to);
    }
    for file in String::from_utf8_lossy(&listed.stdout).split_terminator('\0') {
        // A file that is deleted and not yet committed is listed too.
        if root.join(file).exists() {
            fs::create_dir_all(to.join(file).parent().unwrap()).unwrap();
            fs::copy(root.join(file), to.join(file)).unwrap();
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        let is_left_out = name == "target" || name == ".git" || name == ".bench-lab";
        if path.is_dir() && !is_left_out {
            copy_folder(&path, &to.join(name));
        } else if path.is_file() {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}
