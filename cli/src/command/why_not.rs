//! What is in a job's way at a site, for people.

use ewc_proto::v1;

use crate::format::{beijing_time, cny, decimal};
use crate::lang::{Lang, Word};
use crate::table::{Align, Table};

/// The first rule in the way and what would remove it, or what the job would cost there.
pub(super) fn text(why_not: &v1::WhyNot, lang: Lang) -> String {
    let mut text = format!("{} {}:\n", Word::WhyNotAt.text(lang), why_not.site);
    if why_not.reason_code.is_empty() {
        text += &format!("{}.\n", Word::ThereNow.text(lang));
        if let Some(extra) = &why_not.extra {
            text += &extra_table(extra, lang);
        }
        return text;
    }
    let reason = &why_not.reason;
    text += &format!(
        "{}: {} ({reason})\n",
        Word::InTheWay.text(lang),
        why_not.reason_code
    );
    if why_not.changes.is_empty() {
        return text + Word::NoChange.text(lang) + "\n";
    }
    let word = match why_not.left_code.as_str() {
        "" => format!("{}:\n", Word::WithChanges.text(lang)),
        left => format!("{} ({left}):\n", Word::WithChangesStill.text(lang)),
    };
    text += &word;
    let lines = why_not.changes.iter();
    text.extend(lines.map(|known| format!("- {}\n", change(known, lang))));
    text
}

/// The sign tells: what is saved there has a minus.
fn extra_table(extra: &v1::Cost, lang: Lang) -> String {
    let mut table = Table::new(&[
        (Word::Item.text(lang), Align::Left),
        (Word::MoreThanNow.text(lang), Align::Right),
    ]);
    let kilograms = decimal(extra.carbon_market_mg, 1_000_000, 3);
    for (item, value) in [
        (Word::Objective, cny(extra.objective_micro_cny)),
        (Word::Energy, cny(extra.energy_micro_cny)),
        (Word::PoolRent, cny(extra.pool_micro_cny)),
        (Word::Transport, cny(extra.transport_micro_cny)),
        (Word::DelayPriced, cny(extra.delay_micro_cny)),
        (Word::CarbonMarket, kilograms),
    ] {
        table.row([item.text(lang).to_owned(), value]);
    }
    table.render()
}

/// One change as a sentence.
fn change(change: &v1::Change, lang: Lang) -> String {
    let (name, group, site) = (&change.name, &change.group, &change.site);
    let (from, to) = (shown(change, change.from), shown(change, change.to));
    match lang {
        Lang::En => match change.what.as_str() {
            "security_level" => format!("lower the job's security level from {from} to {to}"),
            "region" => format!("add {name} to the job's regions"),
            "site" => format!("add {name} to the job's sites"),
            "carrier" => format!("add {name} to the job's carriers"),
            "open_site" => format!("open the site {site} (`ewc uncordon {site}`)"),
            "hear_site" => format!("bring the agent of {site} back"),
            "latency" => format!("raise the latency limit of {name} from {from} to {to}"),
            "architecture" => format!("let the group {group} run on {name}"),
            "accelerator_family" | "accelerator_model" => {
                format!("let the group {group} run on {name} accelerators")
            }
            "cores" => format!("ask for {to} instead of {from} cores for each task of {group}"),
            "memory" => format!("ask for {to} instead of {from} memory for each task of {group}"),
            "accelerators" => {
                format!("ask for {to} instead of {from} accelerators for each task of {group}")
            }
            "tasks" => format!("run {to} instead of {from} tasks of {group}"),
            "deadline" => format!("move the deadline from {from} to {to}"),
            "wait" => format!("wait until {to}"),
            "replica" => format!("bring a replica of {name} to {site}"),
            "green_floor" => format!("lower the floor of renewables from {from} % to {to} %"),
            "bandwidth" => format!("serve {to} instead of {from} of steady traffic"),
            "sites" => format!("stand at {to} instead of {from} sites"),
            "distance" => format!("let copies be {to} instead of {from} apart"),
            "keep_result" => format!("leave the result {name} where the job runs"),
            "steering" => format!("let the policy no longer keep {name} work away from {site}"),
            other => format!("{other} {name}: {from} → {to}"),
        },
        Lang::Zh => match change.what.as_str() {
            "security_level" => format!("将作业的等级保护要求由 {from} 降为 {to}"),
            "region" => format!("在作业的地区列表中加入 {name}"),
            "site" => format!("在作业的站点列表中加入 {name}"),
            "carrier" => format!("在作业的运营商列表中加入 {name}"),
            "open_site" => format!("开放站点 {site}（`ewc uncordon {site}`）"),
            "hear_site" => format!("恢复站点 {site} 的代理"),
            "latency" => format!("将 {name} 的时延上限由 {from} 提高到 {to}"),
            "architecture" => format!("允许任务组 {group} 在 {name} 上运行"),
            "accelerator_family" | "accelerator_model" => {
                format!("允许任务组 {group} 使用 {name} 加速卡")
            }
            "cores" => format!("任务组 {group} 每个任务的核数由 {from} 减为 {to}"),
            "memory" => format!("任务组 {group} 每个任务的内存由 {from} 减为 {to}"),
            "accelerators" => format!("任务组 {group} 每个任务的加速卡由 {from} 减为 {to}"),
            "tasks" => format!("任务组 {group} 的任务数由 {from} 减为 {to}"),
            "deadline" => format!("将截止时间由 {from} 推迟到 {to}"),
            "wait" => format!("等待到 {to}"),
            "replica" => format!("在 {site} 增加 {name} 的副本"),
            "green_floor" => format!("将可再生能源下限由 {from} % 降为 {to} %"),
            "bandwidth" => format!("将稳定流量由 {from} 降为 {to}"),
            "sites" => format!("站点数由 {from} 减为 {to}"),
            "distance" => format!("将副本间距由 {from} 减为 {to}"),
            "keep_result" => format!("结果 {name} 留在作业运行的站点"),
            "steering" => format!("取消策略中 {name} 类作业不得使用 {site} 的规则"),
            other => format!("{other} {name}: {from} → {to}"),
        },
    }
}

