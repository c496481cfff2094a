//! The socket of a client that only listens.

use futures::{SinkExt, StreamExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, Utf8Bytes, client::IntoClientRequest, http::HeaderValue, protocol::WebSocketConfig},
};

use crate::{Outcome, hub::Credentials};

/// A socket.
pub struct Socket(WebSocketStream<TcpStream>);

/// Connections from one loopback address to one port: the local ports are about 28,000.
const PER_SOURCE_ADDRESS: usize = 20_000;

/// Small buffers: ten thousand of these live in the bench.
pub fn small() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0).max_write_buffer_size(64 * 1024)
}

impl Socket {
    /// Opens the `number`-th socket of this run to a port, with these credentials if any.
    pub async fn open(port: u16, number: usize, who: Option<&Credentials>) -> Outcome<Self> {
        let source = u8::try_from(1 + number / PER_SOURCE_ADDRESS)?;
        let tcp = TcpSocket::new_v4()?;
        tcp.bind(([127, 0, 0, source], 0).into())?;
        let stream = tcp.connect(([127, 0, 0, 1], port).into()).await?;
        stream.set_nodelay(true)?;
        let mut request = format!("ws://127.0.0.1:{port}/secure/ws").into_client_request()?;
        for line in who.map_or("", |who| &who.headers).lines() {
            let (name, value) = line.split_once(": ").ok_or("a header without a value")?;
            let name: tokio_tungstenite::tungstenite::http::HeaderName = name.parse()?;
            request.headers_mut().insert(name, HeaderValue::from_str(value)?);
        }
        let (socket, _) = client_async_with_config(request, stream, Some(small())).await?;
        Ok(Self(socket))
    }

    /// Says hello and waits for the welcome.
    pub async fn hello(&mut self) -> Outcome {
        self.say(r#"{"type":"hello"}"#).await?;
        match self.next().await? {
            text if text.contains(r#""type":"welcome""#) => Ok(()),
            other => Err(format!("expected a welcome, not {other}").into()),
        }
    }

    /// Sends a frame.
    pub async fn say(&mut self, frame: &str) -> Outcome {
        Ok(self.0.send(Message::text(frame)).await?)
    }

    /// The next text frame. Pings are answered on the way.
    pub async fn next(&mut self) -> Outcome<Utf8Bytes> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(close))) => return Err(format!("closed by the other side: {close:?}").into()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.into()),
                None => return Err("the socket ended".into()),
            }
        }
    }
}
