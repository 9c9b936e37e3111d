//! Endpoints at which no node is, or a broken one, or one that lies.

use super::node::{Behaviour, Reply, error, http, result};
use super::run::{Case, Spoil};
use super::stage::Start;

const AGENT: &str = "agent run --once --key-env AGENT_KEY --rpc URL";
const AUDIT: &str = "audit --deployment deployment.json --rpc URL";
const DEPLOY: &str =
    "deploy … --key-env GOVERNOR_KEY --test-tokens --deployment new.json --rpc URL";

/// The chain of every deployment here.
const CHAIN: &str = "0x7a69";

pub(super) fn cases() -> Vec<Case> {
    let all = [addresses(), babble(), endless(), lies()].into_iter().flatten();
    all.map(|case| case.from(Start::Deployed)).collect()
}

fn addresses() -> Vec<Case> {
    let rpc = |given, url: &str| Case::new(given, Spoil::Nothing, &AGENT.replace("URL", url));
    vec![
        rpc("a port on which nobody listens", "http://127.0.0.1:9"),
        rpc("no URL", "node"),
        rpc("a scheme that is none of HTTP", "ws://127.0.0.1:9"),
        rpc("a file for a node", "file:///etc/hosts"),
        rpc(
            "a password in the URL",
            "http://me:correct-horse-battery@127.0.0.1:9/correct-horse-battery",
        ),
    ]
}

fn against(given: &'static str, command: &str, behaviour: Behaviour) -> Case {
    Case::new(given, Spoil::Nothing, command).against(behaviour)
}

fn babble() -> Vec<Case> {
    vec![
        against("a server that hangs up", AGENT, |_, _| Reply::HangsUp),
        against("a server that speaks no HTTP", AUDIT, |_, _| {
            Reply::Says("220 mail ready\r\n".into())
        }),
        against("a web page", DEPLOY, |_, _| {
            http("200 OK", "<!doctype html><title>Sign in</title>")
        }),
        against("an HTTP status of 500", AUDIT, |_, _| http("500 Internal Server Error", "oh")),
        against("an HTTP status of 401", AGENT, |_, _| http("401 Unauthorized", "")),
        against("somewhere else to ask", DEPLOY, |_, _| {
            let head = "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:9/\r\n";
            Reply::Says(format!("{head}Content-Length: 0\r\n\r\n"))
        }),
        against("an empty answer", AUDIT, |_, _| http("200 OK", "")),
        against("half an answer", AGENT, |_, _| http("200 OK", "{\"jsonrpc\": \"2.0\", \"id\":")),
        against("an answer shorter than it says", DEPLOY, |_, _| {
            Reply::Says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}".into())
        }),
        against("JSON that answers nothing", AUDIT, |_, _| http("200 OK", "[1, 2, 3]")),
        against("JSON a thousand levels deep", AGENT, |_, _| http("200 OK", &"[".repeat(1000))),
        against("a chain id that is a word", DEPLOY, |_, asked| result(asked, "mainnet")),
        against("a chain id above 64 bits", AUDIT, |_, asked| {
            result(asked, format!("0x{}", "f".repeat(32)))
        }),
        against("an error without end that rings and paints", AGENT, |_, asked| {
            error(asked, &"\u{1b}[31mred\u{7}\r\n".repeat(100_000))
        }),
    ]
}

fn endless() -> Vec<Case> {
    let limited = |command: &str| format!("{command} --rpc-timeout 2");
    vec![
        against("an answer that never comes", &limited(DEPLOY), |_, _| Reply::Silence),
        against("a body that drips", &limited(AGENT), |_, _| {
            Reply::Drips("HTTP/1.1 200 OK\r\n\r\n".into())
        }),
        against("a head that drips", &limited(AUDIT), |_, _| {
            Reply::Drips("HTTP/1.1 200 OK\r\nX-Wait: ".into())
        }),
        against("a body without end", AUDIT, |_, _| {
            Reply::Endless("HTTP/1.1 200 OK\r\n\r\n\"".into(), vec![b'a'; 1 << 16])
        }),
        against("a head without end", DEPLOY, |_, _| {
            Reply::Endless("HTTP/1.1 200 OK\r\n".into(), b"X-More: more\r\n".repeat(1 << 10))
        }),
        against("an error page without end", AGENT, |_, _| {
            Reply::Endless("HTTP/1.1 500 Error\r\n\r\n".into(), vec![b'<'; 1 << 16])
        }),
    ]
}

/// Whoever answers the first question well is believed to be a node.
fn lies() -> Vec<Case> {
    vec![
        against("another chain", AGENT, |_, asked| result(asked, "0x1")),
        against("another chain for the audit", AUDIT, |_, asked| result(asked, "0x1")),
        against(
            "a node that falls silent",
            &format!("{AUDIT} --rpc-timeout 1"),
            |number, asked| {
                if number == 0 { result(asked, CHAIN) } else { Reply::Silence }
            },
        ),
        against("a node that dies", AGENT, |number, asked| {
            if number == 0 { result(asked, CHAIN) } else { Reply::HangsUp }
        }),
        against("a node without any code", AUDIT, |number, asked| {
            if number == 0 { result(asked, CHAIN) } else { result(asked, "0x") }
        }),
        against("a node with other code", AGENT, |number, asked| {
            if number == 0 { result(asked, CHAIN) } else { result(asked, "0x6001") }
        }),
        against("a node with nonsense for code", AUDIT, |number, asked| {
            if number == 0 { result(asked, CHAIN) } else { result(asked, "0x6") }
        }),
        against("a node without blocks", DEPLOY, |number, asked| {
            if number == 0 { result(asked, CHAIN) } else { result(asked, ()) }
        }),
        against("a node that is always too busy", DEPLOY, |number, asked| {
            if number == 0 { result(asked, CHAIN) } else { error(asked, "limit exceeded") }
        }),
    ]
}
