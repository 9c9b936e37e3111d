//! SIGKILL and resume: the agent's process is killed at seeded instants and started again over the same chain and journal.
//!
//! A prepared folder is copied twice. Over one copy a process lives undisturbed; over the other, several are killed one after the
//! other and a last one finishes. At the end both chains must hold the same decisions, each once, and have the same head.

mod count;
mod prepared;
mod process;
mod stretch;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub use stretch::live;

use super::Progress;
use crate::summary::Resume;
use crate::{LabError, People, Stream};
use process::Process;

/// How a process that can be killed is started, and where it may write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Killable {
    /// The program.
    pub program: PathBuf,
    /// Its arguments; the folder to live in follows as the last one.
    pub arguments: Vec<OsString>,
    /// Folder for the chains and journals of both runs; what an earlier demo left in it is replaced.
    pub folder: PathBuf,
}

/// How many processes are killed.
const KILLS: u32 = 5;
/// A kill falls so many microseconds after an agent's turn has begun, at most.
const WITHIN_US: u64 = 20_000;

/// Kills, resumes and compares.
pub(super) async fn resume(
    killable: &Killable,
    people: &People,
    seed: u64,
    progress: &mut dyn Progress,
) -> Result<Resume, LabError> {
    let [start, calm, killed] =
        ["prepared", "undisturbed", "killed"].map(|name| killable.folder.join(name));
    for folder in [&start, &calm, &killed] {
        empty(folder)?;
    }
    prepared::prepare(&start, people, seed).await?;
    for folder in [&calm, &killed] {
        copy(&start, folder)?;
    }
    let turns = stretch::turns();
    progress.begin("SIGKILL and resume", turns.len() as u64);
    Process::start(killable, &calm)?.finish(&mut |_| {})?;
    let mut instants = Stream::new(seed, "kill", 0);
    for n in 0..KILLS as usize {
        // One kill in each equal part of the stretch, so that each finds something to do.
        let (from, to) = (n * turns.len(), (n + 1) * turns.len());
        let (from, to) = (from / KILLS as usize, to / KILLS as usize);
        let turn = turns[from + instants.below((to - from) as u64) as usize];
        Process::start(killable, &killed)?.kill_at(turn, instants.below(WITHIN_US))?;
        progress.at(to as u64);
    }
    Process::start(killable, &killed)?.finish(&mut |_| {})?;
    count::compare(&calm, &killed, KILLS).await
}

/// An empty folder, whatever was there.
fn empty(folder: &Path) -> Result<(), LabError> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(LabError::io(folder)(e)),
        _ => {}
    }
    std::fs::create_dir_all(folder).map_err(LabError::io(folder))
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) -> Result<(), LabError> {
    std::fs::create_dir_all(to).map_err(LabError::io(to))?;
    for entry in std::fs::read_dir(from).map_err(LabError::io(from))? {
        let entry = entry.map_err(LabError::io(from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target)?;
        } else {
            std::fs::copy(&source, &target).map_err(LabError::io(&target))?;
        }
    }
    Ok(())
}
