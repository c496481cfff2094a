//! HTTP/1.1 by hand: the tests must be able to say exactly what they mean, also what no client library would send.

use std::{net::SocketAddr, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// Longer than any answer of the hub may take, also a held inbox request.
const ANSWER_LIMIT: Duration = Duration::from_secs(65);

/// A request to be sent.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
}

impl Request {
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.into(), path: path.into(), headers: Vec::new(), body: None }
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub fn post(path: &str) -> Self {
        Self::new("POST", path)
    }

    pub fn put(path: &str) -> Self {
        Self::new("PUT", path)
    }

    pub fn delete(path: &str) -> Self {
        Self::new("DELETE", path)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A body as it is, without a content type.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    /// As bytes on the wire.
    pub fn encode(&self, host: &str, keep_alive: bool) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nhost: {host}\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = &self.body {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head.push_str(if keep_alive { "\r\n" } else { "connection: close\r\n\r\n" });
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(self.body.as_deref().unwrap_or_default());
        bytes
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// The first header called `name`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The names of its headers, sorted.
    pub fn header_names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort();
        names
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("not JSON ({e}): {}", self.text()))
    }

    /// The JSON of an answer that must be a 200.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }

    /// Asserts a refusal: status, problem document and code.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        problem
    }
}

/// A connection that stays open between requests.
pub struct Connection {
    pub stream: TcpStream,
    host: String,
    /// What was read beyond the last answer.
    pub buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the hub listens");
        stream.set_nodelay(true).expect("nodelay");
        Self { stream, host: address.to_string(), buffer: Vec::new() }
    }

    /// From another address of this machine, such as 127.0.0.2.
    pub async fn open_from(from: [u8; 4], address: SocketAddr) -> Self {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from((from, 0))).expect("an address of this machine");
        let stream = socket.connect(address).await.expect("the hub listens");
        stream.set_nodelay(true).expect("nodelay");
        Self { stream, host: address.to_string(), buffer: Vec::new() }
    }

    /// As `open`; `None` if nobody listens, as while a hub is being started again.
    pub async fn try_open(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(address).await.ok()?;
        stream.set_nodelay(true).ok()?;
        Some(Self { stream, host: address.to_string(), buffer: Vec::new() })
    }

    /// Sends `request` and reads its answer; the connection stays open unless the hub closes it.
    pub async fn send(&mut self, request: &Request) -> Response {
        let bytes = request.encode(&self.host, true);
        self.stream.write_all(&bytes).await.expect("the hub reads");
        self.read_response(request.method == "HEAD").await
    }

    /// Reads one answer.
    pub async fn read_response(&mut self, head_only: bool) -> Response {
        self.try_read_response(head_only).await.expect("an answer, not a closed connection")
    }

    /// Reads one answer; `None` when the connection ends first.
    pub async fn try_read_response(&mut self, head_only: bool) -> Option<Response> {
        let end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at;
            }
            if !self.fill().await {
                return None;
            }
        };
        let head: Vec<u8> = self.buffer.drain(..end + 4).collect();
        let (status, headers) = parse_head(&head);
        let mut response = Response { status, headers, body: Vec::new() };
        if head_only || status == 204 || status == 304 || status < 200 {
            return Some(response);
        }
        response.body = match response.header("content-length").map(|n| n.parse().expect("a length")) {
            Some(length) => self.take(length).await?,
            None if response.header("transfer-encoding") == Some("chunked") => self.take_chunks().await?,
            None => {
                while self.fill().await {}
                std::mem::take(&mut self.buffer)
            }
        };
        Some(response)
    }

    async fn take(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.buffer.len() < length {
            if !self.fill().await {
                return None;
            }
        }
        Some(self.buffer.drain(..length).collect())
    }

    async fn take_chunks(&mut self) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                if let Some(at) = find(&self.buffer, b"\r\n") {
                    break at;
                }
                if !self.fill().await {
                    return None;
                }
            };
            let line: Vec<u8> = self.buffer.drain(..end + 2).collect();
            let size = usize::from_str_radix(String::from_utf8_lossy(&line).trim(), 16).expect("a chunk size");
            let chunk = self.take(size + 2).await?;
            if size == 0 {
                return Some(body);
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }

    /// Whether there was more.
    async fn fill(&mut self) -> bool {
        let read = timeout(ANSWER_LIMIT, self.stream.read_buf(&mut self.buffer)).await.expect("an answer in time");
        matches!(read, Ok(n) if n > 0)
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn parse_head(head: &[u8]) -> (u16, Vec<(String, String)>) {
    let head = String::from_utf8_lossy(head).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    (status.unwrap_or_else(|| panic!("no status line: {head}")), headers)
}

/// Sends one request on a connection of its own.
pub async fn send(address: SocketAddr, request: &Request) -> Response {
    let mut connection = Connection::open(address).await;
    let bytes = request.encode(&address.to_string(), false);
    // The hub may answer and close before it has read a body that is too large.
    drop(connection.stream.write_all(&bytes).await);
    connection.read_response(request.method == "HEAD").await
}

/// As `send`; `None` if the hub is not there, or hangs up without an answer: nobody knows then what it did.
pub async fn try_send(address: SocketAddr, request: &Request) -> Option<Response> {
    let mut connection = Connection::try_open(address).await?;
    let bytes = request.encode(&address.to_string(), false);
    drop(connection.stream.write_all(&bytes).await);
    connection.try_read_response(request.method == "HEAD").await
}

/// Sends exactly `bytes` and reads until the hub closes or `limit` passes; tells what came and whether it closed.
pub async fn raw_exchange(address: SocketAddr, bytes: &[u8], limit: Duration) -> (Vec<u8>, bool) {
    let mut stream = TcpStream::connect(address).await.expect("the hub listens");
    drop(stream.write_all(bytes).await);
    let mut answer = Vec::new();
    let closed = timeout(limit, async {
        while let Ok(n) = stream.read_buf(&mut answer).await {
            if n == 0 {
                break;
            }
        }
    });
    let closed = closed.await.is_ok();
    (answer, closed)
}
