//! The table of what each knob buys, for people.
//!
//! Words stand beside the figures; a ratio below 1 is better in every column.

use super::Figure;
use super::verdict::{Effect, Judged, Word};
use crate::report::{number, table};

/// Renders the table and one line a subject with the words.
pub fn render(judged: &[Judged], width: usize) -> String {
    let mut rows = vec![vec!["in force / not".to_owned()]];
    rows[0].extend(Figure::ALL.map(|figure| figure.title().to_owned()));
    rows.extend(judged.iter().map(|one| {
        let cells = one.effects.iter().map(ratio);
        [one.subject.clone()].into_iter().chain(cells).collect()
    }));
    let mut text = table::lay_out(&rows, width).join("\n") + "\n\n";
    let names = judged.iter().map(|one| one.subject.len()).max().unwrap_or(0);
    for one in judged {
        text.push_str(&format!("{:names$}  {}\n", one.subject, words(one)));
    }
    text
}

/// `0.52 [0.41, 0.66]`.
fn ratio(effect: &Effect) -> String {
    // A canary's time is known to parts of a thousand, the others are not.
    let decimals = if effect.figure == Figure::CanaryTime { 4 } else { 2 };
    let point = format!("{:.decimals$}", effect.ratio);
    match effect.interval {
        Some((lower, upper)) => format!("{point} [{lower:.decimals$}, {upper:.decimals$}]"),
        None => point,
    }
}

/// What may be said of a subject, in one line.
pub fn words(judged: &Judged) -> String {
    let named = |word: Word| {
        let effects = judged.effects.iter().filter(|effect| effect.word == word);
        effects.map(|effect| effect.figure.title()).collect::<Vec<_>>().join(", ")
    };
    let told = [("helps", named(Word::Helps)), ("hurts", named(Word::Hurts))];
    let told: Vec<String> = told
        .iter()
        .filter(|(_, figures)| !figures.is_empty())
        .map(|(word, figures)| format!("{word}: {figures}"))
        .collect();
    if told.is_empty() { format!("no difference seen ({})", reach(judged)) } else { told.join("; ") }
}

/// How large a difference could be all the same, in what counts most: the time lost, and the time of work.
fn reach(judged: &Judged) -> String {
    let shown = judged.effects.iter().filter_map(|effect| match effect.word {
        Word::NoDifferenceSeen { within: Some(within) }
            if matches!(effect.figure, Figure::LostTime | Figure::CanaryTime) =>
        {
            Some(format!("{} {}", effect.figure.title(), bound(within)))
        }
        _ => None,
    });
    let shown = shown.collect::<Vec<_>>().join(", ");
    if shown.is_empty() { "too few repetitions to tell any".into() } else { shown }
}

/// Shares up to the double are told in per cent, more as a factor.
fn bound(within: f64) -> String {
    if within <= 1.0 {
        format!("± {}", number::percent(within))
    } else {
        format!("within a factor of {:.1}", within + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(figure: Figure, word: Word) -> Effect {
        Effect { figure, ratio: 0.5, interval: Some((0.41, 0.66)), p: 0.01, word }
    }

    fn judged(words: [Word; 5]) -> Judged {
        let effects = Figure::ALL.into_iter().zip(words).map(|(figure, word)| effect(figure, word));
        Judged { subject: "irq_affinity".into(), effects: effects.collect() }
    }

    #[test]
    fn words_name_the_figures_and_silence_names_its_limits() {
        let none = Word::NoDifferenceSeen { within: Some(0.012) };
        assert_eq!(words(&judged([Word::Helps, Word::Helps, none, none, none])), "helps: lost time, gaps");
        let mixed = judged([Word::Helps, none, none, Word::Hurts, none]);
        assert_eq!(words(&mixed), "helps: lost time; hurts: canary time");
        let wide = Word::NoDifferenceSeen { within: Some(4.2) };
        assert_eq!(
            words(&judged([wide, none, none, none, none])),
            "no difference seen (lost time within a factor of 5.2, canary time ± 1.2 %)"
        );
        let few = Word::NoDifferenceSeen { within: None };
        assert_eq!(words(&judged([few; 5])), "no difference seen (too few repetitions to tell any)");
    }

    #[test]
    fn a_row_holds_every_ratio_with_its_interval() {
        let text = render(&[judged([Word::Helps; 5])], 200);
        let row = text.lines().nth(1).unwrap();
        assert_eq!(row.matches("0.50 [0.41, 0.66]").count(), 4, "{text}");
        assert!(row.contains("0.5000 [0.4100, 0.6600]"), "{text}");
    }
}
