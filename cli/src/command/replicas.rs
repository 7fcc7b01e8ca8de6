//! `ewc datasets propose` and `ewc datasets replicate`.

use clap::Args;
use ewc_proto::v1;

use super::submit::random_key;
use crate::error::{CliError, Exit};
use crate::format::{cny, decimal, duration};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table};
use crate::view::{ReplicaProposalView, SubmittedView};

/// What the job that brings a replica may take: it only has to start.
const CPU_MILLIS: i64 = 100;
const MEMORY_MIB: i64 = 64;
const RUN_MS: i64 = 60_000;

#[derive(Debug, Args)]
pub(super) struct ProposeArgs {
    /// Price of storing a gigabyte for a day, in yuan
    #[arg(long, value_name = "CNY", default_value_t = 0.004)]
    storage_price: f64,

    /// Proposals at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    count: u32,
}

#[derive(Debug, Args)]
pub(super) struct ReplicateArgs {
    /// Name of the data set or model
    dataset: String,

    /// Site that is to get a replica
    site: String,

    /// Least security level of the site (等级保护)
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=4))]
    mlps_level: u32,
}

/// Shows what would pay.
pub(super) async fn propose(args: &ProposeArgs, session: &Session) -> Result<Exit, CliError> {
    if !(0.0..=1_000_000.0).contains(&args.storage_price) {
        return Err(CliError::usage(
            "--storage-price is out of range; give 0 to 1000000 yuan",
        ));
    }
    let request = v1::ProposeReplicasRequest {
        storage_micro_cny_per_gb_day: (args.storage_price * 1e6).round() as i64,
        count: args.count,
    };
    let answer = session.client.propose_replicas(request).await?;
    let views: Vec<ReplicaProposalView> = answer
        .proposals
        .iter()
        .map(ReplicaProposalView::from)
        .collect();
    session.show(&views, || table(&answer.proposals, session.lang))?;
    Ok(Exit::Done)
}

/// Submits a job that reads the data set at the site: its way there is planned and reserved like
/// any other, and what was brought stays.
pub(super) async fn replicate(args: ReplicateArgs, session: &Session) -> Result<Exit, CliError> {
    let request = request(args, random_key()?);
    let (key, spec) = (request.idempotency_key.clone(), request.spec.clone());
    let answer = session.client.submit(request).await?;
    let view = SubmittedView {
        job_id: answer.job_id.clone(),
        name: spec.map(|spec| spec.name).unwrap_or_default(),
        idempotency_key: key,
        duplicate: answer.duplicate,
        start: answer.start.as_ref().map(crate::view::StartView::from),
    };
    session.show(&view, || format!("{}\n", view.job_id))?;
    Ok(Exit::Done)
}

fn request(args: ReplicateArgs, key: String) -> v1::SubmitRequest {
    let process = v1::ProcessPayload {
        argv: vec!["true".to_owned()],
    };
    let group = v1::TaskGroup {
        name: "main".to_owned(),
        count: 1,
        resources: Some(v1::Resources {
            cpu_millis: CPU_MILLIS,
            memory_mib: MEMORY_MIB,
            accelerators: 0,
        }),
        payload: Some(v1::Payload {
            what: Some(v1::payload::What::Process(process)),
            ..v1::Payload::default()
        }),
        estimate_ms: RUN_MS,
        time_limit_ms: RUN_MS,
        ..v1::TaskGroup::default()
    };
    let name = format!("replicate-{}", args.dataset);
    let spec = v1::JobSpec {
        name,
        kind: v1::JobKind::Batch.into(),
        workload_class: v1::WorkloadClass::StorageBackup.into(),
        groups: vec![group],
        inputs: vec![v1::Input {
            dataset: args.dataset.clone(),
            ..v1::Input::default()
        }],
        mlps_level: args.mlps_level,
        sites: vec![args.site.clone()],
        retries: 3,
        ..v1::JobSpec::default()
    };
    v1::SubmitRequest {
        idempotency_key: key,
        spec: Some(spec),
        ..v1::SubmitRequest::default()
    }
}

fn table(proposals: &[v1::ReplicaProposal], lang: Lang) -> String {
    if proposals.is_empty() {
        return format!("{}\n", Word::NoReplicaPays.text(lang));
    }
    let column = |word: Word, align| (word.text(lang), align);
    let mut table = Table::new(&[
        column(Word::Dataset, Align::Left),
        column(Word::Site, Align::Left),
        column(Word::Gain, Align::Right),
        column(Word::TransportSaved, Align::Right),
        column(Word::WaitingSaved, Align::Right),
        column(Word::CopyOnce, Align::Right),
        column(Word::StoragePerDay, Align::Right),
        column(Word::ReadsPerDay, Align::Right),
        column(Word::SeenOver, Align::Right),
        column(Word::PlannedReads, Align::Right),
    ]);
    for found in proposals {
        table.row([
            found.dataset.clone(),
            found.site.clone(),
            cny(found.gain_micro_cny_per_day),
            cny(found.transport_saved_micro_cny_per_day),
            cny(found.waiting_saved_micro_cny_per_day),
            cny(found.copy_micro_cny),
            cny(found.storage_micro_cny_per_day),
            decimal(found.reads_permille_per_day, 1_000, 1),
            format!("{}, {}", found.reads_seen, duration(found.seen_for_ms)),
            found.planned.to_string(),
        ]);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal() -> v1::ReplicaProposal {
        v1::ReplicaProposal {
            dataset: "corpus".into(),
            site: "gz-guian".into(),
            gain_micro_cny_per_day: 2_500_000,
            transport_saved_micro_cny_per_day: 3_000_000,
            waiting_saved_micro_cny_per_day: 1_000_000,
            copy_micro_cny: 1_200_000,
            storage_micro_cny_per_day: 300_000,
            reads_permille_per_day: 2_400,
            reads_seen: 12,
            seen_for_ms: 5 * 3_600_000,
            planned: 3,
            mlps_level: 2,
            size_bytes: 75_000_000_000,
        }
    }

    #[test]
    fn the_table_has_the_arithmetic_of_the_gain() {
        let text = table(&[proposal()], Lang::En);
        for word in [
            "corpus", "gz-guian", "2.50", "3.00", "1.00", "1.20", "0.30", "2.4", "12, ",
        ] {
            assert!(text.contains(word), "{word} in {text}");
        }
        assert!(table(&[proposal()], Lang::Zh).contains("预期收益"));
        assert!(table(&[], Lang::En).contains("No further replica"));
    }

    #[test]
    fn a_replica_is_brought_by_a_job_at_its_site() {
        let args = ReplicateArgs {
            dataset: "corpus".into(),
            site: "gz-guian".into(),
            mlps_level: 3,
        };
        let spec = request(args, "k".into()).spec.unwrap();
        assert_eq!(spec.sites, ["gz-guian"]);
        assert_eq!(spec.inputs[0].dataset, "corpus");
        assert_eq!(spec.mlps_level, 3);
    }
}
