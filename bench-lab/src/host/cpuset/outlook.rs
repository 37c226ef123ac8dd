//! How benchmarks are set apart now, and what a Run would ask for: for people who look.
//!
//! It reads and makes nothing.

use lab_core::cpuset::{Partition, Seats, Version};
use serde_json::{Value, json};

use super::group::choose;
use super::name::GroupIntent;
use crate::host::journal::Recorded;
use crate::host::session::Files;
use crate::host::sysfs::{Absence, SysRoot};

/// What is there and what could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// The groups of a session that is not over, or left them.
    pub groups: Vec<GroupStanding>,
    /// What a Run with the rights for it asks for.
    pub offer: Result<Offer, Absence>,
}

/// A group of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupStanding {
    /// The folder.
    pub path: String,
    /// The CPUs that it was to have.
    pub wanted_cpus: String,
    /// What `cpuset.cpus.partition` says, or `cpuset.cpus` in version 1; or why neither can be read.
    pub now: Result<String, String>,
}

/// What a host offers to benchmarks with one thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The folder that a group would be made in.
    pub home: String,
    /// The best that is asked for; absent in version 1.
    pub partition: Option<Partition>,
    /// What is left out, and why; absent when nothing is.
    pub renounced: Option<String>,
}

/// Looks.
pub fn look(files: &dyn Files, root: &SysRoot, seats: &Seats<'_>, recorded: Option<&Recorded>) -> Outlook {
    let intents = recorded.map(|recorded| recorded.groups.as_slice()).unwrap_or_default();
    let groups = intents.iter().map(|intent| standing(files, root, intent)).collect();
    let offer = choose(root, seats, None).map(|(wish, hierarchy)| Offer {
        home: hierarchy.home,
        partition: wish.partitions.first().copied(),
        renounced: wish.renounced,
    });
    Outlook { groups, offer }
}

fn standing(files: &dyn Files, root: &SysRoot, intent: &GroupIntent) -> GroupStanding {
    let name = match intent.version {
        Version::V1 => "cpuset.cpus",
        Version::V2 => "cpuset.cpus.partition",
    };
    let now = files.read(&root.path(&intent.file(name)));
    GroupStanding {
        path: intent.path.clone(),
        wanted_cpus: intent.cpus.clone(),
        now: now.map(|text| text.trim().to_owned()).map_err(|error| error.to_string()),
    }
}

impl Outlook {
    /// For people: a line for each group, else what could be.
    pub fn to_text(&self) -> String {
        let groups = self.groups.iter().map(|group| {
            let now = group.now.clone().unwrap_or_else(|why| format!("? {why}"));
            format!("cpuset  {} for CPUs {}: {now}\n", group.path, group.wanted_cpus)
        });
        let text: String = groups.collect();
        if !text.is_empty() {
            return text;
        }
        match &self.offer {
            Err(why) => format!("cpuset  nothing here: {why}\n"),
            Ok(offer) => {
                let what = match offer.partition {
                    Some(Partition::Member) | None => "a group that confines benchmarks".to_owned(),
                    Some(partition) => format!("a partition of kind {partition}"),
                };
                let less = offer.renounced.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
                format!("cpuset  for the time of a Run {what} in {}{less}\n", offer.home)
            }
        }
    }

    /// For `--json`.
    pub fn to_value(&self) -> Value {
        let groups: Vec<Value> = self
            .groups
            .iter()
            .map(|group| {
                let (now, unreadable) = (group.now.as_ref().ok(), group.now.as_ref().err());
                json!({"path": group.path, "cpus": group.wanted_cpus, "now": now, "unreadable": unreadable})
            })
            .collect();
        let offer = self.offer.as_ref().ok().map(|offer| {
            let partition = offer.partition.map(Partition::id);
            json!({"home": offer.home, "partition": partition, "renounced": offer.renounced})
        });
        json!({"groups": groups, "offer": offer, "nothing_here": self.offer.as_ref().err()})
    }
}
