//! Jobs of an instance.

use serde::{Deserialize, Serialize};

use super::{Choice, Named};

/// Identical jobs: each is placed by itself, in one way or another, or left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "InFile", into = "InFile")]
pub struct Job {
    /// Name.
    pub name: String,
    /// How many.
    pub count: u32,
    /// What starts together; each group at one site. None when choices are listed.
    pub groups: Vec<Group>,
    /// First slot in which anything of it may begin, its transfers too.
    pub release: u32,
    /// Slot by whose start everything has ended, transfers too.
    pub deadline: u32,
    /// Where a group may run, and what that costs beside capacity, once for each group there.
    /// Absent: at every site, at no such cost.
    pub sites: Option<Named<i64>>,
    /// Data that every site of the run needs before it starts.
    pub inputs: Vec<Input>,
    /// Data that leaves the site of the first group after the run.
    pub outputs: Vec<Output>,
    /// Cost of each slot between the release and the start; of each whole second from time 0 to
    /// the start where choices are listed.
    pub delay: i64,
    /// Cost of leaving one of them out.
    pub unplaced: i64,
    /// Every choice of sites, instead of groups, sites, windows and data (version 2).
    pub choices: Option<Vec<Choice>>,
}

impl Job {
    /// How long the run lasts: as long as its longest group.
    pub fn run_slots(&self) -> u32 {
        let slots = self.groups.iter().map(|group| group.slots);
        slots.max().unwrap_or(0)
    }
}

/// A part of a job that stands at one site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Amount of each kind of capacity.
    pub needs: Named<i64>,
    /// How many slots it runs.
    pub slots: u32,
}

/// Data that a run needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Sites or other nodes that have it. A run there needs no transfer.
    pub from: Vec<String>,
    /// Rate times slots.
    pub volume: i64,
    /// Rates at which it may come; one is taken.
    pub rates: Vec<i64>,
}

/// Data that a run leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Site or other node that is to have it. A run there needs no transfer.
    pub to: String,
    /// Rate times slots.
    pub volume: i64,
    /// Rates at which it may go; one is taken.
    pub rates: Vec<i64>,
}

/// A job as it stands in a file, where one group may be written without its list.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InFile {
    name: String,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<Group>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    needs: Option<Named<i64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    slots: Option<u32>,
    #[serde(default)]
    release: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deadline: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sites: Option<Named<i64>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<Input>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    outputs: Vec<Output>,
    #[serde(default, skip_serializing_if = "is_zero")]
    delay: i64,
    unplaced: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    choices: Option<Vec<Choice>>,
}

fn one() -> u32 {
    1
}

fn is_one(value: &u32) -> bool {
    *value == 1
}

fn is_zero(value: &i64) -> bool {
    *value == 0
}

impl TryFrom<InFile> for Job {
    type Error = &'static str;

    fn try_from(file: InFile) -> Result<Job, &'static str> {
        if file.choices.is_some() {
            return file.listed();
        }
        let deadline = file
            .deadline
            .ok_or("missing field `deadline`; see docs/instance-format.md")?;
        let groups = match (file.groups, file.needs, file.slots) {
            (groups, None, None) if !groups.is_empty() => groups,
            (groups, Some(needs), Some(slots)) if groups.is_empty() => vec![Group { needs, slots }],
            _ => return Err("a job has either `groups`, or both `needs` and `slots`"),
        };
        Ok(Job {
            name: file.name,
            count: file.count,
            groups,
            release: file.release,
            deadline,
            sites: file.sites,
            inputs: file.inputs,
            outputs: file.outputs,
            delay: file.delay,
            unplaced: file.unplaced,
            choices: None,
        })
    }
}

impl InFile {
    /// A job whose choices say everything.
    fn listed(self) -> Result<Job, &'static str> {
        let others = [
            self.groups.is_empty() && self.needs.is_none() && self.slots.is_none(),
            self.release == 0 && self.deadline.is_none() && self.sites.is_none(),
            self.inputs.is_empty() && self.outputs.is_empty(),
        ];
        if others.contains(&false) {
            return Err(
                "a job with `choices` has no `groups`, `needs`, `slots`, `release`, \
                        `deadline`, `sites`, `inputs` or `outputs`; its choices say all that",
            );
        }
        Ok(Job {
            name: self.name,
            count: self.count,
            groups: Vec::new(),
            release: 0,
            deadline: 0,
            sites: None,
            inputs: Vec::new(),
            outputs: Vec::new(),
            delay: self.delay,
            unplaced: self.unplaced,
            choices: self.choices,
        })
    }
}

impl From<Job> for InFile {
    fn from(mut job: Job) -> InFile {
        let alone = (job.groups.len() == 1).then(|| job.groups.remove(0));
        let (needs, slots) = alone.map(|group| (group.needs, group.slots)).unzip();
        InFile {
            name: job.name,
            count: job.count,
            groups: job.groups,
            needs,
            slots,
            release: job.release,
            deadline: job.choices.is_none().then_some(job.deadline),
            sites: job.sites,
            inputs: job.inputs,
            outputs: job.outputs,
            delay: job.delay,
            unplaced: job.unplaced,
            choices: job.choices,
        }
    }
}
