//! `ewc explain`.

use clap::Args;
use ewc_proto::v1;

use super::plan::sites_of;
use super::status::placement_tables;
use super::{prices, why_not};
use crate::error::{CliError, Exit};
use crate::format::{DASH, beijing_time, cny, decimal, duration, gigabytes, or_dash, percent};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table, facts};
use crate::view::{ExplanationView, total_micro_cny};

/// Show why a job is where it is, and why not elsewhere
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Id or idempotency key of the job
    job: String,

    /// Also show what is in the way at this site, and the smallest change that would make it fit
    #[arg(
        long,
        value_name = "SITE",
        default_value = "",
        hide_default_value = true
    )]
    why_not: String,
}

pub(super) async fn run(args: ExplainArgs, session: &Session) -> Result<Exit, CliError> {
    let explanation = session
        .client
        .explain(v1::ExplainRequest {
            job: args.job,
            why_not_site: args.why_not,
        })
        .await?;
    session.show(&ExplanationView::from(&explanation), || {
        text(&explanation, session.lang)
    })?;
    Ok(Exit::Done)
}

/// An explanation for people.
pub(super) fn text(explanation: &v1::Explanation, lang: Lang) -> String {
    let mut text = format!("{}\n", sentence(explanation, lang));
    if let Some(cost) = explanation.placement.as_ref().and_then(|p| p.cost.as_ref()) {
        text += &format!("\n{}", cost_table(cost, lang));
    }
    if let Some(placement) = &explanation.placement {
        text += &placement_tables(placement, lang);
    }
    if !explanation.prices_met.is_empty() {
        let heading = Word::PricesMet.text(lang);
        text += &format!("\n{heading}:\n{}", met_table(&explanation.prices_met, lang));
    }
    if !explanation.moves.is_empty() {
        text += &format!("\n{}:\n", Word::Moves.text(lang));
        let lines = explanation.moves.iter().map(|moved| move_line(moved, lang));
        text.extend(lines.map(|line| format!("- {line}\n")));
    }
    if !explanation.alternatives.is_empty() {
        let heading = Word::Alternatives.text(lang);
        text += &format!(
            "\n{heading}:\n{}",
            alternatives_table(&explanation.alternatives, lang)
        );
    }
    if !explanation.notes.is_empty() {
        text += &format!("\n{}:\n", Word::Notes.text(lang));
        text.extend(explanation.notes.iter().map(|note| format!("- {note}\n")));
    }
    if let Some(why_not) = &explanation.why_not {
        text += &format!("\n{}", why_not::text(why_not, lang));
    }
    text + "\n" + &facts(&[(Word::Policy.text(lang), or_dash(&explanation.policy))])
}

/// One move of a running job, made or to come.
fn move_line(moved: &v1::Move, lang: Lang) -> String {
    let v1::Move {
        from_site, to_site, ..
    } = moved;
    let at = beijing_time(match moved.made {
        true => moved.at_ms,
        false => moved.stop_ms,
    });
    let (gain, stay) = (cny(moved.gain_micro_cny), cny(moved.stay_micro_cny));
    let (bytes, lost) = (gigabytes(moved.bytes), duration(moved.lost_ms));
    match lang {
        Lang::En => {
            let verb = if moved.made {
                "moved"
            } else {
                "is to stop and move"
            };
            format!(
                "{verb} from {from_site} to {to_site} at {at} (UTC+8): the rest would have cost \
                 {stay} CNY in the objective and costs {gain} CNY less, with {bytes} GB of \
                 checkpoint to send and {lost} of work to do again"
            )
        }
        Lang::Zh => {
            let verb = if moved.made {
                "已迁移"
            } else {
                "将停止并迁移"
            };
            format!(
                "{at} (UTC+8) {verb}：{from_site} → {to_site}；剩余部分在原站点的目标函数为 {stay} 元，\
                 迁移后减少 {gain} 元；需传送检查点 {bytes} GB，重做 {lost} 的计算"
            )
        }
    }
}

/// Why it is there. Schedulers say it in English; other languages are put together here.
fn sentence(explanation: &v1::Explanation, lang: Lang) -> String {
    match (lang, &explanation.placement) {
        (Lang::En, _) => explanation.sentence.clone(),
        (Lang::Zh, Some(placement)) => chinese_sentence(explanation, placement),
        // The reason stands in the sentence only.
        (Lang::Zh, None) => format!(
            "作业 {} 目前没有编排方案：{}",
            explanation.job_id, explanation.sentence
        ),
    }
}

