//! Takes a profile: each tool in its turn around processes of one benchmark, on one side or two.
//!
//! A tool that is not there or gives nothing costs its own part and is said; a benchmark that does not work costs all.

use std::path::Path;

use lab_core::model::{BenchmarkId, Revision};
use lab_core::profile::{Gap, Part, Reading};

use super::heap::{self, Follower};
use super::kernel;
use super::sample::{self, Sampling};
use super::tool::Tool;
use crate::duel::{Callgrind, Contender, Context, Settings, Sitting, Stopped};

/// What is profiled.
pub struct Subject<'a> {
    /// The benchmark in its executable.
    pub contender: Contender<'a>,
    /// What the side is called.
    pub name: String,
    /// Its source.
    pub revision: Revision,
    /// SHA-256 of the executable, hex.
    pub sha256: Option<String>,
}

/// Which parts a person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// All that can be had.
    All,
    /// These, and nothing is said of the others.
    These {
        /// Call stacks.
        stacks: bool,
        /// The heap.
        heap: bool,
        /// Instructions.
        instructions: bool,
    },
}

/// How it is profiled.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The parts.
    pub choice: Choice,
    /// How stacks are sampled; perf is not looked at when they are not wanted.
    pub sampling: Result<Sampling, super::Missing>,
    /// Where processes run.
    pub settings: &'a Settings,
}

impl Choice {
    /// Whether a part is wanted.
    pub fn wants(self, part: Part) -> bool {
        match (self, part) {
            (Self::All, _) => true,
            (Self::These { stacks, .. }, Part::Stacks) => stacks,
            (Self::These { heap, .. }, Part::Heap) => heap,
            (Self::These { instructions, .. }, Part::Instructions) => instructions,
            (Self::These { .. }, Part::PageFaults | Part::Calls) => false,
        }
    }
}

/// Profiles one side. perf's own record and the like go to `folder`, named with `prefix`. The inner error says that the
/// benchmark does not work, as the second half of a sentence.
///
/// # Errors
/// [`Stopped`].
pub fn take(
    context: &Context<'_>,
    subject: &Subject<'_>,
    wanted: &Wanted<'_>,
    (folder, prefix): (&Path, &str),
    tell: &mut dyn FnMut(&str),
) -> Result<Result<(Reading, Vec<Gap>), String>, Stopped> {
    let sitting = match Sitting::begin(context, &subject.contender, wanted.settings)? {
        Ok(sitting) => sitting,
        Err(why) => return Ok(Err(why)),
    };
    let reading = Reading {
        name: subject.name.clone(),
        revision: subject.revision.clone(),
        sha256: subject.sha256.clone(),
        ..Reading::default()
    };
    let mut taking = Taking { context, sitting: &sitting, folder, tell, reading, gaps: Vec::new() };
    if wanted.choice.wants(Part::Stacks) || wanted.choice.wants(Part::Heap) {
        taking.stacks(wanted, prefix)?;
    }
    if wanted.choice.wants(Part::PageFaults) {
        taking.kernel()?;
    }
    if wanted.choice.wants(Part::Heap) {
        taking.heap()?;
    }
    if wanted.choice.wants(Part::Instructions) {
        taking.instructions()?;
    }
    Ok(Ok((taking.reading, taking.gaps)))
}

/// One side while it is taken.
struct Taking<'a> {
    context: &'a Context<'a>,
    sitting: &'a Sitting<'a>,
    folder: &'a Path,
    tell: &'a mut dyn FnMut(&str),
    reading: Reading,
    gaps: Vec<Gap>,
}

impl Taking<'_> {
    fn tell(&mut self, what: &str) {
        (self.tell)(&format!("{what}  {}", self.reading.name));
    }

    fn lacks(&mut self, part: Part, why: String, advice: Option<String>) {
        let reason = format!("{} {why}", self.benchmark());
        self.gaps.push(Gap { part, reason, advice });
    }

    fn benchmark(&self) -> &BenchmarkId {
        &self.sitting.record().id
    }

    fn stacks(&mut self, wanted: &Wanted<'_>, prefix: &str) -> Result<(), Stopped> {
        let sampling = match &wanted.sampling {
            Ok(sampling) => sampling,
            Err(missing) => {
                if wanted.choice.wants(Part::Stacks) {
                    self.gaps.push(missing.0.gap(Part::Stacks));
                }
                return Ok(());
            }
        };
        self.tell(&format!("sample   {} Hz for {} ms", sampling.hertz, sampling.time_ms));
        let record = self.folder.join(format!("{prefix}perf.data"));
        match sample::sample(self.context, self.sitting, sampling, &record)? {
            Ok(sampled) => {
                self.reading.heap = heap::of_divan(&sampled.measurements);
                self.reading.iteration_ns = sampled.iteration_ns;
                self.reading.stacks = wanted.choice.wants(Part::Stacks).then_some(sampled.stacks);
            }
            // It was only asked whether divan follows the heap.
            Err(_) if !wanted.choice.wants(Part::Stacks) => {}
            Err(why) => {
                let advice = sample::advice(&why);
                self.lacks(Part::Stacks, why, advice);
            }
        }
        Ok(())
    }

    fn kernel(&mut self) -> Result<(), Stopped> {
        self.tell("count    page faults");
        match kernel::page_faults(self.context, self.sitting)? {
            Ok(faults) => self.reading.counts.page_faults = Some(faults),
            Err(why) => self.lacks(Part::PageFaults, why, None),
        }
        let Ok(strace) = Tool::Strace.find() else {
            self.gaps.push(Tool::Strace.gap(Part::Calls));
            return Ok(());
        };
        self.tell("count    system calls");
        match kernel::calls(self.context, self.sitting, &strace, self.folder)? {
            Ok(calls) => self.reading.counts.calls = Some(calls),
            Err(why) => self.lacks(Part::Calls, why, None),
        }
        Ok(())
    }

    fn heap(&mut self) -> Result<(), Stopped> {
        if self.reading.heap.is_some() {
            return Ok(());
        }
        let Some(follower) = Follower::find() else {
            self.gaps.push(Tool::Valgrind.gap(Part::Heap));
            return Ok(());
        };
        self.tell("follow   the heap");
        match heap::follow(self.context, self.sitting, &follower, self.folder)? {
            Ok(heap) => self.reading.heap = Some(heap),
            Err(why) => self.lacks(Part::Heap, why, None),
        }
        Ok(())
    }

    fn instructions(&mut self) -> Result<(), Stopped> {
        let Ok(callgrind) = Callgrind::find() else {
            self.gaps.push(Tool::Valgrind.gap(Part::Instructions));
            return Ok(());
        };
        self.tell("count    instructions");
        match callgrind.count_sitting(self.context, self.sitting)? {
            Ok(counted) => self.reading.instructions = Some(counted),
            Err(why) => self.lacks(Part::Instructions, why, None),
        }
        Ok(())
    }
}
