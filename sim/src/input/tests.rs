//! What tables may look like, and what is said of those that are none.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn rows(text: &str) -> Vec<Vec<String>> {
    let mut table = Table::open(text.as_bytes(), &["a"], None).unwrap();
    let columns = table.columns().len();
    let mut rows = Vec::new();
    while let Some(row) = table.next_row().unwrap() {
        rows.push((0..columns).map(|at| row.text(at).to_owned()).collect());
    }
    rows
}

fn error(bytes: &[u8]) -> String {
    let read = |bytes| -> Result<(), TableError> {
        let mut table = Table::open(bytes, &["a", "b"], Some(&["c"]))?;
        let mut seen = BTreeMap::new();
        while let Some(row) = table.next_row()? {
            row.unique(0, &mut seen)?;
            row.parse::<u32>(1, "a whole number")?;
        }
        Ok(())
    };
    read(bytes).unwrap_err().to_string()
}

#[test]
fn fields_are_parted_by_commas_and_may_be_quoted() {
    let text = "a,b\r\n1,\"two, \"\"too\"\"\"\n\n,é\n";
    assert_eq!(rows(text), [["1", "two, \"too\""], ["", "é"]]);
    assert_eq!(rows("a\n1"), [["1"]], "the last line may lack its end");
}

#[test]
fn errors_name_line_and_column() {
    let long = format!("a,b\n{}\n", "1,".repeat(LINE_BYTES_MAX));
    let cases: [(&str, &str); 8] = [
        ("", "line 0: there is no header"),
        ("a,c\n", "line 1: column \"b\" is missing"),
        (
            "a,b,x\n",
            "line 1: column \"x\" is not known; known are a, b, c",
        ),
        (
            "a,b\n1,2\n1,2,3\n",
            "line 3: has 3 fields where the header names 2",
        ),
        (
            "a,b\n1,-2\n",
            "line 2: column \"b\" is \"-2\"; give a whole number",
        ),
        (
            "a,b\nx,2\ny,2\nx,2\n",
            "line 4: \"x\" is there twice, first in line 2",
        ),
        ("a,b\n1,\"2\n3,4\n", "line 2: is not a row"),
        (&long, "line 2: is longer than 64 KiB"),
    ];
    for (text, part) in cases {
        let message = error(text.as_bytes());
        assert!(message.contains(part), "{message} should say {part}");
    }
    assert!(error(b"a,b\n\xff,1\n").contains("line 2: is not a row"));
}

#[test]
fn a_cut_gzip_file_is_known() {
    let mut text = String::from("a,b\n");
    for row in 0..10_000 {
        text.push_str(&format!("{row},{}\n", row * 7919 % 1000));
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let mut table = Table::open(&packed[..], &["a", "b"], None).unwrap();
    let mut count = 0;
    while table.next_row().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 10_000);
    assert!(error(&packed[..packed.len() / 2]).contains("gzip file ends in the middle"));
}
