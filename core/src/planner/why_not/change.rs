//! One change to a job, or to the network, that a rule in the way asks for.

use std::sync::Arc;

use crate::command::Command;
use crate::model::{AcceleratorFamily, Job, JobSpec, SiteId, SiteMode, TaskGroup};
use crate::state::State;
use crate::steering;

macro_rules! levers {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// What a change is made to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Lever {
            $($(#[$doc])* $name,)*
        }

        impl Lever {
            /// Every lever there is.
            pub const ALL: &'static [Lever] = &[$(Lever::$name),*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Lever::$name => $code),* }
            }
        }
    };
}

levers! {
    /// The job's security level, 1 to 4.
    SecurityLevel = "security_level";
    /// An entry of the job's list of regions.
    Region = "region";
    /// An entry of the job's list of sites.
    SiteEntry = "site";
    /// An entry of the job's list of carriers.
    Carrier = "carrier";
    /// The site is opened.
    OpenSite = "open_site";
    /// The site's agent is heard again.
    HearSite = "hear_site";
    /// The latency limit of a demand region, in microseconds.
    Latency = "latency";
    /// The group's architecture.
    Architecture = "architecture";
    /// An entry of the group's list of accelerator families.
    Family = "accelerator_family";
    /// An entry of the group's list of accelerator models, or of its throughput table.
    Model = "accelerator_model";
    /// Cores of one task, in thousandths.
    Cores = "cores";
    /// Memory of one task, in MiB.
    Memory = "memory";
    /// Accelerators of one task.
    Accelerators = "accelerators";
    /// Tasks of the group.
    Tasks = "tasks";
    /// The job's deadline, in milliseconds of the network's time.
    Deadline = "deadline";
    /// The job waits, until a moment in milliseconds of the network's time.
    Wait = "wait";
    /// A replica of a data set or image.
    Replica = "replica";
    /// The lowest share of renewables, in thousandths.
    GreenFloor = "green_floor";
    /// Steady traffic of a service, in bits per second.
    Bandwidth = "bandwidth";
    /// Copies of stored data, or sites of a service.
    Sites = "sites";
    /// The least distance of copies, in kilometres.
    Distance = "distance";
    /// A result stays where the job ran and is not delivered.
    KeepResult = "keep_result";
    /// The policy no longer keeps the class of work away from the site.
    Steering = "steering";
}

/// One change. `from` and `to` are in the lever's unit, and equal where it has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// To what.
    pub lever: Lever,
    /// The region, list entry, data set, architecture or class of work that it names; empty where
    /// none is.
    pub name: String,
    /// Position of the task group it is made to.
    pub group: Option<u32>,
    /// The site it is made to, or at.
    pub site: Option<SiteId>,
    /// Before.
    pub from: i64,
    /// After.
    pub to: i64,
}

impl Change {
    pub(super) fn of(lever: Lever, name: &str) -> Change {
        Change {
            lever,
            name: name.to_owned(),
            group: None,
            site: None,
            from: 0,
            to: 0,
        }
    }

    pub(super) fn number(lever: Lever, from: i64, to: i64) -> Change {
        Change {
            from,
            to,
            ..Change::of(lever, "")
        }
    }

    pub(super) fn in_group(self, group: usize) -> Change {
        Change {
            group: Some(group as u32),
            ..self
        }
    }

    pub(super) fn at(self, site: SiteId) -> Change {
        Change {
            site: Some(site),
            ..self
        }
    }

    /// The same change with another result.
    pub(super) fn to(&self, to: i64) -> Change {
        Change { to, ..self.clone() }
    }

