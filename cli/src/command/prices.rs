//! `ewc prices`.

use clap::Args;
use ewc_proto::v1;

use crate::error::{CliError, Exit};
use crate::format::{beijing_time, cny, decimal, duration, or_dash};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table, facts};
use crate::view::PricesView;

/// Show what is scarce, by pool, link and hour
///
/// A price is what one more unit of the capacity would save the network, beside what its use costs.
/// What is not listed is not scarce. Only policies that work with prices, such as price, have any;
/// they also prove how far the last plan may be from the best one.
#[derive(Debug, Args)]
pub struct PricesArgs {
    /// Only pools
    #[arg(long, conflicts_with = "link")]
    pool: bool,

    /// Only links
    #[arg(long)]
    link: bool,
}

pub(super) async fn run(args: PricesArgs, session: &Session) -> Result<Exit, CliError> {
    let mut answer = session.client.prices(v1::PricesRequest {}).await?;
    if args.pool {
        answer.links.clear();
    }
    if args.link {
        answer.pools.clear();
    }
    session.show(&PricesView::from(&answer), || text(&answer, session.lang))?;
    Ok(Exit::Done)
}

fn text(answer: &v1::PricesResponse, lang: Lang) -> String {
    let mut text = String::new();
    if !answer.pools.is_empty() {
        text += &pools_table(&answer.pools, lang);
        text += "\n";
    }
    if !answer.links.is_empty() {
        text += &links_table(&answer.links, lang);
        text += "\n";
    }
    if text.is_empty() {
        text = format!("{}\n\n", Word::NothingScarce.text(lang));
    }
    let word = |word: Word| word.text(lang);
    let mut lines = vec![(word(Word::Policy), or_dash(&answer.policy))];
    if let Some(known) = &answer.certificate {
        lines.extend(certificate(known, answer.now_ms, lang));
    }
    text + &facts(&lines)
}

/// What is proven about the last plan, as facts.
pub(super) fn certificate(
    known: &v1::Certificate,
    now_ms: i64,
    lang: Lang,
) -> Vec<(&'static str, String)> {
    let word = |word: Word| word.text(lang);
    vec![
        (word(Word::PlanIndex), known.plan_index.to_string()),
        (
            word(Word::CertificateAge),
            duration(now_ms - known.applied_ms),
        ),
        (word(Word::ObjectiveCny), cny(known.objective_micro_cny)),
        (word(Word::Bound), cny(known.bound_micro_cny)),
        (word(Word::Gap), decimal(known.gap_millipercent, 1000, 3)),
        (word(Word::Unplaced), known.unplaced.to_string()),
        (word(Word::Penalty), cny(known.penalty_micro_cny)),
        (word(Word::StoppedAt), known.stopped_at.to_string()),
        (word(Word::ModelDigest), known.model_digest.clone()),
    ]
}

fn pools_table(prices: &[v1::PoolPrice], lang: Lang) -> String {
    let column = |word: Word, align| (word.text(lang), align);
    let mut table = Table::new(&[
        column(Word::Site, Align::Left),
        column(Word::Pool, Align::Left),
        column(Word::Kind, Align::Left),
        column(Word::Start, Align::Right),
        column(Word::End, Align::Right),
        column(Word::WorthHour, Align::Right),
    ]);
    for price in prices {
        table.row([
            price.site.clone(),
            or_dash(&price.pool),
            kind(&price.capacity, lang).to_owned(),
            beijing_time(price.from_ms),
            beijing_time(price.until_ms),
            decimal(price.micro_cny_per_hour, 1_000_000, 4),
        ]);
    }
    table.render()
}

/// The name of a kind of capacity.
pub(super) fn kind(capacity: &str, lang: Lang) -> &str {
    match (capacity, lang) {
        ("cores", Lang::Zh) => "核",
        ("memory", Lang::Zh) => "内存 (GiB)",
        ("accelerators", Lang::Zh) => "加速卡",
        ("bandwidth", Lang::Zh) => "带宽",
        ("power", Lang::Zh) => "IT功率 (kW)",
        ("power", Lang::En) => "IT power (kW)",
        ("memory", Lang::En) => "memory (GiB)",
        _ => capacity,
    }
}

fn links_table(prices: &[v1::LinkPrice], lang: Lang) -> String {
    let column = |word: Word, align| (word.text(lang), align);
    let mut table = Table::new(&[
        column(Word::Link, Align::Left),
        column(Word::Start, Align::Right),
        column(Word::End, Align::Right),
        column(Word::WorthLinkHour, Align::Right),
    ]);
    for price in prices {
        table.row([
            price.link.clone(),
            beijing_time(price.from_ms),
            beijing_time(price.until_ms),
            decimal(price.micro_cny_per_gbps_hour, 1_000_000, 4),
        ]);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_scarce_stands_in_tables_and_nothing_is_said_so() {
        let empty = v1::PricesResponse {
            policy: "greedy".into(),
            ..v1::PricesResponse::default()
        };
        let expected = "Nothing is scarce.\n\npolicy:  greedy\n";
        assert_eq!(text(&empty, Lang::En), expected);
        let pool = v1::PoolPrice {
            site: "gz-guian".into(),
            pool: "general".into(),
            capacity: "memory".into(),
            from_ms: 1_735_689_600_000,
            until_ms: 1_735_693_200_000,
            micro_cny_per_hour: 123_400,
        };
        let certificate = v1::Certificate {
            plan_index: 9,
            gap_millipercent: 1_234,
            unplaced: 3,
            ..v1::Certificate::default()
        };
        let scarce = v1::PricesResponse {
            pools: vec![pool],
            certificate: Some(certificate),
            policy: "price".into(),
            ..v1::PricesResponse::default()
        };
        let en = text(&scarce, Lang::En);
        for part in [
            "gz-guian",
            "memory (GiB)",
            "2025-01-01 08:00:00",
            "0.1234",
            "1.234",
        ] {
            assert!(en.contains(part), "{part} is not in\n{en}");
        }
        assert!(!en.contains("Nothing is scarce"));
        assert!(text(&scarce, Lang::Zh).contains("内存 (GiB)"));
        let mut power = scarce.clone();
        power.pools[0].pool.clear();
        power.pools[0].capacity = "power".into();
        let en = text(&power, Lang::En);
        assert!(en.contains("gz-guian  -     IT power (kW)"), "{en}");
    }
}
