//! A scenario of one site, and what is said of others.

use super::*;

const TEXT: &str = "
name = \"small\"
[site]
name = \"here\"
processors = 100
queue = \"easy\"
[workload]
swf = \"log.swf.gz\"
";

#[test]
fn what_is_not_said_has_a_default() {
    let site = BatchSite::parse(TEXT, Format::Toml).unwrap();
    let expected = BatchSite {
        name: String::from("small"),
        seed: 0,
        site: String::from("here"),
        processors: 100,
        queue: String::from("easy"),
        swf: PathBuf::from("log.swf.gz"),
        estimate: String::from("requested"),
        jobs_max: None,
    };
    assert_eq!(site, expected);
}

#[test]
fn the_example_is_read_and_its_log_is_beside_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sites");
    let site = BatchSite::load(&folder.join("kth-sp2.toml")).unwrap();
    assert_eq!(site.swf, folder.join("KTH-SP2-filtered.swf.gz"));
    assert_eq!((site.processors, site.seed), (100, 1));
}

#[test]
fn errors_name_the_field() {
    for (from, to, part) in [
        (
            "processors = 100",
            "processors = 0",
            "site.processors: is 0",
        ),
        ("processors = 100", "", "site.processors: is missing"),
        (
            "processors = 100",
            "nodes = 4\nprocessors = 1",
            "site.nodes: is not a field",
        ),
        ("swf =", "csv =", "workload.swf: is missing"),
        ("[workload]", "[jobs]", "workload: is missing"),
        ("\"here\"", "\"a b\"", "site.name"),
    ] {
        let error = BatchSite::parse(&TEXT.replace(from, to), Format::Toml).unwrap_err();
        assert!(
            error.to_string().contains(part),
            "{error} should say {part}"
        );
    }
}
