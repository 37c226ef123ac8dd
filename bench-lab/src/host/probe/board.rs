//! What the machine is built into and which firmware started it: `board.*`, `bios.*`.
//!
//! Serial numbers and asset tags are not read: they name an owner and not a speed.

use lab_core::model::FactClass::{Configuration, Machine};
use lab_core::model::FactValue;

use super::Host;
use super::facts::Facts;
use super::scene::Provider::Hardware;

const DMI: &str = "/sys/class/dmi/id";
const DEVICE_TREE: &str = "/proc/device-tree/model";

pub(super) fn fill(facts: &mut Facts<'_>, _host: &Host<'_>) {
    for (name, file) in [
        ("board.system_vendor", "sys_vendor"),
        ("board.system", "product_name"),
        ("board.vendor", "board_vendor"),
        ("board.name", "board_name"),
    ] {
        facts.text(name, Machine, Hardware, &format!("{DMI}/{file}"));
    }
    // Boards without DMI are named by their device tree.
    if let Ok(model) = facts.root.read(DEVICE_TREE) {
        let model = model.trim_end_matches('\0').to_owned();
        facts.record("board.name", Machine, DEVICE_TREE, Ok(FactValue::Text(model)));
    }
    for (name, file) in
        [("bios.vendor", "bios_vendor"), ("bios.version", "bios_version"), ("bios.date", "bios_date")]
    {
        facts.text(name, Configuration, Hardware, &format!("{DMI}/{file}"));
    }
    facts.text("board.platform_profile", Configuration, Hardware, "/sys/firmware/acpi/platform_profile");
}
