//! A profile for people: one line per figure, then where the time goes, or where more of it went.
//!
//! It says of every time that it was taken under a profiler, and of every part that is missing why.

use super::hot::{Hot, Shift, hot, shifts};
use super::reading::{Profile, Reading};
use crate::report::number::{alike, counted, percent, quantity};
use crate::report::table::{elide, lay_out};

/// Functions that are listed before the rest is summed up.
const FUNCTIONS_SHOWN: usize = 12;

/// Functions that are listed with a share below this are summed up.
const SHARE_SHOWN: f64 = 0.005;

/// System calls that are named.
const CALLS_SHOWN: usize = 4;

/// A process that ran for less than this share of its time waited, and its samples do not show for what.
const BUSY_MIN: f64 = 0.9;

/// Renders for a terminal of `width` columns.
pub fn render(profile: &Profile, width: usize) -> String {
    let mut lines = vec![head(profile)];
    lines.extend(figures(&profile.readings, width));
    match profile.readings.as_slice() {
        [one] => lines.extend(hottest(one, width)),
        [baseline, candidate] => {
            lines.extend(moved(baseline, candidate, width));
            lines.extend(overall(candidate, width));
        }
        _ => {}
    }
    for (reading, side) in profile.readings.iter().zip(sides(&profile.readings)) {
        lines.extend(waiting(reading, side));
    }
    if !profile.gaps.is_empty() {
        lines.push(String::new());
    }
    for gap in &profile.gaps {
        let advice = gap.advice.as_ref().map_or_else(String::new, |advice| format!("; {advice}"));
        lines.push(format!("{}: {}{advice}", gap.part.words(), gap.reason));
    }
    lines.join("\n") + "\n"
}

fn head(profile: &Profile) -> String {
    let mut sampled = profile.readings.iter().filter_map(|reading| reading.stacks.as_ref());
    let counts: Vec<String> = sampled.clone().map(|stacks| stacks.sample_count().to_string()).collect();
    let samples = sampled.next_back().map_or_else(String::new, |stacks| {
        format!("   {} samples of {}", counts.join(" and "), stacks.event)
    });
    let cpus: Vec<String> = profile.cpus.iter().map(ToString::to_string).collect();
    let pinned = if cpus.is_empty() { String::new() } else { format!(", pinned to CPU {}", cpus.join(",")) };
    let names: Vec<&str> = profile.readings.iter().map(|reading| reading.name.as_str()).collect();
    let sides = match names[..] {
        [baseline, candidate] => format!("\nbaseline {baseline}, candidate {candidate}"),
        _ => String::new(),
    };
    format!("{}{samples}{pinned}{sides}", profile.benchmark)
}

/// A line of the table of figures: its name, the unit, and how a reading has it.
type Figure = (&'static str, &'static str, fn(&Reading) -> Option<f64>);

const FIGURES: [Figure; 8] = [
    ("time an iteration", "ns", |reading| reading.iteration_ns),
    ("  on a processor", "ns", |reading| reading.busy_share().and_then(|_| reading.cpu_iteration_ns())),
    ("instructions", "count", |reading| Some(reading.instructions?.instructions)),
    ("page faults", "count", |reading| reading.counts.page_faults),
    ("system calls", "count", Reading::call_count),
    ("allocations", "count", |reading| Some(reading.heap.as_ref()?.allocation_count)),
    ("  bytes", "bytes", |reading| reading.heap.as_ref()?.allocated_bytes),
    ("  left behind", "bytes", |reading| reading.heap.as_ref()?.grown_bytes),
];