fn chinese_sentence(explanation: &v1::Explanation, placement: &v1::Placement) -> String {
    let site = sites_of(placement);
    let cost = placement.cost.unwrap_or_default();
    let chosen = format!(
        "作业 {} 放在 {site}：费用 {} 元，碳排放 {} kg（市场法），可再生能源 {} %",
        explanation.job_id,
        cny(total_micro_cny(&cost)),
        decimal(cost.carbon_market_mg, 1_000_000, 4),
        percent(cost.renewable_permille),
    );
    let others = &explanation.alternatives;
    let ruled_out = others.iter().filter(|other| !is_feasible(other)).count();
    // The cheapest comes first.
    match others.iter().find(|other| is_feasible(other)) {
        Some(next) => format!(
            "{chosen}；其他 {} 个站点中次优的是 {}，目标函数高 {} 元；{ruled_out} 个站点不可用。",
            others.len(),
            next.site,
            cny(next.extra_micro_cny),
        ),
        None if others.is_empty() => format!("{chosen}；没有其他站点。"),
        None => format!("{chosen}；其他 {ruled_out} 个站点均不可用。"),
    }
}

fn is_feasible(verdict: &v1::SiteVerdict) -> bool {
    verdict.reason_code.is_empty()
}

fn cost_table(cost: &v1::Cost, lang: Lang) -> String {
    let mut money = Table::new(&[
        (Word::Item.text(lang), Align::Left),
        (Word::CostCny.text(lang), Align::Right),
    ]);
    for (item, micro_cny) in [
        (Word::Energy, cost.energy_micro_cny),
        (Word::PoolRent, cost.pool_micro_cny),
        (Word::Transport, cost.transport_micro_cny),
        (Word::Total, total_micro_cny(cost)),
        (Word::DelayPriced, cost.delay_micro_cny),
        (Word::Steering, cost.steering_micro_cny),
        (Word::AgePriced, cost.age_micro_cny),
        (Word::ImbalancePriced, cost.imbalance_micro_cny),
        (Word::Objective, cost.objective_micro_cny),
    ] {
        let seldom = matches!(
            item,
            Word::Steering | Word::AgePriced | Word::ImbalancePriced
        );
        if seldom && micro_cny == 0 {
            continue;
        }
        money.row([item.text(lang).to_owned(), cny(micro_cny)]);
    }
    let resources = facts(&[
        (
            Word::EnergyUsed.text(lang),
            decimal(cost.energy_mwh, 1_000_000, 3),
        ),
        (Word::Renewable.text(lang), percent(cost.renewable_permille)),
        (
            Word::CarbonLocation.text(lang),
            decimal(cost.carbon_location_mg, 1_000_000, 3),
        ),
        (
            Word::CarbonMarket.text(lang),
            decimal(cost.carbon_market_mg, 1_000_000, 3),
        ),
        (Word::Water.text(lang), decimal(cost.water_ml, 1000, 1)),
    ]);
    format!("{}\n{resources}", money.render())
}

fn met_table(met: &[v1::PriceMet], lang: Lang) -> String {
    let mut table = Table::new(&[
        (Word::Item.text(lang), Align::Left),
        (Word::Kind.text(lang), Align::Left),
        (Word::WorthCny.text(lang), Align::Right),
    ]);
    for price in met {
        let parts = [&price.site, &price.pool, &price.link];
        let named: Vec<&str> = parts.into_iter().map(String::as_str).collect();
        let named = named.into_iter().filter(|part| !part.is_empty());
        table.row([
            named.collect::<Vec<_>>().join(" / "),
            prices::kind(&price.capacity, lang).to_owned(),
            cny(price.micro_cny),
        ]);
    }
    table.render()
}

fn alternatives_table(verdicts: &[v1::SiteVerdict], lang: Lang) -> String {
    let mut table = Table::new(&[
        (Word::Site.text(lang), Align::Left),
        (Word::ExtraCny.text(lang), Align::Right),
        (Word::Reason.text(lang), Align::Left),
        (Word::Detail.text(lang), Align::Left),
    ]);
    for verdict in verdicts {
        table.row([
            verdict.site.clone(),
            if is_feasible(verdict) {
                format!("+{}", cny(verdict.extra_micro_cny))
            } else {
                DASH.to_owned()
            },
            or_dash(&verdict.reason_code),
            or_dash(&verdict.detail),
        ]);
    }
    table.render()
}
