//! A WebSocket client whose every expectation has a time limit.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest as _, http},
};

/// How long a frame may take that must come.
pub const WAIT: Duration = Duration::from_secs(10);

/// What came from the hub.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A frame.
    Frame(Value),
    /// The end, with the close code if the hub gave one.
    Closed(Option<u16>),
}

/// A socket to the hub.
pub struct TestSocket {
    inner: WebSocketStream<TcpStream>,
    /// Frames that came while an answer was awaited.
    pending: VecDeque<Value>,
    /// The welcome, once it came.
    pub welcome: Value,
    /// Pings of the hub that were seen (and answered).
    pub pings: usize,
    next_id: u32,
}

impl TestSocket {
    /// Opens a socket; panics if the upgrade is refused.
    pub async fn open(address: SocketAddr, headers: &[(&str, &str)]) -> Self {
        Self::try_open(address, headers).await.unwrap_or_else(|(status, body)| panic!("no upgrade: {status} {body}"))
    }

    /// Opens a socket, or tells the status and body of the refusal.
    pub async fn try_open(address: SocketAddr, headers: &[(&str, &str)]) -> Result<Self, (u16, String)> {
        Self::try_open_at(address, "/secure/ws", headers).await
    }

    pub async fn try_open_at(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Result<Self, (u16, String)> {
        let stream = TcpStream::connect(address).await.expect("the hub listens");
        stream.set_nodelay(true).expect("nodelay");
        Self::upgrade(stream, path, headers).await
    }

    /// Upgrades a connection that the test has opened itself.
    pub async fn upgrade(stream: TcpStream, path: &str, headers: &[(&str, &str)]) -> Result<Self, (u16, String)> {
        let peer = stream.peer_addr().expect("a peer");
        let mut request = format!("ws://{peer}{path}").into_client_request().expect("a request");
        for (name, value) in headers {
            let name = http::HeaderName::from_bytes(name.as_bytes()).expect("a header name");
            request
                .headers_mut()
                .insert(name, http::HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
        }
        match timeout(WAIT, client_async(request, stream)).await.expect("an answer to the upgrade") {
            Ok((inner, _)) => Ok(Self { inner, pending: VecDeque::new(), welcome: Value::Null, pings: 0, next_id: 0 }),
            Err(tungstenite::Error::Http(refusal)) => {
                let body = refusal.body().clone().unwrap_or_default();
                Err((refusal.status().as_u16(), String::from_utf8_lossy(&body).into_owned()))
            }
            Err(error) => Err((0, error.to_string())),
        }
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: &Value) {
        self.send_message(Message::text(frame.to_string())).await;
    }

    /// Sends text as it is.
    pub async fn send_text(&mut self, text: impl Into<String>) {
        self.send_message(Message::text(text.into())).await;
    }

    /// Sends any message. That the hub may have closed already is found by the next expectation.
    pub async fn send_message(&mut self, message: Message) {
        drop(self.inner.send(message).await);
    }

    /// The TCP stream below, for bytes that no client library sends.
    pub fn raw(&mut self) -> &mut TcpStream {
        self.inner.get_mut()
    }

    /// What comes next; frames that were set aside come first.
    pub async fn next(&mut self) -> Event {
        self.next_within(WAIT).await.unwrap_or_else(|| panic!("nothing came within {WAIT:?}"))
    }

    /// What comes next; `None` if nothing does within `limit`.
    pub async fn next_within(&mut self, limit: Duration) -> Option<Event> {
        if let Some(frame) = self.pending.pop_front() {
            return Some(Event::Frame(frame));
        }
        timeout(limit, self.read()).await.ok()
    }

    async fn read(&mut self) -> Event {
        loop {
            match self.inner.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Event::Frame(serde_json::from_str(&text).expect("the hub's frames are JSON"));
                }
                Some(Ok(Message::Ping(_))) => self.pings += 1,
                Some(Ok(Message::Close(frame))) => return Event::Closed(frame.map(|frame| frame.code.into())),
                Some(Ok(Message::Binary(_))) => panic!("the hub sent a binary frame"),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Event::Closed(None),
            }
        }
    }

    /// The next frame; panics if the socket ends instead.
    pub async fn frame(&mut self) -> Value {
        match self.next().await {
            Event::Frame(frame) => frame,
            Event::Closed(code) => panic!("a frame was expected, and the socket closed with {code:?}"),
        }
    }

    /// The next frame, which must be of this type.
    pub async fn expect(&mut self, kind: &str) -> Value {
        let frame = self.frame().await;
        assert_eq!(frame["type"], kind, "{frame}");
        frame
    }

    /// The next frame, which must be `notify` of entry `seq` of `stream`.
    pub async fn expect_notify(&mut self, stream: &str, seq: i64) -> Value {
        let frame = self.expect("notify").await;
        assert_eq!((&frame["stream"], &frame["seq"]), (&json!(stream), &json!(seq)), "{frame}");
        frame
    }

    pub async fn expect_welcome(&mut self) -> Value {
        self.welcome = self.expect("welcome").await;
        self.welcome.clone()
    }

    /// The next frame, which must be `error` with this code.
    pub async fn expect_error(&mut self, code: &str) -> Value {
        let frame = self.expect("error").await;
        assert_eq!(frame["code"], code, "{frame}");
        frame
    }

    /// The socket must end next, with this code and no frame before it.
    pub async fn expect_closed(&mut self, code: u16) {
        match self.next().await {
            Event::Closed(got) => assert_eq!(got, Some(code)),
            Event::Frame(frame) => panic!("the close code {code} was expected, and a frame came: {frame}"),
        }
    }

    /// Reads on to the end of the socket; tells the frames before it and the close code.
    pub async fn until_closed(&mut self) -> (Vec<Value>, Option<u16>) {
        let mut frames = Vec::new();
        loop {
            match self.next().await {
                Event::Frame(frame) => frames.push(frame),
                Event::Closed(code) => return (frames, code),
            }
        }
    }

    /// Sends `frame` with an `id` and returns its answer; what else comes meanwhile is set aside for `next`.
    pub async fn ask(&mut self, mut frame: Value) -> Value {
        if frame.get("id").is_none() {
            self.next_id += 1;
            frame["id"] = json!(format!("t{}", self.next_id));
        }
        self.send(&frame).await;
        let deadline = tokio::time::Instant::now() + WAIT;
        loop {
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            match timeout(left, self.read()).await {
                Ok(Event::Frame(answer)) if answer["id"] == frame["id"] => return answer,
                Ok(Event::Frame(other)) => self.pending.push_back(other),
                Ok(Event::Closed(code)) => panic!("no answer to {frame}: closed with {code:?}"),
                Err(_) => panic!("no answer to {frame} within {WAIT:?}"),
            }
        }
    }

    /// As `ask`; the answer must be `ok`.
    pub async fn ask_ok(&mut self, frame: Value) {
        let answer = self.ask(frame).await;
        assert_eq!(answer["type"], "ok", "{answer}");
    }

    /// Proves that the socket lives, and that nothing stands before the answer.
    pub async fn expect_quiet(&mut self) {
        let answer = self.ask(json!({"type": "ping"})).await;
        assert_eq!(answer["type"], "pong", "{answer}");
        assert!(self.pending.is_empty(), "frames came that nobody expected: {:?}", self.pending);
    }

    /// Closes from this side and waits until the hub has closed too.
    pub async fn close(mut self) {
        drop(self.inner.close(None).await);
        while !matches!(self.next_within(WAIT).await, Some(Event::Closed(_)) | None) {}
    }

    /// Drops the connection without a close frame.
    pub fn cut(self) {
        drop(self);
    }
}
