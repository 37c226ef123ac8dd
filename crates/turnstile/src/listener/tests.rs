//! What the listener makes of a sequence of clock readings.

use proptest::prelude::*;

use super::*;

/// What a harness does, as a script.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Say(Announcement),
    Read,
}

/// Feeds a script, and gives the readings with what is to be done after each deed.
fn follow(pattern: Pattern, pairs: &[u32], deeds: &[Deed]) -> (Vec<Reading>, Vec<Then>) {
    let mut listener = Listener::new(pattern);
    let pairs_of = |slice: u32| pairs.get(slice as usize).copied().unwrap_or(1);
    let mut readings = Vec::new();
    let mut thens = Vec::new();
    for deed in deeds {
        let then = match deed {
            Deed::Say(announcement) => listener.hear(*announcement, pairs_of),
            Deed::Read => {
                let (reading, then) = listener.read(pairs_of);
                readings.push(reading);
                then
            }
        };
        if then != Then::GoOn {
            thens.push(then);
        }
    }
    (readings, thens)
}

fn reads(count: u32) -> impl Iterator<Item = Deed> {
    (0..count).map(|_| Deed::Read)
}

#[test]
fn divans_samples_are_the_pairs_after_its_own_probes() {
    let pattern = Pattern { output_count: 2, skip_reads: 6, slice_count: 3, ..Pattern::default() };
    let mut deeds: Vec<Deed> = reads(5).collect();
    deeds.push(Deed::Say(Announcement::Output));
    deeds.extend(reads(3));
    deeds.push(Deed::Say(Announcement::Output));
    deeds.extend(reads(6 + 2 * 3));
    deeds.push(Deed::Say(Announcement::Output));
    deeds.extend(reads(4));
    let (readings, thens) = follow(pattern, &[], &deeds);
    let timed: Vec<_> = readings[14..20].to_vec();
    let expected: Vec<_> = (0..3).flat_map(|slice| [Reading::Start(slice), Reading::End(slice)]).collect();
    assert_eq!(timed, expected);
    assert!(readings[..14].iter().chain(&readings[20..]).all(|reading| *reading == Reading::Plain));
    assert_eq!(thens, [Then::Arrive(None), Then::Pass(0), Then::Pass(1), Then::Finish(2)]);
}

#[test]
fn criterions_samples_have_a_read_around_their_timed_pairs() {
    let pattern = Pattern {
        lead_reads: 1,
        trail_reads: 1,
        slice_count: 3,
        solo_count: 1,
        warm_up_step_ns: 7,
        ..Pattern::default()
    };
    let mut deeds = vec![Deed::Read, Deed::Say(Announcement::Output), Deed::Say(Announcement::WarmUp)];
    deeds.extend(reads(4));
    deeds.push(Deed::Say(Announcement::Measuring));
    deeds.extend(reads(4 + 6 + 4));
    let (readings, thens) = follow(pattern, &[1, 2, 1], &deeds);
    let told: Vec<_> = (0..4).map(|count| Reading::Told { since_ns: 7 * count }).collect();
    assert_eq!(readings[1..5], told);
    use Reading::{End, Plain, Start};
    let one = |slice| [Plain, Start(slice), End(slice), Plain];
    assert_eq!(readings[5..9], one(0));
    assert_eq!(readings[9..15], [Plain, Start(1), End(1), Start(1), End(1), Plain]);
    assert_eq!(readings[15..19], one(2));
    assert_eq!(thens, [Then::Arrive(Some(0)), Then::Pass(1), Then::Finish(2)]);
}

#[test]
fn with_nothing_between_the_announcement_and_the_slices_the_meeting_is_at_the_announcement() {
    let pattern = Pattern { slice_count: 1, ..Pattern::default() };
    let (readings, thens) =
        follow(pattern, &[], &[Deed::Say(Announcement::Measuring), Deed::Read, Deed::Read]);
    assert_eq!(readings, [Reading::Start(0), Reading::End(0)]);
    assert_eq!(thens, [Then::Arrive(None), Then::Finish(0)]);
}

#[test]
fn a_second_benchmark_of_the_process_is_not_taken_for_more_slices() {
    let pattern = Pattern { slice_count: 1, warm_up_step_ns: 5, ..Pattern::default() };
    let benchmark = [Announcement::WarmUp, Announcement::Measuring].map(Deed::Say);
    let mut deeds = benchmark.to_vec();
    deeds.extend(reads(2));
    deeds.extend(benchmark);
    deeds.extend(reads(2));
    let (readings, thens) = follow(pattern, &[], &deeds);
    assert_eq!(readings[2..], [Reading::Plain; 2]);
    assert_eq!(thens.len(), 2);
}

proptest! {
    #[test]
    fn every_slice_is_completed_once_and_in_order(
        skip_reads in 0_u32..5, lead_reads in 0_u32..3, gap_reads in 0_u32..3, trail_reads in 0_u32..3, solo in 0_u32..4,
        pairs in prop::collection::vec(1_u32..5, 1..12),
    ) {
        let slice_count = pairs.len() as u32;
        let pattern = Pattern {
            output_count: 1, skip_reads, lead_reads, gap_reads, trail_reads, slice_count,
            solo_count: solo.min(slice_count - 1), warm_up_step_ns: 0,
        };
        let total: u32 = pairs.iter().map(|pairs| lead_reads + 2 * pairs + gap_reads * (pairs - 1) + trail_reads).sum();
        let mut deeds = vec![Deed::Say(Announcement::Output)];
        deeds.extend(reads(skip_reads + total + 3));
        let (readings, thens) = follow(pattern, &pairs, &deeds);
        let kept: Vec<u32> = thens.iter().filter_map(|then| match then {
            Then::Keep(slice) | Then::Pass(slice) | Then::Finish(slice) => Some(*slice),
            Then::Arrive(slice) => *slice,
            Then::GoOn => None,
        }).collect();
        prop_assert_eq!(kept, (0..slice_count).collect::<Vec<_>>());
        let met = thens.iter().filter(|then| matches!(then, Then::Arrive(_))).count();
        prop_assert_eq!(met, 1, "they meet once");
        let starts = |slice| readings.iter().filter(|reading| **reading == Reading::Start(slice)).count() as u32;
        for (slice, count) in pairs.iter().enumerate() {
            prop_assert_eq!(starts(slice as u32), *count);
        }
        prop_assert!(readings[(skip_reads + total) as usize..].iter().all(|reading| *reading == Reading::Plain));
    }
}
