//! The text of `bench-lab.toml`, checked and turned into a [`Policy`].
//!
//! It passes nothing over: a slip of the pen would otherwise look like a rule that is always kept.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::{Fate, Override, Policy};
use crate::budget::{self, Budget};
use crate::mistake::{Mistake, Problem};
use crate::model::{MetricId, TaintRule};
use crate::toml_tree::{self as tree, Entry};

const TOP: &[&str] = &["compare", "limits", "gate", "baseline", "renamed", "budget"];
const COMPARE: &[&str] = &["alpha", "metric", "leave_out", "allow_differences"];
const LIMITS: &[&str] = &["benchmarks", "margin", "warn", "fail", "block"];
const GATE: &[&str] = &["inconclusive", "removed", "waivers"];
const BASELINE: &[&str] = &["default", "branch"];

/// Reads a policy file: the policy, and the budgets that stand in it.
///
/// # Errors
/// The first mistake of the file, with its line.
pub fn read_policy(text: &str) -> Result<(Policy, Vec<Budget>), Mistake> {
    let parsed = tree::parse(text)?;
    let (mut policy, mut budgets) = (Policy::default(), Vec::new());
    for entry in tree::entries(text, parsed.get_ref()) {
        match entry.key.as_str() {
            "compare" => compare(text, entry.table()?, &mut policy)?,
            "limits" => limits(text, &entry, &mut policy)?,
            "gate" => gate(text, entry.table()?, &mut policy)?,
            "baseline" => baseline(text, entry.table()?, &mut policy)?,
            "renamed" => policy.renamed = names(text, entry.table()?)?,
            "budget" => budgets = budget::read_rows(text, &entry)?,
            _ => return Err(Mistake::unknown(&entry, "", TOP.iter().copied())),
        }
    }
    Ok((policy, budgets))
}

fn compare(text: &str, table: &DeTable<'_>, policy: &mut Policy) -> Result<(), Mistake> {
    for entry in tree::entries(text, table) {
        match entry.key.as_str() {
            "alpha" => policy.alpha = alpha(&entry)?,
            "metric" => policy.metric = Some(MetricId(entry.text()?)),
            "leave_out" => {
                for name in entry.texts()? {
                    policy.leave_out.insert(rule(&entry, &name)?);
                }
            }
            "allow_differences" => policy.allowed_differences = entry.texts()?.into_iter().collect(),
            _ => return Err(Mistake::unknown(&entry, "compare", COMPARE.iter().copied())),
        }
    }
    Ok(())
}

/// At least a ten-thousandth, since no ten processes can be surer, and less than what one would call a chance.
fn alpha(entry: &Entry<'_>) -> Result<f64, Mistake> {
    let share = entry.share()?;
    let is_fit = (0.0001..=0.2).contains(&share);
    is_fit.then_some(share).ok_or_else(|| Mistake::unfit(entry, "lies between 0.01 % and 20 %"))
}

fn rule(entry: &Entry<'_>, name: &str) -> Result<TaintRule, Mistake> {
    TaintRule::ALL.iter().copied().find(|rule| rule.id() == name).ok_or_else(|| {
        let ids: Vec<&str> = TaintRule::ALL.iter().map(|rule| rule.id()).collect();
        Mistake::unfit(entry, format!("{name:?} is no taint rule: {}", ids.join(", ")))
    })
}

/// One table is for all benchmarks; in a list of tables, those without a pattern are.
fn limits(text: &str, entry: &Entry<'_>, policy: &mut Policy) -> Result<(), Mistake> {
    let rows = match entry.table() {
        Ok(_) => vec![Entry { key: entry.key.clone(), line: entry.line, value: entry.value }],
        Err(_) => entry.tables(text)?,
    };
    for row in rows {
        let rows = Rows::of(text, &row, "limits", LIMITS)?;
        let share = |key: &str| rows.get(key).map(Entry::share).transpose();
        let own = Override {
            pattern: rows.get("benchmarks").map(Entry::text).transpose()?.unwrap_or_default(),
            margin: share("margin")?,
            warn: share("warn")?,
            fail: share("fail")?,
            block: share("block")?,
        };
        let mut tried = policy.limits;
        own.lay_over(&mut tried);
        if !(tried.margin < tried.fail && tried.warn <= tried.fail && tried.fail <= tried.block) {
            return Err(Mistake::unfit(&row, "margin, warn, fail and block must rise"));
        }
        if own.pattern.is_empty() { policy.limits = tried } else { policy.overrides.push(own) }
    }
    Ok(())
}

fn gate(text: &str, table: &DeTable<'_>, policy: &mut Policy) -> Result<(), Mistake> {
    for entry in tree::entries(text, table) {
        match entry.key.as_str() {
            "inconclusive" => policy.inconclusive = fate(&entry)?,
            "removed" => policy.removed = fate(&entry)?,
            "waivers" => policy.waivers = Some(entry.text()?),
            _ => return Err(Mistake::unknown(&entry, "gate", GATE.iter().copied())),
        }
    }
    Ok(())
}

fn fate(entry: &Entry<'_>) -> Result<Fate, Mistake> {
    match entry.text()?.as_str() {
        "pass" => Ok(Fate::Pass),
        "fail" => Ok(Fate::Fail),
        other => Err(Mistake::unfit(entry, format!("{other:?} is neither \"pass\" nor \"fail\""))),
    }
}