fn figures(readings: &[Reading], width: usize) -> Vec<String> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (name, unit, read) in FIGURES {
        let values: Vec<Option<f64>> = readings.iter().map(read).collect();
        if values.iter().all(Option::is_none) {
            continue;
        }
        let mut row = vec![name.to_owned()];
        match values[..] {
            [Some(one), Some(two)] => {
                row.extend(alike([one, two].map(tidy), unit).map(|shown| bare(&shown)));
                row.push(difference(one, two, unit));
            }
            _ => {
                row.extend(values.iter().map(|value| {
                    value.map_or_else(|| "-".into(), |value| bare(&quantity(tidy(value), unit)))
                }))
            }
        }
        rows.push(row);
    }
    if readings.len() == 2 && !rows.is_empty() {
        rows.insert(0, ["", "baseline", "candidate", ""].map(String::from).to_vec());
    }
    let mut lines = lay_out(&rows, width);
    let sides = || readings.iter().zip(sides(readings));
    lines.extend(sides().filter_map(|(reading, side)| named_calls(reading, side)));
    lines.extend(sides().filter_map(|(reading, side)| peak(reading, side)));
    lines
}

/// What is less than this of an iteration is the harness's, whose own lists grow now and then.
const OWN_MIN: f64 = 0.005;

/// A slope of counts is whole where the benchmark does the same each time.
fn tidy(value: f64) -> f64 {
    let is_whole = (value - value.round()).abs() < 1e-6;
    // The zero that is added takes a sign off.
    if is_whole || value.abs() < OWN_MIN { value.round() + 0.0 } else { value }
}

/// Counts have no unit that needs to be said.
fn bare(shown: &str) -> String {
    shown.strip_suffix(" count").unwrap_or(shown).to_owned()
}

fn difference(one: f64, two: f64, unit: &str) -> String {
    let delta = tidy(two - one);
    if delta == 0.0 {
        return "same".into();
    }
    let sign = if delta > 0.0 { "+" } else { "-" };
    // Ten times as much is no matter of per cent.
    let share = Some((delta / one).abs()).filter(|share| *share <= 10.0);
    let share = share.map_or_else(String::new, |share| format!("  {sign}{}", percent(share)));
    format!("{sign}{}{share}", bare(&quantity(delta.abs(), unit)))
}

fn named_calls(reading: &Reading, side: &str) -> Option<String> {
    let calls = reading.counts.calls.as_ref()?;
    let mut calls: Vec<(&String, f64)> =
        calls.iter().map(|(name, count)| (name, *count)).filter(|(_, count)| *count >= 0.01).collect();
    calls.sort_by(|one, two| two.1.total_cmp(&one.1).then_with(|| one.0.cmp(two.0)));
    let shown: Vec<String> = calls
        .iter()
        .take(CALLS_SHOWN)
        .map(|(name, count)| format!("{name} {}", bare(&quantity(tidy(*count), "count"))))
        .collect();
    let more = calls.len().saturating_sub(CALLS_SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!shown.is_empty()).then(|| format!("calls{side}: {}{more}", shown.join(", ")))
}

fn peak(reading: &Reading, side: &str) -> Option<String> {
    let heap = reading.heap.as_ref()?;
    let whose = if heap.source == "divan" { "a sample" } else { "the process, its harness included" };
    let peak = quantity(heap.peak_bytes?, "bytes");
    Some(format!("heap{side}: at most {peak} at once in {whose} (by {})", heap.source))
}

/// How each reading is told from the other, where there are two.
fn sides(readings: &[Reading]) -> [&'static str; 2] {
    if readings.len() > 1 { [" of the baseline", " of the candidate"] } else { [""; 2] }
}

fn hottest(reading: &Reading, width: usize) -> Vec<String> {
    let Some(stacks) = &reading.stacks else { return Vec::new() };
    let mut lines = vec![String::new()];
    let (rows, rest) = cut(hot(stacks));
    let iteration_ns = reading.cpu_iteration_ns();
    let time = |share: f64| iteration_ns.map_or_else(String::new, |ns| quantity(ns * share, "ns"));
    let mut cells = vec![["own", "total", "an iteration", "function"].map(String::from)];
    cells.extend(rows.iter().map(|row| {
        [percent(row.own), percent(row.total), time(row.own), named(&row.function, row.caller.as_deref())]
    }));
    lines.extend(columns(&cells, width));
    lines.extend(rest);
    lines
}

