//! The third net, where systemd runs: the guard as a transient unit, which systemd ends with a restore however the guard
//! ended (systemd-run(1), `ExecStopPost=` in systemd.service(5)).
//!
//! A unit has a control group of its own, so that killing the runner's kills no guard. It writes no unit file.

use std::ffi::OsString;
use std::path::Path;

use super::client::Program;
use super::place::{FOLDER_VARIABLE, Place, ROOT_VARIABLE, is_lent};
use crate::host::guard::VERB;

/// The folder that is there exactly where systemd is the running init system (sd_booted(3)).
const BOOTED: &str = "/run/systemd/system";

/// Where systemd's programs are, when `PATH` may be that of somebody with fewer rights; the second is NixOS.
const TRUSTED: [&str; 2] = ["/usr/bin/systemd-run", "/run/current-system/sw/bin/systemd-run"];

/// The words with which the program puts back what a dead session left, and only that.
pub const RECOVER: [&str; 3] = ["tune", "restore", "--crashed"];

/// `this` program as guard in a unit of its own; nothing without systemd, without root's rights, or where the path of the
/// program would need quotes, which each version of systemd reads in its own way.
pub fn guard_in_unit(place: &Place, this: &Path) -> Option<Program> {
    if !rustix::process::geteuid().is_root() || !place.root.exists(BOOTED) {
        return None;
    }
    let path = match is_lent() {
        true => TRUSTED.iter().find(|path| Path::new(path).is_file())?,
        false => "systemd-run",
    };
    let this = this.to_str().filter(|path| path.starts_with('/') && path.chars().all(is_plain))?;
    let variables = [FOLDER_VARIABLE, ROOT_VARIABLE].into_iter().filter_map(|name| {
        let value = std::env::var(name).ok().filter(|_| !is_lent())?;
        Some(format!("--setenv={name}={value}"))
    });
    let options = [
        "--quiet".to_owned(),
        "--collect".to_owned(),
        "--pipe".to_owned(),
        format!("--unit=bench-lab-guard-{}", std::process::id()),
        "--description=Puts the host back after measuring".to_owned(),
        format!("--property=ExecStopPost={this} {}", RECOVER.join(" ")),
    ];
    let command = ["--".to_owned(), this.to_owned(), VERB.to_owned()];
    let arguments = options.into_iter().chain(variables).chain(command).map(OsString::from).collect();
    Some(Program { path: path.into(), arguments })
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '/' | '.' | '_' | '-' | '+')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::sysfs::SysRoot;

    #[test]
    fn only_a_host_with_systemd_has_a_unit() {
        let root = tempfile::tempdir().unwrap();
        let place = Place::at(SysRoot::at(root.path()), "/nowhere");
        let this = Path::new("/opt/bench-lab/bin/bench-lab");
        assert!(guard_in_unit(&place, this).is_none());
        std::fs::create_dir_all(root.path().join("run/systemd/system")).unwrap();
        let is_root = rustix::process::geteuid().is_root();
        assert_eq!(guard_in_unit(&place, this).is_some(), is_root, "systemd starts units for root only");
        for odd in [
            "/home/a b/bench-lab",
            "/x/100%/bench-lab",
            "/x/$HOME/bench-lab",
            "bench-lab",
            "/x/bench-lab (deleted)",
        ] {
            assert!(guard_in_unit(&place, Path::new(odd)).is_none(), "{odd}");
        }
    }
}
