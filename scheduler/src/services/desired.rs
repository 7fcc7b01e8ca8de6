//! What a site is to do, as its agent reads it.

use ewc_core::State;
use ewc_core::model::{Job, JobKind, SiteId, Transfer};
use ewc_core::state::{Delivery, Desired, DesiredRun};
use ewc_proto::convert;
use ewc_proto::v1;

/// Behind the end of every window: a year.
const FAR_OFF_MS: i64 = 365 * 24 * 3_600_000;

/// Everything a site is to do.
pub(super) fn of_site(state: &State, site: SiteId) -> Vec<v1::DesiredAttempt> {
    let wire = |desired: Desired| match desired {
        Desired::Run(run) => run_to_wire(state, &run),
        Desired::Deliver(delivery) => delivery_to_wire(state, &delivery),
        Desired::Keep(delivery) => v1::DesiredAttempt {
            keep_for_others: true,
            ..delivery_to_wire(state, &delivery)
        },
    };
    state.desired(site).into_iter().map(wire).collect()
}

fn run_to_wire(state: &State, run: &DesiredRun) -> v1::DesiredAttempt {
    let job = &run.job;
    let after_ok: Vec<String> = Vec::new();
    let spec = convert::job_spec_to_wire(&job.spec, &after_ok);
    let group = |position: &usize| {
        let group = &job.spec.groups[*position];
        let slot = job
            .placement
            .as_ref()
            .and_then(|known| known.groups.get(*position));
        let pool = slot.and_then(|slot| state.pool(slot.pool));
        v1::DesiredGroup {
            name: group.name.clone(),
            count: slot.map_or(group.count, |slot| slot.count),
            pool: pool.map(|pool| pool.spec.name.clone()).unwrap_or_default(),
            resources: Some(convert::resources_to_wire(group.resources)),
            payload: Some(convert::payload_to_wire(&group.payload)),
            time_limit_ms: job.time_limit_ms(*position),
        }
    };
    // It still runs elsewhere, and what it goes on from does not exist yet.
    let early = run.attempt.is_none() && job.state.is_started();
    let name = job.checkpoint_name();
    v1::DesiredAttempt {
        job_id: job.id.to_string(),
        attempt: run.attempt.as_ref().map_or(0, |attempt| attempt.number),
        fence: run
            .attempt
            .as_ref()
            .map_or(0, |attempt| attempt.fence as i64),
        groups: run.groups.iter().map(group).collect(),
        stage_in: stage_in(state, run)
            .into_iter()
            .filter(|known| !early || known.what != name)
            .collect(),
        // Results are collected where the first group runs.
        outputs: if run.groups.contains(&0) {
            spec.outputs
        } else {
            Vec::new()
        },
        on_disconnect: spec.on_disconnect,
        inputs: spec
            .inputs
            .into_iter()
            .chain(resumed(job).filter(|_| !early))
            .collect(),
        stop: run.stop,
        kind: spec.kind,
        run_for_ms: match job.spec.kind {
            JobKind::Batch => 0,
            JobKind::Service | JobKind::Storage => job.spec.run_for_ms(),
        },
        name: job.spec.name.clone(),
        tenant: job.tenant.to_string(),
        checkpoint: checkpoint(job).filter(|_| run.groups.contains(&0)),
        keep_for_others: false,
    }
}

/// What the attempt is to leave when it is stopped.
fn checkpoint(job: &Job) -> Option<v1::DesiredCheckpoint> {
    let spec = job.spec.checkpoint.as_ref()?;
    Some(v1::DesiredCheckpoint {
        name: job.checkpoint_name(),
        path: spec.path.clone(),
    })
}

/// The checkpoint that the attempt goes on from, where it looks for it.
fn resumed(job: &Job) -> Option<v1::Input> {
    let spec = job.spec.checkpoint.as_ref()?;
    let saved = job.saved.as_ref()?;
    Some(v1::Input {
        dataset: saved.name.clone(),
        mount: spec.path.clone(),
    })
}

/// What must be at the site before the run: what travels there, and what is there already, so
/// that the agent can check it.
fn stage_in(state: &State, run: &DesiredRun) -> Vec<v1::StageIn> {
    let (job, transfers) = (&run.job, &run.stage_in);
    let arriving = transfers.iter().filter_map(|transfer| {
        let wire = arriving(state, job, transfer)?;
        match run.not_yet_at.contains(&transfer.from) {
            // An agent that reads nothing else waits for the window.
            true => Some(v1::StageIn {
                not_yet_there: true,
                start_ms: transfer.end_ms.saturating_add(FAR_OFF_MS),
                ..wire
            }),
            false => Some(wire),
        }
    });
    let local = state.needed_data(job).filter_map(|(name, _, size_bytes)| {
        let travels = transfers.iter().any(|transfer| transfer.what == name);
        let sha256 = digest(state, job, name)?;
        (!travels).then(|| v1::StageIn {
            what: name.to_owned(),
            sha256,
            size_bytes,
            ..v1::StageIn::default()
        })
    });
    arriving.chain(local).collect()
}

fn arriving(state: &State, job: &Job, transfer: &Transfer) -> Option<v1::StageIn> {
    let from = state.site(transfer.from)?;
    let known = state
        .datasets()
        .get(&transfer.what)
        .map(|dataset| dataset.size_bytes);
    Some(v1::StageIn {
        what: transfer.what.clone(),
        sha256: digest(state, job, &transfer.what)?,
        // A result may have another size than its owner expected.
        size_bytes: known.unwrap_or(transfer.size_bytes),
        from_site: from.spec.name.clone(),
        from_address: from.data_address.clone(),
        rate_bps: transfer.rate_bps,
        start_ms: transfer.start_ms,
        end_ms: transfer.end_ms,
        not_yet_there: false,
    })
}

fn digest(state: &State, job: &Job, name: &str) -> Option<String> {
    if let Some(saved) = job.saved.as_ref().filter(|saved| saved.name == name) {
        return Some(convert::sha256_to_hex(&saved.sha256));
    }
    let dataset = state.datasets().get(name).map(|dataset| dataset.sha256);
    let digest = dataset.or_else(|| state.images().get(name).map(|image| image.sha256))?;
    Some(convert::sha256_to_hex(&digest))
}

fn delivery_to_wire(state: &State, delivery: &Delivery) -> v1::DesiredAttempt {
    let arriving = delivery
        .transfers
        .iter()
        .filter_map(|transfer| arriving(state, &delivery.job, transfer));
    v1::DesiredAttempt {
        job_id: delivery.job.id.to_string(),
        stage_in: arriving.collect(),
        name: delivery.job.spec.name.clone(),
        tenant: delivery.job.tenant.to_string(),
        ..v1::DesiredAttempt::default()
    }
}
