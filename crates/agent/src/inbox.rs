//! Where reports come from: a folder of JSON files, or a channel.

use std::collections::VecDeque;
use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};

use mandate_oracle::SignedReport;
use tokio::sync::mpsc::Receiver;

use crate::error::{AgentError, Result};

/// One thing that came in.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// By which the inbox knows it.
    pub id: String,
    /// The report, or why there is none.
    pub report: Result<SignedReport, String>,
}

/// A source of reports that delivers each until it is told that the report is journalled.
pub trait Inbox: Send {
    /// What is there now, in a fixed order.
    fn deliveries(&mut self) -> impl Future<Output = Result<Vec<Delivery>>> + Send;

    /// The delivery is journalled, or is no report: it need not be delivered again.
    fn done(&mut self, delivery: &Delivery) -> impl Future<Output = Result<()>> + Send;
}

/// A folder: whoever has a report writes `<name>.json` elsewhere and renames it into here.
///
/// A journalled file is deleted; one that is no report is renamed to `<name>.json.bad`.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Most files that one look takes.
    const MOST: usize = 256;
    /// Largest file that is read.
    const MAX_BYTES: u64 = 256 * 1024;

    /// The folder at `path`, which is made if it is missing.
    ///
    /// # Errors
    /// [`AgentError::Inbox`] if it cannot be made.
    pub fn new(path: &Path) -> Result<Self> {
        let folder = Self { path: path.to_path_buf() };
        fs::create_dir_all(path).map_err(|e| folder.fail(&e))?;
        Ok(folder)
    }

    fn read(&self, name: &str) -> Result<SignedReport, String> {
        let path = self.path.join(name);
        let bytes = fs::metadata(&path).map_err(|e| e.to_string())?.len();
        if bytes > Self::MAX_BYTES {
            return Err(format!("{bytes} bytes, at most {} read", Self::MAX_BYTES));
        }
        let text = fs::read_to_string(&path).map_err(|e| e.to_string())?;
        SignedReport::from_json(&text).map_err(|e| e.to_string())
    }

    fn fail(&self, error: &std::io::Error) -> AgentError {
        AgentError::Inbox { place: self.path.display().to_string(), detail: error.to_string() }
    }
}

impl Inbox for Folder {
    async fn deliveries(&mut self) -> Result<Vec<Delivery>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(|e| self.fail(&e))? {
            let name = entry.map_err(|e| self.fail(&e))?.file_name();
            if let Some(name) = name.to_str().filter(|name| name.ends_with(".json")) {
                names.push(name.to_owned());
            }
        }
        names.sort_unstable();
        names.truncate(Self::MOST);
        Ok(names.into_iter().map(|id| Delivery { report: self.read(&id), id }).collect())
    }

    async fn done(&mut self, delivery: &Delivery) -> Result<()> {
        let path = self.path.join(&delivery.id);
        let outcome = if delivery.report.is_ok() {
            fs::remove_file(&path)
        } else {
            fs::rename(&path, path.with_extension("json.bad"))
        };
        match outcome {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(self.fail(&e)),
            _ => Ok(()),
        }
    }
}

/// A channel: whoever holds its other end keeps the reports until they are journalled.
#[derive(Debug)]
pub struct Channel {
    receiver: Receiver<SignedReport>,
    waiting: VecDeque<Delivery>,
    next: u64,
}

impl Channel {
    /// The receiving end as an inbox.
    pub const fn new(receiver: Receiver<SignedReport>) -> Self {
        Self { receiver, waiting: VecDeque::new(), next: 0 }
    }
}

impl Inbox for Channel {
    async fn deliveries(&mut self) -> Result<Vec<Delivery>> {
        while let Ok(report) = self.receiver.try_recv() {
            self.waiting.push_back(Delivery { id: self.next.to_string(), report: Ok(report) });
            self.next += 1;
        }
        Ok(self.waiting.iter().cloned().collect())
    }

    async fn done(&mut self, delivery: &Delivery) -> Result<()> {
        self.waiting.retain(|waiting| waiting.id != delivery.id);
        Ok(())
    }
}

/// Nothing ever comes in: for markets whose classes read the chain only.
#[derive(Clone, Copy, Debug, Default)]
pub struct Empty;

impl Inbox for Empty {
    async fn deliveries(&mut self) -> Result<Vec<Delivery>> {
        Ok(Vec::new())
    }

    async fn done(&mut self, _: &Delivery) -> Result<()> {
        Ok(())
    }
}
