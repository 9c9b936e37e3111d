//! One case: a folder with good files, one of them spoilt or one flag wrong, and the real program run in it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};

use super::world;

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
    /// Standard output that takes nothing more, as a full disk.
    FullOutput,
    /// A disk on which no file can grow.
    FullDisk,
}

/// What the program answered.
pub(super) struct Outcome {
    pub(super) code: i32,
    pub(super) says: String,
    pub(super) faults: Vec<&'static str>,
}

/// One malformed thing and the command that meets it.
pub(super) struct Case {
    pub(super) given: &'static str,
    spoil: Spoil,
    arguments: Vec<String>,
}

impl Case {
    pub(super) fn new(given: &'static str, spoil: Spoil, command: &str) -> Self {
        Self { given, spoil, arguments: command.split(' ').map(str::to_owned).collect() }
    }

    /// The command line as a person would type it.
    pub(super) fn command(&self) -> String {
        let end = match self.spoil {
            Spoil::FullOutput => " > /dev/full",
            _ => "",
        };
        format!("mandate {}{end}", self.arguments.join(" "))
    }

    /// Runs the program; what a case must keep and does not is a fault.
    pub(super) fn run(&self) -> Outcome {
        let folder = tempfile::tempdir().expect("a temporary folder");
        world::fill(folder.path());
        self.spoil(folder.path());
        let before = contents(folder.path());
        let output = self.program(folder.path()).output().expect("the program starts");
        let talk = String::from_utf8(output.stderr.clone()).expect("it speaks UTF-8");
        let faults = [
            (contents(folder.path()) != before, "files changed"),
            (talk.contains("panicked"), "it panicked"),
            (talk.len() > 4000, "it says too much"),
            (!self.is_exit_code(output.status), "not an exit code of a refusal"),
            (self.answers(&output), "it answered all the same"),
        ];
        let faults = faults.iter().filter(|(fault, _)| *fault).map(|(_, name)| *name).collect();
        Outcome { code: output.status.code().unwrap_or(-1), says: gist(&talk), faults }
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

    fn spoil(&self, folder: &Path) {
        let change = match &self.spoil {
            Spoil::Bytes(name, bytes) => fs::write(folder.join(name), bytes),
            Spoil::Gone(name) => fs::remove_file(folder.join(name)),
            Spoil::Folder(name) => {
                fs::remove_file(folder.join(name)).and_then(|()| fs::create_dir(folder.join(name)))
            }
            Spoil::Nothing | Spoil::FullOutput | Spoil::FullDisk => Ok(()),
        };
        change.unwrap_or_else(|error| panic!("{}: {error}", self.given));
    }

    fn program(&self, folder: &Path) -> Command {
        let program = env!("CARGO_BIN_EXE_mandate");
        let mut command = Command::new(program);
        if matches!(self.spoil, Spoil::FullDisk) {
            command = Command::new("bash");
            command.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"", program]);
        }
        command.args(&self.arguments).current_dir(folder).stdin(Stdio::null());
        command.env_remove("MANDATE_DATA");
        if matches!(self.spoil, Spoil::FullOutput) {
            let full = File::options().write(true).open("/dev/full");
            command.stdout(full.expect("Linux has it"));
        }
        command
    }
}

/// Every file below a folder with its bytes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let bytes = fs::read(&path).expect("a file");
                found.insert(path, bytes);
            }
        }
    }
    found
}

/// What was said, on one line: without the frames that show the place in the file.
fn gist(talk: &str) -> String {
    let frame = |line: &&str| {
        let line = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
        !line.starts_with('|') && !line.is_empty()
    };
    talk.lines().filter(frame).map(str::trim).collect::<Vec<_>>().join(" ")
}
