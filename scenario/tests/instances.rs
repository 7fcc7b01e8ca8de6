//! What is wrong with an instance is said with its field and what to do.

use ewc_scenario::instance::{Built, Instance};
use serde_json::{Value, json};

fn sound() -> Value {
    json!({
        "format": "ewc-instance", "version": 1, "name": "i", "slot_seconds": 60, "slots": 4,
        "kinds": ["cpu"],
        "sites": [
            {"name": "a", "capacity": {"cpu": 4}, "cost": {"cpu": [1, 2, 3, 4]}},
            {"name": "b", "capacity": {"cpu": 4}},
        ],
        "links": [{"name": "ab", "ends": ["a", "b"], "capacity": 2, "latency": 5}],
        "jobs": [{
            "name": "j", "needs": {"cpu": 1}, "slots": 1, "deadline": 4, "sites": {"a": 0},
            "inputs": [{"from": ["b"], "volume": 2, "rates": [1, 2]}], "unplaced": 9,
        }],
    })
}

fn error(instance: &Value) -> String {
    let parsed = Instance::parse(instance.to_string().as_bytes());
    let built = parsed.map(|instance| Built::new(&instance));
    match built {
        Ok(Ok(_)) => String::from("sound"),
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_wrong_field_is_named() {
    assert_eq!(error(&sound()), "sound");
    let cases = [
        ("/format", json!("x"), "format: is not \"ewc-instance\""),
        (
            "/version",
            json!(5),
            "version: is not 1 to 4, the versions that are known here",
        ),
        ("/slots", json!(0), "slots: is 0; give 1 to 4096"),
        ("/slots", json!(-1), "slots: invalid value: integer `-1`"),
        (
            "/sites/1/name",
            json!("a"),
            "sites[1]: repeats the name \"a\"",
        ),
        (
            "/sites/0/capacity",
            json!({"gpu": 1}),
            "sites[0].capacity.gpu: names \"gpu\", which",
        ),
        (
            "/sites/0/capacity/cpu",
            json!(1.5),
            "sites[0].capacity.cpu: invalid type: floating",
        ),
        (
            "/sites/0/cost/cpu",
            json!([1]),
            "sites[0].cost.cpu: has 1 values for 4 slots",
        ),
        (
            "/sites/0/cost/cpu/3",
            json!(-1),
            "sites[0].cost.cpu[3]: is -1; give 0 to",
        ),
        (
            "/sites/0/color",
            json!(1),
            "sites[0].color: unknown field `color`",
        ),
        (
            "/links/0/ends",
            json!(["a", "a"]),
            "links[0].ends: joins a node to itself",
        ),
        (
            "/links/0/latency",
            json!(0),
            "links[0].latency: is 0; give 1 to",
        ),
        (
            "/jobs/0/needs",
            json!({}),
            "jobs[0].groups[0].needs: names no kind",
        ),
        (
            "/jobs/0/needs/cpu",
            json!(0),
            "jobs[0].groups[0].needs.cpu: is 0; give 1 to",
        ),
        (
            "/jobs/0/groups",
            json!([{"needs": {"cpu": 1}, "slots": 1}]),
            "jobs[0]: a job has either",
        ),
        ("/jobs/0/count", json!(0), "jobs[0].count: is 0; give 1 to"),
        (
            "/jobs/0/deadline",
            json!(5),
            "jobs[0].deadline: is 5; give 1 to 4",
        ),
        (
            "/jobs/0/sites",
            json!({"c": 0}),
            "jobs[0].sites: names \"c\", which is not there",
        ),
        (
            "/jobs/0/inputs/0/from",
            json!(["c"]),
            "jobs[0].inputs[0].from: names \"c\"",
        ),
        (
            "/jobs/0/inputs/0/rates",
            json!([]),
            "jobs[0].inputs[0].rates: has 0 entries; give 1 to 64",
        ),
        (
            "/jobs/0/inputs/0/rates/1",
            json!(0),
            "jobs[0].inputs[0].rates[1]: is 0; give 1 to",
        ),
        (
            "/jobs/0/unplaced",
            Value::Null,
            "jobs[0].unplaced: invalid type: null",
        ),
    ];
    refused(sound(), &cases);
}

/// Each of the values put in by itself is refused with words that begin so.
fn refused(sound: Value, cases: &[(&str, Value, &str)]) {
    for (field, value, wanted) in cases {
        let mut instance = sound.clone();
        let value = value.clone();
        let (parent, name) = field.rsplit_once('/').unwrap();
        match instance.pointer_mut(parent).unwrap() {
            Value::Array(list) => list[name.parse::<usize>().unwrap()] = value,
            object => object[name] = value,
        }
        let error = error(&instance);
        assert!(error.starts_with(wanted), "{field}: {error}");
        assert!(error.contains("; "), "{field} says what to do: {error}");
    }
}

fn listed() -> Value {
    json!({
        "format": "ewc-instance", "version": 2, "name": "i", "slot_seconds": 60, "slots": 2,
        "kinds": ["cpu", "gpu"],
        "sites": [{"name": "a", "capacity": {"cpu": 4}}],
        "links": [{"name": "ab", "ends": ["a", "b"], "capacity": 2, "latency": 5}],
        "tables": {
            "edges_ms": [0, 60_000, 180_000], "lengths_ms": [30_000], "paths": [["ab"]],
            "curves": [[1, -2]],
        },
        "jobs": [{"name": "j", "unplaced": 9, "choices": [{
            "sites": ["a"], "first": 0, "last": 1, "fixed": -3, "weight": 2, "curve": 0,
            "length": 0,
            "holds": [{"site": "a", "kind": "cpu", "length": 0, "amount": 1}],
            "inputs": [{
                "data": "d", "at": "a", "first": 0, "until": 2,
                "ways": [{"path": 0, "length": 0, "rate": 1, "cost": 5}],
            }],
        }]}],
    })
}

#[test]
fn what_is_wrong_with_a_listed_choice_is_named() {
    assert_eq!(error(&listed()), "sound");
    let choice = "/jobs/0/choices/0";
    let at = |field: &str| format!("{choice}/{field}");
    let (last, curve, length) = (at("last"), at("curve"), at("length"));
    let (site, kind) = (at("holds/0/site"), at("holds/0/kind"));
    let quota = at("holds/0/quota");
    let (node, path, rate) = (
        at("inputs/0/at"),
        at("inputs/0/ways/0/path"),
        at("inputs/0/ways/0/rate"),
    );
    refused(
        listed(),
        &[
            ("/version", json!(1), "tables: is not in version 1"),
            (
                "/tables",
                Value::Null,
                "jobs[0].choices: stands beside no `tables`",
            ),
            (
                "/tables/edges_ms",
                json!([0, 5]),
                "tables.edges_ms: are not the edges of 2",
            ),
            (
                "/tables/edges_ms",
                json!([0, 5, 5]),
                "tables.edges_ms: are not the edges of 2",
            ),
            (
                "/tables/paths/0",
                json!(["x"]),
                "tables.paths[0]: names \"x\"",
            ),
            (
                "/tables/curves/0",
                json!([1]),
                "tables.curves[0]: has 1 values",
            ),
            (
                "/sites/0/cost",
                json!({"cpu": 1}),
                "sites[0].cost: is not counted",
            ),
            (
                "/jobs/0/choices",
                Value::Null,
                "jobs[0]: missing field `deadline`",
            ),
            (
                "/jobs/0/release",
                json!(1),
                "jobs[0]: a job with `choices` has no",
            ),
            (
                &last,
                json!(2),
                "jobs[0].choices[0].last: is 2; give 0 to 1",
            ),
            (
                &curve,
                json!(1),
                "jobs[0].choices[0].curve: is 1, and its table has 1",
            ),
            (
                &length,
                json!(7),
                "jobs[0].choices[0].length: is 7, and its table has 1",
            ),
            (
                &site,
                json!("b"),
                "jobs[0].choices[0].holds[0].site: names \"b\"",
            ),
            (
                &site,
                Value::Null,
                "jobs[0].choices[0].holds[0]: names not one site, quota or cap on power",
            ),
            (
                &quota,
                json!("q"),
                "jobs[0].choices[0].holds[0]: names not one site, quota or cap on power",
            ),
            (
                &kind,
                json!("gpu"),
                "jobs[0]: a run uses something that is not there",
            ),
            (
                &node,
                json!("z"),
                "jobs[0].choices[0].inputs[0].at: names \"z\"",
            ),
            (
                &path,
                json!(1),
                "jobs[0].choices[0].inputs[0].ways[0].path: is 1",
            ),
            (
                &rate,
                json!(-1),
                "jobs[0].choices[0].inputs[0].ways[0].rate: is -1",
            ),
        ],
    );
}

#[test]
fn a_name_that_comes_twice_and_broken_json_are_refused() {
    let text = sound()
        .to_string()
        .replace(r#""sites":{"a":0}"#, r#""sites":{"a":0,"a":1}"#);
    let error = Instance::parse(text.as_bytes()).unwrap_err().to_string();
    assert!(error.starts_with("jobs[0]"), "{error}");
    assert!(error.contains("\"a\" comes twice"), "{error}");
    let error = Instance::parse(b"{").unwrap_err().to_string();
    assert!(error.starts_with("not well-formed JSON: "), "{error}");
}

#[test]
fn more_choices_than_the_limit_are_refused() {
    let mut instance = sound();
    let site = |number: i32| json!({"name": format!("s{number}"), "capacity": {"cpu": 1}});
    instance["sites"] = (0..101).map(site).collect();
    instance["links"] = json!([]);
    let group = json!({"needs": {"cpu": 1}, "slots": 1});
    let job = json!({"name": "j", "groups": [group, group], "deadline": 4, "unplaced": 1});
    instance["jobs"] = json!([job]);
    let error = error(&instance);
    assert!(
        error.starts_with("jobs[0].sites: leave more than 10000 choices"),
        "{error}"
    );
}
