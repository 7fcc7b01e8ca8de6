//! What is scarce.

use ewc_proto::v1;
use serde::Serialize;

use super::cny;
use crate::format::rfc3339;

/// Prices of scarce capacity, and what is proven about the last plan.
#[derive(Debug, Serialize)]
pub struct PricesView {
    pub pools: Vec<PoolPriceView>,
    pub links: Vec<LinkPriceView>,
    pub now_ms: i64,
    pub now: Option<String>,
    pub policy: String,
    pub certificate: Option<CertificateView>,
}

/// What is proven about the last plan.
#[derive(Debug, Serialize)]
pub struct PlannerView {
    pub now_ms: i64,
    pub now: Option<String>,
    pub policy: String,
    pub certificate: Option<CertificateView>,
}

/// Of a pool, for one core, one GiB or one accelerator; of a site's power, for one kilowatt.
#[derive(Debug, Serialize)]
pub struct PoolPriceView {
    pub site: String,
    pub pool: String,
    pub capacity: String,
    pub from_ms: i64,
    pub from: Option<String>,
    pub until_ms: i64,
    pub until: Option<String>,
    pub cny_per_hour: f64,
}

/// Of a link.
#[derive(Debug, Serialize)]
pub struct LinkPriceView {
    pub link: String,
    pub from_ms: i64,
    pub from: Option<String>,
    pub until_ms: i64,
    pub until: Option<String>,
    pub cny_per_gbps_hour: f64,
}

/// What is proven about a plan.
#[derive(Debug, Serialize)]
pub struct CertificateView {
    pub plan_index: i64,
    pub model_digest: String,
    pub objective_cny: f64,
    pub bound_cny: f64,
    pub gap_millipercent: i64,
    pub unplaced: u32,
    pub penalty_cny: f64,
    pub stopped_at: u32,
    pub applied_ms: i64,
    pub applied: Option<String>,
    pub age_ms: i64,
}

impl From<&v1::PricesResponse> for PricesView {
    fn from(wire: &v1::PricesResponse) -> PricesView {
        let pool = |wire: &v1::PoolPrice| PoolPriceView {
            site: wire.site.clone(),
            pool: wire.pool.clone(),
            capacity: wire.capacity.clone(),
            from_ms: wire.from_ms,
            from: rfc3339(wire.from_ms),
            until_ms: wire.until_ms,
            until: rfc3339(wire.until_ms),
            cny_per_hour: cny(wire.micro_cny_per_hour),
        };
        let link = |wire: &v1::LinkPrice| LinkPriceView {
            link: wire.link.clone(),
            from_ms: wire.from_ms,
            from: rfc3339(wire.from_ms),
            until_ms: wire.until_ms,
            until: rfc3339(wire.until_ms),
            cny_per_gbps_hour: cny(wire.micro_cny_per_gbps_hour),
        };
        PricesView {
            pools: wire.pools.iter().map(pool).collect(),
            links: wire.links.iter().map(link).collect(),
            now_ms: wire.now_ms,
            now: rfc3339(wire.now_ms),
            policy: wire.policy.clone(),
            certificate: certificate(wire),
        }
    }
}

impl From<&v1::PricesResponse> for PlannerView {
    fn from(wire: &v1::PricesResponse) -> PlannerView {
        PlannerView {
            now_ms: wire.now_ms,
            now: rfc3339(wire.now_ms),
            policy: wire.policy.clone(),
            certificate: certificate(wire),
        }
    }
}

fn certificate(answer: &v1::PricesResponse) -> Option<CertificateView> {
    let wire = answer.certificate.as_ref()?;
    Some(CertificateView {
        plan_index: wire.plan_index,
        applied_ms: wire.applied_ms,
        applied: rfc3339(wire.applied_ms),
        age_ms: answer.now_ms - wire.applied_ms,
        model_digest: wire.model_digest.clone(),
        objective_cny: cny(wire.objective_micro_cny),
        bound_cny: cny(wire.bound_micro_cny),
        gap_millipercent: wire.gap_millipercent,
        unplaced: wire.unplaced,
        penalty_cny: cny(wire.penalty_micro_cny),
        stopped_at: wire.stopped_at,
    })
}
