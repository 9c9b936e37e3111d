//! Twelve thousand generated applicants for a loan, and the description of their columns.
//!
//! Usage: `applicants FOLDER`. Writes `applicants.csv` and `applicants.toml`, as `mandate demo` does where no other data are given.

#![allow(clippy::print_stderr, reason = "a program")]

use std::fs;
use std::path::Path;

use mandate_train::{Description, Target, TrainConfig, export, synth};

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "out/workshop".to_owned());
    let folder = Path::new(&folder);
    let data = synth::applicants(1, 12_000).data;
    let description = Description {
        name: "generated-applicants".to_owned(),
        data: None,
        manifest: false,
        target: Target::chance("default"),
        features: data.features.clone(),
        config: TrainConfig::default(),
    };
    let (csv, toml) = export(&data, &description, "applicants.csv");
    fs::create_dir_all(folder)?;
    for (name, text) in [("applicants.csv", csv), ("applicants.toml", toml)] {
        fs::write(folder.join(name), text)?;
        eprintln!("{}", folder.join(name).display());
    }
    Ok(())
}