/// The rows that are worth a line, and what the others are together.
fn cut(rows: Vec<Hot>) -> (Vec<Hot>, Option<String>) {
    let shown = rows.iter().take(FUNCTIONS_SHOWN).take_while(|row| row.own >= SHARE_SHOWN).count();
    let rest = &rows[shown..];
    let share: f64 = rest.iter().map(|row| row.own).sum();
    let said = (!rest.is_empty())
        .then(|| format!("{}  in {}", percent(share), counted(rest.len(), "other function")));
    (rows[..shown].to_vec(), said)
}

fn moved(baseline: &Reading, candidate: &Reading, width: usize) -> Vec<String> {
    let (Some(one), Some(two)) = (&baseline.stacks, &candidate.stacks) else { return Vec::new() };
    let times = (baseline.cpu_iteration_ns(), candidate.cpu_iteration_ns());
    let (Some(before), Some(after)) = times else { return Vec::new() };
    let rows = shifts([one, two], [before, after]);
    let whole = after - before;
    let word = if whole > 0.0 { "extra" } else { "saved" };
    let mut lines = vec![
        String::new(),
        format!(
            "where the {word} {} on a processor went (own time, both sides scaled to one iteration)",
            quantity(whole.abs(), "ns")
        ),
    ];
    // What moves less than this of an iteration is not told from how samples fall.
    let floor = after.max(before) * SHARE_SHOWN;
    let shown = rows.iter().take(FUNCTIONS_SHOWN).take_while(|row| row.delta_ns().abs() >= floor).count();
    let cells: Vec<[String; 4]> = rows[..shown].iter().map(|row| shift_cells(row, whole)).collect();
    lines.extend(columns(&cells, width));
    if let Some(rest) = rows.get(shown..).filter(|rest| !rest.is_empty()) {
        let sum: f64 = rest.iter().map(Shift::delta_ns).sum();
        let others = counted(rest.len(), "other function");
        lines.push(format!("{}  in {others}, each less than {}", signed(sum), quantity(floor, "ns")));
    }
    lines
}

fn shift_cells(row: &Shift, whole: f64) -> [String; 4] {
    let share = row.delta_ns() / whole;
    // Beyond that the sum of ups and downs says nothing about its parts.
    let share = if (0.0..=2.0).contains(&share) { percent(share) } else { String::new() };
    [signed(row.delta_ns()), share, String::new(), named(&row.function, row.caller.as_deref())]
}

fn signed(ns: f64) -> String {
    let sign = if ns < 0.0 { "-" } else { "+" };
    format!("{sign}{}", quantity(ns.abs(), "ns"))
}

fn overall(candidate: &Reading, width: usize) -> Option<String> {
    let rows = hot(candidate.stacks.as_ref()?);
    let shown: Vec<String> =
        rows.iter().take(3).map(|row| format!("{} {}", elide(&row.function, 60), percent(row.own))).collect();
    Some(elide(&format!("hot overall: {}", shown.join(" · ")), width.max(60)))
}

fn named(function: &str, caller: Option<&str>) -> String {
    caller.map_or_else(|| function.to_owned(), |caller| format!("{function}  <- {caller}"))
}

/// Three columns of figures, then a name that takes what is left.
fn columns(rows: &[[String; 4]], width: usize) -> Vec<String> {
    let widest = |column: usize| {
        rows.iter().map(|row| unicode_width::UnicodeWidthStr::width(row[column].as_str())).max().unwrap_or(0)
    };
    let widths = [widest(0), widest(1), widest(2)];
    let taken: usize = widths.iter().filter(|width| **width > 0).map(|width| width + 2).sum();
    rows.iter()
        .map(|row| {
            let figures: String = (0..3)
                .filter(|column| widths[*column] > 0)
                .map(|column| {
                    let own = unicode_width::UnicodeWidthStr::width(row[column].as_str());
                    format!("{}{}  ", " ".repeat(widths[column] - own), row[column])
                })
                .collect();
            format!("{figures}{}", elide(&row[3], width.saturating_sub(taken).max(40)))
        })
        .collect()
}

fn waiting(reading: &Reading, side: &str) -> Option<String> {
    let busy = reading.busy_share().filter(|busy| *busy < BUSY_MIN)?;
    Some(format!(
        "time off a processor{side}: {}; it waited, or others ran, and samples show only the rest",
        percent(1.0 - busy)
    ))
}
