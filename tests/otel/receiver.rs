//! An OTLP receiver of the test's own: takes spans by HTTP, and reads of the protobuf what the tests look at.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// A span as it was exported.
#[derive(Debug, Clone, Default)]
pub struct Span {
    pub trace: String,
    pub id: String,
    pub parent: String,
    pub name: String,
    /// 1: internal, 2: server.
    pub kind: u64,
    pub begin: u64,
    pub end: u64,
    pub attributes: BTreeMap<String, String>,
    /// (trace, span) of each.
    pub links: Vec<(String, String)>,
    /// 2: an error.
    pub status: u64,
}

/// What was received.
#[derive(Clone, Default)]
pub struct Receiver {
    address: String,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let receiver = Self { address, ..Self::default() };
        let bodies = receiver.bodies.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take(stream, bodies.clone()));
            }
        });
        receiver
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that came, as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        self.bodies.lock().expect("the bodies").concat()
    }

    pub fn spans(&self) -> Vec<Span> {
        let resources = |body: &[u8]| -> Vec<Vec<u8>> { fields(body).remove(&1).unwrap_or_default() };
        let bodies = self.bodies.lock().expect("the bodies").clone();
        let scopes = bodies.iter().flat_map(|body| resources(body)).flat_map(|resource| all(&resource, 2));
        scopes.flat_map(|scope| all(&scope, 2)).map(|span| read(&span)).collect()
    }

    /// The first span of this name, once it has come.
    pub async fn span(&self, name: &str) -> Span {
        let find = || self.spans().into_iter().find(|span| span.name == name);
        crate::harness::eventually(&format!("a span {name}"), Duration::from_secs(10), || async { find().is_some() })
            .await;
        find().expect("it was there")
    }

    /// Attributes of whoever exports.
    pub fn resource(&self) -> BTreeMap<String, String> {
        let bodies = self.bodies.lock().expect("the bodies").clone();
        let resources = bodies.iter().flat_map(|body| all(body, 1)).flat_map(|resource| all(&resource, 1));
        resources.flat_map(|resource| attributes(&resource, 1)).collect()
    }
}

async fn take(stream: TcpStream, bodies: Arc<Mutex<Vec<Vec<u8>>>>) {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            let line = line.to_ascii_lowercase();
            length = line.strip_prefix("content-length:").map_or(length, |told| told.trim().parse().expect("a length"));
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.expect("a body");
        bodies.lock().expect("the bodies").push(body);
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await);
    }
}

fn read(span: &[u8]) -> Span {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Span {
        trace: hex(&one(span, 1)),
        id: hex(&one(span, 2)),
        parent: hex(&one(span, 4)),
        name: text(one(span, 5)),
        kind: number(&one(span, 6)),
        begin: number(&one(span, 7)),
        end: number(&one(span, 8)),
        attributes: attributes(span, 9),
        links: all(span, 13).iter().map(|link| (hex(&one(link, 1)), hex(&one(link, 2)))).collect(),
        status: number(&one(&one(span, 15), 3)),
    }
}

fn attributes(message: &[u8], field: u64) -> BTreeMap<String, String> {
    let pairs = all(message, field);
    let value = |value: &[u8]| match fields(value).into_iter().next() {
        Some((1, text)) => String::from_utf8_lossy(&text[0]).into_owned(),
        Some((_, other)) => number(&other[0]).to_string(),
        None => String::new(),
    };
    pairs.iter().map(|pair| (String::from_utf8_lossy(&one(pair, 1)).into_owned(), value(&one(pair, 2)))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

fn all(message: &[u8], field: u64) -> Vec<Vec<u8>> {
    fields(message).remove(&field).unwrap_or_default()
}

fn one(message: &[u8], field: u64) -> Vec<u8> {
    all(message, field).into_iter().next().unwrap_or_default()
}

/// The fields of a protobuf message, each with its values; numbers as little-endian bytes.
fn fields(mut message: &[u8]) -> BTreeMap<u64, Vec<Vec<u8>>> {
    let mut fields: BTreeMap<u64, Vec<Vec<u8>>> = BTreeMap::new();
    while !message.is_empty() {
        let tag = varint(&mut message);
        let length = match tag & 7 {
            0 => {
                let value = varint(&mut message).to_le_bytes().to_vec();
                fields.entry(tag >> 3).or_default().push(value);
                continue;
            }
            1 => 8,
            2 => usize::try_from(varint(&mut message)).expect("a length"),
            5 => 4,
            other => panic!("wire type {other}"),
        };
        let (value, rest) = message.split_at(length);
        fields.entry(tag >> 3).or_default().push(value.to_vec());
        message = rest;
    }
    fields
}

fn varint(message: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (byte, rest) = message.split_first().expect("a number");
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return value;
        }
        shift += 7;
    }
}
