//! The full list of declared settings of each machine, as reviewed.

use crate::machines;
use crate::tree::told;

#[test]
fn every_machine_gets_what_was_reviewed() {
    for (name, tree) in machines::all() {
        let declared = tree.plant().declared();
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, told(&declared));
        });
    }
}

#[test]
fn what_is_declared_does_not_depend_on_being_applied() {
    for (name, tree) in machines::all() {
        let planted = tree.plant();
        let applied = planted.applied();
        for ((id, before), (_, after)) in planted.declared().into_iter().zip(applied.declared()) {
            // A tunable is gone with its governor; what remains of a changed order is the same set.
            let known = |settings: Result<Vec<_>, _>| settings.unwrap_or_default();
            let (before, after) = (known(before), known(after));
            for setting in &after {
                assert!(before.contains(setting), "{name}, {id}: {setting:?} was not declared before");
            }
        }
    }
}
