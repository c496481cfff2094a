//! One socket: opened, welcomed, read, until it ends; and what its end means for the next one.

use std::time::Duration;

use agent_hub_protocol::{
    PROTOCOL,
    error::{ErrorCode, Retry},
    frame::{FrameError, HubFrame, HubMessage, Welcome},
    limits::SOCKET_MESSAGE_MAX_BYTES,
};
use futures::{SinkExt, StreamExt};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config,
    tungstenite::{
        self, Message,
        client::IntoClientRequest,
        handshake::client::Request,
        http::HeaderValue,
        protocol::{WebSocketConfig, frame::coding::CloseCode},
    },
};

use super::tracks::Positions;
use crate::{Error, login::Jwt, rest::Rest};

/// How long the upgrade, and then the welcome, may take.
const OPEN_LIMIT: Duration = Duration::from_secs(10);

/// Why a socket ended, or did not come to be.
#[derive(Debug)]
pub(super) enum End {
    /// Coming back would not help.
    Final(Error),
    /// Log in, and come back at once.
    LogIn,
    /// The hub restarts.
    Restart,
    /// The agent is no longer in one of the streams.
    Streams,
    /// Come back from the positions, at once.
    Gap,
    /// Come back after a pause.
    Later(Error),
}

/// An open socket that was welcomed.
pub(super) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Opens a socket and says hello, with the positions so far.
    pub(super) async fn open(rest: &Rest, jwt: &Jwt, positions: &Positions) -> Result<(Self, Welcome), End> {
        let late = |_| End::Later(unreachable(rest, "it did not say welcome in time"));
        let open = async {
            let stream = connect(rest, jwt).await?;
            let mut socket = Self { stream };
            let welcome = socket.hello(rest, positions).await?;
            Ok((socket, welcome))
        };
        tokio::time::timeout(OPEN_LIMIT, open).await.map_err(late)?
    }

    async fn hello(&mut self, rest: &Rest, positions: &Positions) -> Result<Welcome, End> {
        let mut hello = json!({ "type": "hello", "protocol": PROTOCOL });
        if !positions.after.is_empty() {
            hello["epoch"] = json!(positions.epoch);
            hello["after"] = json!(positions.after);
        }
        self.say(&hello).await.map_err(|error| End::Later(unreachable(rest, &error.to_string())))?;
        loop {
            match self.hear(rest).await? {
                Some(HubFrame::Welcome(welcome)) => return Ok(*welcome),
                // One of the positions is of a stream that the agent has left, or was taken out of.
                Some(HubFrame::Error(refused)) if refused.code == ErrorCode::NotFound.as_str() => {
                    return Err(End::Streams);
                }
                Some(HubFrame::Error(refused)) => return Err(end_of(&refused)),
                _ => {}
            }
        }
    }

    /// Says one frame.
    pub(super) async fn say(&mut self, frame: &serde_json::Value) -> Result<(), tungstenite::Error> {
        self.stream.send(Message::text(frame.to_string())).await
    }

    /// The next sign of life: a frame, or `None` for a ping or a pong. Safe to be given up half-way.
    pub(super) async fn hear(&mut self, rest: &Rest) -> Result<Option<HubFrame>, End> {
        match self.stream.next().await {
            Some(Ok(Message::Text(text))) => {
                let frame = serde_json::from_str::<HubMessage>(&text).map_or(HubFrame::Unknown, |told| told.frame);
                Ok(Some(frame))
            }
            Some(Ok(Message::Close(close))) => Err(close.map_or_else(
                || End::Later(unreachable(rest, "it closed the socket")),
                |close| end_with(rest, close.code, &close.reason),
            )),
            Some(Ok(_)) => Ok(None),
            Some(Err(error)) => Err(End::Later(unreachable(rest, &error.to_string()))),
            None => Err(End::Later(unreachable(rest, "the connection ended"))),
        }
    }

    /// Ends it, politely if that does not take long.
    pub(super) async fn close(mut self) {
        drop(tokio::time::timeout(Duration::from_secs(1), self.stream.close(None)).await);
    }
}

async fn connect(rest: &Rest, jwt: &Jwt) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, End> {
    let mut config = WebSocketConfig::default();
    config.max_message_size = Some(SOCKET_MESSAGE_MAX_BYTES);
    config.max_frame_size = Some(SOCKET_MESSAGE_MAX_BYTES);
    config.read_buffer_size = 16 * 1024;
    let request = request(rest, jwt).map_err(|error| End::Final(unreachable(rest, &error.to_string())))?;
    let connector: Option<Connector> = None;
    match connect_async_tls_with_config(request, Some(config), true, connector).await {
        Ok((stream, _)) => Ok(stream),
        Err(tungstenite::Error::Http(answer)) => {
            let status = answer.status().as_u16();
            let error = Error::from_answer(status, None, answer.body().as_deref().unwrap_or_default());
            Err(match status {
                401 => End::LogIn,
                // A wrong address, or a proxy that does not let sockets through, may be mended; the rest is ours.
                400 | 403 => End::Final(error),
                _ => End::Later(error),
            })
        }
        Err(error) => Err(End::Later(unreachable(rest, &error.to_string()))),
    }
}

fn request(rest: &Rest, jwt: &Jwt) -> Result<Request, tungstenite::Error> {
    // `http` becomes `ws`, `https` becomes `wss`.
    let url = rest.url().replacen("http", "ws", 1) + "/secure/ws";
    let mut request = url.into_client_request()?;
    let secret = |text: &str| {
        HeaderValue::from_str(text).map(|mut value| {
            value.set_sensitive(true);
            value
        })
    };
    let headers = request.headers_mut();
    headers.insert("x-api-key", secret(rest.api_key())?);
    headers.insert("authorization", secret(&format!("Bearer {}", jwt.text))?);
    Ok(request)
}

/// What an `error` before the welcome means.
fn end_of(refused: &FrameError) -> End {
    let code = ErrorCode::find(&refused.code);
    let error = Error::Hub {
        code: refused.code.clone(),
        status: code.map_or(0, ErrorCode::status),
        detail: refused.detail.clone(),
        retry_after: None,
    };
    match code.map(ErrorCode::retry) {
        Some(Retry::Never) => End::Final(error),
        Some(Retry::Login) => End::LogIn,
        _ => End::Later(error),
    }
}

/// What a close code means.
fn end_with(rest: &Rest, code: CloseCode, reason: &str) -> End {
    let detail = if reason.is_empty() { format!("closed with {}", u16::from(code)) } else { reason.to_owned() };
    match u16::from(code) {
        4400 => End::Final(Error::refused(ErrorCode::BadFrame, detail)),
        4403 => End::Final(Error::refused(ErrorCode::Forbidden, detail)),
        4401 => End::LogIn,
        1012 => End::Restart,
        4429 => End::Later(Error::refused(ErrorCode::TooManyRequests, detail)),
        _ => End::Later(unreachable(rest, &detail)),
    }
}

pub(super) fn unreachable(rest: &Rest, why: &str) -> Error {
    Error::Unreachable { hub: rest.url(), why: why.into() }
}
