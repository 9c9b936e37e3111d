//! A real node for tests: `anvil` from npm, killed when dropped.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A running node that listens on a port of its own.
#[derive(Debug)]
pub(crate) struct Anvil {
    child: Child,
    /// Where it listens.
    pub(crate) url: String,
}

impl Anvil {
    /// Starts a node with these arguments besides; `None`, with the reason printed, where it is not installed.
    #[expect(clippy::print_stderr, reason = "says why it skips")]
    pub(crate) fn start(arguments: &[&str]) -> Option<Self> {
        let program = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../../contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
        if !program.exists() {
            eprintln!("skipped: contracts/node_modules is absent (run `npm ci` in contracts/)");
            return None;
        }
        let mut child = Command::new(program)
            .args(["--hardfork", "cancun", "--timestamp", "1767225600", "--port", "0"])
            .args(["--accounts", "2", "--threads", "1"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("anvil starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped above")).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("Listening on ").map(str::to_owned))
            .expect("anvil says where it listens");
        // It prints every request; a full pipe would stop it.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Some(Self { child, url: format!("http://{address}") })
    }
}

impl Anvil {
    /// Asks the node for something that only a test may ask for; its `result`.
    pub(crate) fn ask(&self, method: &str, params: serde_json::Value) -> serde_json::Value {
        let host = self.url.trim_start_matches("http://");
        let body =
            serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let body = body.to_string();
        let mut stream = TcpStream::connect(host).expect("anvil listens");
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("anvil reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("anvil answers");
        let (_, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
        let answer: serde_json::Value = serde_json::from_str(body).expect("anvil answers JSON");
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }
}

impl Drop for Anvil {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
