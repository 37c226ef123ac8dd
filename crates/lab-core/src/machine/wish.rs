//! What a definition may want of a knob, and what that means.
//!
//! It knows kinds of values and no knob.

use std::collections::BTreeMap;
use std::fmt;

use super::definition::KnobWish;
use crate::model::{KnobRecord, Warning};

/// The word by which a knob is left alone.
const LEAVE: &str = "leave";

/// Longest word; the kernel's names of governors and preferences are shorter.
const WORD_LENGTH_MAX: usize = 40;

/// A knob that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownKnob<'a> {
    /// Its name.
    pub id: &'a str,
    /// What it is for, one sentence.
    pub why: &'a str,
    /// What may be wanted of it.
    pub takes: Takes,
}

/// Values that a knob takes in place of its own. Each takes [`KnobWish::is_leave`] as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// None: its values follow from the CPUs.
    Own,
    /// Whether what it is named for is on.
    Switch,
    /// A number in its own unit.
    Number {
        /// The least.
        from: i64,
        /// The greatest.
        to: i64,
        /// What is counted, or what the numbers are.
        unit: &'static str,
    },
    /// One of the words that the kernel knows on this machine, in its spelling.
    Word,
}

impl Takes {
    /// Whether the wish can be written at all; the kernel may refuse it yet.
    pub fn admits(self, wish: &KnobWish) -> bool {
        let is_fit = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
        match (self, wish) {
            (_, wish) if wish.is_leave() => true,
            (Self::Switch, KnobWish::Switch(_)) => true,
            (Self::Number { from, to, .. }, KnobWish::Number(number)) => (from..=to).contains(number),
            (Self::Word, KnobWish::Word(word)) => {
                !word.is_empty() && word.len() <= WORD_LENGTH_MAX && word.chars().all(is_fit)
            }
            _ => false,
        }
    }
}

/// In words, after "takes".
impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => write!(f, "\"{LEAVE}\" only"),
            Self::Switch => write!(f, "true, false or \"{LEAVE}\""),
            Self::Number { from, to, unit } => write!(f, "{from} to {to} ({unit}) or \"{LEAVE}\""),
            Self::Word => write!(f, "a word that the kernel offers, or \"{LEAVE}\""),
        }
    }
}

impl KnobWish {
    /// Whether the knob is to be left as the host has it.
    pub fn is_leave(&self) -> bool {
        matches!(self, Self::Word(word) if word == LEAVE)
    }

    /// What is written for it: switches are 1 and 0.
    pub fn to_text(&self) -> String {
        match self {
            Self::Switch(is_on) => u8::from(*is_on).to_string(),
            Self::Number(_) | Self::Word(_) => self.to_string(),
        }
    }
}

/// Every wish that was not fulfilled, by what a session set.
pub fn unmet(wishes: &BTreeMap<String, KnobWish>, tuning: &[KnobRecord]) -> Vec<Warning> {
    let warning = |(knob, wish): (&String, &KnobWish)| {
        let record = tuning.iter().find(|record| record.knob == *knob);
        let why = match record {
            _ if wish.is_leave() => return None,
            None => "this session set nothing".to_owned(),
            Some(KnobRecord { nothing_here: Some(why), .. }) => why.clone(),
            Some(record) => {
                let missing = record.settings.iter().find(|setting| !setting.outcome.is_in_force())?;
                let now = missing.reached.as_deref().unwrap_or("unknown");
                let reason = missing.reason.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
                format!("{} is {now}, {}{reason}", missing.path, missing.outcome.id().replace('_', " "))
            }
        };
        let text = format!("the machine's definition wants {wish}, and that is not in force: {why}");
        Some(Warning::new("knob_wish_not_met", knob, text))
    };
    wishes.iter().filter_map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Setting, SettingOutcome};

    fn word(text: &str) -> KnobWish {
        KnobWish::Word(text.into())
    }

    #[test]
    fn each_kind_takes_its_own_values_and_to_be_left() {
        let number = Takes::Number { from: 1, to: 9, unit: "seconds" };
        for takes in [Takes::Own, Takes::Switch, number, Takes::Word] {
            assert!(takes.admits(&word("leave")), "{takes}");
        }
        assert!(number.admits(&KnobWish::Number(9)) && !number.admits(&KnobWish::Number(10)));
        assert!(
            Takes::Switch.admits(&KnobWish::Switch(false)) && !Takes::Switch.admits(&KnobWish::Number(0))
        );
        assert!(!Takes::Own.admits(&KnobWish::Switch(true)));
    }

    #[test]
    fn a_wish_that_is_not_in_force_is_named_with_what_is() {
        let setting = |outcome, reached: &str| Setting {
            path: "/sys/x".into(),
            original: Some("0".into()),
            wanted: "1".into(),
            reached: Some(reached.into()),
            outcome,
            reason: None,
        };
        let record = |knob: &str, settings, nothing_here: Option<&str>| KnobRecord {
            knob: knob.into(),
            settings,
            nothing_here: nothing_here.map(str::to_owned),
        };
        let tuning = [
            record("kept", Vec::new(), Some("left alone")),
            record("met", vec![setting(SettingOutcome::Set, "1")], None),
            record("absent", Vec::new(), Some("no cpufreq: virtual machine")),
            record(
                "deaf",
                vec![setting(SettingOutcome::Set, "1"), setting(SettingOutcome::NotTaken, "7")],
                None,
            ),
        ];
        let wishes = [
            ("kept", word("leave")),
            ("met", word("a")),
            ("absent", word("b")),
            ("deaf", word("c")),
            ("off", word("d")),
        ];
        let wishes = wishes.map(|(knob, wish)| (knob.to_owned(), wish)).into();
        let told: Vec<String> = unmet(&wishes, &tuning).iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(
            told[0].starts_with("absent: ") && told[0].ends_with("no cpufreq: virtual machine"),
            "{}",
            told[0]
        );
        assert!(told[1].contains("wants c") && told[1].contains("/sys/x is 7, not taken"), "{}", told[1]);
        assert!(told[2].starts_with("off: ") && told[2].contains("set nothing"), "{}", told[2]);
    }

    #[test]
    fn a_word_is_one_word() {
        for good in ["schedutil", "balance_performance", "ondemand2"] {
            assert!(Takes::Word.admits(&word(good)), "{good}");
        }
        let long = "x".repeat(WORD_LENGTH_MAX + 1);
        for bad in ["", "two words", "a\nb", "../x", "a/b", long.as_str()] {
            assert!(!Takes::Word.admits(&word(bad)), "{bad:?}");
        }
    }
}
