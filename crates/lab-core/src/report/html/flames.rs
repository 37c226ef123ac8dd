//! Flame graphs out of SVG files: their frames are read as numbers and names, and drawn anew.
//!
//! Nothing of a file's markup is taken over: a script, a link or a style in it ends here.

use crate::model::BenchmarkId;

/// Frames narrower than this share of the whole are left out; at 1,200 units they are less than one wide.
const SHARE_MIN: f64 = 0.0008;

/// One flame graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Flame {
    /// The file's name.
    pub name: String,
    /// The benchmark that it is of; absent for a file that says nothing of it.
    pub benchmark: Option<BenchmarkId>,
    /// Where it comes from and how close it is to what was measured, as a clause; empty for a file.
    pub note: String,
    /// From the root up, each level from the left.
    pub frames: Vec<Frame>,
    /// Frames that were too narrow to show.
    pub left_out_count: usize,
}

/// One function in one place of the stacks.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Where it begins, as a share of the whole.
    pub begin: f64,
    /// How wide it is, as a share of the whole.
    pub width: f64,
    /// 0 for the root.
    pub depth: usize,
    /// The function with what the file says of its samples.
    pub title: String,
    /// Red, green and blue as the file has it: in a differential graph the colour says which way it changed.
    pub colour: Option<[u8; 3]>,
}

/// Why a file is no flame graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlameError {
    /// It has no element that looks like a frame.
    #[error(
        "{name} holds no frames of a flame graph: an SVG file as inferno or flamegraph.pl writes it is wanted"
    )]
    NoFrames {
        /// The file's name.
        name: String,
    },
}

/// A rectangle with its title, in the file's own units.
struct Raw {
    x: f64,
    y: f64,
    width: f64,
    title: String,
    colour: Option<[u8; 3]>,
}

impl Flame {
    /// Reads the frames of an SVG file: each is a `<title>` followed by a `<rect>`.
    ///
    /// # Errors
    /// [`FlameError::NoFrames`].
    pub fn read(name: &str, svg: &str) -> Result<Self, FlameError> {
        let raw = rectangles(svg);
        let no_frames = || FlameError::NoFrames { name: name.into() };
        let begin = raw.iter().map(|raw| raw.x).fold(f64::INFINITY, f64::min);
        let end = raw.iter().map(|raw| raw.x + raw.width).fold(f64::NEG_INFINITY, f64::max);
        let whole = end - begin;
        if !(whole.is_finite() && whole > 0.0) {
            return Err(no_frames());
        }
        let mut rows: Vec<f64> = raw.iter().map(|raw| raw.y).collect();
        rows.sort_by(f64::total_cmp);
        rows.dedup();
        // Of the widest frame the stacks begin; an icicle has it on top.
        let root = raw.iter().max_by(|one, two| one.width.total_cmp(&two.width)).ok_or_else(no_frames)?;
        if rows.last().is_some_and(|last| (root.y - last).abs() < (root.y - rows[0]).abs()) {
            rows.reverse();
        }
        let count = raw.len();
        let mut frames: Vec<Frame> = raw
            .into_iter()
            .filter(|raw| raw.width / whole >= SHARE_MIN)
            .map(|raw| Frame {
                begin: (raw.x - begin) / whole,
                width: raw.width / whole,
                depth: rows.iter().position(|row| *row == raw.y).unwrap_or(0),
                title: raw.title,
                colour: raw.colour,
            })
            .collect();
        frames.sort_by(|one, two| one.depth.cmp(&two.depth).then(one.begin.total_cmp(&two.begin)));
        let left_out_count = count - frames.len();
        Ok(Self { name: name.into(), benchmark: None, note: String::new(), left_out_count, frames })
    }

    /// The same without all but the widest frames, and without what stands on those that go.
    pub fn narrowed(mut self, count_max: usize) -> Self {
        let mut widths: Vec<f64> = self.frames.iter().map(|frame| frame.width).collect();
        widths.sort_by(|one, two| two.total_cmp(one));
        if let Some(least) = widths.get(count_max) {
            // A frame is no wider than what it stands on, so nothing is left in the air.
            let before = self.frames.len();
            self.frames.retain(|frame| frame.width > *least);
            self.left_out_count += before - self.frames.len();
        }
        self
    }

