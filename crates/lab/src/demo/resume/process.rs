//! A process that lives in a folder: heard, killed, or waited for.

use std::io::{BufRead, BufReader, Lines, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::Killable;
use crate::LabError;

/// A started process. It tells the number of each act on a line of its own, and does not end before its input is closed, so that
/// a kill always meets a living one.
pub(super) struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    complaints: ChildStderr,
}

impl Process {
    pub(super) fn start(killable: &Killable, folder: &Path) -> Result<Self, LabError> {
        let mut child = Command::new(&killable.program)
            .args(&killable.arguments)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(LabError::io(&killable.program))?;
        let lines = BufReader::new(child.stdout.take().expect("piped above")).lines();
        let complaints = child.stderr.take().expect("piped above");
        Ok(Self { child, lines, complaints })
    }

    /// SIGKILL, so many microseconds after the process has begun act `turn` or a later one.
    pub(super) fn kill_at(mut self, turn: usize, after_us: u64) -> Result<(), LabError> {
        loop {
            match self.heard()? {
                Some(at) if at < turn => {}
                Some(_) => break,
                None => return Err(self.died()),
            }
        }
        std::thread::sleep(Duration::from_micros(after_us));
        let path = Path::new("a killed process");
        self.child.kill().map_err(LabError::io(path))?;
        self.child.wait().map_err(LabError::io(path))?;
        Ok(())
    }

    /// Lets it live to its end.
    pub(super) fn finish(mut self, at: &mut dyn FnMut(usize)) -> Result<(), LabError> {
        drop(self.child.stdin.take());
        while let Some(act) = self.heard()? {
            at(act);
        }
        match self.child.wait() {
            Ok(status) if status.success() => Ok(()),
            _ => Err(self.died()),
        }
    }

    /// The next act that it tells of; anything else on a line is passed over.
    fn heard(&mut self) -> Result<Option<usize>, LabError> {
        for line in self.lines.by_ref() {
            let line = line.map_err(LabError::io("the output of a process"))?;
            if let Some(act) = line.strip_prefix("act ").and_then(|n| n.parse().ok()) {
                return Ok(Some(act));
            }
        }
        Ok(None)
    }

    /// Why it ended of its own accord.
    fn died(mut self) -> LabError {
        let mut why = String::new();
        let _ = self.complaints.read_to_string(&mut why);
        let status = self.child.wait().map_or_else(|e| e.to_string(), |s| s.to_string());
        LabError::Failed {
            why: format!("the resumed process ended by itself ({status}): {}", why.trim()),
        }
    }
}

impl Drop for Process {
    /// Nothing that was started is left behind.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
