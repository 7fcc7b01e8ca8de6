//! The state's own things as wire messages, with names in place of identities.

use ewc_core::model::{
    self, Job, JobState, LinkId, Placement, SiteId, SiteVerdict, TransferKind, Verdict,
};
use ewc_core::{Reason, State};
use ewc_proto::convert;
use ewc_proto::v1;

pub(super) fn job(state: &State, job: &Job) -> v1::Job {
    let after_ok: Vec<String> = job.spec.after_ok.iter().map(ToString::to_string).collect();
    v1::Job {
        job_id: job.id.to_string(),
        tenant: job.tenant.to_string(),
        idempotency_key: job.key.clone(),
        spec: Some(convert::job_spec_to_wire(&job.spec, &after_ok)),
        state: convert::job_state_to_wire(job.state).into(),
        reason: sentence(job),
        reason_code: job
            .reason
            .map(|reason| reason.code().to_owned())
            .unwrap_or_default(),
        submitted_ms: job.submitted_ms,
        started_ms: job
            .attempt()
            .and_then(|attempt| attempt.started_ms)
            .unwrap_or(0),
        ended_ms: job.ended_ms.unwrap_or(0),
        placement: job.placement.as_deref().map(|known| {
            let mut placement = placement(state, &job.spec, known);
            placement.planned_at_index = job.planned_at as i64;
            placement
        }),
        attempts: job
            .attempts
            .iter()
            .map(|known| attempt(state, known))
            .collect(),
        changed_index: job.changed_at as i64,
        moves: moves(state, job),
    }
}

/// Moves that were made, and the one that is to come.
pub(super) fn moves(state: &State, job: &Job) -> Vec<v1::Move> {
    let one = |record: &model::MoveRecord, made, stop_ms| v1::Move {
        from_site: site_name(state, record.from).to_owned(),
        to_site: site_name(state, record.to).to_owned(),
        at_ms: record.at_ms,
        made,
        stop_ms,
        stay_micro_cny: record.stay_micro_cny,
        gain_micro_cny: record.gain_micro_cny,
        bytes: record.bytes,
        lost_ms: record.lost_ms,
    };
    let made = job
        .moves
        .iter()
        .map(|record| one(record, true, record.stop_ms));
    let coming = job.moving.iter().filter(|moving| moving.to.is_some());
    let coming = coming.map(|moving| one(&moving.record, false, moving.stop_ms));
    made.chain(coming).collect()
}

fn sentence(job: &Job) -> String {
    let reason = job.reason.map(Reason::sentence).unwrap_or_default();
    let detail = job
        .attempt()
        .map(|attempt| attempt.detail.as_str())
        .unwrap_or_default();
    match (reason, detail, job.state) {
        (reason, "", _) => reason.to_owned(),
        ("", detail, JobState::Succeeded) => detail.to_owned(),
        ("", _, _) => String::new(),
        (reason, detail, _) => format!("{reason}: {detail}"),
    }
}

fn attempt(state: &State, attempt: &model::Attempt) -> v1::Attempt {
    let failed = attempt
        .parts
        .iter()
        .map(|part| part.exit_code)
        .find(|code| *code != 0);
    let usage = attempt
        .parts
        .iter()
        .fold(model::Usage::default(), |sum, part| model::Usage {
            cpu_ms: sum.cpu_ms + part.usage.cpu_ms,
            memory_peak_mib: sum.memory_peak_mib.max(part.usage.memory_peak_mib),
            wall_ms: sum.wall_ms.max(part.usage.wall_ms),
        });
    let sites: Vec<&str> = attempt
        .parts
        .iter()
        .map(|part| site_name(state, part.site))
        .collect();
    v1::Attempt {
        number: attempt.number,
        fence: attempt.fence as i64,
        site: sites.join(","),
        dispatched_ms: attempt.dispatched_ms,
        started_ms: attempt.started_ms.unwrap_or(0),
        ended_ms: attempt.ended_ms.unwrap_or(0),
        outcome: attempt
            .outcome
            .map(|outcome| outcome.name().to_owned())
            .unwrap_or_default(),
        exit_code: failed.unwrap_or(0),
        usage: Some(convert::usage_to_wire(usage)),
    }
}

