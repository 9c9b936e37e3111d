//! The node that the ledger's tests start, and what only a test may ask of it.

use std::io::{Read, Write};
use std::net::TcpStream;

#[path = "../../../chain/tests/it/anvil.rs"]
mod node;

pub(crate) use node::Anvil;

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
