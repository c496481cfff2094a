//! Watches the bytes of a connection for a request with two lengths (`Content-Length` and `Transfer-Encoding`), which is how
//! requests are smuggled past a proxy (RFC 9112, section 6.1). hyper resolves it as the RFC allows, and drops the one header
//! before anybody sees it; the hub refuses such a request, and so has to look for itself.
//!
//! Only starts of lines are looked at. A JSON body cannot hold such a line, so looking at bodies too refuses nothing lawful.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// The names looked for, with their colons.
const NAMES: [&[u8]; 2] = [b"content-length:", b"transfer-encoding:"];
const LONGEST: usize = 18;

/// Whether a request with two lengths has been seen. Once it has, the connection is not to be believed any more.
#[derive(Debug, Clone, Default)]
pub struct Doubt(Arc<AtomicBool>);

impl Doubt {
    /// Whether it has.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A connection, watched.
#[derive(Debug)]
pub struct Watched {
    stream: TcpStream,
    lines: Lines,
    doubt: Doubt,
}

impl Watched {
    /// Watches `stream`.
    #[must_use]
    pub fn new(stream: TcpStream, doubt: Doubt) -> Self {
        Self { stream, lines: Lines::default(), doubt }
    }

    /// The connection, watched no longer.
    #[must_use]
    pub fn into_inner(self) -> TcpStream {
        self.stream
    }
}

/// The start of the line that is being read, and which names its block has had.
#[derive(Debug, Default)]
struct Lines {
    start: [u8; LONGEST],
    length: usize,
    found: [bool; 2],
}

impl Lines {
    /// Takes more bytes; whether one block of lines has both names.
    fn take(&mut self, mut bytes: &[u8]) -> bool {
        let mut both = false;
        while !bytes.is_empty() {
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let line = &bytes[..end.unwrap_or(bytes.len())];
            let room = LONGEST.saturating_sub(self.length);
            let taken = &line[..line.len().min(room)];
            self.start[self.length..self.length + taken.len()].copy_from_slice(taken);
            // Beyond the longest name only whether the line is empty matters, and it is not.
            self.length += taken.len();
            let Some(end) = end else { break };
            both |= self.end_line();
            bytes = &bytes[end + 1..];
        }
        both
    }

    fn end_line(&mut self) -> bool {
        let start = &self.start[..self.length];
        if matches!(start, b"" | b"\r") {
            self.found = [false; 2];
        }
        for (name, found) in NAMES.iter().zip(&mut self.found) {
            *found |= start.len() >= name.len() && start[..name.len()].eq_ignore_ascii_case(name);
        }
        self.length = 0;
        self.found == [true; 2]
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        if self.lines.take(&buffer.filled()[before..]) {
            self.doubt.0.store(true, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[u8] = b"POST / HTTP/1.1\r\nHost: x\r\nTRANSFER-encoding: chunked\r\nX: y\r\nContent-Length: 3\r\n\r\n";

    #[test]
    fn two_lengths_in_one_head_are_seen_however_they_are_cut() {
        for size in 1..TWO.len() {
            let mut lines = Lines::default();
            let seen = TWO.chunks(size).map(|piece| lines.take(piece)).fold(false, |a, b| a | b);
            assert!(seen, "in pieces of {size}");
        }
    }

    #[test]
    fn one_length_in_each_of_two_heads_is_lawful() {
        let mut lines = Lines::default();
        assert!(!lines.take(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcPOST / HTTP/1.1\r\n"));
        assert!(!lines.take(b"Transfer-Encoding: chunked\r\nXContent-Length: 3\r\n\r\n"));
    }
}
