//! Who started the program through sudo, and how to become that user for good.
//!
//! Builds and benchmarks run arbitrary code, so they never get rights that were lent for the host's settings.

use std::env;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// The user behind sudo(8) or pkexec(1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoker {
    uid: libc::uid_t,
    gid: libc::gid_t,
    name: CString,
    home: PathBuf,
}

impl Invoker {
    /// The user who lent this process the rights of root; `None` when it has none, or they are its own.
    ///
    /// # Errors
    /// The user is named and the system knows no such user.
    pub fn of_process() -> io::Result<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let named = ["SUDO_UID", "PKEXEC_UID"].iter().find_map(|name| env::var(name).ok());
        let Some(named) = named else { return Ok(None) };
        let unknown = |why: &str| io::Error::new(io::ErrorKind::NotFound, format!("user {named:?} {why}"));
        match named.parse::<libc::uid_t>() {
            // Root asked itself.
            Ok(0) => Ok(None),
            Ok(uid) => look_up(uid).map(Some).ok_or_else(|| unknown("is not known to this system")),
            Err(_) => Err(unknown("is no user id")),
        }
    }

    /// Becomes that user, without a way back: groups, user, and the variables that say who and where one is. It must
    /// be called before the program has a second thread.
    ///
    /// # Errors
    /// The kernel's refusal; some of it may have been done then.
    pub fn become_for_good(&self) -> io::Result<()> {
        take_ids(self)?;
        let is_dropped = rustix::process::geteuid().as_raw() == self.uid
            && rustix::process::getegid().as_raw() == self.gid
            && rustix::process::getuid().as_raw() == self.uid;
        if !is_dropped {
            return Err(io::Error::from_raw_os_error(libc::EPERM));
        }
        for (name, value) in self.variables(env::var_os("PATH")) {
            set_variable(name, &value);
        }
        Ok(())
    }

    /// sudo's own `secure_path` hides cargo where rustup puts it.
    fn variables(&self, path: Option<OsString>) -> Vec<(&'static str, OsString)> {
        let name = OsString::from_vec(self.name.as_bytes().to_vec());
        let mut variables =
            vec![("HOME", self.home.clone().into_os_string()), ("USER", name.clone()), ("LOGNAME", name)];
        let cargo = self.home.join(".cargo/bin");
        let mut folders: Vec<PathBuf> =
            path.map(|path| env::split_paths(&path).collect()).unwrap_or_default();
        if !folders.contains(&cargo) {
            folders.push(cargo);
            variables.extend(env::join_paths(folders).ok().map(|path| ("PATH", path)));
        }
        variables
    }
}

#[expect(unsafe_code, reason = "neither std nor rustix asks the user database")]
fn look_up(uid: libc::uid_t) -> Option<Invoker> {
    // SAFETY: the record lies in memory of the C library that only another such call would overwrite, and this process
    // has one thread; it is copied before anything else is called.
    unsafe {
        let record = libc::getpwuid(uid).as_ref()?;
        Some(Invoker {
            uid,
            gid: record.pw_gid,
            name: CStr::from_ptr(record.pw_name).to_owned(),
            home: PathBuf::from(OsStr::from_bytes(CStr::from_ptr(record.pw_dir).to_bytes())),
        })
    }
}

#[expect(unsafe_code, reason = "neither std nor rustix takes the groups of a user")]
fn take_ids(invoker: &Invoker) -> io::Result<()> {
    let checked = |result: libc::c_int| if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) };
    // SAFETY: the name ends in NUL and outlives the call; the other calls take numbers. The order matters: after the
    // user id is gone the groups could not be set.
    unsafe {
        checked(libc::initgroups(invoker.name.as_ptr(), invoker.gid))?;
        checked(libc::setresgid(invoker.gid, invoker.gid, invoker.gid))?;
        checked(libc::setresuid(invoker.uid, invoker.uid, invoker.uid))
    }
}

#[expect(unsafe_code, reason = "a variable is set while nobody can read it")]
fn set_variable(name: &str, value: &OsStr) {
    // SAFETY: the caller has one thread, as `become_for_good` demands.
    unsafe { env::set_var(name, value) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_is_found_where_rustup_puts_it_and_last() {
        let invoker = Invoker { uid: 7, gid: 7, name: c"alice".into(), home: "/home/alice".into() };
        let path = |before: Option<&str>| {
            let variables = invoker.variables(before.map(OsString::from));
            variables
                .into_iter()
                .find(|(name, _)| *name == "PATH")
                .map(|(_, value)| value.into_string().unwrap())
        };
        assert_eq!(path(Some("/usr/bin:/bin")).unwrap(), "/usr/bin:/bin:/home/alice/.cargo/bin");
        assert_eq!(path(Some("/home/alice/.cargo/bin:/bin")), None);
        assert_eq!(path(None).unwrap(), "/home/alice/.cargo/bin");
    }

    #[test]
    fn the_system_knows_root_and_not_everybody() {
        assert_eq!(look_up(0).unwrap().name.as_bytes(), b"root");
        assert_eq!(look_up(4_000_000_001), None);
    }
}
