//! One HTTP request to a node: never sent on to anybody else, and never more read than an answer could be.

use std::fmt;
use std::task::{Context, Poll};

use alloy::rpc::json_rpc::{RequestPacket, ResponsePacket};
use alloy::transports::{TransportError, TransportErrorKind, TransportFut, TransportResult};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use tower_service::Service;

/// Most bytes of one answer: tens of thousands of logs fit.
const LARGEST: usize = 64 << 20;

/// Sends requests to one address.
#[derive(Clone)]
pub(crate) struct Http {
    pub(crate) client: Client,
    pub(crate) url: Url,
}

/// An answer that does not end where answers do.
#[derive(Debug)]
pub(crate) struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it has more than {LARGEST} bytes, no more are read")
    }
}

impl std::error::Error for TooLarge {}

impl Http {
    async fn ask(self, request: RequestPacket) -> TransportResult<ResponsePacket> {
        let request = serde_json::to_vec(&request).map_err(TransportError::ser_err)?;
        let post = self.client.post(self.url).header(CONTENT_TYPE, "application/json");
        let mut answer = post.body(request).send().await.map_err(TransportErrorKind::custom)?;
        let status = answer.status();
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(TransportErrorKind::custom)? {
            if body.len() + part.len() > LARGEST {
                return Err(TransportErrorKind::custom(TooLarge));
            }
            body.extend_from_slice(&part);
        }
        // Some nodes answer an error of their own with a status that is none of success.
        match serde_json::from_slice(&body) {
            Ok(ResponsePacket::Single(answer)) if status.is_success() || answer.is_error() => {
                Ok(ResponsePacket::Single(answer))
            }
            _ if !status.is_success() => {
                Err(TransportErrorKind::http_error(status.as_u16(), String::new()))
            }
            Ok(answer) => Ok(answer),
            Err(error) => Err(TransportError::deser_err(error, "")),
        }
    }
}

impl Service<RequestPacket> for Http {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<TransportResult<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: RequestPacket) -> Self::Future {
        Box::pin(self.clone().ask(request))
    }
}
