//! Servers that are no node, each in its own way: on the loopback, for one case, gone with the test.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

/// What a server does with a request.
pub(super) enum Reply {
    /// Answers this, and closes.
    Says(String),
    /// Answers this, and then this again and again.
    Endless(String, Vec<u8>),
    /// Answers this, and then a byte every fiftieth of a second.
    Drips(String),
    /// Takes the request and never answers.
    Silence,
    /// Closes without an answer.
    HangsUp,
}

/// What a server does with its requests: the number of each, from zero, and what it asks.
pub(super) type Behaviour = fn(usize, &Value) -> Reply;

/// Starts a server; its URL.
pub(super) fn serve(behaviour: Behaviour) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback has a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().map_while(Result::ok).enumerate() {
            // Whoever hangs up first ends it.
            let _ = answer(stream, number, behaviour);
        }
    });
    url
}

/// An HTTP answer with this status and body.
pub(super) fn http(status: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Says(format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    ))
}

/// A JSON-RPC answer to `asked`.
pub(super) fn result(asked: &Value, result: impl Into<Value>) -> Reply {
    http(
        "200 OK",
        &json!({"jsonrpc": "2.0", "id": asked["id"], "result": result.into()}).to_string(),
    )
}

/// A JSON-RPC error in answer to `asked`.
pub(super) fn error(asked: &Value, message: &str) -> Reply {
    let error = json!({"code": -32000, "message": message});
    http("200 OK", &json!({"jsonrpc": "2.0", "id": asked["id"], "error": error}).to_string())
}

fn answer(mut stream: TcpStream, number: usize, behaviour: Behaviour) -> std::io::Result<()> {
    let asked = request(&mut stream)?;
    match behaviour(number, &asked) {
        Reply::Says(text) => stream.write_all(text.as_bytes()),
        Reply::Endless(head, part) => {
            stream.write_all(head.as_bytes())?;
            loop {
                stream.write_all(&part)?;
            }
        }
        Reply::Drips(head) => {
            stream.write_all(head.as_bytes())?;
            stream.set_read_timeout(Some(Duration::from_millis(20)))?;
            while waits(&mut stream)? {
                stream.write_all(b" ")?;
            }
            Ok(())
        }
        Reply::Silence => waits(&mut stream).map(drop),
        Reply::HangsUp => Ok(()),
    }
}

/// Waits as long as the stream does; whether the other side is still there.
fn waits(stream: &mut TcpStream) -> std::io::Result<bool> {
    match stream.read(&mut [0]) {
        Ok(count) => Ok(count > 0),
        Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(true),
        Err(e) => Err(e),
    }
}

fn request(stream: &mut TcpStream) -> std::io::Result<Value> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let length = head.lines().find_map(|l| l.strip_prefix("content-length:"));
            let length = length.and_then(|l| l.trim().parse().ok()).unwrap_or(0);
            if body.len() >= length {
                return Ok(serde_json::from_str(body).unwrap_or_default());
            }
        }
        match stream.read(&mut part)? {
            0 => return Ok(Value::Null),
            count => bytes.extend_from_slice(&part[..count]),
        }
    }
}