fn baseline(text: &str, table: &DeTable<'_>, policy: &mut Policy) -> Result<(), Mistake> {
    for entry in tree::entries(text, table) {
        match entry.key.as_str() {
            "default" => policy.default_baseline.any = Some(entry.text()?),
            "branch" => policy.default_baseline.of_branch = names(text, entry.table()?)?,
            _ => return Err(Mistake::unknown(&entry, "baseline", BASELINE.iter().copied())),
        }
    }
    Ok(())
}

fn names(text: &str, table: &DeTable<'_>) -> Result<BTreeMap<String, String>, Mistake> {
    tree::entries(text, table).into_iter().map(|entry| Ok((entry.key.clone(), entry.text()?))).collect()
}

/// The keys of one table, all of them known.
pub(crate) struct Rows<'a> {
    line: usize,
    entries: Vec<Entry<'a>>,
}

impl<'a> Rows<'a> {
    /// Refuses keys that are none of `known`.
    pub(crate) fn of(text: &str, row: &Entry<'a>, table: &str, known: &[&str]) -> Result<Self, Mistake> {
        let entries = tree::entries(text, row.table()?);
        match entries.iter().find(|entry| !known.contains(&entry.key.as_str())) {
            Some(entry) => Err(Mistake::unknown(entry, table, known.iter().copied())),
            None => Ok(Self { line: row.line, entries }),
        }
    }

    /// The entry of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Entry<'a>> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The entry of a key that must be there.
    pub(crate) fn need(&self, key: &'static str, why: &'static str) -> Result<&Entry<'a>, Mistake> {
        self.get(key).ok_or(Mistake { line: self.line, problem: Problem::Missing { key, why } })
    }
}

/// A text that must be there and say something.
pub(crate) fn required(rows: &Rows<'_>, key: &'static str, why: &'static str) -> Result<String, Mistake> {
    let entry = rows.need(key, why)?;
    let text = entry.text()?;
    if text.trim().is_empty() { Err(Mistake::unfit(entry, format!("is empty: {why}"))) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::DECISIVE;
    use crate::model::{BenchmarkId, TargetId};
    use crate::policy::Limits;

    const WHOLE: &str = r#"
[compare]
alpha = "0.5 %"
metric = "wall_ns"
leave_out = ["swapping", "throttled"]
allow_differences = ["rustc.release"]

[[limits]]
margin = "1 %"

[[limits]]
benchmarks = "io"
margin = "3 %"
fail = "40 %"
block = "50 %"

[gate]
inconclusive = "fail"
waivers = "waivers.toml"

[baseline]
default = "main"
branch."release/2" = "v2"

[renamed]
"p/t/new" = "p/t/old"

[[budget]]
benchmarks = "p/t/read"
target = "< 100 us ±20 %"
"#;

    fn refused(text: &str) -> String {
        read_policy(text).unwrap_err().to_string()
    }

    #[test]
    fn a_whole_policy_is_read() {
        let (policy, budgets) = read_policy(WHOLE).unwrap();
        assert_eq!((policy.alpha, policy.limits.margin, policy.limits.fail), (0.005, 0.01, 0.2));
        assert_eq!(policy.leave_out.len(), 2);
        assert!(policy.allowed_differences.contains("rustc.release"));
        assert_eq!((policy.inconclusive, policy.removed), (Fate::Fail, Fate::Pass));
        assert_eq!(policy.default_baseline.of_branch["release/2"], "v2");
        assert_eq!(policy.renamed["p/t/new"], "p/t/old");
        assert_eq!(budgets.len(), 1);
        let ids = ["io/read", "cpu"].map(|path| BenchmarkId::new(TargetId::new("p", "t"), path));
        let [io, cpu] = policy.limits_of(&ids)[..] else { panic!() };
        assert_eq!(io, Limits { margin: 0.03, warn: 0.05, fail: 0.4, block: 0.5 });
        assert_eq!(cpu, Limits { margin: 0.01, ..Limits::default() });
    }

    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(read_policy("").unwrap(), (Policy::default(), Vec::new()));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        assert_eq!(refused("[compare]\nalhpa = \"1 %\"\n"), "line 2: unknown key \"alhpa\" in [compare]");
        assert_eq!(refused("[compare]\nalpha = 1\n"), "line 2: alpha takes a text, and this is an integer");
        assert_eq!(refused("[compare]\nalpha = \"50 %\"\n"), "line 2: alpha: lies between 0.01 % and 20 %");
        assert!(
            refused("[compare]\nleave_out = [\"steel\"]\n").contains("\"steel\" is no taint rule: steal,")
        );
        assert_eq!(
            refused("[limits]\nfail = \"2 %\"\n"),
            "line 1: limits: margin, warn, fail and block must rise"
        );
        assert_eq!(
            refused("[gate]\nremoved = \"ignore\"\n"),
            "line 2: removed: \"ignore\" is neither \"pass\" nor \"fail\""
        );
        let error = read_policy("[gates]\n").unwrap_err();
        assert_eq!(error.nearest(), ["gate"]);
    }

    #[test]
    fn a_fact_that_may_differ_can_be_any_of_those_that_decide() {
        for (name, _) in DECISIVE.iter().filter(|(name, _)| !name.ends_with('.')) {
            let text = format!("[compare]\nallow_differences = [{name:?}]\n");
            assert!(read_policy(&text).unwrap().0.allowed_differences.contains(*name));
        }
    }
}
