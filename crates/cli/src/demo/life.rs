//! `mandate demo-life`: what the demo kills and resumes. Not for people.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use mandate_lab::demo::live;

/// Lives in a folder that the demo has prepared, until its input is closed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder.
    folder: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut out = std::io::stdout();
    // Nobody listens: whoever started this is gone, and it ends when its input does.
    let mut tell = |act| drop(writeln!(out, "act {act}").and_then(|()| out.flush()));
    runtime.block_on(live(&args.folder, &mut tell))?;
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    Ok(ExitCode::SUCCESS)
}
