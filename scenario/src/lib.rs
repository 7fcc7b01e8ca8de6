//! Scenario, instance, policy and job files of ewc, and the built-in national scenario.
//!
//! Files carry human units (`"16GiB"`, `"1h30m"`, `"400Gbps"`); this crate turns them into the
//! integers of [`ewc_core::model`] once, at the edge, and says in words what is wrong with a file.
//! It keeps no state, asks no clock and opens no connection.
//!
//! * [`job_file`]: what an owner writes; see `scenario/examples/jobs`.
//! * [`validate`](fn@validate): the rules a job must keep whatever door it came through.
//! * [`network`]: sites, links, demand regions and the policy; see `scenario/data/national.toml`.
//! * [`energy`]: the generator of hourly energy figures, which agents and simulators share.
//! * [`BatchSite`]: a machine with a queue and a log; see `scenario/examples/sites`.
//! * [`RunFile`]: what `ewc-sim run` runs, a [`BatchSite`] or a [`NetworkRun`].
//! * [`instance`]: planning problems in a file, and the plans that answer them.
//! * [`mod@national`]: the built-in scenario of the eight national hubs and ten clusters.

mod batch_site;
mod edit;
pub mod energy;
mod error;
mod growth_costs;
pub mod instance;
pub mod job_file;
pub mod national;
pub mod network;
pub mod network_run;
mod profiles;
mod reader;
mod setting;
pub mod time;
mod tree;
pub mod units;
mod validate;

pub use batch_site::BatchSite;
pub use edit::{Edit, EditError, EditList};
pub use error::{FieldError, FileError};
pub use growth_costs::{GrowthCosts, UnitCost};
pub use job_file::{JobFile, When};
pub use national::{national, national_small, tutorial};
pub use network::{AgentSite, Figure, Mark, Scenario, SiteDef, SiteEnergy};
pub use network_run::{NetworkRun, RunFile};
pub use profiles::{profile, profile_names};
pub use setting::Setting;
pub use tree::Format;
pub use validate::{limits, validate};
