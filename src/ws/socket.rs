//! The socket itself: frames in and out, each with a time limit, and endings that the peer gets to see.

use std::{collections::VecDeque, time::Duration};

use agent_hub_protocol::{error::ErrorCode, frame::HubMessage, limits::SOCKET_MESSAGE_MAX_BYTES};
use futures::{SinkExt, StreamExt, future::poll_fn};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        self, Message, Utf8Bytes,
        error::CapacityError,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};

/// How long a close frame may take to be written.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);
/// How long the peer may take to read the close frame: unread bytes of its own would turn our end into a reset, and
/// destroy it.
const LINGER: Duration = Duration::from_millis(300);
/// Small buffers: an idle socket costs little. A longer message grows its own.
const READ_BUFFER: usize = 2 * 1024;
const WRITE_BUFFER: usize = 4 * 1024;
/// Written but not yet taken by the kernel; a session flushes long before.
const WRITE_MAX: usize = 4 * 1024 * 1024;

/// What came from the peer.
#[derive(Debug)]
pub enum Heard {
    /// A text message.
    Text(Utf8Bytes),
    /// A sign of life.
    Ping,
    /// A sign of life.
    Pong,
    /// A binary message: not part of the protocol.
    Binary,
    /// The peer closes, or is gone.
    Gone,
    /// The peer breaks the WebSocket protocol, or its limits: to be closed with this code.
    Broken(u16),
}

/// One end of a socket.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// To be written. Its owner bounds it: it puts no more here before this is written out.
    outbox: VecDeque<Message>,
    /// Something in the stream's own buffer is to be written.
    pending: bool,
}

impl Socket {
    /// Over an upgraded connection; `read` is what came with the upgrade.
    pub async fn new(stream: TcpStream, read: Vec<u8>) -> Self {
        let config = WebSocketConfig::default()
            .max_message_size(Some(SOCKET_MESSAGE_MAX_BYTES))
            .max_frame_size(Some(SOCKET_MESSAGE_MAX_BYTES))
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(WRITE_BUFFER)
            .max_write_buffer_size(WRITE_MAX);
        let stream = WebSocketStream::from_partially_read(stream, read, Role::Server, Some(config)).await;
        Self { stream, outbox: VecDeque::new(), pending: false }
    }

    /// The next thing that the peer says. Safe to drop and call again.
    pub async fn hear(&mut self) -> Heard {
        loop {
            return match self.stream.next().await {
                Some(Ok(Message::Text(text))) => Heard::Text(text),
                Some(Ok(Message::Binary(_))) => Heard::Binary,
                Some(Ok(Message::Ping(_))) => {
                    // Its pong is in the stream's buffer.
                    self.pending = true;
                    Heard::Ping
                }
                Some(Ok(Message::Pong(_))) => Heard::Pong,
                Some(Ok(Message::Frame(_))) => continue,
                Some(Ok(Message::Close(_))) | None => Heard::Gone,
                Some(Err(error)) => match error {
                    tungstenite::Error::Capacity(CapacityError::MessageTooLong { .. }) => Heard::Broken(1009),
                    tungstenite::Error::Utf8(_) => Heard::Broken(1007),
                    tungstenite::Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
                        Heard::Gone
                    }
                    tungstenite::Error::Protocol(_) | tungstenite::Error::Capacity(_) => Heard::Broken(1002),
                    _ => Heard::Gone,
                },
            };
        }
    }

    /// Puts a frame into the outbox.
    pub fn put(&mut self, frame: Utf8Bytes) {
        self.outbox.push_back(Message::Text(frame));
    }

    /// Puts a ping into the outbox.
    pub fn put_ping(&mut self) {
        self.outbox.push_back(Message::Ping(tungstenite::Bytes::new()));
    }

    /// Whether there is anything to write out.
    pub fn is_unwritten(&self) -> bool {
        self.pending || !self.outbox.is_empty()
    }

    /// Writes the outbox out. `false`: the socket is gone. Safe to drop and call again: a frame leaves the outbox at the moment
    /// at which the stream takes it.
    pub async fn write_out(&mut self) -> bool {
        self.pending = true;
        while !self.outbox.is_empty() {
            if poll_fn(|cx| self.stream.poll_ready_unpin(cx)).await.is_err() {
                return false;
            }
            if let Some(message) = self.outbox.pop_front()
                && self.stream.start_send_unpin(message).is_err()
            {
                return false;
            }
        }
        // A burst leaves no buffer behind: ten thousand idle sockets have had one each.
        self.outbox.shrink_to(4);
        let flushed = self.stream.flush().await.is_ok();
        self.pending = !flushed;
        flushed
    }

    /// Answers the peer's own close.
    pub async fn finish(mut self) {
        drop(tokio::time::timeout(CLOSE_LIMIT, self.stream.flush()).await);
        self.linger().await;
    }

    /// Ends the socket with the close code of `code`.
    pub async fn close(self, code: ErrorCode, reason: &str) {
        self.close_with(code.close(), reason).await;
    }

    /// Ends the socket with a close code, after what is in the outbox.
    pub async fn close_with(mut self, code: u16, reason: &str) {
        if !matches!(tokio::time::timeout(CLOSE_LIMIT, self.write_out()).await, Ok(true)) {
            return;
        }
        // A close frame has room for 123 bytes of reason.
        let end = (0..=reason.len().min(123)).rev().find(|end| reason.is_char_boundary(*end)).unwrap_or(0);
        let frame = CloseFrame { code: CloseCode::from(code), reason: reason[..end].into() };
        let closed = tokio::time::timeout(CLOSE_LIMIT, self.stream.close(Some(frame))).await;
        if matches!(closed, Ok(Ok(()))) {
            self.linger().await;
        }
    }

    /// Half-closes, and reads what the peer still sends, for a moment and up to a bound, into nowhere.
    async fn linger(mut self) {
        let stream = self.stream.get_mut();
        let last = async {
            stream.shutdown().await?;
            let mut nowhere = [0; 1024];
            for _ in 0..1024 {
                if stream.read(&mut nowhere).await? == 0 {
                    break;
                }
            }
            std::io::Result::Ok(())
        };
        drop(tokio::time::timeout(LINGER, last).await);
    }
}

/// A frame, encoded.
pub fn encode(message: &HubMessage) -> Utf8Bytes {
    // Frames are plain data with string keys: encoding cannot fail.
    serde_json::to_string(message).unwrap_or_default().into()
}