    /// Makes the change to a copy of the state and of the job. Does nothing where what it names
    /// is not there.
    pub fn apply(&self, state: &mut State, job: &mut Job) {
        let command = match (self.lever, self.site) {
            (Lever::OpenSite, Some(site)) => Some(Command::SetSiteMode {
                site,
                mode: SiteMode::Open,
            }),
            (Lever::HearSite, Some(site)) => Some(Command::Refreshed(vec![site])),
            (Lever::Replica, Some(site)) => replica(state, &self.name, site),
            (Lever::Steering, Some(site)) => Some(Command::SetPolicy {
                policy: steering::without_rules(state, &job.spec, site),
                replaces: None,
            }),
            _ => None,
        };
        match command {
            Some(command) => {
                let (index, now_ms) = (state.index(), state.now_ms());
                state.apply(index, now_ms, &command);
            }
            None => self.apply_to(Arc::make_mut(&mut job.spec)),
        }
    }

    fn apply_to(&self, spec: &mut JobSpec) {
        let name = || self.name.clone();
        let (small, to) = (u32::try_from(self.to).unwrap_or(0), self.to);
        match self.lever {
            Lever::SecurityLevel => spec.mlps_level = small,
            Lever::Region => spec.regions.push(name()),
            Lever::SiteEntry => spec.sites.push(name()),
            Lever::Carrier => spec.carriers.push(name()),
            Lever::Latency => {
                let mut limits = spec.latency_limits.iter_mut();
                let limit = limits
                    .find(|limit| limit.region == self.name && limit.one_way_us_max == self.from);
                if let Some(limit) = limit {
                    limit.one_way_us_max = to;
                }
            }
            Lever::Deadline => spec.deadline_ms = Some(to),
            Lever::Wait => spec.release_ms = to,
            Lever::GreenFloor => spec.green_floor_permille = small,
            Lever::Bandwidth => {
                if let Some(service) = &mut spec.service {
                    service.bandwidth_bps = to;
                }
            }
            Lever::Sites => fewer_sites(spec, small),
            Lever::Distance => {
                if let Some(storage) = &mut spec.storage {
                    storage.distance_km_min = to;
                }
            }
            Lever::KeepResult => {
                let mut outputs = spec.outputs.iter_mut();
                if let Some(output) = outputs.find(|output| output.dataset == self.name) {
                    output.deliver_to.clear();
                }
            }
            Lever::OpenSite | Lever::HearSite | Lever::Replica | Lever::Steering => {}
            _ => {
                let group = self.group.unwrap_or(0) as usize;
                if let Some(group) = spec.groups.get_mut(group) {
                    self.apply_to_group(group);
                }
            }
        }
    }

    fn apply_to_group(&self, group: &mut TaskGroup) {
        match self.lever {
            Lever::Architecture => self.name.clone_into(&mut group.architecture),
            Lever::Family => {
                let family = AcceleratorFamily::ALL.into_iter();
                let family = family.filter(|family| family.name() == self.name);
                group.accelerator_families.extend(family);
            }
            Lever::Model => {
                if !group.accelerator_models.is_empty() {
                    group.accelerator_models.push(self.name.clone());
                }
                if !group.throughput_permille.is_empty() {
                    let table = &mut group.throughput_permille;
                    table.entry(self.name.clone()).or_insert(1000);
                }
            }
            Lever::Cores => group.resources.cpu_millis = self.to,
            Lever::Memory => group.resources.memory_mib = self.to,
            Lever::Accelerators => group.resources.accelerators = self.to,
            Lever::Tasks => group.count = u32::try_from(self.to).unwrap_or(0),
            _ => {}
        }
    }
}

/// Copies that are left out take their groups with them; a service keeps all its replicas.
fn fewer_sites(spec: &mut JobSpec, sites: u32) {
    if let Some(storage) = &mut spec.storage {
        storage.copies = sites;
        spec.groups.truncate(sites.max(1) as usize);
    }
    if let Some(service) = &mut spec.service {
        service.spread_sites_min = sites;
    }
}

fn replica(state: &State, name: &str, site: SiteId) -> Option<Command> {
    if let Some(known) = state.datasets().get(name) {
        let mut dataset = (**known).clone();
        dataset.sites.insert(site);
        return Some(Command::RegisterDataset(dataset));
    }
    let mut image = (**state.images().get(name)?).clone();
    image.sites.insert(site);
    Some(Command::RegisterImage(image))
}
