//! A WebSocket by hand, for frames that no client library sends.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use super::http::{Connection, Request, Response};

/// An upgraded connection without a client behind it.
pub struct RawSocket {
    connection: Connection,
    buffer: Vec<u8>,
}

impl RawSocket {
    /// The upgrade request, ready for more headers.
    pub fn request() -> Request {
        Request::get("/secure/ws")
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    }

    /// Sends `request`; the answer, and the socket if it is a 101.
    pub async fn upgrade(address: SocketAddr, request: &Request) -> (Response, Option<Self>) {
        let mut connection = Connection::open(address).await;
        let response = connection.send(request).await;
        let buffer = std::mem::take(&mut connection.buffer);
        let socket = (response.status == 101).then_some(Self { connection, buffer });
        (response, socket)
    }

    /// As `upgrade`; `None` if the hub hangs up instead of answering.
    pub async fn try_upgrade(address: SocketAddr, request: &Request) -> Option<(Response, Option<Self>)> {
        let mut connection = Connection::try_open(address).await?;
        connection.stream.write_all(&request.encode(&address.to_string(), true)).await.ok()?;
        let response = connection.try_read_response(false).await?;
        let socket = (response.status == 101).then(|| Self { connection, buffer: Vec::new() });
        Some((response, socket))
    }

    /// Opens a socket; panics if it is refused.
    pub async fn open(address: SocketAddr) -> Self {
        let (response, socket) = Self::upgrade(address, &Self::request()).await;
        socket.unwrap_or_else(|| panic!("no upgrade: {} {}", response.status, response.text()))
    }

    /// A frame: `first` is FIN, RSV and opcode; masked unless `unmasked`.
    pub fn frame(first: u8, payload: &[u8], unmasked: bool) -> Vec<u8> {
        let mask_bit = if unmasked { 0 } else { 0x80 };
        let mut bytes = vec![first];
        match payload.len() {
            n @ 0..=125 => bytes.push(mask_bit | u8::try_from(n).expect("small")),
            n @ 126..=0xFFFF => {
                bytes.push(mask_bit | 126);
                bytes.extend(u16::try_from(n).expect("small").to_be_bytes());
            }
            n => {
                bytes.push(mask_bit | 127);
                bytes.extend((n as u64).to_be_bytes());
            }
        }
        let mask = [7u8, 1, 9, 3];
        if unmasked {
            bytes.extend_from_slice(payload);
        } else {
            bytes.extend(mask);
            bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        }
        bytes
    }

    /// A whole masked text message.
    pub fn text(text: &str) -> Vec<u8> {
        Self::frame(0x81, text.as_bytes(), false)
    }

    /// Sends bytes; that the hub may have closed already is found by reading.
    pub async fn send(&mut self, bytes: &[u8]) {
        drop(self.connection.stream.write_all(bytes).await);
    }

    /// Reads one frame of the hub: its first byte and payload; `None` at the end of the connection.
    pub async fn read_frame(&mut self, limit: Duration) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some(frame) = self.parse() {
                return Some(frame);
            }
            let read = timeout(limit, self.connection.stream.read_buf(&mut self.buffer)).await;
            match read.expect("a frame, or the end, in time") {
                Ok(n) if n > 0 => {}
                _ => return None,
            }
        }
    }

    fn parse(&mut self) -> Option<(u8, Vec<u8>)> {
        let (&first, &second) = (self.buffer.first()?, self.buffer.get(1)?);
        let (start, length) = match second & 0x7F {
            126 => (4, usize::from(u16::from_be_bytes(self.buffer.get(2..4)?.try_into().ok()?))),
            127 => (10, usize::try_from(u64::from_be_bytes(self.buffer.get(2..10)?.try_into().ok()?)).ok()?),
            n => (2, usize::from(n)),
        };
        let payload = self.buffer.get(start..start + length)?.to_vec();
        self.buffer.drain(..start + length);
        Some((first, payload))
    }

    /// Reads to the end; the close code if the hub gave one. A dropped connection gives `None`.
    pub async fn close_code(&mut self, limit: Duration) -> Option<u16> {
        while let Some((first, payload)) = self.read_frame(limit).await {
            if first & 0x0F == 8 {
                return payload.get(..2).map(|code| u16::from_be_bytes([code[0], code[1]]));
            }
        }
        None
    }
}
