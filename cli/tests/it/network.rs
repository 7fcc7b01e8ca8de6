//! Definitions of the network: what is sent, what is said of a bad file, and what stays.

use ewc_proto::v1;
use tonic::Code;

use crate::fake::{Fake, Script, Turn};
use crate::{code, ewc, stderr, stdout};

const TWO_SITES: &str = r#"
name = "pair"

[[nodes]]
name = "gz-guian"
latitude = 26.4
longitude = 106.5

[[nodes]]
name = "shanghai"
latitude = 31.2
longitude = 121.5

[[segments]]
between = ["gz-guian", "shanghai"]
private_ip = { carrier = "telecom", one_way = "14.6ms", capacity = "10Gbps", price = "80CNY/TB" }

[[regions]]
name = "shanghai"
node = "shanghai"
access = "0.3ms"
latitude = 31.2
longitude = 121.5
"#;

/// `ewc network apply` of this text, in a file of that name.
async fn apply(fake: &Fake, name: &str, text: &str, more: &[&str]) -> std::process::Output {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    let apply = ["network", "apply", path.to_str().unwrap()];
    ewc(&[&apply[..], &["--endpoint", &fake.url], more].concat()).await
}

fn defined(fake: &Fake) -> Vec<v1::DefineNetworkRequest> {
    fake.script.lock().unwrap().defined.clone()
}

#[tokio::test]
async fn a_file_is_sent_as_it_stands() {
    let fake = Fake::start(Script::default()).await;
    let output = apply(&fake, "pair.toml", TWO_SITES, &[]).await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let table = "\
item            count
nodes               2
links               1
demand regions      1
";
    assert_eq!(stdout(&output), table);
    assert_eq!(stderr(&output), "");
    let sent = &defined(&fake)[0];
    let link = &sent.links[0];
    assert_eq!(link.id, "private_ip.gz-guian.shanghai");
    assert_eq!((link.one_way_us, link.up), (14_600, true));
    assert_eq!(link.capacity_bps, 10_000_000_000);
    assert_eq!(link.price_micro_cny_per_gb, 80_000);
    assert_eq!(sent.nodes[0].id, "gz-guian");
    assert_eq!(sent.regions[0].access_us, 300);

    let chinese = apply(&fake, "pair.toml", TWO_SITES, &["--lang", "zh"]).await;
    assert!(stdout(&chinese).starts_with("项目      数量\n节点         2\n"));
}

#[tokio::test]
async fn the_national_network_is_built_in_and_its_sites_stay_behind() {
    let fake = Fake::start(Script::default()).await;
    let national = ["network", "apply", "--builtin", "national"];
    let endpoint = ["--endpoint", &fake.url, "-o", "json"];
    let output = ewc(&[&national[..], &endpoint].concat()).await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(
        stderr(&output),
        "not sent: 14 sites (their agents declare them) and the policy\n"
    );
    let value: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let sent = &defined(&fake)[0];
    let scenario = ewc_scenario::national();
    let counts = |list: &str| value[list].as_array().unwrap().len();
    assert_eq!((counts("nodes"), sent.nodes.len()), (29, 29));
    assert_eq!(counts("links"), scenario.links.len());
    assert_eq!(sent.links.len(), scenario.links.len());
    assert_eq!((counts("regions"), sent.regions.len()), (20, 20));
    assert_eq!(counts("sites_not_sent"), 14);
    assert_eq!(value["sent"], true);
}

#[tokio::test]
async fn a_dry_run_asks_nobody() {
    let fake = Fake::start(Script::default()).await;
    let output = apply(&fake, "pair.toml", TWO_SITES, &["--dry-run", "-o", "yaml"]).await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).starts_with("sent: false\n"));
    assert_eq!(stderr(&output), "nothing was sent, as --dry-run asks\n");
    assert!(defined(&fake).is_empty());
}

