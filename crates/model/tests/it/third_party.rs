//! M-1 and M-2 for a third party: the Python in `docs/examples`, written from `docs/model-format.md`, says the same.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use alloy_primitives::hex::encode;
use mandate_model::{Program, Schema};
use rand::Rng;

use crate::{random, schema};

/// One line for the script: a good model with its output, or a damaged one with its refusal.
fn line(rng: &mut impl Rng, damage: bool) -> String {
    let program = random::any(rng);
    let mut bytes = program.encode();
    if damage {
        let end = if rng.random() { bytes.len() } else { 110.min(bytes.len()) };
        bytes[rng.random_range(0..end)] ^= 1 << rng.random_range(0..8);
    }
    match Program::decode(&bytes) {
        Err(refused) => {
            let name = format!("{refused:?}");
            format!("{} 00 {} -\n", encode(&bytes), name.split(' ').next().unwrap())
        }
        Ok(program) => {
            let input = random::input(rng, program.head().features);
            let (margin, output) = (program.margin(&input).unwrap(), program.run(&input).unwrap());
            format!("{} {} {margin} {output}\n", encode(&bytes), encode(&input))
        }
    }
}

/// One line for the script: a schema with or without a manifest, or a damaged one with its refusal.
fn schema_line(rng: &mut impl Rng, damage: bool) -> String {
    let mut bytes = schema::any(rng).encode();
    if damage {
        match rng.random_range(0..3) {
            0 => bytes.extend(vec![0; rng.random_range(1..70)]),
            1 => bytes.truncate(rng.random_range(1..bytes.len())),
            _ => {
                let at = rng.random_range(0..bytes.len());
                bytes[at] ^= 1 << rng.random_range(0..8);
            }
        }
    }
    match Schema::decode(&bytes) {
        Err(refused) => {
            let name = format!("{refused:?}");
            format!("schema {} {} -\n", encode(&bytes), name.split(' ').next().unwrap())
        }
        Ok(schema) => {
            let manifest = schema.manifest().map_or_else(|| "none".to_owned(), encode);
            format!("schema {} {} {manifest}\n", encode(&bytes), schema.features().len())
        }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "a test that may skip says so")]
fn m1_an_implementation_from_the_page_alone_agrees() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/model_format.py");
    let mut python = Command::new("python3");
    python.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = python.spawn() else {
        println!("skipped: no python3 on the path");
        return;
    };
    let mut rng = random::generator(30);
    let mut lines: String = (0..400).map(|index| line(&mut rng, index % 4 == 0)).collect();
    lines.extend((0..400).map(|index| schema_line(&mut rng, index % 2 == 0)));
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let answer = child.wait_with_output().unwrap();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    assert_eq!(String::from_utf8_lossy(&answer.stdout).trim(), "800");
}

#[test]
fn the_examples_of_the_page_say_what_the_page_says() {
    let page = include_str!("../../../../docs/model-format.md");
    let (_, trees) = page.split_once("**Trees.** One tree").unwrap();
    let (trees, network) = trees.split_once("**A network.** Two features").unwrap();
    let (trees, sparse) = trees.split_once("**Sparse trees.** One tree").unwrap();
    for example in [trees, sparse, network] {
        check_example(example);
    }
}

/// The first dump of an example decodes, and its four rows hold.
fn check_example(example: &str) {
    let dump = example.lines().filter(|line| line.len() > 6 && line.starts_with("00"));
    let hex: String = dump.map(|line| line[6..].split("   ").next().unwrap()).collect();
    let bytes = alloy_primitives::hex::decode(hex.replace(' ', "")).unwrap();
    let program = Program::decode(&bytes).unwrap();
    assert_eq!(program.encode(), bytes);
    let rows = example.lines().filter(|line| line.starts_with("| ") && line.contains("| `"));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split('|').map(str::trim).collect()).collect();
    assert_eq!(rows.len(), 4);
    for row in rows {
        let features = alloy_primitives::hex::decode(row[2].trim_matches('`')).unwrap();
        assert_eq!(program.margin(&features).unwrap().to_string(), row[3].replace('−', "-"));
        assert_eq!(program.run(&features).unwrap().to_string(), row[4]);
    }
}
