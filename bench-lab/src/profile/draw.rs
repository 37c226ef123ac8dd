//! Flame graphs: stacks as pictures in one file each, which a browser shows and searches.
//!
//! It draws what it is given; what a width stands for is said below the picture's title.

use std::io;

use inferno::flamegraph::color::MultiPalette;
use inferno::flamegraph::{self, Options, Palette};
use lab_core::profile::{Profile, Stacks, differential_lines, folded_lines};

/// A file of a profile.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// Its name.
    pub file: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Folded stacks and a flame graph of each side that was sampled, and where two were, a flame graph of their difference.
///
/// # Errors
/// What the drawing library says.
pub fn draw(profile: &Profile) -> io::Result<Vec<Drawing>> {
    let sampled: Vec<&Stacks> =
        profile.readings.iter().filter_map(|reading| reading.stacks.as_ref()).collect();
    let names: &[&str] = if profile.readings.len() > 1 { &["baseline.", "candidate."] } else { &[""] };
    let mut drawings = Vec::new();
    if sampled.len() < names.len() {
        return Ok(drawings);
    }
    for ((name, stacks), reading) in names.iter().zip(&sampled).zip(&profile.readings) {
        let lines = folded_lines(stacks);
        let text = lines.join("\n") + "\n";
        drawings.push(Drawing { file: format!("{name}folded.txt"), bytes: text.into_bytes() });
        let title = format!("{} · {}", profile.benchmark, reading.name);
        let mut options = options(&title, "width: share of the samples, its harness included");
        options.count_name = "samples".into();
        drawings.push(Drawing { file: format!("{name}flame.svg"), bytes: rendered(&mut options, &lines)? });
    }
    if let [baseline, candidate] = sampled[..] {
        let readings = &profile.readings;
        let times = [&readings[0], &readings[1]].map(|reading| reading.cpu_iteration_ns());
        let times = match times {
            [Some(before), Some(after)] => [before, after],
            _ => [1.0, 1.0],
        };
        let lines = differential_lines([baseline, candidate], times);
        let title = format!("{} · {} → {}", profile.benchmark, readings[0].name, readings[1].name);
        let subtitle =
            "width: time of one iteration of the candidate; red takes longer than in the baseline, blue less";
        let mut options = options(&title, subtitle);
        options.count_name = "ps".into();
        drawings.push(Drawing { file: "diff.svg".into(), bytes: rendered(&mut options, &lines)? });
    }
    Ok(drawings)
}

fn options(title: &str, subtitle: &str) -> Options<'static> {
    let mut options = Options::default();
    options.title = title.into();
    options.subtitle = Some(subtitle.into());
    options.colors = Palette::Multi(MultiPalette::Rust);
    options
}

fn rendered(options: &mut Options<'_>, lines: &[String]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    flamegraph::from_lines(options, lines.iter().map(String::as_str), &mut bytes)
        .map_err(io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use lab_core::model::{BenchmarkId, TargetId};
    use lab_core::profile::Reading;

    use super::*;

    fn reading(name: &str, samples: &[(&str, usize)]) -> Reading {
        let mut stacks = Stacks::new("cpu-clock", Some(1_000_000));
        for (stack, count) in samples {
            (0..*count).for_each(|_| stacks.add(stack.split(';').map(Into::into).collect()));
        }
        Reading { name: name.into(), stacks: Some(stacks), iteration_ns: Some(1000.0), ..Reading::default() }
    }

    fn profile(readings: Vec<Reading>) -> Profile {
        Profile {
            id: String::new(),
            created_at: String::new(),
            lab_version: String::new(),
            benchmark: BenchmarkId::new(TargetId::new("p", "t"), "b<T>"),
            harness: "divan".into(),
            cpus: Vec::new(),
            readings,
            gaps: Vec::new(),
            files: Vec::new(),
        }
    }

    fn drawn(readings: Vec<Reading>) -> Vec<(String, String)> {
        let drawings = draw(&profile(readings)).unwrap();
        drawings.into_iter().map(|one| (one.file, String::from_utf8(one.bytes).unwrap())).collect()
    }

    #[test]
    fn one_side_gives_its_stacks_and_a_flame_graph_of_them() {
        let drawn = drawn(vec![reading("working tree", &[("main;spin", 90), ("main;<A as B>::c", 10)])]);
        assert_eq!(drawn[0], ("folded.txt".into(), "main;<A as B>::c 10\nmain;spin 90\n".into()));
        assert_eq!(drawn[1].0, "flame.svg");
        for part in ["spin (90 samples, 90.00%)", "&lt;A as B&gt;::c", "p/t/b&lt;T&gt;"] {
            assert!(drawn[1].1.contains(part), "no {part:?}");
        }
        assert_eq!(drawn.len(), 2);
    }

    #[test]
    fn two_sides_give_their_difference_too() {
        let sides = vec![
            reading("main", &[("main;a", 10)]),
            reading("working tree", &[("main;a", 5), ("main;b", 5)]),
        ];
        let drawn = drawn(sides);
        let names: Vec<&str> = drawn.iter().map(|(name, _)| name.as_str()).collect();
        let wanted = [
            "baseline.folded.txt",
            "baseline.flame.svg",
            "candidate.folded.txt",
            "candidate.flame.svg",
            "diff.svg",
        ];
        assert_eq!(names, wanted);
        assert!(drawn[4].1.contains("b (500,000 ps, 50.00%; +50.00%)"), "{}", drawn[4].1);
    }

    #[test]
    fn without_samples_nothing_is_drawn() {
        assert_eq!(drawn(vec![Reading::default()]), []);
    }
}