    /// The same as that of a benchmark, with what is to be said of its origin.
    pub fn of_benchmark(self, benchmark: BenchmarkId, note: String) -> Self {
        Self { benchmark: Some(benchmark), note, ..self }
    }
}

fn rectangles(svg: &str) -> Vec<Raw> {
    let mut found = Vec::new();
    let mut rest = svg;
    while let Some(at) = rest.find("<title>") {
        rest = &rest[at + "<title>".len()..];
        let Some(end) = rest.find("</title>") else { break };
        let (title, behind) = (&rest[..end], &rest[end..]);
        // The rectangle of a title stands before the next title.
        let own = &behind[..behind.find("<title>").unwrap_or(behind.len())];
        found.extend(rectangle(title, own));
        rest = behind;
    }
    found
}

fn rectangle(title: &str, own: &str) -> Option<Raw> {
    let tag = &own[own.find("<rect")?..];
    let tag = &tag[..tag.find('>')?];
    let number = |name: &str| {
        attribute(tag, name)?.trim_end_matches('%').parse::<f64>().ok().filter(|n| n.is_finite())
    };
    Some(Raw {
        x: number("x")?,
        y: number("y")?,
        width: number("width").filter(|width| *width > 0.0)?,
        title: unescaped(title.trim()),
        colour: attribute(tag, "fill").and_then(colour),
    })
}

/// The value of an attribute of a tag; ` x=` is not found in ` fg:x=`.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let begin = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = &tag[begin..];
    Some(&value[..value.find('"')?])
}

/// `rgb(1,2,3)`, and nothing else that may stand in a fill.
fn colour(text: &str) -> Option<[u8; 3]> {
    let inner = text.strip_prefix("rgb(")?.strip_suffix(')')?;
    let parts: Vec<u8> = inner.split(',').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    parts.try_into().ok()
}

/// The five entities of XML; others stay as they are written.
fn unescaped(text: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As inferno writes it, with what a hostile file would add.
    const SVG: &str = r#"<svg version="1.1" width="1200" onload="init(evt)" xmlns:fg="http://github.com/jonhoo/inferno">
<script><![CDATA[fetch('http://evil')]]></script><title>Flame Graph</title>
<svg id="frames" x="10" width="1180" total_samples="100">
<g><title>all (100 samples, 100%)</title><rect x="0.0000%" y="69" width="100.0000%" height="15" fill="rgb(227,0,7)" fg:x="0" fg:w="100"/><text x="0.2500%" y="79.50"></text></g>
<g><title>Vec&lt;u8&gt;::push &lt;/script&gt;&lt;img onerror=alert(1)&gt; (60 samples, 60%)</title><rect x="10.0000%" y="53" width="60.0000%" height="15" fill="url(http://evil)" fg:x="10" fg:w="60"/></g>
<g><title>tiny (0.01%)</title><rect x="1%" y="53" width="0.01%" fill="rgb(1,2,3)"/></g>
</svg></svg>"#;

    #[test]
    fn frames_are_read_as_numbers_and_names_and_the_root_is_the_widest() {
        let flame = Flame::read("a.svg", SVG).unwrap();
        assert_eq!((flame.frames.len(), flame.left_out_count), (2, 1));
        let [root, push] = flame.frames.as_slice() else { panic!("{flame:?}") };
        assert_eq!((root.depth, root.begin, root.width, root.colour), (0, 0.0, 1.0, Some([227, 0, 7])));
        assert_eq!((push.depth, push.begin, push.width, push.colour), (1, 0.1, 0.6, None));
        assert!(push.title.starts_with("Vec<u8>::push </script><img onerror"));
    }

    #[test]
    fn a_file_without_frames_is_refused_with_its_name() {
        for odd in
            ["", "<svg></svg>", "<title>a</title>", "<title>a</title><rect x=\"1\" y=\"NaN\" width=\"2\"/>"]
        {
            let error = Flame::read("odd.svg", odd).unwrap_err().to_string();
            assert!(error.starts_with("odd.svg holds no frames"), "{odd}");
        }
    }
}
