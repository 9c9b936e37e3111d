//! One case: a folder with good files, one of them spoilt or one flag wrong, and the real program run in it.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};

use super::node::{self, Behaviour};
use super::secrets;
use super::stage::{Stages, Start};

/// What is spoilt before the program runs.
pub(super) enum Spoil {
    /// Nothing: the command line is what is wrong.
    Nothing,
    /// A file with these bytes.
    Bytes(&'static str, Vec<u8>),
    /// A file that is not there.
    Gone(&'static str),
    /// A folder where a file should be.
    Folder(&'static str),
    /// Whatever is done to the folder; what is returned is kept while the program runs.
    Done(Doing),
    /// Standard output that takes nothing more, as a full disk.
    FullOutput,
    /// A disk on which no file can grow.
    FullDisk,
}

/// Something done to a folder, and what is to be kept for as long as it lasts.
type Doing = Box<dyn Fn(&Path) -> Box<dyn Any>>;

/// Spoils by doing something to the folder.
pub(super) fn done<T: 'static>(what: impl Fn(&Path) -> T + 'static) -> Spoil {
    Spoil::Done(Box::new(move |folder| Box::new(what(folder))))
}

/// What the program answered.
pub(super) struct Outcome {
    pub(super) code: i32,
    pub(super) says: String,
    pub(super) faults: Vec<String>,
}

/// One malformed thing and the command that meets it.
pub(super) struct Case {
    pub(super) given: &'static str,
    start: Start,
    spoil: Spoil,
    node: Option<Behaviour>,
    arguments: Vec<String>,
}

impl Case {
    pub(super) fn new(given: &'static str, spoil: Spoil, command: &str) -> Self {
        let arguments = command.split(' ').map(str::to_owned).collect();
        Self { given, start: Start::Small, spoil, node: None, arguments }
    }

    /// The same, in a folder that begins otherwise.
    pub(super) fn from(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// The same, where `URL` is a server that behaves like this.
    pub(super) fn against(mut self, behaviour: Behaviour) -> Self {
        self.node = Some(behaviour);
        self
    }

    /// The same with one more argument, which may have spaces.
    pub(super) fn with(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Whether it can only be run on a real node.
    pub(super) fn needs_node(&self) -> bool {
        self.start == Start::OnNode
    }

    /// The command line as a person would type it, without secrets.
    pub(super) fn command(&self) -> String {
        let end = match self.spoil {
            Spoil::FullOutput => " > /dev/full",
            _ => "",
        };
        secrets::hidden(&format!("mandate {}{end}", self.arguments.join(" ")))
    }

    /// Runs the program; what a case must keep and does not is a fault.
    pub(super) fn run(&self, stages: &Stages) -> Outcome {
        let folder = tempfile::tempdir().expect("a temporary folder");
        stages.fill(self.start, folder.path());
        let url = self.node.map_or_else(|| stages.url(), node::serve);
        let held = self.spoil(folder.path());
        let before = contents(folder.path());
        let output =
            self.program(stages, folder.path(), &url).output().expect("the program starts");
        let after = contents(folder.path());
        drop(held);
        let talk = String::from_utf8(output.stderr.clone()).expect("it speaks UTF-8");
        let faults = [
            (talk.contains("panicked"), "it panicked"),
            (talk.len() > 4000, "it says too much"),
            (!self.is_exit_code(output.status), "not an exit code of a refusal"),
            (self.answers(&output), "it answered all the same"),
            (!secrets::are_kept(&[&output.stdout, &output.stderr]), "it shows a secret"),
            (!self.helps(&talk), "it does not say what to do"),
        ];
        let faults = faults.iter().filter(|(fault, _)| *fault).map(|(_, name)| (*name).to_owned());
        let faults = faults.chain(changed(&before, &after)).collect();
        let says = gist(&talk).replace(&url, "URL");
        Outcome { code: output.status.code().unwrap_or(-1), says, faults }
    }

    /// 1 is the "no" of `check`, 2 wrong usage, 3 work that could not be done; whoever is killed has none.
    fn is_exit_code(&self, status: ExitStatus) -> bool {
        let least = if self.arguments[0] == "check" { 1 } else { 2 };
        status.code().is_some_and(|code| (least..=3).contains(&code))
    }

    /// Whether there is an answer on stdout. A score is answered row by row, up to the row that cannot be.
    fn answers(&self, output: &Output) -> bool {
        !output.stdout.is_empty() && !self.arguments.iter().any(|word| word == "score")
    }

    /// Whether whoever works on a ledger is told what to do.
    fn helps(&self, talk: &str) -> bool {
        self.start == Start::Small || talk.contains("= help: ") || talk.contains("--help")
    }

    fn spoil(&self, folder: &Path) -> Box<dyn Any> {
        let change = match &self.spoil {
            Spoil::Bytes(name, bytes) => fs::write(folder.join(name), bytes),
            Spoil::Gone(name) => fs::remove_file(folder.join(name)),
            Spoil::Folder(name) => {
                fs::remove_file(folder.join(name)).and_then(|()| fs::create_dir(folder.join(name)))
            }
            Spoil::Done(what) => return what(folder),
            Spoil::Nothing | Spoil::FullOutput | Spoil::FullDisk => Ok(()),
        };
        change.unwrap_or_else(|error| panic!("{}: {error}", self.given));
        Box::new(())
    }

    /// The program, with two gigabytes of addresses and a minute to answer: whoever takes more is killed.
    fn program(&self, stages: &Stages, folder: &Path, url: &str) -> Command {
        let disk = match self.spoil {
            Spoil::FullDisk => "trap '' XFSZ; ulimit -f 0; ",
            _ => "",
        };
        let shell = format!("{disk}ulimit -v 2000000; exec timeout -s KILL 60 \"$0\" \"$@\"");
        let mut command = Command::new("bash");
        command.args(["-c", &shell, env!("CARGO_BIN_EXE_mandate")]);
        command.args(self.arguments.iter().flat_map(|word| match word.as_str() {
            "URL" => vec![url.to_owned()],
            word => stages.meaning(word),
        }));
        command.envs(secrets::variables()).env_remove("MANDATE_DATA");
        command.current_dir(folder).stdin(Stdio::null());
        if matches!(self.spoil, Spoil::FullOutput) {
            let full = File::options().write(true).open("/dev/full");
            command.stdout(full.expect("Linux has it"));
        }
        command
    }
}

type Contents = BTreeMap<PathBuf, Vec<u8>>;

/// Every file below a folder with its bytes, and every folder and link.
fn contents(folder: &Path) -> Contents {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let entry = entry.expect("an entry");
            let (path, kind) = (entry.path(), entry.file_type().expect("a kind"));
            let bytes = match kind.is_file() && kind_is_small(&path) {
                true => fs::read(&path).expect("a file"),
                false => Vec::new(),
            };
            if kind.is_dir() {
                open.push(path.clone());
            }
            found.insert(path, bytes);
        }
    }
    found
}

/// What is not as it was.
fn changed(before: &Contents, after: &Contents) -> Option<String> {
    let all: BTreeSet<&PathBuf> = before.keys().chain(after.keys()).collect();
    let names = all.into_iter().filter(|name| before.get(*name) != after.get(*name));
    let names: Vec<_> = names.map(|name| name.display().to_string()).collect();
    (!names.is_empty()).then(|| format!("files changed: {}", names.join(", ")))
}

/// A file of gigabytes is one with a hole, and is not read to be compared.
fn kind_is_small(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.len() < 1 << 24)
}

/// What was said, on one line: without the frames that show the place in the file.
fn gist(talk: &str) -> String {
    let frame = |line: &&str| {
        let line = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
        !line.starts_with('|') && !line.is_empty()
    };
    talk.lines().filter(frame).map(str::trim).collect::<Vec<_>>().join(" ")
}
