//! The hard rules that rule a site or pool out, in checking order: legality, latency, the policy's
//! steering, capacity kind, shape. What depends on time and reservations is in `state::fits` and
//! the planner.

use crate::model::{
    DataGrade, Job, JobSpec, PoolId, Resources, SiteId, SiteMode, SiteSpec, TaskGroup,
};
use crate::reason::Reason;
use crate::state::State;
use crate::steering;
use crate::topology::RouteFilter;
use crate::users;

/// Says whether the job may run at the site at all.
pub fn site_allows(state: &State, job: &Job, site: SiteId) -> Result<(), Reason> {
    legally_open(state, job, site)?;
    // The replicas of a service at several sites serve a region together.
    if !job.spec.is_spread() && !job.spec.latency_limits.is_empty() {
        users::all_near(state, &job.spec, &[site].into())?;
    }
    steered_there(state, job, site)
}

/// Says whether the job's data may wait at the site on its way elsewhere: the rules for a run
/// there, but for latency, since a depot serves nobody.
pub fn depot_allows(state: &State, job: &Job, site: SiteId) -> Result<(), Reason> {
    legally_open(state, job, site)?;
    steered_there(state, job, site)
}

/// The law, the owner's lists, and whether the site takes anything.
fn legally_open(state: &State, job: &Job, site: SiteId) -> Result<(), Reason> {
    let entry = state.site(site).ok_or(Reason::Unknown)?;
    let (spec, site_spec) = (&job.spec, &entry.spec);
    may_stand_at(spec, site_spec)?;
    if !spec.sites.is_empty() && !spec.sites.contains(&site_spec.name) {
        return Err(Reason::SiteNotAllowed);
    }
    let present = |carrier: &String| site_spec.carriers.contains(carrier);
    if !spec.carriers.is_empty() && !spec.carriers.iter().any(present) {
        return Err(Reason::Carrier);
    }
    if entry.mode != SiteMode::Open {
        return Err(Reason::SiteCordoned);
    }
    match entry.silent {
        true => Err(Reason::SiteSilent),
        false => Ok(()),
    }
}

/// Says whether the site is as secure as the job demands.
pub fn secure_enough(spec: &JobSpec, site: &SiteSpec) -> Result<(), Reason> {
    match site.mlps_level >= spec.mlps_level {
        true => Ok(()),
        false => Err(Reason::SecurityLevel),
    }
}

/// Says whether the law lets the job's data stand at the site, whatever else is asked of it.
pub fn may_stand_at(spec: &JobSpec, site: &SiteSpec) -> Result<(), Reason> {
    secure_enough(spec, site)?;
    match spec.regions.is_empty() || spec.regions.contains(&site.region) {
        true => Ok(()),
        false => Err(Reason::Residency),
    }
}

/// Says whether the job's results may be delivered to the site. Its list of regions says where it
/// may run and where its data may wait or be copied to unasked; a delivery is asked for by name.
pub fn delivery_allows(state: &State, job: &Job, to: SiteId) -> Result<(), Reason> {
    secure_enough(&job.spec, &state.site(to).ok_or(Reason::Unknown)?.spec)
}

fn steered_there(state: &State, job: &Job, site: SiteId) -> Result<(), Reason> {
    match steering::rules_out(state, &job.spec, site) {
        true => Err(Reason::PolicySteering),
        false => Ok(()),
    }
}

/// Says whether the group could run in the pool if it were empty.
pub fn pool_allows(state: &State, group: &TaskGroup, pool: PoolId) -> Result<(), Reason> {
    let spec = &state.pool(pool).ok_or(Reason::Unknown)?.spec;
    let asked = [
        group.architecture.as_str(),
        image_architecture(state, group),
    ];
    if asked
        .iter()
        .any(|asked| !asked.is_empty() && *asked != spec.architecture)
    {
        return Err(Reason::Architecture);
    }
    if group.resources.accelerators > 0 {
        let family = spec.accelerator_family.ok_or(Reason::Accelerator)?;
        let families = &group.accelerator_families;
        let models = &group.accelerator_models;
        if !(families.is_empty() || families.contains(&family))
            || !(models.is_empty() || models.contains(&spec.accelerator_model))
        {
            return Err(Reason::Accelerator);
        }
    }
    let count = group.count_on(&spec.accelerator_model);
    let count = count.ok_or(Reason::Accelerator)?;
    let per_node = group.resources.per_node(spec.node);
    if per_node == 0 {
        return Err(Reason::NodeShape);
    }
    if per_node.saturating_mul(i64::from(spec.nodes)) < i64::from(count) {
        return Err(Reason::PoolTooSmall);
    }
    Ok(())
}

/// What the group's image runs on; empty: anything.
fn image_architecture<'s>(state: &'s State, group: &TaskGroup) -> &'s str {
    let image = group.image().and_then(|name| state.images().get(name));
    image.map_or("", |image| &image.architecture)
}

/// Says whether the free shapes that the site last reported hold the group now.
pub fn shapes_allow(state: &State, group: &TaskGroup, pool: PoolId) -> bool {
    let Some(pool) = state.pool(pool) else {
        return false;
    };
    if pool.free_shapes.is_empty() || group.resources == Resources::ZERO {
        return true;
    }
    let room = pool.free_shapes.iter().map(|shape| {
        group
            .resources
            .per_node(shape.free)
            .saturating_mul(i64::from(shape.nodes))
    });
    let count = group.count_on(&pool.spec.accelerator_model);
    count.is_some_and(|count| room.fold(0, i64::saturating_add) >= i64::from(count))
}

/// Which links the job's data may use on one layer. Important and core data travels encrypted.
pub fn route_filter(job: &Job, layer: crate::model::Layer) -> RouteFilter<'_> {
    RouteFilter {
        layer,
        carriers: &job.spec.carriers,
        encrypted: job.grade >= DataGrade::Important,
    }
}
