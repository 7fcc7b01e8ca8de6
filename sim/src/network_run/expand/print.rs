//! The ranking as tables and as JSON.

use serde_json::{Value, json};

use super::rank::{Purchase, Ranked, Ranking};
use super::rolling::Rolling;
use crate::network_run::measures::Short;
use crate::run::ENGINE;

impl Ranking {
    /// As Markdown tables, with what stands out in words.
    pub fn table(&self, rolling: Option<&Rolling>) -> String {
        let mut text = String::from(
            "| what | present | used | step | value of a unit | step by prices | planned again | \
             cost | pays back |\n|---|---|---|---|---|---|---|---|---|\n",
        );
        for row in &self.rows {
            text += &line(row);
        }
        text += &self.words();
        if self.purchases.is_empty() {
            text += "Nothing is to buy: no step pays back in time within the budget.\n";
        } else {
            text +=
                "\n| to buy | present | more | cost | saves in a year |\n|---|---|---|---|---|\n";
        }
        for one in &self.purchases {
            let Purchase {
                name,
                unit,
                present,
                ..
            } = one;
            let (more, cost) = (units(one.more), Short(one.cost_cny));
            let saves = Short(one.saves_cny_per_year);
            text += &format!("| {name} | {present} {unit} | +{more} | {cost} | {saves} |\n");
        }
        if let Some(rolling) = rolling {
            text += &format!("\n{}", rolling.table());
        }
        text
    }

    /// What the tables say.
    fn words(&self) -> String {
        let (name, used) = (&self.most_used.0, 100.0 * self.most_used.1);
        match self.bottleneck() {
            None => format!(
                "\nNothing is scarce: no pool and no link is worth growing. Most used is {name}, \
                 {used:.0} %.\n"
            ),
            Some(first) if first.name == *name => {
                format!("\nThe bottleneck is {name}; it is also what is used most, {used:.0} %.\n")
            }
            Some(first) => {
                let others = self.rows.iter().find(|row| row.name == *name);
                let unit = others.map_or(0.0, |row| row.unit_cny);
                format!(
                    "\nThe bottleneck is {}, used to {:.0} %. Used most is {name}, {used:.0} %: \
                     one {} more of it is worth {}.\n",
                    first.name,
                    100.0 * first.used,
                    others.map_or("unit", |row| row.unit),
                    Short(unit)
                )
            }
        }
    }

    /// As JSON.
    pub fn json(&self, scenario: &str, rolling: Option<&Rolling>) -> String {
        let rows: Vec<Value> = self.rows.iter().map(row_json).collect();
        let purchase = |one: &Purchase| {
            json!({
                "name": one.name,
                "unit": one.unit,
                "present": one.present,
                "more": one.more,
                "cost_cny": one.cost_cny,
                "saves_cny_per_year": one.saves_cny_per_year,
            })
        };
        let purchases: Vec<Value> = self.purchases.iter().map(purchase).collect();
        let (cost, bound, left_out) = self.present;
        let (budget, step, years) = self.asked;
        let jobs = self.jobs;
        let all = json!({
            "version": 1,
            "engine": ENGINE,
            "scenario": scenario,
            "asked": { "budget_cny": budget, "step": step, "years": years },
            "present": {
                "jobs": jobs, "left_out": left_out, "cost_cny": cost, "bound_cny": bound,
            },
            "bottleneck": self.bottleneck().map(|row| row.name.clone()),
            "most_used": { "name": self.most_used.0, "used": self.most_used.1 },
            "ranking": rows,
            "purchases": purchases,
            "rolling": rolling.map(Rolling::json),
        });
        format!("{all:#}\n")
    }
}

/// Units, whole where they are.
fn units(count: f64) -> String {
    match count.fract().abs() < 1e-9 {
        true => format!("{count:.0}"),
        false => format!("{count:.1}"),
    }
}

fn line(row: &Ranked) -> String {
    let Ranked {
        name,
        present,
        unit,
        ..
    } = row;
    let again = row.replanned.map_or(String::from("–"), |again| {
        Short(again.value_cny).to_string()
    });
    let back = match row.pays_back_years {
        Some(years) if years < 1000.0 => format!("{years:.1} years"),
        _ => String::from("never"),
    };
    let assumed = if row.assumed { " (assumed)" } else { "" };
    let used = format!("{:.0} %", 100.0 * row.used);
    let (step, value) = (units(row.step), Short(row.unit_cny));
    let (priced, cost) = (Short(row.priced_cny), Short(row.cost_cny));
    format!(
        "| {name} | {present} {unit} | {used} | +{step} | {value} | {priced} | {again} | \
         {cost}{assumed} | {back} |\n"
    )
}

fn row_json(row: &Ranked) -> Value {
    json!({
        "name": row.name,
        "unit": row.unit,
        "present": row.present,
        "used": row.used,
        "unit_value_cny": row.unit_cny,
        "step": row.step,
        "step_value_by_prices_cny": row.priced_cny,
        "step_value_planned_again_cny": row.replanned.map(|again| again.value_cny),
        "step_value_of_plans_cny": row.replanned.map(|again| again.plan_cny),
        "step_cost_cny": row.cost_cny,
        "cost_is_assumed": row.assumed,
        "pays_back_years": row.pays_back_years,
    })
}