#[tokio::test]
async fn errors_name_field_and_file() {
    let fake = Fake::start(Script::default()).await;
    let cases = [
        (("14.6ms", "14.6"), "private_ip.one_way: \"14.6\" is not"),
        (
            ("\"gz-guian\", \"shanghai\"]", "\"gz-guian\", \"wuhan\"]"),
            ".between: \"wuhan\" is not a node",
        ),
        (
            ("access = ", "acess = "),
            "regions[0].acess: is not a field",
        ),
        (("name = \"pair\"", "name = "), "not well-formed TOML"),
    ];
    for ((from, to), said) in cases {
        let output = apply(&fake, "pair.toml", &TWO_SITES.replace(from, to), &[]).await;
        assert_eq!(code(&output), 2, "{said}");
        let text = stderr(&output);
        assert!(text.contains("/pair.toml: "), "{text}");
        assert!(text.contains(said), "{said} is not in {text}");
    }
    assert!(defined(&fake).is_empty());

    let said = "links[0].id: is longer than 256 characters";
    fake.script.lock().unwrap().turns = [Turn::Refuse(Code::InvalidArgument, said)].into();
    let output = apply(&fake, "pair.toml", TWO_SITES, &[]).await;
    assert_eq!(code(&output), 3);
    let expected = format!("/pair.toml: {said}\n");
    assert!(stderr(&output).ends_with(&expected), "{}", stderr(&output));
}

#[tokio::test]
async fn a_link_is_cut_and_restored_and_nothing_else_changes() {
    let link = v1::Link {
        id: "optical.a.b".into(),
        a: "a".into(),
        b: "b".into(),
        carrier: "china_telecom".into(),
        layer: v1::Layer::Optical.into(),
        one_way_us: 2_900,
        capacity_bps: 800_000_000_000,
        usable_permille: 650,
        price_micro_cny_per_gb: 4_800,
        up: true,
        encrypted: true,
        ..v1::Link::default()
    };
    let other = v1::Link {
        id: "optical.b.c".into(),
        ..link.clone()
    };
    let fake = Fake::start(Script {
        links: vec![other, link.clone()],
        ..Script::default()
    })
    .await;
    let turn = async |word: &str, name: &str| {
        ewc(&["links", word, name, "--endpoint", &fake.url, "-o", "json"]).await
    };
    for (word, up) in [("cut", false), ("cut", false), ("restore", true)] {
        let output = turn(word, "optical.a.b").await;
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let shown: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(
            (&shown["id"], &shown["up"]),
            (&"optical.a.b".into(), &up.into())
        );
        let sent = defined(&fake).pop().unwrap();
        assert_eq!((sent.nodes.len(), sent.regions.len()), (0, 0));
        let expected = v1::Link { up, ..link.clone() };
        assert_eq!(sent.links, [expected], "{word}");
    }
    let output = turn("cut", "optical.a.c").await;
    assert_eq!(code(&output), 4);
    assert!(stderr(&output).contains("no link is named \"optical.a.c\"\nhint: `ewc links`"));
    assert_eq!(defined(&fake).len(), 3);
}

#[tokio::test]
async fn a_hub_takes_nothing_before_its_first_site_gives_work_up() {
    let fake = Fake::start(Script::default()).await;
    let drain = ["drain", "--hub", "gansu", "--endpoint", &fake.url];
    let output = ewc(&drain).await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(fake.script.lock().unwrap().modes.is_empty());
    let output = ewc(&[&drain[..], &["--yes"]].concat()).await;
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let script = fake.script.lock().unwrap();
    let modes = script
        .modes
        .iter()
        .map(|set| (set.site.as_str(), set.mode()));
    let expected = [
        ("gansu-1", v1::SiteMode::Cordoned),
        ("gansu-2", v1::SiteMode::Cordoned),
        ("gansu-1", v1::SiteMode::Draining),
        ("gansu-2", v1::SiteMode::Draining),
    ];
    assert_eq!(modes.collect::<Vec<_>>(), expected);
}
