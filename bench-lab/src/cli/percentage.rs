//! Percentages as people type them: `1%` or `1`.
//!
//! It takes any size; what lies too high or too low is for the flag to say.

/// A percentage as typed, `1%` or `1`, as a share; of any size.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let percentage: f64 =
        text.trim_end_matches('%').trim().parse().map_err(|_| "this is no number".to_owned())?;
    Ok(percentage / 100.0)
}