/// A value of a change with its unit.
fn shown(change: &v1::Change, value: i64) -> String {
    match change.what.as_str() {
        "latency" => format!("{} ms", decimal(value, 1000, 3)),
        "cores" => decimal(value, 1000, 3),
        "memory" => format!("{value} MiB"),
        "deadline" | "wait" => beijing_time(value),
        "green_floor" => decimal(value, 10, 1),
        "bandwidth" => format!("{} Mb/s", decimal(value, 1_000_000, 6)),
        "distance" => format!("{value} km"),
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ruled_out(what: &str, from: i64, to: i64) -> v1::WhyNot {
        let change = v1::Change {
            what: what.into(),
            name: "beijing".into(),
            group: "main".into(),
            site: "gz-guian".into(),
            from,
            to,
        };
        v1::WhyNot {
            site: "gz-guian".into(),
            reason_code: "rule".into(),
            reason: "it is so".into(),
            changes: vec![change],
            ..v1::WhyNot::default()
        }
    }

    #[test]
    fn a_rule_in_the_way_comes_with_the_change_that_removes_it() {
        let text_of = |why_not: &v1::WhyNot, lang| text(why_not, lang);
        let expected = "what is in the way at gz-guian:\nin the way: rule (it is so)\n\
                        It fits with:\n- raise the latency limit of beijing from 5.000 ms to \
                        17.250 ms\n";
        let latency = ruled_out("latency", 5_000, 17_250);
        assert_eq!(text_of(&latency, Lang::En), expected);
        let zh = text_of(&latency, Lang::Zh);
        assert!(
            zh.contains("- 将 beijing 的时延上限由 5.000 ms 提高到 17.250 ms\n"),
            "{zh}"
        );
        let still = v1::WhyNot {
            left_code: "no_route".into(),
            ..latency.clone()
        };
        assert!(text_of(&still, Lang::En).contains("It does not fit even with (no_route):\n"));
        let none = v1::WhyNot {
            changes: Vec::new(),
            ..latency
        };
        assert!(text_of(&none, Lang::En).ends_with("No change is known that would make it fit.\n"));
        for (what, from, to, part) in [
            (
                "cores",
                9_000,
                8_500,
                "8.500 instead of 9.000 cores for each task of main",
            ),
            ("deadline", 0, 1_735_689_600_000, "to 2025-01-01 08:00:00"),
            ("green_floor", 700, 605, "to 60.5 %"),
            ("replica", 0, 0, "bring a replica of beijing to gz-guian"),
        ] {
            let text = text_of(&ruled_out(what, from, to), Lang::En);
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }

    /// Every change that the core knows has words of its own, in both languages.
    #[test]
    fn every_change_has_words() {
        for what in [
            "security_level",
            "region",
            "site",
            "carrier",
            "open_site",
            "hear_site",
            "latency",
            "architecture",
            "accelerator_family",
            "accelerator_model",
            "cores",
            "memory",
            "accelerators",
            "tasks",
            "deadline",
            "wait",
            "replica",
            "green_floor",
            "bandwidth",
            "sites",
            "distance",
            "keep_result",
            "steering",
        ] {
            for lang in [Lang::En, Lang::Zh] {
                let text = text(&ruled_out(what, 1, 2), lang);
                assert!(!text.contains('→'), "{text}");
            }
        }
    }

    #[test]
    fn a_job_that_could_be_there_is_compared_with_where_it_is() {
        let extra = v1::Cost {
            objective_micro_cny: 1_500_000,
            energy_micro_cny: -250_000,
            carbon_market_mg: 2_000_000,
            ..v1::Cost::default()
        };
        let there = v1::WhyNot {
            site: "gz-guian".into(),
            extra: Some(extra),
            ..v1::WhyNot::default()
        };
        let text = text(&there, Lang::En);
        assert!(text.contains("It could be there now.\n"), "{text}");
        assert!(
            text.lines()
                .any(|line| line.starts_with("objective ") && line.ends_with(" 1.50"))
        );
        assert!(
            text.lines()
                .any(|line| line.starts_with("energy ") && line.ends_with(" -0.25"))
        );
    }
}
