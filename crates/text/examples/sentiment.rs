//! The scorers on labelled texts, over five splits: accuracy and macro F1, as JSON, with the rows of each split for a rival.
//!
//! Usage: `cargo run --release -p mandate-text --example sentiment -- TEXTS.csv LEXICON.txt EMOJI.txt`, where the first has columns
//! `text` and `label` (0 negative, 1 positive, 2 neutral).

use std::error::Error;
use std::fs::{File, read_to_string};
use std::io::Write;
use std::time::Instant;

use mandate_text::linear::{Class, Example, Figures, Grams, Linear, Settings, train};
use mandate_text::rows::Rows;
use mandate_text::vader::{Lexicon, Vader};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

/// VADER's own reading of its compound: beyond ±0.05 a text speaks for or against.
const THRESHOLD: i32 = 500;

fn read(path: &str) -> Result<Vec<(String, Class)>, Box<dyn Error>> {
    let mut rows = Rows::open(File::open(path)?, &["text", "label"])?;
    let mut out = Vec::new();
    while rows.next()? {
        let class = match rows.field(1)? {
            "0" => Class::Negative,
            "1" => Class::Positive,
            "2" => Class::Neutral,
            _ => return Err(rows.refused(1, "0, 1 or 2").into()),
        };
        out.push((rows.text(0), class));
    }
    Ok(out)
}

fn by_vader(vader: &Vader, text: &str) -> Result<usize, Box<dyn Error>> {
    let compound = vader.score(text)?.compound;
    Ok(1 + usize::from(compound >= THRESHOLD) - usize::from(compound <= -THRESHOLD))
}

fn figures(
    texts: &[(String, Class)],
    rows: &[usize],
    mut say: impl FnMut(usize) -> Result<usize, Box<dyn Error>>,
) -> Result<Figures, Box<dyn Error>> {
    let pairs = rows.iter().map(|&row| Ok((texts[row].1 as usize, say(row)?)));
    Ok(Figures::of(&pairs.collect::<Result<Vec<_>, Box<dyn Error>>>()?, 3))
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, texts, lexicon, emoji] = arguments.as_slice() else {
        return Err("three files: labelled texts, a lexicon, emoji".into());
    };
    let texts = read(texts)?;
    let vader = Vader::new(Lexicon::parse(&read_to_string(lexicon)?, &read_to_string(emoji)?)?);
    let mut splits = Vec::new();
    for seed in 1..=5 {
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let (test, learnt) = order.split_at(texts.len() / 5);
        let settings = Settings { seed, ..Settings::default() };
        let start = Instant::now();
        let grams = |row: usize| Grams::of(&texts[row].0, settings.bits);
        let example = |row: &usize| Ok(Example { grams: grams(*row)?, class: texts[*row].1 });
        let examples = learnt.iter().map(example).collect::<Result<Vec<_>, Box<dyn Error>>>()?;
        let model: Linear = train(&examples, &settings, &mut || {})?;
        let train_s = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let ours = figures(&texts, test, |row| Ok(model.class(&grams(row)?)))?;
        let texts_per_s = test.len() as f64 / start.elapsed().as_secs_f64();
        splits.push(json!({
            "seed": seed, "test": test, "model": model.id().to_string(),
            "linear": ours, "vader": figures(&texts, test, |row| by_vader(&vader, &texts[row].0))?,
            "train_s": train_s, "texts_per_s": texts_per_s,
        }));
    }
    writeln!(std::io::stdout().lock(), "{}", json!({ "texts": texts.len(), "splits": splits }))?;
    Ok(())
}
