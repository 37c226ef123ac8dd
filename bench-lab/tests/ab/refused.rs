//! What cannot be compared is said with its reason and what to do, before anything is measured.

use crate::bench_lab::Place;
use crate::sample::Sample;

#[test]
fn names_that_mean_nothing_offer_the_nearest() {
    let sample = Sample::new(&[("steady", "spin(1)")]);
    sample.repo.git("branch feature/quick");
    let unknown = sample.run("ab feature/quik").expect(2);
    unknown.assert_stderr_has(&["no revision is called 'feature/quik'", "did you mean feature/quick?"]);
    let filter = sample.run("ab base -- steadi").expect(2);
    filter.assert_stderr_has(&["matches steadi", "did you mean"]);
    let none = sample.run("ab").expect(2);
    none.assert_stderr_has(&["BASELINE"]);
    let few = sample.run("ab base --launches 9").expect(2);
    few.assert_stderr_has(&["10..=80"]);
    assert!(sample.matches().is_empty());
}

#[test]
fn a_side_that_does_not_build_is_named_with_its_first_error() {
    let sample = Sample::new(&[("steady", "spin(1)")]);
    sample.set(&[("steady", "nothing()")]);
    let refused = sample.run("ab base").expect(2);
    refused.assert_stderr_has(&[
        "candidate working tree",
        "with changes",
        "cannot be built",
        "nothing",
        "hint:",
    ]);
}

#[test]
fn revisions_without_a_common_benchmark_are_not_comparable() {
    let sample = Sample::new(&[("before", "spin(1)")]);
    sample.set(&[("after", "spin(1)")]);
    let refused = sample.run("ab base").expect(5);
    refused.assert_stderr_has(&["no benchmark in common", "[renamed]"]);
}

#[test]
fn outside_a_repository_there_is_nothing_to_compare() {
    let place = Place::new();
    std::fs::write(place.path().join("Cargo.toml"), "[package]\nname = \"x\"\n").unwrap();
    let refused = place.plain("ab main").expect(2);
    refused.assert_stderr_has(&["lies in no git repository", "bench-lab compare"]);
}
