//! Verdicts as JSON.
//!
//! Names here are part of the interface.

use serde_json::{Value, json};

use super::verdict::{Effect, Judged, Word};

/// One subject.
pub fn render(judged: &Judged) -> Value {
    let effects: Vec<Value> = judged.effects.iter().map(effect).collect();
    json!({"subject": judged.subject, "effects": effects})
}

fn effect(effect: &Effect) -> Value {
    let within = match effect.word {
        Word::NoDifferenceSeen { within } => within,
        Word::Helps | Word::Hurts => None,
    };
    json!({
        "figure": effect.figure.id(),
        "ratio": effect.ratio,
        "interval": effect.interval.map(|(lower, upper)| json!([lower, upper])),
        "level": 0.95,
        "p_adjusted": effect.p,
        "word": effect.word.id(),
        "within": within,
    })
}
