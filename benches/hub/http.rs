//! HTTP/1.1 by hand: requests are bytes made beforehand, answers are read only as far as needed.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::Outcome;

/// One keep-alive connection, one request at a time.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects to the hub on this port.
    pub async fn open(port: u16) -> Outcome<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// Sends a request, waits for the whole answer: its status and body.
    pub async fn exchange(&mut self, request: &[u8]) -> Outcome<(u16, &[u8])> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if let Some((status, body, end)) = self.parse()
                && self.buffer.len() >= end
            {
                return Ok((status, &self.buffer[body..end]));
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the hub closed the connection".into());
            }
        }
    }

    /// Status, where the body begins, and where it ends; `None` while the head is not complete.
    fn parse(&self) -> Option<(u16, usize, usize)> {
        let head_len = self.buffer.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&self.buffer[..head_len]).ok()?;
        let status = head.get(9..12)?.parse().ok()?;
        let length = head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        Some((status, head_len + 4, head_len + 4 + length.unwrap_or(0)))
    }
}

/// The bytes of a request. `headers` are whole lines, each with its line end.
pub fn request(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let framing = if body.is_empty() {
        String::new()
    } else {
        format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len())
    };
    format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{headers}{framing}\r\n{body}").into_bytes()
}
