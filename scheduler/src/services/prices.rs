//! What is scarce: the prices that the last round left, by name.

use ewc_core::State;
use ewc_core::planner::{Capacity, LinkPrice, PoolPrice};
use ewc_core::state::Certified;
use ewc_proto::convert;
use ewc_proto::v1;

use super::view;

/// The prices of what is not over at `now_ms`, in the order of sites, pools, links and time.
pub(super) fn prices(state: &State, now_ms: i64) -> v1::PricesResponse {
    let prices = state.prices();
    let pools = prices.pools.iter().filter(|price| price.until_ms > now_ms);
    let links = prices.links.iter().filter(|price| price.until_ms > now_ms);
    v1::PricesResponse {
        pools: pools.filter_map(|price| pool(state, price)).collect(),
        links: links.filter_map(|price| link(state, price)).collect(),
        now_ms,
        policy: state.policy().kind.name().to_owned(),
        certificate: state.certified().map(certificate),
    }
}

fn pool(state: &State, price: &PoolPrice) -> Option<v1::PoolPrice> {
    let pool = state.pool(price.pool)?;
    Some(v1::PoolPrice {
        site: view::site_name(state, pool.site).to_owned(),
        pool: match price.kind {
            // It is the site's.
            Capacity::Power => String::new(),
            _ => pool.spec.name.clone(),
        },
        capacity: price.kind.name().to_owned(),
        from_ms: price.from_ms,
        until_ms: price.until_ms,
        micro_cny_per_hour: price.micro_cny_per_hour,
    })
}

fn link(state: &State, price: &LinkPrice) -> Option<v1::LinkPrice> {
    Some(v1::LinkPrice {
        link: state.link(price.link)?.name.clone(),
        from_ms: price.from_ms,
        until_ms: price.until_ms,
        micro_cny_per_gbps_hour: price.micro_cny_per_gbps_hour,
    })
}

fn certificate(certified: &Certified) -> v1::Certificate {
    let known = &certified.certificate;
    v1::Certificate {
        plan_index: certified.plan_index as i64,
        model_digest: convert::sha256_to_hex(&known.model_digest),
        objective_micro_cny: known.objective_micro_cny,
        bound_micro_cny: known.bound_micro_cny,
        gap_millipercent: known.gap_millipercent(),
        unplaced: known.unplaced,
        penalty_micro_cny: known.penalty_micro_cny,
        stopped_at: certified.stopped_at,
        applied_ms: certified.applied_ms,
    }
}

#[cfg(test)]
mod tests {
    use ewc_core::command::{Command, LinkDefinition};
    use ewc_core::model::{
        Layer, LinkId, NetworkNode, NodeKind, PolicyKind, PoolId, PoolSpec, Resources, SiteSpec,
    };
    use ewc_core::planner::{
        self, Capacity, Certificate, LinkPrice, PoolPrice, Prices, Round, Scope,
    };
    use ewc_core::state::Limits;

    use super::*;

    fn node(name: &str) -> NetworkNode {
        NetworkNode {
            name: name.into(),
            name_zh: String::new(),
            kind: NodeKind::Site,
            latitude_udeg: 0,
            longitude_udeg: 0,
        }
    }

    fn network() -> [Command; 2] {
        let link = LinkDefinition {
            name: "a-b".into(),
            a: "a".into(),
            b: "b".into(),
            carrier: "t".into(),
            layer: Layer::PrivateIp,
            one_way_us: 5_000,
            capacity_bps: 1_000_000_000,
            usable_permille: 1000,
            price_micro_cny_per_gb: 10_000,
            up: true,
            encrypted: true,
        };
        let pool = PoolSpec {
            name: "main".into(),
            architecture: String::new(),
            accelerator_family: None,
            accelerator_model: String::new(),
            node: Resources {
                cpu_millis: 1_000,
                memory_mib: 1_024,
                accelerators: 0,
            },
            nodes: 1,
            cpu_watts_milli: 0,
            accelerator_watts_milli: 0,
            price_micro_cny_per_core_hour: 0,
            price_micro_cny_per_accelerator_hour: 0,
        };
        let spec = SiteSpec {
            name: "a".into(),
            title: String::new(),
            title_zh: String::new(),
            hub: String::new(),
            region: "a".into(),
            mlps_level: 3,
            carriers: vec!["t".into()],
            edge: false,
            latitude_udeg: 0,
            longitude_udeg: 0,
            pools: vec![pool],
        };
        let define = Command::DefineNetwork {
            nodes: vec![node("a"), node("b")],
            links: vec![link],
            regions: Vec::new(),
        };
        let register = Command::RegisterSite {
            spec,
            incarnation: 1,
            data_address: String::new(),
        };
        [define, register]
    }

    #[test]
    fn prices_have_names_and_those_of_the_past_are_left_out() {
        let mut state = State::new(Limits::default());
        for (index, command) in network().iter().enumerate() {
            state
                .apply(index as u64 + 1, 1_000, command)
                .result
                .unwrap();
        }
        let empty = prices(&state, 1_000);
        assert_eq!((empty.pools.len(), empty.links.len()), (0, 0));
        assert_eq!(empty.certificate, None);

        let round = Round {
            policy: PolicyKind::Greedy,
            scope: Scope::All,
            jobs_max: 1,
            seed: 0,
        };
        let mut plan = planner::plan(&state, &round, |_| true);
        let price = |from_ms| PoolPrice {
            pool: PoolId(0),
            kind: Capacity::Memory,
            from_ms,
            until_ms: from_ms + 1_000,
            micro_cny_per_hour: 70,
        };
        plan.prices = Some(Prices {
            pools: vec![price(1_000), price(2_000)],
            links: vec![LinkPrice {
                link: LinkId(0),
                from_ms: 1_000,
                until_ms: 2_001,
                micro_cny_per_gbps_hour: 9,
            }],
        });
        plan.certificate = Some(Certificate {
            model_digest: [0xab; 32],
            objective_micro_cny: 2_000,
            bound_micro_cny: 1_900,
            unplaced: 3,
            penalty_micro_cny: 500,
        });
        let commit = Command::CommitPlan(plan);
        state.apply(9, 1_000, &commit).result.unwrap();

        let found = prices(&state, 2_000);
        assert_eq!(found.pools.len(), 1, "{found:?}");
        let pool = &found.pools[0];
        let names = (
            pool.site.as_str(),
            pool.pool.as_str(),
            pool.capacity.as_str(),
        );
        assert_eq!(names, ("a", "main", "memory"));
        assert_eq!((pool.from_ms, pool.micro_cny_per_hour), (2_000, 70));
        assert_eq!(found.links[0].link, "a-b");
        let certificate = found.certificate.unwrap();
        assert_eq!(
            (certificate.plan_index, certificate.gap_millipercent),
            (9, 5_000)
        );
        assert_eq!(certificate.model_digest, "ab".repeat(32));

        // What a snapshot keeps.
        let mut bytes = Vec::new();
        state.write_snapshot(&mut bytes).unwrap();
        let read = State::read_snapshot(&mut bytes.as_slice()).unwrap();
        assert_eq!(read.certified(), state.certified());
    }
}
