//! Changes that other link orders confirm, and changes that they do not.

use super::*;
use crate::compare::layouts::weigh;

const PLANNED: usize = 8;

/// A change that the linker's own order shows, and three launches in each of the others.
fn weighed(logs: &[f64]) -> Change {
    let own: Vec<Launch> =
        around(0.02, 0.1, 14).iter().zip(0..).map(|(log, n)| launch(n, *log, *log, 0.0)).collect();
    let mut change = dueled(&own);
    assert_eq!(change.verdict, Verdict::Regressed);
    let in_order = |(log, layout): (&f64, u32)| {
        let of = |noise: f64| Launch { layout, ..launch(layout, log + noise, log + noise, 0.0) };
        [of(-0.03), of(0.0), of(0.04)]
    };
    let others: Vec<Launch> = logs.iter().zip(1..).flat_map(in_order).collect();
    weigh(&mut [&mut change], &others, PLANNED, 0.01);
    change
}

#[test]
fn what_every_link_order_shows_stands_as_a_change_of_the_code() {
    let change = weighed(&around(0.02, 0.2, PLANNED));
    assert_eq!(change.verdict, Verdict::Regressed);
    let layouts = change.layouts.unwrap();
    assert_eq!((layouts.over.count, layouts.is_sensitive), (PLANNED, false));
    assert_eq!(layouts.over.p.value(), 2.0 / 256.0);
    assert!(change.notes.last().unwrap().contains("over 8 link orders (p 0.0078)"), "{:?}", change.notes);
}

#[test]
fn what_goes_this_way_in_one_order_and_that_way_in_another_is_a_note_with_the_orders_it_would_take() {
    let mut logs = around(0.02, 0.2, PLANNED);
    logs.iter_mut().step_by(2).for_each(|log| *log = -*log);
    let change = weighed(&logs);
    assert_eq!(change.verdict, Verdict::Inconclusive(Doubt::LayoutNotExcluded));
    let layouts = change.layouts.unwrap();
    assert!(layouts.is_sensitive && layouts.needed.unwrap() > PLANNED, "{layouts:?}");
    assert!(change.notes.last().unwrap().starts_with("layout-sensitive: "), "{:?}", change.notes);
}

#[test]
fn link_orders_that_all_show_the_opposite_do_not_confirm_a_change() {
    let change = weighed(&around(-0.02, 0.2, PLANNED));
    assert_eq!(change.verdict, Verdict::Inconclusive(Doubt::LayoutNotExcluded));
}

#[test]
fn before_all_link_orders_are_measured_there_is_no_verdict() {
    let change = weighed(&around(0.02, 0.2, PLANNED - 1));
    assert_eq!(change.verdict, Verdict::Inconclusive(Doubt::LayoutOpen { count: 7, planned: 8 }));
    assert_eq!(change.layouts, None);
}

#[test]
fn among_several_suspects_as_many_link_orders_must_be_surer() {
    let own: Vec<Launch> =
        around(0.02, 0.1, 14).iter().zip(0..).map(|(log, n)| launch(n, *log, *log, 0.0)).collect();
    let judged = |orders: usize| {
        let mut changes = ["p/t/a", "p/t/b"].map(|name| Change { benchmark: id(name), ..dueled(&own) });
        let of = |name: &str, logs: &[f64]| -> Vec<Launch> {
            let of_order = |(log, layout): (&f64, u32)| Launch {
                layout,
                benchmark: id(name),
                ..launch(layout, *log, *log, 0.0)
            };
            logs.iter().zip(1..).map(of_order).collect()
        };
        let real = around(0.02, 0.2, orders);
        let mut chance = real.clone();
        chance.iter_mut().step_by(2).for_each(|log| *log = -*log);
        let others = [of("p/t/a", &real), of("p/t/b", &chance)].concat();
        let mut suspects: Vec<&mut Change> = changes.iter_mut().collect();
        weigh(&mut suspects, &others, orders, 0.01);
        changes.map(|change| change.verdict)
    };
    let doubt = Verdict::Inconclusive(Doubt::LayoutNotExcluded);
    assert_eq!(judged(8), [doubt.clone(), doubt.clone()], "twice 2 in 256 is more than 1 %");
    assert_eq!(judged(12), [Verdict::Regressed, doubt]);
}

#[test]
fn a_change_that_does_more_work_is_no_suspect() {
    let with_work = |log| {
        let launches: Vec<Launch> =
            around(0.02, 0.1, 14).iter().zip(0..).map(|(own, n)| launch(n, *own, *own, log)).collect();
        dueled(&launches)
    };
    assert!(!is_suspect(&with_work(0.02)));
    assert!(is_suspect(&with_work(0.0)));
    assert!(is_suspect(&with_work(-0.02)), "less work and more time needs another explanation");
    let equal: Vec<Launch> = (0..20).map(|n| launch(n, 0.0001, 0.0001, 0.0)).collect();
    assert!(!is_suspect(&dueled(&equal)));
}
