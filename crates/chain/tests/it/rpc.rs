//! What goes wrong on the way to a node.

use std::net::TcpListener;
use std::time::Duration;

use mandate_chain::{LedgerError, Rpc};

use crate::anvil::Anvil;
use crate::world::LIMIT;

#[tokio::test]
async fn nobody_listens() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let url = format!("http://127.0.0.1:{port}/a-secret-path");
    let e = Rpc::connect(&url, None, LIMIT).await.unwrap_err();
    let LedgerError::Unreachable { endpoint, .. } = &e else { panic!("{e}") };
    assert_eq!(*endpoint, format!("http://127.0.0.1:{port}"));
    assert!(!e.to_string().contains("secret"), "{e}");
}

#[tokio::test]
async fn nobody_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let limit = Duration::from_millis(50);
    let e = Rpc::connect(&url, None, limit).await.unwrap_err();
    assert_eq!(e, LedgerError::TimedOut { endpoint: url, limit });
}

#[tokio::test]
async fn an_address_that_is_none() {
    for url in ["", "no address", "ws://127.0.0.1:1", "file:///etc/passwd"] {
        let e = Rpc::connect(url, None, LIMIT).await.unwrap_err();
        assert!(matches!(e, LedgerError::Unreachable { .. }), "{e}");
    }
}

#[tokio::test]
async fn another_chain() {
    let Some(anvil) = Anvil::start(&["--chain-id", "777"]) else { return };
    let e = Rpc::connect(&anvil.url, Some(31_337), LIMIT).await.unwrap_err();
    assert_eq!(e, LedgerError::WrongChain { given: 777, expected: 31_337 });
    assert!(Rpc::connect(&anvil.url, Some(777), LIMIT).await.is_ok());
}
