//! M-1 and M-2 for a third party: the Python in `docs/examples`, written from `docs/model-format.md`, says the same.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use alloy_primitives::{B256, hex::encode};
use mandate_model::{Explain, ModelError, Program, Schema};
use rand::Rng;

use crate::{manifest, random, schema};

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
            format!("run {} 00 {} -\n", encode(&bytes), name_of(&refused))
        }
        Ok(program) => {
            let input = random::input(rng, program.head().features);
            let (margin, output) = (program.margin(&input).unwrap(), program.run(&input).unwrap());
            format!("run {} {} {margin} {output}\n", encode(&bytes), encode(&input))
        }
    }
}

/// One line for the script: a schema, or a damaged one with its refusal.
fn schema_line(rng: &mut impl Rng, damage: bool) -> String {
    let mut bytes = schema::any(rng).encode();
    if damage {
        spoil(rng, &mut bytes);
    }
    let said = match Schema::decode(&bytes) {
        Err(refused) => name_of(&refused),
        Ok(schema) => schema.features().len().to_string(),
    };
    format!("schema {} {said}\n", shown(&bytes))
}

/// One line for the script: explanation data of some program with or without a manifest, or damaged ones with their refusal.
fn explain_line(rng: &mut impl Rng, damage: bool) -> String {
    let (program, explain) = manifest::every(rng)[rng.random_range(0..7)].clone();
    let explain = match rng.random() {
        true => explain.with_manifest(B256::from(rng.random::<[u8; 32]>())).unwrap(),
        false => explain,
    };
    let mut bytes = explain.encode();
    if damage {
        spoil(rng, &mut bytes);
    }
    let said = match Explain::decode(&bytes, &program) {
        Err(refused) => format!("{} -", name_of(&refused)),
        Ok(explain) => {
            let manifest = explain.manifest().map_or_else(|| "none".to_owned(), encode);
            format!("{} {manifest}", explain.covers().len() + explain.baseline().len() / 3)
        }
    };
    format!("explain {} {} {said}\n", encode(program.encode()), shown(&bytes))
}

/// Bytes that are longer than they were, shorter, or have a bit turned.
fn spoil(rng: &mut impl Rng, bytes: &mut Vec<u8>) {
    match rng.random_range(0..3) {
        0 => bytes.extend(vec![0; rng.random_range(1..70)]),
        _ if bytes.is_empty() => {}
        1 => bytes.truncate(rng.random_range(0..bytes.len())),
        _ => {
            let at = rng.random_range(0..bytes.len());
            bytes[at] ^= 1 << rng.random_range(0..8);
        }
    }
}

/// Bytes as the script reads them.
fn shown(bytes: &[u8]) -> String {
    if bytes.is_empty() { "-".to_owned() } else { encode(bytes) }
}

fn name_of(refused: &ModelError) -> String {
    let name = format!("{refused:?}");
    name.split(' ').next().unwrap().to_owned()
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
    lines.extend((0..200).map(|index| explain_line(&mut rng, index % 2 == 0)));
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let answer = child.wait_with_output().unwrap();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    assert_eq!(String::from_utf8_lossy(&answer.stdout).trim(), "1000");
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