pub(super) fn placement(
    state: &State,
    spec: &model::JobSpec,
    placement: &Placement,
) -> v1::Placement {
    let group = |slot: &model::GroupPlacement| {
        let pool = state.pool(slot.pool);
        let name = spec
            .groups
            .get(slot.group as usize)
            .map(|group| group.name.clone());
        v1::GroupPlacement {
            group: name.unwrap_or_default(),
            site: pool
                .map(|pool| site_name(state, pool.site).to_owned())
                .unwrap_or_default(),
            pool: pool.map(|pool| pool.spec.name.clone()).unwrap_or_default(),
            start_ms: slot.start_ms,
            end_ms: slot.end_ms,
            count: slot.count,
        }
    };
    v1::Placement {
        groups: placement.groups.iter().map(group).collect(),
        transfers: placement
            .transfers
            .iter()
            .map(|known| transfer(state, spec, known))
            .collect(),
        cost: Some(convert::cost_to_wire(&placement.cost)),
        verdicts: placement
            .verdicts
            .iter()
            .map(|known| verdict(state, known))
            .collect(),
        planned_at_index: 0,
        policy: state.policy().kind.name().to_owned(),
    }
}

fn transfer(state: &State, spec: &model::JobSpec, transfer: &model::Transfer) -> v1::Transfer {
    let link = |id: &LinkId| {
        state
            .link(*id)
            .map(|link| link.name.clone())
            .unwrap_or_default()
    };
    v1::Transfer {
        what: transfer.what.clone(),
        from_site: site_name(state, transfer.from).to_owned(),
        to_site: match transfer.kind {
            TransferKind::Steady => transfer.what.clone(),
            _ => site_name(state, transfer.to).to_owned(),
        },
        links: transfer.links.iter().map(link).collect(),
        size_bytes: transfer.size_bytes,
        rate_bps: transfer.rate_bps,
        start_ms: transfer.start_ms,
        end_ms: transfer.end_ms,
        stage_out: transfer.kind == TransferKind::StageOut,
        replica: is_replica(state, spec, transfer),
        to_depot: transfer.kind == TransferKind::ToDepot,
    }
}

/// A result goes there although nobody asked for it there: for disaster recovery.
pub(super) fn is_replica(state: &State, spec: &model::JobSpec, transfer: &model::Transfer) -> bool {
    let asked = |output: &model::Output| {
        output.dataset == transfer.what && output.deliver_to == site_name(state, transfer.to)
    };
    transfer.kind == TransferKind::StageOut && !spec.outputs.iter().any(asked)
}

pub(super) fn verdict(state: &State, verdict: &SiteVerdict) -> v1::SiteVerdict {
    let (reason_code, extra_micro_cny, detail) = match verdict.verdict {
        Verdict::Dearer { extra_micro_cny } => (String::new(), extra_micro_cny, String::new()),
        Verdict::RuledOut(reason) => (reason.code().to_owned(), 0, reason.to_string()),
    };
    let site = site_name(state, verdict.site).to_owned();
    v1::SiteVerdict {
        site,
        reason_code,
        extra_micro_cny,
        detail,
    }
}

pub(super) fn site_name(state: &State, site: SiteId) -> &str {
    state
        .site(site)
        .map(|site| site.spec.name.as_str())
        .unwrap_or_default()
}

pub(super) fn site(state: &State, id: SiteId, now_ms: i64, connected: bool) -> Option<v1::Site> {
    let site = state.site(id)?;
    let pool = |id: &model::PoolId| {
        let pool = state.pool(*id)?;
        let reserved = state.reservations().pool(*id).level_at(now_ms);
        let mut wire = convert::pool_to_wire(pool, reserved);
        wire.overbooked = state.is_overbooked(*id);
        Some(wire)
    };
    let cap = state.power_cap(id);
    Some(v1::Site {
        pools: site.pools.iter().filter_map(pool).collect(),
        mode: convert::site_mode_to_wire(site.mode).into(),
        energy_now: site.energy.at(now_ms).map(convert::energy_point_to_wire),
        last_report_ms: site.refreshed_ms,
        connected,
        power_cap: cap.map(convert::power_cap_to_wire).unwrap_or_default(),
        power_cap_watts: cap.and_then(|cap| cap.watts_at(now_ms)),
        power_drawn_watts: state.drawn_watts(id),
        ..convert::site_spec_to_wire(&site.spec)
    })
}

pub(super) fn link(state: &State, id: LinkId, now_ms: i64) -> Option<v1::Link> {
    let link = state.link(id)?;
    let node = |id: model::NodeId| state.nodes().get(id.index()).map_or("", |node| &node.name);
    let reserved = state.reservations().link(id).level_at(now_ms);
    Some(convert::link_to_wire(
        link,
        node(link.a),
        node(link.b),
        reserved,
    ))
}
