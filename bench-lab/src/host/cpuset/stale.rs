//! Groups that a dead session left and no journal names any more, because somebody removed it.
//!
//! Only empty ones are removed: what still has processes may be used by a session that is not seen from here.

use lab_core::model::Warning;

use super::name::owner;
use crate::host::session::Files;
use crate::host::sysfs::SysRoot;

/// Removes them, as a partition would keep its CPUs from ours; gives what was found.
pub(super) fn remove(files: &dyn Files, root: &SysRoot, home: &str) -> Vec<Warning> {
    let names = files.folders(&root.path(home)).unwrap_or_default();
    let stale = names.into_iter().filter(|name| owner(name).is_some_and(|guard| !guard.is_alive()));
    let told = stale.map(|name| {
        let path = format!("{home}/{name}");
        let text = match files.remove_folder(&root.path(&path)) {
            Ok(()) => "a session that is gone had left this group: removed".to_owned(),
            Err(error) => {
                format!("a session that is gone left this group, and it cannot be removed: {error}")
            }
        };
        Warning::new("cpuset_stale", path, text)
    });
    told.collect()
}
